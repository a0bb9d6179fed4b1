"""Limiting gradients, all together by their norm or each by its value; in place, between backward and step."""

from __future__ import annotations

import math
import warnings
from types import GeneratorType

import numpy as np

from ...core.grad_mode import no_grad
from ...core.telling import tell
from ...core.tensor import Tensor, wrap


def _tensors(parameters) -> list[Tensor]:
    return [parameters] if isinstance(parameters, Tensor) else list(parameters)


def get_total_norm(tensors, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None) -> Tensor:
    """The norm of all elements of all tensors, as a 0-d tensor."""
    tensors, p = _tensors(tensors), float(norm_type)
    if not tensors:
        return wrap(np.float32(0.0))
    norms = np.stack([np.linalg.norm(t._array.reshape(-1), p) for t in tensors])
    total = wrap(np.linalg.norm(norms, p).astype(np.result_type(*(t._array.dtype for t in tensors)))[()])
    if error_if_nonfinite and not math.isfinite(total.item()):
        raise RuntimeError(
            f"The total norm of order {p} for gradients from `parameters` is non-finite, so it cannot be clipped. To disable this "
            "error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return total


def clip_grads_with_norm_(parameters, max_norm: float, total_norm: Tensor, foreach: bool | None = None) -> None:
    """Multiply every gradient by max_norm / total_norm where that is below 1."""
    scale = float(max_norm) / (total_norm._array + total_norm._array.dtype.type(1e-6))
    with no_grad():
        for p in _tensors(parameters):
            if p.grad is not None:
                p.grad.mul_(wrap(np.minimum(scale, 1.0).astype(p.grad._array.dtype)))


def clip_grad_norm_(parameters, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
                    foreach: bool | None = None) -> Tensor:  # fmt: skip
    """Shorten the gradients, seen as one vector, to ``max_norm``; returns the norm they had.

    >>> import autograd_lab as torch
    >>> w = torch.tensor([3.0, 4.0], requires_grad=True)
    >>> w.grad = torch.tensor([3.0, 4.0])
    >>> torch.nn.utils.clip_grad_norm_([w], 1.0), w.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
    spent = isinstance(parameters, GeneratorType)
    parameters = _tensors(parameters)
    if spent and not parameters:
        tell("`parameters` is an empty generator, no gradient clipping will occur.")
    total = get_total_norm([p.grad for p in parameters if p.grad is not None], norm_type, error_if_nonfinite)
    clip_grads_with_norm_(parameters, max_norm, total)
    return total


def clip_grad_value_(parameters, clip_value: float, foreach: bool | None = None) -> None:
    """Limit every element of every gradient to [-clip_value, clip_value]."""
    clip_value = float(clip_value)
    with no_grad():
        for p in _tensors(parameters):
            if p.grad is not None:
                if foreach is False:
                    p.grad.clamp_(-clip_value, clip_value)
                else:
                    p.grad.clamp_min_(-clip_value).clamp_max_(clip_value)


def clip_grad_norm(parameters, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
                   foreach: bool | None = None) -> Tensor:  # fmt: skip
    """Deprecated: ``clip_grad_norm_``."""
    warnings.warn("`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.", FutureWarning,
                  stacklevel=2)  # fmt: skip
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)
