"""scatter_reduce and index_reduce."""

from __future__ import annotations

import math

import numpy as np

from ..places import watch
from ..primitive import primitive
from ..products import work_in
from ..refusals import no_kernel
from .gathering import slices_at, slots
from .index import mask_of
from .reduce import ones_of
from .scattering import elements_at, scatter_key
from .told import told

# ---------------------------------------------------------------------- scatter_reduce


def _combined(xp, x, src, key, reduce, include_self):
    """x with ``src`` worked in at ``key``."""
    word, of_jax = _WORDS[reduce]
    out = x if include_self else xp.where_mask(xp.np.asarray(mask_of(xp, x.shape, key)), _neutral(reduce, x.dtype), x)
    if isinstance(out, np.ndarray | np.generic):
        out = np.array(out)
        work_in(word, out, key, src)
    else:
        out = getattr(out.at[key], of_jax)(src)
    if reduce != "mean":
        return out
    counted = xp.np.maximum(xp.scatter(xp.ones_like(src), x.shape, key) + (1 if include_self else 0), 1)
    return out // counted if x.dtype.kind in "iu" else out / counted


# NumPy's and JAX's for each reduction
_WORDS = {"sum": (np.add, "add"), "mean": (np.add, "add"), "prod": (np.multiply, "multiply"),
          "amax": (np.maximum, "max"), "amin": (np.minimum, "min")}  # fmt: skip


def _neutral(reduce: str, dtype: np.dtype):
    """What changes nothing that it is combined with."""
    if dtype.kind == "b":
        return reduce in ("prod", "amin")
    if reduce not in ("amax", "amin"):
        return int(reduce == "prod")
    if dtype.kind in "iu":
        return getattr(np.iinfo(dtype), "min" if reduce == "amax" else "max")
    return -math.inf if reduce == "amax" else math.inf


def scatter_reduce_x(xp, g, x, src, out, key, reduce, include_self):
    hit = mask_of(xp, x.shape, key)
    if reduce in ("amax", "amin"):
        if not include_self:
            return xp.where_mask(hit, 0, g)
        return xp.cast(xp.detach(x) == xp.detach(out), g.dtype) * (g / _candidates(xp, g, x, src, out, key))
    if reduce == "prod":
        g = g * _product_of(xp, x, src, key)  # 1 where src puts nothing
    if not include_self:
        return xp.where_mask(hit, 0, g)
    return g if reduce in ("sum", "prod") else g / xp.detach(_counts(xp, src, x.shape, key, include_self))


def scatter_reduce_src(xp, g, x, src, out, key, reduce, include_self):
    if reduce in ("amax", "amin"):
        share = xp.take(g / _candidates(xp, g, x, src, out, key), key)
        return xp.cast(xp.detach(src) == xp.detach(xp.take(out, key)), g.dtype) * share
    if reduce == "prod":
        return xp.take(g, key) * _product_of_others(xp, x, src, key, include_self)
    g = g if reduce == "sum" else g / xp.detach(_counts(xp, src, x.shape, key, include_self))
    return xp.take(g, key)


def _counts(xp, src, shape, key, include_self):
    counted = xp.scatter(ones_of(xp, src), shape, key) + (1 if include_self else 0)
    return xp.where_mask(counted == 0, 1, counted)


def _candidates(xp, g, x, src, out, key):
    """How many equals share the gradient at each place: x's own counts, as PyTorch has it, even where it is not included."""
    own = xp.cast(xp.detach(x) == xp.detach(out), g.dtype)
    theirs = xp.cast(xp.detach(src) == xp.detach(xp.take(out, key)), g.dtype)
    return own + xp.scatter(theirs, tuple(x.shape), key)  # of nan none


def _product_of_others(xp, x, src, key, include_self):
    """At each source the product of what else its place combines: right where one of them is 0."""
    own = x if include_self else ones_of(xp, x)
    zero, mine = own == 0, src == 0
    zeros = xp.scatter(xp.cast(mine, src.dtype), tuple(x.shape), key) + xp.cast(zero, x.dtype)
    rest = xp.take(zeros, key) - xp.cast(mine, src.dtype)  # how many of the others are 0
    safe = xp.where_mask(mine, 1, src)
    product = xp.scatter_reduce_at(xp.where_mask(zero, 1, own), safe, key, "prod", True)
    return xp.where_mask(rest > 0, 0, xp.take(product, key) / safe)


def _product_of(xp, x, src, key):
    """At each place the product of what src puts there."""
    return xp.scatter_reduce_at(ones_of(xp, x), src, key, "prod", True)


def _reducing(word, node):
    def forward(xp, x, src, *, key, reduce, include_self):
        return _combined(xp, x, src, key, reduce, include_self)

    forward.__name__, forward.__doc__ = (
        word,
        "x combined with what ``src`` puts at ``key`` by a sum, product, mean, or extreme.",
    )
    op = primitive(forward, name=node)
    op.vjp("x")(scatter_reduce_x)
    op.vjp("src")(scatter_reduce_src)
    return op


scatter_reduce_at = _reducing("scatter_reduce_at", "ScatterReduceBackward0")
index_reduce_at = _reducing("index_reduce_at", "IndexReduceBackward0")


def scatter_reduce(x, dim, index, src, reduce, *, include_self=True):
    """x combined with ``src`` at ``index`` along ``dim``: "sum", "prod", "mean", "amax" or "amin"."""
    reduce = {"max": "amax", "min": "amin"}.get(reduce, reduce)
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise RuntimeError("reduce argument must be either sum, prod, mean, amax or amin, got " + str(reduce))
    key, src = scatter_key(x, dim, index, src)
    if not index._array.size:
        return x.clone()
    out = scatter_reduce_at.call(x, src, key, reduce, include_self)
    return told(watch(out, index, key_of=elements_at(x._array.ndim, dim)), dim=dim)


def index_reduce(x, dim, index, source, reduce, *, include_self=True):
    """x with the slices at ``index`` combined with those of ``source``: "prod", "mean", "amax" or "amin"."""
    if (dtype := x._array.dtype).kind in "bc":
        lacking = {"mean": "div_floor_cpu"} if dtype.kind == "b" else {"amax": "maximum_cpu", "amin": "minimum_cpu"}
        if not include_self or reduce in lacking:
            raise no_kernel(lacking[reduce] if include_self else "index_reduce_func_exclude_input_init", dtype)
    key = slots(x, dim, index, "index_reduce")
    if not index._array.size:
        return x.clone()
    return watch(index_reduce_at.call(x, source, key, reduce, include_self), index, key_of=slices_at(x._array.ndim, dim))
