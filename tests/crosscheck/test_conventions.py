"""The table of conventions says what the engine and JAX really do."""

import operator

import numpy as np
import pytest
import torch

import autograd_lab as lab
from autograd_lab.crosscheck import conventions, devices
from autograd_lab.crosscheck.oracles import oracles

NAN, INF = np.nan, np.inf
POINTS = {  # op -> (ours and PyTorch's, the oracle's arguments, a point on the kink, the numbers of the row)
    "abs": (lambda m, x: x.abs(), {}, [0.0], ([0.0], [1.0])),
    "clamp": (lambda m, x: x.clamp(0.0, 1.0), {"min": 0.0, "max": 1.0}, [0.0, 1.0], ([1.0, 1.0], [0.5, 0.5])),
    "max_dim": (lambda m, x: x.max(0).values, {"dim": 0}, [2.0, 2.0], ([1.0, 0.0], [0.5, 0.5])),
    "min_dim": (lambda m, x: x.min(0).values, {"dim": 0}, [2.0, 2.0], ([1.0, 0.0], [0.5, 0.5])),
    "norm": (lambda m, x: x.norm(), {}, [0.0, 0.0], ([0.0, 0.0], [NAN, NAN])),
    "pow_scalar": (lambda m, x: x**0.0, {"exponent": 0.0}, [0.0], ([0.0], [NAN])),
    "std_over": (lambda m, x: x.std(0), {"dim": (0,), "correction": 1, "keepdim": False}, [1.0, 1.0], ([0.0, 0.0], [NAN, NAN])),
    "median_all": (lambda m, x: x.median(), {}, [1.0, 1.0, 1.0], ([1 / 3, 1 / 3, 1 / 3], [0.0, 1.0, 0.0])),
    "nanmedian_all": (lambda m, x: x.nanmedian(), {}, [1.0, 1.0, 1.0], ([1 / 3, 1 / 3, 1 / 3], [0.0, 1.0, 0.0])),
    "cummax_along": (lambda m, x: x.cummax(0).values[1], {"dim": 0}, [1.0, 1.0], ([0.0, 1.0], [0.5, 0.5])),
    "cummin_along": (lambda m, x: x.cummin(0).values[1], {"dim": 0}, [1.0, 1.0], ([0.0, 1.0], [0.5, 0.5])),
    "leaky_relu": (lambda m, x: m.nn.functional.leaky_relu(x), {"negative_slope": 0.01}, [0.0], ([0.01], [1.0])),
    "hardtanh": (lambda m, x: m.nn.functional.hardtanh(x), {"min_val": -1.0, "max_val": 1.0}, [-1.0, 1.0], ([0.0, 0.0], [1.0, 1.0])),
    "relu": (lambda m, x: x.relu(), {}, [0.0], ([0.0], [0.0])),
    "amax": (lambda m, x: x.amax(), {}, [2.0, 2.0], ([0.5, 0.5], [0.5, 0.5])),
    "amin": (lambda m, x: x.amin(), {}, [2.0, 2.0], ([0.5, 0.5], [0.5, 0.5])),
    "max_all": (lambda m, x: x.max(), {}, [2.0, 2.0], ([0.5, 0.5], [0.5, 0.5])),
    "min_all": (lambda m, x: x.min(), {}, [2.0, 2.0], ([0.5, 0.5], [0.5, 0.5])),
    "sort_along": (lambda m, x: x.sort(0).values[:1], {"dim": 0, "index": np.array([0, 1])}, [1.0, 1.0], ([1.0, 0.0], [1.0, 0.0])),
    "topk_along": (lambda m, x: x.topk(1, 0).values, {"dim": 0, "index": np.array([0])}, [1.0, 1.0], ([1.0, 0.0], [1.0, 0.0])),
    "median_along": (lambda m, x: x.median(0).values, {"dim": 0, "index": np.array([1]), "keepdim": False}, [1.0, 1.0, 1.0],
                     ([0.0, 1.0, 0.0], [0.0, 1.0, 0.0])),
    "kthvalue_along": (lambda m, x: x.kthvalue(1).values, {"dim": 0, "index": np.array([0]), "keepdim": False}, [1.0, 1.0],
                       ([1.0, 0.0], [1.0, 0.0])),
    "elu": (lambda m, x: m.nn.functional.elu(x), {"alpha": 1.0, "scale": 1.0, "input_scale": 1.0}, [0.0], ([1.0], [1.0])),
    "hardshrink": (lambda m, x: m.nn.functional.hardshrink(x), {"lambd": 0.5}, [-0.5, 0.5], ([0.0, 0.0], [0.0, 0.0])),
    "softshrink": (lambda m, x: m.nn.functional.softshrink(x), {"lambd": 0.5}, [-0.5, 0.5], ([0.0, 0.0], [0.0, 0.0])),
    "hardsigmoid": (lambda m, x: m.nn.functional.hardsigmoid(x), {}, [-3.0, 3.0], ([0.0, 0.0], [0.0, 0.0])),
    "threshold": (lambda m, x: m.nn.functional.threshold(x, 1.0, 0.0), {"threshold": 1.0, "value": 0.0}, [1.0], ([0.0], [0.0])),
    "smooth_l1_loss": (lambda m, x: m.nn.functional.smooth_l1_loss(x, x.detach() * 0, reduction="sum"),
                       {"y": np.zeros(2), "reduction": "sum", "beta": 1.0}, [1.0, -1.0], ([1.0, -1.0], [1.0, -1.0])),
    "huber_loss": (lambda m, x: m.nn.functional.huber_loss(x, x.detach() * 0, reduction="sum", delta=0.5),
                   {"y": np.zeros(2), "reduction": "sum", "beta": 0.5}, [0.5, -0.5], ([0.5, -0.5], [0.5, -0.5])),
    "logsumexp_over": (lambda m, x: x.logsumexp(0), {"dim": (0,), "keepdim": False}, [-INF, -INF], ([NAN, NAN], [NAN, NAN])),
    "reciprocal": (lambda m, x: x.reciprocal(), {}, [0.0], ([-INF], [-INF])),
    "sqrt": (lambda m, x: x.sqrt(), {}, [0.0], ([INF], [INF])),
    "prod": (lambda m, x: x.prod(), {}, [0.0, 2.0], ([2.0, 0.0], [2.0, 0.0])),
    "sign": (lambda m, x: x.sign(), {}, [0.0], ([0.0], [0.0])),
    "floor": (lambda m, x: x.floor(), {}, [1.0], ([0.0], [0.0])),
    "round": (lambda m, x: x.round(), {}, [0.5], ([0.0], [0.0])),
    "trunc": (lambda m, x: x.trunc(), {}, [1.0], ([0.0], [0.0])),
    "ceil": (lambda m, x: x.ceil(), {}, [1.0], ([0.0], [0.0])),
    "clamp_min_number": (lambda m, x: x.clamp_min(0.0), {"min": 0.0}, [0.0], ([1.0], [1.0])),
    "clamp_max_number": (lambda m, x: x.clamp_max(0.0), {"max": 0.0}, [0.0], ([1.0], [1.0])),
    "clamp_min_tensor": (lambda m, x: x.clamp_min(x.detach()), ([0.0],), [0.0], ([1.0], [1.0])),
    "clamp_max_tensor": (lambda m, x: x.clamp_max(x.detach()), ([0.0],), [0.0], ([1.0], [1.0])),
    "clamp_tensors": (lambda m, x: x.clamp(x.detach() * 0, x.detach() * 0 + 1), ([0.0, 0.0], [1.0, 1.0]), [0.0, 1.0], ([1.0, 1.0], [1.0, 0.5])),
    "vector_norm_of": (lambda m, x: m.linalg.vector_norm(x, 3), {"ord": 3.0, "dim": (0,), "keepdim": False}, [0.0, 0.0],
                       ([0.0, 0.0], [NAN, NAN])),
    "distance": (lambda m, x: m.dist(x, x.detach()), ([1.0, 1.0], 2.0), [1.0, 1.0], ([0.0, 0.0], [NAN, NAN])),
    "distances": (lambda m, x: m.cdist(x, x.detach()), ([[1.0, 1.0]], 2.0), [[1.0, 1.0]], ([[0.0, 0.0]], [[NAN, NAN]])),
    "euclidean_distances": (
        lambda m, x: m.cdist(x, x.detach(), compute_mode="use_mm_for_euclid_dist"),
        ([[1.0, 1.0]],), [[1.0, 1.0]], ([[0.0, 0.0]], [[NAN, NAN]]),
    ),
    "own_distances": (lambda m, x: m.nn.functional.pdist(x), (2.0,), [[1.0], [1.0]], ([[0.0], [0.0]], [[NAN], [NAN]])),
    "pow_tensor": (lambda m, x: x ** x.detach(), ([0.0],), [0.0], ([0.0], [NAN])),
    "rpow": (lambda m, x: 0.0**x, (0.0,), [0.0], ([0.0], [0.0])),
    "xlogy": (lambda m, x: m.xlogy(x, x.detach()), ([0.0],), [0.0], ([0.0], [-INF])),
    "xlog1py": (lambda m, x: m.special.xlog1py(x, x.detach() - 1), ([-1.0],), [0.0], ([0.0], [-INF])),
    "lgamma": (lambda m, x: x.lgamma(), {}, [0.0], ([-INF], [NAN])),
    "polygamma_of": (lambda m, x: m.polygamma(1, x), {"n": 1}, [0.0], ([-INF], [NAN])),
    "ndtri": (lambda m, x: m.special.ndtri(x), {}, [0.0, 1.0], ([INF, INF], [0.0, 0.0])),
    "angle_real": (lambda m, x: x.angle(), {}, [0.0], ([0.0], [NAN])),
    "copysign_scalar": (lambda m, x: x.copysign(-1.0), {"other": -1.0}, [0.0], ([0.0], [-1.0])),
    "std_mean_over": (lambda m, x: m.std_mean(x, 0)[0], {"dim": (0,), "correction": 1, "keepdim": True}, [1.0, 1.0], ([0.0, 0.0], [NAN, NAN])),
    "binary_cross_entropy": (lambda m, x: m.nn.functional.binary_cross_entropy(x, 1 - x.detach(), reduction="sum"),
                             ([1.0, 0.0], [1.0, 1.0], "sum"), [0.0, 1.0], ([-1 / float(np.float32(1e-12)), 1 / float(np.float32(1e-12))], [NAN, NAN])),
    "sign_and_log": (lambda m, x: m.linalg.slogdet(x)[1], {}, [[1.0, 2.0], [2.0, 4.0]], ([[-INF, INF], [INF, -INF]], np.zeros((2, 2)))),
    "eigh": (lambda m, x: m.linalg.eigh(x)[1].abs(), {}, [[1.0, 0.0], [0.0, 1.0]], (np.full((2, 2), NAN), np.eye(2))),
    "svd_reduced": (lambda m, x: m.linalg.svd(x)[0].abs(), {}, [[1.0, 0.0], [0.0, 1.0]], (np.full((2, 2), NAN), np.full((2, 2), NAN))),
    "celu": (lambda m, x: m.nn.functional.celu(x, 0.5), {"alpha": 0.5}, [0.0], ([1.0], [1.0])),
    "softplus": (lambda m, x: m.nn.functional.softplus(x, 1.0, 0.0), {"beta": 1.0, "threshold": 0.0}, [0.0], ([0.5], [0.5])),
    "hardswish": (lambda m, x: m.nn.functional.hardswish(x), {}, [-3.0, 3.0], ([0.0, 1.0], [0.0, 1.0])),
    "prelu_kernel": (lambda m, x: m.nn.functional.prelu(x, x.detach() + 0.25), ([0.25],), [0.0], ([0.25], [0.25])),
    "renormed": (lambda m, x: x.renorm(2, 0, 1.0), (2.0, (1,), 1.0), [[1.0, 0.0]], ([[1.0, 1.0]], [[1.0, 1.0]])),
    "mode_along": (lambda m, x: x.mode(0).values, {"dim": 0, "index": np.array([1]), "keepdim": False}, [1.0, 1.0], ([0.0, 1.0], [0.0, 1.0])),
    "nanmedian_along": (lambda m, x: x.nanmedian(0).values, {"dim": 0, "index": np.array([1]), "keepdim": False}, [1.0, 1.0, 1.0],
                        ([0.0, 1.0, 0.0], [0.0, 1.0, 0.0])),
    "aminmax_over": (lambda m, x: x.aminmax(dim=0)[1], {"dim": (0,), "keepdim": True}, [2.0, 2.0], ([0.5, 0.5], [0.5, 0.5])),
    "scatter_reduce_at": (lambda m, x: x.scatter_reduce(0, m.tensor([0]), x.detach(), "amax"), (np.ones(1), (np.array([0]),), "amax", True),
                          [1.0], ([0.5], [0.5])),
    "index_reduce_at": (lambda m, x: x.index_reduce(0, m.tensor([0]), x.detach(), "amin"), (np.ones(1), (np.array([0]),), "amin", True),
                        [1.0], ([0.5], [0.5])),
    "logaddexp": (lambda m, x: x.logaddexp(x.detach()), ([-INF],), [-INF], ([NAN], [NAN])),
    "logaddexp2": (lambda m, x: x.logaddexp2(x.detach()), ([-INF],), [-INF], ([NAN], [NAN])),
    "logcumsumexp_along": (lambda m, x: x.logcumsumexp(0), {"dim": 0}, [-INF, -INF], ([NAN, NAN], [NAN, NAN])),
    "cumprod_along": (lambda m, x: x.cumprod(0), {"dim": 0}, [0.0, 2.0], ([3.0, 0.0], [3.0, 0.0])),
    "frac": (lambda m, x: x.frac(), {}, [1.0], ([1.0], [1.0])),
    "fmod_scalar": (lambda m, x: x.fmod(2.0), (2.0,), [2.0], ([1.0], [1.0])),
    "fmod_tensor": (lambda m, x: x.fmod(x.detach()), ([2.0],), [2.0], ([1.0], [1.0])),
    "remainder_scalar": (lambda m, x: x.remainder(2.0), (2.0,), [2.0], ([1.0], [1.0])),
    "remainder_tensor": (lambda m, x: x.remainder(x.detach()), ([2.0],), [2.0], ([1.0], [1.0])),
    "div_rounded": (lambda m, x: m.div(x, x.detach(), rounding_mode="floor"), ([2.0], "floor"), [2.0], ([0.0], [0.0])),
    "round_decimals": (lambda m, x: x.round(decimals=1), {"decimals": 1}, [0.25], ([0.0], [0.0])),
    "sgn": (lambda m, x: x.sgn() + x * 0, {}, [0.0], ([0.0], [0.0])),
    "nan_to_num": (lambda m, x: x.nan_to_num(), {}, [NAN, INF, -INF], ([0.0] * 3, [0.0] * 3)),
    "hypot": (lambda m, x: x.hypot(x.detach()), ([0.0],), [0.0], ([NAN], [NAN])),
    "sinc": (lambda m, x: x.sinc(), {}, [0.0], ([0.0], [0.0])),
    "determinant": (lambda m, x: m.linalg.det(x), {}, [[1.0, 2.0], [2.0, 4.0]], (np.zeros((2, 2)), [[4.0, -2.0], [-2.0, 1.0]])),
}  # fmt: skip


# the functions of one number whose slope is infinite: where, and how
INFINITE = {"rsqrt": ([0.0], -INF), "log": ([0.0], INF), "log2": ([0.0], INF), "log10": ([0.0], INF), "log1p": ([-1.0], INF),
            "asin": ([-1.0, 1.0], INF), "acos": ([-1.0, 1.0], -INF), "acosh": ([1.0], INF), "atanh": ([-1.0, 1.0], INF),
            "erfinv": ([-1.0, 1.0], INF), "logit": ([0.0, 1.0], INF), "digamma": ([0.0], INF), "special.entr": ([0.0], INF)}  # fmt: skip
POINTS |= {name.rpartition(".")[2]: (lambda m, x, name=name: operator.attrgetter(name)(m)(x), {}, point, ([slope] * len(point),) * 2)
           for name, (point, slope) in INFINITE.items()}  # fmt: skip
# the poolings that take the largest: the first of equals
POINTS |= {f"{name.replace('_', '')}{n}d{'withindices' * (name == 'max_pool')}": (
    lambda m, x, name=name, n=n, rest=rest: getattr(m.nn.functional, f"{name}{n}d")(x, *rest), {"index": np.zeros((1,) * (n + 1), int)},
    np.reshape([2.0, 2.0, 1.0, 2.0], (1, *[1] * (n - 2), 2, 2)), (np.reshape([1.0, 0, 0, 0], (1, *[1] * (n - 2), 2, 2)),) * 2)
    for n in (2, 3) for name, rest in {"max_pool": [(1, 2, 2)[-n:]], "adaptive_max_pool": [1],
                                       "fractional_max_pool": [(1, 2, 2)[-n:], 1]}.items()
    if (name, n) != ("fractional_max_pool", 3)}  # fmt: skip
POINTS["fractionalmaxpool3d"] = (
    lambda m, x: m.nn.functional.fractional_max_pool3d(x, 2, 1), {"index": np.full((1, 1, 1, 1), 13)}, np.ones((1, 3, 3, 3)),
    (np.eye(27)[13].reshape(1, 3, 3, 3),) * 2)  # fmt: skip


TIES = {  # the same for pairs
    "maximum": ([1.0, 1.0], (0.5, 0.5)), "minimum": ([1.0, 1.0], (0.5, 0.5)), "fmax": ([1.0, 1.0], (1.0, 0.0)),
    "fmin": ([1.0, 1.0], (1.0, 0.0)), "atan2": ([0.0, 0.0], (0.0, np.nan)), "copysign": ([0.0, -1.0], (0.0, -1.0)),
}  # fmt: skip


def as_array(value):
    return np.array(value) if isinstance(value, list) else value


def slopes(table, ops):
    """op -> JAX's slope at its point, all compiled as one."""
    import jax

    def slope(op, at):
        params, part = PARAMS[op], PARTS.get(op)

        def total(x):
            out = table[op](x, **params) if isinstance(params, dict) else table[op](x, *map(as_array, params))
            out = out[0] if isinstance(out, tuple) else out
            return (out[part] if part is not None else out).sum()

        return jax.grad(total)(at)

    with devices.in_float64(devices.devices_of("cpu")[0]):
        return jax.jit(lambda at: {op: slope(op, at[op]) for op in ops})({op: np.array(PLACES[op]) for op in ops})


PARTS = {"cummax_along": 1, "cummin_along": 1, "sort_along": 0, "aminmax_over": 1}
PARAMS = {op: params for op, (_, params, *_) in POINTS.items()} | {op: ([b],) for op, ((_, b), _) in TIES.items()}
PLACES = {op: point for op, (_, _, point, _) in POINTS.items()} | {op: [a] for op, ((a, _), _) in TIES.items()}
SAID = {op: said for op, (*_, said) in POINTS.items()} | {op: ([ours], [theirs]) for op, (_, (ours, theirs)) in TIES.items()}
CAME_OVER = {"lgamma", "ndtri"}  # of whose slope JAX says from 0.12 on, if not before, what PyTorch says


@pytest.mark.filterwarnings("ignore:index_reduce")  # PyTorch says once that it may change
@pytest.mark.parametrize("op", POINTS)
def test_a_row(op):
    function, _, point, (ours, _) = POINTS[op]
    for m in (lab, torch):
        x = m.tensor(point, dtype=m.float64, requires_grad=True)
        function(m, x).sum().backward()
        assert np.array_equal(x.grad.numpy(), ours, equal_nan=True)


@pytest.mark.parametrize("word", TIES)
def test_ties_of_pairs(word):
    (a, b), (ours, _) = TIES[word]
    for m in (lab, torch):
        x = m.tensor([a], dtype=m.float64, requires_grad=True)
        getattr(x, word)(m.tensor([b], dtype=m.float64)).sum().backward()
        assert np.array_equal(x.grad.numpy(), [ours], equal_nan=True)


def test_what_jax_says():
    for op, slope in slopes(oracles(), SAID).items():
        ours, theirs = SAID[op]
        came_over = op in CAME_OVER and np.array_equal(slope, ours)
        assert came_over or np.array_equal(slope, theirs, equal_nan=True), op


def test_what_jax_says_in_pytorch_s_way():
    ways = ("abs", "clamp", "max_dim", "min_dim", "norm", "pow_scalar", "fmax", "fmin", "atan2", "copysign")
    for op, slope in slopes(conventions.in_pytorch_s_way(), ways).items():
        assert np.array_equal(slope, SAID[op][0], equal_nan=True), op


def test_every_row_is_tried_above():
    assert {row.op for row in conventions.CONVENTIONS} == {*POINTS, *TIES}


def test_words():
    assert conventions.word("abs", 0, 1) == "abs at 0: autograd_lab and PyTorch say 0, JAX says 1"
    assert "between the two one-sided slopes" in conventions.word("unheard", 0.5, 1)
