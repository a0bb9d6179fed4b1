"""``torch.autograd.function``: the class users subclass, its context, and a decorator for backwards."""

from __future__ import annotations

from ..core.function import BackwardCFunction, Function, FunctionCtx, once_differentiable

__all__ = ["BackwardCFunction", "Function", "FunctionCtx", "once_differentiable"]
