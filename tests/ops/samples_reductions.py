"""Samples of reductions, running ones included."""

import math

NAN = math.nan


def reduction(name, **options):
    """Over everything, over one dimension, over several with keepdim, of a scalar, of a transpose."""
    yield lambda m, t: getattr(m, name)(t(3, 4, apart=True), **options)
    yield lambda m, t: getattr(m, name)(t(2, 3, 4, apart=True), dim=1, **options)
    yield lambda m, t: getattr(t(2, 3, 4, apart=True), name)(dim=(0, -1), keepdim=True, **options)
    yield lambda m, t: getattr(t.turned(2, 3, apart=True), name)(0, **options)
    yield lambda m, t: getattr(m, name)(t(), dim=0, **options)


def one_dim(name, **options):
    """Along one dimension: (values, indices) or an array as large as its input."""
    yield lambda m, t: getattr(m, name)(t(3, 4, apart=True), dim=1, **options)
    yield lambda m, t: getattr(t(2, 3, 4, apart=True), name)(-2, **options)
    yield lambda m, t: getattr(t.turned(2, 3, apart=True), name)(dim=0, **options)
    yield lambda m, t: getattr(m, name)(t(), 0, **options)


SAMPLES = {name: list(reduction(name)) for name in "sum mean amax amin var std nansum nanmean".split()}
SAMPLES["var"], SAMPLES["std"] = SAMPLES["var"][:4], SAMPLES["std"][:4]  # of one element it is nan
SAMPLES |= {name: list(one_dim(name)) for name in "cumsum cumprod cummax cummin logcumsumexp median nanmedian".split()}
SAMPLES |= {name: list(one_dim(name))[:3] for name in "max min softmax log_softmax logsumexp prod argmax argmin mode".split()}
SAMPLES["sum"] += [
    lambda m, t: m.sum(t.bools(5)),
    lambda m, t: t.ints(2, 3, dtype="int32").sum(0),
    lambda m, t: m.sum(t(0, 3), axis=0),
]
SAMPLES["prod"] += [lambda m, t: m.prod(t(2, 3)), lambda m, t: (t(2, 4) * t.const(1, 0, 1, 1)).prod(1), lambda m, t: (t(4) * t.const(1, 0, 0, 1)).prod(),
                    lambda m, t: m.prod(t(2, 3), 1, keepdim=True)]  # fmt: skip
SAMPLES["cumprod"] += [lambda m, t: m.cumprod(t(2, 4) * t.const(1, 0, 1, 1), 1), lambda m, t: m.cumprod(t.ints(4, low=1), 0)]
SAMPLES["var"] += [
    lambda m, t: m.var(t(3, 4), 1, unbiased=False),
    lambda m, t: t(3, 4).var(1, correction=0),
    lambda m, t: t(4).var(False),
]
SAMPLES["std"] += [
    lambda m, t: m.std(t(3, 4), 1, unbiased=False),
    lambda m, t: t(3, 4).std(1, correction=2),
    lambda m, t: t(4).std(False),
]
SAMPLES["max"] += [lambda m, t: m.max(t(3, 4)), lambda m, t: t(3, 4).max(1, keepdim=True)]
SAMPLES["min"] += [lambda m, t: m.min(t(3, 4)), lambda m, t: t(3, 4).min(0, True)]
SAMPLES["median"] += [lambda m, t: m.median(t(3, 3, apart=True)), lambda m, t: t(5, 2, apart=True).median(0, keepdim=True)]
SAMPLES["nanmedian"] += [
    lambda m, t: m.nanmedian(t(3, 4, apart=True)),
    lambda m, t: m.nanmedian(t.const(1, NAN, 3, 2.0)),
    lambda m, t: m.nanmedian(t.const([[1, NAN, 3], [NAN, 2, 5.0]]), 1),
]
SAMPLES["nansum"] += [lambda m, t: m.nansum(t.const(1, NAN, 3.0))]
SAMPLES["nanmean"] += [lambda m, t: m.nanmean(t.const([[1, NAN, 3], [NAN, 2, 5.0]]), 1)]
SAMPLES["logsumexp"] += [lambda m, t: m.logsumexp(t(2, 3, 4), (0, 2)), lambda m, t: t(2, 3).logsumexp(1, keepdim=True)]
SAMPLES["argmax"] += [lambda m, t: m.argmax(t(3, 4)), lambda m, t: t(3, 4).argmax(1, keepdim=True)]
SAMPLES["argmin"] += [lambda m, t: m.argmin(t(3, 4)), lambda m, t: t(3, 4).argmin(1, keepdim=True)]
SAMPLES |= {
    "var_mean": [
        lambda m, t: m.var_mean(t(3, 4)),
        lambda m, t: m.var_mean(t(3, 4), dim=1, keepdim=True),
        lambda m, t: m.var_mean(t(3, 4), 1, correction=0),
    ],
    "std_mean": [lambda m, t: m.std_mean(t(3, 4)), lambda m, t: m.std_mean(t(3, 4), dim=1, keepdim=True)],
    "kthvalue": [
        lambda m, t: m.kthvalue(t(3, 4, apart=True), 2),
        lambda m, t: t(3, 4, apart=True).kthvalue(3, 0, keepdim=True),
    ],
    "quantile": [
        lambda m, t: m.quantile(t(2, 3, 4, apart=True), 0.3, 0, keepdim=True),
        lambda m, t: m.nanquantile(t(2, 3, 4, apart=True), t.const(0.2, 0.9), 0, True),
        lambda m, t: m.quantile(t(3, 4, apart=True), 0.3, 1),
        lambda m, t: t(5, apart=True).quantile(t.const(0.1, 0.5, 0.9)),
        lambda m, t: m.quantile(t(3, 4, apart=True), 0.6, 0, keepdim=True, interpolation="lower"),
    ],
    "nanquantile": [lambda m, t: m.nanquantile(t.const([[1, NAN, 3, 4], [NAN, 2, 5.0, 7]]), 0.4, 1)],
    "aminmax": [lambda m, t: m.aminmax(t(3, 4, apart=True)), lambda m, t: m.aminmax(t(3, 4, apart=True), dim=1, keepdim=True)],
    "count_nonzero": [lambda m, t: m.count_nonzero(t.ints(3, 4)), lambda m, t: t.ints(3, 4).count_nonzero(dim=1)],
    "any": [
        lambda m, t: m.any(t.bools(3, 4)),
        lambda m, t: t.ints(3, 4).any(1),
        lambda m, t: t.bools(2, 3).any(dim=0, keepdim=True),
    ],
    "all": [
        lambda m, t: m.all(t.bools(3, 4)),
        lambda m, t: t.ints(3, 4).all(1),
        lambda m, t: t.bools(2, 3).all(dim=0, keepdim=True),
    ],
}

KINKS = {
    "logcumsumexp": [lambda m, t: m.logcumsumexp(t(4) + t.const(0, 1e3, -1e3, 2e3), 0), lambda m, t: m.logcumsumexp(t(3) + t.const(-math.inf, 0, 1), 0)],
    "amax": [lambda m, t: m.amax(t(3) * 0)], "max": [lambda m, t: m.max(t(3) * 0), lambda m, t: m.max(t(3, 2) * 0, 0)],
    "amin": [lambda m, t: m.amin(t(3) * 0)], "min": [lambda m, t: m.min(t(3) * 0), lambda m, t: m.min(t(3, 2) * 0, 0)],
    "median": [lambda m, t: m.median(t(3) * 0 + 1)], "std": [lambda m, t: m.std(t(3) * 0 + 1), lambda m, t: m.std(t(1), correction=0)],
    "aminmax": [lambda m, t: m.aminmax(t(3) * 0), lambda m, t: m.aminmax(t(3, 2) * 0, dim=0)],
    "prod": [lambda m, t: m.prod(t(2) * t.const(0, 2))],
}  # fmt: skip
