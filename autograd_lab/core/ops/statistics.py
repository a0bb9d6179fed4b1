"""Reductions beyond sums: variance, order statistics, norms, logarithms of sums, counting."""

from __future__ import annotations

import builtins
import itertools
import math

import numpy as np

from .. import dtypes
from ..complexes import is_complex
from ..layout import as_array, in_order
from ..primitive import PRIMITIVES, primitive
from ..refusals import floats_only
from ..return_types import returned
from ..several import several
from ..telling import tell
from ..tensor import wrap
from .convert import added_up, dim_of, dims_of, pair
from .create import leaf
from .index import along
from .pointwise import log_of_sum
from .reduce import _running_product, count, cumprod_by_zeros, has_no_zero, kept, spread

_call = {name: op.call for name, op in PRIMITIVES.items()}


# ---------------------------------------------------------------------- variance


def _squares(xp, d):
    """|d|²."""
    return xp.real_part(d * xp.conj(d)) if is_complex(d) else d * d


@primitive(name="VarBackward0", holomorphic=False)
def var_over(xp, x, *, dim, correction, keepdim):
    """Squared distances from the mean over ``dim``, summed and divided by n - correction."""
    d = x - xp.sum(x, dim, True) / count(x.shape, dim)
    return xp.sum(_squares(xp, d), dim, keepdim) * _over(1.0, count(x.shape, dim) - correction)


@var_over.vjp("x")
def var_x(xp, g, x, dim, correction, keepdim):
    n = count(x.shape, dim)
    d = x - xp.sum(x, dim, True) / n
    # below 0 where more is taken off than there is, as in PyTorch
    share = 2.0 / (n - correction) if n != correction else math.inf
    return spread(xp, g, x.shape, dim, keepdim) * (d * share)


def _over(a, n):
    """a / n where n may be 0 or less: PyTorch divides by max(n, 0)."""
    return a / n if n > 0 else math.inf


@primitive(name="StdBackward0", holomorphic=False)
def std_over(xp, x, *, dim, correction, keepdim):
    """The square root of the variance; slope 0 where it is 0."""
    d = x - xp.sum(x, dim, True) / count(x.shape, dim)
    return xp.sqrt(xp.sum(_squares(xp, d), dim, keepdim) * _over(1.0, count(x.shape, dim) - correction))


@std_over.vjp("x")
def std_x(xp, g, x, out, dim, correction, keepdim):
    slope = xp.where_mask(out == 0, 0, g / (2 * xp.where_mask(out == 0, 1, out)))
    return var_x(xp, slope, x, dim, correction, keepdim)


@several(name="VarMeanBackward0", holomorphic=False)
def var_mean_over(xp, x, *, dim, correction, keepdim):
    """(variance, mean) over ``dim``."""
    mean = xp.sum(x, dim, keepdim) / count(x.shape, dim)
    return var_over.forward(xp, x, dim=dim, correction=correction, keepdim=keepdim), mean


@var_mean_over.vjp("x")
def var_mean_x(xp, g, x, dim, correction, keepdim):
    return var_x(xp, g[0], x, dim, correction, keepdim) + _mean_x(xp, g[1], x, dim, keepdim)


@several(name="StdMeanBackward0", holomorphic=False)
def std_mean_over(xp, x, *, dim, correction, keepdim):
    """(standard deviation, mean) over ``dim``."""
    mean = xp.sum(x, dim, keepdim) / count(x.shape, dim)
    return std_over.forward(xp, x, dim=dim, correction=correction, keepdim=keepdim), mean


@std_mean_over.vjp("x")
def std_mean_x(xp, g, x, out, dim, correction, keepdim):
    return std_x(xp, g[0], x, out[0], dim, correction, keepdim) + _mean_x(xp, g[1], x, dim, keepdim)


def _mean_x(xp, g, x, dim, keepdim):
    return spread(xp, g / count(x.shape, dim), x.shape, dim, keepdim)


def _spread_of(name, op, doc):
    def word(x, dim=None, unbiased=None, keepdim=False, *, correction=None):
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if unbiased is not None:
            correction = int(unbiased)
        if x._array.dtype.kind not in dtypes.DIFFERENTIABLE:
            told = name if name.endswith("mean") else "std and var"
            raise RuntimeError(f"{told} only support floating point and complex dtypes")
        dims, correction = _dims(dim, x), 1 if correction is None else correction
        if count(x._array.shape, dims) - correction <= 0:
            tell(
                f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel "
                "divided by output numel)."
            )
        return op.call(x, dim=dims, correction=correction, keepdim=keepdim)

    word.__doc__ = doc
    return word


def _dims(dim, x):
    """The dimensions to reduce as a tuple; None when it is all of them."""
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return None
    found = dims_of(dim, x._array.ndim)
    return found if x._array.ndim else ()


var = _spread_of("var", var_over, "Variance over ``dim``, divided by n - ``correction`` (1 unless told otherwise).")
std = _spread_of("std", std_over, "Standard deviation over ``dim``, with n - ``correction``.")
var_mean = _spread_of("var_mean", var_mean_over, "(variance, mean) over ``dim``.")
std_mean = _spread_of("std_mean", std_mean_over, "(standard deviation, mean) over ``dim``.")

# ---------------------------------------------------------------------- logarithms of sums, running products and extremes


@primitive(floating=True, name="LogsumexpBackward0")
def logsumexp_over(xp, x, *, dim, keepdim):
    """log of the sum of exponentials over ``dim``, without overflow."""
    size = xp.real_part(x) if is_complex(x) else x
    top = xp.amax(size, dim, True) if count(x.shape, dim) else xp.sum(size, dim, True)
    top = xp.where_mask(abs(top) == math.inf, 0, top)
    out = xp.log(xp.sum(xp.exp(x - top), dim, True)) + top
    return out if keepdim else xp.reshape(out, xp.sum(x, dim, False).shape)


@logsumexp_over.vjp("x")
def logsumexp_x(xp, g, x, out, dim, keepdim):
    shape = kept(x.shape, dim)
    return xp.reshape(g, shape) * xp.exp(x - xp.reshape(out, shape))


def logsumexp(x, dim, keepdim=False):
    """log of the sum of exponentials over ``dim``, without overflow."""
    x = x if x._array.dtype.kind in dtypes.DIFFERENTIABLE else x.to(dtypes.BY_NAME["float32"])
    return logsumexp_over.call(x, dims_of(dim, x._array.ndim) if x._array.ndim else (), keepdim)


@primitive(name="LogcumsumexpBackward0")
def logcumsumexp_along(xp, x, *, dim):
    """log of the running sum of exponentials."""
    if not x.ndim:
        return x + 0
    if xp.np is np and not hasattr(x, "on_host"):  # each sum beside its own largest: one for all would lose those far below it
        if not is_complex(x):
            return np.logaddexp.accumulate(x, dim)
        return np.stack(list(itertools.accumulate(np.moveaxis(x, dim, 0), log_of_sum)), dim) if x.shape[dim] else x
    top = xp.amax(xp.real_part(x) if is_complex(x) else x, dim, True) if x.shape[dim] else 0
    return xp.log(xp.cumsum(xp.exp(x - top), dim)) + top


@logcumsumexp_along.vjp("x")
def logcumsumexp_x(xp, g, x, out, dim):
    """g_i exp(x_i - out_j), summed over j >= i."""
    if not len(g.shape) or not x.shape[dim]:
        return g
    if _far_apart(x):  # as sums of logarithms, of what is positive and of what is negative
        return sum(sign * xp.exp(_reversed_sums(xp, xp.log(xp.relu(g * sign)) - out, dim) + x) for sign in (1, -1))
    top = xp.detach(xp.amax(x, dim, True))  # in both exponents, so that neither overflows
    return xp.exp(x - top) * xp.flip(xp.cumsum(xp.flip(g * xp.exp(top - out), dim), dim), dim)


def _far_apart(x):
    """Whether exponentials of differences overflow; what JAX traces is taken not to be."""
    array = getattr(x, "_array", x)
    if not isinstance(array, np.ndarray) or array.dtype.kind == "c":
        return False
    finite = array[np.isfinite(array)]
    return np.isposinf(array).any() or (finite.size and np.ptp(finite) > np.log(np.finfo(array.dtype).max) / 2)


def _reversed_sums(xp, x, dim):
    return xp.flip(xp.logcumsumexp_along(xp.flip(x, dim), dim), dim)


def logcumsumexp(x, dim):
    """log of the running sum of exponentials along ``dim``."""
    floats_only("logcumsumexp_out_cpu", x)
    return logcumsumexp_along.call(x, dim_of(dim, x._array.ndim))


@primitive(name="CumprodBackward0")
def cumprod_along(xp, x, *, dim):
    """Running product along ``dim``."""
    return xp.cumprod(x, dim) if x.ndim else x + 0


@cumprod_along.vjp("x")
def cumprod_x(xp, g, x, out, dim):
    """The product of what came before, times s_k = g_k + x_(k+1) s_(k+1), from the end: right at 0 too."""
    if not len(x.shape):
        return g
    if has_no_zero(x):
        return xp.flip(xp.cumsum(xp.flip(g * out, dim), dim), dim) / x
    if isinstance(x, np.ndarray):
        return cumprod_by_zeros(g, x, out, dim)
    n, sums, lead = x.shape[dim], [], (slice(None),) * dim
    for k in reversed(range(n)):
        here = xp.take(g, (*lead, slice(k, k + 1)))
        sums.append(here if k == n - 1 else here + xp.take(x, (*lead, slice(k + 1, k + 2))) * sums[-1])
    return xp.cat(sums[::-1], dim) * _running_product(xp, x, dim) if n else g


def cumprod(x, dim, *, dtype=None):
    """Running product along ``dim``."""
    return added_up(x, dtype, lambda x: cumprod_along.call(x, dim_of(dim, x._array.ndim)))


def cumsum(x, dim, *, dtype=None):
    """Running sum along ``dim``."""
    return added_up(x, dtype, lambda x: _call["cumsum"](x, dim_of(dim, x._array.ndim)))


@several(name="CummaxBackward0")
def cummax_along(xp, x, *, dim):
    """(values, indices) of the largest so far along ``dim``."""
    values = xp.np.maximum.accumulate(x, dim) if x.ndim else x + 0
    return values, _last_equal(xp.np, x, values, dim)


@several(name="CumminBackward0")
def cummin_along(xp, x, *, dim):
    """(values, indices) of the smallest so far along ``dim``."""
    values = xp.np.minimum.accumulate(x, dim) if x.ndim else x + 0
    return values, _last_equal(xp.np, x, values, dim)


@cummax_along.vjp("x")
def cummax_x(xp, g, x, out, dim):
    return xp.scatter(g[0], tuple(x.shape), along(out[1], dim))


@cummin_along.vjp("x")
def cummin_x(xp, g, x, out, dim):
    return xp.scatter(g[0], tuple(x.shape), along(out[1], dim))


def _running(name, op, which):
    made = pair(name)

    def word(x, dim):
        return made(*op.dispatch(x, dim=dim_of(dim, x._array.ndim)))

    word.__doc__ = f"(values, indices) of the {which} so far along ``dim``."
    return word


cummax, cummin = _running("cummax", cummax_along, "largest"), _running("cummin", cummin_along, "smallest")


def _last_equal(np, x, values, dim):
    """Where the running extreme was last set: the latest position at which x equals it, or is nan, which stays."""
    if not x.ndim:
        return np.zeros_like(x, int)
    shape = [1] * x.ndim
    shape[dim] = x.shape[dim]
    places = np.where((x == values) | (x != x), np.arange(x.shape[dim]).reshape(shape), -1)
    return np.maximum.accumulate(places, dim)


# ---------------------------------------------------------------------- extremes


def aminmax(x, *, dim=None, keepdim=False):
    """(smallest, largest), of all or along ``dim``."""
    dim = None if dim is None else dim_of(dim, x._array.ndim)
    return returned("aminmax")(*aminmax_over(x, dim=dim if x._array.ndim else None, keepdim=keepdim))


@several(name="AminmaxBackward0")
def aminmax_over(xp, x, *, dim, keepdim):
    """(smallest, largest) over ``dim``; ties share the gradient."""
    return xp.amin(x, dim, keepdim), xp.amax(x, dim, keepdim)


@aminmax_over.vjp("x")
def aminmax_x(xp, g, x, out, dim, keepdim):
    return builtins.sum(_shared(xp, part, x, best, dim) for part, best in zip(g, out))


def _shared(xp, g, x, best, dim):
    shape = kept(x.shape, dim)
    ties = xp.cast(xp.detach(x) == xp.detach(xp.reshape(best, shape)), g.dtype)
    return ties / xp.sum(ties, dim, True) * xp.reshape(g, shape)


# ---------------------------------------------------------------------- what nan does not spoil


@primitive(name="NansumBackward0")
def nansum_over(xp, x, *, dim, keepdim):
    """Sum over ``dim`` of what is not nan."""
    return xp.sum(xp.where_mask(x != x, 0, x), dim, keepdim)


@nansum_over.vjp("x")
def nansum_x(xp, g, x, dim, keepdim):
    return xp.where_mask(x != x, 0, spread(xp, g, x.shape, dim, keepdim))


def nansum(x, dim=None, keepdim=False, *, dtype=None):
    """Sum over ``dim`` of what is not nan."""
    return added_up(x, dtype, lambda x: nansum_over.call(x, _dims(dim, x), keepdim))


def prod(x, dim=None, keepdim=False, *, dtype=None):
    """Product over ``dim`` (all by default)."""
    dim = dim if dim is None or not x._array.ndim else dim_of(dim, x._array.ndim)
    return added_up(x, dtype, lambda x: _call["prod"](x, dim, keepdim))


def nanmean(x, dim=None, keepdim=False, *, dtype=None):
    """Mean over ``dim`` of what is not nan."""
    if x._array.dtype.kind not in dtypes.DIFFERENTIABLE:
        raise RuntimeError(f"nanmean(): expected input to have floating point or complex dtype but got {x.dtype.kind}")
    x = x if dtype is None else x.to(dtype)
    if x._array.dtype.kind not in dtypes.DIFFERENTIABLE:
        raise RuntimeError(
            "nanmean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype"
        )
    n = (~np.isnan(x._array)).sum(_dims(dim, x), keepdims=keepdim)
    return nansum(x, dim, keepdim) / wrap(as_array(n, x._array.dtype)[()])


# ---------------------------------------------------------------------- counting


def _dims_or_none(dim, x):
    found = None if dim is None else dims_of(dim, x._array.ndim)
    return found if x._array.ndim or dim is None else ()


def count_nonzero(x, dim=None):
    """How many elements are not 0, over ``dim``."""
    return leaf(in_order(as_array((x._array != 0).sum(_dims_or_none(dim, x))))[()])


def any(x, dim=None, keepdim=False):
    """Whether any element over ``dim`` is not 0."""
    return _truth((x._array != 0).any(_dims_or_none(dim, x) if dim not in ((), []) else (), keepdims=keepdim), x)


def all(x, dim=None, keepdim=False):
    """Whether no element over ``dim`` is 0."""
    return _truth((x._array != 0).all(_dims_or_none(dim, x) if dim not in ((), []) else (), keepdims=keepdim), x)


def _truth(found, x):
    """Booleans as a tensor; of uint8 they are uint8, as in PyTorch."""
    return leaf(in_order(as_array(found, "u1" if x._array.dtype.kind == "u" else "?"))[()])


def _place(best):
    def word(x, dim=None, keepdim=False):
        array = x._array
        if array.dtype.kind in "bc":
            raise RuntimeError(f"{best}(): does not support {'bool' if array.dtype.kind == 'b' else 'complex'} input")
        if dim is None:
            if not array.size:
                raise IndexError(
                    f"{best}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim"
                )
            found = as_array(getattr(np, best)(array))
            return leaf(found.reshape((1,) * array.ndim) if keepdim else found[()])
        if not array.ndim:
            return leaf(np.zeros_like(array, np.int64)[()])
        return leaf(as_array(getattr(np, best)(array, dim_of(dim, array.ndim), keepdims=keepdim))[()])

    word.__doc__ = f"Where the {'largest' if best == 'argmax' else 'smallest'} element is, the first of equal ones."
    return word


argmax, argmin = _place("argmax"), _place("argmin")
