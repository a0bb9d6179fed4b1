"""``Parameter``: a tensor that a module takes for one of its own."""

from __future__ import annotations

import numpy as np

from ..core import dtypes
from ..core.tensor import Tensor


class Parameter(Tensor):
    """A leaf over ``data``'s memory that requires a gradient unless told otherwise; what is computed from it is a Tensor.

    >>> import autograd_lab as torch
    >>> Parameter(torch.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True):
        array = np.zeros(0, "f4") if data is None else data._materialise()
        if requires_grad and array.dtype.kind not in dtypes.DIFFERENTIABLE:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        self._array, self._node, self._counter, self._more = array, None, None, None
        if requires_grad:
            self.requires_grad_()

    def __repr__(self):
        return "Parameter containing:\n" + Tensor.__repr__(self)

    def __deepcopy__(self, memo):
        if id(self) not in memo:
            memo[id(self)] = Parameter(self.data.clone(), self.requires_grad)
        return memo[id(self)]

    def __reduce_ex__(self, protocol):
        return _rebuilt, (self.data, self.requires_grad)


def _rebuilt(data: Tensor, requires_grad: bool) -> Parameter:
    """Parameter, by a name that pickle finds here."""
    return Parameter(data, requires_grad)


class Buffer(Tensor):
    """A tensor that a module takes for one of its own and does not train."""

    __slots__ = ("persistent",)

    def __init__(self, data: Tensor, *, persistent: bool = True):
        self._array, self._node, self._counter, self._more = data._materialise(), None, None, None
        self.persistent = persistent


Parameter.__module__ = Buffer.__module__ = "torch.nn.parameter"
