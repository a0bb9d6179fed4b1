"""Sums, differences, products and quotients as words, which take more than their operators do: ``alpha``, ``rounding_mode``, ``out``."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..node import renamed
from ..primitive import PRIMITIVES, primitive
from ..refusals import differing, no_kernel
from ..tensor import Tensor
from . import convert, later


@primitive(elementwise=True, name="AddBackward0")
def add_scaled(xp, x, y, *, alpha):
    """x + alpha * y."""
    return x + y * alpha


@add_scaled.vjp("x")
def add_scaled_x(xp, g):
    return g


@add_scaled.vjp("y")
def add_scaled_y(xp, g, alpha):
    return g * alpha


@primitive(elementwise=True, name="SubBackward0")
def sub_scaled(xp, x, y, *, alpha):
    """x - alpha * y."""
    return x - y * alpha


@sub_scaled.vjp("x")
def sub_scaled_x(xp, g):
    return g


@sub_scaled.vjp("y")
def sub_scaled_y(xp, g, alpha):
    return -g * alpha


@primitive(elementwise=True, name="RsubBackward0")
def rsub_scaled(xp, x, y, *, alpha):
    """y - alpha * x."""
    return y - x * alpha


@rsub_scaled.vjp("x")
def rsub_scaled_x(xp, g, alpha):
    return -g * alpha


@rsub_scaled.vjp("y")
def rsub_scaled_y(xp, g):
    return g


SCALED = {"add": add_scaled, "sub": sub_scaled}


def is_plain(alpha) -> bool:
    """Whether ``alpha`` is the 1 that stands for none."""
    return type(alpha) is int and alpha == 1


def checked_alpha(alpha, x, other):
    """``alpha`` as a number, unless PyTorch refuses it: integers are not scaled by fractions, nor numbers by booleans."""
    alpha = alpha.item() if isinstance(alpha, (Tensor, np.generic)) else alpha
    kind = dtypes.result_type(x, other).numpy.kind
    if isinstance(alpha, bool) and kind != "b":
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if isinstance(alpha, float) and kind in "biu":
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if isinstance(alpha, complex) and kind != "c":
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    return bool(alpha) if kind == "b" else alpha


def scaled(op):
    """``op``, add or sub or mul, as a word: with ``alpha``, which scales the second operand, and ``out``."""
    word, with_alpha = op.__name__.removeprefix("call__"), SCALED.get(op.__name__.removeprefix("call__"))

    def word_with_alpha(x, other, *, alpha=1, out=None):
        if out is not None:
            from .outputs import refuse_out, write_out

            refuse_out(word, out, (x, other))
            return write_out(word, out, word_with_alpha(x, other, alpha=alpha))
        if not isinstance(x, Tensor):
            x = convert.as_tensor(x, other if type(x) is not bool or word != "sub" else None)  # of which it refuses a boolean
        if is_plain(alpha):
            return op(x, other)
        if word == "sub":
            differing(x._array, other._array if isinstance(other, Tensor) else np.asarray(other))
        return with_alpha.call(x, other, checked_alpha(alpha, x, other))

    word_with_alpha.__doc__ = op.__doc__
    return word_with_alpha


def rsub(x, other, alpha=1):
    """other - alpha * x."""
    differing(x._array, other._array if isinstance(other, Tensor) else np.asarray(other))
    if not isinstance(other, Tensor) and is_plain(alpha):
        return PRIMITIVES["rsub"].call(x, other)
    made = rsub_scaled.call(x, other, checked_alpha(alpha, x, other))
    if made._node is not None and not isinstance(other, Tensor):
        renamed(made._node, "RsubBackward1")
    return made


def divide(x, other, *, rounding_mode=None, out=None):
    """x / other; with ``rounding_mode`` rounded towards 0 (``"trunc"``) or down (``"floor"``)."""
    if out is not None:
        from .outputs import refuse_out, write_out

        refuse_out("div", out, (x, other))
        return write_out("div", out, divide(x, other, rounding_mode=rounding_mode))
    x = x if isinstance(x, Tensor) else convert.as_tensor(x, other)
    if rounding_mode is None:
        return PRIMITIVES["div"].call(x, other)
    if rounding_mode in ("trunc", "floor"):
        if (common := convert.alike(x, other)[0]._array.dtype).kind in "bc":
            raise no_kernel(f"div_{rounding_mode}_cpu", common)
        return later.primitive("rounding", "div_rounded").call(x, other, rounding_mode)
    raise RuntimeError("div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '" + rounding_mode + "'")
