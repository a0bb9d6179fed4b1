"""Tensors and the world outside: Python numbers, NumPy's functions, DLPack, pickling and copying.

NumPy's functions applied to tensors give tensors, recorded like any operation: ``np.sin(t)`` is ``t.sin()``. Where PyTorch
would refuse or fall back on arrays, this is the only difference, and it is one that loses no gradient. A function that is in
neither table works on the arrays, and is refused when a gradient would be lost.
"""

from __future__ import annotations

import warnings

import numpy as np

from . import dtypes, errors
from .formatting import format_tensor

# NumPy's word: ours, where they differ
_UFUNCS = {"subtract": "sub", "multiply": "mul", "divide": "div", "power": "pow", "negative": "neg", "absolute": "abs",
           "fabs": "abs", "rint": "round", "greater": "gt", "less": "lt", "greater_equal": "ge", "less_equal": "le",
           "equal": "eq", "not_equal": "ne"}  # fmt: skip
_REDUCTIONS = {"sum", "mean", "prod", "max", "min", "amax", "amin", "any", "all", "argmax", "argmin", "cumsum", "var", "std"}
_FUNCTIONS = {"transpose": "permute", "ravel": "flatten", "expand_dims": "unsqueeze", "broadcast_to": "expand", "dot": "matmul",
              "clip": "clamp", "copy": "clone", "round": "round", "squeeze": "squeeze", "reshape": "reshape", "norm": "norm",
              "outer": "outer", "flip": "flip", "allclose": "allclose", "array_equal": "equal"}  # fmt: skip


class Exchange:
    """What Tensor inherits to deal with everything that is no tensor."""

    __slots__ = ()
    __array_priority__ = 1000

    # ---------------------------------------------------------------- Python numbers
    def item(self):
        """The one element as a Python number."""
        if self._array.size != 1:
            raise RuntimeError(f"a Tensor with {self._array.size} elements cannot be converted to Scalar")
        return self._array.item()

    def tolist(self):
        """The elements as nested lists of Python numbers; a number for a 0-d tensor."""
        return self._array.tolist()

    def _as_number(self):
        if self._array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if self.requires_grad:
            warnings.warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\nConsider using "
                "tensor.detach() first.", UserWarning, stacklevel=3)  # fmt: skip
        return self._array.item()

    def __float__(self):
        return float(self._as_number())

    def __int__(self):
        return int(self._as_number())

    def __complex__(self):
        return complex(self._as_number())

    def __index__(self):
        if self._array.dtype.kind not in "biu" or self._array.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._array.item())

    def __bool__(self):
        if self._array.size != 1:
            many = "more than one value" if self._array.size else "no values"
            raise RuntimeError(f"Boolean value of Tensor with {many} is ambiguous")
        return bool(self._array)

    def __len__(self):
        if not self._array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self._array.shape[0]

    def __contains__(self, value):
        return bool((self._array == getattr(value, "_array", value)).any())

    def __iter__(self):
        if not self._array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    # ---------------------------------------------------------------- text
    def __repr__(self):
        return format_tensor(self)

    def __format__(self, spec):
        return format(self._array.item(), spec) if self._array.ndim == 0 and spec else repr(self)

    # ---------------------------------------------------------------- NumPy
    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The array itself, not a copy. ``force=True`` also of a tensor that requires a gradient."""
        if self.requires_grad and not force:
            raise RuntimeError(errors.NUMPY_OF_GRAD)
        self._refuse_bfloat16()
        return self._materialise()

    def _refuse_bfloat16(self):
        if self._array.dtype.kind == "V":
            raise TypeError("Got unsupported ScalarType BFloat16: NumPy has no such dtype; call .float() first")

    def __array__(self, dtype=None, copy=None):
        if self.requires_grad:
            raise RuntimeError(errors.NUMPY_OF_GRAD)
        self._refuse_bfloat16()
        return np.array(self._materialise(), dtype, copy=copy)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        """``np.sin(t)``, ``array * t``: the operation of that name, recorded."""
        name = _UFUNCS.get(ufunc.__name__, ufunc.__name__)
        function = getattr(Exchange.home, name, None)
        if method == "__call__" and not kwargs and function is not None:
            first, *rest = inputs
            if not isinstance(first, Exchange):
                first = self.wrap(np.asarray(first))
                if not first._array.ndim and isinstance(inputs[0], int | float | complex):  # a Python number takes t's dtype
                    first = self.wrap(np.asarray(inputs[0], _dtype_beside(inputs[0], self._array.dtype)))
            return function(first, *(self.wrap(x) if isinstance(x, np.ndarray) else x for x in rest))
        out = getattr(ufunc, method)(*_arrays(inputs), **{k: _arrays(v) for k, v in kwargs.items()})
        return self.wrap(out) if isinstance(out, np.ndarray) and "out" not in kwargs else out

    def __array_function__(self, function, types, args, kwargs):
        """``np.sum(t, axis=0)``, ``np.concatenate([t, u])``: the same, recorded."""
        name = function.__name__
        if name in _REDUCTIONS:
            return _reduce(getattr(Exchange.home, name), name, *args, **kwargs)
        if name in ("concatenate", "stack"):
            from .ops import joining

            joined = [x if isinstance(x, Exchange) else self.wrap(np.asarray(x)) for x in args[0]]
            return (joining.cat if name == "concatenate" else joining.stack)(joined, *args[1:], **_renamed(kwargs))
        if name == "where" and len(args) == 3:
            from .ops import where

            condition = args[0] if isinstance(args[0], Exchange) else self.wrap(np.asarray(args[0]))
            return where(condition, *args[1:])
        if name in _FUNCTIONS and isinstance(args[0], Exchange):
            if name == "transpose" and len(args) == 1 and not kwargs:
                return args[0].permute(*reversed(range(args[0]._array.ndim)))
            rest = (self.wrap(x) if isinstance(x, np.ndarray) else x for x in args[1:])
            return getattr(Exchange.home, _FUNCTIONS[name])(args[0], *rest, **_renamed(kwargs))
        return function(*_arrays(args), **{k: _arrays(v) for k, v in kwargs.items()})

    def __dlpack__(self, **options):
        if self.requires_grad:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        return self._materialise().__dlpack__(**options)

    def __dlpack_device__(self):
        return self._materialise().__dlpack_device__()

    # ---------------------------------------------------------------- copies
    def __deepcopy__(self, memo):
        if not self.is_leaf:
            raise RuntimeError(errors.DEEPCOPY)
        if id(self) not in memo:
            memo[id(self)] = copy = _rebuilt(np.array(self._array), self.requires_grad)
            if self.grad is not None:
                copy.grad = self.grad.__deepcopy__(memo)
        return memo[id(self)]

    def __copy__(self):
        return self.__reduce_ex__(2)[0](*self.__reduce_ex__(2)[1])

    def __reduce_ex__(self, protocol):
        """The value and the flag; a graph is not carried over, nor is ``.grad``, as in PyTorch."""
        return _rebuilt, (np.asarray(self._array), self.requires_grad)

    def resize_(self, *size):
        """Another shape in place: elements in order, zeros where there are more. Not for tensors that require a gradient."""
        if self.requires_grad:
            raise RuntimeError("cannot resize variables that require grad")
        shape = tuple(size[0]) if len(size) == 1 and isinstance(size[0], (tuple, list)) else size
        old = np.asarray(self._array).reshape(-1)
        count = int(np.prod(shape, dtype=np.int64))
        new = np.zeros(max(count, old.size), old.dtype)
        new[: old.size] = old
        self._array = new[:count].reshape(shape)
        return self


def _rebuilt(array, requires_grad):
    dtypes.meet(array.dtype)
    out = Exchange.home.wrap(array)
    return out.requires_grad_() if requires_grad else out


def _arrays(x):
    """Tensors as arrays, also inside tuples and lists; refused where a gradient would be lost."""
    if isinstance(x, (tuple, list)):
        return type(x)(_arrays(y) for y in x)
    return x.numpy() if isinstance(x, Exchange) else x


def _dtype_beside(number, dtype):
    """A float beside a floating tensor has the tensor's dtype."""
    return dtype if dtype.kind in dtypes.DIFFERENTIABLE or isinstance(number, int) else np.asarray(number).dtype


def _renamed(kwargs):
    return {{"axis": "dim", "keepdims": "keepdim", "a_min": "min", "a_max": "max"}.get(k, k): v for k, v in kwargs.items()}


def _reduce(method, name, x, axis=None, *, keepdims=None, ddof=0, **others):
    given = {k: v for k, v in others.items() if v is not None and type(v).__name__ != "_NoValueType"}
    if given:
        raise NotImplementedError(f"np.{name} of a tensor does not take {', '.join(given)}")
    options = {} if axis is None else {"dim": axis}
    if keepdims is True:
        options["keepdim"] = True
    if name in ("var", "std"):
        options["unbiased"] = bool(ddof)
    if name in ("max", "min") and axis is not None:
        method = getattr(Exchange.home, "a" + name)  # NumPy's returns no positions
    if name == "cumsum" and axis is None:
        x, options = x.flatten(), {"dim": 0}
    return method(x, **options)


def from_dlpack(exported):
    """A tensor over the memory of any array that speaks DLPack."""
    array = np.from_dlpack(exported)
    dtypes.meet(array.dtype)
    return Exchange.home.wrap(array)
