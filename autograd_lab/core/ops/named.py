"""Words of linear algebra that combine others: the LU family, tensor solves, checked versions, Vandermonde's matrix."""

from __future__ import annotations

import math

import numpy as np

from ..device import on_the_host
from ..namespaces import sum_to
from ..node import called
from ..primitive import primitive
from ..return_types import returned
from ..several import several
from ..tensor import wrap
from .convert import dim_of
from .create import leaf
from .decompositions import cholesky, inv, solve, solve_triangular
from .joining import cat
from .later import asked
from .reshaping import reshape_alias
from .singular import NO_INVERSE, NO_SOLUTION, NOT_POSITIVE, LinAlgError, bad_minor, refused, substituted, which, zero_pivot


@several(name="LinalgLuBackward0", holomorphic=False)
def lu_factors(xp, x, *, pivots):
    """(L, U) of x with its rows in the order ``pivots``: L unit lower triangular, U upper triangular."""
    n, m = x.shape[-2:]
    x = xp.take(x, (*np.ogrid[tuple(slice(k) for k in x.shape[:-1])][:-1], pivots))
    lower, upper, k = [], [], min(n, m)
    if not k:
        return x[..., :0], x[..., :0, :]
    rest = x
    for i in range(k):
        row = rest[..., i : i + 1, :]
        pivot = row[..., :, i : i + 1]
        column = rest[..., :, i : i + 1] / xp.where_mask(pivot == 0, 1, pivot)  # a column of zeros stays one
        below = (np.arange(n) > i)[:, None]
        column = xp.where_mask(np.broadcast_to(below, column.shape), column, 0)
        lower.append(column + (np.arange(n) == i)[:, None])
        upper.append(xp.where_mask(np.broadcast_to(np.arange(m) >= i, row.shape), row, 0))
        rest = rest - xp.matmul(column, row)
    return xp.cat(lower, -1), xp.cat(upper, -2)


@lu_factors.vjp("x")
def lu_factors_x(xp, g, x_shape, out, pivots):
    """P L'^-1 [strict tril(L' gL) + triu(gU U')] U'^-1 of the square part, from which the rest is taken off."""
    (lower, upper), (to_lower, to_upper) = out, g
    rows, columns = x_shape[-2:]
    k = min(rows, columns)
    first, rest = (..., slice(None, k)), (..., slice(k, None))
    top, under = (..., slice(None, k), slice(None)), (..., slice(k, None), slice(None))
    square_l, square_u = xp.take(lower, top), xp.take(upper, first)
    below, above = xp.matmul(xp.mH(square_l), xp.take(to_lower, top)), xp.matmul(xp.take(to_upper, first), xp.mH(square_u))
    more = []
    if columns > rows:
        right = xp.take(to_upper, rest)
        below = below - xp.matmul(right, xp.mH(xp.take(upper, rest)))
        more = [xp.solve_triangle(xp.mH(square_l), right, True, False)]
    elif rows > columns:
        under_g = xp.take(to_lower, under)
        above = above - xp.matmul(xp.mH(xp.take(lower, under)), under_g)
        more = [_over_triangle(xp, under_g, square_u)]
    inner = xp.solve_triangle(xp.mH(square_l), xp.tril(below, -1) + xp.triu(above, 0), True, False)
    whole = xp.cat([_over_triangle(xp, inner, square_u), *more], -1 if columns > rows else -2) if more else (
        _over_triangle(xp, inner, square_u))  # fmt: skip
    back = np.argsort(pivots, -1)
    return xp.take(whole, (*np.ogrid[tuple(slice(n) for n in x_shape[:-1])][:-1], back))


@primitive(name="LinalgLuFactorExBackward0", holomorphic=False)
def lu_packed(xp, x, *, pivots):
    """L and U of ``lu_factors`` in one matrix, L's diagonal of ones left out."""
    return _packed(xp, *lu_factors.forward(xp, x, pivots=pivots))


def _packed(xp, lower, upper):
    """What is below L's diagonal, and U, in one matrix."""
    rows, columns, below = lower.shape[-2], upper.shape[-1], xp.tril(lower, -1)
    k = min(rows, columns)
    if rows > columns:
        return xp.cat([_first(xp, below, -2) + upper, xp.take(below, (..., slice(k, None), slice(None)))], -2)
    first = below + _first(xp, upper, -1)
    return first if rows == columns else xp.cat([first, xp.take(upper, (..., slice(k, None)))], -1)


@lu_packed.vjp("x")
def lu_packed_x(xp, g, x_shape, out, pivots):
    return lu_factors_x(
        xp, (xp.tril(_first(xp, g, -1), -1), xp.triu(_first(xp, g, -2), 0)), x_shape, _unpacked(xp, out), pivots
    )


def _first(xp, x, dim):
    """As many columns, or rows for -2, of x as it has of both."""
    part = slice(None, min(x.shape[-2:]))
    return xp.take(x, (..., part) if dim == -1 else (..., part, slice(None)))


def _unpacked(xp, factors):
    """(L, U) of what ``lu_packed`` packed."""
    lower = xp.tril(_first(xp, factors, -1), -1)
    diagonal = np.broadcast_to(np.eye(*lower.shape[-2:], dtype=bool), tuple(lower.shape))
    return xp.where_mask(diagonal, 1, lower), xp.triu(_first(xp, factors, -2), 0)


@several(name="LuUnpackBackward0")
def lu_unpacked(xp, factors):
    """(L, U) of both in one matrix."""
    return _unpacked(xp, factors)


@lu_unpacked.vjp("factors")
def lu_unpacked_factors(xp, g):
    return _packed(xp, g[0], xp.triu(g[1], 0))


@primitive(name="LinalgLuSolveBackward0", holomorphic=False)
def lu_solution(xp, factors, b, *, pivots, left, adjoint):
    """The x with a @ x = b (x @ a = b without ``left``), a or with ``adjoint`` a' being L @ U, its rows in the order ``pivots``."""
    a = _moved(xp, xp.matmul(*_unpacked(xp, factors)), np.argsort(pivots, -1))
    a = xp.mH(a) if adjoint else a
    try:
        return xp.np.linalg.solve(a, b) if left else xp.mT(xp.np.linalg.solve(xp.mT(a), xp.mT(b)))
    except np.linalg.LinAlgError:  # its answer shows where: infinities, as in PyTorch
        found = _by_factors(xp, factors, b if left else xp.mH(b), pivots, adjoint if left else not adjoint)
        return found if left else xp.mH(found)


def _by_factors(xp, factors, b, pivots, adjoint):
    lower, upper = _unpacked(xp, factors)
    if not adjoint:
        return substituted(upper, substituted(lower, _moved(xp, b, pivots), False), True)
    found = substituted(xp.mH(lower), substituted(xp.mH(upper), b, False), True)
    return _moved(xp, found, np.argsort(pivots, -1))


@lu_solution.vjp("b")
def lu_solution_b(xp, g, factors, b_shape, pivots, left, adjoint):
    return sum_to(xp, xp.lu_solution(factors, g, pivots, left, not adjoint), b_shape)


@lu_solution.vjp("factors")
def lu_solution_factors(xp, g, factors, out, factors_shape, pivots, left, adjoint):
    """Of a it is -a'^-1 g x'; then tril(ga U') and triu(L' ga), of which L's diagonal has none."""
    to_b = xp.lu_solution(factors, g, pivots, left, not adjoint)
    to_a = -(xp.matmul(to_b, xp.mH(out)) if left else xp.matmul(xp.mH(out), to_b))
    moved = _moved(xp, xp.mH(to_a) if adjoint else to_a, pivots)
    lower, upper = _unpacked(xp, factors)
    return sum_to(xp, xp.tril(xp.matmul(moved, xp.mH(upper)), -1) + xp.triu(xp.matmul(xp.mH(lower), moved), 0), factors_shape)


def _moved(xp, x, order):
    """Rows of matrices in an ``order`` of their own."""
    lead = np.broadcast_shapes(tuple(x.shape[:-2]), order.shape[:-1])
    order = np.broadcast_to(order, (*lead, order.shape[-1]))
    return xp.take(xp.expand(x, (*lead, *x.shape[-2:])), (*np.ogrid[tuple(slice(k) for k in order.shape)][:-1], order))


def _over_triangle(xp, x, upper):
    """x U'^-1."""
    return xp.mH(xp.solve_triangle(upper, xp.mH(x), True, False))


def _pivots(x):
    """The order of rows that partial pivoting chooses, and its 1-based exchanges as LAPACK counts them."""
    rest = np.array(x._array)
    n, k = rest.shape[-2], min(rest.shape[-2:])
    order = np.broadcast_to(np.arange(n), rest.shape[:-1]).copy()
    exchanges = np.empty((*rest.shape[:-2], k), np.int32)
    for i in range(k):
        best = i + (np.abs(rest[..., i:, i].real) + np.abs(rest[..., i:, i].imag)).argmax(-1)  # LAPACK's measure
        exchanges[..., i] = best + 1
        for place in np.ndindex(best.shape):
            swap = [best[place], i]
            rest[place][[i, best[place]]] = rest[place][swap]
            order[place][[i, best[place]]] = order[place][swap]
        pivot = rest[..., i : i + 1, i : i + 1]
        rest[..., i + 1 :, :] -= rest[..., i + 1 :, i : i + 1] / np.where(pivot == 0, 1, pivot) * rest[..., i : i + 1, :]
    return order, exchanges


def _pivoting(pivot):
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")


@on_the_host
def lu(x, *, pivot=True):
    """(P, L, U) with P @ L @ U = x."""
    _pivoting(pivot)
    order = _pivots(x)[0]
    lower, upper = lu_factors(x, pivots=order)
    p = np.zeros((*order.shape, order.shape[-1]), x._array.dtype)
    np.put_along_axis(p, order[..., None, :], 1, -2)
    return returned("linalg_lu")(leaf(p), lower, upper)


@on_the_host
def lu_factor(x, *, pivot=True):
    """(L and U in one matrix, exchanges); an error where a pivot is 0."""
    return returned("linalg_lu_factor")(*_lu_factored(x, pivot, "lu_factor")[:2])


def _lu_factored(x, pivot, word):
    """(L and U in one matrix, exchanges, 0 or the number of the first pivot that is 0): an error then, of a ``word``."""
    _pivoting(pivot)
    order, exchanges = _pivots(x)
    packed = lu_packed.call(x, order)
    zero = np.diagonal(packed._array, 0, -2, -1) == 0
    info = np.asarray(np.where(zero.any(-1), zero.argmax(-1) + 1, 0) if zero.shape[-1] else np.zeros(zero.shape[:-1]), np.int32)
    if word and info.any():
        told = (
            "U[{0},{0}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the "
        )
        told += "factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
        batch = f"(Batch element {int(np.flatnonzero(info)[0])}): " if info.ndim else ""
        raise RuntimeError(f"torch.linalg.{word}: {batch}{told.format(info[info > 0].flat[0])}")
    return packed, leaf(exchanges), leaf(info[()])


@on_the_host
def lu_factor_ex(x, *, pivot=True, check_errors=False):
    """As ``lu_factor``, with 0 for success, else the number of the first pivot that is 0: an error with ``check_errors``."""
    return returned("linalg_lu_factor_ex")(*_lu_factored(x, pivot, "lu_factor_ex" if check_errors else ""))


@on_the_host
def lu_solve(LU, pivots, B, *, left=True, adjoint=False):
    """The solution of a system from ``lu_factor``'s answer."""
    return lu_solution.call(LU, B, _order_of(pivots._array, LU._array.shape[-1]), left, adjoint)


def _order_of(exchanges, rows):
    """The order of rows that LAPACK's exchanges make."""
    order = np.broadcast_to(np.arange(rows), (*exchanges.shape[:-1], rows)).copy()
    for place in np.ndindex(order.shape[:-1]):
        for i, j in enumerate(exchanges[place] - 1):
            order[place][[i, j]] = order[place][[j, i]]
    return order


@on_the_host
def lu_solve_word(b, factors, pivots):
    """The solution of a system from ``lu_factor``'s answer, the older word."""
    asked("linalg.lu_solve")(factors, pivots, b)
    return lu_solve(factors, pivots, b)


def _told(word, matrix, where, says, check_errors, computed):
    """(what is ``computed`` of the matrices with an answer, nan elsewhere; 0 for success, else where the trouble is)."""
    try:
        info = np.zeros(matrix._array.shape[:-2], np.int32)
        found = computed(matrix)
    except LinAlgError:
        if check_errors:
            raise refused(f"{'torch.' * (word == 'solve_ex')}linalg.{word}", matrix._array, where, says) from None
        info = which(matrix._array, where)
        bad = np.broadcast_to((info != 0)[..., None, None], matrix._array.shape)
        found = computed(matrix.masked_fill(wrap(bad), 0) + wrap(np.eye(bad.shape[-1], dtype=matrix._array.dtype) * bad))
        vector = found._array.ndim < bad.ndim
        found = found.masked_fill(wrap((info != 0)[..., None] if vector else (info != 0)[..., None, None]), np.nan)
    return returned(f"linalg_{word}")(found, leaf(info[()]))


@on_the_host
def inv_ex(x, *, check_errors=False):
    """(inverse, 0 for success): a matrix that has none has nan, and the number of its first pivot that is 0."""
    return _told("inv_ex", x, zero_pivot, NO_INVERSE, check_errors, inv)


def cholesky_ex(x, *, upper=False, check_errors=False):
    """(Cholesky factor, 0 for success): a matrix that has none has nan, and the order of its first minor that is not positive."""

    def factor(x):
        return cholesky(x, upper=upper)

    return _told("cholesky_ex", x, bad_minor, NOT_POSITIVE, check_errors, factor)


@on_the_host
def solve_ex(a, b, *, left=True, check_errors=False):
    """(solution, 0 for success): a system that has none has nan, and the number of the first pivot that is 0."""
    return _told("solve_ex", a, zero_pivot, NO_SOLUTION, check_errors, lambda a: solve(a, b, left=left))


def triangular_solve(b, a, upper=True, transpose=False, unitriangular=False):
    """(solution, a): the older word for ``linalg.solve_triangular``."""
    found = solve_triangular(a.mT if transpose else a, b, upper=upper != transpose, unitriangular=unitriangular)
    found = called(found, "TriangularSolveBackward0")
    return returned("triangular_solve")(found, a.clone())


def tensorinv(x, ind=2):
    """The inverse of a tensor as a map from its last dimensions to its first ``ind``."""
    first, last = x._array.shape[:ind], x._array.shape[ind:]
    return reshape_alias.call(inv(x.reshape(math.prod(first), -1)), (*last, *first))


def tensorsolve(a, b, dims=None):
    """The x with tensordot(a, x) = b."""
    if dims is not None:
        rest = [d for d in range(a._array.ndim) if d not in {k % a._array.ndim for k in dims}]
        a = a.permute(*rest, *(d % a._array.ndim for d in dims))
    shape = a._array.shape[b._array.ndim :]
    return solve(a.reshape(b._array.size, -1), b.reshape(-1)).reshape(shape)


@on_the_host
def lu_word(x, pivot=True, get_infos=False):
    """(L and U in one matrix, exchanges), and with ``get_infos`` 0 for success: the older word."""
    _pivoting(pivot)
    return _lu_factored(x, pivot, "" if get_infos else "lu_factor")[: 2 + bool(get_infos)]


@on_the_host
def lu_unpack(factors, pivots, unpack_data=True, unpack_pivots=True):
    """(P, L, U) of what ``lu_factor`` packed."""
    rows = factors._array.shape[-2]
    dtype, none = factors._array.dtype, leaf(np.empty(0, factors._array.dtype))
    p, lower, upper = none, none, none
    if unpack_data:
        lower, upper = lu_unpacked(factors)
    if unpack_pivots:
        if ((pivots._array < 1) | (pivots._array > rows)).any():
            told = "Did you properly pass the result of lu_factor?"
            raise RuntimeError(f"pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive.{told}")
        order = _order_of(pivots._array, rows)
        exchange = np.zeros((*order.shape, rows), dtype)
        np.put_along_axis(exchange, order[..., None, :], 1, -2)
        p = leaf(exchange)
    return returned("lu_unpack")(p, lower, upper)


def vander(x, *, N=None):
    """Powers 0 .. N-1 of each element, as a last dimension."""
    x = x if x._array.ndim else x.reshape(1)
    n = x._array.shape[-1] if N is None else N
    ones = leaf(np.ones((*x._array.shape, 1), x._array.dtype))
    return cat([ones, x.unsqueeze(-1).expand(*x._array.shape, n - 1).cumprod(-1)], -1)


def vecdot(x, y, *, dim=-1):
    """Sums of products along ``dim``."""
    return (x.conj() * y).sum(dim_of(dim, max(x._array.ndim, y._array.ndim)))
