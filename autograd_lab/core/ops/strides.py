"""Reading and writing by strides: elements of a tensor's memory, whatever the tensor's own sizes are.

NumPy knows addresses, rules know coordinates. So the places in memory that are asked for are looked up among those of x, and what
is recorded is a key of coordinates: gradients need not lie in memory as x does.
"""

from __future__ import annotations

import numpy as np

from ..errors import OVERLAP
from ..namespaces import sum_to
from ..primitive import primitive
from ..turning import offset_of, places_of, whole_of
from .scattering import scatter_at
from .told import told


@primitive(name="AsStridedBackward0", view=True)
def strided(xp, x, *, key, shared=None):
    """Elements of x at given steps. ``shared``: see ``_shared``."""
    if isinstance(x, np.ndarray) and x.ndim and len(key) == x.ndim and key[0].size:
        bytes_ = sum(k * step for k, step in zip(key, x.strides))
        start = bytes_.flat[0]
        steps = tuple(int(bytes_.take(1, i).flat[0] - start) if n > 1 else 0 for i, n in enumerate(bytes_.shape))
        line = sum((i * step for i, step in zip(np.ogrid[tuple(map(slice, bytes_.shape))], steps)), start)
        if np.array_equal(line, bytes_):  # else the elements of x do not lie as they did when the key was made
            first = x[tuple(slice(int(k.flat[0]), None) for k in key)]
            return np.lib.stride_tricks.as_strided(first, bytes_.shape, steps)
    return xp.take(x, key)


@strided.vjp("x")
def strided_x(xp, g, x_shape, key, shared):
    total = xp.scatter(g, x_shape, key)
    return total if shared is None else xp.take(total, shared[0]) / shared[1]


@primitive(name="AsStridedScatterBackward0")
def strided_scatter_at(xp, x, src, *, key):
    """A copy of x with elements at given steps replaced."""
    return scatter_at.forward(xp, x, src, key=key)


@strided_scatter_at.vjp("x")
def strided_scatter_x(xp, g, x_shape, key):
    """PyTorch's, though it is not the slope: what is replaced gets the gradient, and what is left gets 0."""
    return xp.scatter(xp.take(g, key), x_shape, key)


@strided_scatter_at.vjp("src")
def strided_scatter_src(xp, g, key, src_shape):
    return sum_to(xp, xp.take(g, key), src_shape)


def as_strided(x, size, stride, storage_offset=None):
    """Elements of x's memory at the given steps, counted in elements from the start; a view, places may repeat."""
    if any(n < 0 for n in size):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}")
    if not isinstance(x._array, (np.ndarray, np.generic)):  # of JAX's, which has no strides: read as if laid out by rows
        return strided.call(x, tuple(np.unravel_index(_steps(size, stride, storage_offset or 0), x._array.shape)))
    base, whole = x if x._base is None else x._base, whole_of(x)
    places = _places(whole, size, stride, offset_of(x) if storage_offset is None else storage_offset)
    for seen in (x, base) if base.requires_grad else (x, base, whole):  # of the whole memory, if not among x's elements
        try:
            out = strided.call(seen, key_in(seen, places, whole), _shared(seen, whole))
            return told(out, size=tuple(size), stride=tuple(stride), storage_offset=storage_offset)
        except LookupError:
            continue
    raise NotImplementedError("as_strided(): not all of these are among the elements of the tensor, or of what it is a view of")


def _shared(x, base):
    """Where several elements of x are one place in memory: (for each the key of the first there, how many they are).

    PyTorch divides the gradient of such a place among them. None where there are none.
    """
    if x._materialise().flags.c_contiguous:
        return None
    mine = places_of(x, base)
    _, inverse, counts = np.unique(mine, return_inverse=True, return_counts=True)
    if counts.size == mine.size:
        return None
    return key_in(x, mine, base), counts[inverse.reshape(mine.shape)].astype(x._array.dtype)


def as_strided_scatter(x, src, size, stride, storage_offset=None):
    """A copy of x with ``src`` at the elements that ``as_strided`` shows."""
    if not isinstance(x._array, (np.ndarray, np.generic)):
        key = tuple(np.unravel_index(_steps(size, stride, storage_offset or 0), x._array.shape))
        return strided_scatter_at.call(x, src, key)
    offset = offset_of(x) if storage_offset is None else storage_offset
    places = _places(x, size, stride, offset)
    if np.unique(places).size < places.size:
        raise RuntimeError(OVERLAP)
    if src._array.shape != tuple(size):
        sizes = f"src size = {list(src._array.shape)}, slice size = {list(size)}"
        raise RuntimeError(f"expected src to have a size equal to the slice of self. {sizes}")
    out = strided_scatter_at.call(x, src, key_in(x, places))
    return told(out, size=tuple(size), stride=tuple(stride), storage_offset=storage_offset)


def _places(base, size, stride, offset):
    """How many elements after the start of base's memory the asked elements lie."""
    size, stride = tuple(size), tuple(stride)
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(step < 0 for step in stride):
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}")
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    last, width = offset + sum((n - 1) * step for n, step in zip(size, stride)), base._array.itemsize
    span = 1 + sum((n - 1) * s // width for n, s in zip(base._array.shape, base._materialise().strides))
    held = span if base._array.size else 0
    if 0 not in size and last >= held:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize {width} requiring a "
            f"storage size of {(last + 1) * width} are out of bounds for storage of size {held * width}"
        )
    return _steps(size, stride, offset)


def _steps(size, stride, offset):
    """``offset`` and so many steps of each stride from there."""
    size = tuple(size)
    places = np.full(size, offset)
    for i, (n, step) in enumerate(zip(size, stride)):
        places = places + (np.arange(n) * step).reshape((n,) + (1,) * (len(size) - i - 1))
    return places


def key_in(x, places, base=None) -> tuple:
    """The coordinates in x of the elements at ``places`` of base's memory. LookupError if some are not x's."""
    array, base = x._materialise(), x if base is None else base
    if not array.ndim:
        if places.any():
            raise LookupError
        return (np.newaxis,) * places.ndim
    if array.flags.c_contiguous:
        at = places - offset_of(x, base)
        if at.size and not (at.min() >= 0 and at.max() < array.size):
            raise LookupError
        return tuple(np.unravel_index(at, array.shape))
    mine = places_of(x, base).reshape(-1)
    order = np.argsort(mine, kind="stable")
    at = order[np.minimum(np.searchsorted(mine, places, sorter=order), mine.size - 1)]
    if not np.array_equal(mine[at], places):
        raise LookupError
    return tuple(np.unravel_index(at, array.shape))
