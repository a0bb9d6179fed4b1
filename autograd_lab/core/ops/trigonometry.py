"""Circular and hyperbolic functions and their inverses, elementwise. Angles are in radians."""

from __future__ import annotations

import math

from ..primitive import primitive


@primitive(floating=True)
def tan(xp, x):
    """Tangent."""
    return xp.tan(x)


@tan.partial("x")
def tan_dx(xp, out):
    return 1 + out * out


@primitive(floating=True)
def asin(xp, x):
    """Inverse sine, in [-pi/2, pi/2]; nan outside [-1, 1]."""
    return xp.asin(x)


@asin.partial("x")
def asin_dx(xp, x):
    return 1 / xp.sqrt(1 - x * x)


@primitive(floating=True)
def acos(xp, x):
    """Inverse cosine, in [0, pi]; nan outside [-1, 1]."""
    return xp.acos(x)


@acos.partial("x")
def acos_dx(xp, x):
    return -1 / xp.sqrt(1 - x * x)


@primitive(floating=True)
def atan(xp, x):
    """Inverse tangent, in (-pi/2, pi/2)."""
    return xp.atan(x)


@atan.vjp("x")
def atan_x(xp, g, x):
    return g / (x * x + 1)


@primitive(elementwise=True, floating=True)
def atan2(xp, y, x):
    """The angle of the point (x, y), in [-pi, pi]; slope 0 at the origin."""
    return xp.atan2(y, x)


@atan2.vjp("y")
def atan2_y(xp, g, y, x):
    square = x * x + y * y
    return xp.where_mask(square == 0, 0, g * x / xp.where_mask(square == 0, 1, square))


@atan2.vjp("x")
def atan2_x(xp, g, y, x):
    square = x * x + y * y
    return xp.where_mask(square == 0, 0, -g * y / xp.where_mask(square == 0, 1, square))


@primitive(floating=True)
def sinh(xp, x):
    """Hyperbolic sine."""
    return xp.sinh(x)


@sinh.partial("x")
def sinh_dx(xp, x):
    return xp.cosh(x)


@primitive(floating=True)
def cosh(xp, x):
    """Hyperbolic cosine."""
    return xp.cosh(x)


@cosh.partial("x")
def cosh_dx(xp, x):
    return xp.sinh(x)


@primitive(floating=True)
def asinh(xp, x):
    """Inverse hyperbolic sine."""
    return xp.asinh(x)


@asinh.partial("x")
def asinh_dx(xp, x):
    return 1 / xp.sqrt(x * x + 1)


@primitive(floating=True)
def acosh(xp, x):
    """Inverse hyperbolic cosine; nan below 1."""
    return xp.acosh(x)


@acosh.partial("x")
def acosh_dx(xp, x):
    return 1 / xp.sqrt(x * x - 1)


@primitive(floating=True)
def atanh(xp, x):
    """Inverse hyperbolic tangent; nan outside [-1, 1]."""
    return xp.atanh(x)


@atanh.vjp("x")
def atanh_x(xp, g, x):
    return g / (1 - x * x)


@primitive(floating=True)
def sinc(xp, x):
    """sin(pi x) / (pi x), 1 at 0."""
    return xp.sinc(x)


@sinc.vjp("x")
def sinc_x(xp, g, x):
    angle = math.pi * xp.where_mask(x == 0, 1, x)
    slope = (xp.cos(angle) - xp.sin(angle) / angle) / (angle / math.pi)
    return xp.where_mask(x == 0, 0, g * slope)


@primitive(floating=True, name="Deg2RadBackward0")
def deg2rad(xp, x):
    """Degrees to radians."""
    return x * (math.pi / 180)


@deg2rad.vjp("x")
def deg2rad_x(xp, g):
    return g * (math.pi / 180)


@primitive(floating=True, name="Rad2DegBackward0")
def rad2deg(xp, x):
    """Radians to degrees."""
    return x * (180 / math.pi)


@rad2deg.vjp("x")
def rad2deg_x(xp, g):
    return g * (180 / math.pi)


@primitive(elementwise=True, floating=True)
def hypot(xp, x, y):
    """sqrt(x² + y²) without overflow."""
    return xp.hypot(x, y)


@hypot.vjp("x")
def hypot_x(xp, g, x, out):
    return g * (x / out)


@hypot.vjp("y")
def hypot_y(xp, g, y, out):
    return g * (y / out)


arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2
arcsinh, arccosh, arctanh = asinh, acosh, atanh
