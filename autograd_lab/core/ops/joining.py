"""Joining tensors, cutting them into pieces, and bringing several to one shape."""

from __future__ import annotations

import builtins

import numpy as np

from ..node import called
from ..primitive import PRIMITIVES, primitive
from ..telling import tell
from ..tensor import Tensor, wrap
from . import shape as shapes
from .convert import alike, dim_of
from .pieces import unsafe_split_sizes
from .told import told

_call = {name: op.call for name, op in PRIMITIVES.items()}
_slice = _call["slice"]


def cat(tensors, dim=0):
    """The tensors joined along ``dim``; empty vectors fit everywhere, and have a gradient of no elements."""
    tensors = list(tensors)
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, t in enumerate(tensors):
        if not t._array.ndim:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    like = next((t._array for t in tensors if t._array.shape != (0,)), tensors[0]._array)
    dim, dtype_of_all = dim_of(dim, like.ndim), alike(*tensors)[0].dtype
    if like.ndim > 1:
        none = (*like.shape[:dim], 0, *like.shape[dim + 1 :])
        tensors = [t if t._array.shape != (0,) else t.reshape(none) for t in tensors]
    return _in_order(shapes.cat_list(*(t.to(dtype_of_all) for t in tensors), dim=dim))


def _in_order(out):
    """``out``, just made: with its last dimension next to each other, where NumPy keeps to how most of the pieces lay.

    Of images all of whose channels come last PyTorch makes such an image.
    """
    array = out._array
    if type(array) is np.ndarray and not array.flags.c_contiguous and array.ndim < 4:
        out._array = np.ascontiguousarray(array)
    return out


concat = concatenate = cat


def stack(tensors, dim=0):
    """The tensors joined along a new dimension."""
    tensors = list(tensors)
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    for i, t in enumerate(tensors):
        if t._array.shape != tensors[0]._array.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(tensors[0].shape)} at entry 0 and {list(t.shape)} at "
                f"entry {i}"
            )
    return shapes.stack_list(*alike(*tensors), dim=dim_of(dim, tensors[0]._array.ndim + 1))


def hstack(tensors):
    """Joined side by side: along dimension 1, vectors along 0."""
    tensors = atleast_1d(tensors)
    return cat(tensors, 0 if tensors[0]._array.ndim == 1 else 1)


def vstack(tensors):
    """Joined on top of each other."""
    return cat(atleast_2d(tensors), 0)


row_stack = vstack


def dstack(tensors):
    """Joined in depth: along dimension 2."""
    return cat(atleast_3d(tensors), 2)


def column_stack(tensors):
    """Joined as columns."""
    return hstack([t.reshape(t._array.size, 1) if t._array.ndim < 2 else t for t in tensors])


def split(tensor, split_size_or_sections, dim=0):
    """Pieces of a size (the last may be smaller), or of the sizes listed; views of it."""
    dim = dim_of(dim, tensor._array.ndim)
    n, size = tensor._array.shape[dim], split_size_or_sections
    if isinstance(size, int):
        return shapes.split_sizes(tensor, sizes=[builtins.min(size, n - i) for i in range(0, n, size)] if n else [0], dim=dim)
    return shapes.split_listed(tensor, sizes=_listed(size, n, dim), dim=dim)


def _listed(sizes, n: int, dim: int) -> list[int]:
    """``sizes``, which must make up the ``n`` along ``dim``."""
    pieces = [int(s) for s in sizes]
    if builtins.sum(pieces) != n:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {dim}), but got "
            f"split_sizes={pieces}"
        )
    return pieces


def split_with_sizes(x, split_sizes, dim=0):
    """Pieces of the sizes listed; views of x."""
    return split(x, list(split_sizes), dim)


def unsafe_split_with_sizes(x, split_sizes, dim=0):
    """Pieces of the sizes listed; copies, not views."""
    dim = dim_of(dim, x._array.ndim)
    sizes = _listed(split_sizes, x._array.shape[dim], dim)
    pieces = unsafe_split_sizes(x, sizes=sizes, dim=dim)
    if pieces:  # all of one node
        first = called(pieces[0], "UnsafeSplitWithSizesBackward0")
        told(first, dim=dim, split_sizes=tuple(sizes), self_sym_sizes=tuple(x._array.shape))
    return pieces


def unsafe_split(x, split_size, dim=0):
    """Pieces of a size (the last may be smaller); copies, not views."""
    dim = dim_of(dim, x._array.ndim)
    n = x._array.shape[dim]
    sizes = [builtins.min(split_size, n - i) for i in range(0, n, split_size)] if n else [0]
    return unsafe_split_sizes(x, sizes=sizes, dim=dim)


def chunk(x, chunks, dim=0):
    """About ``chunks`` equal pieces; views of x."""
    n = x._array.shape[dim_of(dim, x._array.ndim)]
    return split(x, builtins.max(-(-n // chunks), 1), dim) if n else split(x, [0] * chunks, dim)


def unsafe_chunk(x, chunks, dim=0):
    """About ``chunks`` equal pieces; copies, not views."""
    n = x._array.shape[dim_of(dim, x._array.ndim)]
    return unsafe_split(x, builtins.max(-(-n // chunks), 1), dim) if n else chunk(x, chunks, dim)


def unbind(x, dim=0):
    """The slices along ``dim``; views of x."""
    if not x._array.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return shapes.unbind_dim(x, dim=dim_of(dim, x._array.ndim))


def tensor_split(x, indices_or_sections, dim=0):
    """So many nearly equal pieces, or the pieces between the indices; views of x."""
    where = indices_or_sections.tolist() if isinstance(indices_or_sections, Tensor) else indices_or_sections
    dim = dim_of(dim, x._array.ndim)
    n = x._array.shape[dim]
    if isinstance(where, int):
        ends = [i * (n // where) + builtins.min(i, n % where) for i in range(1, where)]
    else:
        ends = list(where)
    starts = [0, *ends]
    lead = (slice(None),) * dim
    return tuple(_slice(x, (*lead, slice(a, b))) for a, b in zip(starts, [*ends, n]))


def _cut(name, dim):
    def word(x, indices_or_sections):
        at = dim - 1 if name == "hsplit" and x._array.ndim == 1 else dim
        return tensor_split(x, indices_or_sections, at)

    word.__doc__ = f"Pieces along dimension {dim}."
    return word


hsplit, vsplit, dsplit = _cut("hsplit", 1), _cut("vsplit", 0), _cut("dsplit", 2)


def narrow(x, dim, start, length):
    """``length`` elements from ``start`` along ``dim``; a view."""
    dim, start = dim_of(dim, x._array.ndim), int(start)
    start = start + x._array.shape[dim] if start < 0 else start
    return _slice(x, (slice(None),) * dim + (slice(start, start + length),))


@primitive(name="NarrowCopyBackward0")
def narrow_copied(xp, x, *, key):
    """x[key], copied."""
    return xp.copy(xp.take(x, key))


@narrow_copied.vjp("x")
def narrow_copied_x(xp, g, x_shape, key):
    return xp.scatter(g, x_shape, key)


def narrow_copy(x, dim, start, length):
    """As ``narrow``, a copy."""
    dim = dim_of(dim, x._array.ndim)
    start = start + x._array.shape[dim] if start < 0 else start
    return narrow_copied.call(x, (slice(None),) * dim + (slice(start, start + length),))


def select_word(x, dim, index):
    """The slice at ``index`` along ``dim``; a view without that dimension."""
    dim = dim_of(dim, x._array.ndim)
    return _call["select"](x, (slice(None),) * dim + (int(index), ...))


# ---------------------------------------------------------------------- to one shape


def broadcast_tensors(*tensors):
    """The tensors, each expanded to the shape of all."""
    tensors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    shape = np.broadcast_shapes(*(t._array.shape for t in tensors))
    return tuple(t if t._array.shape == shape else _call["expand"](t, shape) for t in tensors)


def broadcast_shapes(*shapes):
    """The shape to which all these broadcast."""
    for s in shapes:
        if not isinstance(s, (int, tuple, list)):
            raise RuntimeError(f"Input shapes should be of type ints, a tuple of ints, or a list of ints, got {s}")
    return type(wrap(np.zeros(())).shape)(np.broadcast_shapes(*((s,) if isinstance(s, int) else tuple(s) for s in shapes)))


def atleast_1d(*tensors):
    """Each with at least one dimension."""
    return _each(tensors, lambda t: t if t._array.ndim else t.reshape(1))


def atleast_2d(*tensors):
    """Each with at least two dimensions."""
    return _each(tensors, lambda t: t if t._array.ndim > 1 else t.unsqueeze(0) if t._array.ndim else t.reshape(1, 1))


def atleast_3d(*tensors):
    """Each with at least three dimensions."""
    return _each(tensors, lambda t: t if t._array.ndim > 2 else _in_depth(t))


def _in_depth(t):
    if t._array.ndim == 2:
        return t.unsqueeze(-1)
    return t.unsqueeze(0).unsqueeze(-1) if t._array.ndim else t.reshape(1, 1, 1)


def _each(tensors, function):
    if len(tensors) == 1 and isinstance(tensors[0], Tensor):
        return function(tensors[0])
    return tuple(function(t) for t in (tensors[0] if len(tensors) == 1 else tensors))


def meshgrid(*tensors, indexing=None):
    """Coordinates of a grid, one tensor per axis, expanded from its vector. ``"ij"`` unless asked for ``"xy"``, with a warning."""
    if indexing is None:
        indexing = "ij"
        tell("torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.")
    tensors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    vectors = [t if t._array.ndim == 1 else t.reshape(-1) for t in tensors]
    if indexing == "xy" and len(vectors) > 1:
        vectors[0], vectors[1] = vectors[1], vectors[0]
    shape = [v._array.size for v in vectors]
    out = [v.view((1,) * i + (-1,) + (1,) * (len(vectors) - i - 1)).expand(shape) for i, v in enumerate(vectors)]
    if indexing == "xy" and len(out) > 1:
        out[0], out[1] = out[1], out[0]
    return tuple(out)
