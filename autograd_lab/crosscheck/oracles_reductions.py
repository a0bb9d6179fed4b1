"""Independent JAX functions for statistics.py and rearrange.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def oracles() -> dict[str, Callable]:
    """{name of a primitive: its oracle}."""
    import jax
    import jax.numpy as jnp

    def var(x, dim, correction, keepdim):
        return jnp.var(x, axis=dim, ddof=correction, keepdims=keepdim)

    def std(x, dim, correction, keepdim):
        return jnp.std(x, axis=dim, ddof=correction, keepdims=keepdim)

    def mean(x, dim, keepdim):
        return jnp.mean(x, axis=dim, keepdims=keepdim)

    def scalar(along):
        return lambda x, dim: along(x, dim) if jnp.ndim(x) else jnp.asarray(x) * 1

    def running(best):
        def along(x, dim):
            if not jnp.ndim(x):
                return x * 1, jnp.zeros((), int)
            values = best(x, axis=dim)
            n = jnp.shape(x)[dim]
            places = jnp.arange(n).reshape([n if i == dim else 1 for i in range(jnp.ndim(x))])
            return values, jax.lax.cummax(jnp.where(values == x, places, -1), axis=dim)

        return along

    def median(x):
        flat = jnp.sort(jnp.ravel(x))
        return flat[(flat.size - 1) // 2]

    def ranked(x, dim, index, keepdim):
        if not jnp.ndim(x):
            return x * 1, jnp.zeros((), int)
        values = jnp.take_along_axis(x, index, axis=dim)
        return (values, index) if keepdim else (jnp.squeeze(values, dim), np.squeeze(index, dim))

    def logcumsumexp(x, dim):
        return jax.lax.cumlogsumexp(x, axis=dim % jnp.ndim(x)) if jnp.ndim(x) else x * 1

    def windows(x, dim, where):
        return jnp.moveaxis(jnp.take(x, where, axis=dim), dim + 1, -1)

    return {
        "var_over": var, "std_over": std,
        "var_mean_over": lambda x, dim, correction, keepdim: (var(x, dim, correction, keepdim), mean(x, dim, keepdim)),
        "std_mean_over": lambda x, dim, correction, keepdim: (std(x, dim, correction, keepdim), mean(x, dim, keepdim)),
        "logsumexp_over": lambda x, dim, keepdim: jax.scipy.special.logsumexp(x, axis=dim, keepdims=keepdim),
        "logcumsumexp_along": logcumsumexp, "cumsum": scalar(jnp.cumsum), "cumprod_along": scalar(jnp.cumprod),
        "cummax_along": running(jax.lax.cummax), "cummin_along": running(jax.lax.cummin),
        **dict.fromkeys(("median_all", "nanmedian_all"), median),
        **dict.fromkeys(("median_along", "nanmedian_along", "kthvalue_along", "mode_along"), ranked),
        "aminmax_over": lambda x, dim, keepdim: (jnp.min(x, axis=dim, keepdims=keepdim), jnp.max(x, axis=dim, keepdims=keepdim)),
        "nansum_over": lambda x, dim, keepdim: jnp.nansum(x, axis=dim, keepdims=keepdim),
        "tiled": lambda x, repeats: jnp.tile(x, repeats), "roll": lambda x, shifts, dims: jnp.roll(x, shifts, dims),
        "rot90_times": lambda x, k, dims: jnp.rot90(x, k, dims), "windows": windows,
    }  # fmt: skip
