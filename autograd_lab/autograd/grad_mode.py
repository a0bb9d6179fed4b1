"""``torch.autograd.grad_mode``: whether operations are recorded.

>>> from autograd_lab.autograd.grad_mode import no_grad
>>> import autograd_lab as torch
>>> no_grad is torch.no_grad
True
"""

from __future__ import annotations

from ..core.grad_mode import (
    enable_grad,
    enforce_grad_layout_policy,
    inference_mode,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)

__all__ = ["enable_grad", "enforce_grad_layout_policy", "inference_mode", "no_grad", "set_grad_enabled",
           "set_multithreading_enabled"]  # fmt: skip
