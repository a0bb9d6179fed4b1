"""What a function is captured with: tensors whose every operation is written down.

A StandIn is a Tensor to the user's function, a view into a Store for us: in-place operations put a new value in the store, so
the program that comes out writes to nothing. What it calls its array is a Traced, which computes, and writes down, whatever a
word of ours does to arrays by itself. A value that Python looks at becomes a guard.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from ..core import Tensor
from ..core.grad_mode import is_recording
from .lines import Call, Var
from .looks import asked_by_the_user

if TYPE_CHECKING:
    from .capture import Capture


class Unable(Exception):
    """The function does something that no program can repeat; ``str()`` says what."""


class Store:
    """The memory a base and its views share: its value now, and ``memory``, the same as an example to be written over.

    ``origin`` is the input it began as, if it did: a write to it must reach the user's tensor.
    """

    __slots__ = ("memory", "origin", "var", "version")

    def __init__(self, var: Var, origin=None):
        self.var, self.version, self.origin = var, 0, origin
        self.memory = np.array(var.example)


class StandIn(Tensor):
    """``path`` leads from the store to this view, ``seen`` is that view of the store's memory, ``stopped``: a detached look."""

    __slots__ = ("_known", "_version_seen", "capture", "parent", "path", "seen", "stopped", "store")

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, capture: Capture, store: Store, path=(), seen=None, stopped=False, parent: StandIn | None = None):
        self.capture, self.store, self.path, self.stopped = capture, store, path, stopped
        self.seen, self.parent = store.memory if seen is None else seen, parent
        self._node = self._counter = self._more = self._known = None
        self._version_seen = -1
        capture.seen.made.append(ref(self))

    @property
    def now(self) -> Var:
        """What this view shows now."""
        if self._version_seen != self.store.version:
            if self.parent is not None:  # one step from the view it was taken of
                var = self.capture.view(self.parent.now, self.path[-1:])
            else:
                var = self.capture.view(self.store.var, self.path)
            if self.stopped and var.wants:
                var = self.capture.stopped(var)
            self._known, self._version_seen = var, self.store.version
        assert self._known is not None
        return self._known

    @property
    def _array(self) -> Any:  # shadows the slot
        return self.seen[()] if self.capture.over else Traced(self.capture, self.now)

    @_array.setter
    def _array(self, value):
        raise Unable("it gives a tensor other memory (set_, resize_, t_ or x.data = y)")

    def _materialise(self):
        return self.seen if self.capture.over else Memory(self)

    def _apart(self, counter, word):
        return StandIn(self.capture, self.store, self.path, self.seen, True, self.parent)

    wants = property(lambda self: self.store.var.wants and not self.stopped and not self.capture.over)
    requires_grad = wants
    data = property(lambda self: self._apart(None, "data"), _array.fset)

    @property
    def __class__(self):  # what isinstance asks besides the type
        tensor = self.capture.seen.behind(self)
        return StandIn if tensor is None or type(tensor) is Tensor else type(tensor)

    @property
    def is_leaf(self):
        seen = self.capture.seen.look(self, "is_leaf") if asked_by_the_user() else None
        return not self.requires_grad if seen is None else seen

    @property
    def grad_fn(self):
        if asked_by_the_user() and self.capture.seen.look(self, "grad_fn") is not True and self.requires_grad:
            raise Unable("it looks at the graph, by grad_fn")
        return None

    @property
    def grad(self):
        if asked_by_the_user() and self.capture.seen.look(self, "grad") is False:
            raise Unable("it reads the gradient of an argument")
        return None

    @property
    def _version(self):
        seen = self.capture.seen.look(self, "_version") if asked_by_the_user() else None
        return self.store.version if seen is None else seen

    def __getattr__(self, name):  # what users hang on a tensor
        if name[:2] != "__" and asked_by_the_user() and self.capture.seen.look(self, name):
            raise Unable(f"it reads an attribute of an argument, {name}")
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def is_contiguous(self, *_, **__):
        if asked_by_the_user() and not self.capture.seen.look_at_strides():
            raise Unable("it looks at strides, and an input has gaps between its elements")
        return self.seen.flags.c_contiguous

    def stride(self, dim=None):
        if asked_by_the_user() and not self.capture.seen.look_at_strides():
            raise Unable("it looks at strides, and an input has gaps between its elements")
        steps = tuple(s // self.seen.itemsize for s in self.seen.strides)
        return steps if dim is None else steps[dim]

    def retain_grad(self, *args):
        raise Unable("it keeps the gradient of a value in the middle")

    def register_hook(self, hook):
        raise Unable("it registers a hook")

    def backward(self, *args, **kwargs):
        raise Unable("it calls backward()")

    def detach_(self):
        raise Unable("it calls detach_(): take y = x.detach()")

    def _shared_counter(self):
        return [0]  # nobody's: the store counts its writes

    def _set_flag(self, flag):
        raise Unable("it changes requires_grad")

    def item(self):
        return self._array.item()

    def tolist(self):
        return np.asarray(self._array).tolist()

    def numpy(self, *, force=False):
        return np.array(self._array)

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self._array, dtype)

    def __bool__(self):
        return bool(self._array)

    __hash__ = Tensor.__hash__


class Memory:
    """What an in-place operation writes to: assignment makes a new value in the store."""

    def __init__(self, tensor: StandIn):
        self.tensor, seen = tensor, tensor.seen
        self.shape, self.dtype, self.flags, self.strides, self.itemsize = (
            seen.shape,
            seen.dtype,
            seen.flags,
            seen.strides,
            seen.itemsize,
        )
        self.ndim, self.size = seen.ndim, seen.size

    def __setitem__(self, everything, value):
        t = self.tensor
        t.capture.write(t.store, t.path, t.capture.var_of(value, self.dtype), t.stopped or not is_recording())


class Traced:
    """Stands for an array where words of ours compute by themselves. Not an array: what it cannot write down must fail."""

    __slots__ = ("at", "capture")
    __array_priority__ = 1000
    stands_for_an_array = True

    def __init__(self, capture: Capture, at: Var):
        self.capture, self.at = capture, at

    example = property(lambda self: self.at.example)
    shape = property(lambda self: self.at.example.shape)
    dtype = property(lambda self: self.at.example.dtype)
    ndim = property(lambda self: self.at.example.ndim)
    size = property(lambda self: self.at.example.size)
    itemsize = property(lambda self: self.at.example.itemsize)
    nbytes = property(lambda self: self.at.example.nbytes)
    flags = property(lambda self: np.asarray(self.at.example).flags)
    strides = property(lambda self: np.asarray(self.at.example).strides)
    base = None
    T = property(lambda self: self.transpose())
    real = property(lambda self: self._call(np.real) if self.dtype.kind == "c" else self)
    imag = property(lambda self: self._call(np.imag))

    def _call(self, function, *args, **params):
        made = self.capture.call(Call(function, (self, *args), params))
        return made

    def __len__(self):
        return len(self.example)

    def __iter__(self):
        return (self[i] for i in range(len(self.example)))

    def __getitem__(self, key):
        key = _masks_known(key)
        return self.capture.call(Call(operator.getitem, (self, key), {}))

    def __setitem__(self, key, value):
        raise Unable("a word writes into an array by itself")

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if kwargs.get("out") is not None:
            raise Unable("a word writes into an array by itself")
        if method == "reduce":
            return self.capture.call(Call(REDUCTIONS[ufunc], inputs, kwargs)) if ufunc in REDUCTIONS else NotImplemented
        return self.capture.call(Call(ufunc, inputs, kwargs)) if method == "__call__" else NotImplemented

    def __array_function__(self, function, types, args, kwargs):
        if function in _WRITING or kwargs.get("out") is not None:
            raise Unable("a word writes into an array by itself")
        if function in _OF_THE_EXAMPLE:
            return function(*_examples(args), **_examples(kwargs))
        if function in _SHAPED_BY_VALUES:
            return function(*map(_known, args), **kwargs)
        if function is np.histogramdd:
            return self.capture.call(Call(_counts, args, kwargs)), None
        if function is np.where and len(args) == 1:
            return np.asarray(*args).nonzero()
        if function is np.repeat:
            args = (args[0], *map(_known, args[1:]))
        return self.capture.call(Call(function, args, kwargs))

    # ---- where a value becomes Python's
    def _guarded(self, kind, expected):
        self.capture.guard(kind, self.at, expected)
        return expected

    def __array__(self, dtype=None, copy=None):
        value = self._guarded("array", np.array(self.example))
        return value.astype(dtype) if dtype is not None else value.copy()

    def item(self, *index):
        return np.asarray(self._guarded("number", np.array(self.example))).item(*index)

    def tolist(self):
        return self._guarded("array", np.array(self.example)).tolist()

    def nonzero(self):
        return np.asarray(self).nonzero()

    def repeat(self, repeats, axis=None):
        return self._call("repeat", _known(repeats), axis=axis)

    def __bool__(self):
        return self._guarded("bool", bool(self.example))

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    def __complex__(self):
        return complex(self.item())

    def __index__(self):
        return operator.index(self.item())


def _counts(*args, **params):
    """Of a histogram without its edges, which are a list of several lengths."""
    return np.histogramdd(*args, **params)[0]


def _known(value: Any) -> Any:
    """The array itself, which the program then holds for, where the shape of what comes depends on it."""
    return np.asarray(value) if isinstance(value, Traced) else value


def _masks_known(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(map(_masks_known, key))
    return _known(key) if isinstance(key, Traced) and key.dtype.kind == "b" else key


_SHAPED_BY_VALUES = {np.nonzero, np.flatnonzero, np.argwhere, np.unique, np.extract, np.compress, np.bincount}
_WRITING = {np.put_along_axis, np.put, np.place, np.putmask, np.copyto, np.fill_diagonal}
REDUCTIONS = {np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min}
_OF_THE_EXAMPLE = {
    np.shape,
    np.ndim,
    np.size,
    np.may_share_memory,
    np.shares_memory,
    np.result_type,
    np.iscomplexobj,
    np.isrealobj,
}


def _examples(value: Any) -> Any:
    if isinstance(value, Traced):
        return value.example
    if isinstance(value, (tuple, list)):
        return type(value)(map(_examples, value))
    return {k: _examples(v) for k, v in value.items()} if isinstance(value, dict) else value


def _method(name):
    def method(self, *args, **params):
        return self._call(name, *args, **params)

    method.__name__ = name
    return method


for _name in (
    "all any argmax argmin argsort astype clip conj copy cumprod cumsum diagonal dot flatten max mean min prod ravel "
    "reshape round squeeze std sum swapaxes take trace transpose var"
).split():
    setattr(Traced, _name, _method(_name))


def _binary(function, swapped=False):
    def word(self, other):
        if isinstance(other, Tensor):
            return NotImplemented
        pair = (other, self) if swapped else (self, other)
        return self.capture.call(Call(function, pair, {}))

    return word


_BINARY = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide, "floordiv": np.floor_divide,
           "mod": np.remainder, "pow": np.power, "matmul": np.matmul, "and": np.bitwise_and, "or": np.bitwise_or,
           "xor": np.bitwise_xor, "lshift": np.left_shift, "rshift": np.right_shift}  # fmt: skip
for _name, _ufunc in _BINARY.items():
    setattr(Traced, f"__{_name}__", _binary(_ufunc))
    setattr(Traced, f"__r{_name}__", _binary(_ufunc, True))
for _name, _ufunc in {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}.items():
    setattr(Traced, f"__{_name}__", _binary(_ufunc))
for _name, _ufunc in {"neg": np.negative, "abs": np.absolute, "invert": np.invert, "pos": np.positive}.items():
    setattr(Traced, f"__{_name}__", lambda self, _ufunc=_ufunc: self.capture.call(Call(_ufunc, (self,), {})))
Traced.__hash__ = object.__hash__  # type: ignore[method-assign]
