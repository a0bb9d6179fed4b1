"""Solving and taking matrices apart. Batches go in front; matrices are the last two dimensions.

Rules follow the literature as PyTorch does: Giles, "Collected matrix derivative results" (2008); Seeger and others, "Auto-
differentiating linear algebra" (2017). Where a factor is determined only up to signs or a rotation, its gradient makes
sense only in functions that do not depend on them.
"""

from __future__ import annotations

import numpy as np

from ..complexes import is_complex
from ..device import on_the_host, values_of
from ..limits import finfo
from ..namespaces import NUMPY, sum_to
from ..node import called
from ..primitive import PRIMITIVES, primitive
from ..return_types import returned
from ..several import several
from . import (
    diagonals,  # noqa: F401  (rules here apply its primitives)
    singular,
)
from .create import leaf
from .singular import NO_INVERSE, NO_SOLUTION, NOT_POSITIVE, bad_minor, refused, solved_triangle, zero_pivot
from .told import told
from .underivable import underivable

_call = {name: op.call for name, op in PRIMITIVES.items()}


def square(x, name):
    """Raise unless the last two dimensions are equal."""
    if x._array.ndim < 2:
        raise RuntimeError(f"linalg.{name}: The input tensor A must have at least 2 dimensions.")
    if x._array.shape[-1] != x._array.shape[-2]:
        rows, columns = x._array.shape[-2:]
        raise RuntimeError(f"linalg.{name}: A must be batches of square matrices, but they are {rows} by {columns} matrices")


def inv(x):
    """The inverse of square matrices."""
    square(x, "inv")
    try:
        return _call["inverse"](x)
    except np.linalg.LinAlgError:
        raise refused("linalg.inv", x._array, zero_pivot, NO_INVERSE) from None


# ---------------------------------------------------------------------- solving


@primitive(name="LinalgSolveExBackward0")
def solve_matrix(xp, a, b, *, left=True, vector=False):
    """The x with a @ x = b, or x @ a = b without ``left``; ``vector``: b's last dimension is one."""
    if vector:
        return xp.reshape(xp.np.linalg.solve(a, xp.reshape(b, (*b.shape, 1))), _of_vectors(a.shape, b.shape))
    return xp.np.linalg.solve(a, b) if left else xp.mT(xp.np.linalg.solve(xp.mT(a), xp.mT(b)))


def _of_vectors(matrices, vectors):
    return (*np.broadcast_shapes(matrices[:-2], vectors[:-1]), vectors[-1])


@solve_matrix.vjp("a")
def solve_a(xp, g, a, out, a_shape, left, vector):
    if vector:
        g, out = (xp.reshape(t, (*t.shape, 1)) for t in (g, out))
    back = xp.solve_matrix(xp.mT(a), g, left)
    return sum_to(xp, -xp.matmul(back, xp.mT(out)) if left else -xp.matmul(xp.mT(out), back), a_shape)


@solve_matrix.vjp("b")
def solve_b(xp, g, a, b_shape, left, vector):
    return sum_to(xp, xp.solve_matrix(xp.mT(a), g, left, vector), b_shape)


def solve(a, b, *, left=True):
    """The x with a @ x = b (or x @ a = b without ``left``); b is a vector, matrices, or batches of either."""
    square(a, "solve")
    vector = b._array.ndim == 1 or (a._array.ndim - 1 == b._array.ndim and b._array.shape == a._array.shape[:-1])
    try:
        return solve_matrix.call(a, b, left or vector, vector)
    except np.linalg.LinAlgError:
        raise refused("torch.linalg.solve", a._array, zero_pivot, NO_SOLUTION) from None


@primitive(name="LinalgSolveTriangularBackward0")
def solve_triangle(xp, a, b, *, upper, unitriangular, left=True):
    """The x with a @ x = b (or x @ a = b without ``left``), a triangular; what lies outside the triangle is not read."""
    a = triangle_of(xp, a, upper, unitriangular)
    return solved_triangle(xp, a, b, upper) if left else xp.mT(solved_triangle(xp, xp.mT(a), xp.mT(b), not upper))


def triangle_of(xp, a, upper, unitriangular):
    a = xp.triu(a, 0) if upper else xp.tril(a, 0)
    if unitriangular:
        eye = np.eye(a.shape[-1], dtype=bool)
        a = xp.where_mask(np.broadcast_to(eye, a.shape), 1, a)
    return a


@solve_triangle.vjp("a")
def solve_triangle_a(xp, g, a, out, a_shape, upper, unitriangular, left):
    back = xp.solve_triangle(xp.mT(a), g, not upper, unitriangular, left)
    full = -xp.matmul(back, xp.mT(out)) if left else -xp.matmul(xp.mT(out), back)
    k = int(unitriangular)
    return sum_to(xp, xp.triu(full, k) if upper else xp.tril(full, -k), a_shape)


@solve_triangle.vjp("b")
def solve_triangle_b(xp, g, a, b_shape, upper, unitriangular, left):
    return sum_to(xp, xp.solve_triangle(xp.mT(a), g, not upper, unitriangular, left), b_shape)


def solve_triangular(a, b, *, upper, left=True, unitriangular=False):
    """The x with a @ x = b (or x @ a = b without ``left``), a triangular."""
    return solve_triangle.call(a, b, upper, unitriangular, left)


# ---------------------------------------------------------------------- factorisations


@primitive(name="LinalgCholeskyExBackward0", holomorphic=False)
def cholesky_factor(xp, x, *, upper):
    """The lower triangular L with L @ L' = x, or L' if ``upper``."""
    if xp.np is np and np.isnan(x).any():  # which LAPACK would pass on
        raise np.linalg.LinAlgError
    if upper:  # of which LAPACK reads the upper triangle alone
        return xp.mH(xp.np.linalg.cholesky(xp.mH(x)))
    return xp.np.linalg.cholesky(x)


@cholesky_factor.vjp("x")
def cholesky_x(xp, g, out, upper):
    """L'^-1 (T + strict T') L^-1 / 2, T the lower triangle of L' g."""
    g, out = (xp.mH(g), xp.mH(out)) if upper else (g, out)
    product = xp.matmul(xp.mH(out), g)
    inner = xp.tril(product, 0) + xp.mH(xp.tril(product, -1))
    half = xp.solve_triangle(xp.mH(out), inner, True, False)
    return xp.mH(xp.solve_triangle(xp.mH(out), xp.mH(half), True, False)) * 0.5


def cholesky(x, *, upper=False):
    """The lower (or ``upper``) triangular factor of symmetric positive definite matrices."""
    square(x, "cholesky")
    try:
        return cholesky_factor.call(x, upper)
    except np.linalg.LinAlgError:
        raise refused("linalg.cholesky", x._array, bad_minor, NOT_POSITIVE) from None


@several(name="LinalgQrBackward0", holomorphic=False)
def qr_reduced(xp, x):
    """(Q with orthonormal columns, R upper triangular), Q @ R = x."""
    q, r = xp.np.linalg.qr(x)
    return q, r


@qr_reduced.vjp("x")
def qr_x(xp, g, x, out):
    """[gQ + Q copyltu(R gR' - gQ' Q)] R'^-1; a wide matrix's further columns are Q times their own R."""
    (q, r), (gq, gr) = out, g
    rows, columns = x.shape[-2:]
    if rows >= columns:
        return _qr_tall(xp, gq, gr, q, r)
    left, right = (..., slice(None, rows)), (..., slice(rows, None))
    gv = xp.take(gr, right)
    gx = _qr_tall(xp, gq + xp.matmul(xp.take(x, right), xp.mH(gv)), xp.take(gr, left), q, xp.take(r, left))
    return xp.cat([gx, xp.matmul(q, gv)], -1)


def _qr_tall(xp, gq, gr, q, r):
    m = xp.matmul(r, xp.mH(gr)) - xp.matmul(xp.mH(gq), q)
    lower = xp.tril(m, -1)
    middle = xp.tril(m, 0) - lower  # the diagonal, of which only the real part counts
    inner = gq + xp.matmul(q, lower + xp.mH(lower) + (middle + xp.mH(middle)) * 0.5)
    return xp.mH(xp.solve_triangle(r, xp.mH(inner), True, False))


def qr_word(x, some=True):
    """(Q, R), the older word."""
    return returned("qr")(*qr(x, "reduced" if some else "complete"))


def cholesky_word(x, upper=False):
    """The Cholesky factor, the older word."""
    return called(cholesky(x, upper=upper), "CholeskyBackward0")


def qr(x, mode="reduced"):
    """(Q, R): orthonormal columns times an upper triangular matrix."""
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    made = returned("linalg_qr")
    if mode == "r":
        q, r = leaf(np.empty(0, x._array.dtype)), qr_reduced(x.detach())[1]
        error = RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, mode='reduced') if "
            "you are going to differentiate through linalg.qr."
        )
        return made(*(underivable(error, t, x, name="LinalgQrBackward0") for t in (q, r)))
    if mode == "complete" and x._array.shape[-2] > x._array.shape[-1]:
        error = RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
        found = (leaf(part) for part in np.linalg.qr(x._array, "complete"))
        return made(*(underivable(error, t, x, name="LinalgQrBackward0") for t in found))
    return made(*told(qr_reduced(x), mode=mode))


@several(name="LinalgSvdBackward0", holomorphic=False, told=True)
def svd_reduced(xp, x):
    """(U, S, V'): U @ diag(S) @ V' = x."""
    u, s, vh = (singular.svd if xp.np is np else xp.np.linalg.svd)(x, full_matrices=False)
    return u, s, vh


@svd_reduced.vjp("x")
def svd_x(xp, g, out):
    """U [(skew(U' gU) / E) S + S (skew(V' gV) / E) + gS] V' and what lies outside the columns; E_ij = s_j² - s_i²."""
    (u, s, vh), (gu, gs, gvh) = out, g
    if gu is None and gvh is None:  # equal singular values do no harm
        return xp.matmul(u * xp.reshape(xp.cast(gs, u.dtype), (*s.shape[:-1], 1, s.shape[-1])), vh)
    gu, gvh, gs = u * 0 if gu is None else gu, vh * 0 if gvh is None else gvh, s * 0 if gs is None else gs
    k = s.shape[-1]
    eye = np.eye(k, dtype=bool)
    row, column = xp.reshape(s, (*s.shape[:-1], 1, k)), xp.reshape(s, (*s.shape, 1))
    gaps = (row - column) * (row + column)
    gaps = xp.where_mask(np.broadcast_to(eye, gaps.shape), 1, gaps)
    v, gv = xp.mH(vh), xp.mH(gvh)
    left, right = xp.matmul(xp.mH(u), gu), xp.matmul(vh, gv)
    skew = left - xp.mH(left)
    inner = skew / gaps * row + column * ((right - xp.mH(right)) / gaps)
    if is_complex(u):  # a pair of columns turns together, on the circle
        inner = inner + xp.where_mask(np.broadcast_to(eye, skew.shape), skew / (column * 2), 0)
    inner = inner + xp.diag_embed_at(xp.cast(gs, u.dtype), 0, len(gs.shape) - 1, len(gs.shape))
    whole = xp.matmul(xp.matmul(u, inner), vh)
    if u.shape[-2] > k:
        whole = whole + xp.matmul((gu - xp.matmul(u, left)) / row, vh)
    if vh.shape[-1] > k:
        whole = whole + xp.matmul(u, xp.mH((gv - xp.matmul(v, right)) / row))
    return whole


def _own_driver(driver):
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )


def svd(x, full_matrices=True, *, driver=None):
    """(U, S, V'): singular values in falling order."""
    _own_driver(driver)
    made = returned("linalg_svd")
    if full_matrices and x._array.shape[-1] != x._array.shape[-2]:
        full_u, _, full_vh = singular.svd(values_of(x))
        u, s, vh = svd_reduced(x)
        k = s._array.shape[-1]  # the further vectors only fill up a basis: no gradient, as in PyTorch
        return made(
            _call["cat_list"](u, leaf(full_u[..., k:]), dim=-1), s, _call["cat_list"](vh, leaf(full_vh[..., k:, :]), dim=-2)
        )
    return made(*svd_reduced(x))


def svdvals(x, *, driver=None):
    """The singular values, largest first."""
    _own_driver(driver)
    return svd_reduced(x)[1]


def svd_word(x, some=True, compute_uv=True):
    """(U, S, V), the older word: V is not transposed."""
    if not compute_uv:
        zeros = (leaf(np.zeros((*x._array.shape[:-2], n, n), x._array.dtype)) for n in x._array.shape[-2:])
        return returned("svd")(next(zeros), svdvals(x), next(zeros))
    u, s, vh = svd(x, full_matrices=not some)
    return returned("svd")(u, s, vh.mH)


def eigh(x, UPLO="L"):
    """(eigenvalues in rising order, eigenvectors) of symmetric matrices, read from one triangle."""
    square(x, "eigh")
    if UPLO not in ("L", "U", "l", "u"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    made = returned("linalg_eigh")
    return made(*PRIMITIVES["eigh"](x, uplo=UPLO.upper()))


def eigvalsh(x, UPLO="L"):
    """The eigenvalues of symmetric matrices, in rising order."""
    return eigh(x, UPLO)[0]


# ---------------------------------------------------------------------- pseudo-inverse and least squares


@primitive(name="LinalgPinvBackward0", holomorphic=False)
def pseudo_inverse(xp, x, *, rcond, hermitian=False):
    """Moore and Penrose's inverse, from the singular values above ``rcond`` times the largest; ``hermitian``: of the lower triangle."""
    if hermitian:
        lower = xp.tril(x, -1)
        x = lower + xp.mH(lower) + xp.cast(xp.real_part(xp.tril(x, 0) - lower), x.dtype)
    if xp.np is np and np.isnan(x).any():
        return x * np.nan if hermitian else singular.svd(x)  # which raises
    return xp.np.linalg.pinv(x, rcond=rcond)


@pseudo_inverse.vjp("x")
def pseudo_inverse_x(xp, g, x, out):
    """Golub and Pereyra (1973)."""
    p, gh, ph = out, xp.mH(g), xp.mH(out)
    if x.shape[-2] <= x.shape[-1]:
        k = xp.matmul(gh, p)
        kp = xp.matmul(k, ph)
        inside = -xp.mH(xp.matmul(p, k)) + kp - xp.matmul(xp.matmul(x, p), kp)
        return inside + xp.matmul(xp.matmul(ph, p), gh - xp.matmul(k, x))
    k = xp.matmul(p, gh)
    pk = xp.matmul(ph, k)
    outside = xp.matmul(xp.matmul(gh - xp.matmul(x, k), p), ph)
    return -xp.mH(xp.matmul(k, p)) + outside + pk - xp.matmul(xp.matmul(pk, p), x)


def pinv(x, rcond=None, hermitian=False, *, atol=None, rtol=None):
    """Moore and Penrose's inverse."""
    tolerance = rtol if rtol is not None else rcond
    if atol is not None:  # told relative to the largest, as LAPACK's users have it
        largest = np.linalg.svd(x._array, compute_uv=False).max(-1, initial=0)
        floor = 0.0 if tolerance is None else tolerance
        tolerance = np.maximum(getattr(atol, "_array", atol) / np.where(largest, largest, 1), floor)
    if tolerance is None:
        tolerance = max(x._array.shape[-2:]) * finfo(x.dtype).eps
    return pseudo_inverse.call(x, tolerance, hermitian)


def _cut_off(a, b, rcond, driver):
    """LAPACK's (solutions, ranks) where what is below ``rcond`` times the largest counts for nothing."""
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = np.broadcast_to(a, (*lead, *a.shape[-2:])), np.broadcast_to(b, (*lead, *b.shape[-2:]))
    solutions, ranks = np.empty((*lead, a.shape[-1], b.shape[-1]), a.dtype), np.empty(lead, np.int64)
    for place in np.ndindex(lead):
        solutions[place], _, ranks[place], _ = NUMPY._linalg().lstsq(a[place], b[place], cond=rcond, lapack_driver=driver)
    return solutions, leaf(ranks[()])


@primitive(name="LinalgLstsqBackward0", holomorphic=False)
def least_squares(xp, a, b, *, rcond):
    """The x that makes |a @ x - b| smallest, of vectors or matrices b: a's inverse of Moore and Penrose times b."""
    return _of_columns(xp, xp.matmul(xp.np.linalg.pinv(a, rcond=rcond), _columns(xp, a, b)), a, b)


def _columns(xp, a, b):
    return xp.reshape(b, (*b.shape, 1)) if len(b.shape) < len(a.shape) else b


def _of_columns(xp, x, a, b):
    return xp.reshape(x, tuple(x.shape)[:-1]) if len(b.shape) < len(a.shape) else x


@least_squares.vjp("a")
def least_squares_a(xp, g, a, b, out, a_shape, rcond):  # out is saved as in PyTorch, so that a write to it is noticed
    inverse = xp.pseudo_inverse(a, rcond, False)
    return sum_to(xp, pseudo_inverse_x(xp, xp.matmul(_columns(xp, a, g), xp.mH(_columns(xp, a, b))), a, inverse), a_shape)


@least_squares.vjp("b")
def least_squares_b(xp, g, a, b, out, b_shape, rcond):
    back = xp.matmul(xp.mH(xp.pseudo_inverse(a, rcond, False)), _columns(xp, a, g))
    return sum_to(xp, xp.reshape(back, tuple(back.shape)[:-1]) if len(b_shape) < len(a.shape) else back, b_shape)


@on_the_host
def lstsq(a, b, rcond=None, *, driver=None):
    """(solution, residuals, rank, singular_values) of min |a @ x - b|; the solution is differentiable."""
    solution = least_squares.call(a, b, max(a._array.shape[-2:]) * finfo(a.dtype).eps)
    rank = leaf(np.empty(0, np.int64) if driver == "gels" else np.asarray(np.linalg.matrix_rank(a._array)))
    if rcond is not None and driver != "gels":
        cut, rank = _cut_off(a._array, b._array, rcond, driver or "gelsy")
        solution._array = cut  # PyTorch's gradient is that of the whole matrix
    rows, columns = a._array.shape[-2:]
    judged = rows > columns and driver not in (None, "gelsy")  # LAPACK's gelsy tells no residuals
    residuals = ((a @ solution - b).abs() ** 2).sum(-2) if judged else leaf(np.empty(0, a._array.real.dtype))
    values = np.linalg.svd(a._array, compute_uv=False) if driver in ("gelsd", "gelss") else np.empty(0, a._array.real.dtype)
    return returned("linalg_lstsq")(solution, residuals, rank, leaf(values))
