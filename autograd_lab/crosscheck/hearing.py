"""What every recorded operation was given and gave, kept while it runs: an in-place operation may write over it later."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np

from ..core import births
from ..core.node import Output

DIRTY = (
    "nothing to check: {} writes to its input (mark_dirty), and nobody kept what that was before. "
    "Check a function that gives it a clone: check(lambda x: f(x.clone()), x)."
)


@contextmanager
def heard():
    """Inside the block every recorded operation is kept in the yielded dict: id(node) -> (node, op, operands, params, result, the first
    operand's base if it is a view)."""
    kept: dict[int, tuple] = {}

    def listen(op, inputs, params, out, node):
        if node is not None:
            arrays = tuple(_before(i, x, node, kept) if _is_dirty(x, node) else _copied(x) for i, x in enumerate(inputs))
            kept[id(node)] = node, op, arrays, params, _copied(out), _base_of(inputs)

    with births.heard_by(listen):
        yield kept


def _is_dirty(x, node) -> bool:
    """Whether the Function of ``node``, which has run, wrote to its input ``x``."""
    return any(x is written for written in getattr(node, "dirty", ()))


def _before(i: int, x, node, kept: dict):
    """What a Function's input held that it has written to: the result of the operation that made it, as it was heard."""
    if node.edges[i] is None:
        return _copied(x)  # a constant, of which nobody heard
    made = kept.get(id(node.edges[i]), (None,) * 6)[4] if type(node.edges[i]) is not Output else None
    if not isinstance(made, (np.ndarray, np.generic)):
        raise TypeError(DIRTY.format(type(node).__name__.removesuffix("Backward")))
    return made


def _base_of(inputs):
    more = getattr(inputs[0], "_more", None) if inputs else None
    return None if more is None or more.base is None else _copied(more.base)


def _copied(x):
    array = getattr(x, "_array", x)
    return array.copy() if isinstance(array, np.ndarray) else array
