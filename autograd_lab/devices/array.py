"""An array on a device that behaves as NumPy's do: functions, operators, views that share memory, writing through them.

JAX arrays never change. So a base and its views share a `Store`: a write computes the base anew and puts it there, and a view
reads its part again when the store has changed since. Which results are views, and what they would look like in memory, NumPy
itself says: ``layout`` is an array of the same shape and strides whose memory nobody ever touches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from typing import Any

import numpy as np

from ..core.errors import OVERLAP
from ..core.namespaces import is_basic, overlaps_itself
from .names import apart, name_of
from .words import ADDED_AT, FOLDS, METHODS, OF_LAYOUTS, VIEWS, jax_word


class Store:
    """What a base and its views share: a JAX array, and how often it has been replaced."""

    __slots__ = ("array", "version")

    def __init__(self, array):
        self.array, self.version = array, 0


@contextmanager
def full_precision() -> Iterator[None]:
    """JAX with float64, and with products of float32 that are float32's: both are switches of the thread."""
    import jax

    with jax.enable_x64(True), jax.default_matmul_precision("highest"):
        yield


class DeviceArray:
    """``path``: the (get, put) that lead from the store to this view; ``get(a)`` is the part, ``put(a, part)`` a new whole."""

    __slots__ = ("_looked", "_seen", "_value", "base", "layout", "path", "store")
    __array_priority__ = 2000

    def __init__(self, store: Store, path: tuple = (), layout=None, base: DeviceArray | None = None):
        self.store, self.path, self.base = store, path, base
        self.layout = np.empty(store.array.shape, np.dtype(store.array.dtype)) if layout is None else layout
        self._seen, self._value, self._looked = -1, None, None

    @classmethod
    def of(cls, array) -> DeviceArray:
        """Around a JAX array, with memory of its own."""
        return cls(Store(array))

    @property
    def value(self) -> Any:
        """The JAX array, as it is now."""
        if self._seen != self.store.version:
            with full_precision():
                self._value = reduce(lambda a, step: step[0](a), self.path, self.store.array)
            self._seen = self.store.version
        return self._value

    shape = property(lambda self: self.layout.shape)
    dtype = property(lambda self: self.layout.dtype)
    ndim = property(lambda self: self.layout.ndim)
    size = property(lambda self: self.layout.size)
    itemsize = property(lambda self: self.layout.itemsize)
    nbytes = property(lambda self: self.layout.nbytes)
    strides = property(lambda self: self.layout.strides)
    flags = property(lambda self: self.layout.flags)
    ctypes = property(lambda self: self.layout.ctypes)
    T = property(lambda self: self.transpose())
    at = property(lambda self: _At(self))
    real = property(lambda self: self if self.dtype.kind != "c" else call("real", self))
    imag = property(lambda self: call("imag", self))

    @property
    def device(self):
        """The jax.Device it lies on."""
        (found,) = self.store.array.devices()
        return found

    # ---------------------------------------------------------------- views and writing
    def _view(self, layout, get: Callable, put: Callable) -> DeviceArray:
        return DeviceArray(self.store, (*self.path, (get, put)), layout, self if self.base is None else self.base)

    def _moved(self, move: Callable) -> Any:
        """What ``move`` (of shapes and strides) makes of it: a view where NumPy's would be one."""
        layout = move(self.layout)
        if not np.may_share_memory(layout, self.layout):
            return placed_at(move(self.on_host()), self)
        where = move(np.arange(self.size).reshape(self.shape))
        return self._view(
            layout, lambda a: a.reshape(-1)[where],
            lambda a, part: a.reshape(-1).at[where.reshape(-1)].set(part.reshape(-1)).reshape(a.shape))  # fmt: skip

    def reshape(self, *shape, order="C"):
        shape = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        layout = self.layout.reshape(shape)
        if not np.may_share_memory(layout, self.layout) and self.size:
            return DeviceArray.of(self.value.reshape(layout.shape))
        was = self.shape
        return self._view(layout, lambda a: a.reshape(layout.shape), lambda a, part: part.reshape(was))

    def transpose(self, *axes):
        axes = axes[0] if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))) else axes
        axes = tuple(range(self.ndim))[::-1] if not axes else tuple(d % self.ndim for d in axes)
        back = tuple(np.argsort(axes))
        return self._view(self.layout.transpose(axes), lambda a: a.transpose(axes), lambda a, part: part.transpose(back))

    def swapaxes(self, i, j):
        return self._view(self.layout.swapaxes(i, j), lambda a: a.swapaxes(i, j), lambda a, part: part.swapaxes(i, j))

    def __getitem__(self, key):
        key = plain_key(key)
        if not is_basic(key):
            places = np.arange(self.size).reshape(self.shape)[key]  # NumPy says what is out of range: JAX would clamp
            return DeviceArray.of(self.value.reshape(-1)[places])
        layout = self.layout[
            (*key, ...)
            if type(key) is tuple and ... not in key
            else key
            if type(key) is tuple
            else (key, ...)
            if key is not ...
            else key
        ]
        return self._view(layout, lambda a: a[key], lambda a, part: a.at[key].set(part))

    def __setitem__(self, key, value):
        """Through to the store: the base is computed anew, with ``value`` where this view and ``key`` lead."""
        if overlaps_itself(self.layout):
            raise RuntimeError(OVERLAP)
        with full_precision():
            part = self.value
            new: Any = raw(value, self)
            new = new.astype(part.dtype) if hasattr(new, "astype") else new
            key = plain_key(key)
            part = part.at[key].set(new)
            levels = [self.store.array]
            for get, _ in self.path[:-1]:
                levels.append(get(levels[-1]))
            for (_, put), level in zip(reversed(self.path), reversed(levels)):
                part = put(level, part)
        self.store.array, self.store.version = part, self.store.version + 1

    def copy(self, order="C"):
        return DeviceArray.of(self.value)

    def astype(self, dtype, copy=True, **_):
        return self if not copy and self.dtype == dtype else call("astype", self, np.dtype(dtype))

    # ---------------------------------------------------------------- NumPy's protocols
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method == "at":  # adds one after the other: NumPy's own has no result
            x, key, value = inputs
            if not isinstance(x, DeviceArray) or ufunc.__name__ not in ADDED_AT:
                return NotImplemented
            x[...] = getattr(x.at[key], ADDED_AT[ufunc.__name__])(value)
            return None
        if method not in ("__call__", "reduce", "accumulate"):
            return NotImplemented
        (out,) = kwargs.pop("out", None) or (None,)
        name = ufunc.__name__ if method == "__call__" else FOLDS[method].get(ufunc.__name__)
        kwargs = {k: v for k, v in kwargs.items() if not (v is None and k in ("dtype", "initial"))}
        if name is None:
            return NotImplemented
        made = call(ufunc if method == "__call__" else name, *inputs, **kwargs)
        if out is None:
            return made
        out[...] = made
        return out

    def __array_function__(self, function, types, args, kwargs):
        if function in OF_LAYOUTS:
            return function(*layouts(args), **layouts(kwargs))
        if function in VIEWS:
            x, *rest = args
            return x._moved(lambda a: function(a, *rest, **kwargs))
        return call(function, *args, **kwargs)

    # ---------------------------------------------------------------- where a value becomes Python's
    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            f"can't convert {name_of(self.device)} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host "
            "memory first."
        )

    def on_host(self) -> np.ndarray:
        """A copy in the computer's own memory."""
        return np.array(self.value)

    def looked_at(self) -> np.ndarray:
        """The same, not to be written to, and one array until this one is written to: for indices, which are looked at."""
        if self._looked is None or self._looked[0] != self.store.version:
            self._looked = self.store.version, self.on_host()
            self._looked[1].flags.writeable = False
        return self._looked[1]

    def item(self, *index):
        return self.on_host().item(*index)

    def tolist(self):
        return self.on_host().tolist()

    def __bool__(self):
        return bool(self.on_host())

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    def __complex__(self):
        return complex(self.item())

    def __index__(self):
        return self.item().__index__()

    def __len__(self):
        return len(self.layout)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __repr__(self):
        return f"DeviceArray({self.on_host()!r}, device={name_of(self.device)!r})"

    __hash__ = object.__hash__


class _At:
    """``array.at[key].add(g)``: as JAX spells an array with something added."""

    def __init__(self, array: DeviceArray, key=None):
        self.array, self.key = array, key

    def __getitem__(self, key):
        return _At(self.array, key)

    def _changed(self, how: str, value):
        x = self.array
        with full_precision():
            return DeviceArray.of(getattr(x.value.at[raw(self.key, x)], how)(raw(value, x)))

    def __getattr__(self, how: str):
        return lambda value: self._changed(how, value)


# ---------------------------------------------------------------------- calling JAX


def raw(value, like: DeviceArray):
    """A JAX array, number or whatever else, for a function of JAX's. A rule's constants of NumPy's go along: whether the operands of
    an operation lie together its dispatcher asks (`together`)."""
    if isinstance(value, DeviceArray):
        if value.device != like.device:
            raise apart(name_of(like.device), name_of(value.device))
        return value.value
    if isinstance(value, np.ndarray):
        return np.array(value)
    if type(value) in (tuple, list):
        return type(value)(raw(v, like) for v in value)
    if type(value) is dict:
        return {k: raw(v, like) for k, v in value.items()}
    return value


def first_in(values) -> DeviceArray | None:
    """The first array on a device among operands, also in lists."""
    for value in values:
        if isinstance(value, DeviceArray):
            return value
        if type(value) in (tuple, list) and (found := first_in(value)) is not None:
            return found
    return None


def call(function, *args, **params):
    """``function`` (NumPy's, or a name) on JAX arrays; what it returns as DeviceArrays."""
    import jax

    like = first_in((*args, *params.values()))
    assert like is not None
    word = jax_word(function)
    if word is None:  # NumPy has it and JAX has not
        return placed_at(function(*fetched(args), **fetched(params)), like)
    with full_precision(), jax.default_device(like.device):
        return wrapped(word(*raw(args, like), **raw(params, like)))


def placed_at(made, like: DeviceArray):
    """Arrays of NumPy's where ``like`` is."""
    import jax

    with full_precision():
        return wrapped(jax.device_put(made, like.device))


def together(*arrays) -> None:
    """Raise PyTorch's error if some operands lie on a device and others, unless they are single numbers, elsewhere."""
    there = first_in(arrays)
    if there is None:
        return
    for array in arrays:
        if isinstance(array, DeviceArray):
            if array.device != there.device:
                raise apart(name_of(there.device), name_of(array.device))
        elif type(array) is np.ndarray and array.ndim:
            raise apart(name_of(there.device), "cpu")


def wrapped(made):
    """JAX arrays as DeviceArrays, also in tuples; what is none as it is."""
    if isinstance(made, (tuple, list)):
        return type(made)(*map(wrapped, made)) if hasattr(made, "_fields") else type(made)(map(wrapped, made))
    return DeviceArray.of(made) if hasattr(made, "devices") else made


def plain_key(key):
    """A key with arrays of the host in place of arrays on a device: indices are looked at."""
    if isinstance(key, DeviceArray):
        return key.looked_at()
    return tuple(map(plain_key, key)) if type(key) is tuple else key


def layouts(value: Any, of: Callable = lambda array: array.layout) -> Any:
    """Arguments with what lies in memory in place of what lies on a device."""
    if isinstance(value, DeviceArray):
        return of(value)
    if isinstance(value, (tuple, list)):
        return type(value)(layouts(v, of) for v in value)
    return {k: layouts(v, of) for k, v in value.items()} if isinstance(value, dict) else value


def fetched(value: Any) -> Any:
    """Arguments with copies in the computer's own memory in place of what lies on a device."""
    return layouts(value, DeviceArray.looked_at)


def _method(name):
    def method(self, *args, **params):
        return call(name, self, *args, **{k: v for k, v in params.items() if k != "out"})

    method.__name__ = name
    return method


for _name in METHODS:
    setattr(DeviceArray, _name, _method(_name))
for _name in ("squeeze", "diagonal", "ravel"):
    setattr(
        DeviceArray,
        _name,
        lambda self, *args, _f=getattr(np, _name), **kw: self._moved(lambda a: _f(a, *args, **kw)),
    )
DeviceArray.flatten = lambda self: self.reshape(-1).copy()  # type: ignore[attr-defined]


def _operator(name, swapped=False):
    def word(self, other):
        if hasattr(other, "_array"):  # a Tensor, which answers
            return NotImplemented
        return call(name, *((other, self) if swapped else (self, other)))

    return word


def _in_place(name):
    def word(self, other):
        self[...] = call(name, self, other)
        return self

    return word


for _name, _word in {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide", "floordiv": "floor_divide",
                     "mod": "remainder", "pow": "power", "matmul": "matmul", "and": "bitwise_and", "or": "bitwise_or",
                     "xor": "bitwise_xor", "lshift": "left_shift", "rshift": "right_shift"}.items():  # fmt: skip
    setattr(DeviceArray, f"__{_name}__", _operator(_word))
    setattr(DeviceArray, f"__r{_name}__", _operator(_word, True))
    setattr(DeviceArray, f"__i{_name}__", _in_place(_word))
for _name, _word in {
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
}.items():
    setattr(DeviceArray, f"__{_name}__", _operator(_word))
for _name, _word in {"neg": "negative", "abs": "absolute", "invert": "invert", "pos": "positive"}.items():
    setattr(DeviceArray, f"__{_name}__", lambda self, _word=_word: call(_word, self))
DeviceArray.__hash__ = object.__hash__  # type: ignore[method-assign]
