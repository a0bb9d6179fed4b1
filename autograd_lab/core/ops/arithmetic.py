"""Sums, differences, products and quotients as words, which take more than their operators do: ``alpha``, ``rounding_mode``, ``out``."""

from __future__ import annotations

from ..primitive import PRIMITIVES
from ..tensor import Tensor
from . import convert, later
from .outputs import refuse_tracked, write_out


def whole_alpha(x, other, alpha) -> None:
    """Integers are not scaled by fractions."""
    if isinstance(alpha, float) and all(
        v._array.dtype.kind in "biu" if isinstance(v, Tensor) else isinstance(v, int) for v in (x, other)
    ):
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")


def scaled(op):
    """``op``, add or sub or mul, as a word: with ``alpha``, which scales the second operand, and ``out``."""
    word = op.__name__.removeprefix("call__")

    def word_with_alpha(x, other, *, alpha=1, out=None):
        if out is not None:
            refuse_tracked(word, out, (x, other))
        if alpha != 1:
            whole_alpha(x, other, alpha)
        made = op(x if isinstance(x, Tensor) else convert.as_tensor(x, other), other if alpha == 1 else other * alpha)
        return made if out is None else write_out(word, out, made)

    word_with_alpha.__doc__ = op.__doc__
    return word_with_alpha


def divide(x, other, *, rounding_mode=None, out=None):
    """x / other; with ``rounding_mode`` rounded towards 0 (``"trunc"``) or down (``"floor"``)."""
    if out is not None:
        refuse_tracked("div", out, (x, other))
    x = x if isinstance(x, Tensor) else convert.as_tensor(x, other)
    if rounding_mode is None:
        made = PRIMITIVES["div"].call(x, other)
    elif rounding_mode in ("trunc", "floor"):
        made = later.primitive("rounding", "div_rounded").call(x, other, rounding_mode)
    else:
        raise RuntimeError(
            "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '" + rounding_mode + "'"
        )
    return made if out is None else write_out("div", out, made)
