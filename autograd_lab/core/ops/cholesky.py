"""What is solved by a Cholesky factor that is known already.

The gradient of a factor is that of the whole matrix, as if its other triangle were read too: PyTorch's.
"""

from __future__ import annotations

from ..device import values_of
from ..namespaces import sum_to
from ..primitive import primitive
from .decompositions import triangle_of
from .singular import NO_INVERSE, refused, solved_triangle, zero_on_diagonal


@primitive(name="CholeskyInverseBackward0", holomorphic=False)
def cholesky_inverted(xp, x, *, upper):
    """The inverse of the matrix of which one triangle of x is the Cholesky factor."""
    return xp.inv(_product(xp, x, upper))


def _product(xp, factor, upper):
    f = triangle_of(xp, factor, upper, False)
    return xp.matmul(xp.mH(f), f) if upper else xp.matmul(f, xp.mH(f))


@cholesky_inverted.vjp("x")
def cholesky_inverted_x(xp, g, x, out, upper):
    both = xp.matmul(xp.matmul(out, g + xp.mH(g)), out)
    return -xp.matmul(x, both) if upper else -xp.matmul(both, x)


def cholesky_inverse(x, upper=False):
    """The inverse of the matrix whose Cholesky factor is x."""
    if x._array.dtype.itemsize > 2 and (values_of(x).diagonal(0, -2, -1) == 0).any():
        raise refused("cholesky_inverse", values_of(x), zero_on_diagonal, NO_INVERSE)
    return cholesky_inverted.call(x, upper)


@primitive(name="CholeskySolveBackward0", holomorphic=False)
def cholesky_solved(xp, x, factor, *, upper):
    """The solution for x of a system, one triangle of ``factor`` the Cholesky factor of its matrix."""
    f = triangle_of(xp, factor, upper, False)
    first, last = (xp.mH(f), f) if upper else (f, xp.mH(f))
    return solved_triangle(xp, last, solved_triangle(xp, first, x, False), True)


@cholesky_solved.vjp("x")
def cholesky_solved_x(xp, g, x, factor, out, upper):  # all are saved, as in PyTorch, so that a write is noticed
    return sum_to(xp, xp.cholesky_solved(g, factor, upper), tuple(x.shape))


@cholesky_solved.vjp("factor")
def cholesky_solved_factor(xp, g, x, factor, out, factor_shape, upper):
    both = xp.matmul(xp.cholesky_solved(g, factor, upper), xp.mH(out))
    both = both + xp.mH(both)
    return sum_to(xp, -xp.matmul(factor, both) if upper else -xp.matmul(both, factor), factor_shape)


def cholesky_solve(x, factor, upper=False):
    """The solution of a system whose matrix has the Cholesky factor given."""
    return cholesky_solved.call(x, factor, upper)
