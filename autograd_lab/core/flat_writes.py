"""What an in-place operation without a slope leaves in the graph: comparisons, draws, logic, ``floor_divide_``.

Out of place such an operation has no node at all. Written over a tensor with a history it must leave one, since what was there is
gone: a node that sends back zeros, or one that refuses to be walked.
"""

from __future__ import annotations

from .node import Node, NotImplementedNode, Refusing, renamed
from .primitive import PRIMITIVES, RUNTIME
from .tensor import Tensor

_COMPARISONS = {word: word for word in "eq ne lt le gt ge".split()}
_COMPARISONS |= {"not_equal": "ne", "less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge"}
_REFUSING = frozenset(("floor_divide", "heaviside", "scatter"))  # their error names the word as it was written
UNTOUCHED = frozenset(("logical_and", "logical_or", "logical_xor", "logical_not"))  # they leave the history as it was
_HALVES = {"acosh": "acosh", "arccosh": "acosh", "asinh": "asinh", "arcsinh": "asinh", "atanh": "atanh", "arctanh": "atanh"}
_NUMBERED = {"polygamma": "PolygammaBackward1", "conj_physical": "ConjPhysicalBackward1"}


def in_place_form(word: str | None, node: Node) -> Node:
    """The node that ``word`` recorded, as PyTorch's in-place form has it: some have another number, some no derivative."""
    if word in _HALVES:
        error = NotImplementedError(f"the derivative for 'inplace version of {_HALVES[word]}' is not implemented.")
        return renamed(Refusing(error, node.edges, node.seq), f"{_HALVES[word].title()}Backward1")
    if word in _REFUSING and type(node) is NotImplementedNode:
        node.error = RuntimeError(f"derivative for aten::{word}_ is not implemented")
    return renamed(node, _NUMBERED[word]) if word in _NUMBERED else node


def overwritten(x: Tensor, values, name: str, other: Tensor | None = None) -> Tensor:
    """``values`` with the node of a write that has no slope: it sends zeros to x and to ``other``."""
    if other is None:
        out = PRIMITIVES["overwritten"].call(x, values)
    else:
        out = PRIMITIVES["overwritten_beside"].call(x, other, values)
    if out._node is not None:
        renamed(out._node, name)
    return out


def after(word: str | None, x: Tensor, args, result: Tensor) -> Tensor:
    """``result`` of ``word`` written over x, with PyTorch's node if the operation itself recorded none."""
    if word in _COMPARISONS:
        other = next((t for t in args if isinstance(t, Tensor)), None)
        values = result._array.astype(x._array.dtype)
        return overwritten(x, values, f"{_COMPARISONS[word].title()}Backward{other is not None:d}", other)
    return result


def without_derivative(told: str, *operands) -> Node:
    """A node that says, when it is walked, that there is no derivative for ``told``."""
    points = tuple(t._current() for t in operands if isinstance(t, Tensor) and t.requires_grad)
    return NotImplementedNode(told, points, RUNTIME["draw"]())
