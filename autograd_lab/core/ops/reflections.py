"""Products of Householder reflections H = I - tau v v', which is how LAPACK keeps an orthogonal matrix.

Column i of x holds v_i below its diagonal; v_i is 1 at i and 0 above.
"""

from __future__ import annotations

import numpy as np

from ..device import on_the_host
from ..primitive import primitive
from ..return_types import returned
from ..tensor import wrap
from . import diagonals  # noqa: F401  (rules here apply its primitives)
from .create import leaf
from .underivable import underivable


def _reflections(xp, x, tau, adjoint):
    """[(v, tau)] in the order in which they are applied to give H_1 ... H_k c, or with ``adjoint`` its adjoint times c."""
    rows, found = np.arange(x.shape[-2])[:, None], []
    for i in range(tau.shape[-1]):
        column = xp.take(x, (..., slice(i, i + 1)))
        v = xp.where_mask(np.broadcast_to(rows > i, column.shape), column, 0) + (rows == i)
        t = xp.reshape(xp.take(tau, (..., slice(i, i + 1))), (*tau.shape[:-1], 1, 1))
        found.append((v, xp.conj(t) if adjoint else t))
    return found if adjoint else found[::-1]


def _reflected(xp, steps, c):
    """All stages of c on its way through the reflections."""
    stages = [c]
    for v, t in steps:
        stages.append(stages[-1] - t * xp.matmul(v, xp.matmul(xp.mH(v), stages[-1])))
    return stages


def _pulled_back(xp, g, x, tau, c, adjoint):
    """(gradients of x, of tau, of c): with a = v'g and b = v'c, gtau = -a b', gv = -conj(t) g b' - t c a', gc = g - conj(t) v a."""
    steps = _reflections(xp, x, tau, adjoint)
    stages = _reflected(xp, steps, c)
    columns, factors = [], []
    for (v, t), c in zip(reversed(steps), reversed(stages[:-1])):
        a, b = xp.matmul(xp.mH(v), g), xp.matmul(xp.mH(v), c)
        factor, back = -xp.matmul(a, xp.mH(b)), xp.conj(t)
        columns.append(-xp.matmul(g, xp.mH(b)) * back - xp.matmul(c, xp.mH(a)) * t)
        factors.append(xp.conj(factor) if adjoint else factor)
        g = g - xp.matmul(v, a) * back
    if adjoint:
        columns, factors = columns[::-1], factors[::-1]
    k = len(columns)
    rest = [xp.take(x, (..., slice(k, None))) * 0] if x.shape[-1] > k else []
    gx = xp.tril(xp.cat([*columns, *rest], -1), -1) if columns else x * 0
    gtau = xp.reshape(xp.cat(factors, -1), tau.shape) if factors else tau * 0
    return gx, gtau, g


def _identity(xp, x):
    array = getattr(x, "_array", x)
    eye = np.broadcast_to(np.eye(*array.shape[-2:], dtype=array.dtype), array.shape)
    return wrap(eye.copy()) if hasattr(x, "_array") else eye


@primitive(name="LinalgHouseholderProductBackward0", holomorphic=False)
def reflections(xp, x, tau):
    """The first columns of H_1 ... H_k."""
    return _reflected(xp, _reflections(xp, x, tau, False), _identity(xp, x))[-1]


# What was made is saved too, as in PyTorch, so that a write to it is noticed.


@reflections.vjp("x")
def reflections_x(xp, g, x, tau, out):
    return _pulled_back(xp, g, x, tau, _identity(xp, x), False)[0]


@reflections.vjp("tau")
def reflections_tau(xp, g, x, tau, out):
    return _pulled_back(xp, g, x, tau, _identity(xp, x), False)[1]


@primitive(name="OrmqrBackward0", holomorphic=False)
def reflected(xp, x, tau, c, *, left, transpose):
    """Q c or c Q, Q = H_1 ... H_k, or with its adjoint."""
    out = _reflected(xp, _reflections(xp, x, tau, left == transpose), c if left else xp.mH(c))[-1]
    return out if left else xp.mH(out)


def _reflected_back(xp, g, x, tau, c, left, transpose):
    if left:
        return _pulled_back(xp, g, x, tau, c, transpose)
    gx, gtau, gc = _pulled_back(xp, xp.mH(g), x, tau, xp.mH(c), not transpose)
    return gx, gtau, xp.mH(gc)


@reflected.vjp("x")
def reflected_x(xp, g, x, tau, c, out, left, transpose):
    return _reflected_back(xp, g, x, tau, c, left, transpose)[0]


@reflected.vjp("tau")
def reflected_tau(xp, g, x, tau, c, out, left, transpose):
    return _reflected_back(xp, g, x, tau, c, left, transpose)[1]


@reflected.vjp("c")
def reflected_c(xp, g, x, tau, c, out, left, transpose):
    return _reflected_back(xp, g, x, tau, c, left, transpose)[2]


def _checked(word, x, tau):
    if x._array.ndim < 2:
        raise RuntimeError(f"{word}: input must have at least 2 dimensions.")
    if x._array.shape[-2] < x._array.shape[-1]:
        raise RuntimeError(f"{word}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if x._array.shape[-1] < tau._array.shape[-1]:
        raise RuntimeError(f"{word}: input.shape[-1] must be greater than or equal to tau.shape[-1]")


def householder_product(x, tau):
    """The first columns of H_1 ... H_k, from what ``geqrf`` gives: the Q of a QR decomposition."""
    _checked("torch.linalg.householder_product", x, tau)
    return reflections.call(x, tau)


orgqr = householder_product


def ormqr(x, tau, other, left=True, transpose=False):
    """``other`` multiplied by Q = H_1 ... H_k from the ``left`` or the right, or by its adjoint."""
    m, k = other._array.shape[-2 if left else -1], tau._array.shape[-1]
    if x._array.shape[-2] != m:
        raise RuntimeError(f"torch.ormqr: other.shape[{-2 if left else -1}] must be equal to input.shape[-2]")
    if k > m:
        raise RuntimeError(f"torch.ormqr: other.shape[{-2 if left else -1}] must be greater than or equal to tau.shape[-1]")
    return reflected.call(x, tau, other, left, transpose)


@on_the_host
def geqrf(x):
    """(R above the reflections' vectors, their factors): LAPACK's form of a QR decomposition, which has no derivative."""
    packed, tau = np.linalg.qr(x._array, mode="raw")
    told = NotImplementedError("the derivative for 'geqrf' is not implemented.")
    made = leaf(np.ascontiguousarray(np.swapaxes(packed, -1, -2))), leaf(tau)
    return returned("geqrf")(*(underivable(told, out, x, name="GeqrfBackward0") for out in made))
