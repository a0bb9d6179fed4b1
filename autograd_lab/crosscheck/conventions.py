"""Values at points where a derivative does not exist: what PyTorch (and so autograd_lab) says and what JAX says.

No verdict comes from this table. Whether a difference is a convention is decided by one-sided differences (kinks.py); the
table words the answer. ``in_pytorch_s_way`` does decide something: a value at a kink spreads to everything upstream, so
gradients of the whole function are compared a second time with oracles that answer as PyTorch does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

from .oracles import oracles


class Convention(NamedTuple):
    """One row: at ``point`` the operation ``op`` has the slope ``torch`` in PyTorch and ``jax`` in JAX."""

    op: str
    point: str
    torch: str
    jax: str

    def __str__(self) -> str:
        return f"{self.op} {self.point}: autograd_lab and PyTorch say {self.torch}, JAX says {self.jax}"


CONVENTIONS = (
    Convention("abs", "at 0", "0", "1"),
    Convention("clamp", "at its limits", "1", "0.5"),
    Convention("max_dim", "at a tie", "1 for the first, 0 for the others", "an equal share for each"),
    Convention("min_dim", "at a tie", "1 for the first, 0 for the others", "an equal share for each"),
    Convention("norm", "at 0", "0", "nan"),
    Convention("pow_scalar", "at 0 with exponent 0.0", "0", "nan"),
    Convention("atan2", "at the origin", "0", "nan"),
    Convention("fmax", "at a tie", "1 for the first, 0 for the second", "0 for the first, 1 for the second"),
    Convention("fmin", "at a tie", "1 for the first, 0 for the second", "0 for the first, 1 for the second"),
    Convention("copysign", "at 0", "0", "1 or -1"),
    Convention("std_over", "of equal values", "0", "nan"),
    Convention("median_all", "at a tie", "an equal share for each", "1 for one of them"),
    Convention("cummax_along", "at a tie", "1 for the last, 0 for the others", "an equal share for each"),
    Convention("cummin_along", "at a tie", "1 for the last, 0 for the others", "an equal share for each"),
    Convention("leaky_relu", "at 0", "the slope of the left", "1"),
    Convention("hardtanh", "at its limits", "0", "1"),
    Convention("relu", "at 0", "0", "0"),
    Convention("maximum", "at a tie", "half each", "half each"),
    Convention("minimum", "at a tie", "half each", "half each"),
    Convention("amax", "at a tie", "an equal share for each", "an equal share for each"),
    Convention("amin", "at a tie", "an equal share for each", "an equal share for each"),
    Convention("max_all", "at a tie", "an equal share for each", "an equal share for each"),
    Convention("min_all", "at a tie", "an equal share for each", "an equal share for each"),
    Convention("sort_along", "at a tie", "in the order of the input", "in the order of the input"),
    Convention(
        "topk_along", "at a tie", "1 for the element taken, 0 for the others", "1 for the element taken, 0 for the others"
    ),
    Convention(
        "median_along", "at a tie", "1 for the element taken, 0 for the others", "1 for the element taken, 0 for the others"
    ),
    Convention(
        "kthvalue_along", "at a tie", "1 for the element taken, 0 for the others", "1 for the element taken, 0 for the others"
    ),
    Convention("elu", "at 0", "1", "1"),
    Convention("hardshrink", "at its limits", "0", "0"),
    Convention("softshrink", "at its limits", "0", "0"),
    Convention("hardsigmoid", "at -3 and 3", "0", "0"),
    Convention("threshold", "at its threshold", "0", "0"),
    Convention("smooth_l1_loss", "at beta", "1 or -1", "1 or -1"),
    Convention("huber_loss", "at delta", "delta or -delta", "delta or -delta"),
    Convention("logsumexp_over", "of -inf alone", "nan", "nan"),
    Convention("reciprocal", "at 0", "-inf", "-inf"),
    Convention("trunc", "at whole numbers", "0", "0"),
    Convention("ceil", "at whole numbers", "0", "0"),
    Convention("sqrt", "at 0", "inf", "inf"),
    Convention("prod", "at 0", "the product of the others", "the product of the others"),
    Convention("sign", "at 0", "0", "0"),
    Convention("floor", "at whole numbers", "0", "0"),
    Convention("round", "at halves", "0", "0"),
)
_BY_OP = {row.op: row for row in CONVENTIONS}


def word(op: str, ours: float, theirs: float) -> str:
    """One sentence for a difference at a kink of ``op``; the two numbers where the table has no row that differs."""
    row = _BY_OP.get(op)
    if row is not None and row.torch != row.jax:
        return str(row)
    return f"{op} at a kink: autograd_lab says {ours:g}, JAX says {theirs:g}, and both lie between the two one-sided slopes"


@functools.cache
def in_pytorch_s_way() -> dict[str, Callable]:
    """The oracles, with those of CONVENTIONS that differ answering as PyTorch does at the kink."""
    import jax.numpy as jnp
    from jax.lax import stop_gradient

    plain = oracles()

    def absolute(x):
        return jnp.where(x == 0, 0.0, jnp.abs(x))

    def clamp(x, min=None, max=None):
        x = x if min is None else jnp.where(x < min, min, x)
        return x if max is None else jnp.where(x > max, max, x)

    def first(best):
        def along(x, dim, keepdim=False):
            where = best(x, axis=dim, keepdims=True)
            values = jnp.take_along_axis(x, where, axis=dim)
            return (values, where) if keepdim else (jnp.squeeze(values, dim), jnp.squeeze(where, dim))

        return along

    def norm(x, dim=None, keepdim=False):
        square = plain["sum"](jnp.square(x), dim, keepdim)
        return jnp.where(square == 0, 0.0, jnp.sqrt(jnp.where(square == 0, 1.0, square)))

    def pow_scalar(x, exponent):
        return jnp.ones_like(x) if exponent == 0 else plain["pow_scalar"](x, exponent)

    def atan2(y, x):
        origin = (x == 0) & (y == 0)
        angle = plain["atan2"](y, jnp.where(origin, 1.0, x))
        return jnp.where(origin, stop_gradient(plain["atan2"](y, x)), angle)

    def fmax(x, y):
        return jnp.where((x >= y) | jnp.isnan(y), x, y)

    def fmin(x, y):
        return jnp.where((x <= y) | jnp.isnan(y), x, y)

    def copysign(x, y):
        return jnp.where(x == 0, stop_gradient(plain["copysign"](x, y)), plain["copysign"](x, y))

    as_pytorch = {"abs": absolute, "clamp": clamp, "norm": norm, "pow_scalar": pow_scalar, "atan2": atan2, "copysign": copysign}
    return plain | as_pytorch | {"max_dim": first(jnp.argmax), "min_dim": first(jnp.argmin), "fmax": fmax, "fmin": fmin}
