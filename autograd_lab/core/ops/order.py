"""Order statistics: medians, quantiles, modes."""

from __future__ import annotations

import math

import numpy as np

from ..device import beside, on_the_host, values_of
from ..layout import as_array
from ..low_precision import wide
from ..node import apart, called
from ..primitive import primitive
from ..several import several
from ..tensor import Tensor, wrap
from .convert import dim_of, pair
from .index import along
from .reduce import kept, shared_by_equals


@primitive(name="MedianBackward0")
def median_all(xp, x):
    """The lower median of all elements; equal ones share the gradient."""
    if not math.prod(x.shape):
        return xp.np.full((), math.nan, x.dtype)[()]
    ordered = xp.np.sort(xp.reshape(x, (-1,)))
    last, middle = ordered[-1], ordered[(ordered.shape[0] - 1) // 2]
    return xp.np.where(last != last, last, middle)[()]  # nan comes last


@median_all.vjp("x")
def median_all_x(xp, g, x, out):
    return shared_by_equals(xp, g, x, out)


@primitive(name="NanmedianBackward0")
def nanmedian_all(xp, x):
    """The lower median of all elements that are not nan; equal ones share the gradient."""
    ordered = xp.np.sort(xp.reshape(x, (-1,)))  # nan comes last
    return ordered[(xp.np.sum(ordered == ordered) - 1) // 2]


nanmedian_all.vjp("x")(median_all_x)


def median(x, dim=None, keepdim=False):
    """The lower median of all, or (values, indices) along ``dim``."""
    if dim is None:
        return median_all.call(x)
    if not x._array.ndim:
        return _ranked("median", median_along, x, dim, keepdim, None)
    n, bad = x._array.shape[dim], (x._array != x._array).sum(dim, keepdims=True)
    return _ranked(
        "median", median_along, x, dim, keepdim, lambda order: np.where(bad > 0, n - bad, (n - 1) // 2)
    )  # the first nan


@on_the_host
def nanmedian(x, dim=None, keepdim=False):
    """The median of what is not nan."""
    if dim is None:
        return nanmedian_all.call(x) if x._array.size else median(x)
    bad = np.isnan(x._array).sum(dim if x._array.ndim else None, keepdims=True)
    return _ranked(
        "nanmedian", nanmedian_along, x, dim, keepdim, lambda order: np.maximum((order.shape[dim] - bad - 1) // 2, 0)
    )


def _chosen(word, node):
    """The primitive behind an order statistic: (x at ``index`` along ``dim``, index)."""

    def chosen(xp, x, *, dim, index, keepdim):
        values = xp.take(x, along(index, dim))
        if keepdim:
            return values, index.copy()  # users may write over theirs
        shape = tuple(n for i, n in enumerate(x.shape) if i != dim)
        return xp.reshape(values, shape), index.copy().reshape(shape)

    def chosen_x(xp, g, x_shape, dim, index, keepdim):
        return xp.scatter(xp.reshape(g[0], index.shape), x_shape, along(index, dim))

    chosen.__name__, chosen.__doc__ = f"{word}_along", f"(values, indices) of the {word} along ``dim``."
    op = several(name=node)(chosen)
    op.vjp("x")(chosen_x)
    return op


median_along = _chosen("median", "MedianBackward1")
nanmedian_along = _chosen("nanmedian", "NanmedianBackward1")
kthvalue_along = _chosen("kthvalue", "KthvalueBackward0")
mode_along = _chosen("mode", "ModeBackward0")


def _ranked(name, op, x, dim, keepdim, rank):
    """(values, indices) of the element of a rank along ``dim``."""
    dim = dim_of(dim, x._array.ndim)
    if not x._array.ndim:
        return pair(name)(*op(x, dim=0, index=np.zeros_like(x._array, np.int64), keepdim=keepdim))
    order = np.argsort(wide(values_of(x)), dim, kind="stable")
    k = as_array(rank(order))
    k = k if k.ndim else k.reshape((1,) * x._array.ndim)
    index = np.take_along_axis(order, np.broadcast_to(k, kept(x._array.shape, dim)), dim)
    return pair(name)(*op(x, dim=dim, index=index, keepdim=keepdim))


def kthvalue(x, k, dim=-1, keepdim=False):
    """(values, indices) of the ``k``-th smallest along ``dim``, counted from 1."""
    n = x._array.shape[dim] if x._array.ndim else 1
    if not 1 <= k <= n:
        raise RuntimeError("kthvalue(): selected number k out of range for dimension " + str(dim))
    return _ranked("kthvalue", kthvalue_along, x, dim, keepdim, lambda order: k - 1)


def _by_insertion(line: np.ndarray) -> list[int]:
    """The order in which PyTorch's sort by ``<`` leaves a line: a nan, before and after nothing, stays and lets nothing pass."""
    order: list[int] = []
    for i, value in enumerate(line):
        at = 0 if order and value < line[order[0]] else next((j for j in range(i, 0, -1) if not value < line[order[j - 1]]), 0)
        order.insert(at, i)
    return order


def _commonest(lines: np.ndarray) -> np.ndarray:
    """Where the commonest element of each line is: the end of the first of the longest runs once it is sorted."""
    order = lines.argsort(-1, kind="stable")
    for place in map(tuple, np.argwhere((lines != lines).any(-1))):
        order[place] = _by_insertion(lines[place])
    ranked, at = np.take_along_axis(lines, order, -1), np.arange(lines.shape[-1])
    starts = np.ones(lines.shape, bool)
    starts[..., 1:] = ranked[..., 1:] != ranked[..., :-1]
    ends = np.roll(starts, -1, -1)
    runs = np.where(ends, at - np.maximum.accumulate(np.where(starts, at, 0), -1) + 1, 0)
    return np.take_along_axis(order, runs.argmax(-1)[..., None], -1)


@on_the_host
def mode(x, dim=-1, keepdim=False):
    """(values, indices) of the commonest element along ``dim``, the smallest of them at a tie, where it occurs last."""
    dim = dim_of(dim, x._array.ndim)
    if not x._array.ndim:
        return pair("mode")(*mode_along(x, dim=0, index=np.zeros_like(x._array, np.int64), keepdim=keepdim))
    index = _commonest(np.moveaxis(np.asarray(wide(values_of(x))), dim, -1))
    return pair("mode")(*mode_along(x, dim=dim, index=np.moveaxis(index, -1, dim), keepdim=keepdim))


def quantile(x, q, dim=None, keepdim=False, *, interpolation="linear"):
    """The ``q``-quantiles, interpolated between neighbours."""
    return _quantile(x, q, dim, keepdim, interpolation, False)


def nanquantile(x, q, dim=None, keepdim=False, *, interpolation="linear"):
    """The quantiles of what is not nan."""
    return _quantile(x, q, dim, keepdim, interpolation, True)


def _quantile(x, q, dim, keepdim, interpolation, skip):
    if interpolation not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise RuntimeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got " + interpolation
        )
    ndim, q = x._array.ndim, q if isinstance(q, Tensor) else wrap(beside(np.asarray(q, x._array.dtype)[()], x._array))
    dim = None if dim is None else dim_of(dim, ndim)
    lines = x.reshape(-1) if dim is None or not ndim else x.movedim(dim, -1)
    ordered = lines.sort(-1)[0]
    n = ordered._array.shape[-1]
    bad = np.isnan(values_of(ordered)).sum(-1, keepdims=True)
    last = np.maximum(n - bad - 1, 0) if skip else np.full_like(bad, n - 1)
    rank = q.reshape(-1) * wrap(last.astype(x._array.dtype))
    if not skip and bad.any():
        rank = wrap(np.where(bad > 0, n - 1, values_of(rank)).astype(x._array.dtype))
    here = values_of(rank)
    low, high = np.floor(here), np.ceil(here)
    if interpolation in ("lower", "higher", "nearest"):
        at = {"lower": low, "higher": high, "nearest": np.round(here)}[interpolation]
        out = ordered.gather(-1, wrap(at.astype(np.int64)))
    else:
        weight = rank - wrap(low) if interpolation == "linear" else wrap(np.full_like(low, 0.5))
        out = ordered.gather(-1, wrap(low.astype(np.int64))).lerp(ordered.gather(-1, wrap(high.astype(np.int64))), weight)
    lead = q._array.ndim
    if keepdim and ndim:  # the ranks stand last; then first, or one of them nowhere
        out = out.reshape(*(1,) * ndim, -1) if dim is None else out.unsqueeze(-1).movedim(-1, dim)
    out = out.unsqueeze(0).transpose(0, -1) if lead else out
    return apart(called(out.squeeze(-1), "SqueezeBackward4"))
