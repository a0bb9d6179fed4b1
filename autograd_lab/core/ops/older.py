"""Words that PyTorch keeps for programs that are older than what replaced them, with its warnings."""

from __future__ import annotations

import warnings

import numpy as np

from .. import dtypes
from .create import leaf
from .norms import matrix_norm, vector_norm
from .spaced import whole

WORDS = ["frobenius_norm", "nuclear_norm", "range"]


def range(start, end, step=1, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """start, start + step, ... up to and with end. Deprecated: ``arange`` stops before it."""
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with Python's range "
        "builtin. Instead, use torch.arange, which produces values in [start, end).", UserWarning, stacklevel=3)  # fmt: skip
    start, end, step = whole(dtypes.as_numpy(dtype), start, end, step)
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    made = start + np.arange(int((end - start) / step) + 1) * step
    return leaf(made.astype(dtypes.as_numpy(dtype) or dtypes.default.numpy), requires_grad, device)


def _instead(word: str, other: str) -> None:
    warnings.warn(f"at::{word} is deprecated and it is just left for JIT compatibility. It will be removed in a future PyTorch release. "
                  f"Please use `{other}` instead", UserWarning, stacklevel=4)  # fmt: skip


def nuclear_norm(input, dim=(-2, -1), keepdim=False):
    """The sum of a matrix's singular values. Deprecated: ``linalg.matrix_norm(A, "nuc")``."""
    _instead("nuclear_norm", "linalg.matrix_norm(A, 'nuc', dim, keepdim)")
    return matrix_norm(input, "nuc", dim, keepdim)


def frobenius_norm(input, dim=(), keepdim=False):
    """The root of the sum of squares over ``dim``, all by default. Deprecated: ``linalg.vector_norm``."""
    _instead("frobenius_norm", "linalg.vector_norm(A, 2., dim, keepdim)")
    return vector_norm(input, 2.0, dim or None, keepdim)
