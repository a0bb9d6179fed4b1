"""Tensors and the world outside: Python numbers, NumPy's functions, DLPack, pickling and copying.

NumPy's functions applied to tensors give tensors, recorded like any operation: ``np.sin(t)`` is ``t.sin()``. Where PyTorch
would refuse or fall back on arrays, this is the only difference, and it is one that loses no gradient. A function that is in
neither table works on the arrays, and is refused when a gradient would be lost.
"""

from __future__ import annotations

import warnings

import numpy as np

from . import dtypes, errors
from .device import CPU, is_here, moved, placed
from .formatting import format_tensor
from .grad_mode import UNTRACKED, is_grad_enabled, is_inference_mode_enabled
from .hooks import warn_if_has_hooks
from .layout import is_dense, line_of
from .mirrors import MIRRORS, beneath, mirror, mirror_of, shows

# NumPy's word: ours, where they differ
_UFUNCS = {"subtract": "sub", "multiply": "mul", "divide": "div", "power": "pow", "negative": "neg", "absolute": "abs",
           "fabs": "abs", "rint": "round", "greater": "gt", "less": "lt", "greater_equal": "ge", "less_equal": "le",
           "equal": "eq", "not_equal": "ne", "degrees": "rad2deg", "radians": "deg2rad",
           "conjugate": "conj", "mod": "remainder", "float_power": "pow"}  # fmt: skip
_REDUCED = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}  # np.add.reduce is np.sum


SCALAR_OF_TRACKED = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\nConsider using "
    "tensor.detach() first."
)


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
            warnings.warn(SCALAR_OF_TRACKED, UserWarning, stacklevel=3)
        return self._array.item()

    def __float__(self):
        number = self._as_number()
        if type(number) is complex:
            return float(_real_part(number, "double"))
        return float(number)

    def __int__(self):
        if self._array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        number = self._array.item()
        return int(_real_part(number, "int64_t") if type(number) is complex else number)

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

    __nonzero__ = __bool__

    def __delitem__(self, key):
        raise TypeError("Tensor does not support deleting items")

    def __len__(self):
        if not self._array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self._array.shape[0]

    def __contains__(self, value):
        if not hasattr(value, "_array") and not isinstance(value, (int, float, complex, np.generic)):
            raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(value)}.")
        return bool((value == self).any())

    def __iter__(self):
        if not self._array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __reversed__(self):
        """The first dimension from its end."""
        return self.flip(0) if self._array.ndim else self

    # ---------------------------------------------------------------- text
    def __repr__(self):
        return format_tensor(self)

    def __format__(self, spec):
        if self._array.ndim == 0 and type(self) is Exchange.home:  # f"{loss}" shows the number
            return format(self._array.item(), spec)
        return object.__format__(self, spec)

    # ---------------------------------------------------------------- NumPy
    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The array itself, not a copy. ``force=True`` also of a tensor that requires a gradient, where gradients are recorded."""
        if self.requires_grad and not force and is_grad_enabled():
            raise RuntimeError(errors.NUMPY_OF_GRAD)
        self._refuse_bfloat16()
        array = self._materialise()
        if MIRRORS and mirror_of(array) is not None:
            return array.copy() if force else self._refuse_mirror()
        return array if type(array) is np.ndarray else np.asarray(array)  # which an array on another device refuses

    def data_ptr(self) -> int:
        """The address of its first element."""
        return beneath(self._materialise()).__array_interface__["data"][0]

    def _refuse_mirror(self):
        bit, word = ("conjugate", "conj") if self.is_conj() else ("negative", "neg")
        raise RuntimeError(f"Can't call numpy() on Tensor that has {bit} bit set. Use tensor.resolve_{word}().numpy() instead.")

    def _refuse_bfloat16(self):
        if self._array.dtype.kind == "V":
            raise TypeError("Got unsupported ScalarType BFloat16: NumPy has no such dtype; call .float() first")

    def __array__(self, dtype=None, copy=None):
        if self.requires_grad and is_grad_enabled():
            raise RuntimeError(errors.NUMPY_OF_GRAD)
        self._refuse_bfloat16()
        array = self._materialise()
        if MIRRORS and mirror_of(array) is not None:
            self._refuse_mirror()
        return np.array(array, dtype, copy=copy)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        """``np.sin(t)``, ``array * t``: the operation of that name, recorded."""
        from .numpy_words import tensor, word

        if method == "reduce" and ufunc.__name__ in _REDUCED and not kwargs.get("out"):
            axis = kwargs.get("axis", inputs[1] if len(inputs) > 1 else 0)
            return getattr(np, _REDUCED[ufunc.__name__])(inputs[0], axis=axis, keepdims=bool(kwargs.get("keepdims")))
        if method == "accumulate" and ufunc.__name__ in ("add", "multiply"):
            return (np.cumsum if ufunc.__name__ == "add" else np.cumprod)(inputs[0], axis=kwargs.get("axis", 0))
        if method == "outer" and len(inputs) == 2:
            x, y = map(tensor, inputs)
            return ufunc(x.reshape(x.shape + (1,) * y._array.ndim), y)
        name = _UFUNCS.get(ufunc.__name__, ufunc.__name__)
        if method == "__call__" and not kwargs:
            try:
                function = word(name)
            except KeyError:
                function = None
            if function is not None:
                return function(*self._operands(inputs))
        out = getattr(ufunc, method)(*_arrays(inputs), **{k: _arrays(v) for k, v in kwargs.items()})
        return self.wrap(out) if isinstance(out, np.ndarray) and "out" not in kwargs else out

    def _operands(self, inputs):
        """The inputs as tensors; a Python number takes this tensor's dtype where its own is no higher."""
        for x in inputs:
            if isinstance(x, Exchange):
                yield x
            elif isinstance(x, int | float | complex | np.generic):  # NumPy's numbers are numbers, as in PyTorch
                x = x.item() if isinstance(x, np.generic) else x
                yield self.wrap(np.asarray(x, _dtype_beside(x, self._array.dtype)))
            else:
                yield self.wrap(np.asarray(x))

    def __array_function__(self, function, types, args, kwargs):
        """``np.sum(t, axis=0)``, ``np.concatenate([t, u])``: the same, recorded."""
        from .numpy_words import answer

        made = answer(function, args, kwargs)
        if made is not NotImplemented:
            return made
        return function(*_arrays(args), **{k: _arrays(v) for k, v in kwargs.items()})

    def __dlpack__(self, **options):
        if self.requires_grad:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        if shows(self._array, np.conjugate):
            raise BufferError("Can't export tensors with the conjugate bit set")
        return self._materialise().__dlpack__(**options)

    def __dlpack_device__(self):
        return self._materialise().__dlpack_device__()

    # ---------------------------------------------------------------- other devices
    def cpu(self):
        """A copy in the computer's own memory, recorded; the tensor itself if it is there."""
        return moved(self, CPU)

    def cuda(self, device=None):
        """A copy on the GPU, recorded. AssertionError without one."""
        return moved(self, "cuda" if device is None else device)

    def get_device(self) -> int:
        return -1 if not self.is_cuda else self.device.index or 0

    # ---------------------------------------------------------------- copies
    def __deepcopy__(self, memo):
        """A leaf over a copy of its memory, which views copied along with it share."""
        if not self.is_leaf:
            raise RuntimeError(errors.DEEPCOPY)
        if id(self) not in memo:
            if not (known := _is_known(type(self))) and type(self.new_empty([])) is not type(self):
                raise RuntimeError(errors.DEEPCOPY_OF_SUBCLASS)
            copies = memo.setdefault("torch", {})  # memory -> its copy, where PyTorch keeps them too
            if mirror_of(self._array) is not None:  # its numbers alone
                memo[id(self)] = copy = _over(copy_of(self._array), self.requires_grad)
            else:
                memo[id(self)] = copy = _rebuilt(copied_along(self._array, copies), self.requires_grad)
            if not known:
                memo[id(self)] = copy = copy.home._make_subclass(type(self), copy.detach(), self.requires_grad)
            if self.grad is not None:
                copy.grad = self.grad.__deepcopy__(memo)
            from copy import deepcopy

            copy.__dict__.update(deepcopy(self.__dict__, memo))
        return memo[id(self)]

    def __copy__(self):
        function, arguments, *hung = self.__reduce_ex__(2)
        copy = function(*arguments)
        copy.__dict__.update(*filter(None, hung))
        return copy

    def __reduce_ex__(self, protocol):
        """The value, the flag and what users hung on it; a graph is not carried over, nor is ``.grad``, as in PyTorch."""
        warn_if_has_hooks(self)
        found = mirror_of(array := self._materialise())
        array, seen = np.asarray(beneath(array)), None if found is None else found.function  # a conjugate is one again
        gaps = not is_dense(array) and array.size and min(array.strides) >= 0
        lies = (array.shape, array.strides) if gaps else None  # and what is spread out, or repeats, lies so again
        arguments = line_of(array) if gaps else array, self.requires_grad, seen, lies
        if _is_known(type(self)):
            return _rebuilt, arguments, self.__dict__ or None
        return _rebuilt_as, (type(self), *arguments), self.__dict__ or None

    def resize_(self, *size):
        """Another shape in place: elements in order, zeros where there are more. Not for tensors that require a gradient."""
        if self.requires_grad:
            raise RuntimeError("cannot resize variables that require grad")
        shape = tuple(size[0]) if len(size) == 1 and isinstance(size[0], (tuple, list)) else size
        old = np.asarray(self._array).reshape(-1)
        if isinstance(whole := old.base, np.ndarray) and whole.ndim == 1 and whole.ctypes.data == old.ctypes.data:
            old = whole if whole.dtype == old.dtype and whole.flags.c_contiguous else old  # of what was larger once
        count = int(np.prod(shape, dtype=np.int64))
        new = np.zeros(max(count, old.size), old.dtype)
        new[: old.size] = old
        self._array = new[:count].reshape(shape)
        if not self.is_inference():
            self._shared_counter()[0] += 1
        elif self._counter is UNTRACKED and not is_inference_mode_enabled():  # said when it is done, as in PyTorch
            raise RuntimeError(errors.INFERENCE_IN_PLACE)
        return self


def _is_known(kind: type) -> bool:
    """Whether a tensor of that class is one of this package's, and no subclass of a user's."""
    return kind.__module__.partition(".")[0] in ("torch", __name__.partition(".")[0])


def copy_of(array):
    """Memory of its own, laid out as it was."""
    return np.array(array) if is_here(array) else array.copy()


def copied_along(array, copies: dict):
    """A copy of ``array`` in a copy of all the memory it is a part of, made once: ``copies`` holds what has been."""
    root = array
    while type(getattr(root, "base", None)) is np.ndarray:
        root = root.base
    if type(root) is not np.ndarray or not root.flags.forc:
        return copy_of(array)
    _, copy = copies.setdefault(id(root), (root, root.copy("K")))  # held, so that no other memory gets this id
    if root is array:
        return copy
    offset = array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return np.ndarray(array.shape, array.dtype, copy.reshape(-1, order="A"), offset, array.strides)


def _rebuilt(array, requires_grad, seen=None, lies=None):
    """A leaf over ``array``, in which it ``lies`` so, or over what is ``seen`` of it; PyTorch's has been written to once."""
    if lies is not None:
        array = np.ndarray(lies[0], array.dtype, array, 0, lies[1])
    out = _over(array if seen is None else mirror(array, seen), requires_grad)
    out._counter = UNTRACKED if is_inference_mode_enabled() else [1]
    return out


def _rebuilt_as(kind, *arguments):
    """The same as a tensor of ``kind``, of which one that requires a gradient is a view, as PyTorch's."""
    return _rebuilt(*arguments).as_subclass(kind)


def _over(array, requires_grad):
    dtypes.meet(array.dtype)
    out = Exchange.home.wrap(array)
    return out.requires_grad_() if requires_grad else out


def _arrays(x):
    """Tensors as arrays, also inside tuples and lists; refused where a gradient would be lost."""
    if isinstance(x, (tuple, list)):
        return type(x)(_arrays(y) for y in x)
    return x.numpy() if isinstance(x, Exchange) else x


def _dtype_beside(number, dtype):
    """The tensor's own dtype, unless the number is of a higher kind: a float beside integers, a complex number beside floats."""
    own = dtypes.of_number(number)
    if dtypes.RANK[own.kind] <= dtypes.RANK[dtype.kind]:
        return dtype
    return np.result_type(own, dtype) if own.kind == "c" and dtype.kind == "f" else own


class _Capsule:
    """What speaks DLPack for a capsule, which holds memory of the CPU."""

    def __init__(self, capsule):
        self.capsule = capsule

    def __dlpack__(self, **options):
        return self.capsule

    def __dlpack_device__(self):
        return 1, 0


def from_dlpack(ext_tensor, *, device=None, copy=None):
    """A tensor over the memory of any array that speaks DLPack, or of a capsule that one has made; over a ``copy`` of it if asked."""
    if type(ext_tensor).__name__ == "PyCapsule":
        ext_tensor = _Capsule(ext_tensor)
    try:
        array = placed(np.from_dlpack(ext_tensor).copy() if copy else np.from_dlpack(ext_tensor), device)
    except (AttributeError, ValueError):  # a thing without DLPack's words, or a capsule that has been used
        raise RuntimeError(
            "from_dlpack received an invalid capsule. Note that DLTensor capsules can be consumed only once, so you might have already "
            "constructed a tensor from it once."
        ) from None
    dtypes.meet(array.dtype)
    return Exchange.home.wrap(array)


def _real_part(number: complex, kind: str) -> float:
    """Of a complex number that is asked to be real; RuntimeError if it is not."""
    if number.imag:
        raise RuntimeError(f"value cannot be converted to type {kind} without overflow")
    return number.real
