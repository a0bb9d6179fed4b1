"""Independent JAX functions for trigonometry.py, special.py and pointwise.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def oracles() -> dict[str, Callable]:
    """{name of a primitive: its oracle}."""
    import jax
    import jax.numpy as jnp
    from jax.scipy import special

    still = jax.lax.stop_gradient

    def polygamma(x, n):
        return special.polygamma(n, jnp.asarray(x, float)) if n else special.digamma(x)

    def erfcx(x):
        return jnp.exp(special.log_ndtr(-x * np.sqrt(2.0)) + x * x) * 2

    def ldexp(x, y):
        return x * jnp.exp(y * np.log(2.0))

    def divided(x, y, rounding_mode):
        exact = jnp.true_divide(x, y)
        rounded = jnp.floor(exact) if rounding_mode == "floor" else jnp.trunc(exact)
        return rounded.astype(jnp.result_type(x, y))

    def logit(x, eps=None):
        return special.logit(x if eps is None else jnp.clip(x, eps, 1 - eps))

    def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
        return jnp.nan_to_num(x, nan=nan or 0.0, posinf=posinf, neginf=neginf)

    def clamp(x, low, high):
        return jnp.where(x < low, jnp.minimum(low, high), jnp.where(x > high, high, jnp.minimum(x, high)))

    def log_multigamma(x, p):
        return special.multigammaln(x, p)

    return {
        "clamp_min_number": lambda x, min: jnp.where(x < min, min, x), "clamp_max_number": lambda x, max: jnp.where(x > max, max, x),
        "clamp_min_tensor": lambda x, y: jnp.where(x < y, y, x), "clamp_max_tensor": lambda x, y: jnp.where(x > y, y, x),
        "tan": jnp.tan, "asin": jnp.arcsin, "acos": jnp.arccos, "atan": jnp.arctan, "atan2": jnp.arctan2, "sinh": jnp.sinh,
        "cosh": jnp.cosh, "asinh": jnp.arcsinh, "acosh": jnp.arccosh, "atanh": jnp.arctanh, "sinc": jnp.sinc, "deg2rad": jnp.deg2rad,
        "rad2deg": jnp.rad2deg, "hypot": lambda x, y: jnp.sqrt(x**2 + y**2),
        "erf": special.erf, "erfc": special.erfc, "erfcx": erfcx, "erfinv": special.erfinv, "log_ndtr": special.log_ndtr,
        "ndtri": special.ndtri, "lgamma": special.gammaln, "digamma": special.digamma, "polygamma_of": polygamma,
        "mvlgamma": log_multigamma, "zeta": special.zeta, "igamma": special.gammainc, "igammac": special.gammaincc,
        "i0": special.i0, "i0e": special.i0e, "i1": special.i1, "i1e": special.i1e,
        "entr": special.entr, "xlogy": special.xlogy, "xlog1py": special.xlog1py, "logit": logit,
        "exp2": jnp.exp2, "log2": jnp.log2, "log10": jnp.log10, "rsqrt": jax.lax.rsqrt, "logaddexp": jnp.logaddexp,
        "logaddexp2": jnp.logaddexp2, "ldexp": ldexp, "trunc": jnp.trunc, "ceil": jnp.ceil, "frac": lambda x: x - jnp.trunc(x),
        "fmod_tensor": jnp.fmod, "fmod_scalar": lambda x, other: jnp.fmod(x, other), "remainder_tensor": jnp.remainder,
        "remainder_scalar": lambda x, other: jnp.remainder(x, other), "div_rounded": divided, "floor_divide": jnp.floor_divide,
        "nextafter": lambda x, y: x + still(jnp.nextafter(still(x), still(y)) - x),
        "round_decimals": lambda x, decimals: jnp.round(x, decimals), "copysign": jnp.copysign,
        "copysign_scalar": lambda x, other: jnp.copysign(x, other), "fmax": jnp.fmax, "fmin": jnp.fmin, "nan_to_num": nan_to_num,
        "angle_real": jnp.angle, "lerp_tensor": lambda x, end, weight: (1 - weight) * x + weight * end,
        "lerp_scalar": lambda x, end, weight: (1 - weight) * x + weight * end,
        "add_scaled": lambda x, y, alpha: jnp.add(x, jnp.multiply(alpha, y)),
        "sub_scaled": lambda x, y, alpha: jnp.subtract(x, jnp.multiply(alpha, y)),
        "rsub_scaled": lambda x, y, alpha: jnp.subtract(y, jnp.multiply(alpha, x)),
        "addcmul_list": lambda x, a, b, value: x + value * jnp.multiply(a, b),
        "addcdiv_list": lambda x, a, b, value: x + value * jnp.divide(a, b),
        "rpow": lambda y, base: jnp.power(jnp.asarray(float(base)), y), "clamp_tensors": clamp,
    }  # fmt: skip
