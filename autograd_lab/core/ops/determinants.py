"""Determinants, their signs and logarithms."""

from __future__ import annotations

import math

import numpy as np

from ..complexes import is_complex
from ..primitive import primitive
from ..return_types import returned
from ..several import several
from ..tensor import wrap
from .decompositions import square
from .gathering import where
from .singular import NO_SOLUTION, divided_anyway, refused, zero_pivot
from .underivable import underivable


@primitive(name="LinalgDetBackward0")
def determinant(xp, x):
    """The determinant."""
    return xp.np.linalg.det(x)


@determinant.vjp("x")
def determinant_x(xp, g, x, out):
    if isinstance(flat := getattr(out, "_array", out), (np.ndarray, np.generic)) and not np.all(flat):
        if hasattr(x, "_array"):
            return xp.reshape(g, (*out.shape, 1, 1)) * _cofactors(xp, x)
        if x.shape[-1] > 1:  # 0 where there is no inverse: a plain backward's answer in PyTorch
            x = np.where(np.reshape(out == 0, (*np.shape(out), 1, 1)), np.eye(x.shape[-1], dtype=x.dtype), x)
        else:
            return xp.reshape(g, (*out.shape, 1, 1)) * np.ones_like(x)
    return xp.reshape(g * out, (*out.shape, 1, 1)) * xp.mT(xp.inv(x))


def _cofactors(xp, x):
    """The derivatives of the determinant where there may be no inverse: det(U) det(V') conj(U) adj(S) V^T.

    PyTorch gives these to ``create_graph=True`` only, and 0 otherwise; finite differences and JAX give them always.
    """
    if is_complex(x) and getattr(x, "requires_grad", False):  # phases of vectors for the value 0 are free: their slope is 0 / 0
        error = NotImplementedError(
            "det: second derivatives at a singular complex matrix are not supported; add a little to its diagonal"
        )
        return underivable(error, _cofactors(xp, x.detach()), x)
    u, s, vh = xp.svd_reduced(x)
    n = x.shape[-1]
    row = xp.expand(xp.reshape(s, (*s.shape[:-1], 1, n)), (*s.shape[:-1], n, n))
    others = xp.prod(xp.where_mask(np.broadcast_to(np.eye(n, dtype=bool), row.shape), 1, row), -1)
    turned = xp.determinant(u) * xp.determinant(vh)
    scaled = xp.conj(u) * xp.cast(xp.reshape(others, (*s.shape[:-1], 1, n)), x.dtype)
    return xp.reshape(turned, (*turned.shape, 1, 1)) * xp.matmul(scaled, xp.conj(vh))


def det(x):
    """The determinant of square matrices."""
    square(x, "det")
    return determinant.call(x)


@several(name="LinalgSlogdetBackward0", holomorphic=False, told=True)
def sign_and_log(xp, x):
    """(sign, log |det|)."""
    sign, log = xp.np.linalg.slogdet(x)
    return sign, log


@sign_and_log.vjp("x")
def sign_and_log_x(xp, g, x, out):
    of_sign, along = g
    if is_complex(x) and of_sign is not None:  # a complex sign turns on the circle, a real one nowhere
        turning = xp.imag_part(xp.conj(of_sign) * out[0]) * -1j
        along = turning if along is None else along + turning
    if along is None:
        return None
    if isinstance(x, np.ndarray) and not np.all(out[0]):
        turned = divided_anyway(x)
    elif (array := getattr(x, "_array", None)) is not None and not np.all(getattr(out[0], "_array", 1)):
        raise refused("torch.linalg.solve", array, zero_pivot, NO_SOLUTION)
    else:
        turned = xp.mH(xp.inv(x))
    return xp.reshape(along, (*out[1].shape, 1, 1)) * turned


def slogdet(x):
    """(sign, log of the absolute value) of the determinant."""
    square(x, "slogdet")
    return returned("slogdet")(*sign_and_log(x))


def linalg_slogdet(x):
    """(sign, log of the absolute value) of the determinant."""
    return returned("linalg_slogdet")(*slogdet(x))


def logdet(x):
    """log of the determinant; nan where that is negative."""
    sign, log = slogdet(x)
    if is_complex(x):
        return log + sign.log()
    return where(wrap(sign._array == -1), math.nan, log)
