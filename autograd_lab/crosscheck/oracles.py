"""One independent JAX function for every primitive: what the operation is supposed to be.

Written from the definition, in ``jax.numpy`` and ``jax.nn``; never from our own forward, because differentiating our own
forward agrees with itself even where that forward is wrong. An oracle takes what the primitive takes (arrays in order, metadata
by keyword) and returns what it returns; JAX differentiates it. It is always called on float64, under x64.

JAX is imported when the table is first asked for.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable

import numpy as np

from ..core.layout import complex_step, dtype_of_base

TOPICS = ("elementwise", "reductions", "indexing", "algebra", "nn", "complex")  # further tables, each beside this file


@functools.cache
def oracles() -> dict[str, Callable]:
    """The table: name of a primitive -> its oracle. Raises ImportError when JAX is not installed."""
    import jax
    import jax.numpy as jnp

    def axes(dim):
        return tuple(dim) if isinstance(dim, (tuple, list)) else dim

    def static(key):
        """An indexing key as NumPy wants it: arrays stay constants, so boolean masks work."""
        if isinstance(key, tuple):
            return tuple(static(k) for k in key)
        return np.asarray(key) if isinstance(key, (list, np.ndarray)) or hasattr(key, "__array__") else key

    def pow_tensor(x, y):
        return jnp.power(jnp.asarray(x), y)

    def pow_scalar(x, exponent):
        return jnp.power(jnp.asarray(x), exponent)

    def where(x, y, mask):
        return jnp.where(np.asarray(mask), x, y)

    def clamp(x, min=None, max=None):
        return jnp.clip(x, min, max)

    def reduction(function):
        return lambda x, dim=None, keepdim=False: function(x, axis=axes(dim), keepdims=keepdim)

    def norm(x, dim=None, keepdim=False):
        if dim is None:
            out = jnp.linalg.norm(jnp.ravel(x))
            return out.reshape((1,) * jnp.ndim(x)) if keepdim else out
        return jnp.sqrt(jnp.sum(jnp.square(x), axis=axes(dim), keepdims=keepdim))

    def extreme(best, position):
        def along(x, dim, keepdim=False):
            return best(x, axis=dim, keepdims=keepdim), position(x, axis=dim, keepdims=keepdim)

        return along

    def expand(x, shape):
        lead = len(shape) - jnp.ndim(x)
        return jnp.broadcast_to(x, tuple(jnp.shape(x)[i - lead] if n == -1 else n for i, n in enumerate(shape)))

    def scatter(g, shape, key):
        return jnp.zeros(shape, jnp.asarray(g).dtype).at[static(key)].add(g)

    def index_put(x, value, key):
        return jnp.asarray(x).at[static(key)].set(value)

    def copy(x, source):
        return jnp.broadcast_to(jnp.asarray(source), jnp.shape(x)).astype(jnp.asarray(x).dtype)

    def to(x, dtype):
        """A cast between floating types is a rounding: the oracle, which works in float64, leaves the value alone."""
        x, wanted = jnp.asarray(x), np.dtype(dtype)
        wanted = _wide(wanted)
        return x if x.dtype.kind == wanted.kind and wanted.kind in "fc" else x.astype(wanted)

    def along(x, path):
        return follow(table, x, path)

    def laid_back(g, shape, path):
        return put(table, jnp.zeros(shape, dtype_of_base(jnp.asarray(g).dtype, path)), g, path, add=True)

    def split(x, sizes, dim):
        return tuple(jnp.split(x, np.cumsum(sizes)[:-1], axis=dim))

    def unbind(x, dim):
        return tuple(jnp.take(x, i, axis=dim) for i in range(jnp.shape(x)[dim]))

    table = {
        # arithmetic
        "add_number": lambda x, other: jnp.add(x, other), "sub_number": lambda x, other: jnp.subtract(x, other),
        "mul_number": lambda x, other: jnp.multiply(x, other), "div_number": lambda x, other: jnp.true_divide(x, other),
        "add": jnp.add, "sub": jnp.subtract, "rsub": lambda x, y: jnp.subtract(y, x), "mul": jnp.multiply, "div": jnp.true_divide,
        "neg": jnp.negative, "reciprocal": lambda x: 1.0 / jnp.asarray(x), "pow_scalar": pow_scalar, "pow_tensor": pow_tensor,
        # smooth functions of one variable
        "exp": jnp.exp, "expm1": jnp.expm1, "log": jnp.log, "log1p": jnp.log1p, "sin": jnp.sin, "cos": jnp.cos, "tanh": jnp.tanh,
        "sigmoid": jax.nn.sigmoid, "sqrt": jnp.sqrt,
        # kinks, masks and jumps
        "abs": jnp.abs, "relu": jax.nn.relu, "clamp": clamp, "maximum": jnp.maximum, "minimum": jnp.minimum, "where_mask_op": where,
        "sign": jnp.sign, "floor": jnp.floor, "round": jnp.round,
        # reductions
        "sum": reduction(jnp.sum), "mean": reduction(jnp.mean), "amax": reduction(jnp.max), "amin": reduction(jnp.min),
        "max_all": jnp.max, "min_all": jnp.min,
        "prod": reduction(jnp.prod), "norm": norm, "max_dim": extreme(jnp.max, jnp.argmax), "min_dim": extreme(jnp.min, jnp.argmin),
        "cumsum": lambda x, dim: jnp.cumsum(x, axis=dim), "flip": lambda x, dim: jnp.flip(x, axis=axes(dim)),
        "softmax": lambda x, dim=-1: jax.nn.softmax(x, axis=dim), "log_softmax": lambda x, dim=-1: jax.nn.log_softmax(x, axis=dim),
        # shapes
        **dict.fromkeys(("view", "reshape_alias", "unsafe_view"), lambda x, shape: jnp.reshape(x, shape)),
        "permute": lambda x, dims: jnp.transpose(x, dims),
        "transpose": lambda x, dim0, dim1: jnp.swapaxes(x, dim0, dim1),
        "t": lambda x: jnp.swapaxes(x, -1, -2) if jnp.ndim(x) > 1 else x,
        "expand": expand, "unsqueeze": lambda x, dim: jnp.expand_dims(x, dim), "squeeze": _squeeze(jnp),
        "as_strided": along, "as_strided_scatter": laid_back,
        "cat_list": lambda *xs, dim: jnp.concatenate(xs, axis=dim), "stack_list": lambda *xs, dim: jnp.stack(xs, axis=dim),
        "split_sizes": split, "split_listed": split, "unsafe_split_sizes": split, "unbind_dim": unbind,
        # indexing
        **dict.fromkeys(("select", "slice", "index"), lambda x, key: jnp.asarray(x)[static(key)]),
        "index_scatter": scatter, "index_put": index_put,
        # copies
        "clone": jnp.array, "to": to, "to_device": lambda x, device, home: x, "copy": copy, "zero": jnp.zeros_like,
        "overwritten": lambda x, values: jnp.array(values),
        "overwritten_beside": lambda x, other, values: jnp.array(values), "alias": jnp.asarray,
        **dict.fromkeys(("fill", "fill_over", "fill_with"), lambda x, value: jnp.full_like(x, jnp.reshape(value, ()))),
        # linear algebra
        **dict.fromkeys(("mm", "bmm"), jnp.matmul), "inverse": jnp.linalg.inv,
    }  # fmt: skip
    for topic in TOPICS:
        table |= importlib.import_module(f".oracles_{topic}", __package__).oracles()
    return table


def follow(table, x, path):
    """The part of ``x`` that a chain of views leads to: ``path`` is ((primitive, params), ...)."""
    for op, params in path:
        x = table[op.__name__](x, **params)
    return x


def put(table, base, part, path, add=False):
    """``base`` with ``part`` written (or added) where ``path`` leads: the other direction of `follow`."""
    import jax
    import jax.numpy as jnp

    if (step := complex_step(path)) is not None:  # the numbers as pairs or the other way round, the part there, and back
        name = path[step][0].__name__
        back = {"pairs_of": "from_pairs", "from_pairs": "pairs_of", "conj": "conj", "neg_view": "neg_view"}
        turned = put(table, table[name](follow(table, base, path[:step])), part, path[step + 1 :], add)
        return put(table, base, table[back[name]](turned), path[:step])
    with jax.ensure_compile_time_eval():  # positions are numbers, also while somebody compiles this
        where = np.asarray(follow(table, jnp.arange(int(np.prod(base.shape))).reshape(base.shape), path)).reshape(-1)
    return _placing()(base, part, where, add)


@functools.cache
def _placing() -> Callable:
    """``base`` with the numbers of ``part`` at those positions of its memory, or added there: one compiled function for each pair
    of shapes, because step by step JAX takes longer over a scattering than over twenty other operations."""
    import jax
    import jax.numpy as jnp

    def placed(base, part, where, add):
        flat, values = jnp.reshape(base, -1).at[where], jnp.reshape(part, -1)
        return jnp.reshape(flat.add(values) if add else flat.set(values), base.shape)

    return jax.jit(placed, static_argnums=3)


def aligned(ours, theirs):
    """The oracle's eigenvectors with our signs: each column of V is only determined up to a factor of size 1."""
    import jax.numpy as jnp
    from jax.lax import stop_gradient

    (_, v), (values, vectors) = ours, theirs
    along = stop_gradient(jnp.sum(jnp.conj(vectors) * v, axis=-2, keepdims=True))
    return values, vectors * (
        jnp.where(along == 0, 1.0, along / jnp.abs(along)) if jnp.iscomplexobj(along) else jnp.where(along < 0, -1.0, 1.0)
    )


def _squeeze(jnp):
    def squeeze(x, dim=None):
        shape = jnp.shape(x)
        asked = range(len(shape)) if dim is None else [d % len(shape) for d in (dim if isinstance(dim, tuple) else (dim,))]
        return jnp.squeeze(x, axis=tuple(d for d in asked if shape[d] == 1))

    return squeeze


def _wide(dtype):
    return {"f": np.dtype("f8"), "V": np.dtype("f8"), "c": np.dtype("c16")}.get(dtype.kind, dtype)  # V: bfloat16
