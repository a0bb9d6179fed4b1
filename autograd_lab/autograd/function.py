"""``torch.autograd.function``: the class users subclass, its context, and a decorator for backwards."""

from __future__ import annotations

from ..core.function import BackwardCFunction, Function, FunctionCtx, once_differentiable

__all__ = ["BackwardCFunction", "Function", "FunctionCtx", "NestedIOFunction", "once_differentiable"]


class NestedIOFunction(Function):
    """A Function, under the name it had when only it could take tuples of tensors. Derive from Function."""
