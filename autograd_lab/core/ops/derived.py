"""Words made of other words: differences, integrals, covariance, blocks, products of sets, copies of views."""

from __future__ import annotations

import itertools
import math

import numpy as np

from .. import dtypes, forward
from ..layout import as_array
from ..node import called, renamed
from ..primitive import PRIMITIVES, Primitive, primitive
from ..return_types import returned
from ..several import several
from ..telling import tell
from ..tensor import Tensor, wrap
from .convert import alike, dim_of, widened
from .create import leaf, zeros_like
from .joining import cat, stack
from .parts import complex_word as complex_of

_call = {name: op.call for name, op in PRIMITIVES.items()}


@primitive(name="ClampMinBackward0")
def clamp_min_number(xp, x, *, min):
    """x, or ``min`` where that is larger; slope 1 at a tie."""
    return xp.maximum(xp.same_kind(min, x), x)


@clamp_min_number.vjp("x")
def clamp_min_x(xp, g, x, min):
    return xp.where_mask(x >= min, g, 0)


@primitive(name="ClampMaxBackward0")
def clamp_max_number(xp, x, *, max):
    """x, or ``max`` where that is smaller; slope 1 at a tie."""
    return xp.minimum(xp.same_kind(max, x), x)


@clamp_max_number.vjp("x")
def clamp_max_x(xp, g, x, max):
    return xp.where_mask(x <= max, g, 0)


@primitive(elementwise=True, name="ClampMinBackward1")
def clamp_min_tensor(xp, x, min):
    """The larger of each pair; the slope is x's at a tie."""
    return xp.maximum(x, min)


@clamp_min_tensor.vjp("x")
def clamp_min_tensor_x(xp, g, x, min):
    return xp.where_mask(x >= min, g, 0)


@clamp_min_tensor.vjp("min")
def clamp_min_tensor_min(xp, g, x, min):
    return xp.where_mask(x < min, g, 0)


@primitive(elementwise=True, name="ClampMaxBackward1")
def clamp_max_tensor(xp, x, max):
    """The smaller of each pair; the slope is x's at a tie."""
    return xp.minimum(x, max)


@clamp_max_tensor.vjp("x")
def clamp_max_tensor_x(xp, g, x, max):
    return xp.where_mask(x <= max, g, 0)


@clamp_max_tensor.vjp("max")
def clamp_max_tensor_max(xp, g, x, max):
    return xp.where_mask(x > max, g, 0)


def clamp_min(x, min):
    """x, or ``min`` where that is larger."""
    if isinstance(min, Tensor):
        return clamp_min_tensor.call(x, min)
    return clamp_min_number.call(widened(x, min) if x._array.dtype.kind in "biu" else x, min)


def clamp_max(x, max):
    """x, or ``max`` where that is smaller."""
    if isinstance(max, Tensor):
        return clamp_max_tensor.call(x, max)
    return clamp_max_number.call(widened(x, max) if x._array.dtype.kind in "biu" else x, max)


# ---------------------------------------------------------------------- differences and integrals


def diff(x, n=1, dim=-1, prepend=None, append=None):
    """The ``n``-th differences along ``dim``."""
    dim = dim_of(dim, x._array.ndim)
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    if n == 0:
        return zeros_like(x).copy_(x)
    x = cat([t for t in (prepend, x, append) if t is not None], dim) if prepend is not None or append is not None else x
    for _ in range(min(n, x._array.shape[dim])):
        size = x._array.shape[dim]
        x = x.narrow(dim, 1, size - 1) - x.narrow(dim, 0, size - 1) if x._array.dtype.kind != "b" else (
            x.narrow(dim, 1, size - 1).logical_xor(x.narrow(dim, 0, size - 1)))  # fmt: skip
    return x


def _pairs(y, x, dim):
    """Sums of neighbours along ``dim``, times the steps between the places ``x``, if there are any: (those, ``dim``)."""
    if not y._array.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    dim = dim_of(dim, y._array.ndim)
    n = y._array.shape[dim]
    if y._array.dtype.kind in "iu" and (x is None or x._array.dtype.kind in "iu"):
        y = y.to(dtypes.default)
    pairs = y.narrow(dim, 0, n - 1) + y.narrow(dim, 1, n - 1) if n else y
    if x is None:
        return pairs, dim
    if x._array.ndim == 1:
        return pairs * diff(x.reshape((-1,) + (1,) * (y._array.ndim - dim - 1)), dim=0), dim
    return pairs * diff(x, dim=dim - y._array.ndim), dim


def trapezoid(y, x=None, *, dx=None, dim=-1):
    """The integral by trapezoids along ``dim``, over points ``x`` or steps ``dx``."""
    if x is not None:
        pairs, dim = _pairs(y, x, dim)
        return _call["div_number"](pairs.sum(dim), 2)
    if not y._array.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    dim = dim_of(dim, y._array.ndim)
    y = y if y._array.dtype.kind in dtypes.DIFFERENTIABLE else y.to(dtypes.default)
    ends = _call["mul_number"](y.select(dim, 0) + y.select(dim, -1), 0.5) if y._array.shape[dim] else 0
    return _call["mul_number"](y.sum(dim) - ends, 1 if dx is None else dx)


trapz = trapezoid


def cumulative_trapezoid(y, x=None, *, dx=None, dim=-1):
    """The running integral by trapezoids."""
    pairs, dim = _pairs(y, x, dim)
    if x is not None:
        return _call["div_number"](pairs.cumsum(dim), 2)
    return _call["mul_number"](pairs, (1 if dx is None else dx) / 2).cumsum(dim)


# ---------------------------------------------------------------------- statistics of several variables


def cov(x, *, correction=1, fweights=None, aweights=None):
    """The covariance of variables in rows, observations in columns."""
    rows = x if x._array.ndim > 1 else x.reshape(1, -1)
    n = rows._array.shape[1]
    w = aweights if fweights is None else fweights if aweights is None else fweights * aweights
    if w is None:
        _warn_of_freedom(n - correction)
        d = rows - (rows.sum(1) / n).unsqueeze(1)
        out = d @ d.t().conj() / max(n - correction, 0) if n > correction else d @ d.t().conj() * math.inf
    else:
        total = w.sum()
        d = rows - ((rows * w).sum(1) / total).unsqueeze(1)
        by = total if aweights is None else (w * aweights).sum() / total
        freedom = total - correction * by if aweights is not None else total - correction
        _warn_of_freedom(freedom)
        out = (d * w) @ d.t().conj() / freedom
    return out.squeeze()


def _warn_of_freedom(freedom) -> None:
    if freedom <= 0:
        tell("cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations.")


def corrcoef(x):
    """The correlations of variables in rows."""
    c = cov(x)
    if not c._array.ndim:
        return c / c
    d = (c.diagonal().real if c.is_complex() else c.diagonal()).sqrt()
    c = c / d.view(-1, 1) / d.view(1, -1)  # then what rounding brought above 1 is cut off
    return complex_of(*(part.clamp(-1, 1) for part in (c.real, c.imag))) if c.is_complex() else c.clamp(-1, 1)


# ---------------------------------------------------------------------- blocks and sets


def block_diag(*tensors):
    """The matrices along a diagonal, 0 elsewhere."""
    return blocks_list(*alike(*tensors)) if tensors else leaf(np.zeros((1, 0), dtypes.default.numpy))


def _as_block(shape):
    """A vector is a row, a number a matrix of one."""
    return (1,) * (2 - len(shape)) + tuple(shape)


@several(name="BlockDiagBackward0")
def blocks_list(xp, *xs):
    """Matrices along a diagonal, 0 elsewhere."""
    blocks = [xp.reshape(x, _as_block(x.shape)) for x in xs]
    width, column, rows = sum(b.shape[1] for b in blocks), 0, []
    for b in blocks:
        n, m = b.shape
        left, right = (xp.zeros((n, k), b.dtype) for k in (column, width - column - m))
        rows.append(xp.cat([left, b, right], 1))
        column += m
    return xp.cat(rows, 0)


@blocks_list.vjp("xs")
def blocks_xs(xp, g, xs_shape):
    row = column = 0
    grads = []
    for shape in xs_shape:
        n, m = _as_block(shape)
        grads.append(xp.reshape(xp.take(g, (slice(row, row + n), slice(column, column + m))), tuple(shape)))
        row, column = row + n, column + m
    return grads


def cartesian_prod(*tensors):
    """All combinations of one element of each vector, as rows."""
    if len(tensors) == 1:
        return tensors[0]
    grids = np.meshgrid(*(np.arange(t._array.size) for t in tensors), indexing="ij")
    return stack([t[g.reshape(-1)] for t, g in zip(tensors, grids)], 1)


def combinations(x, r=2, with_replacement=False):
    """All choices of ``r`` elements in order, as rows."""
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    if not r:
        return leaf(x._array[:0].copy())
    index = np.array(list(choose(range(x._array.size), r)), np.int64).reshape(-1, r)
    return stack([x[index[:, i]] for i in range(r)], 1)


# ---------------------------------------------------------------------- views, copied


def _alone(view):
    """What a view shows, in memory of its own: one operation still, which PyTorch calls ``PermuteBackward0_copy``."""
    if Primitive.interpreter is not None:  # which knows operations and no nodes
        return view.clone()
    array, node = view._array, view._current()
    made = wrap(array.copy("C") if type(array) is np.ndarray else array.copy(), node)
    if node is not None:
        recorded = getattr(node, "node", node)
        renamed(recorded, type(recorded).__name__.removesuffix("_copy") + "_copy")
    if forward.is_open and (tangent := forward.tangent_of(view)) is not None:
        forward.set_tangent(made, tangent)
    return made


def _copied(word):
    def copy(x, *args, **kwargs):
        from .later import WORDS, function

        if word == "expand":
            kwargs.pop("implicit", None)  # whether vmap asks for it: nothing to those who call
        view = function(word) if word in WORDS else getattr(Tensor, word)
        out = view(x, *args, **kwargs)
        return tuple(map(_alone, out)) if isinstance(out, tuple) else _alone(out)

    copy.__name__, copy.__doc__ = f"{word}_copy", f"``{word}``, as a copy."
    return copy


VIEWS = """as_strided detach expand permute select split split_with_sizes squeeze t transpose unbind unfold unsqueeze view
           view_as_complex view_as_real"""
globals().update({f"{word}_copy": _copied(word) for word in VIEWS.split()})


def alias_copy(x):
    """A copy of x."""
    return called(x.clone(), "AliasBackward0_copy")


def slice_copy(x, dim=0, start=None, end=None, step=1):
    """``x[start:end:step]`` along ``dim``, as a copy."""
    return _alone(x[(slice(None),) * dim_of(dim, x._array.ndim) + (slice(start, end, step),)])


def frexp(x):
    """(mantissa, exponent) with x = mantissa * 2**exponent."""
    exponent = np.frexp(x._array)[1]
    scale = wrap(np.exp2(-exponent.astype(x._array.dtype)))
    return returned("frexp")(called(x * scale, "FrexpBackward0"), leaf(as_array(exponent, np.int32)[()]))


def _slopes(x, d, step, edge_order):
    """Central differences along ``d``, one-sided ones of order ``edge_order`` at both ends; ``step`` a number or the places."""

    def part(start):
        return x.narrow(d, start, n - 2) if n > 2 else x.narrow(d, 0, 0)

    n = x._array.shape[d]
    if n < edge_order + 1:
        raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    if isinstance(step, Tensor):
        gap = diff(step, dim=0)
        behind, ahead = (v.reshape(-1, *[1] * (x._array.ndim - d - 1)) for v in (gap[:-1], gap[1:]))
        both = behind + ahead
        middle = (part(0) * (-ahead / (behind * both)) + part(1) * ((ahead - behind) / (behind * ahead))
                  + part(2) * (behind / (ahead * both)))  # fmt: skip
        ends = [(gap[0], gap[1] if edge_order == 2 else None), (gap[-1], gap[-2] if edge_order == 2 else None)]
    else:
        middle, ends = (part(2) - part(0)) / (2 * step), [(step, step)] * 2
    edges = []
    for (h, k), at, sign in zip(ends, ((0, 1, 2), (n - 1, n - 2, n - 3)), (1, -1)):
        points = [x.narrow(d, i, 1) for i in at[: edge_order + 1]]
        if edge_order == 1:
            edges.append((points[1] - points[0]) * sign / h)
            continue
        weights = -(2 * h + k) / (h * (h + k)), (h + k) / (h * k), -h / (k * (h + k))
        edges.append(sum(p * (w * sign) for p, w in zip(points, weights)))
    return cat([edges[0], middle, edges[1]], d)


def gradient(x, *, spacing=None, dim=None, edge_order=1):
    """Slopes by central differences along each of ``dim``; ``spacing``: one step for all, one for each, or vectors of places."""
    dims = list(range(x._array.ndim)) if dim is None else list(dim) if isinstance(dim, (tuple, list)) else [dim]
    if dims and not x._array.ndim:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    steps = list(spacing) if isinstance(spacing, (tuple, list)) else [1 if spacing is None else spacing] * len(dims)
    if len(steps) != len(dims) and dim is None:
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = "
            f"{len(dims)}', since dim argument was not given, but got a list of length {len(steps)}"
        )
    if len(steps) != len(dims):
        raise RuntimeError(
            f"torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the same length, "
            f"but got a spacing argument of length {len(steps)} and a dim argument of length {len(dims)}."
        )
    return tuple(_slopes(x, dim_of(d, x._array.ndim), step, edge_order) for d, step in zip(dims, steps))
