"""``Variable``: what a tensor that may require a gradient was called before PyTorch 0.4."""

from __future__ import annotations

import warnings

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

    def __new__(cls, data, requires_grad=False, volatile=None):
        if volatile is not None:
            warnings.warn("volatile was removed and now has no effect. Use `with torch.no_grad():` instead.", UserWarning,
                          stacklevel=2)  # fmt: skip
        out = data.detach()
        if requires_grad:
            out.requires_grad_()
        return out


Variable.__module__ = "torch.autograd.variable"
