"""More arithmetic, elementwise: powers and logarithms to other bases, remainders, interpolation, rounding, signs."""

from __future__ import annotations

import math

import numpy as np

from .. import dtypes
from ..complexes import is_complex
from ..limits import finfo
from ..namespaces import sum_to
from ..primitive import PRIMITIVES, primitive
from ..refusals import no_kernel
from ..tensor import Tensor
from .convert import alike, by_kind
from .copies import nothing

_call = {name: op.call for name, op in PRIMITIVES.items()}

# ---------------------------------------------------------------------- powers and logarithms


@primitive(floating=True, name="Exp2Backward0")
def exp2(xp, x):
    """2 to the x."""
    return xp.exp2(x)


@exp2.partial("x")
def exp2_dx(xp, out):
    return out * math.log(2)


@primitive(floating=True, name="Log2Backward0")
def log2(xp, x):
    """Logarithm to base 2."""
    return xp.log2(x)


@log2.vjp("x")
def log2_x(xp, g, x):
    return g / (x * math.log(2))


@primitive(floating=True, name="Log10Backward0")
def log10(xp, x):
    """Logarithm to base 10."""
    return xp.log10(x)


@log10.vjp("x")
def log10_x(xp, g, x):
    return g / (x * math.log(10))


@primitive(floating=True)
def rsqrt(xp, x):
    """1 / sqrt(x)."""
    return 1 / xp.sqrt(x)


@rsqrt.partial("x")
def rsqrt_dx(xp, out):
    return -0.5 * out * out * out


def square(x):
    """x * x."""
    return _call["pow_scalar"](x, 2)


@primitive(elementwise=True, floating=True)
def logaddexp(xp, x, y):
    """log(exp(x) + exp(y)), without overflow."""
    return log_of_sum(x, y) if xp.np is np and is_complex(x) else xp.logaddexp(x, y)


def log_of_sum(x, y):
    """log(exp(x) + exp(y)) of complex arrays; of two that are infinite alike the first."""
    first = x.real >= y.real
    large, small = np.where(first, x, y), np.where(first, y, x)
    alike = np.isinf(large.real) & (large.real == small.real)
    return np.where(alike & (large.real < 0), large, large + np.log1p(np.exp(small - large)))


@logaddexp.vjp("x")
def logaddexp_x(xp, g, x, y):
    return g / (1 + xp.exp(y - x))


@logaddexp.vjp("y")
def logaddexp_y(xp, g, x, y):
    return g / (1 + xp.exp(x - y))


@primitive(elementwise=True, floating=True, name="Logaddexp2Backward0")
def logaddexp2(xp, x, y):
    """log2(2**x + 2**y), without overflow."""
    return xp.logaddexp2(x, y)


@logaddexp2.vjp("x")
def logaddexp2_x(xp, g, x, y):
    return g / (1 + xp.exp2(y - x))


@logaddexp2.vjp("y")
def logaddexp2_y(xp, g, x, y):
    return g / (1 + xp.exp2(x - y))


@primitive(elementwise=True, floating=True)
def ldexp(xp, x, y):
    """x times 2 to the y."""
    return x * xp.exp2(y)


@ldexp.vjp("x")
def ldexp_x(xp, g, y):
    return g * xp.exp2(y)


@ldexp.vjp("y")
def ldexp_y(xp, g, out):
    return g * out * math.log(2)


def float_power(x, exponent):
    """x to a power, computed in float64, or complex128 if either is complex."""
    whole = any(isinstance(v, complex) or (isinstance(v, Tensor) and is_complex(v)) for v in (x, exponent))
    double, number = (dtypes.BY_NAME["complex128"], complex) if whole else (dtypes.BY_NAME["float64"], float)
    x = x.to(double) if isinstance(x, Tensor) else number(x)
    return x ** (exponent.to(double) if isinstance(exponent, Tensor) else number(exponent))


# ---------------------------------------------------------------------- signs and extremes


@primitive(holomorphic=False)
def sgn(xp, x):
    """The sign of x, or of a complex number x / |x|; 0 at 0, and of a real nan."""
    if x.dtype.kind == "b":
        return x | x
    side = xp.np.sign(x)
    return side if is_complex(x) else xp.where_mask(side == side, side, 0)


@sgn.vjp("x")
def sgn_x(xp, g, x, out):
    """Zero for real x; else what is orthogonal to x's direction in g, over |x|."""
    if not is_complex(x):
        return nothing(xp, g)
    length = xp.abs(x)
    across = (g - xp.real_part(g * xp.conj(out)) * out) / xp.where_mask(length == 0, 1, length)
    return xp.where_mask(length == 0, 0, across)


@primitive(elementwise=True, floating=True)
def copysign(xp, x, y):
    """The magnitude of x with the sign of y; slope 0 at 0."""
    return xp.copysign(x, y)


@copysign.vjp("x")
def copysign_x(xp, g, x, out):
    return g * xp.where_mask(x == 0, 0, out / x)


@copysign.vjp("y")
def copysign_y(xp, g):
    return nothing(xp, g)


@primitive(floating=True, name="CopysignBackward1")
def copysign_scalar(xp, x, *, other):
    """The magnitude of x with the sign of a number."""
    return xp.copysign(x, xp.same_kind(other, x))


@copysign_scalar.vjp("x")
def copysign_scalar_x(xp, g, x, out):
    return g * xp.where_mask(x == 0, 0, out / x)


copysign_word = by_kind("copysign", copysign, copysign_scalar, copysign.__doc__)


@primitive(elementwise=True)
def fmax(xp, x, y):
    """The larger of each pair, a number where the other is nan; a tie goes to x."""
    return xp.fmax(x, y)


@fmax.vjp("x")
def fmax_x(xp, g, x, y):
    return xp.where_mask((x >= y) | (y != y), g, 0)


@fmax.vjp("y")
def fmax_y(xp, g, x, y):
    return xp.where_mask((x >= y) | (y != y), 0, g)


@primitive(elementwise=True)
def fmin(xp, x, y):
    """The smaller of each pair, a number where the other is nan; a tie goes to x."""
    return xp.fmin(x, y)


@fmin.vjp("x")
def fmin_x(xp, g, x, y):
    return xp.where_mask((x <= y) | (y != y), g, 0)


@fmin.vjp("y")
def fmin_y(xp, g, x, y):
    return xp.where_mask((x <= y) | (y != y), 0, g)


@primitive
def nan_to_num(xp, x, *, nan=0.0, posinf=None, neginf=None):
    """nan and the infinities replaced, by 0 and the dtype's limits unless told otherwise; no slope there."""
    if x.dtype.kind not in dtypes.DIFFERENTIABLE:
        return x
    limits = np.finfo(x.dtype)
    x = xp.where_mask(x == math.inf, float(limits.max) if posinf is None else float(posinf), x)
    x = xp.where_mask(x == -math.inf, float(limits.min) if neginf is None else float(neginf), x)
    return xp.where_mask(x != x, float(nan or 0), x)


@nan_to_num.vjp("x")
def nan_to_num_x(xp, g, x):
    return xp.where_mask(abs(x) < math.inf, g, 0)


def nan_to_num_word(x, nan=0.0, posinf=None, neginf=None):
    """nan and the infinities replaced, by 0 and the dtype's limits unless told otherwise; no slope there."""
    if x._array.dtype.itemsize == 2 and x._array.dtype.kind in "fV":  # computed in float32, whose limits are others
        limits = finfo(x.dtype)
        posinf, neginf = limits.max if posinf is None else posinf, limits.min if neginf is None else neginf
    return nan_to_num.call(x, nan=nan, posinf=posinf, neginf=neginf)


def positive(x):
    """x itself."""
    if x._array.dtype.kind == "b":
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return x


def angle(x):
    """The angle of a complex number; of a real one 0, or pi where it is negative."""
    if is_complex(x):
        from .parts import angle_complex

        return angle_complex.call(x)
    return angle_real.call(x)


@primitive(floating=True, name="AngleBackward0")
def angle_real(xp, x):
    """0 where x >= 0, pi where it is negative."""
    return xp.where_mask(x < 0, math.pi, xp.where_mask(x != x, x, 0))


@angle_real.vjp("x")
def angle_real_x(xp, g, x):  # x is saved as in PyTorch, so that a write to it is noticed
    return nothing(xp, g)


# ---------------------------------------------------------------------- three operands


@primitive(name="LerpBackward1")
def lerp_tensor(xp, x, end, weight):
    """x + weight (end - x), counted from the nearer end, so that it is exact at both."""
    step = end - x
    return xp.where_mask(abs(weight) < 0.5, x + weight * step, end - step * (1 - weight))


@lerp_tensor.vjp("x")
def lerp_x(xp, g, weight, x_shape):
    return sum_to(xp, g * (1 - weight), x_shape)


@lerp_tensor.vjp("end")
def lerp_end(xp, g, weight, end_shape):
    return sum_to(xp, g * weight, end_shape)


@lerp_tensor.vjp("weight")
def lerp_weight(xp, g, x, end, weight_shape):
    return sum_to(xp, g * (end - x), weight_shape)


@primitive(elementwise=True, name="LerpBackward0")
def lerp_scalar(xp, x, end, *, weight):
    """x + weight (end - x) for a number ``weight``, counted from the nearer end, so that it is exact at both."""
    return x + weight * (end - x) if abs(weight) < 0.5 else end - (end - x) * (1 - weight)


@lerp_scalar.vjp("x")
def lerp_scalar_x(xp, g, weight):
    return g * (1 - weight)


@lerp_scalar.vjp("end")
def lerp_scalar_end(xp, g, weight):
    return g * weight


def lerp(x, end, weight):
    """From x (weight 0) to ``end`` (weight 1), along a line. A weight without dimensions may be of another dtype."""
    for name, other in ("end", end), ("weight", weight):
        if isinstance(other, Tensor) and x.dtype is not other.dtype and (name == "end" or other._array.ndim):
            raise RuntimeError(f"expected dtype {x.dtype.in_cpp} for `{name}` but got dtype {other.dtype.in_cpp}")
    if not isinstance(weight, Tensor):
        return lerp_scalar.call(x, end, weight)
    if weight.dtype is not x.dtype:
        dims = max(x._array.ndim, end._array.ndim)
        dtype = dtypes.BY_NUMPY[dtypes.promote(x._array.dtype, dims, weight._array.dtype, 0)]
        x, end, weight = (t.to(dtype) for t in (x, end, weight))
    return lerp_tensor.call(x, end, weight)


def _beside(xp, x, y):
    """x in y's dtype."""
    return x if x.dtype == y.dtype else xp.cast(x, y.dtype)


def _saved_whole(x, *factors):
    """Operands in their common dtype, but factors of integers as they are: what is saved is what users may write to."""
    first, *rest = alike(x, *factors)
    if first._array.dtype.kind in dtypes.DIFFERENTIABLE:
        rest = [y if isinstance(y, Tensor) and y._array.dtype.kind in "iu" else made for y, made in zip(factors, rest)]
    return first, *rest


@primitive(name="AddcmulBackward0")
def addcmul_list(xp, x, tensor1, tensor2, *, value):
    """x + value * tensor1 * tensor2."""
    return x + value * (_beside(xp, tensor1, x) * _beside(xp, tensor2, x))


@addcmul_list.vjp("x")
def addcmul_x(xp, g, x_shape):
    return sum_to(xp, g, x_shape)


@addcmul_list.vjp("tensor1")
def addcmul_1(xp, g, tensor2, value, tensor1_shape):
    return sum_to(xp, g * (_beside(xp, tensor2, g) * value), tensor1_shape)


@addcmul_list.vjp("tensor2")
def addcmul_2(xp, g, tensor1, value, tensor2_shape):
    return sum_to(xp, g * (_beside(xp, tensor1, g) * value), tensor2_shape)


def addcmul(x, tensor1, tensor2, *, value=1):
    """x + value * tensor1 * tensor2; of integers the whole part of ``value``."""
    operands = _saved_whole(x, tensor1, tensor2)
    if operands[0]._array.dtype.kind == "b":
        raise no_kernel("addcmul_cpu_out", operands[0]._array.dtype)
    return addcmul_list.call(*operands, int(value) if operands[0]._array.dtype.kind in "iu" else value)


@primitive(name="AddcdivBackward0")
def addcdiv_list(xp, x, tensor1, tensor2, *, value):
    """x + value * tensor1 / tensor2."""
    return x + value * (_beside(xp, tensor1, x) / _beside(xp, tensor2, x))


@addcdiv_list.vjp("x")
def addcdiv_x(xp, g, x_shape):
    return sum_to(xp, g, x_shape)


@addcdiv_list.vjp("tensor1")
def addcdiv_1(xp, g, tensor2, value, tensor1_shape):
    return sum_to(xp, g * (value / _beside(xp, tensor2, g)), tensor1_shape)


@addcdiv_list.vjp("tensor2")
def addcdiv_2(xp, g, tensor1, tensor2, value, tensor2_shape):
    tensor1, tensor2 = _beside(xp, tensor1, g), _beside(xp, tensor2, g)
    return sum_to(xp, -g * (value * tensor1 / (tensor2 * tensor2)), tensor2_shape)


def addcdiv(x, tensor1, tensor2, *, value=1):
    """x + value * tensor1 / tensor2; not for integers."""
    if tensor1._array.dtype.kind in "biu" and tensor2._array.dtype.kind in "biu":
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true "
            "division of tensor1 and tensor2. Convert one of them to a floating dtype first."
        )
    return addcdiv_list.call(*_saved_whole(x, tensor1, tensor2), value)
