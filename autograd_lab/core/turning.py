"""Methods that give a tensor other sizes and strides in place: ``t_``, ``transpose_``, ``squeeze_``, ``as_strided_``, ``set_``.

No element moves. A tensor that is no view takes the view's array and node; a view's path from its base grows by a step. The
views of a tensor that was turned lie where they lay, but the paths that led to them do not: each finds its elements again in
the base when it is next looked at (``found_again``).
"""

from __future__ import annotations

import functools

import numpy as np

from . import births, grad_mode
from .captured import refuse_captured
from .inplace import bump, refuse, take_over
from .node import NotImplementedNode, renamed
from .primitive import RUNTIME
from .tensor import Tensor, wrap
from .transforms import OPEN

# the in-place form's node, by that of the view
_NODES = {
    "TBackward0": "TBackward1", "TransposeBackward0": "TransposeBackward1", "UnsqueezeBackward0": "UnsqueezeBackward1",
    "SqueezeBackward0": "SqueezeBackward3", "SqueezeBackward1": "SqueezeBackward4", "AsStridedBackward0": "AsStridedBackward1",
}  # fmt: skip


def turned(name: str):
    """The in-place form of the view ``name``."""

    def method(x, *args, **kwargs):
        if OPEN:
            refuse_captured(name, x)
        return turn(x, getattr(x, name)(*args, **kwargs), squeezed=_node_of_several(name, *args, **kwargs))

    method.__name__ = method.__qualname__ = name + "_"
    method.__doc__ = f"``{name}``, of x itself."
    return method


def _node_of_several(name: str, dim=None, *others, **kwargs) -> str | None:
    return "SqueezeBackward5" if name == "squeeze" and isinstance(dim, (tuple, list)) else None


def turn(x: Tensor, made: Tensor, squeezed: str | None = None) -> Tensor:
    """Give x the sizes, strides and history of its view ``made``."""
    recorded = grad_mode.is_recording() and x.requires_grad
    refuse(x, recorded, fills=True)  # nothing is written: memory that lies over itself is no matter
    before, node = x._current(), made._node
    if recorded and node is not None:
        renamed(node, squeezed or _NODES.get(type(node).__name__, type(node).__name__))
    if x._is_view():
        x._more.path = made._more.path if made is not x else x._more.path
    elif made._array is not x._array:
        x._get_more().turns += 1
    x._array = made._array
    if x.is_leaf and x._node is not None:
        x._node.array = x._array
    bump(x)
    if recorded:
        take_over(x, node)
        if x._is_view():
            x._more.stamp = x._counter[0]
    if births.note is not None:
        births.note_write(x, before)
    return x


def found_again(view: Tensor) -> None:
    """Make the path of a view whose base was turned lead to where its elements lie now."""
    from .ops.strides import key_in, strided

    more, base = view._more, view._more.base
    try:
        key = key_in(base, places_of(view, base))
    except LookupError:
        raise NotImplementedError(
            "the base of this view was given other sizes in place and no longer holds all of the view's elements; "
            "make the view after as_strided_() or set_()"
        ) from None
    more.path, more.turns = ((strided, {"key": key}),), base._more.turns


def places_of(x: Tensor, base: Tensor) -> np.ndarray:
    """How many elements after the start of base's memory each element of x lies."""
    array = x._materialise()
    places = np.full(array.shape, offset_of(x, base))
    for i, (n, step) in enumerate(zip(array.shape, array.strides)):
        places += (np.arange(n) * (step // array.itemsize)).reshape((n,) + (1,) * (array.ndim - i - 1))
    return places


def whole_of(x: Tensor) -> Tensor:
    """All the memory that x is a part of: its base, or what its base was detached from."""
    start = x if x._more is None or x._more.base is None else x._more.base
    if start._more is not None and start._more.whole is not None:
        return start._more.whole
    return x if start is x else wrap(start._materialise(), None, start._shared_counter())


def offset_of(x: Tensor, base: Tensor | None = None) -> int:
    """``storage_offset()``: how many elements after the start of the memory, or of base's, x begins."""
    base = whole_of(x) if base is None else base
    return 0 if base is x else (x.data_ptr() - base.data_ptr()) // x._array.itemsize


def set_(x: Tensor, source: Tensor | None = None, storage_offset: int = 0, size=None, stride=None) -> Tensor:
    """Let x be ``source``'s memory, or no memory; its version goes on. What was recorded cannot be walked from x."""
    if OPEN:
        refuse_captured("set", x)
    recorded = grad_mode.is_recording() and (x.requires_grad or (source is not None and source.requires_grad))
    refuse(x, recorded, fills=True)
    if source is None:
        array = np.empty(0, x._array.dtype)
    elif source._array.dtype != x._array.dtype:
        kinds = source.dtype.kind.lower(), x.dtype.kind.lower()
        raise RuntimeError("Could not set tensor of type {} to a tensor of type {}".format(*kinds))
    else:
        array = source._materialise() if size is None else source.detach().as_strided(size, stride, storage_offset)._array
    x._array = array
    if x.is_leaf and x._node is not None:
        x._node.array = array
    bump(x)
    if recorded:
        points = tuple(None if t is None else t._current() for t in (x, source))
        take_over(x, NotImplementedNode("set_", points, RUNTIME["draw"]()))
    return x


def _kept_from_outside(name: str):
    """The method of that name of Tensor, which refuses where ``func`` transforms to be called of what is from outside."""
    plain = getattr(Tensor, name)

    @functools.wraps(plain)
    def method(x, *args, **kwargs):
        if OPEN:
            refuse_captured(name[:-1], x)
        return plain(x, *args, **kwargs)

    return method


def bind() -> None:
    """Hang them on Tensor."""
    for name in ("detach_", "resize_"):
        setattr(Tensor, name, _kept_from_outside(name))
    for name in "t transpose squeeze unsqueeze swapaxes swapdims as_strided".split():
        setattr(Tensor, name + "_", turned(name))
    Tensor.set_, Tensor.storage_offset = set_, lambda x: 0 if x._more is None else offset_of(x)
