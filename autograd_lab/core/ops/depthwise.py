"""Convolution with one channel to a group, tap by tap: a shifted image times one number of the kernel, added up.

A matrix product for each group would be of single rows, and its windows nine copies of the image for a 3 by 3 kernel: 10 to 30
times PyTorch's time, this 1 to 4. Arrays of NumPy's only; ``result`` is (N, groups, M, *windows), ``kernel`` (groups, M, *taps).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def is_depthwise(xp, channels: int, groups: int) -> bool:
    """Whether each of several groups has one channel, and NumPy computes."""
    return groups > 1 and channels == groups and xp.np is np


def taps(kernel, counts, stride, dilation) -> Iterator[tuple]:
    """(place in the kernel, slices of the image): the elements that a place sees, one in each of ``counts`` windows."""
    for place in np.ndindex(*kernel):
        yield place, tuple(slice(p * d, p * d + s * (c - 1) + 1, s) for p, d, s, c in zip(place, dilation, stride, counts))


def _number(kernel, place, n):
    """The kernels' numbers at a place, to be multiplied with (N, groups, M, *windows) of ``n`` dimensions."""
    return kernel[(..., *place)][(..., *[None] * n)]


def result_of(x, kernel, counts, stride, dilation):
    """The result from a padded image (N, groups, *spatial)."""
    n = len(counts)
    out = np.zeros((len(x), *kernel.shape[:2], *counts), np.result_type(x, kernel))
    part = np.empty_like(out)
    for place, at in taps(kernel.shape[2:], counts, stride, dilation):
        out += np.multiply(x[(slice(None), slice(None), None, *at)], _number(kernel, place, n), out=part)
    return out


def image_of(result, kernel, shape, stride, dilation):
    """The padded image of ``shape`` from a result: every tap's products added up where they came from."""
    counts = result.shape[3:]
    out = np.zeros(shape, np.result_type(result, kernel))
    part = np.empty(result.shape, out.dtype)
    for place, at in taps(kernel.shape[2:], counts, stride, dilation):
        np.multiply(result, _number(kernel, place, len(counts)), out=part)
        out[(..., *at)] += part[:, :, 0] if part.shape[2] == 1 else part.sum(2)
    return out


def kernel_of(x, result, kernel, stride, dilation):
    """The kernels (groups, M, *kernel): for each tap the sum over images and windows of image times result."""
    counts = result.shape[3:]
    spatial = tuple(range(3, 3 + len(counts)))
    out = np.empty((*result.shape[1:3], *kernel), np.result_type(x, result))
    for place, at in taps(kernel, counts, stride, dilation):
        out[(..., *place)] = np.einsum(x[(..., *at)], (0, 1, *spatial), result, (0, 1, 2, *spatial), (1, 2))
    return out
