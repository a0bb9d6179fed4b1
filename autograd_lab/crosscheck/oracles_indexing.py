"""Independent JAX functions for gathering.py, scattering.py, combining.py, diagonals.py and sorting.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def oracles() -> dict[str, Callable]:
    """{name of a primitive: its oracle}."""
    import jax
    import jax.numpy as jnp
    from jax.lax import stop_gradient

    def read(x, key, shared=None):
        return jnp.asarray(x)[key]

    def write(x, src, key):
        return jnp.asarray(x).at[key].set(src)

    def write_and_send(x, src, key):
        """The gradient goes to the elements of x that are replaced and to no others, as in PyTorch."""
        fixed = stop_gradient(jnp.asarray(x))
        hit = jnp.zeros(jnp.shape(x), bool).at[key].set(True)
        return fixed.at[key].set(src) + jnp.where(hit, x - fixed, 0)

    def write_number(x, key, value):
        return jnp.asarray(x).at[key].set(value)

    def add(x, src, key):
        return jnp.asarray(x).at[key].add(src)

    def embed(x, offset, dim1, dim2):
        n = jnp.shape(x)[-1] + abs(offset)
        eye = np.eye(n, k=offset)
        rows = slice(-offset, None) if offset < 0 else slice(None, jnp.shape(x)[-1])
        matrices = jnp.zeros((*jnp.shape(x)[:-1], n, n)).at[..., rows, :].set(eye[rows] * jnp.asarray(x)[..., :, None])
        return jnp.moveaxis(matrices, (-2, -1), (dim1, dim2))

    def diagonal_back(g, shape, offset, dim1, dim2):
        at = np.diagonal(np.arange(int(np.prod(shape))).reshape(shape), offset, dim1, dim2)
        return jnp.zeros(int(np.prod(shape))).at[at].set(g).reshape(shape)

    def reduce_at(x, src, key, reduce, include_self):
        hit = np.zeros(np.shape(x), int)
        np.add.at(hit, key, 1)
        neutral = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "amax": -np.inf, "amin": np.inf}[reduce]
        base = x if include_self else jnp.where(hit > 0, neutral, x)
        if reduce == "prod":  # every source in a column of its own, 1 elsewhere
            places = np.arange(hit.size).reshape(hit.shape)[key].reshape(-1)
            factors = jnp.where(places[:, None] == np.arange(hit.size), jnp.reshape(src, (-1, 1)), 1.0)
            return base * jnp.prod(factors, axis=0).reshape(hit.shape)
        at = jnp.asarray(base).at[key]
        combine = {"sum": at.add, "mean": at.add, "amax": at.max, "amin": at.min}[reduce]
        return combine(src) / np.maximum(hit + include_self, 1) if reduce == "mean" else combine(src)

    def segments(x, key, shape, axis, reduce, initial):
        """A row of zeros and ones for every segment, by which the rows of x are chosen."""
        rows, into = key
        flat = jnp.reshape(x, (int(np.prod(jnp.shape(x)[: axis + 1])), -1))
        mine = np.zeros((int(np.prod(shape[: axis + 1])), flat.shape[0]), bool)
        mine[into, rows] = True
        neutral = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "max": -np.inf, "min": np.inf}[reduce]
        start = neutral if initial is None else initial
        chosen = jnp.where(mine[..., None], flat, neutral)
        if reduce == "prod":
            return jnp.reshape(start * jnp.prod(chosen, 1), shape)
        if reduce in ("max", "min"):
            found = getattr(jnp, reduce)(chosen, 1, initial=None)
            return jnp.reshape(
                found if initial is None else jnp.where((found > start) == (reduce == "max"), found, start), shape
            )
        total = start + jnp.sum(chosen, 1)
        return jnp.reshape(
            total / np.maximum(mine.sum(1, keepdims=True), initial is not None) if reduce == "mean" else total, shape
        )

    def chosen(x, dim, index):
        return (jnp.take_along_axis(x, index, axis=dim), index) if jnp.ndim(x) else (x * 1, index)

    return {
        **dict.fromkeys(("gather", "take", "index_select", "masked_select", "strided", "narrow_copied"), read),
        **dict.fromkeys(("scatter_at", "index_copy_at", "select_scatter_at", "slice_scatter_at", "diagonal_scatter_at", "put_at",
                         "masked_scatter_at"), write),
        "strided_scatter_at": write_and_send,
        "scatter_number": write_number, "index_fill_number": write_number, "index_fill_tensor": write,
        "scatter_add_at": add, "index_add_at": lambda x, source, key, alpha: add(x, alpha * source, key),
        "masked_fill_number": lambda x, mask, value: jnp.where(mask, value, x),
        "masked_fill_tensor": lambda x, value, mask: jnp.where(mask, value, x),
        "tril": lambda x, diagonal=0: jnp.tril(x, diagonal), "triu": lambda x, diagonal=0: jnp.triu(x, diagonal),
        **dict.fromkeys(("diagonal", "diagonal_copied"), lambda x, offset, dim1, dim2: jnp.diagonal(x, offset, dim1, dim2)),
        "blocks_list": jax.scipy.linalg.block_diag, "diagonal_back": diagonal_back,
        "diag_embed_at": embed, "trace": jnp.trace, "scatter_reduce_at": reduce_at, "index_reduce_at": reduce_at,
        "segment_reduce_at": segments,
        "sort_along": chosen, "topk_along": chosen,
    }  # fmt: skip
