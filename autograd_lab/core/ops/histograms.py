"""Counting elements by intervals, of one number or of several. Not differentiated, as in PyTorch."""

from __future__ import annotations

import numpy as np

from ..device import on_the_host
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
    array = x._array
    if array.dtype.kind != "f":
        raise no_kernel("histogramdd", array.dtype)
    if weight is not None and weight._array.shape != array.shape:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor excluding its innermost "
            f"dimension, but got input with shape {[array.size, 1]} and weight with shape {list(weight._array.shape)}"
        )
    edges = _edges(array, bins, None if range is None else tuple(range))
    heights = None if weight is None else weight._array.reshape(-1)
    counts, _ = np.histogram(array.reshape(-1), edges, weights=heights, density=density)
    found = _Histogram(leaf(counts.astype(array.dtype)), leaf(edges.astype(array.dtype)))
    return _Histogram(*(underivable("aten::histogram", t, x, *(() if weight is None else (weight,))) for t in found))


def _edges(array, bins, limits):
    if isinstance(bins, Tensor):
        return bins._array
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    low, high = (
        limits if limits is not None else (array.min(initial=np.inf), array.max(initial=-np.inf)) if array.size else (0, 1)
    )
    if low > high:
        raise RuntimeError(f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for dimension 0")
    if low == high:  # all alike: half a bin to either side, as NumPy has it
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


@on_the_host
def histogramdd(x, bins, range=None, weight=None, density=False):
    """The same for points, the rows of x: counts by the intervals of all coordinates, and the edges along each."""
    points = x._array.reshape(-1, x._array.shape[-1])
    n = points.shape[-1]
    each = list(bins) if isinstance(bins, (tuple, list)) else [bins] * n
    limits = [None] * n if range is None else [tuple(range[2 * i : 2 * i + 2]) for i in np.arange(n)]
    edges = [_edges(points[:, i], each[i], limits[i]) for i in np.arange(n)]
    heights = None if weight is None else weight._array.reshape(-1)
    counts, _ = np.histogramdd(points, edges, weights=heights, density=density)
    return _Histograms(leaf(counts.astype(points.dtype)), [leaf(e.astype(points.dtype)) for e in edges])
