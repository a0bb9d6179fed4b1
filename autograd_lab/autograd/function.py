"""``torch.autograd.function``: the class users subclass, its context, and a decorator for backwards."""

from __future__ import annotations

from ..core.function import BackwardCFunction, Function, FunctionCtx, once_differentiable

__all__ = ["BackwardCFunction", "Function", "FunctionCtx", "InplaceFunction", "NestedIOFunction", "once_differentiable"]


class InplaceFunction(Function):
    """A Function whose instances, when there were any, could be told to work in place. Derive from Function."""

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace


class NestedIOFunction(Function):
    """A Function, under the name it had when only it could take tuples of tensors. Derive from Function."""
