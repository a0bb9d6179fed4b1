"""Masks and indices that an operation has read: its rules will read them again, so that writing over one is noticed.

A primitive is given them as arrays, which have no versions, and often in another form (``along`` makes a key of an index). The
word that was given the tensors tells the node of them afterwards: ``watch``. The node looks at their versions when it runs:
``heed``. Where nobody watches, an operation that reads a mask pays a test of None, and any other nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import dtypes, errors
from .node import Output
from .saved import Packed, current, unpacking
from .tensor import Tensor


def has_arrays(key) -> bool:
    """Whether a key takes more than numbers and slices."""
    return any(map(has_arrays, key)) if type(key) is tuple else isinstance(key, np.ndarray | np.bool_)


class PackedPlace(Packed):
    """What a pack hook made of masks or indices, and how the rules' key is made of them."""

    __slots__ = ("key_of", "parts")

    def __init__(self, tensors, pack: Callable, unpack: Callable, key_of: Callable | None):
        self.parts, self.key_of = [Packed(t, pack, unpack, None) for t in tensors], key_of

    def restore(self, point, as_tensor: bool):
        """The key, made anew of what the unpack hook gives."""
        arrays = [part.restore(None, False) for part in self.parts]
        return arrays[0] if self.key_of is None else self.key_of(*arrays)


def watch(out: Tensor, *tensors, key_of: Callable | None = None) -> Tensor:
    """Have the node of ``out``, just recorded, notice if a tensor that its rules read at is written to; returns ``out``.

    ``key_of`` makes of the tensors' arrays what the node keeps; it is needed where saved-tensor hooks may replace them.
    """
    node = out._node
    if type(node) is Output:
        node = node.node
    if node is None or getattr(node, "watched", node) is not None:  # nothing recorded, or not of an operation that reads any
        return out
    primitive, edges = node.primitive, node.edges
    for i in primitive.consulting:  # plain loops: a generator costs as much as all the rest
        if edges[i] is not None:
            break
    else:
        return out
    watched = ()
    for t in tensors:
        if isinstance(t, Tensor):
            watched += ((t, 0 if t._counter is None else t._counter[0]),)
    if not watched:
        return out
    hooks = current()
    if hooks is None:
        node.watched = watched
        return out
    packed = PackedPlace([t for t, _ in watched], *hooks, key_of)
    if hasattr(node, "values"):  # several.py
        node.values[primitive.places[0]] = packed
    else:
        setattr(node, primitive.places[0], packed)
        unpacking(node)
    return out


def watch_also(out: Tensor, tensor: Tensor, instead: bool = False) -> Tensor:
    """Have the node of ``out``, which watches some indices, notice a write to what these were made of; returns ``out``."""
    node = out._node
    if getattr(node, "watched", None):
        node.watched = (() if instead else node.watched) + ((tensor, tensor._version),)
    return out


def heed(node) -> None:
    """Raise if a mask or an index that ``node`` is about to read at was written to."""
    for tensor, version in node.watched:
        counter = tensor._counter
        if counter is not None and counter[0] != version:
            kind = dtypes.kept_name(tensor._array.dtype)
            from .hindsight import of_change

            raise of_change(errors.modified(kind, tensor._array.shape, None, counter[0], version), node, counter, version)


def pass_on(node, grad, since: int) -> None:
    """What a rule of ``node`` has recorded since it began reads at the same places: let it notice too."""
    seen, waiting = set(), [grad._node]
    while waiting:
        point = waiting.pop()
        if point is None or point.seq < since or point in seen or not hasattr(point, "primitive"):
            continue
        seen.add(point)
        if getattr(point, "watched", point) is None:
            point.watched = node.watched
        waiting += point.edges
