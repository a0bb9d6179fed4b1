"""The same bits read as another dtype: what ``x.view(torch.int16)`` gives of a float16. No gradient goes through bits."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..mirrors import mirror_of
from ..tensor import Tensor, wrap


def read_as(x: Tensor, dtype: dtypes.dtype) -> Tensor:
    """x's memory as elements of ``dtype``; RuntimeError where elements of another size do not fit.

    >>> import autograd_lab as torch
    >>> torch.tensor([1.0, -2.0]).view(torch.int32)
    tensor([ 1065353216, -1073741824], dtype=torch.int32)
    """
    array, wanted = x._materialise(), dtype.numpy
    if mirror_of(array) is not None:
        which = "conjugate view tensors" if array.dtype.kind == "c" else "tensors with negative bit set"
        raise RuntimeError(f"torch.Tensor.view is not supported for {which} when converting to a different dtype.")
    if wanted.itemsize != array.itemsize:
        _check(array, wanted, f"to view {x.dtype.kind} as {dtype.kind} (different element sizes)")
    return wrap(array.view(wanted), None, x._shared_counter())


def _check(array: np.ndarray, wanted: np.dtype, what: str) -> None:
    if not array.ndim:
        raise RuntimeError(f"self.dim() cannot be 0 {what}")
    steps = [s // array.itemsize for s in array.strides]
    if steps[-1] != 1:
        raise RuntimeError(f"self.stride(-1) must be 1 {what}, but got {steps[-1]}")
    ratio = wanted.itemsize // array.itemsize
    if ratio > 1:
        if array.shape[-1] % ratio:
            raise RuntimeError(f"self.size(-1) must be divisible by {ratio} {what}, but got {array.shape[-1]}")
        for i, step in enumerate(steps[:-1]):
            if step % ratio:
                raise RuntimeError(f"self.stride({i}) must be divisible by {ratio} {what}, but got {step}")
