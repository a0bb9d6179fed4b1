"""Triangles and diagonals of matrices."""

from __future__ import annotations

import builtins

import numpy as np

from .. import dtypes
from ..primitive import primitive
from .convert import dim_of
from .create import leaf
from .scattering import writing
from .told import told


def _triangle(name, doc):
    def forward(xp, x, *, diagonal=0):
        return getattr(xp.np, name)(x, diagonal)

    forward.__name__, forward.__doc__ = name, doc

    def triangle_x(xp, g, diagonal):
        return getattr(xp, name)(g, diagonal)

    op = primitive(forward)
    op.vjp("x")(triangle_x)
    return op


tril = _triangle("tril", "The lower triangle, 0 elsewhere.")
triu = _triangle("triu", "The upper triangle, 0 elsewhere.")


@primitive(view=True)
def diagonal(xp, x, *, offset, dim1, dim2):
    """The diagonal of the planes of two dimensions, as the last dimension; a view."""
    out = xp.np.diagonal(x, offset, dim1, dim2)
    if isinstance(x, np.ndarray):
        out.flags.writeable = x.flags.writeable  # NumPy's is read-only
    return out


@diagonal.vjp("x")
def diagonal_x(xp, g, x_shape, offset, dim1, dim2):
    return xp.diagonal_back(g, x_shape, offset, dim1, dim2)


@primitive(name="DiagonalBackward0")
def diagonal_back(xp, g, *, shape, offset, dim1, dim2):
    """Zeros of ``shape`` with g on a diagonal: the transpose of ``diagonal``."""
    return xp.scatter(g, shape, _diagonal_places(shape, offset, dim1, dim2))


@diagonal_back.vjp("g")
def diagonal_back_g(xp, g, offset, dim1, dim2):
    return xp.diagonal(g, offset, dim1, dim2)


def _diagonal_places(shape, offset, dim1, dim2):
    """Index arrays, one per dimension, of the elements that ``diagonal`` shows."""
    where = np.diagonal(np.arange(int(np.prod(shape))).reshape(shape), offset, dim1, dim2)
    return np.unravel_index(where, shape)


def diagonal_word(x, offset=0, dim1=0, dim2=1):
    """The diagonal of the planes of ``dim1`` and ``dim2``, as the last dimension; a view."""
    ndim = x._array.ndim
    return diagonal.call(x, offset, dim_of(dim1, ndim), dim_of(dim2, ndim))


@primitive(name="DiagonalBackward0_copy")
def diagonal_copied(xp, x, *, offset, dim1, dim2):
    """``diagonal``, as a copy."""
    return xp.copy(xp.np.diagonal(x, offset, dim1, dim2))


diagonal_copied.vjp("x")(diagonal_x)


@primitive(name="DiagEmbedBackward0")
def diag_embed_at(xp, x, *, offset, dim1, dim2):
    """Matrices with x's last dimension on a diagonal, 0 elsewhere."""
    return diagonal_back.forward(xp, x, shape=_embedded(x.shape, offset, dim1, dim2), offset=offset, dim1=dim1, dim2=dim2)


@diag_embed_at.vjp("x")
def diag_embed_x(xp, g, offset, dim1, dim2):
    return xp.diagonal(g, offset, dim1, dim2)


def _embedded(shape, offset, dim1, dim2):
    n, rest = shape[-1] + builtins.abs(offset), iter(shape[:-1])
    return tuple(n if i in (dim1, dim2) else next(rest) for i in range(len(shape) + 1))


def diag_embed(x, offset=0, dim1=-2, dim2=-1):
    """Matrices with x's last dimension on a diagonal, 0 elsewhere."""
    ndim = x._array.ndim + 1
    return diag_embed_at.call(x, offset, dim_of(dim1, ndim), dim_of(dim2, ndim))


def diag(x, diagonal=0):
    """A vector as a diagonal matrix, or a matrix's diagonal."""
    if x._array.ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {x._array.ndim}D")
    return diag_embed(x, diagonal) if x._array.ndim == 1 else diagonal_copy(x, diagonal)


def diagonal_copy(x, offset=0, dim1=0, dim2=1):
    """The diagonal of the planes of ``dim1`` and ``dim2``, as a copy."""
    ndim = x._array.ndim
    return diagonal_copied.call(x, offset, dim_of(dim1, ndim), dim_of(dim2, ndim))


def diagflat(x, offset=0):
    """x laid flat, as a diagonal matrix."""
    return diag_embed(x.contiguous().view(-1), offset)


@primitive
def trace(xp, x):
    """The sum of a matrix's diagonal."""
    return xp.np.trace(x, dtype=np.int64 if x.dtype.kind in "biu" else None)


@trace.vjp("x")
def trace_x(xp, g, x_shape):
    n = builtins.min(x_shape)
    return xp.diagonal_back(xp.expand(g, (n,)), x_shape, 0, 0, 1)


def _indices_of(function):
    def word(row, col, offset=0, *, dtype=None, device=None):
        return leaf(np.stack(function(row, offset, col)).astype(dtypes.as_numpy(dtype) or np.int64), device=device)

    word.__doc__ = "Row and column numbers of a triangle."
    return word


tril_indices, triu_indices = _indices_of(np.tril_indices), _indices_of(np.triu_indices)


diagonal_scatter_at = writing("diagonal_scatter_at", "DiagonalScatterBackward0", "A copy of x with a diagonal replaced.")


def diagonal_scatter(x, src, offset=0, dim1=0, dim2=1):
    """A copy of x with ``src`` on a diagonal."""
    out = diagonal_scatter_at.call(x, src, _diagonal_places(x._array.shape, offset, dim1, dim2))
    return told(out, offset=offset, dim1=dim1, dim2=dim2)
