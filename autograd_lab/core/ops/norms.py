"""Norms of vectors and matrices, and distances."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes
from ..device import on_the_host
from ..mistakes import broadcast
from ..namespaces import sum_to
from ..primitive import PRIMITIVES, primitive
from ..refusals import differing
from ..signatures import complaint, overflow
from ..tensor import Tensor
from . import singular
from .convert import dim_of, dims_of
from .copies import nothing
from .decompositions import inv, pinv, svdvals
from .reduce import kept

_call = {name: op.call for name, op in PRIMITIVES.items()}


@primitive(name="LinalgVectorNormBackward0", holomorphic=False)
def vector_norm_of(xp, x, *, ord, dim, keepdim):
    """The ``ord``-norm over ``dim``: (sum |x|**ord)**(1/ord); its limits for 0 and infinity."""
    a = abs(x)
    if ord == math.inf:
        return xp.amax(a, dim, keepdim)
    if ord == -math.inf:
        return xp.amin(a, dim, keepdim)
    if ord == 0:
        return how_many.forward(xp, x, ord=ord, dim=dim, keepdim=keepdim)
    if ord == 1:
        return xp.sum(a, dim, keepdim)
    return xp.sum(a**ord, dim, keepdim) ** (1 / ord)


@vector_norm_of.vjp("x")
def vector_norm_x(xp, g, x, out, ord, dim, keepdim):
    shape = kept(x.shape, dim)
    g, length = xp.reshape(g, shape), xp.reshape(out, shape)
    if ord == 0:
        return nothing(xp, x)
    if ord == 1:
        return g * xp.direction(x)
    if abs(ord) == math.inf:
        size = xp.detach(abs(x))
        best = xp.cast((size == xp.detach(length)) | (size != size), g.dtype)
        return xp.direction(x) * (best * (g / xp.sum(best, dim, True)))
    if ord < 2:  # at 0 the slope is infinite or undefined: PyTorch's is 0, and has no slope of its own
        size = xp.where_mask(x == 0, 0, abs(x) ** (ord - 1))
        return xp.direction(x) * size * xp.where_mask(length == 0, 0, g / length ** (ord - 1))
    flat = (x == 0) & (length == 0)
    size = xp.where_mask(flat, 1, abs(x))
    slope = xp.direction(x) * size ** (ord - 1) * g / xp.where_mask(length == 0, 1, length) ** (ord - 1)
    return xp.where_mask(flat, 0, slope)


@primitive(name="LinalgVectorNormBackward0")
def how_many(xp, x, *, ord, dim, keepdim):
    """The 0-norm over ``dim``: how many elements are not 0."""
    return xp.sum(xp.cast(x != 0, abs(x).dtype), dim, keepdim)


how_many.unsent("x", "x", "out", "ord", "dim", "keepdim")


def _order(ord):
    return {"inf": math.inf, "-inf": -math.inf}.get(ord, ord) if isinstance(ord, str) else float(ord)


def _widened(word, x, dtype):
    """x in ``dtype``, which may not be narrower than its own, nor complex where x is real."""
    have, wanted = x._array.dtype, dtypes.as_numpy(dtype)
    kinds = {True: "complex", False: "real"}
    if (have.kind == "c") != (wanted.kind == "c"):
        kind = kinds[have.kind == "c"]
        raise RuntimeError(f"linalg.{word}: dtype should be {kind} for {kind} inputs, but got {dtypes.BY_NUMPY[wanted].kind}")
    if dtypes.promote(have, 1, wanted, 1) != wanted:
        raise RuntimeError(
            f"linalg.{word}: the dtype of the input ({x.dtype.kind}) should be convertible without narrowing to the specified dtype "
            f"({dtypes.BY_NUMPY[wanted].kind})"
        )
    return x.to(dtype)


def _nonempty(x, ord, dim) -> None:
    """Raise where there is nothing to take the norm of, and the norm has no value for that."""
    if not (ord < 0 or ord == math.inf):
        return
    dims = dim if isinstance(dim, (tuple, list)) else () if dim is None else (dim,)
    where = [f"the dimension {d}" for d in dims if not x._array.shape[d]]
    if where or (dim is None and not x._array.size):
        of, this = ("an empty tensor ", "") if dim is None else (where[0], "this dimension is empty and ")
        told = f"because {this}the operation does not have an identity"
        raise RuntimeError(f"linalg.vector_norm cannot compute the {ord:g} norm on {of}{told}")


def vector_norm(x, ord: float = 2, dim=None, keepdim=False, *, dtype=None):
    """The ``ord``-norm over ``dim``, of all elements by default."""
    x = x if dtype is None else _widened("vector_norm", x, dtype)
    every = dim is None or (isinstance(dim, (tuple, list)) and not dim)
    given, dim = dim, None if every else dims_of(dim, x._array.ndim)
    dim = dim if every or x._array.ndim else ()
    if not x._array.size:
        _nonempty(x, _order(ord), None if every else given)
    if _order(ord) == 2:
        return _call["norm"](x, dim, keepdim)
    return (vector_norm_of if _order(ord) else how_many).call(x, _order(ord), dim, keepdim)


def matrix_norm(x, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    """A norm of matrices: "fro", "nuc", or 1, -1, 2, -2, inf, -inf."""
    x = x if dtype is None else _widened("matrix_norm", x, dtype)
    if isinstance(dim, int) or len(dim) != 2:
        raise RuntimeError(
            f"linalg.matrix_norm: dim must be a 2-tuple. Got {dim if isinstance(dim, int) else ' '.join(map(str, dim))}"
        )
    rows, columns = dims_of(tuple(dim), x._array.ndim)
    if ord == "fro":
        return vector_norm(x, 2, (rows, columns), keepdim)
    if ord in ("nuc", 2, -2):
        values = svdvals(x.movedim((rows, columns), (-2, -1)))
        out = (
            values.sum(-1)
            if ord == "nuc" or (ord == 2 and not values._array.shape[-1])
            else values.amax(-1)
            if ord == 2
            else values.amin(-1)
        )
        if not keepdim:
            return out
        rest = iter(range(x._array.ndim - 2))
        back = [next(rest) if d not in (rows, columns) else x._array.ndim - 2 + (d == columns) for d in range(x._array.ndim)]
        return out.unsqueeze(-1).unsqueeze(-1).permute(back)
    if abs(_order(ord)) not in (1, math.inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    summed, best = (rows, columns) if abs(_order(ord)) == 1 else (columns, rows)
    sums = vector_norm(x, 1, summed, keepdim)
    best -= not keepdim and summed < best
    if _order(ord) > 0 and not sums._array.shape[best]:
        return sums.sum(best, keepdim)
    return sums.amax(best, keepdim) if _order(ord) > 0 else sums.amin(best, keepdim)


def linalg_norm(x, ord=None, dim=None, keepdim=False, *, dtype=None):
    """A vector's norm, or with two dimensions (or ``ord`` and a matrix) a matrix's."""
    if (isinstance(dim, (tuple, list)) and len(dim) == 2) or (dim is None and ord is not None and x._array.ndim == 2):
        if ord is None or dim is not None or x._array.ndim == 2:
            return matrix_norm(x, "fro" if ord is None else ord, (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    return vector_norm(x, 2 if ord is None else ord, dim, keepdim, dtype=dtype)


def norm(x, p="fro", dim=None, keepdim=False, dtype=None):
    """A norm over ``dim``: of vectors for numbers p, of matrices for "fro" and "nuc"."""
    if isinstance(p, str) and p == "nuc":
        return matrix_norm(x, "nuc", (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    order: Any = 2 if p is None or (isinstance(p, str) and p == "fro") else p
    plain = dim is None or (type(dim) is int and -64 <= dim < 64)  # it takes longer to ask than to compute
    if not (plain and type(keepdim) is bool and type(order) in (int, float) and dtype is None) and not isinstance(order, str):
        order = order.item() if isinstance(order, Tensor) and not order._array.ndim else order
        given = (x, order, [dim] if isinstance(dim, int) else dim, keepdim), {"dtype": dtype}
        if (blame := complaint("f", "linalg_vector_norm", *given) or overflow("f", "linalg_vector_norm", *given)) is not None:
            raise blame
        if isinstance(order, complex):
            raise RuntimeError("linalg.vector_norm: Expected a non-complex scalar as the order of norm.")
    return vector_norm(x, order, dim, keepdim, dtype=dtype)


@primitive(elementwise=True, name="DistBackward0", holomorphic=False)
def distance(xp, x, y, *, p):
    """The p-norm of x - y."""
    return vector_norm_of.forward(xp, x - y, ord=p, dim=None, keepdim=False)


@distance.vjp("x")
def distance_x(xp, g, x, y, out, p):
    return vector_norm_x(xp, g, x - y, out, p, None, False)


@distance.vjp("y")
def distance_y(xp, g, x, y, out, p):
    return -vector_norm_x(xp, g, x - y, out, p, None, False)


def dist(x, other, p=2):
    """The p-norm of x - other."""
    differing(x._array, other._array)
    if not x._array.size * other._array.size:
        _nonempty(x if not x._array.size else other, float(p), None)
    return distance.call(x, other, float(p))


@primitive(name="CdistBackward0")
def distances(xp, x, y, *, p):
    """The p-norms of all differences between rows of x and rows of y."""
    return vector_norm_of.forward(xp, _apart(xp, x, y), ord=p, dim=(-1,), keepdim=False)


def _apart(xp, x, y):
    return xp.reshape(x, (*x.shape[:-1], 1, x.shape[-1])) - xp.reshape(y, (*y.shape[:-2], 1, *y.shape[-2:]))


@distances.vjp("x")
def distances_x(xp, g, x, y, out, x_shape, p):
    return sum_to(xp, xp.sum(_away(xp, g, _apart(xp, x, y), out, p), -2, False), x_shape)


@distances.vjp("y")
def distances_y(xp, g, x, y, out, y_shape, p):
    return sum_to(xp, -xp.sum(_away(xp, g, _apart(xp, x, y), out, p), -3, False), y_shape)


@primitive(name="EuclideanDistBackward0")
def euclidean_distances(xp, x, y):
    """The Euclidean distances of many rows: not by PyTorch's matrix product, which cancels where rows are near each other."""
    apart = _apart(xp, x, y)
    return xp.sqrt(xp.sum(apart * apart, -1, False))


@euclidean_distances.vjp("x")
def euclidean_distances_x(xp, g, x, y, out):
    """The sum over all slopes (x - y) / out, times g, by a matrix product."""
    share = _over(xp, g, out)
    return x * xp.sum(share, -1, True) - xp.matmul(share, y)


@euclidean_distances.vjp("y")
def euclidean_distances_y(xp, g, x, y, out):
    share = xp.mH(_over(xp, g, out))
    return y * xp.sum(share, -1, True) - xp.matmul(share, x)


def _over(xp, g, length):
    """g over the lengths, 0 where they are."""
    return xp.where_mask(length == 0, 0, g / xp.where_mask(length == 0, 1, length))


def _away(xp, g, difference, out, p):
    """The slope of a distance in a difference; of the largest one, unlike a norm's, the whole for each of equals."""
    if p != math.inf:
        return vector_norm_x(xp, g, difference, out, p, (-1,), False)
    g, length = (xp.reshape(t, (*difference.shape[:-1], 1)) for t in (g, out))
    return g * xp.direction(difference) * xp.cast(xp.detach(abs(difference)) == xp.detach(length), g.dtype)


@primitive(name="PdistBackward0")
def own_distances(xp, x, *, p):
    """The p-norms of the differences between all pairs of rows, in order."""
    i, j = np.triu_indices(x.shape[0], 1)
    return vector_norm_of.forward(xp, xp.take(x, (i,)) - xp.take(x, (j,)), ord=p, dim=(-1,), keepdim=False)


@own_distances.vjp("x")
def own_distances_x(xp, g, x, out, x_shape, p):
    i, j = np.triu_indices(x_shape[0], 1)
    slope = _away(xp, g, xp.take(x, (i,)) - xp.take(x, (j,)), out, p)
    return xp.scatter(slope, x_shape, (i,)) - xp.scatter(slope, x_shape, (j,))


_MODES = [f"{use}use_mm_for_euclid_dist{when}" for use, when in (("", "_if_necessary"), ("", ""), ("donot_", ""))]


def cdist(x1, x2, p=2.0, compute_mode="use_mm_for_euclid_dist_if_necessary"):
    """The p-norm distances between all rows of x1 and all rows of x2."""
    if compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for name, t in (("X1", x1), ("X2", x2)):
        if t._array.dtype.kind in "biu":
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {t.dtype.kind}")
    rows = x1._array.shape[-2], x2._array.shape[-2]
    if p != 2 or not all(rows) or compute_mode == _MODES[2] or (compute_mode == _MODES[0] and max(rows) <= 25):
        return distances.call(x1, x2, float(p) if x1._array.shape[-1] else 1.0)  # of no coordinates all norms are 0
    lead = broadcast(x1._array.shape[:-2], x2._array.shape[:-2])
    one, other = (t if t._array.shape[:-2] == lead else t.expand(*lead, *t._array.shape[-2:]) for t in (x1, x2))
    return euclidean_distances.call(one, other).view(*lead, *rows)


def pdist(x, p=2.0):
    """The distances between all pairs of rows, in order."""
    if x._array.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {x._array.ndim}D")
    if x._array.dtype.kind in "biuc":
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    return own_distances.call(x, float(p))


@primitive(name="RenormBackward0", holomorphic=False)
def renormed(xp, x, *, p, dims, maxnorm):
    """x with each of its parts that span ``dims`` shortened to a p-norm of at most ``maxnorm``."""
    length = vector_norm_of.forward(xp, x, ord=p, dim=dims, keepdim=True)
    return x * xp.cast(xp.where_mask(length > maxnorm, maxnorm / (length + _ROOM), 1), x.dtype)


_ROOM = 1e-7  # PyTorch's, so that what was shortened is below the norm in spite of rounding


@renormed.vjp("x")
def renormed_x(xp, g, x, p, dims, maxnorm):
    """g scaled like x, and what the length took from each element; as it came where nothing was shortened."""
    length = xp.vector_norm_of(x, p, dims, True)
    along = xp.sum(xp.real_part(g * xp.conj(x)), dims, True) if x.dtype.kind == "c" else xp.sum(g * x, dims, True)
    scale = maxnorm / (length + _ROOM)
    taken = vector_norm_x(xp, -along * scale / (length + _ROOM), x, length, p, dims, True)
    return xp.where_mask(length > maxnorm, g * scale + taken, g)


def renorm(x, p, dim, maxnorm):
    """x with each slice along ``dim`` shortened to a p-norm of at most ``maxnorm``."""
    dim = dim_of(dim, x._array.ndim)
    return renormed.call(x, _order(p), tuple(d for d in range(x._array.ndim) if d != dim), maxnorm)


def cond(x, p=None):
    """The condition number: a norm of x times that of its inverse."""
    if p in (None, 2, -2):
        values = svdvals(x)
        if not values._array.shape[-1]:
            return values.sum(-1)
        largest, smallest = values.narrow(-1, 0, 1), values.narrow(-1, -1, 1)
        return (smallest / largest if p == -2 else largest / smallest).squeeze(-1)
    return matrix_norm(x, p) * matrix_norm(inv(x), p)


@on_the_host
def matrix_rank(x, tol=None, hermitian=False, *, atol=None, rtol=None):
    """How many singular values are above ``atol`` (or ``tol``) and above ``rtol`` times the largest; ``hermitian``: eigenvalues."""
    from .create import leaf

    a = x._array
    sizes = np.abs(np.linalg.eigvalsh(a)) if hermitian else singular.svd(a, compute_uv=False)
    atol = tol if atol is None else atol
    if rtol is None:
        rtol = 0.0 if atol is not None and np.all(_plain(atol) > 0) else max(a.shape[-2:]) * np.finfo(sizes.dtype).eps
    bound = np.maximum(_plain(0.0 if atol is None else atol), _plain(rtol) * sizes.max(-1, initial=0))
    return leaf(np.asarray((sizes > bound[..., None]).sum(-1))[()])


def _plain(value):
    return np.asarray(getattr(value, "_array", value))


def pinverse(x, rcond=1e-15):
    """Moore and Penrose's inverse, the older word."""
    return pinv(x, rcond)
