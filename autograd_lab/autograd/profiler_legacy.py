"""``torch.autograd.profiler_legacy``: PyTorch's older profiler, which is the same one here."""

from __future__ import annotations

from .profiler import profile

__all__ = ["profile"]
