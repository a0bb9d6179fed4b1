"""Oracles of the elementwise functions beyond arithmetic: circular, special, remainders, signs, three operands."""

from __future__ import annotations

from collections.abc import Callable


def special_oracles() -> dict[str, Callable]:
    """The second part of the table in oracles.py."""
    import jax
    import jax.numpy as jnp
    import jax.scipy.special as special

    def log_gamma_of_matrices(x, p):
        return special.multigammaln(jnp.asarray(x), p)

    def logit(x, eps=None):
        x = x if eps is None else jnp.clip(x, eps, 1 - eps)
        return jnp.log(x) - jnp.log1p(-x)

    def divided(x, y, rounding_mode):
        return jnp.floor(x / y) if rounding_mode == "floor" else jnp.trunc(x / y)

    def angle(x):
        return jnp.where(x < 0, jnp.pi, jnp.where(jnp.isnan(x), x, 0.0))

    def scaled_erfc(x):
        return jnp.exp(jnp.square(x)) * special.erfc(x)

    def between(x, end, weight):
        return (1.0 - weight) * x + weight * end

    circular = {
        name: getattr(jnp, {"a": "arc"}.get(name[0], name[0]) + name[1:] if name.startswith(("as", "ac", "at")) else name)
        for name in "tan asin acos atan atan2 sinh cosh asinh acosh atanh sinc deg2rad rad2deg hypot".split()
    }
    plain = {name: getattr(jnp, name) for name in "exp2 log2 log10 logaddexp logaddexp2 trunc ceil copysign fmax fmin".split()}
    words = "erf erfc erfinv log_ndtr ndtri digamma zeta i0 i0e i1 i1e entr xlogy xlog1py"
    same_word = {name: getattr(special, name) for name in words.split()}
    return circular | plain | same_word | {
        "erfcx": scaled_erfc, "lgamma": special.gammaln, "polygamma_of": lambda x, n: special.polygamma(n, x),
        "mvlgamma": log_gamma_of_matrices, "logit": logit,
        "rsqrt": jax.lax.rsqrt, "ldexp": lambda x, y: x * jnp.power(2.0, y), "frac": lambda x: x - jnp.trunc(x),
        "fmod_tensor": jnp.fmod, "fmod_scalar": lambda x, other: jnp.fmod(x, other), "remainder_tensor": jnp.remainder,
        "remainder_scalar": lambda x, other: jnp.remainder(x, other), "div_rounded": divided,
        "round_decimals": lambda x, decimals: jnp.round(x, decimals), "sgn": jnp.sign,
        "copysign_scalar": lambda x, other: jnp.copysign(x, other), "angle_real": angle,
        "nan_to_num": lambda x, nan=0.0, posinf=None, neginf=None: jnp.nan_to_num(x, nan=nan or 0.0, posinf=posinf, neginf=neginf),
        "lerp_tensor": between, "lerp_scalar": between,
        "addcmul_list": lambda x, tensor1, tensor2, value: x + value * tensor1 * tensor2,
        "addcdiv_list": lambda x, tensor1, tensor2, value: x + value * tensor1 / tensor2,
    }  # fmt: skip
