"""Orthogonal polynomials by their recurrences, elementwise in x and in the degree n. PyTorch takes no derivative of these.

A family is p_0 = 1, a p_1, and p_(k+1) = step(x, k, p_k, p_(k-1)); see chapter 18 of the NIST Digital Library of Mathematical
Functions, table 18.9.1. A degree below 0 gives 0, as in PyTorch.
"""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..device import on_the_host
from ..low_precision import LOW
from ..mistakes import mismatch
from ..refusals import no_kernel
from ..tensor import Tensor
from .create import leaf


def _chebyshev(x, k, p, before):
    return 2 * x * p - before


FAMILIES = {
    "chebyshev_polynomial_t": ("Chebyshev's polynomial of the first kind, T_n(x).", lambda x: x, _chebyshev),
    "chebyshev_polynomial_u": ("Chebyshev's polynomial of the second kind, U_n(x).", lambda x: 2 * x, _chebyshev),
    "chebyshev_polynomial_v": ("Chebyshev's polynomial of the third kind, V_n(x).", lambda x: 2 * x - 1, _chebyshev),
    "chebyshev_polynomial_w": ("Chebyshev's polynomial of the fourth kind, W_n(x).", lambda x: 2 * x + 1, _chebyshev),
    "hermite_polynomial_h": ("The physicists' Hermite polynomial H_n(x).", lambda x: 2 * x,
                             lambda x, k, p, before: 2 * (x * p - k * before)),
    "hermite_polynomial_he": ("The probabilists' Hermite polynomial He_n(x).", lambda x: x, lambda x, k, p, before: x * p - k * before),
    "laguerre_polynomial_l": ("Laguerre's polynomial L_n(x).", lambda x: 1 - x,
                              lambda x, k, p, before: ((2 * k + 1 - x) * p - k * before) / (k + 1)),
    "legendre_polynomial_p": ("Legendre's polynomial P_n(x).", lambda x: x,
                              lambda x, k, p, before: ((2 * k + 1) * x * p - k * before) / (k + 1)),
}  # fmt: skip
_SHIFTED = [name for name in FAMILIES if name.startswith("chebyshev")]
WORDS = (*FAMILIES, *(f"shifted_{name}" for name in _SHIFTED))


def _polynomial(family: str, shifted: bool):
    doc, first, step = FAMILIES[family]

    @on_the_host
    def word(x, n):
        x, n = (t._array if isinstance(t, Tensor) else t for t in (x, n))
        dtype = _common(word.__name__, x, n)
        at = (x if hasattr(x, "dtype") else np.asarray(x)).astype(dtype).astype("f8")
        at = 2 * at - 1 if shifted else at
        degree = np.trunc(np.asarray(n)).astype(np.int64)
        try:
            at, degree = np.broadcast_arrays(at, degree)
        except ValueError:
            raise RuntimeError(mismatch(np.shape(at), np.shape(degree))) from None
        before, now, out = np.ones_like(at), first(at), np.where(degree == 0, 1.0, 0.0)
        for k in range(1, int(degree.max(initial=0)) + 1):
            out = np.where(degree == k, now, out)
            before, now = now, step(at, k, now, before)
        return leaf(out.astype(dtype)[()])

    word.__name__ = ("shifted_" if shifted else "") + family
    word.__doc__ = doc[:-1] + ", of 2x - 1 for x." if shifted else doc
    return word


def _common(word: str, x, n) -> np.dtype:
    """The floating dtype of the two together: a Python number has no say beside a tensor."""
    for a in (x, n):
        if np.iscomplexobj(a):
            raise no_kernel(f"{word}_cpu", dtypes.of_number(1j) if type(a) is complex else a.dtype)
    arrays = [a for a in (x, n) if hasattr(a, "dtype")]
    found, ndim = arrays[0].dtype, arrays[0].ndim
    for a in arrays[1:]:
        found, ndim = dtypes.promote(found, ndim, a.dtype, a.ndim), max(ndim, a.ndim)
    if found.num in LOW:
        raise no_kernel(f"{word}_cpu", found)
    return found if found.kind == "f" else dtypes.default.numpy


globals().update({name: _polynomial(name, False) for name in FAMILIES})
globals().update({f"shifted_{name}": _polynomial(name, True) for name in _SHIFTED})
