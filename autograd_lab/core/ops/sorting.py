"""Sorting, the largest few, and distinct elements."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..device import on_the_host, values_of
from ..layout import as_array, laid_as
from ..low_precision import wide
from ..node import called
from ..refusals import no_kernel
from ..several import several
from ..telling import tell_once
from ..tensor import Tensor, wrap
from .convert import dim_of, pair
from .create import leaf
from .index import along
from .underivable import underivable

_Sorted, _Largest = pair("sort"), pair("topk")


def _ordered(word, node, doc):
    def forward(xp, x, *, dim, index):
        made = xp.take(x, along(index, dim)), index.copy()  # users may write over theirs
        return made if index.shape != x.shape else tuple(laid_as(out, x) for out in made)

    def ordered_x(xp, g, x_shape, dim, index):
        return xp.scatter(g[0], x_shape, along(index, dim))

    forward.__name__, forward.__doc__ = word, doc
    op = several(name=node)(forward)
    op.vjp("x")(ordered_x)
    return op


sort_along = _ordered("sort_along", "SortBackward0", "(values in order, where they were).")
topk_along = _ordered("topk_along", "TopkBackward0", "(the largest or smallest few, where they were).")


def _order(array, dim, descending):
    """The indices that sort ``array`` along ``dim``; equal elements stay in their order, nan counts as the largest."""
    if not array.ndim:
        return np.zeros_like(array, np.int64)
    array = wide(array)  # nan has no place among bfloat16's
    if not descending:
        return np.argsort(array, dim, kind="stable")
    turned = np.flip(array, dim)
    return array.shape[dim] - 1 - np.flip(np.argsort(turned, dim, kind="stable"), dim)


def sort(x, dim=-1, descending=False, stable=False):
    """(values, indices) in order along ``dim``; equal elements stay in their order."""
    if x._array.dtype.kind == "c":
        raise RuntimeError(" Sort does not support complex dtypes on CPU")
    dim = dim_of(dim, x._array.ndim)
    values, indices = sort_along(x, dim=dim, index=_order(values_of(x), dim, descending))
    return _Sorted(called(values, "SortBackward1") if stable else values, indices)


def argsort(x, dim=-1, descending=False, stable=False):
    """The indices that sort x along ``dim``."""
    return leaf(laid_as(_order(values_of(x), dim_of(dim, x._array.ndim), descending), x._array))


def msort(x):
    """x in order along its first dimension."""
    return sort(x, 0)[0]


def topk(x, k, dim=-1, largest=True, sorted=True):
    """(values, indices) of the ``k`` largest, or smallest, along ``dim``, in order."""
    if x._array.dtype.kind in "bc":
        raise RuntimeError(f"topk does not support {'bool' if x._array.dtype.kind == 'b' else 'complex'} dtypes on CPU")
    dim = dim_of(dim, x._array.ndim)
    if not 0 <= k <= (x._array.shape[dim] if x._array.ndim else 1):
        raise RuntimeError("selected index k out of range")
    order = _order(values_of(x), dim, largest)
    return _Largest(*topk_along(x, dim=dim, index=order[(slice(None),) * dim + (slice(k),)] if x._array.ndim else order))


def unique(x, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The distinct elements in order; where each element went; how many of each."""
    if x._array.dtype.kind == "c":
        raise no_kernel("unique", x._array.dtype)
    values, inverse, counts = np.unique(wide(x._array), return_inverse=True, return_counts=True, axis=dim, equal_nan=False)
    values = _chosen(values.astype(x._array.dtype), x, "_unique2" if dim is None else "unique_dim")
    return _answers(values, inverse if dim is None else inverse.reshape(-1), counts, return_inverse, return_counts)


@on_the_host
def unique_consecutive(x, return_inverse=False, return_counts=False, dim=None):
    """The elements without those equal to the one before."""
    lines = x._array.reshape(-1) if dim is None else np.moveaxis(x._array, dim, 0)
    new = np.ones(len(lines), bool)
    new[1:] = (lines[1:] != lines[:-1]).any(tuple(range(1, lines.ndim)))
    inverse, counts = np.cumsum(new) - 1, np.diff(np.append(np.flatnonzero(new), len(lines)))
    values = _chosen(lines[new] if dim is None else np.moveaxis(lines[new], 0, dim), x, "unique_consecutive")
    return _answers(values, inverse.reshape(x._array.shape) if dim is None else inverse, counts, return_inverse, return_counts)


def _chosen(values, x, told):
    """The ``values`` picked out of x, of which PyTorch has no derivative."""
    error = NotImplementedError(f"the derivative for '{told}' is not implemented.")
    return underivable(error, leaf(values), x, name=told.title().replace("_", "") + "Backward0")


def _answers(values, inverse, counts, return_inverse, return_counts):
    made = [values]
    made += [leaf(inverse)] if return_inverse else []
    made += [leaf(counts)] if return_counts else []
    return made[0] if len(made) == 1 else tuple(made)


def _in_order(rows, sorter):
    """Each row's elements in the order ``sorter``."""
    order = sorter._array
    if order.shape != rows.shape:
        told = f"but got boundary tensor {list(rows.shape)}and got sorter tensor {list(order.shape)}"
        raise RuntimeError(f"torch.searchsorted(): boundary and sorter must have the same size, {told}")
    if order.dtype != np.int64:
        raise RuntimeError(
            f"torch.searchsorted(): sorter must be a tensor of long dtype but got dtype {dtypes.BY_NUMPY[order.dtype].kind}"
        )
    if order.size and not (order.min() >= 0 and order.max() < rows.shape[-1]):
        raise RuntimeError("torch.searchsorted(): sorter index out of range")
    return np.take_along_axis(rows, order, -1)


def _warn_of_copies(**given) -> None:
    for what, t in given.items():
        if isinstance(t, Tensor) and not t.is_contiguous():
            what = what.replace("_", " ")
            tell_once(
                f"torch.searchsorted(): {what} tensor is non-contiguous, this will lower the performance due to extra data copy when "
                f"converting non-contiguous tensor to contiguous, please use contiguous {what} tensor if possible. This message will "
                "only appear once per program."
            )


@on_the_host
def searchsorted(sorted_sequence, values, *, out_int32=False, right=False, side=None, sorter=None):
    """Where ``values`` would go in rows that are in order, or that ``sorter`` would put in order."""
    rows = sorted_sequence._array if sorter is None else _in_order(sorted_sequence._array, sorter)
    v = values._array if isinstance(values, Tensor) else np.asarray(values)
    if right and side == "left":
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    _warn_of_copies(input_value=values, boundary=sorted_sequence, sorter=sorter)
    side = side or ("right" if right else "left")
    if rows.ndim == 1:
        found = np.searchsorted(rows, v, side)
    else:
        found = np.empty(v.shape, np.int64)
        for place in np.ndindex(rows.shape[:-1]):
            found[place] = np.searchsorted(rows[place], v[place], side)
    return leaf(as_array(found, np.int32 if out_int32 else np.int64)[()])


def bucketize(x, boundaries, *, out_int32=False, right=False):
    """The number of the interval between ``boundaries`` in which each element lies."""
    return searchsorted(boundaries, x if isinstance(x, Tensor) else wrap(np.asarray(x)), out_int32=out_int32, right=right)


def bincount(x, weights=None, minlength=0):
    """How often each number from 0 on occurs, or the sum of their weights: float32 of those, else float64."""
    if weights is None:
        return leaf(np.bincount(x._array, None, minlength))
    if not x._array.size:
        return leaf(np.bincount(x._array, None, minlength))
    kept = weights._array.dtype if weights._array.dtype == np.float32 else dtypes.BY_NAME["float64"].numpy
    made = np.zeros(max(int(x._array.max()) + 1, minlength), kept)
    np.add.at(made, x._array, weights.detach().to(dtypes.BY_NUMPY[kept])._array)
    return underivable("aten::bincount", leaf(made), weights)


def histc(x, bins=100, min=0, max=0):
    """How many elements fall into each of ``bins`` equal intervals."""
    if not x._array.size:
        return leaf(np.zeros(bins, x._array.dtype))
    low, high = (min, max) if min != max else (x._array.min(), x._array.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RuntimeError(f"torch.histc: range of [{low:g}, {high:g}] is not finite")
    return leaf(np.histogram(x._array, bins, (low, high))[0].astype(x._array.dtype))
