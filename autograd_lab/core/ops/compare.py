"""Comparisons, logic and bits: their results are not differentiated."""

from __future__ import annotations

import numpy as np

from ..layout import as_array
from ..primitive import settled
from ..refusals import no_kernel
from ..tensor import Tensor
from .convert import alike
from .create import leaf
from .underivable import underivable


def _arrays(x, other):
    return (t._array for t in alike(x, other))


def _answers(ufunc, a, b, *operands):
    """What ``ufunc`` says of arrays a and b, which are those of ``operands``: it lies in memory as PyTorch's does."""
    out = leaf(ufunc(a, b))
    return out if all(getattr(t, "_more", None) is None for t in operands) else settled(out, (a, b))


def _comparison(name, ufunc, doc):
    def word(x, other):
        a, b = _arrays(x, other)
        if a.dtype.kind == "c" and name not in ("eq", "ne"):
            raise no_kernel(f"{name}_cpu", a.dtype)
        return _answers(ufunc, a, b, x, other)

    word.__name__, word.__doc__ = name, doc
    return word


eq = _comparison("eq", np.equal, "x == other, elementwise.")
ne = _comparison("ne", np.not_equal, "x != other, elementwise.")
lt = _comparison("lt", np.less, "x < other, elementwise.")
le = _comparison("le", np.less_equal, "x <= other, elementwise.")
gt = _comparison("gt", np.greater, "x > other, elementwise.")
ge = _comparison("ge", np.greater_equal, "x >= other, elementwise.")
not_equal, less, less_equal, greater, greater_equal = ne, lt, le, gt, ge


def _logical(name, ufunc, doc):
    def word(x, other):
        return _answers(ufunc, x._array, other._array, x, other)

    word.__name__, word.__doc__ = name, doc
    return word


logical_and = _logical("logical_and", np.logical_and, "Whether both are non-zero, elementwise.")
logical_or = _logical("logical_or", np.logical_or, "Whether either is non-zero, elementwise.")
logical_xor = _logical("logical_xor", np.logical_xor, "Whether exactly one is non-zero, elementwise.")


def logical_not(x):
    """Whether x is zero, elementwise."""
    return leaf(np.logical_not(x._array))


def _bitwise(name, ufunc, doc):
    def word(x, other):
        a, b = _arrays(x, other)
        if a.dtype.kind not in ("biu" if name.startswith("bitwise") else "iu"):
            raise no_kernel(f"{name}_cpu", a.dtype)
        return _answers(ufunc, a, b, x, other)

    word.__name__, word.__doc__ = name, doc
    return word


bitwise_and = _bitwise("bitwise_and", np.bitwise_and, "x & other, bit by bit.")
bitwise_or = _bitwise("bitwise_or", np.bitwise_or, "x | other, bit by bit.")
bitwise_xor = _bitwise("bitwise_xor", np.bitwise_xor, "x ^ other, bit by bit.")
bitwise_left_shift = _bitwise("lshift", np.left_shift, "x << other.")
bitwise_right_shift = _bitwise("rshift", np.right_shift, "x >> other.")
gcd = _bitwise("gcd", np.gcd, "The greatest common divisor.")
lcm = _bitwise("lcm", np.lcm, "The least common multiple.")


def bitwise_not(x):
    """~x, bit by bit; not for floating numbers."""
    if x._array.dtype.kind not in "biu":
        raise no_kernel("bitwise_not_cpu", x._array.dtype)
    return leaf(np.invert(x._array))


def _question(name, function, doc):
    def word(x):
        return leaf(as_array(function(x._array))[()])

    word.__name__, word.__doc__ = name, doc
    return word


isnan = _question("isnan", np.isnan, "Where x is not a number.")
isinf = _question("isinf", np.isinf, "Where x is infinite.")
isfinite = _question("isfinite", np.isfinite, "Where x is a finite number.")
isposinf = _question("isposinf", lambda a: a == np.inf, "Where x is plus infinity.")
isneginf = _question("isneginf", lambda a: a == -np.inf, "Where x is minus infinity.")
isreal = _question("isreal", np.isreal, "Where x has no imaginary part.")


def _has_signbit(a):
    if a.dtype.kind == "c":
        raise NotImplementedError("signbit is not implemented for complex tensors.")
    return np.signbit(a) if a.dtype.kind in "fV" else a < 0


signbit = _question("signbit", _has_signbit, "Where the sign bit of x is set.")


def isclose(x, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Where |x - other| <= atol + rtol |other|."""
    return leaf(np.isclose(x._array, other._array, rtol, atol, equal_nan))


def allclose(x, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether |x - other| <= atol + rtol |other| everywhere."""
    return bool(np.allclose(x._array, other._array, rtol, atol, equal_nan))


def equal(x, other):
    """Whether x and ``other`` have the same shape and elements."""
    return bool(np.array_equal(x._array, other._array))


def isin(elements, test_elements, *, assume_unique=False, invert=False):
    """Where an element occurs among ``test_elements``."""
    a, b = (t._array if isinstance(t, Tensor) else t for t in (elements, test_elements))
    return leaf(np.isin(a, b, assume_unique, invert))


def heaviside(x, values):
    """0 below 0, 1 above, ``values`` at 0."""
    a, b = _arrays(x, values)
    return underivable("aten::heaviside", leaf(np.where(a == 0, b, (a > 0).astype(a.dtype))), x, values)
