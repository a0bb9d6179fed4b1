"""NumPy's reductions, products and linear algebra, in our words."""

from __future__ import annotations

import importlib

import numpy as np

from .numpy_words import TABLE, by_dim, says, tensor, tensors, word
from .ops.shape import eigh
from .tensor import wrap


def _of(topic: str, name: str):
    return getattr(importlib.import_module(f".ops.{topic}", __package__), name)


# ---------------------------------------------------------------------- reductions


def _reduction(name: str, ours: str):
    @says(name)
    def reduce(a, axis=None, keepdims=False):
        a = tensor(a)
        if not axis and axis != 0 and keepdims:
            axis = tuple(range(a._array.ndim))
        return word(ours)(a, **by_dim(axis, keepdim=keepdims))


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
    return word("var")(tensor(a), correction=ddof, **by_dim(axis, keepdim=keepdims))


@says()
def std(a, axis=None, ddof=0, keepdims=False):
    return word("std")(tensor(a), correction=ddof, **by_dim(axis, keepdim=keepdims))


@says()
def ptp(a, axis=None):
    return word("amax")(tensor(a), **by_dim(axis)) - word("amin")(tensor(a), **by_dim(axis))


@says()
def quantile(a, q, axis=None, keepdims=False):
    a = tensor(a)
    return word("quantile")(a, wrap(np.asarray(q, a._array.dtype)), **by_dim(axis, keepdim=keepdims))


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
        return word("mean")(a, **by_dim(axis))
    w = tensor(weights)
    if axis is not None and w._array.ndim == 1:
        w = w.reshape([-1 if d == axis % a._array.ndim else 1 for d in range(a._array.ndim)])
    w = word("broadcast_to")(w, a.shape)
    return (a * w).sum(**by_dim(axis)) / w.sum(**by_dim(axis))


@says()
def count_nonzero(a, axis=None):
    return word("count_nonzero")(tensor(a), **by_dim(axis))


def _positions(name: str):
    @says(name)
    def find(a, axis=None, keepdims=False):
        return word(name)(tensor(a), **by_dim(axis, keepdim=keepdims))


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


@says()
def diagonal(a, offset=0, axis1=0, axis2=1):
    return word("diagonal")(tensor(a), offset, axis1, axis2)


# ---------------------------------------------------------------------- linear algebra


@says("norm", linalg=True)
def norm(x, ord=None, axis=None, keepdims=False):
    return _of("norms", "linalg_norm")(x, ord, axis if not isinstance(axis, list) else tuple(axis), keepdims)


for _name, _topic in {
    "inv": "decompositions",
    "det": "determinants",
    "cholesky": "decompositions",
    "pinv": "decompositions",
}.items():
    says(_name, linalg=True)(lambda a, _name=_name, _topic=_topic: _of(_topic, _name)(a))
    TABLE["numpy.linalg", _name] = TABLE["numpy.linalg", _name][0], ["a"]
for _name, _topic in {"qr": "decompositions", "slogdet": "determinants"}.items():
    says(_name, linalg=True)(lambda a, _name=_name, _topic=_topic: tuple(_of(_topic, _name)(a)))
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
