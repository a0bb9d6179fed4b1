"""segment_reduce: sums, means, products and extremes of stretches that follow each other along one dimension."""

from __future__ import annotations

import math

import numpy as np

from ..device import on_the_host
from ..dtypes import BY_NUMPY
from ..places import watch
from ..primitive import primitive
from ..products import work_in
from ..refusals import no_kernel
from .convert import dim_of
from .told import told

_NEUTRAL = {"sum": 0, "mean": 0, "prod": 1, "max": -math.inf, "min": math.inf}
_WORKED_IN = {"sum": "add", "mean": "add", "prod": "multiply", "max": "maximum", "min": "minimum"}  # NumPy's
_WORKED_IN_BY_JAX = {"sum": "add", "mean": "add", "prod": "multiply", "max": "max", "min": "min"}


@primitive(name="SegmentReduceBackward0")
def segment_reduce_at(xp, x, *, key, shape, axis, reduce, initial):
    """x reduced to ``shape``. ``key``: rows of x, its first ``axis`` + 1 dimensions laid flat, and the segment each belongs to."""
    rows, into = key
    src = xp.take(_flat(xp, x, axis), rows)
    start = _NEUTRAL[reduce] if initial is None else initial
    out = xp.np.full(_laid_flat(shape, axis), start, x.dtype)
    if isinstance(out, np.ndarray):
        work_in(getattr(np, _WORKED_IN[reduce]), out, into, src)
    else:
        out = getattr(out.at[into], _WORKED_IN_BY_JAX[reduce])(src)
    if reduce == "mean":
        sizes = np.bincount(into, minlength=out.shape[0]).reshape(-1, *[1] * (out.ndim - 1))
        empty = 0 if initial is None else 1  # an empty segment's mean is nan, or the initial value
        out = out / np.maximum(sizes, empty).astype(x.dtype)
    return xp.reshape(out, shape)


@segment_reduce_at.vjp("x")
def segment_reduce_x(xp, g, x, out, key, axis, reduce, initial):
    rows, into = key
    src, segments = xp.take(_flat(xp, x, axis), rows), _laid_flat(tuple(out.shape), axis)
    g = xp.take(_flat(xp, g, axis), into)
    if reduce == "mean":
        g = g / xp.take(xp.scatter(xp.ones_like(src), segments, into), into)
    elif reduce in ("max", "min"):
        g = _shared(xp, g, xp.detach(src), xp.take(_flat(xp, xp.detach(out), axis), into), segments, into)
    elif reduce == "prod":
        g = g * _products_of_others(
            xp, src, xp.take(_flat(xp, out, axis), into), segments, into, 1 if initial is None else initial
        )
    return xp.reshape(xp.scatter(g, _laid_flat(tuple(x.shape), axis), rows), tuple(x.shape))


def _shared(xp, g, src, extreme, segments, into):
    """g at the elements that equal their segment's extreme, in equal parts; nan counts as equal."""
    hit = xp.cast(src == extreme, g.dtype) + xp.cast(src != src, g.dtype)
    ties = xp.take(xp.scatter(hit, segments, into), into)
    return xp.where_mask(hit == 0, 0, g / xp.where_mask(ties == 0, 1, ties))


def _products_of_others(xp, src, product, segments, into, initial):
    """At each element the product of the rest of its segment, also where the element is 0 or nan."""
    zero, nan = xp.cast(src == 0, src.dtype), xp.cast(src != src, src.dtype)
    odd = zero + nan > 0
    safe = xp.where_mask(odd, 1, src)
    zeros, nans = (xp.take(xp.scatter(found, segments, into), into) - found for found in (zero, nan))  # among the others
    sound = xp.take(xp.segment_reduce_at(safe, (_every(into), into), segments, 0, "prod", initial), into)
    others = xp.where_mask(zeros > 0, 0, sound / safe)
    return xp.where_mask(nans > 0, math.nan, others) if initial != 0 else xp.where_mask(odd, others, product / safe)


def _every(into):
    return np.arange(len(into))


def _laid_flat(shape, axis):
    return math.prod(shape[: axis + 1]), *shape[axis + 1 :]


def _flat(xp, x, axis):
    return xp.reshape(x, _laid_flat(tuple(x.shape), axis))


@on_the_host
def segment_reduce(data, reduce, *, lengths=None, indices=None, offsets=None, axis=0, unsafe=False, initial=None):
    """Each segment of ``data`` along ``axis``, reduced: "sum", "mean", "max", "min" or "prod".

    ``lengths`` says how long the segments are, whose last dimension is ``axis``: every row of ``data`` may be cut in its own way;
    or ``offsets`` where each begins and the last one ends. ``initial`` takes part in every segment, and is what an empty one
    gives. With ``unsafe`` it is not asked whether the lengths fill the rows.
    """
    axis = dim_of(axis, data._array.ndim)
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    given = lengths if offsets is None else offsets
    if given is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    if reduce not in _NEUTRAL:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    word = "lengths" if given is lengths else "offsets"
    _check(data, given._array, word, axis, unsafe)
    key_of = _cutting(data._array.shape, axis, word)
    n = given._array.shape[-1] - (word == "offsets")
    shape = (*data._array.shape[:axis], n, *data._array.shape[axis + 1 :])
    out = watch(segment_reduce_at.call(data, key_of(given._array), shape, axis, reduce, initial), given, key_of=key_of)
    return told(out, lengths=lengths, offsets=offsets)


def _check(data, at, word, axis, unsafe) -> None:
    """PyTorch's conditions, in its order; then that every segment lies within its row, where PyTorch reads what is beyond."""
    n = data._array.shape[axis] if data._array.ndim else 1
    if at.ndim > data._array.ndim:
        raise RuntimeError(f"Expected data.dim() >= {word}_value.dim() to be true, but got false.")
    if axis != at.ndim - 1:
        raise RuntimeError(f"segment_reduce(): Expected axis to be the last dimension of {word} but got {axis}.")
    if word == "lengths" and not unsafe:
        if not at.size:
            raise RuntimeError(
                "min(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
            )
        if at.min() < 0:
            raise RuntimeError("lengths contains negative value!")
        if np.any(at.sum(-1) != n):
            raise RuntimeError(
                "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when !unsafe."
            )
    if at.dtype not in (np.int32, np.int64):
        raise no_kernel(f"_segment_reduce_{word}_cpu_kernel1", at.dtype)
    if data._array.dtype.kind != "f":
        raise no_kernel("_segment_reduce_cpu", data._array.dtype)
    if at.shape[:-1] != data._array.shape[:axis]:
        told = (
            f"{word} of shape {list(at.shape)} for data of shape {list(data.shape)}: all dimensions but the last must be data's"
        )
        raise RuntimeError(f"segment_reduce(): {told}")
    if word == "offsets" and not at.shape[-1]:
        size = [-1, *data._array.shape[axis + 1 :]]
        raise RuntimeError(f"Trying to create tensor with negative dimension -1: {size}")
    lengths = np.diff(at) if word == "offsets" else at
    if np.any(lengths < 0):
        raise RuntimeError("Expected segment_length >= 0 to be true, but got false.")
    if np.any((at if word == "offsets" else at.sum(-1)) > n) or (word == "offsets" and np.any(at < 0)):
        raise RuntimeError(f"segment_reduce(): a segment ends beyond the {n} elements of {BY_NUMPY[data._array.dtype]} data")


def _cutting(shape, axis, word):
    """lengths or offsets -> the rows of data, of that ``shape``, that are in a segment, and the segments they are in."""
    n = shape[axis]

    def key_of(at):
        starts, lengths = at[..., :-1], np.diff(at)
        if word == "lengths":
            starts, lengths = np.cumsum(at, -1) - at, at
        first = starts + n * np.arange(math.prod(at.shape[:-1])).reshape(*at.shape[:-1], 1)
        lengths = lengths.reshape(-1)
        into = np.repeat(np.arange(lengths.size), lengths)
        before = np.cumsum(lengths) - lengths  # how many rows the segments before hold
        return np.arange(into.size) + np.repeat(first.reshape(-1) - before, lengths), into

    return key_of
