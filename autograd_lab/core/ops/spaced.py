"""Values that lie equally far apart: what ``linspace`` and ``logspace`` ask of their ends, and how PyTorch rounds in 16 bits."""

from __future__ import annotations

import numpy as np

from .. import too_large
from ..tensor import Tensor


def ends(word: str, start, end) -> tuple:
    """Both as numbers; RuntimeError for a tensor with dimensions."""
    dims = {name: x._array.ndim for name, x in (("start", start), ("end", end)) if isinstance(x, Tensor)}
    if any(dims.values()):
        told = " and ".join(f"{name} with {n} dimension(s)" for name, n in dims.items())
        raise RuntimeError(f"{word} only supports 0-dimensional start and end tensors, but got {told}.")
    return tuple(x.item() if isinstance(x, Tensor) else x for x in (start, end))


def whole(dtype, *numbers) -> tuple:
    """The numbers as a sequence of ``dtype`` starts and ends with them: PyTorch cuts them to whole ones first, if that is integer."""
    for large in too_large.among(numbers):
        raise too_large.not_a_scalar(large)
    return tuple(int(n) for n in numbers) if dtype is not None and dtype.kind in "iu" else numbers


def in_16_bits(start, end, steps, dtype) -> np.ndarray:
    """PyTorch rounds the distance, the step and every product and sum, and counts from both ends."""

    def rounded(x):
        return np.asarray(x, "f4").astype(dtype).astype("f4")

    start, end, i = rounded(start), rounded(end), np.arange(steps, dtype="f4")
    step = rounded(rounded(end - start) / np.float32(steps - 1))
    ascending, descending = rounded(start + rounded(step * i)), rounded(end - rounded(step * (steps - 1 - i)))
    return np.where(i < steps // 2, ascending, descending).astype(dtype)
