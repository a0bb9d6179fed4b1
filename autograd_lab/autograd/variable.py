"""``Variable``: what a tensor that may require a gradient was called before PyTorch 0.4."""

from __future__ import annotations

import warnings

from ..core.dtypes import DIFFERENTIABLE
from ..core.ops.create import empty
from ..core.tensor import Tensor


class _VariableType(type):
    def __instancecheck__(cls, x):
        return isinstance(x, Tensor)


class Variable(metaclass=_VariableType):
    """The old name for a tensor that may require a gradient; makes a plain tensor over the same memory.

    >>> import autograd_lab as torch
    >>> Variable(torch.FloatTensor([9]), requires_grad=True)
    tensor([9.], requires_grad=True)
    """

    def __new__(cls, data=None, requires_grad=False, volatile=None):
        data = empty(0) if data is None else data
        if volatile is not None:
            warnings.warn("volatile was removed and now has no effect. Use `with torch.no_grad():` instead.", UserWarning,
                          stacklevel=2)  # fmt: skip
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        out = data.detach()
        if requires_grad:
            if data._array.dtype.kind not in DIFFERENTIABLE:
                raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
            out.requires_grad_()
        return out


Variable.__module__ = "torch.autograd.variable"
