"""The table of conventions says what the engine and JAX really do."""

import numpy as np
import pytest
import torch

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES
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
    "determinant": (lambda m, x: m.linalg.det(x), {}, [[1.0, 2.0], [2.0, 4.0]], (np.zeros((2, 2)), [[4.0, -2.0], [-2.0, 1.0]])),
}  # fmt: skip


TIES = {  # the same for pairs
    "maximum": ([1.0, 1.0], (0.5, 0.5)), "minimum": ([1.0, 1.0], (0.5, 0.5)), "fmax": ([1.0, 1.0], (1.0, 0.0)),
    "fmin": ([1.0, 1.0], (1.0, 0.0)), "atan2": ([0.0, 0.0], (0.0, np.nan)), "copysign": ([0.0, -1.0], (0.0, -1.0)),
}  # fmt: skip


def slope(oracle, point, params, part=None):
    import jax

    with devices.in_float64(devices.devices_of("cpu")[0]):

        def total(x):
            out = oracle(x, **params)
            out = out[0] if isinstance(out, tuple) else out
            return (out[part] if part is not None else out).sum()

        return np.asarray(jax.grad(total)(np.array(point)))


@pytest.mark.parametrize("op", POINTS)
def test_a_row(op):
    function, params, point, (ours, theirs) = POINTS[op]
    for m in (lab, torch):
        x = m.tensor(point, dtype=m.float64, requires_grad=True)
        function(m, x).sum().backward()
        assert np.array_equal(x.grad.numpy(), ours, equal_nan=True)
    part = {"cummax_along": 1, "cummin_along": 1, "sort_along": 0}.get(op)
    assert np.array_equal(slope(oracles()[op], point, params, part), theirs, equal_nan=True)
    if op in ("abs", "clamp", "max_dim", "min_dim", "norm", "pow_scalar"):
        assert np.array_equal(slope(conventions.in_pytorch_s_way()[op], point, params), ours)


@pytest.mark.parametrize("word", sorted(set(TIES) & set(PRIMITIVES)))
def test_ties_of_pairs(word):
    (a, b), (ours, theirs) = TIES[word]
    for m in (lab, torch):
        x = m.tensor([a], dtype=m.float64, requires_grad=True)
        getattr(x, word)(m.tensor([b], dtype=m.float64)).sum().backward()
        assert np.array_equal(x.grad.numpy(), [ours], equal_nan=True)
    assert np.array_equal(slope(lambda v: oracles()[word](v, np.array([b])), [a], {}), [theirs], equal_nan=True)
    way = conventions.in_pytorch_s_way()[word]
    assert np.array_equal(slope(lambda v: way(v, np.array([b])), [a], {}), [ours], equal_nan=True)


def test_every_row_is_tried_above():
    assert {row.op for row in conventions.CONVENTIONS} == {*POINTS, *TIES}


def test_words():
    assert conventions.word("abs", 0, 1) == "abs at 0: autograd_lab and PyTorch say 0, JAX says 1"
    assert "between the two one-sided slopes" in conventions.word("unheard", 0.5, 1)
