"""Reading at indices and choosing by masks: gather and its kin, where."""

from __future__ import annotations

import builtins
import math

import numpy as np

from .. import dtypes
from ..namespaces import sum_to
from ..places import watch
from ..primitive import PRIMITIVES, primitive
from ..tensor import Tensor, wrap
from .convert import alike, dim_of, must_be
from .create import leaf
from .index import along, indices_of
from .told import told

_call = {name: op.call for name, op in PRIMITIVES.items()}


def checked(index, size, name):
    """The index array, its values within [0, size)."""
    index = indices_of(index)
    if index.dtype.kind not in "iu":
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    if index.size and (index.min() < 0 or index.max() >= size):
        bad = index[(index < 0) | (index >= size)].flat[0]
        raise RuntimeError(f"index {bad} is out of bounds for dimension with size {size}")
    return index


def slots(x, dim, index, name):
    """The key of whole slices at ``index`` along ``dim``."""
    dim = dim_of(dim, x._array.ndim)
    index = checked(index, x._array.shape[dim] if x._array.ndim else 1, name)
    return slices_at(x._array.ndim, dim)(index)


def slices_at(ndim, dim):
    """index -> the key of whole slices of x, of ``ndim`` dimensions."""
    dim = dim_of(dim, ndim)
    return lambda index: (slice(None),) * dim + (index.reshape(-1),) if ndim else ()


# ---------------------------------------------------------------------- reading


def reading(name, doc, node=None, keeps=False):
    """The operation that takes the elements at a key; ``keeps``: x is saved as in PyTorch, so that a write to it is noticed."""

    def forward(xp, x, *, key):
        return xp.take(x, key)

    def read_x(xp, g, x_shape, key):
        return xp.scatter(g, x_shape, key)

    def read_x_kept(xp, g, x, key):
        return xp.scatter(g, tuple(x.shape), key)

    forward.__name__, forward.__doc__ = name, doc
    op = primitive(forward, name=node)
    op.vjp("x")(read_x_kept if keeps else read_x)
    return op


gather_at = reading("gather", "x at the places of an index along one dimension.", keeps=True)
take_at = reading("take", "Elements of x laid flat.", keeps=True)
index_select_at = reading("index_select", "Whole slices of x.")
masked_select_at = reading("masked_select", "The elements where a mask is true, in one dimension.", keeps=True)


def gather(x, dim, index, *, sparse_grad=False):
    """out[i][j] = x[index[i][j]][j] for ``dim`` 0, and so on."""
    if sparse_grad:
        raise NotImplementedError("gather: sparse_grad=True is not supported; leave it out, the gradient is then dense")
    dim = dim_of(dim, x._array.ndim)
    given, index = index, checked(index, x._array.shape[dim] if x._array.ndim else 1, "gather")
    if not x._array.ndim:
        alone = (np.newaxis,) * index.ndim
        return told(watch(gather_at.call(x, alone), given, key_of=lambda index: alone), dim=dim)
    if not index.size:
        return told(gather_at.call(x, tuple(np.zeros(index.shape, np.int64) for _ in x._array.shape)), dim=dim)

    def key_of(index):
        return along(index, dim) if index.ndim else (index,)

    return told(watch(gather_at.call(x, key_of(index)), given, key_of=key_of), dim=dim)


def take_along_dim(x, indices, dim=None):
    """x at ``indices`` along ``dim``, the other dimensions broadcast; x laid flat without ``dim``."""
    if dim is None:
        return gather(x.reshape(-1), 0, indices.reshape(-1))
    dim = dim_of(dim, x._array.ndim)
    rest = np.broadcast_shapes(*(s[:dim] + (1,) + s[dim + 1 :] for s in (x._array.shape, indices._array.shape)))
    x = x.expand(rest[:dim] + (x._array.shape[dim],) + rest[dim + 1 :])
    index = np.broadcast_to(
        indices_of(indices) % max(x._array.shape[dim], 1), rest[:dim] + (indices._array.shape[dim],) + rest[dim + 1 :]
    )
    return gather(x, dim, index)


def take(x, index):
    """Elements of x laid flat."""
    x = x if x._array.ndim else x.reshape(1)
    key_of = flat_at(x._array.shape)
    return watch(take_at.call(x, key_of(indices_of(index))), index, key_of=key_of)


def flat_at(shape):
    """index -> the key of x, of that ``shape``, at positions in x laid flat."""
    return lambda index: np.unravel_index(index % builtins.max(math.prod(shape), 1), shape)


def index_select(x, dim, index):
    """The slices at ``index`` along ``dim``."""
    out = index_select_at.call(x, slots(x, dim, index, "index_select"))
    return watch(out, index, key_of=slices_at(x._array.ndim, dim))


def masked_select(x, mask):
    """The elements where ``mask`` is true, in one dimension."""
    shape = np.broadcast_shapes(x._array.shape, mask._array.shape)
    x = x if x._array.shape == shape else x.expand(shape)

    key_of = true_in(shape)
    return watch(masked_select_at.call(x, key_of(mask._array)), mask, key_of=key_of)


def true_in(shape):
    """mask -> the key of where it is true, broadcast to ``shape``."""
    return lambda mask: tuple(np.broadcast_to(mask, shape).nonzero()) if shape else (np.asarray(mask),)


def nonzero(x, *, as_tuple=False):
    """The indices of what is not 0: a row each, or one vector per dimension."""
    must_be(bool, "nonzero", "as_tuple", as_tuple)
    if as_tuple:
        return leaf(np.argwhere(np.atleast_1d(x._array))).unbind(1)
    return leaf(np.argwhere(x._array))


def argwhere(x):
    """Where x is not zero: the places, one a row. A function of its own, since no ``out=`` is argwhere's."""
    return nonzero(x)


# ---------------------------------------------------------------------- masks and choices


@primitive(name="MaskedFillBackward0")
def masked_fill_number(xp, x, *, mask, value):
    """x with a number where ``mask`` is true."""
    return xp.where_mask(mask, xp.same_kind(value, x), x)


@masked_fill_number.vjp("x")
def masked_fill_number_x(xp, g, mask, x_shape):
    return sum_to(xp, xp.where_mask(mask, 0, g), x_shape)


@primitive(name="MaskedFillBackward1")
def masked_fill_tensor(xp, x, value, *, mask):
    """x with a 0-d tensor where ``mask`` is true."""
    return xp.where_mask(mask, xp.cast(value, x.dtype), x)


@masked_fill_tensor.vjp("x")
def masked_fill_x(xp, g, mask, x_shape):
    return sum_to(xp, xp.where_mask(mask, 0, g), x_shape)


@masked_fill_tensor.vjp("value")
def masked_fill_value(xp, g, mask, value_dtype):
    return xp.cast(xp.sum(xp.where_mask(mask, g, 0)), value_dtype)


def masked_fill(x, mask, value):
    """x with ``value`` where ``mask`` is true."""
    if mask._array.dtype.kind != "b":
        raise RuntimeError(
            "masked_fill_ only supports boolean masks, but got mask with dtype " + dtypes.BY_NUMPY[mask._array.dtype].kind
        )
    if isinstance(value, Tensor):
        if value._array.ndim:
            raise RuntimeError(
                f"masked_fill only supports a 0-dimensional value tensor, but got tensor with {value._array.ndim} dimension(s)."
            )
        return watch(masked_fill_tensor.call(x, value, mask._array), mask)
    return watch(masked_fill_number.call(x, mask._array, dtypes.held(value, x._array.dtype)), mask)


def fill(x, value):
    """``value`` everywhere."""
    if isinstance(value, Tensor) and value._array.ndim:
        raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value._array.ndim} dimensions.")
    return _call["fill"](x, value.item() if isinstance(value, Tensor) else value)


def where(condition, input=None, other=None):
    """``input`` where ``condition`` is true, else ``other``; with the condition alone, its indices."""
    if input is None:
        return nonzero(condition, as_tuple=True)
    if isinstance(input, Tensor) or isinstance(other, Tensor):
        x, y = alike(input, other)
    else:
        dtype = (
            dtypes.of_number(input)
            if isinstance(input, type(other))
            else max(map(dtypes.of_number, (input, other)), key=lambda d: dtypes.RANK[d.kind])
        )
        x, y = (wrap(np.asarray(v, dtype)[()]) for v in (input, other))
    return watch(_call["where_mask_op"](x, y, _as_mask(condition._array)), condition, key_of=_as_mask)


def _as_mask(condition):
    return condition if condition.dtype.kind == "b" else condition != 0
