"""Counting elements by intervals, of one number or of several. Not differentiated, as in PyTorch."""

from __future__ import annotations

import functools
import math

import numpy as np

from ..device import on_the_host
from ..dtypes import BY_NUMPY
from ..refusals import no_kernel
from ..return_types import returned
from ..tensor import Tensor
from .create import leaf
from .underivable import underivable

_Histogram, _Histograms = returned("histogram"), returned("histogramdd")


@on_the_host
def histogram(x, bins=100, *, range=None, weight=None, density=False):
    """(how many elements, or how much weight, lies in each interval; the edges). ``bins``: how many between ``range``, or the edges.

    The last interval holds its right edge. Without ``range`` the intervals span all elements.
    """
    points = x._array.reshape(-1, 1)
    heights = None if weight is None else _fitting(weight, points.dtype, x._array.shape, [x._array.size, 1])
    counts, (edges,) = _counted(points, [bins], range, heights, density)
    found = _Histogram(leaf(counts), leaf(edges))
    return _Histogram(*(underivable("aten::histogram", t, x, *(() if weight is None else (weight,))) for t in found))


@on_the_host
def histogramdd(x, bins, range=None, weight=None, density=False):
    """The same for points, the rows of x: counts by the intervals of all coordinates, and the edges along each."""
    points = x._array.reshape(math.prod(x._array.shape[:-1]), x._array.shape[-1])
    heights = None if weight is None else _fitting(weight, points.dtype, x._array.shape[:-1], list(x._array.shape))
    counts, edges = _counted(
        points, list(bins) if isinstance(bins, (tuple, list)) else [bins] * points.shape[-1], range, heights, density
    )
    return _Histograms(leaf(counts), tuple(map(leaf, edges)))


def _fitting(weight, dtype, shape, told) -> np.ndarray:
    """The weights of the points, flat. RuntimeError unless they are of the points' dtype and ``shape``."""
    if weight._array.dtype != dtype:
        mine, given = (BY_NUMPY[d].in_cpp for d in (dtype, weight._array.dtype))
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the same dtype, but got "
            f"input({mine}), and weight({given})"
        )
    if weight._array.shape != shape:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor excluding its innermost "
            f"dimension, but got input with shape {told} and weight with shape {list(weight._array.shape)}"
        )
    return weight._array.reshape(-1)


def _counted(points, bins, limits, heights, density) -> tuple:
    """(counts, or sums of ``heights``, by the intervals of all coordinates; the edges along each), in the points' dtype."""
    if points.dtype.itemsize == 2:
        raise no_kernel("histogramdd", points.dtype)
    n = points.shape[-1]
    if limits is not None and len(limits) != 2 * n:
        raise RuntimeError(
            f"torch.histogramdd: for a {n}-dimensional histogram range should have {2 * n} elements, but got {len(limits)}"
        )
    edges = [
        _edges(points[:, d], each, None if limits is None else limits[2 * d : 2 * d + 2], d) for d, each in enumerate(bins)
    ]
    places, taken = [], np.ones(len(points)) if heights is None else heights
    for d, e in enumerate(edges):
        if len(e) < 2:
            raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {len(e) - 1} for dimension {d}")
        values = points[:, d]
        taken = np.where((values >= e[0]) & (values <= e[-1]), taken, 0)  # nothing is where the edges fall
        places.append(np.clip(np.searchsorted(e, values, "right") - 1, 0, len(e) - 2))
    counts = np.zeros(())
    if n:  # NumPy takes no falling edges, but the intervals' numbers
        counts, _ = np.histogramdd(np.stack(places, -1), [np.arange(len(e)) - 0.5 for e in edges], weights=taken)
    if density:
        volume = functools.reduce(np.multiply.outer, (np.diff(e.astype("f8")) for e in edges), np.ones(()))
        with np.errstate(invalid="ignore", divide="ignore"):
            counts = counts / counts.sum() / volume
    return counts.astype(points.dtype), edges


def _edges(values, bins, limits, d: int) -> np.ndarray:
    """The edges along coordinate ``d``: those that are given, or so many and one more from end to end."""
    if isinstance(bins, Tensor):
        given, told = bins._array, f"in the bins tensor for dimension {d}"
        if given.dtype != values.dtype:
            mine, other = (BY_NUMPY[dtype].in_cpp for dtype in (values.dtype, given.dtype))
            raise RuntimeError(
                "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with dtype "
                f"{mine} and bins for dimension {d} with dtype {other}"
            )
        if given.ndim != 1:
            raise RuntimeError(
                f"torch.histogramdd: bins tensor should have one dimension, but got {given.ndim} dimensions {told}"
            )
        if not given.size:
            raise RuntimeError(f"torch.histogramdd: bins tensor should have at least 1 element, but got 0 elements {told}")
        return given
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension {d}")
    low, high = limits if limits is not None else (values.min(), values.max()) if values.size else (0, 1)
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RuntimeError(f"torch.histogramdd: dimension {d}'s range [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError(f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for dimension {d}")
    if low == high:  # all alike: half a bin to either side, as NumPy has it
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1).astype(values.dtype)
