"""NumPy's functions in JAX's spelling, and which of them make views or ask of shapes alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def jax_word(function) -> Callable | None:
    """JAX's function of that name, from jax.numpy, its linalg and fft, or the special functions; None if it has none."""
    import jax.numpy as jnp
    import jax.scipy.special

    name = function if isinstance(function, str) else function.__name__
    name = {"psi": "digamma", "_zeta": "zeta"}.get(name, name)  # what SciPy's functions call themselves
    home = getattr(function, "__module__", "") or ""
    if name in _OWN:
        return _OWN[name]
    module = getattr(jnp, home.partition("numpy.")[2].partition(".")[0], jnp) if home.startswith("numpy.") else jnp
    for place in (module, jnp, jax.scipy.special):
        if (found := getattr(place, name, None)) is not None:
            return found
    return None


def _argsort(x, axis=-1, kind=None, **_):
    import jax.numpy as jnp

    return jnp.argsort(x, axis, stable=True)


def _sort(x, axis=-1, kind=None, **_):
    import jax.numpy as jnp

    return jnp.sort(x, axis)


def _running(name: str):
    def word(x, axis=0, **_):
        import jax

        return getattr(jax.lax, name)(x, axis % x.ndim)

    return word


def _over(name: str):
    """A reduction; a single number has a dimension for NumPy, 0, and none for JAX."""

    def word(x, axis=None, *args, **params):
        import jax.numpy as jnp

        alone = not np.ndim(x) and axis in (0, -1, (0,), (-1,))
        return getattr(jnp, name)(x, None if alone else axis, *args, **params)

    return word


_OWN = {name: _over(name) for name in "all amax amin any max min prod sum".split()} | {
    "cummax": _running("cummax"), "cummin": _running("cummin"), "argsort": _argsort, "sort": _sort,
    "astype": lambda x, dtype: x.astype(dtype), "array": lambda x, *_, **__: x, "ascontiguousarray": lambda x: x, "copy": lambda x: x,
}  # fmt: skip
FOLDS = {
    "reduce": {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "logical_and": "all", "logical_or": "any"},
    "accumulate": {"add": "cumsum", "multiply": "cumprod", "maximum": "cummax", "minimum": "cummin"},
}
ADDED_AT = {"add": "add", "multiply": "multiply", "maximum": "max", "minimum": "min"}  # ``np.add.at``: what JAX calls it
OF_LAYOUTS = {np.shape, np.ndim, np.size, np.may_share_memory, np.shares_memory, np.result_type, np.iscomplexobj, np.isrealobj}
VIEWS = {np.broadcast_to, np.expand_dims, np.squeeze, np.moveaxis, np.swapaxes, np.transpose, np.diagonal, np.reshape, np.ravel,
         np.lib.stride_tricks.as_strided, np.lib.stride_tricks.sliding_window_view}  # fmt: skip
METHODS = """all any argmax argmin argsort clip conj cumprod cumsum dot max mean min nonzero prod repeat round searchsorted sort std
             sum take trace var""".split()  # and functions
