"""NumPy's functions on tensors: what each is in our words, with NumPy's names for the arguments.

Loaded when the first NumPy function meets a tensor. A function that is not here works on the arrays, and is refused when a
gradient would be lost (exchange.py).
"""

from __future__ import annotations

import importlib
import inspect

import numpy as np

from .ops import METHODS, later
from .ops.joining import cat, stack
from .ops.shape import eigh
from .tensor import Tensor, wrap

TABLE: dict = {}  # (module, name) -> function


def word(name: str):
    """Our function of that name."""
    return METHODS[name] if name in METHODS else later.function(name)


def _of(topic: str, name: str):
    return getattr(importlib.import_module(f".ops.{topic}", __package__), name)


def tensor(x) -> Tensor:
    """What a user gave where a tensor is wanted."""
    return x if isinstance(x, Tensor) else wrap(np.asarray(x))


def tensors(xs) -> list[Tensor]:
    return [tensor(x) for x in (xs.unbind(0) if isinstance(xs, Tensor) else xs)]


def says(*names, linalg=False):
    """Declare the function for NumPy's of its own name, or of ``names``."""

    def declare(function):
        parameters = inspect.signature(function).parameters
        for name in names or (function.__name__.rstrip("_"),):
            TABLE["numpy.linalg" if linalg else "numpy", name] = function, list(parameters)
        return function

    return declare


def answer(function, args, kwargs):
    """The tensor ``function(*args, **kwargs)`` is; NotImplemented where there is no word for it, or not with these arguments."""
    module = "numpy.linalg" if function.__module__ == "numpy.linalg" else "numpy"
    found = TABLE.get((module, function.__name__))
    if found is None:
        return NotImplemented
    mine, parameters = found
    kwargs = {k: v for k, v in kwargs.items() if v is not None and type(v).__name__ != "_NoValueType"}
    if len(args) > len(parameters) or any(k not in parameters for k in kwargs):
        return NotImplemented
    return mine(*args, **kwargs)


def _dim(axis, **more) -> dict:
    return {**({} if axis is None else {"dim": axis}), **{k: v for k, v in more.items() if v}}


# ---------------------------------------------------------------------- reductions


def _reduction(name: str, ours: str):
    @says(name)
    def reduce(a, axis=None, keepdims=False):
        a = tensor(a)
        if not axis and axis != 0 and keepdims:
            axis = tuple(range(a._array.ndim))
        return word(ours)(a, **_dim(axis, keepdim=keepdims))


for _name in "sum mean any all nansum nanmean".split():
    _reduction(_name, _name)
for _name in "max min amax amin".split():
    _reduction(_name, "a" + _name.removeprefix("a"))


@says()
def prod(a, axis=None, keepdims=False):
    a = tensor(a)
    return word("prod")(a, axis, keepdims) if axis is not None else word("prod")(a)


@says()
def var(a, axis=None, ddof=0, keepdims=False):
    return word("var")(tensor(a), correction=ddof, **_dim(axis, keepdim=keepdims))


@says()
def std(a, axis=None, ddof=0, keepdims=False):
    return word("std")(tensor(a), correction=ddof, **_dim(axis, keepdim=keepdims))


@says()
def ptp(a, axis=None):
    return word("amax")(tensor(a), **_dim(axis)) - word("amin")(tensor(a), **_dim(axis))


@says()
def quantile(a, q, axis=None, keepdims=False):
    a = tensor(a)
    return word("quantile")(a, wrap(np.asarray(q, a._array.dtype)), **_dim(axis, keepdim=keepdims))


@says()
def percentile(a, q, axis=None, keepdims=False):
    return quantile(a, np.asarray(q) / 100, axis, keepdims)


@says()
def median(a, axis=None, keepdims=False):
    """The mean of the middle two, where PyTorch's is the lower of them."""
    return quantile(a, 0.5, axis, keepdims)


@says()
def average(a, axis=None, weights=None):
    a = tensor(a)
    if weights is None:
        return word("mean")(a, **_dim(axis))
    w = tensor(weights)
    if axis is not None and w._array.ndim == 1:
        w = w.reshape([-1 if d == axis % a._array.ndim else 1 for d in range(a._array.ndim)])
    w = word("broadcast_to")(w, a.shape)
    return (a * w).sum(**_dim(axis)) / w.sum(**_dim(axis))


@says()
def count_nonzero(a, axis=None):
    return word("count_nonzero")(tensor(a), **_dim(axis))


def _positions(name: str):
    @says(name)
    def find(a, axis=None, keepdims=False):
        return word(name)(tensor(a), **_dim(axis, keepdim=keepdims))


_positions("argmax")
_positions("argmin")


def _running(name: str):
    @says(name)
    def run(a, axis=None):
        a = tensor(a)
        return word(name)(a.flatten(), 0) if axis is None else word(name)(a, axis)


_running("cumsum")
_running("cumprod")


@says()
def sort(a, axis=-1):
    return word("sort")(tensor(a), axis)[0]


@says()
def argsort(a, axis=-1):
    return word("argsort")(tensor(a), axis)


# ---------------------------------------------------------------------- products


@says()
def dot(a, b):
    """Over the last dimension of a and the last but one of b; with a number, the product."""
    a, b = tensor(a), tensor(b)
    if not a._array.ndim or not b._array.ndim:
        return a * b
    if b._array.ndim == 1:
        return word("matmul")(a, b) if a._array.ndim > 1 else (a * b).sum()
    return word("tensordot")(a, b, ([a._array.ndim - 1], [b._array.ndim - 2]))


@says()
def matmul(a, b):
    return word("matmul")(tensor(a), tensor(b))


@says()
def vdot(a, b):
    return dot(tensor(a).flatten(), tensor(b).flatten())


@says()
def inner(a, b):
    return word("inner")(tensor(a), tensor(b))


@says("outer")
def outer(a, b):
    return tensor(a).flatten()[:, None] * tensor(b).flatten()


@says()
def tensordot(a, b, axes=2):
    if not isinstance(axes, int):
        axes = [[d] if isinstance(d, int) else list(d) for d in axes]
    return word("tensordot")(tensor(a), tensor(b), axes)


@says()
def kron(a, b):
    return word("kron")(tensor(a), tensor(b))


@says()
def trace(a, offset=0, axis1=0, axis2=1):
    return diagonal(a, offset, axis1, axis2).sum(-1)


def einsum(*operands, optimize=False):
    """``np.einsum``; its signature has stars, so it stands beside the table."""
    first, *rest = operands
    return word("einsum")(first, *map(tensor, rest)) if isinstance(first, str) else NotImplemented


TABLE["numpy", "einsum"] = einsum, ["subscripts", *"abcdefghijklmnopqrstuvwxyz", "optimize"]


# ---------------------------------------------------------------------- joining and taking apart


@says()
def concatenate(arrays, axis=0):
    found = tensors(arrays)
    return cat([x.flatten() for x in found], 0) if axis is None else cat(found, axis)


@says("stack")
def stacked(arrays, axis=0):
    return stack(tensors(arrays), axis)


for _name in "vstack hstack dstack column_stack".split():
    says(_name)(lambda tup, _name=_name: word(_name)(tensors(tup)))
    TABLE["numpy", _name] = TABLE["numpy", _name][0], ["tup"]


@says()
def append(arr, values, axis=None):
    return concatenate([arr, values], axis)


@says()
def array_split(ary, indices_or_sections, axis=0):
    where = indices_or_sections if isinstance(indices_or_sections, int) else tuple(int(i) for i in indices_or_sections)
    return list(word("tensor_split")(tensor(ary), where, axis))


@says()
def split(ary, indices_or_sections, axis=0):
    if isinstance(indices_or_sections, int) and tensor(ary)._array.shape[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return array_split(ary, indices_or_sections, axis)


@says()
def where(condition, x=None, y=None):
    return NotImplemented if x is None else word("where")(tensor(condition), tensor(x), tensor(y))


@says()
def select(condlist, choicelist, default=0):
    out = tensor(default)
    for condition, choice in reversed(list(zip(condlist, choicelist))):
        out = where(condition, choice, out)
    return out


@says()
def clip(a, a_min=None, a_max=None, min=None, max=None):
    low, high = (v if v is None or isinstance(v, int | float | Tensor) else tensor(v) for v in (a_min, a_max))
    return word("clamp")(tensor(a), min if low is None else low, max if high is None else high)


# ---------------------------------------------------------------------- shapes


@says()
def reshape(a, shape):
    return tensor(a).reshape(shape)


@says()
def transpose(a, axes=None):
    return a.permute(*(reversed(range(a._array.ndim)) if axes is None else axes))


@says()
def swapaxes(a, axis1, axis2):
    return a.transpose(axis1, axis2)


@says()
def moveaxis(a, source, destination):
    return word("moveaxis")(a, source, destination)


@says()
def expand_dims(a, axis):
    for d in sorted(d % (a._array.ndim + len(axis)) for d in axis) if isinstance(axis, tuple) else (axis,):
        a = a.unsqueeze(d)
    return a


@says()
def squeeze(a, axis=None):
    return a.squeeze() if axis is None else a.squeeze(axis)


@says()
def ravel(a):
    return a.flatten()


@says()
def flip(m, axis=None):
    return m.flip(tuple(range(m._array.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,))


@says()
def roll(a, shift, axis=None):
    return word("roll")(a, shift, **({} if axis is None else {"dims": axis}))


@says()
def tile(a, reps):
    return word("tile")(a, (reps,) if isinstance(reps, int) else tuple(reps))


@says()
def repeat(a, repeats, axis=None):
    repeats = repeats if isinstance(repeats, int) else tensor(repeats)
    return word("repeat_interleave")(a.flatten() if axis is None else a, repeats, 0 if axis is None else axis)


@says()
def broadcast_to(array, shape):
    return word("broadcast_to")(array, tuple(shape))


@says()
def diagonal(a, offset=0, axis1=0, axis2=1):
    return word("diagonal")(tensor(a), offset, axis1, axis2)


@says()
def diag(v, k=0):
    return word("diag")(v, k)


@says()
def tril(m, k=0):
    return word("tril")(m, k)


@says()
def triu(m, k=0):
    return word("triu")(m, k)


@says()
def rot90(m, k=1, axes=(0, 1)):
    return word("rot90")(m, k, tuple(axes))


@says()
def take(a, indices, axis=None):
    a, indices = tensor(a), np.asarray(getattr(indices, "_array", indices))
    return a.flatten()[indices] if axis is None else a[(slice(None),) * (axis % a._array.ndim) + (indices,)]


@says()
def take_along_axis(arr, indices, axis=-1):
    return word("take_along_dim")(tensor(arr), tensor(indices), axis)


@says()
def diff(a, n=1, axis=-1):
    return word("diff")(a, n, axis)


@says()
def trapezoid(y, x=None, dx=1.0, axis=-1):
    return word("trapezoid")(y, dx=dx, dim=axis) if x is None else word("trapezoid")(y, tensor(x), dim=axis)


@says()
def round(a, decimals=0):
    return word("round")(a, decimals=decimals) if decimals else word("round")(a)


@says()
def isclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=False):
    return word("isclose")(tensor(a), tensor(b), rtol=rtol, atol=atol, equal_nan=equal_nan)


@says()
def allclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=False):
    return bool(isclose(a, b, rtol, atol, equal_nan)._array.all())


@says()
def array_equal(a1, a2):
    return np.array_equal(tensor(a1)._array, tensor(a2)._array)


says("copy")(lambda a: a.clone())
says("shape")(lambda a: a.shape)
says("ndim")(lambda a: a._array.ndim)
says("size")(lambda a: a._array.size)
says("zeros_like")(lambda a: wrap(np.zeros_like(np.asarray(a._array))))
says("ones_like")(lambda a: wrap(np.ones_like(np.asarray(a._array))))
says("empty_like")(lambda a: wrap(np.empty_like(np.asarray(a._array))))
says("full_like")(lambda a, fill_value: wrap(np.full_like(np.asarray(a._array), fill_value)))
for _name in "atleast_1d atleast_2d atleast_3d fliplr flipud nan_to_num real imag".split():
    says(_name)(lambda a, _name=_name: word(_name)(a))
    TABLE["numpy", _name] = TABLE["numpy", _name][0], ["a"]


# ---------------------------------------------------------------------- linear algebra


@says("norm", linalg=True)
def norm(x, ord=None, axis=None, keepdims=False):
    return _of("norms", "linalg_norm")(x, ord, axis if not isinstance(axis, list) else tuple(axis), keepdims)


for _name in "inv det cholesky pinv".split():
    says(_name, linalg=True)(lambda a, _name=_name: _of("decompositions", _name)(a))
    TABLE["numpy.linalg", _name] = TABLE["numpy.linalg", _name][0], ["a"]
for _name in "qr slogdet".split():
    says(_name, linalg=True)(lambda a, _name=_name: tuple(_of("decompositions", _name)(a)))
    TABLE["numpy.linalg", _name] = TABLE["numpy.linalg", _name][0], ["a"]


@says("svd", linalg=True)
def svd(a, full_matrices=True, compute_uv=True):
    if not compute_uv:
        return _of("decompositions", "svdvals")(a)
    return tuple(_of("decompositions", "svd")(a, full_matrices=full_matrices))


says("eigh", linalg=True)(lambda a: tuple(eigh(a)))
says("eigvalsh", linalg=True)(lambda a: _of("decompositions", "eigvalsh")(a))
says("solve", linalg=True)(lambda a, b: _of("decompositions", "solve")(tensor(a), tensor(b)))
says("matrix_power", linalg=True)(lambda a, n: _of("products", "matrix_power")(a, n))
says("multi_dot", linalg=True)(lambda arrays: _of("products", "chain_matmul")(*tensors(arrays)))
says("trace", linalg=True)(lambda x, offset=0: diagonal(x, offset, -2, -1).sum(-1))
says("diagonal", linalg=True)(lambda x, offset=0: diagonal(x, offset, -2, -1))
says("matmul", linalg=True)(matmul)
