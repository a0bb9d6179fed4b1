"""Rounding and remainders, elementwise."""

from __future__ import annotations

from ..namespaces import TENSORS
from ..primitive import PRIMITIVES, primitive
from ..tensor import Tensor
from .convert import as_tensor, by_kind
from .copies import nothing
from .underivable import underivable

_call = {name: op.call for name, op in PRIMITIVES.items()}


def _flat(name, doc):
    def forward(xp, x):
        return x if x.dtype.kind in "biu" else getattr(xp, name)(x)

    def flat_x(xp, g):
        return nothing(xp, g)

    forward.__name__, forward.__doc__ = name, doc
    op = primitive(forward)
    op.vjp("x")(flat_x)
    return op


trunc = _flat("trunc", "The whole part, towards 0; its gradient is zero.")
ceil = _flat("ceil", "The least whole number not below x; its gradient is zero.")


@primitive
def frac(xp, x):
    """x minus its whole part."""
    return x - xp.trunc(x)


@frac.vjp("x")
def frac_x(xp, g):
    return g


@primitive(elementwise=True, name="FmodBackward1")
def fmod_tensor(xp, x, y):
    """The remainder of x / y with x's sign."""
    return xp.fmod(x, y)


@fmod_tensor.vjp("x")
def fmod_x(xp, g):
    return g


@fmod_tensor.vjp("y")
def fmod_y(xp, g, x, y):
    return -g * xp.trunc(x / y)


@primitive(name="FmodBackward0")
def fmod_scalar(xp, x, *, other):
    """The remainder of x / other with x's sign."""
    return xp.fmod(x, xp.same_kind(other, x))


@fmod_scalar.vjp("x")
def fmod_scalar_x(xp, g):
    return g


def _remainder(xp, x, y):
    r = xp.remainder(x, y)
    return xp.where_mask(r == 0, xp.fmod(x, y), r)  # a zero has x's sign, as in C


@primitive(elementwise=True, name="RemainderBackward1")
def remainder_tensor(xp, x, y):
    """The remainder of x / y with y's sign, as Python's %."""
    return _remainder(xp, x, y)


@remainder_tensor.vjp("x")
def remainder_x(xp, g):
    return g


@remainder_tensor.vjp("y")
def remainder_y(xp, g, x, y):
    whole = xp.div_rounded(x, y, rounding_mode="floor") if xp is TENSORS else xp.floor_divide(x, y)  # recorded, as PyTorch does
    return -g * whole


@primitive(name="RemainderBackward0")
def remainder_scalar(xp, x, *, other):
    """The remainder of x / other with other's sign."""
    return _remainder(xp, x, xp.same_kind(other, x))


@remainder_scalar.vjp("x")
def remainder_scalar_x(xp, g):
    return g


fmod = by_kind("fmod", fmod_tensor, fmod_scalar, "The remainder of x / other with x's sign.")
remainder = by_kind("remainder", remainder_tensor, remainder_scalar, "The remainder of x / other with other's sign, as %.")


@primitive(elementwise=True, name="DivBackward2")
def div_rounded(xp, x, y, *, rounding_mode):
    """x / y rounded towards 0 (``trunc``) or down (``floor``); its gradient is zero."""
    if rounding_mode == "floor":
        return xp.floor_divide(x, y)
    return x // y + ((x % y != 0) & ((x < 0) != (y < 0))) if x.dtype.kind in "iu" else xp.trunc(x / y)


@div_rounded.vjp("x")
def div_rounded_x(xp, g, y, rounding_mode):  # which PyTorch saves
    return nothing(xp, g)


@div_rounded.vjp("y")
def div_rounded_y(xp, g, x, y, rounding_mode):
    return nothing(xp, g)


@primitive(elementwise=True)
def floor_divide(xp, x, y):
    """x / y rounded down; not differentiated, as in PyTorch."""
    return xp.floor_divide(x, y)


def floor_divide_word(x, other):
    """x / other rounded down; not differentiated, as in PyTorch."""
    return underivable("aten::floor_divide", floor_divide.call(as_tensor(x, other), other), x, other)


def remainder_word(x, other):
    """The remainder of x / other with other's sign, as %."""
    if not isinstance(x, Tensor) and isinstance(other, Tensor):  # of a number PyTorch takes no derivative
        return underivable("aten::remainder", remainder(x, other.detach()), other)
    return remainder(x, other)


@primitive(name="RoundBackward1")
def round_decimals(xp, x, *, decimals):
    """x rounded to so many decimals; its gradient is zero."""
    tens = 10.0 ** abs(decimals)
    return xp.round(x * tens) / tens if decimals > 0 else xp.round(x / tens) * tens


@round_decimals.vjp("x")
def round_decimals_x(xp, g):
    return nothing(xp, g)


def round(x, *, decimals=0):
    """x to the nearest whole number, halves to the even one; or to ``decimals``."""
    return round_decimals.call(x, decimals) if decimals else _call["round"](x)


@primitive(elementwise=True)
def nextafter(xp, x, y):
    """The next floating number after x towards y."""
    return xp.np.nextafter(x, y)


@nextafter.vjp("x")
def nextafter_x(xp, g, x, y):
    return xp.where_mask(x == y, 0, g)  # PyTorch's: x a step further, but nothing where there is nowhere to go


@nextafter.vjp("y")
def nextafter_y(xp, g):
    return nothing(xp, g)


fix = trunc
