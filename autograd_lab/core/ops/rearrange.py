"""Moving elements about: dimensions exchanged, joined, repeated, rolled, and parts of matrices."""

from __future__ import annotations

import builtins

import numpy as np

from ..device import beside, looked_at
from ..node import called, renamed
from ..primitive import PRIMITIVES, primitive
from ..tensor import Tensor, wrap
from .convert import dim_of, dims_of, sizes
from .reshaping import reshape_to
from .told import told

_call = {name: op.call for name, op in PRIMITIVES.items()}
_view, _permute, _transpose, _slice = (_call[n] for n in "view permute transpose slice".split())

# ---------------------------------------------------------------------- dimensions


def movedim(x, source, destination):
    """Dimensions ``source`` at the places ``destination``, the others in their order."""
    ndim = x._array.ndim
    source, destination = ((d,) if isinstance(d, int) else tuple(d) for d in (source, destination))
    if len(source) != len(destination):
        told = f"source ({list(source)} dims) should contain the same number of dims as destination ({list(destination)} dims)"
        raise RuntimeError(f"movedim: Invalid source or destination dims: {told}")
    given = {"source": source, "destination": destination}
    source, destination = (tuple(dim_of(d, ndim) for d in dims) for dims in (source, destination))
    for name, dims in (("source", source), ("destination", destination)):
        if len(set(dims)) < len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({list(given[name])})")
    if not ndim:
        return x.view(())
    rest = iter(d for d in range(ndim) if d not in source)
    place = dict(zip(destination, source))
    return _permute(x, tuple(place[i] if i in place else next(rest) for i in range(ndim)))


moveaxis = movedim


def swapaxes(x, axis0, axis1):
    """Dimensions ``axis0`` and ``axis1`` exchanged."""
    return x.transpose(axis0, axis1)


swapdims = swapaxes


def transpose_word(x, dim0, dim1):
    """Dimensions ``dim0`` and ``dim1`` exchanged; a view."""
    n = x._array.ndim
    if not n:
        for dim in (dim0, dim1):
            dim_of(dim, n)  # refuses what is out of range
        return called(x.view(()), "TransposeBackward0")
    return _transpose(x, dim_of(dim0, n), dim_of(dim1, n))


def unflatten(x, dim, sizes):
    """Dimension ``dim`` as several of the given sizes; one may be -1."""
    dim, s = dim_of(dim, x._array.ndim), x._array.shape
    return _view(x, (*s[:dim], *_filled(tuple(sizes), s[dim]), *s[dim + 1 :]))


def _filled(sizes, n):
    known = int(np.prod([m for m in sizes if m != -1]))
    return tuple(n // builtins.max(known, 1) if m == -1 else m for m in sizes)


def flatten(x, start_dim=0, end_dim=-1):
    """Dimensions ``start_dim`` to ``end_dim`` as one."""
    s, n = x._array.shape, x._array.ndim
    start, end = dim_of(start_dim, n), dim_of(end_dim, n)
    if not n:
        return _view(x, (1,))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    return x if start == end else reshape_to(x, (*s[:start], int(np.prod(s[start : end + 1])), *s[end + 1 :]))


def ravel(x):
    """All elements in one dimension."""
    return x.contiguous().view(-1)


def squeeze_word(x, dim=None):
    """Without its dimensions of size 1, or only without ``dim``; a view."""
    ndim = x._array.ndim
    if dim is None:
        return _call["squeeze"](x)
    dims = dims_of(dim, ndim) if not (isinstance(dim, (tuple, list)) and not dim) else ()
    out = _call["squeeze"](x, dims if ndim else ())
    if out._node is not None and isinstance(dim, (tuple, list)):
        renamed(out._node, "SqueezeBackward2")
    return out


def unsqueeze_word(x, dim):
    """A dimension of size 1 at ``dim``; a view."""
    return _call["unsqueeze"](x, dim_of(dim, x._array.ndim + 1))


def broadcast_to(x, *size):
    """x repeated along dimensions of size 1 up to ``size``, without copying."""
    return _call["expand"](x, sizes(size))


def sum_to_size(x, *size):
    """x summed down to ``size``: the transpose of broadcasting."""
    size = sizes(size)
    lead = x._array.ndim - len(size)
    if lead < 0 or any(n not in (1, m) for n, m in zip(size, x._array.shape[lead:])):
        raise RuntimeError(f"size {{{list(size)}}} is not expandable to size {{{list(x.shape)}}}.")
    gone = [*range(lead), *(i + lead for i, n in enumerate(size) if n == 1 and x._array.shape[i + lead] != 1)]
    out = x.sum(tuple(gone), True) if gone else x
    return out.reshape(size) if lead else out


def reshape_as(x, other):
    """x in the shape of ``other``."""
    return x.reshape(other._array.shape)


# ---------------------------------------------------------------------- repeating and rolling


@primitive(name="RepeatBackward0")
def tiled(xp, x, *, repeats):
    """x laid out ``repeats`` times along each dimension."""
    return xp.np.tile(x, repeats)


@tiled.vjp("x")
def tiled_x(xp, g, x_shape, repeats):
    shape = (1,) * (len(repeats) - len(x_shape)) + tuple(x_shape)
    parts = xp.reshape(g, tuple(n for pair in zip(repeats, shape) for n in pair))
    return xp.reshape(xp.sum(parts, tuple(range(0, 2 * len(repeats), 2)), False), x_shape)


def repeat(x, *repeats):
    """x laid out so many times along each dimension."""
    repeats = sizes(repeats)
    if len(repeats) < x._array.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    return tiled.call(x, repeats)


def tile(x, *dims):
    """As ``repeat``; dimensions not mentioned are repeated once."""
    dims = sizes(dims)
    return tiled.call(x, (1,) * (x._array.ndim - len(dims)) + dims)


def repeat_interleave(x, repeats=None, dim=None, *, output_size=None):
    """Each element ``repeats`` times in a row, along ``dim`` or of x laid flat."""
    if repeats is None:
        return wrap(beside(np.repeat(np.arange(x._array.size), looked_at(x._array)), x._array))
    counts = looked_at(repeats._array) if isinstance(repeats, Tensor) else repeats
    if dim is None:
        x, dim = x.flatten(), 0
    dim = dim_of(dim, x._array.ndim)
    x = x if x._array.ndim else x.reshape(1)
    if not np.ndim(counts):
        s = x._array.shape
        copies = x.unsqueeze(dim + 1).expand(*s[: dim + 1], int(counts), *s[dim + 1 :]).clone()
        return _view(copies, (*s[:dim], s[dim] * int(counts), *s[dim + 1 :]))
    where = np.repeat(np.arange(x._array.shape[dim]), counts)
    return x.index_select(dim, wrap(where))


@primitive(name="RollBackward0")
def roll(xp, x, *, shifts, dims):
    """Elements moved on by ``shifts`` along ``dims``; what leaves at the end comes back at the start."""
    return xp.np.roll(x, shifts, dims)


@roll.vjp("x")
def roll_x(xp, g, shifts, dims):
    return xp.roll(g, -shifts if dims is None else tuple(-s for s in shifts), dims)


def roll_word(x, shifts, dims=None):
    """Elements moved on by ``shifts`` along ``dims``; x laid flat without ``dims``."""
    shifts = sizes((shifts,))
    if dims is None or (isinstance(dims, (tuple, list)) and not dims):
        return roll.call(x, shifts[0], None)
    many = len(dims) if isinstance(dims, (tuple, list)) else 1
    if many != len(shifts):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{many}")
    return roll.call(x, shifts, dims_of(dims, x._array.ndim, twice=True)) if x._array.ndim else x.clone()


def flip(x, *dims, **named):
    """Reversed along ``dims``."""
    dims = (named["dims"],) if named else dims
    if not dims:
        raise TypeError("which dimensions is missing")
    return _call["flip"](x, dims_of(list(sizes(dims)), x._array.ndim) if sizes(dims) and x._array.ndim else ())


def fliplr(x):
    """Reversed along dimension 1."""
    if x._array.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(x, 1)


def flipud(x):
    """Reversed along dimension 0."""
    return flip(x, 0)


@primitive(name="Rot90Backward0")
def rot90_times(xp, x, *, k, dims):
    """Turned by ``k`` right angles in the plane of ``dims``."""
    return xp.copy(xp.np.rot90(x, k, dims))


@rot90_times.vjp("x")
def rot90_x(xp, g, k, dims):
    return xp.rot90_times(g, -k, dims)


def rot90(x, k=1, dims=(0, 1)):
    """Turned by ``k`` right angles in the plane of ``dims``."""
    return rot90_times.call(x, k, tuple(dims))


def unfold(x, dimension, size, step):
    """Windows of ``size`` along a dimension, ``step`` apart, as a last dimension; a view."""
    dim = dim_of(dimension, x._array.ndim)
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if not x._array.ndim:
        return called(x.reshape(1) if size else x.reshape(1)[:0], "UnfoldBackward0")
    starts = np.arange(0, x._array.shape[dim] - size + 1, step)
    where = starts[:, None] + np.arange(size)
    return told(windows.call(x, dim, where), size=size, step=step)


@primitive(name="UnfoldBackward0", view=True)
def windows(xp, x, *, dim, where):
    """x at the positions ``where`` (windows, places in a window) along ``dim``; the places come last."""
    if isinstance(x, np.ndarray) and where.size:  # equal steps, so a view can lie there
        seen = np.lib.stride_tricks.sliding_window_view(x, where.shape[1], dim, writeable=True)
        step = int(where[1, 0] - where[0, 0]) if len(where) > 1 else 1
        return seen[(slice(None),) * dim + (slice(None, int(where[-1, 0]) + 1, step),)]
    return xp.np.moveaxis(xp.take(x, (slice(None),) * dim + (where,)), dim + 1, -1)


@windows.vjp("x")
def windows_x(xp, g, x_shape, dim, where):
    ndim = len(g.shape)
    back = (*range(dim + 1), ndim - 1, *range(dim + 1, ndim - 1))
    return xp.scatter(xp.permute(g, back), x_shape, (slice(None),) * dim + (where,))
