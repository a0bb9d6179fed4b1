"""A value that a node has saved was written to since: what is said of it, and when it does not matter."""

from __future__ import annotations

from . import dtypes, errors
from .node import Output, loses


def changed(node, name: str) -> RuntimeError:
    """The error for a saved value that was overwritten."""
    value = getattr(node, name)
    if name == "out":
        counter, expected, dtype, made_by, slot = node.counter, node.out_version, value.dtype, short_name(node), 0
    else:
        counter, expected, dtype = value._counter, getattr(node, name + "_version"), value._array.dtype
        made_by, slot = short_name(value._node) if value.grad_fn is not None else None, getattr(value._node, "slot", 0)
        if made_by in ("View", "T") and value._more is None:  # seen in passing (reshaping.py): PyTorch makes such a view anew
            made_by = "AsStrided"
    error = errors.modified(dtypes.kept_name(dtype), value.shape, made_by, counter[0], expected, slot)
    from .hindsight import of_change

    return of_change(error, node, counter, expected)


def outdated(node, name: str) -> None:
    """Raise that the operand ``name`` was overwritten, unless all that is computed of it is lost: PyTorch has not saved it then."""
    op, readers = node.primitive, [x for x, rule in node.primitive.rules.items() if name in rule.reads]
    if len(readers) != 1 or len(op.rules) < 2 or not loses(node.edges[op.inputs.index(readers[0])]):
        raise changed(node, name)


def short_name(point) -> str:
    """``Exp`` for ExpBackward0, ``Pow1`` for PowBackward1: what PyTorch's version error prints."""
    return errors.short((point.node if type(point) is Output else point).name())
