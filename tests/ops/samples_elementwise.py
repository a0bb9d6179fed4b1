"""Samples of elementwise operations."""

import math

from .samples import binary, unary

INF, NAN = math.inf, math.nan
DOMAINS = {
    "acosh": (1.1, 3), "log": (0.1, 3), "log2": (0.1, 3), "log10": (0.1, 3), "log1p": (-0.9, 3), "rsqrt": (0.1, 3), "sqrt": (0.1, 3),
    "lgamma": (0.2, 3), "digamma": (0.2, 3), "erfinv": (-0.9, 0.9), "logit": (0.1, 0.9), "reciprocal": (0.3, 2),
    "ceil": (0.1, 0.9), "trunc": (0.1, 0.9), "fix": (0.1, 0.9), "round": (0.1, 0.4), "frac": (0.1, 0.9), "floor": (0.1, 0.9), "sgn": (0.1, 1),
    "sign": (0.1, 1), "angle": (0.1, 1), "abs": (0.1, 1), "nan_to_num": (-3, 3), "i0": (0.1, 3),
}  # fmt: skip
UNARY = """tan asin acos atan sinh cosh asinh acosh atanh arcsin arccos arctan arcsinh arccosh arctanh sinc deg2rad rad2deg
           erf erfc erfinv lgamma digamma i0 logit exp2 log2 log10 rsqrt square trunc fix ceil frac sgn positive angle nan_to_num
           exp expm1 log log1p sin cos tanh sigmoid sqrt reciprocal abs relu sign floor neg negative round""".split()

SAMPLES = {name: list(unary(name, *DOMAINS.get(name, (-0.9, 0.9)))) for name in UNARY}
SAMPLES["acosh"] = SAMPLES["arccosh"] = list(unary("acosh", 1.1, 3))

_POSITIVE = (0.2, 2)
SAMPLES |= {name: list(binary(name, *_POSITIVE)) for name in
            "atan2 arctan2 hypot xlogy logaddexp logaddexp2 ldexp fmod remainder copysign fmax fmin float_power pow nextafter "
            "add sub subtract mul multiply div divide true_divide maximum minimum".split()}  # fmt: skip

SAMPLES["atan2"] += [lambda m, t: m.atan2(t(3), other=t(3))]
SAMPLES["round"] += [lambda m, t: m.round(t(3, 4), decimals=2), lambda m, t: t(3, low=100, high=900).round(decimals=-2)]
SAMPLES["logit"] += [lambda m, t: m.logit(t(3, 4, low=0, high=1), eps=0.2)]
SAMPLES["nan_to_num"] += [lambda m, t: t(4, low=5, high=9).nan_to_num(0.5, 2.0, -3.0)]
SAMPLES["fmod"] += [lambda m, t: t(3, 4).fmod(0.3), lambda m, t: m.fmod(t.ints(5, low=-9, high=9), 4)]
SAMPLES["remainder"] += [lambda m, t: t(3, 4) % 0.3, lambda m, t: t.ints(5, low=-9, high=9) % 4]
SAMPLES["xlogy"] += [lambda m, t: t(3).xlogy(t.const(0.5, 2, 3)), lambda m, t: m.xlogy(t.const(0, 0, 1.0), t.const(0, NAN, 2))]
SAMPLES["copysign"] += [lambda m, t: t(3, 4).copysign(-1.0), lambda m, t: m.copysign(t(4, low=0.1), t.const(-1, 1, -0.0, 0.0))]
SAMPLES["div"] += [
    lambda m, t: m.div(t(3, 4), t(4, low=0.3, high=0.4), rounding_mode="trunc"),
    lambda m, t: t(3, 4).div(t(4, low=0.3, high=0.4), rounding_mode="floor"),
    lambda m, t: m.div(t.ints(6, low=-9, high=9), t.const(2, -3, 4, 5, -2, 3, dtype="int64"), rounding_mode="trunc"),
    lambda m, t: m.div(t.ints(6, low=-9, high=9), 4, rounding_mode="floor"),
    lambda m, t: 2 / t(3, low=0.4, high=2),
]
SAMPLES["add"] += [lambda m, t: m.add(t(3), t(3), alpha=2), lambda m, t: 1 + t(2) + 0.5]
SAMPLES["sub"] += [lambda m, t: m.sub(t(3), t(3), alpha=0.5), lambda m, t: 1 - t(2)]
SAMPLES["pow"] += [lambda m, t: t(3, low=0.2, high=2) ** 3, lambda m, t: t(3, low=0.2, high=2) ** 0.5, lambda m, t: t(3) ** 0, lambda m, t: 2.5 ** t(3),
                   lambda m, t: t(3, low=0.2, high=2) ** -1.5]  # fmt: skip

SAMPLES |= {
    "polygamma": [lambda m, t, n=n: m.polygamma(n, t(3, low=0.5, high=3)) for n in (0, 1, 2)] + [lambda m, t: t(2, low=1, high=2).polygamma(1)],
    "mvlgamma": [lambda m, t: m.mvlgamma(t(3, 4, low=2, high=4), 3), lambda m, t: t(2, low=1, high=4).mvlgamma(1)],
    "lerp": [
        lambda m, t: m.lerp(t(3, 4), t(4), 0.3),
        lambda m, t: t(3, 1).lerp(t(4), t(3, 4)),
        lambda m, t: m.lerp(t(0, 2), t(0, 2), t()),
    ],
    "addcmul": [lambda m, t: m.addcmul(t(3, 4), t(4), t(3, 1), value=0.5), lambda m, t: t(2).addcmul(t(2), t())],
    "addcdiv": [
        lambda m, t: m.addcdiv(t(3, 4), t(4), t(3, 1, low=0.3, high=2), value=0.5),
        lambda m, t: t(2).addcdiv(t(2), t(low=0.5, high=1)),
    ],
    "floor_divide": [lambda m, t: m.floor_divide(t(3, 4, grad=False), t(4, low=0.3, high=0.5, grad=False)), lambda m, t: t.ints(5, low=-9, high=9) // 4],
    "clamp": [
        lambda m, t: m.clamp(t(3, 4), min=-0.5, max=0.3), lambda m, t: t(5).clamp(max=0.1), lambda m, t: m.clip(t(4), 0.1, 0.7),
        lambda m, t: t(3, 4).clamp(t(4, low=-0.5, high=-0.2), t(3, 1, low=0.2, high=0.6)),
    ],
}  # fmt: skip

_COMPARED = "eq ne lt le gt ge not_equal less less_equal greater greater_equal logical_and logical_or logical_xor heaviside"
SAMPLES |= {
    name: [lambda m, t, name=name: getattr(m, name)(t(3, 4, grad=False), t(4, grad=False)),
           lambda m, t, name=name: getattr(t.const(0, 1, 2.0), name)(t.const(0, 2, 1.0))]
    for name in _COMPARED.split()
}  # fmt: skip
SAMPLES["eq"] += [lambda m, t: t.ints(4) == 2.5, lambda m, t: t.ints(4).eq(2), lambda m, t: t.const(1, 2) != 1]
SAMPLES |= {
    name: [lambda m, t, name=name: getattr(m, name)(t.ints(3, 4, low=1, high=60), t.ints(4, low=1, high=7))]
    for name in "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift gcd lcm".split()
}
SAMPLES["bitwise_and"] += [lambda m, t: t.bools(5) & t.bools(5), lambda m, t: t.ints(5) & 3]
SAMPLES["bitwise_or"] += [lambda m, t: t.bools(5) | True, lambda m, t: t.ints(5) ^ 3]
SAMPLES |= {
    name: [
        lambda m, t, name=name: getattr(m, name)(t.const(0, -0.0, 1, INF, -INF, NAN)),
        lambda m, t, name=name: getattr(t.ints(3), name)(),
    ]
    for name in "isnan isinf isfinite isposinf isneginf isreal signbit logical_not".split()
}
SAMPLES |= {
    "bitwise_not": [lambda m, t: m.bitwise_not(t.ints(4)), lambda m, t: ~t.bools(4)],
    "isclose": [lambda m, t: m.isclose(t.const(1, 2, NAN), t.const(1 + 1e-9, 2.1, NAN), equal_nan=True)],
    "allclose": [lambda m, t: m.tensor(m.allclose(t.const(1, 2), t.const(1, 2.0)))],
    "equal": [lambda m, t: m.tensor(m.equal(t.const(1, 2), t.const(1, 3)))],
    "isin": [lambda m, t: m.isin(t.ints(3, 4), t.const(1, 3, dtype="int64"))],
}

# The values at kinks are PyTorch's.
KINKS = {
    "abs": [lambda m, t: m.abs(t(3) * 0)],
    "relu": [lambda m, t: m.relu(t(3) * 0)],
    "clamp": [lambda m, t: (t(3) * 0).clamp(min=0.0), lambda m, t: (t(3) * 0).clamp(max=0.0), lambda m, t: (t(3) * 0).clamp(t(3) * 0, t(3) * 0)],
    "maximum": [lambda m, t: m.maximum(t(3) * 0, t(3) * 0)],
    "minimum": [lambda m, t: m.minimum(t(3) * 0, t(3) * 0)],
    "fmax": [lambda m, t: m.fmax(t(3) * 0, t(3) * 0)],
    "fmin": [lambda m, t: m.fmin(t(3) * 0, t(3) * 0)],
    "atan2": [lambda m, t: m.atan2(t(3) * 0, t(3) * 0)],
    "hypot": [lambda m, t: m.hypot(t(3) * 0, t(3) * 0)],
    "sinc": [lambda m, t: m.sinc(t(3) * 0)],
    "sqrt": [lambda m, t: m.sqrt(t(3) * 0)],
    "copysign": [lambda m, t: m.copysign(t(3) * 0, t(3))],
    "pow": [lambda m, t: (t(3) * 0) ** 0.5, lambda m, t: (t(3) * 0) ** 0, lambda m, t: (t(3) * 0) ** 0.0, lambda m, t: (t(3) * 0) ** 2,
            lambda m, t: m.pow(t(4) * 0 + t.const(0, 0, -1, 2.0), t(4) * 0 + t.const(0, 2, 2, -1.0)),
            lambda m, t: 2 ** t(3), lambda m, t: 0 ** (t(3) * 0 + t.const(0, -1, 2.0))],
    "xlogy": [lambda m, t: m.xlogy(t(4) * 0 + t.const(0, 0, 0, 1.0), t(4) * 0 + t.const(0, -1, 2, 0.0))],
    "logit": [lambda m, t: m.logit(t(5) * 0 + t.const(-0.5, 0, 0.5, 1, 1.5)), lambda m, t: m.logit(t(5) * 0 + t.const(-0.5, 0.1, 0.5, 0.9, 1.5), 0.1)],
    "sgn": [lambda m, t: m.sgn(t(3) * 0)], "sign": [lambda m, t: m.sign(t(3) * 0)], "angle": [lambda m, t: m.angle(t(3) * 0)],
    "round": [lambda m, t: m.round(t(4) * 0 + t.const(0.5, 1.5, -0.5, 2.5))],
    "floor": [lambda m, t: m.floor(t(2) * 0 + 2)], "ceil": [lambda m, t: m.ceil(t(2) * 0 + 2)], "trunc": [lambda m, t: m.trunc(t(2) * 0 + 2)],
    "frac": [lambda m, t: m.frac(t(2) * 0 + 2)], "fmod": [lambda m, t: m.fmod(t(2) * 0 + 2, t(2) * 0 + 1)],
    "remainder": [lambda m, t: m.remainder(t(2) * 0 + 2, t(2) * 0 - 1)],
    "nan_to_num": [lambda m, t: m.nan_to_num(t(3) * 0 + t.const(INF, -INF, NAN))],
    "reciprocal": [lambda m, t: 1 / (t(2) * 0)], "log": [lambda m, t: m.log(t(2) * 0)], "rsqrt": [lambda m, t: m.rsqrt(t(2) * 0)],
    "i0": [lambda m, t: m.i0(t(2) * 0)],
}  # fmt: skip
