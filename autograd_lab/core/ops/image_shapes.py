"""Images rearranged: borders of their own elements, pixels and channels shuffled, windows as columns. All are linear."""

from __future__ import annotations

import math

import numpy as np

from ..primitive import primitive
from .convolution import extent, windows_back, windows_of
from .masked import level_of

# ---------------------------------------------------------------------- borders


def _border(kind: str, n: int):
    """The primitive that puts a border of an image's own elements around ``n`` dimensions, as ``key`` says."""

    def forward(xp, x, *, key):
        return xp.take(x, key)

    def to_x(xp, g, x, x_shape, key):  # x for nobody: it is saved, as in PyTorch
        return xp.scatter(g, x_shape, key)

    forward.__name__ = f"{kind}_pad{n}d"
    forward.__doc__ = f"The image's last {n} dimensions with a border, each element from where ``key`` says."
    op = primitive(forward, name=(node := f"{kind.title()}Pad{n}DBackward0"))
    op.vjp("x", recorded=level_of(node))(to_x)
    return op


BORDERS = {kind: {n: _border(kind, n) for n in (1, 2, 3)} for kind in ("reflection", "replication")}


def reflected(n: int, before: int, after: int):
    """Which of ``n`` elements stand in a dimension that is mirrored at its ends."""
    where = np.abs(np.arange(-before, n + after))
    return np.where(where >= n, 2 * (n - 1) - where, where)


def replicated(n: int, before: int, after: int):
    """Which of ``n`` elements stand in a dimension whose ends are repeated."""
    return np.clip(np.arange(-before, n + after), 0, n - 1)


def bordered(kind: str, x, places):
    """x with its last dimensions at ``places``, one list of positions for each."""
    n = len(places)
    lead = (slice(None),) * (x._array.ndim - n)
    return BORDERS[kind][n].call(x, (*lead, *np.ix_(*places)))


# ---------------------------------------------------------------------- pixels and channels


@primitive
def pixel_shuffle(xp, x, *, r):
    """(..., C r², H, W) -> (..., C, H r, W r): r² channels are laid out as squares of pixels."""
    *lead, c, h, w = x.shape
    n, k = len(lead), c // (r * r)
    apart = xp.permute(xp.reshape(x, (*lead, k, r, r, h, w)), (*range(n + 1), n + 3, n + 1, n + 4, n + 2))
    return xp.reshape(apart, (*lead, k, h * r, w * r))


@pixel_shuffle.vjp("x")
def pixel_shuffle_x(xp, g, r):
    return xp.pixel_unshuffle(g, r)


@primitive
def pixel_unshuffle(xp, x, *, r):
    """(..., C, H r, W r) -> (..., C r², H, W): squares of pixels become channels."""
    *lead, c, h, w = x.shape
    n = len(lead)
    apart = xp.reshape(x, (*lead, c, h // r, r, w // r, r))
    return xp.reshape(xp.permute(apart, (*range(n + 1), n + 2, n + 4, n + 1, n + 3)), (*lead, c * r * r, h // r, w // r))


@pixel_unshuffle.vjp("x")
def pixel_unshuffle_x(xp, g, r):
    return xp.pixel_shuffle(g, r)


@primitive
def channel_shuffle(xp, x, *, groups):
    """The channels of the groups in turn."""
    n, c, *rest = x.shape
    return xp.reshape(xp.swap(xp.reshape(x, (n, groups, c // groups, *rest)), 1, 2), (n, c, *rest))


@channel_shuffle.vjp("x")
def channel_shuffle_x(xp, g, groups):
    return xp.channel_shuffle(g, g.shape[1] // groups)


# ---------------------------------------------------------------------- windows as columns


@primitive(name="Im2ColBackward0")
def columns_of(xp, x, *, kernel, dilation, padding, stride):
    """(..., C, H, W) -> (..., C * kernel, windows): every window of the image with its zero border, as a column."""
    lead, n = tuple(x.shape[:-2]), len(x.shape) - 2
    x = xp.np.pad(x, (*[(0, 0)] * n, *((p, p) for p in padding))) if any(padding) else x
    seen = windows_of.forward(xp, x, kernel=kernel, stride=stride, dilation=dilation)
    counts = tuple(seen.shape[n : n + 2])
    turned = xp.permute(seen, (*range(n), n + 2, n + 3, n, n + 1))
    return xp.reshape(turned, (*lead[:-1], lead[-1] * math.prod(kernel), math.prod(counts)))


@columns_of.vjp("x")
def columns_of_x(xp, g, x_shape, kernel, dilation, padding, stride):
    return xp.image_of(g, tuple(x_shape[-2:]), kernel, dilation, padding, stride)


@primitive(name="Col2ImBackward0")
def image_of(xp, x, *, size, kernel, dilation, padding, stride):
    """(..., C * kernel, windows) -> (..., C, H, W): columns added up where their windows lie, without the border."""
    whole = tuple(s + 2 * p for s, p in zip(size, padding))
    counts = tuple(extent(*v) for v in zip(whole, kernel, stride, dilation))
    lead = (*x.shape[:-2], x.shape[-2] // math.prod(kernel))
    n = len(lead)
    seen = xp.permute(xp.reshape(x, (*lead, *kernel, *counts)), (*range(n), n + 2, n + 3, n, n + 1))
    full = windows_back.forward(xp, seen, shape=(*lead, *whole), kernel=kernel, stride=stride, dilation=dilation)
    inner = tuple(slice(p, p + s) for s, p in zip(size, padding))
    return xp.copy(xp.take(full, (..., *inner))) if any(padding) else full


@image_of.vjp("x")
def image_of_x(xp, g, kernel, dilation, padding, stride):
    return xp.columns_of(g, kernel, dilation, padding, stride)
