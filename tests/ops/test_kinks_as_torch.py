"""The gradient at every point where there is none, or none that is finite, is the one PyTorch gives: asked of PyTorch itself."""

import math

import numpy as np
import pytest
import torch

import autograd_lab as lab

INF, NAN = math.inf, math.nan


def const(m, *values):
    return m.tensor(values, dtype=m.float64)


KINKS = {  # f(m, x) at x
    "abs at 0": ("x.abs()", [0.0]),
    "relu at 0": ("x.relu()", [0.0]),
    "clamp(min) at its limit": ("x.clamp(min=0)", [0.0]),
    "clamp(max) at its limit": ("x.clamp(max=1)", [1.0]),
    "clamp at both": ("x.clamp(-1, 1)", [-1.0, 1.0]),
    "clamp by a tensor": ("x.clamp(min=c(0.0))", [0.0]),
    "the tensor that clamps": ("c(0.0).clamp(min=x)", [0.0]),
    "clamp_min": ("x.clamp_min(0.0)", [0.0]),
    "clamp_max": ("x.clamp_max(0.0)", [0.0]),
    "maximum of equals": ("m.maximum(x, c(1.0))", [1.0]),
    "minimum of equals": ("m.minimum(x, c(1.0))", [1.0]),
    "fmax of equals": ("m.fmax(x, c(1.0))", [1.0]),
    "fmin of equals": ("m.fmin(x, c(1.0))", [1.0]),
    "fmax of equals, the second": ("m.fmax(c(1.0), x)", [1.0]),
    "max of all": ("x.max()", [2.0, 2.0, 1.0]),
    "min of all": ("x.min()", [2.0, 2.0, 3.0]),
    "amax": ("x.amax(0)", [2.0, 2.0]),
    "amin": ("x.amin(0)", [2.0, 2.0]),
    "max along": ("x.max(0).values", [2.0, 2.0]),
    "min along": ("x.min(0).values", [2.0, 2.0]),
    "aminmax": ("x.aminmax(dim=0)[1]", [2.0, 2.0]),
    "median": ("x.median()", [1.0, 1.0, 1.0]),
    "median along": ("x.median(0).values", [1.0, 1.0, 1.0]),
    "kthvalue": ("x.kthvalue(1).values", [1.0, 1.0]),
    "mode": ("x.mode(0).values", [1.0, 1.0]),
    "sort": ("x.sort(0).values[0]", [1.0, 1.0]),
    "topk": ("x.topk(1).values", [1.0, 1.0]),
    "cummax": ("x.cummax(0).values * c(1.0, 2.0)", [1.0, 1.0]),
    "cummin": ("x.cummin(0).values * c(1.0, 2.0)", [1.0, 1.0]),
    "quantile": ("x.quantile(0.5)", [1.0, 1.0]),
    "scatter_reduce": ("c(0.0).scatter_reduce(0, m.tensor([0, 0]), x, 'amax', include_self=False)", [1.0, 1.0]),
    "segment max of equals": ("m.segment_reduce(x, 'max', lengths=m.tensor([3, 2]))", [2.0, 1.0, 2.0, 3.0, 3.0]),
    "segment min, below it all": ("m.segment_reduce(x, 'min', lengths=m.tensor([2, 1]), initial=0.0)", [2.0, 0.0, 2.0]),
    "segment max beside nan": ("m.segment_reduce(x, 'max', lengths=m.tensor([2, 1]))", [2.0, NAN, 2.0]),
    "segment prod with zeros": ("m.segment_reduce(x, 'prod', lengths=m.tensor([2, 3]))", [2.0, 0.0, 0.0, 3.0, 0.0]),
    "segment prod beside nan": ("m.segment_reduce(x, 'prod', lengths=m.tensor([3, 1]))", [2.0, NAN, 0.0, 3.0]),
    "segment prod from 0": ("m.segment_reduce(x, 'prod', lengths=m.tensor([3]), initial=0)", [2.0, 0.0, 5.0]),
    "segment mean of none": ("m.segment_reduce(x, 'mean', lengths=m.tensor([0, 2]))", [1.0, 2.0]),
    **{
        f"{word} of {values}": (f"x.{word}", values)
        for word in ("prod()", "prod(0)", "cumprod(0)", "reshape(1, -1).cumprod(1)")
        for values in (
            [0.0, NAN, 2.0],
            [0.0, 0.0, NAN],
            [0.0, 0.0, INF],
            [3.0, 0.0, INF, 2.0],
            [2.0, 0.0, 3.0, NAN],
            [2.0, 0.0, 3.0, 0.0, 5.0],
        )
    },
    "max_pool1d": ("m.nn.functional.max_pool1d(x[None, None], 2)", [1.0, 1.0]),
    "norm of 0": ("x.norm()", [0.0, 0.0]),
    "1-norm": ("m.linalg.vector_norm(x, 1)", [0.0, 1.0]),
    "3-norm of 0": ("m.linalg.vector_norm(x, 3)", [0.0, 0.0]),
    "largest magnitude": ("m.linalg.vector_norm(x, float('inf'))", [1.0, -1.0]),
    "cdist of equals": ("m.cdist(x[None], x.detach()[None])", [1.0, 1.0]),
    "pdist of equals": ("m.nn.functional.pdist(m.stack([x, x]))", [1.0, 2.0]),
    "hypot at the origin": ("m.hypot(x, c(0.0))", [0.0]),
    "renorm at its limit": ("x[None].renorm(2, 0, 1.0)", [1.0, 0.0]),
    "cosine_similarity of 0": ("m.nn.functional.cosine_similarity(x, x.detach(), 0)", [0.0, 0.0]),
    "normalize of 0": ("m.nn.functional.normalize(x, dim=0)[0]", [0.0, 0.0]),
    "std of equals": ("x.std(0)", [1.0, 1.0]),
    "var of equals": ("x.var(0)", [1.0, 1.0]),
    "sqrt at 0": ("x.sqrt()", [0.0]),
    "rsqrt at 0": ("x.rsqrt()", [0.0]),
    "x ** 0.5 at 0": ("x**0.5", [0.0]),
    "x ** 0 at 0": ("x**0", [0.0]),
    "x ** 0.0 at 0": ("x**0.0", [0.0]),
    "x ** tensor(0) at 0": ("x ** c(0.0)", [0.0]),
    "0 ** x at 0": ("c(0.0) ** x", [0.0]),
    "x ** 1.5 at 0": ("x**1.5", [0.0]),
    "log at 0": ("x.log()", [0.0]),
    "log1p at -1": ("x.log1p()", [-1.0]),
    "where over log": ("m.where(x > 0, x.log(), c(0.0))", [0.0, 1.0]),
    "xlogy at 0, 0": ("m.special.xlogy(x, c(0.0))", [0.0]),
    "xlogy, its second at 0": ("m.special.xlogy(c(0.0), x)", [0.0]),
    "entr at 0": ("m.special.entr(x)", [0.0]),
    "x / x at 0": ("x / x", [0.0]),
    "reciprocal at 0": ("x.reciprocal()", [0.0]),
    "atan2 at the origin": ("m.atan2(x, c(0.0))", [0.0]),
    "atan2 at the origin, the second": ("m.atan2(c(0.0), x)", [0.0]),
    "asin at 1": ("x.asin()", [1.0]),
    "acos at 1": ("x.acos()", [1.0]),
    "acosh at 1": ("x.acosh()", [1.0]),
    "atanh at 1": ("x.atanh()", [1.0]),
    "erfinv at 1": ("x.erfinv()", [1.0]),
    "logit at 1": ("x.logit()", [1.0]),
    "sinc at 0": ("x.sinc()", [0.0]),
    "copysign at 0": ("m.copysign(x, c(-1.0))", [0.0]),
    "nan_to_num of infinity": ("x.nan_to_num()", [INF, -INF]),
    "sign at 0": ("x.sign()", [0.0]),
    "sign of nan": ("x.sign()", [math.nan]),
    "floor": ("x.floor()", [1.0]),
    "ceil": ("x.ceil()", [1.0]),
    "round": ("x.round()", [0.5, 1.0]),
    "trunc": ("x.trunc()", [1.0]),
    "frac": ("x.frac()", [1.0]),
    "remainder": ("x.remainder(2.0)", [2.0]),
    "fmod": ("x.fmod(2.0)", [2.0]),
    "prod with one 0": ("x.prod()", [0.0, 2.0]),
    "prod with two": ("x.prod()", [0.0, 0.0]),
    "cumprod with one 0": ("x.cumprod(0)", [0.0, 2.0]),
    "logsumexp of -inf": ("x.logsumexp(0)", [-INF, -INF]),
    "logaddexp of -inf": ("m.logaddexp(x, c(-INF))", [-INF]),
    "leaky_relu at 0": ("F.leaky_relu(x)", [0.0]),
    "prelu at 0": ("F.prelu(x, c(0.25))", [0.0]),
    "elu at 0": ("F.elu(x)", [0.0]),
    "celu at 0": ("F.celu(x)", [0.0]),
    "selu at 0": ("F.selu(x)", [0.0]),
    "relu6": ("F.relu6(x)", [0.0, 6.0]),
    "hardtanh": ("F.hardtanh(x)", [-1.0, 1.0]),
    "hardsigmoid": ("F.hardsigmoid(x)", [-3.0, 3.0]),
    "hardswish": ("F.hardswish(x)", [-3.0, 3.0]),
    "hardshrink": ("F.hardshrink(x)", [-0.5, 0.5]),
    "softshrink": ("F.softshrink(x)", [-0.5, 0.5]),
    "threshold": ("F.threshold(x, 1.0, 0.0)", [1.0]),
    "softsign at 0": ("F.softsign(x)", [0.0]),
    "logsigmoid at 0": ("F.logsigmoid(x)", [0.0]),
    "softplus at its threshold": ("F.softplus(x, 1.0, 20.0)", [20.0]),
    "l1_loss of equals": ("F.l1_loss(x, c(1.0))", [1.0]),
    "smooth_l1_loss at beta": ("F.smooth_l1_loss(x, c(0.0))", [1.0]),
    "huber_loss at delta": ("F.huber_loss(x, c(0.0), delta=0.5)", [0.5]),
    "hinge_embedding_loss at its margin": ("F.hinge_embedding_loss(x, c(-1.0))", [1.0]),
    "margin_ranking_loss at its margin": ("F.margin_ranking_loss(x, c(0.0), c(1.0))", [0.0]),
    "multi_margin_loss at its margin": ("F.multi_margin_loss(x[None], m.tensor([0]))", [1.0, 0.0]),
    "multilabel_margin_loss at its margin": ("F.multilabel_margin_loss(x, m.tensor([0, -1]))", [1.0, 0.0]),
    "binary_cross_entropy at 1": ("F.binary_cross_entropy(x, c(1.0))", [1.0]),
    "binary_cross_entropy, wholly wrong": ("F.binary_cross_entropy(x, c(1.0, 0.0))", [0.0, 1.0]),
    "clamp with crossed limits": ("x.clamp(2.0, 1.0)", [1.0, 1.5, 2.0]),
    "logsigmoid at infinity": ("F.logsigmoid(x)", [INF, -INF]),
    "silu at infinity": ("F.silu(x)", [INF, -INF]),
    "gelu at infinity": ("F.gelu(x)", [INF, -INF]),
    "polar at 0": ("m.view_as_real(m.polar(x, x))", [0.0]),
    "angle of 0": ("m.complex(x, x * 0).angle()", [0.0]),
    "slogdet of a singular matrix": ("m.linalg.slogdet(x.reshape(2, 2))[1]", [1.0, 2.0, 2.0, 4.0]),
    "matrix_norm of 0": ("m.linalg.matrix_norm(x.reshape(2, 2))", [0.0] * 4),
    "largest singular value, twice": ("m.linalg.matrix_norm(x.reshape(2, 2), 2)", [1.0, 0.0, 0.0, 1.0]),
    "eigenvalues, twice the same": ("m.linalg.eigvalsh(x.reshape(2, 2))", [1.0, 0.0, 0.0, 1.0]),
    "largest distance, twice": ("m.cdist(x[None], c(0.0, 0.0)[None], p=INF)", [1.0, 1.0]),
    "largest distance within, twice": ("F.pdist(m.stack([x, x.detach() * 0]), INF)", [1.0, 1.0]),
    "attention that sees nothing": (
        "F.scaled_dot_product_attention(*[x.reshape(2, 2)] * 3, attn_mask=m.tensor([[False, False], [True, False]]))",
        [0.0, 1.0, 1.0, 1.0],
    ),
    "attention that sees nothing, by numbers": (
        "F.scaled_dot_product_attention(*[x.reshape(2, 2)] * 3, attn_mask=c(-INF, -INF).reshape(1, 2))",
        [0.0, 1.0, 1.0, 1.0],
    ),
    "a class passed over": ("F.nll_loss(x.reshape(2, 2), m.tensor([0, 1]), ignore_index=0)", [INF, 1.0, 1.0, 2.0]),
    "every class passed over": (
        "F.cross_entropy(x.reshape(2, 2), m.tensor([0, 0]), ignore_index=0, label_smoothing=0.1)",
        [1.0, 1.0, 2.0, 0.0],
    ),
    "lerp from infinity": ("m.lerp(x, c(1.0, 2.0), 0.7)", [INF, -INF]),
    "logits at infinity": ("F.binary_cross_entropy_with_logits(x, c(0.0, 0.0))", [INF, -INF]),
    "quantile beside infinity": ("x.quantile(0.3)", [-INF, 1.0, 2.0]),
    "resized beside infinity": ("F.interpolate(x.reshape(1, 1, 4), size=3)", [1.0, INF, 2.0, 3.0]),
    "resized beside nan": ("F.interpolate(x.reshape(1, 1, 2, 2), scale_factor=2)", [1.0, NAN, 2.0, 3.0]),
    "pooled beside nan": ("F.adaptive_avg_pool1d(x.reshape(1, 1, 4), 2)", [1.0, NAN, 2.0, 3.0]),
    "max_pool1d of nan": ("F.max_pool1d(x[None], 4)", [NAN, 1.0, NAN, 0.0]),
    "max_pool2d of nan": ("F.max_pool2d(x.reshape(1, 2, 2), 2)", [NAN, 1.0, NAN, 0.0]),
    "max_pool2d of -inf": ("F.max_pool2d(x.reshape(1, 2, 2), 2, padding=1)", [-INF, 1.0, -INF, -INF]),
    "lp_pool of 0": ("F.lp_pool1d(x.reshape(1, 1, 4), 2, 2)", [0.0, 0.0, 3.0, 4.0]),
    "0-norm in a quotient": ("F.normalize(x, p=0.0, dim=0)", [1.0, 0.0, 3.0]),
    "lgamma of -infinity": ("x.lgamma()", [-INF]),
    "logcumsumexp from infinity": ("x.logcumsumexp(0)", [INF, 2.0, 3.0]),
    "remainder of infinity": ("m.remainder(c(INF), x)", [2.0]),
    "prod of 0 and nan": ("x.prod()", [0.0, 1.0, NAN]),
    "nextafter": ("m.nextafter(x, c(1.0, 2.0))", [1.0, 1.0]),
    "nextafter, the second": ("m.nextafter(c(1.0, 2.0), x)", [1.0, 1.0]),
    "an infinite slope of what is flat": ("(x.floor() * x.sign()) ** 0.5", [0.0]),
    "largest of equals, itself left out": (
        "x.scatter_reduce(0, m.tensor([0, 0, 1]), x.detach(), 'amax', include_self=False)",
        [1.0, 1.0, 2.0],
    ),
    "largest of equals, itself left out, the second": (
        "c(1.0, 1.0, 2.0).scatter_reduce(0, m.tensor([0, 0, 1]), x, 'amax', include_self=False)",
        [1.0, 1.0, 2.0],
    ),
    "largest of nan": ("c(1.0, 1.0).scatter_reduce(0, m.tensor([0, 0, 1]), x, 'amax')", [1.0, NAN, 2.0]),
    "mean beside nan": ("c(1.0, 1.0).scatter_reduce(0, m.tensor([0, 0, 1]), x, 'mean')", [1.0, NAN, 2.0]),
    "product beside nan": (
        "c(NAN, 1.0).scatter_reduce(0, m.tensor([0, 0, 1]), x, 'prod', include_self=False)",
        [1.0, 0.0, 2.0],
    ),
    "adaptive_max_pool1d of nan": ("F.adaptive_max_pool1d(x[None], 2)", [NAN, NAN, 1.0, 0.0]),
} | {  # what of the gradient comes through nan
    f"{text} at nan": (text, [NAN, 1.0, NAN])
    for text in (
        "x.relu()",
        "F.relu6(x)",
        "F.hardtanh(x)",
        "F.hardshrink(x)",
        "F.softshrink(x)",
        "F.threshold(x, 0.5, 2.0)",
        "F.elu(x)",
        "F.selu(x)",
        "F.celu(x)",
        "F.leaky_relu(x)",
        "x.clamp(0, 1)",
        "x.clamp_min(0)",
        "m.maximum(x, c(2.0))",
        "m.minimum(c(0.0), x)",
        "m.fmax(x, c(0.0))",
        "x.max()",
        "x.min()",
        "x.amax()",
        "x.max(0).values",
        "x.median()",
        "x.nanmedian()",
        "x.nansum()",
        "x.nanmean()",
        "x.cummax(0).values",
        "x.sort().values",
        "x.sign()",
        "F.softplus(x)",
        "F.silu(x)",
        "F.logsigmoid(x)",
        "x.softmax(0)",
        "x.norm()",
        "x.abs()",
        "F.l1_loss(x, c(0.0, 0.0, 0.0))",
        "m.linalg.vector_norm(x, 1)",
        "m.linalg.vector_norm(x, INF)",
        "m.special.i1(x)",
        "m.special.i1e(x)",
        "x.logit(0.1)",
        "x.median(0).values",
        "x.nanmedian(0).values",
        "x.prod()",
        "x.prod(0)",
        "x.cumprod(0)",
        "m.copysign(x, c(-1.0, -1.0, NAN))",
    )
}


@pytest.mark.parametrize("name", KINKS)
def test_kink(name):
    text, point = KINKS[name]
    found = []
    for m in (lab, torch):
        x = m.tensor(point, dtype=m.float64, requires_grad=True)
        out = eval(text, {"m": m, "x": x, "F": m.nn.functional, "c": lambda *v, m=m: const(m, *v), "INF": INF, "NAN": NAN})
        out.sum().backward()
        found.append((out.detach().numpy(), x.grad.numpy(force=True)))
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours, theirs, rtol=1e-14, atol=0)


@pytest.mark.parametrize("point", [[0.0, 0.0], [0.0, 1.0, 2.0]])
@pytest.mark.parametrize("order", [0.5, -0.5, -2.0, 1.5, 3.0])
def test_the_slope_of_the_slope_of_a_norm(order, point):
    found = []
    for m in (lab, torch):
        x = m.tensor(point, dtype=m.float64, requires_grad=True)
        (slope,) = m.autograd.grad(m.linalg.vector_norm(x, order), x, create_graph=True)
        (again,) = m.autograd.grad((slope * slope).sum(), x)
        found.append((slope.tolist(), again.tolist()))
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)


def test_a_deviation_of_one_number_has_no_number():
    for m in (lab, torch):
        x = m.tensor([1.0], requires_grad=True)
        with pytest.warns(UserWarning, match="degrees of freedom is <= 0"):
            y = x.std()
        y.backward()
        assert math.isnan(x.grad.item())
