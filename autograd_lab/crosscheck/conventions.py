"""Values at points where a derivative does not exist: what PyTorch (and so autograd_lab) says and what JAX says.

No verdict comes from this table. Whether a difference is a convention is decided by one-sided differences (kinks.py); the
table words the answer. ``in_pytorch_s_way`` does decide something: a value at a kink spreads to everything upstream, so
gradients of the whole function are compared a second time with oracles that answer as PyTorch does, and, for operations whose
nodes were found to be at a kink, with the rules that were judged there. ``by_definition`` knows the few operations whose
gradient is not meant to be the derivative.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..core.dtypes import DIFFERENTIABLE
from ..core.namespaces import NUMPY, namespace_of
from .oracles import oracles

if TYPE_CHECKING:
    from .lower import Line


class Convention(NamedTuple):
    """One row: at ``point`` the operation ``op`` has the slope ``torch`` in PyTorch and ``jax`` in JAX."""

    op: str
    point: str
    torch: str
    jax: str

    def __str__(self) -> str:
        return f"{self.op} {self.point}: autograd_lab and PyTorch say {self.torch}, JAX says {self.jax}"


SHARED, FIRST = "an equal share for each", "1 for the first, 0 for the others"
TAKEN = "1 for the element taken, 0 for the others"
CONVENTIONS = (
    Convention("abs", "at 0", "0", "1"),
    Convention("clamp", "at its limits", "1", "0.5"),
    Convention("max_dim", "at a tie", FIRST, SHARED),
    Convention("min_dim", "at a tie", FIRST, SHARED),
    Convention("norm", "at 0", "0", "nan"),
    Convention("pow_scalar", "at 0 with exponent 0.0", "0", "nan"),
    Convention("atan2", "at the origin", "0", "nan"),
    Convention("fmax", "at a tie", "1 for the first, 0 for the second", "0 for the first, 1 for the second"),
    Convention("fmin", "at a tie", "1 for the first, 0 for the second", "0 for the first, 1 for the second"),
    Convention("copysign", "at 0", "0", "1 or -1"),
    Convention("std_over", "of equal values", "0", "nan"),
    Convention("median_all", "at a tie", SHARED, "1 for one of them"),
    Convention("nanmedian_all", "at a tie", SHARED, "1 for one of them"),
    Convention("cummax_along", "at a tie", "1 for the last, 0 for the others", SHARED),
    Convention("cummin_along", "at a tie", "1 for the last, 0 for the others", SHARED),
    Convention("leaky_relu", "at 0", "the slope of the left", "1"),
    Convention("hardtanh", "at its limits", "0", "1"),
    Convention("relu", "at 0", "0", "0"),
    Convention("maximum", "at a tie", "half each", "half each"),
    Convention("minimum", "at a tie", "half each", "half each"),
    Convention("amax", "at a tie", SHARED, SHARED),
    Convention("amin", "at a tie", SHARED, SHARED),
    Convention("max_all", "at a tie", SHARED, SHARED),
    Convention("min_all", "at a tie", SHARED, SHARED),
    Convention("sort_along", "at a tie", "in the order of the input", "in the order of the input"),
    Convention("topk_along", "at a tie", TAKEN, TAKEN),
    Convention("median_along", "at a tie", TAKEN, TAKEN),
    Convention("kthvalue_along", "at a tie", TAKEN, TAKEN),
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
    Convention("clamp_min_number", "at its limit", "1", "1"),
    Convention("clamp_max_number", "at its limit", "1", "1"),
    Convention("clamp_min_tensor", "at a tie", "1", "1"),
    Convention("clamp_max_tensor", "at a tie", "1", "1"),
    Convention("clamp_tensors", "at its limits", "1", "1 at the lower, 0.5 at the upper"),
    Convention("vector_norm_of", "at 0", "0", "nan"),
    Convention("distance", "of equals", "0", "nan"),
    Convention("distances", "of equals", "0", "nan"),
    Convention("euclidean_distances", "of equals", "0", "nan"),
    Convention("own_distances", "of equals", "0", "nan"),
    Convention("pow_tensor", "at 0 with exponent 0", "0", "nan"),
    Convention("rpow", "0 ** x at 0", "0", "0"),
    Convention("xlogy", "at 0, 0", "0", "-inf"),
    Convention("xlog1py", "at 0, -1", "0", "-inf"),
    Convention("lgamma", "at 0", "-inf", "nan"),
    Convention("polygamma_of", "at 0", "-inf", "nan"),
    Convention("ndtri", "at 0 and 1", "inf", "0"),
    Convention("angle_real", "at 0", "0", "nan"),
    Convention("copysign_scalar", "at 0", "0", "1 or -1"),
    Convention("std_mean_over", "of equal values", "0", "nan"),
    Convention("binary_cross_entropy", "at 0 and 1", "(x - y) / 1e-12", "nan"),
    Convention("sign_and_log", "of a singular matrix", "infinities", "0"),
    Convention("eigh", "of equal eigenvalues", "nan for their vectors", "some of the slopes"),
    Convention("svd_reduced", "of equal singular values", "nan for their vectors", "nan for their vectors"),
    Convention("celu", "at 0", "1", "1"),
    Convention("softplus", "at its threshold", "sigmoid(beta x)", "sigmoid(beta x)"),
    Convention("hardswish", "at -3 and 3", "0 and 1", "0 and 1"),
    Convention("prelu_kernel", "at 0", "the weight", "the weight"),
    Convention("renormed", "at its limit", "1", "1"),
    Convention("mode_along", "at a tie", TAKEN, TAKEN),
    Convention("nanmedian_along", "at a tie", TAKEN, TAKEN),
    Convention("aminmax_over", "at a tie", SHARED, SHARED),
    Convention("scatter_reduce_at", "amax and amin at a tie", SHARED, SHARED),
    Convention("index_reduce_at", "amax and amin at a tie", SHARED, SHARED),
    Convention("maxpool2dwithindices", "at a tie", FIRST, FIRST),
    Convention("maxpool3dwithindices", "at a tie", FIRST, FIRST),
    Convention("adaptivemaxpool2d", "at a tie", FIRST, FIRST),
    Convention("adaptivemaxpool3d", "at a tie", FIRST, FIRST),
    Convention("fractionalmaxpool2d", "at a tie", FIRST, FIRST),
    Convention("fractionalmaxpool3d", "at a tie", FIRST, FIRST),
    Convention("logaddexp", "of -inf and -inf", "nan", "nan"),
    Convention("logaddexp2", "of -inf and -inf", "nan", "nan"),
    Convention("logcumsumexp_along", "of -inf alone", "nan", "nan"),
    Convention("cumprod_along", "at 0", "the product of the others", "the product of the others"),
    Convention("frac", "at whole numbers", "1", "1"),
    Convention("fmod_scalar", "at multiples", "1", "1"),
    Convention("fmod_tensor", "at multiples", "1", "1"),
    Convention("remainder_scalar", "at multiples", "1", "1"),
    Convention("remainder_tensor", "at multiples", "1", "1"),
    Convention("div_rounded", "at jumps", "0", "0"),
    Convention("round_decimals", "at halves", "0", "0"),
    Convention("sgn", "at 0", "0", "0"),
    Convention("nan_to_num", "at nan and infinity", "0", "0"),
    Convention("rsqrt", "at 0", "-inf", "-inf"),
    Convention("log", "at 0", "inf", "inf"),
    Convention("log2", "at 0", "inf", "inf"),
    Convention("log10", "at 0", "inf", "inf"),
    Convention("log1p", "at -1", "inf", "inf"),
    Convention("entr", "at 0", "inf", "inf"),
    Convention("asin", "at -1 and 1", "inf", "inf"),
    Convention("acos", "at -1 and 1", "-inf", "-inf"),
    Convention("acosh", "at 1", "inf", "inf"),
    Convention("atanh", "at -1 and 1", "inf", "inf"),
    Convention("erfinv", "at -1 and 1", "inf", "inf"),
    Convention("logit", "at 0 and 1", "inf", "inf"),
    Convention("digamma", "at 0", "inf", "inf"),
    Convention("hypot", "at the origin", "nan", "nan"),
    Convention("sinc", "at 0", "0", "0"),
    Convention("determinant", "of a singular matrix", "0, its cofactors with create_graph=True", "its cofactors"),
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


def at_kinks(ops: Iterable) -> dict[str, Callable]:
    """``in_pytorch_s_way``, with our own rules for ``ops``: the primitives that stood at a kink, where each was judged alone."""
    table = in_pytorch_s_way()
    return table | {op.__name__: _by_our_rules(op, table[op.__name__]) for op in ops if op.__name__ in table}


def _by_our_rules(op, oracle: Callable) -> Callable:
    """``oracle`` whose derivative is ours. For ``jax.vjp`` that nothing compiles: the rules run on NumPy arrays,
    or on JAX's where their gradient is differentiated again."""
    import jax
    from jax.core import Tracer

    from .compare import rules_on
    from .lower import Line, wide

    def call(*operands, **params):
        @jax.custom_vjp
        def run(*arrays):
            return oracle(*arrays, **params)

        def forward(*arrays):
            out = run(*arrays)
            return out, (arrays, out)

        def backward(kept, cotangents):
            again = any(isinstance(v, Tracer) for v in jax.tree.leaves((kept, cotangents)))  # differentiated once more
            xp = namespace_of(jax.numpy.zeros(())) if again else NUMPY
            own, np_ = (jax.numpy.asarray, jax.numpy) if again else (wide, np)
            arrays, out = jax.tree.map(own, kept)
            several = isinstance(out, tuple)
            g = [np_.conj(own(c)) if o.dtype.kind in DIFFERENTIABLE else None
                 for c, o in zip(cotangents if several else (cotangents,), out if several else (out,))]  # fmt: skip
            with np.errstate(all="ignore"):
                sent = rules_on(Line(0, None, op, arrays, params, ()), arrays, out, g if several else g[0], xp)
            return tuple(
                None if x.dtype.kind not in DIFFERENTIABLE else np_.zeros(x.shape, x.dtype) if s is None
                else np_.conj(np_.asarray(s, x.dtype)).reshape(x.shape) for s, x in zip(sent, arrays)
            )  # fmt: skip

        run.defvjp(forward, backward)
        return run(*(jax.numpy.asarray(x) for x in operands))

    return call


def by_definition(line: Line) -> str:
    """Why the gradient of this operation is, here, not meant to be its derivative; nothing where it is."""
    name = line.op.__name__
    if name == "embedding" and line.params.get("scale") is not None:
        return "embedding: by definition padding_idx gets no gradient, and scale_grad_by_freq divides it"
    if name in ("scatter_at", "index_put") and _repeats(line.params["key"], line.arrays[0].shape):
        return f"{name}: several values are written to one place, and each gets that place's gradient, as in PyTorch"
    if name == "strided" and line.params.get("shared") is not None:
        return "as_strided: elements that are one place in memory share what that place gets, as in PyTorch"
    if name == "determinant" and line.arrays[0].shape[-1] > 1 and not np.linalg.det(line.arrays[0]).all():
        return "det: of a singular matrix a plain backward gives 0, and create_graph=True its cofactors, as in PyTorch"
    if name == "CtcLoss" and line.op.__module__.startswith(__name__.partition(".")[0]):
        return "ctc_loss: its gradient takes for granted that the logarithms come out of log_softmax, as in PyTorch"
    return ""


def not_the_slope(line: Line) -> str:
    """Why differences need not agree with this operation's rule, which is PyTorch's and its oracle's; nothing where they must."""
    if line.op.__name__ == "strided_scatter_at":
        return "as_strided_scatter: what is replaced gets the gradient and what is left gets 0, as in PyTorch"
    return by_definition(line)


def _repeats(key, shape) -> bool:
    places = np.arange(int(np.prod(shape))).reshape(shape)[key]
    return np.unique(places).size < np.size(places)
