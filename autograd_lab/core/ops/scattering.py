"""Writing at indices: scatter and its kin, each a copy with some elements replaced, added to or combined."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..device import looked_at
from ..flat_writes import without_derivative
from ..layout import stands_for_one
from ..namespaces import sum_to
from ..node import called, renamed
from ..places import watch
from ..primitive import PRIMITIVES, primitive
from ..tensor import Tensor, wrap
from .convert import dim_of
from .gathering import checked, flat_at, slices_at, slots, true_in
from .index import along, indices_of, key_to_put, mask_of, put_at_key, watch_key
from .told import told

_call = {name: op.call for name, op in PRIMITIVES.items()}

# ---------------------------------------------------------------------- writing


@primitive(name="ScatterBackward0")
def scatter_at(xp, x, src, *, key):
    """A copy of x with ``src`` at ``key``."""
    return _set(xp, x, key, src)


@scatter_at.vjp("x")
def scatter_x(xp, g, key):
    return xp.where_mask(mask_of(xp, g.shape, key), 0, g)


@scatter_at.vjp("src")
def scatter_src(xp, g, key):
    return xp.take(g, key)


def _set(xp, x, key, value):
    """A copy of x with ``value`` at ``key``."""
    if not isinstance(x, np.ndarray | np.generic):
        return x.at[key].set(value)
    if xp.np is not np:  # a constant, beside what JAX traces
        return xp.np.asarray(x).at[key].set(value)
    out = np.array(x, order="C")  # PyTorch's copy is in order, however x lies
    out[key] = value
    return out


def writing(word, node, doc, keeps=False):
    """Like ``scatter_at`` under another of PyTorch's names; ``keeps``: src is saved as there, so that a write to it is noticed."""

    def forward(xp, x, src, *, key):
        return _set(xp, x, key, src)

    forward.__name__, forward.__doc__ = word, doc
    op = primitive(forward, name=node)
    op.vjp("x")(scatter_x)
    op.vjp("src")(_written_src_kept if keeps else _written_src)
    return op


def _written_src(xp, g, key, src_shape):
    return sum_to(xp, xp.take(g, key), src_shape)


def _written_src_kept(xp, g, key, src):
    return _written_src(xp, g, key, tuple(src.shape))


index_copy_at = writing("index_copy_at", "IndexCopyBackward0", "A copy of x with slices replaced.", keeps=True)
select_scatter_at = writing("select_scatter_at", "SelectScatterBackward0", "A copy of x with one slice replaced.")
slice_scatter_at = writing("slice_scatter_at", "SliceScatterBackward0", "A copy of x with a range of slices replaced.")
put_at = writing("put_at", "PutBackward0", "A copy of x with elements replaced.", keeps=True)
masked_scatter_at = writing(
    "masked_scatter_at", "MaskedScatterBackward0", "A copy of x with the elements under a mask replaced."
)


@primitive(name="ScatterBackward1")
def scatter_number(xp, x, *, key, value):
    """A copy of x with a number at ``key``."""
    return _set(xp, x, key, value)


@scatter_number.vjp("x")
def scatter_number_x(xp, g, key):
    return xp.where_mask(mask_of(xp, g.shape, key), 0, g)


@primitive(name="IndexFillBackward0")
def index_fill_number(xp, x, *, key, value):
    """A copy of x with a number in the slices at ``key``."""
    return _set(xp, x, key, value)


@index_fill_number.vjp("x")
def index_fill_number_x(xp, g, key):
    return xp.where_mask(mask_of(xp, g.shape, key), 0, g)


@primitive(name="IndexFillBackward1")
def index_fill_tensor(xp, x, value, *, key):
    """A copy of x with a 0-d tensor in the slices at ``key``."""
    return _set(xp, x, key, value)


@index_fill_tensor.vjp("x")
def index_fill_x(xp, g, key):
    return xp.where_mask(mask_of(xp, g.shape, key), 0, g)


@index_fill_tensor.vjp("value")
def index_fill_value(xp, g, key):
    return xp.sum(xp.where_mask(mask_of(xp, g.shape, key), g, 0))


@primitive(name="ScatterAddBackward0")
def scatter_add_at(xp, x, src, *, key):
    """x with ``src`` added at ``key``, places that repeat added up."""
    return x + xp.scatter(src, x.shape, key)


@scatter_add_at.vjp("x")
def scatter_add_x(xp, g):
    return g


@scatter_add_at.vjp("src")
def scatter_add_src(xp, g, key):
    return xp.take(g, key)


@primitive(name="IndexAddBackward0")
def index_add_at(xp, x, source, *, key, alpha):
    """x with ``alpha * source`` added to the slices at ``key``."""
    return x + xp.scatter(
        source * alpha if x.dtype.kind in dtypes.DIFFERENTIABLE else xp.cast(source * alpha, x.dtype), x.shape, key
    )


@index_add_at.vjp("x")
def index_add_x(xp, g):
    return g


@index_add_at.vjp("source")
def index_add_source(xp, g, key, alpha, source):  # saved as in PyTorch, so that a write to it is noticed
    return sum_to(xp, xp.take(g, key) * alpha, tuple(source.shape))


def scatter_key(x, dim, index, src):
    dim = dim_of(dim, x._array.ndim)
    index = checked(index, x._array.shape[dim] if x._array.ndim else 1, "scatter")
    if isinstance(src, Tensor) and src._array.shape != index.shape and index.ndim:
        src = _call["slice"](src, tuple(slice(n) for n in index.shape))
    return elements_at(x._array.ndim, dim)(index), src


def elements_at(ndim, dim):
    """index -> the key of single elements of x, of ``ndim`` dimensions."""
    dim = dim_of(dim, ndim)
    return lambda index: along(index if index.ndim else index.reshape(1), dim) if ndim else ()


def scatter(x, dim, index, src=None, *, value=None, reduce=None):
    """A copy of x with ``src`` (or a number) written at ``index`` along ``dim``."""
    src = value if src is None else src
    if reduce is not None:
        src = src if isinstance(src, Tensor) else wrap(np.full(index._array.shape, src, x._array.dtype))
        from .combining import scatter_reduce

        if reduce not in ("add", "multiply"):
            raise RuntimeError("reduce argument must be either add or multiply.")
        out = scatter_reduce(x, dim, index, src, {"add": "sum", "multiply": "prod"}[reduce])
        if out._node is not None:  # as in PyTorch; scatter_reduce has one
            out._node, out._counter = without_derivative("aten::scatter", x, src), None
        return out
    key, src = scatter_key(x, dim, index, src)
    if not index._array.size:
        return x.clone()
    out = (
        scatter_at.call(x, src, key)
        if isinstance(src, Tensor)
        else scatter_number.call(x, key, dtypes.held(src, x._array.dtype))
    )
    return told(watch(out, index, key_of=elements_at(x._array.ndim, dim)), dim=dim)


def scatter_add(x, dim, index, src):
    """x with ``src`` added at ``index`` along ``dim``, places that repeat added up."""
    key, src = scatter_key(x, dim, index, src)
    if not index._array.size:
        return x.clone()
    return told(watch(scatter_add_at.call(x, src, key), index, key_of=elements_at(x._array.ndim, dim)), dim=dim)


def index_add(x, dim, index, source, *, alpha=1):
    """x with ``alpha * source`` added to the slices at ``index``; of integers the whole part of ``alpha``."""
    alpha = int(alpha) if x._array.dtype.kind in "iu" else alpha
    out = index_add_at.call(x, source, slots(x, dim, index, "index_add"), alpha)
    return watch(out, index, key_of=slices_at(x._array.ndim, dim))


def index_copy(x, dim, index, source):
    """A copy of x with the slices of ``source`` at ``index``."""
    out = index_copy_at.call(x, source, slots(x, dim, index, "index_copy"))
    return watch(out, index, key_of=slices_at(x._array.ndim, dim))


def index_fill(x, dim, index, value):
    """A copy of x with ``value`` in the slices at ``index``."""
    key = slots(x, dim, index, "index_fill")
    if isinstance(value, Tensor):
        out = index_fill_tensor.call(x, value, key)
    elif isinstance(value, complex) and x._array.dtype.kind != "c":
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    else:
        out = index_fill_number.call(x, key, dtypes.held(value, x._array.dtype))
    return watch(out, index, key_of=slices_at(x._array.ndim, dim))


def put(x, index, source, accumulate=False):
    """A copy of x, seen flat, with ``source`` at ``index``, or added there."""
    given, index = index, indices_of(index)
    key_of = flat_at(x._array.shape) if x._array.ndim else lambda index: ()
    key = key_of(index)
    source = source.reshape(index.shape)
    if not index.size:
        return called(x.clone(), put_at.node_name)
    if not x._array.ndim:
        source = source.sum() if accumulate else source.reshape(-1)[-1]
    out = scatter_add_at.call(x, source, key) if accumulate else put_at.call(x, source, key)
    if accumulate and out._node is not None:
        renamed(out._node, put_at.node_name)
    return watch(out, given, key_of=key_of)


def select_scatter(x, src, dim, index):
    """A copy of x with ``src`` as its slice at ``index`` along ``dim``."""
    dim = dim_of(dim, x._array.ndim)
    return select_scatter_at.call(x, src, (slice(None),) * dim + (index,))


def slice_scatter(x, src, dim=0, start=None, end=None, step=1):
    """A copy of x with ``src`` as its slices ``start:end:step`` along ``dim``."""
    dim = dim_of(dim, x._array.ndim)
    return slice_scatter_at.call(x, src, (slice(None),) * dim + (slice(start, end, step),))


def index_put(x, indices, values, accumulate=False):
    """A copy of x with ``values`` at a tuple of index tensors, or added there."""
    key = tuple(slice(None) if i is None else i for i in indices)
    if not accumulate:
        return put_at_key(x, values, key)
    at = key_to_put(x, key, values, True)
    known = tuple(np.zeros(k.shape, int) if stands_for_one(k) else k for k in at)
    target = np.empty(x._array.shape, bool)[known].shape
    out = index_add_at.call(x, values.expand(target) if values._array.shape != target else values, at, 1)
    if out._node is not None:
        renamed(out._node, "IndexPutBackward0")
    return watch_key(out, key, at)


def masked_scatter(x, mask, source):
    """A copy of x with the elements under ``mask`` taken from ``source`` in order."""
    shape = np.broadcast_shapes(x._array.shape, mask._array.shape)
    x = x if x._array.shape == shape else x.expand(shape)
    n = int(np.broadcast_to(mask._array, shape).sum())
    key_of = true_in(shape)
    return watch(masked_scatter_at.call(x, source.reshape(-1)[:n], key_of(looked_at(mask._array))), mask, key_of=key_of)
