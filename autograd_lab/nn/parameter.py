"""``Parameter``: a tensor that a module takes for one of its own."""

from __future__ import annotations

import numpy as np

from ..core import births, dtypes
from ..core.absent import missing
from ..core.device import wanted_device
from ..core.grad_mode import UNTRACKED, is_inference_mode_enabled
from ..core.overrides import disabled
from ..core.tensor import Tensor, wrap


class Parameter(Tensor):
    """A leaf over ``data``'s memory that requires a gradient unless told otherwise; what is computed from it is a Tensor.

    >>> import autograd_lab as torch
    >>> Parameter(torch.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    __slots__ = ()
    __torch_function__ = classmethod(disabled)

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True):
        self = object.__new__(cls)
        self._start(data, requires_grad)
        return self

    def _start(self, data: Tensor | None, requires_grad: bool) -> None:
        array = np.zeros(0, "f4") if data is None else data.detach()._materialise()
        if requires_grad and array.dtype.kind not in dtypes.DIFFERENTIABLE:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        self._array, self._node, self._counter, self._more = array, None, None, None
        if is_inference_mode_enabled() or (data is not None and data.is_inference()):
            self._counter = UNTRACKED
        if births.note is not None:
            births.note("tensor", (), {}, self, None)
        if requires_grad:
            self.requires_grad_()

    def __repr__(self):
        told = Tensor.__repr__(self)
        return "Parameter containing:\n" + (told if type(self) is Parameter else f"Parameter({told})")

    def __deepcopy__(self, memo):
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.data.clone(), self.requires_grad)
        return memo[id(self)]

    def __reduce_ex__(self, protocol):
        return _rebuilt, (self.data, self.requires_grad), self.__dict__ or None


def _rebuilt(data: Tensor, requires_grad: bool) -> Parameter:
    """Parameter, by a name that pickle finds here."""
    return Parameter(data, requires_grad)


class Buffer(Tensor):
    """A tensor that a module takes for one of its own and does not train."""

    __slots__ = ("persistent",)

    def __new__(cls, data: Tensor, *, persistent: bool = True):
        self = object.__new__(cls)
        self._array, self._node, self._counter, self._more = data._materialise(), None, None, None
        self.persistent = persistent
        return self


class _Uninitialized:
    """A tensor of a lazy module before its first call: it has a dtype and no shape, and refuses all else.

    The slot where other tensors have their array keeps an empty one of that dtype; what asks for the array meets a property.
    """

    __slots__ = ()
    requires_grad = True

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, *, dtype=None):
        self._wait(dtype)

    def _wait(self, dtype) -> None:
        _array_slot.__set__(self, np.zeros(0, dtypes.as_numpy(dtype) or dtypes.default.numpy))
        self._node = self._counter = self._more = None

    @property
    def _array(self):
        raise ValueError(
            "Attempted to use an uninitialized parameter. This error happens when you are using a `LazyModule` or explicitly "
            f"manipulating `torch.nn.parameter.{type(self).__name__}` objects. When using LazyModules Call `forward` with a dummy batch "
            "to initialize the parameters before calling torch functions"
        )

    @property
    def shape(self):
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in `load_state_dict` when "
            "trying to load an uninitialized parameter into an initialized one. Call `forward` to initialize the parameters before "
            "accessing their attributes."
        )

    @property
    def dtype(self):
        return dtypes.BY_NUMPY[_array_slot.__get__(self).dtype]

    def cast(self, change) -> None:
        """Take the dtype that ``change`` gives a tensor."""
        self._wait(change(wrap(_array_slot.__get__(self))).dtype)

    def detach(self):
        """Itself: there is no graph to be outside of."""
        return self

    def __repr__(self):
        return f"<{type(self).__name__}>"

    def __deepcopy__(self, memo):
        return memo.setdefault(id(self), type(self)(dtype=self.dtype))

    def __reduce_ex__(self, protocol):
        return _uninitialized, (type(self).__name__, self.dtype.name)


class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter whose shape nobody knows yet; ``materialize(shape)`` makes it one."""

    __slots__ = ()

    def __init__(self, requires_grad: bool = True, device=None, dtype=None):
        wanted_device(device)
        self._wait(dtype)

    def materialize(self, shape, device=None, dtype=None) -> None:
        """Become a Parameter of that shape, of zeros."""
        array = np.zeros(shape, (self.dtype if dtype is None else dtype).numpy)
        self.__class__ = Parameter
        Parameter._start(self, wrap(array), True)


class UninitializedBuffer(_Uninitialized, Tensor):
    """A buffer whose shape nobody knows yet."""

    __slots__ = ()
    requires_grad = False

    def __init__(self, requires_grad: bool = False, device=None, dtype=None, persistent: bool = True):
        wanted_device(device)
        self._wait(dtype)

    def materialize(self, shape, device=None, dtype=None) -> None:
        """Become a tensor of that shape, of zeros."""
        array = np.zeros(shape, (self.dtype if dtype is None else dtype).numpy)
        self.__class__ = Tensor
        self._array = array


def is_lazy(param) -> bool:
    """Whether a tensor waits for its shape."""
    return isinstance(param, _Uninitialized)


def _uninitialized(name: str, dtype: str):
    """One of the two, by a name that pickle finds here."""
    return {"UninitializedParameter": UninitializedParameter, "UninitializedBuffer": UninitializedBuffer}[name](
        dtype=dtypes.BY_NAME[dtype]
    )


_array_slot = Tensor.__dict__["_array"]
Parameter.__module__ = Buffer.__module__ = "torch.nn.parameter"
UninitializedParameter.__module__ = UninitializedBuffer.__module__ = "torch.nn.parameter"


def __getattr__(name: str):
    raise missing("torch.nn.parameter", name)
