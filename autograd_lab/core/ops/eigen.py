"""Eigenvalues of any square matrix, which are complex, and factorisations of low rank by random projection."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..device import on_the_host
from ..return_types import returned
from ..several import several
from . import diagonals  # noqa: F401  (the rule applies its primitives)
from .create import randn
from .decompositions import qr, square, svd
from .parts import COMPLEX


@several(name="LinalgEigBackward0", holomorphic=False, told=True)
def eigen(xp, x):
    """(eigenvalues, eigenvectors of length 1 as columns) of square matrices, in no order."""
    values, vectors = xp.np.linalg.eig(x)
    kind = x.dtype if x.dtype.kind == "c" else np.dtype(COMPLEX[x.dtype.char])
    return xp.cast(values, kind), xp.cast(vectors, kind)


@eigen.vjp("x")
def eigen_x(xp, g, x_dtype, out):
    """V'^-1 (diag(gL) + (V' gV - V'V diag(re V' gV)) / conj(E)) V', E_ij = L_j - L_i (Boeddeker and others 2017)."""
    (values, v), (gl, gv) = out, g
    k, vh = values.shape[-1], xp.mH(v)
    inner = 0 if gl is None else xp.diag_embed_at(gl, 0, len(gl.shape) - 1, len(gl.shape))
    if gv is not None:
        diagonal = np.broadcast_to(np.eye(k, dtype=bool), v.shape)
        row, column = xp.reshape(values, (*values.shape[:-1], 1, k)), xp.reshape(values, (*values.shape, 1))
        gaps = xp.where_mask(diagonal, 1, row - column)
        turned = xp.matmul(vh, gv)
        along = xp.sum(xp.where_mask(diagonal, turned, 0), -2, True)  # length is fixed: nothing comes of a change along v
        turned = turned - xp.matmul(vh, v) * xp.cast(xp.real_part(along), v.dtype)
        inner = inner + xp.where_mask(diagonal, 0, turned / xp.conj(gaps))
    whole = xp.solve_matrix(vh, xp.matmul(inner, vh))
    return whole if np.dtype(x_dtype).kind == "c" else xp.real_part(whole)


def eig(x):
    """(eigenvalues, eigenvectors as columns) of square matrices, complex numbers in no order."""
    square(x, "eig")
    if x._array.dtype.kind != "c":
        dtypes.meet(np.dtype(COMPLEX[x._array.dtype.char]))
    return returned("linalg_eig")(*eigen(x))


def eigvals(x):
    """The eigenvalues of square matrices, complex numbers in no order."""
    return eig(x)[0]


# ---------------------------------------------------------------------- low rank


def _basis(x, q, steps, taken_off):
    """q orthonormal columns that nearly span those of x: algorithm 4.4 of Halko, Martinsson and Tropp (2011)."""

    def times(y, back=False):
        parts = [x] if taken_off is None else [x, taken_off]
        first, *rest = [(part.mH if back else part) @ y for part in parts]
        return first - rest[0] if rest else first

    found = qr(times(randn(x._array.shape[-1], q, dtype=x.dtype)))[0]
    for _ in range(steps):
        found = qr(times(qr(times(found, back=True))[0]))[0]
    return found


@on_the_host
def svd_lowrank(A, q=6, niter=2, M=None):
    """(U, S, V) of about the ``q`` largest singular values of A (less ``M``): algorithm 5.1 of Halko and others (2011)."""
    wide = A._array.shape[-2] < A._array.shape[-1]
    if wide:
        A, M = A.mH, None if M is None else M.mH
    found = _basis(A, q, niter, M)
    small = found.mH @ A if M is None else found.mH @ A - found.mH @ M
    u, s, vh = svd(small, full_matrices=False)
    u, v = found @ u, vh.mH
    return (v, s, u) if wide else (u, s, v)


@on_the_host
def pca_lowrank(A, q=None, center=True, niter=2):
    """``svd_lowrank`` of observations in rows; ``center``: of their distances from their mean."""
    size = min(A._array.shape[-2:])
    q = min(6, size) if q is None else q
    if not 0 <= q <= size:
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={size}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(-2, True) if center else A, q, niter)
