"""Independent JAX functions for parts.py and spectral.py. The transforms are sums, written out as a matrix."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def oracles() -> dict[str, Callable]:
    """{name of a primitive: its oracle}."""
    import jax.numpy as jnp

    def waves(n, sign):
        """exp(sign 2 pi i j k / n) for all j and k."""
        return jnp.exp(sign * 2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n)

    def along(x, d, matrix):
        return jnp.moveaxis(jnp.tensordot(matrix, x, ([1], [d])), 0, d)

    def scale(n, norm, direct):
        return {"ortho": n**-0.5, "backward": 1.0 if direct else 1 / n, "forward": 1 / n if direct else 1.0}[norm]

    def c2c(x, dim, norm, direct):
        for d in dim:
            x = along(x, d, waves(x.shape[d], -1 if direct else 1) * scale(x.shape[d], norm, direct))
        return x

    def r2c(x, dim, norm, onesided):
        out = c2c(x + 0j, dim, norm, True)
        last = dim[-1]
        return jnp.take(out, np.arange(x.shape[last] // 2 + 1), last) if onesided else out

    def c2r(x, dim, norm, size):
        *others, last = dim
        x = c2c(x, others, norm, False)
        have = size // 2 + 1
        rest = size - have
        n = np.arange(size)[:, None]
        k = np.arange(have)
        turns = jnp.exp(2j * np.pi * n * k / size)
        twice = np.where((k > 0) & (k <= rest), 2.0, 1.0)
        x = jnp.take(x, k, last)
        return jnp.real(along(x, last, turns * twice)) * scale(size, norm, False)

    def sgn(x):
        if not jnp.iscomplexobj(x):
            return jnp.sign(x)
        return jnp.where(x == 0, 0, x / jnp.hypot(jnp.real(x), jnp.imag(x)))

    return {
        "conj": lambda x: jnp.real(x) - 1j * jnp.imag(x) if jnp.iscomplexobj(x) else x,
        "conj_physical": lambda x: jnp.real(x) - 1j * jnp.imag(x) if jnp.iscomplexobj(x) else x,
        "real_part": lambda x: (x + jnp.conj(x)).real / 2, "imag_part": lambda x: (-0.5j * (x - jnp.conj(x))).real,
        "neg_view": lambda x: 0 - x, "pairs_of": lambda x: jnp.stack([x.real, x.imag], -1), "from_pairs": lambda x: x @ jnp.array([1, 1j]),
        "of_parts": lambda x, y: x + 1j * y, "of_polar": lambda r, angle: r * jnp.exp(1j * angle),
        "angle_complex": lambda x: jnp.arctan2(x.imag, x.real), "sgn": sgn,
        "fft_c2c": c2c, "fft_r2c": r2c, "fft_c2r": c2r,
    }  # fmt: skip
