"""Pooling over windows that lie at random places: Graham, "Fractional max-pooling" (2014)."""

from __future__ import annotations

import math

import numpy as np

from ..device import beside, looked_at
from ..refusals import no_kernel
from .convolution import _each
from .create import rand
from .pooling import chosen_of, largest
from .preconditions import demand
from .told import told_of_windows

_FRACTIONAL = {n: chosen_of(f"FractionalMaxPool{n}DBackward0") for n in (2, 3)}


def _starts(sample, size, out, kernel):
    """Where ``out`` windows begin, by a number in [0, 1)."""
    dtype = sample.dtype.type
    if out == 1:
        return np.array([size - kernel])
    alpha = dtype((size - kernel) / (out - 1))
    inner = ((np.arange(out - 1) + sample) * alpha).astype(int) - int(sample * alpha)
    return np.append(inner, size - kernel)


def fractional_max_pool(n):
    """The word for ``n`` spatial dimensions."""
    name = f"fractional_max_pool{n}d"

    def placed(input, kernel, wanted, samples):
        spatial = input._array.shape[2:]
        for what, size, k, w in zip(("time", "height", "width")[-n:], spatial, kernel, wanted):
            if w + k - 1 > size - (n == 3):  # PyTorch's two words differ
                raise RuntimeError(f"{name}{'_out' * (n == 3)}(): pool {what} {k} too large relative to input {what} {size}")
        index = np.empty((*input._array.shape[:2], *wanted), np.int64)
        numbers = np.arange(math.prod(spatial)).reshape(spatial)
        array, draws = looked_at(input._array), looked_at(samples._array)
        for plane in np.ndindex(index.shape[:2]):
            drawn = draws[plane]
            drawn = drawn[::-1] if n == 2 else drawn  # PyTorch draws the width first, of three dimensions the time
            starts = [_starts(s, *v) for s, *v in zip(drawn, spatial, wanted, kernel)]
            for place in np.ndindex(*wanted):
                part = tuple(slice(start[p], start[p] + k) for p, start, k in zip(place, starts, kernel))
                index[(*plane, *place)] = numbers[part].flat[int(largest(array[(*plane, *part)].reshape(-1)))]
        return index

    def word(input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None):
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
        spatial = input._array.shape[-n:]
        if output_size is None:
            output_size = [int(s * r) for s, r in zip(spatial, _rates(output_ratio, n))]
        batched = input._array.ndim == n + 2
        x = input if batched else input.unsqueeze(0)
        if _random_samples is None:
            _random_samples = rand(*x._array.shape[:2], n, dtype=x.dtype)
        _drawn(_random_samples, x, n)
        if x._array.dtype.kind != "f":
            raise no_kernel(f"{name}_out_frame", x._array.dtype)
        kernel, wanted = _each(kernel_size, n, "kernel_size"), _each(output_size, n, "output_size")
        index = placed(x, kernel, wanted, _random_samples)
        values, where = _FRACTIONAL[n](input, index=beside(index if batched else index[0], input._array))
        told_of_windows(values, n, {"kernel_size": kernel, "output_size": wanted})
        return (values, where) if return_indices else values

    word.__name__ = word.__qualname__ = name
    word.__doc__ = f"The largest of windows that lie at random places over {n} dimensions."
    return word


def _drawn(samples, x, n: int) -> None:
    """There are ``n`` numbers of x's dtype for each of its planes."""
    told = "Expect _random_samples"
    demand(samples.dtype == x.dtype, f"{told} to have the same dtype as input")
    demand(samples.ndim == 3, f"{told} to have 3 dimensions, got {samples.ndim}")
    (batch, channels, numbers), planes = samples._array.shape, x._array.shape[:2]
    demand(batch >= planes[0], f"{told}.size(0) no less then input batch size.")
    demand(channels == planes[1], f"{told}.size(1) equals to input channel size.")
    demand(numbers == n, f"{told}.size(2) equals to {n}; got {numbers}.")


def _rates(ratio, n):
    ratio = ratio if isinstance(ratio, (tuple, list)) else (ratio,) * n
    if not all(0 < r < 1 for r in ratio):
        raise ValueError(f"output_ratio must be between 0 and 1 (got {ratio})")
    return ratio
