"""The table of conventions says what the engine and JAX really do."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES
from autograd_lab.crosscheck import conventions, devices
from autograd_lab.crosscheck.oracles import oracles

POINTS = {  # op -> (ours, the oracle's arguments, a point on the kink, the numbers of the row)
    "abs": (lambda x: x.abs(), {}, [0.0], ([0.0], [1.0])),
    "clamp": (lambda x: x.clamp(0.0, 1.0), {"min": 0.0, "max": 1.0}, [0.0, 1.0], ([1.0, 1.0], [0.5, 0.5])),
    "max_dim": (lambda x: x.max(0).values, {"dim": 0}, [2.0, 2.0], ([1.0, 0.0], [0.5, 0.5])),
    "min_dim": (lambda x: x.min(0).values, {"dim": 0}, [2.0, 2.0], ([1.0, 0.0], [0.5, 0.5])),
    "norm": (lambda x: x.norm(), {}, [0.0, 0.0], ([0.0, 0.0], [np.nan, np.nan])),
    "pow_scalar": (lambda x: x**0.0, {"exponent": 0.0}, [0.0], ([0.0], [np.nan])),
    "relu": (lambda x: x.relu(), {}, [0.0], ([0.0], [0.0])),
    "amax": (lambda x: x.amax(), {}, [2.0, 2.0], ([0.5, 0.5], [0.5, 0.5])),
    "amin": (lambda x: x.amin(), {}, [2.0, 2.0], ([0.5, 0.5], [0.5, 0.5])),
    "sqrt": (lambda x: x.sqrt(), {}, [0.0], ([np.inf], [np.inf])),
    "prod": (lambda x: x.prod(), {}, [0.0, 2.0], ([2.0, 0.0], [2.0, 0.0])),
    "sign": (lambda x: x.sign(), {}, [0.0], ([0.0], [0.0])),
    "floor": (lambda x: x.floor(), {}, [1.0], ([0.0], [0.0])),
    "round": (lambda x: x.round(), {}, [0.5], ([0.0], [0.0])),
}


TIES = {  # the same for pairs
    "maximum": ([1.0, 1.0], (0.5, 0.5)), "minimum": ([1.0, 1.0], (0.5, 0.5)), "fmax": ([1.0, 1.0], (1.0, 0.0)),
    "fmin": ([1.0, 1.0], (1.0, 0.0)), "atan2": ([0.0, 0.0], (0.0, np.nan)), "copysign": ([0.0, -1.0], (0.0, -1.0)),
}  # fmt: skip


def slope(oracle, point, params):
    import jax

    with devices.in_float64(devices.devices_of("cpu")[0]):

        def total(x):
            out = oracle(x, **params)
            return (out[0] if isinstance(out, tuple) else out).sum()

        return np.asarray(jax.grad(total)(np.array(point)))


@pytest.mark.parametrize("op", POINTS)
def test_a_row(op):
    function, params, point, (ours, theirs) = POINTS[op]
    x = lab.tensor(point, dtype=lab.float64, requires_grad=True)
    with np.errstate(all="ignore"):
        function(x).sum().backward()
    assert np.array_equal(x.grad._array, ours)
    assert np.array_equal(slope(oracles()[op], point, params), theirs, equal_nan=True)
    if op in ("abs", "clamp", "max_dim", "min_dim", "norm", "pow_scalar"):
        assert np.array_equal(slope(conventions.in_pytorch_s_way()[op], point, params), ours)


@pytest.mark.parametrize("word", sorted(set(TIES) & set(PRIMITIVES)))
def test_ties_of_pairs(word):
    (a, b), (ours, theirs) = TIES[word]
    x = lab.tensor([a], dtype=lab.float64, requires_grad=True)
    with np.errstate(all="ignore"):
        getattr(x, word)(lab.tensor([b], dtype=lab.float64)).sum().backward()
    assert x.grad.tolist() == [ours]
    assert np.array_equal(slope(lambda v: oracles()[word](v, np.array([b])), [a], {}), [theirs], equal_nan=True)
    assert slope(lambda v: conventions.in_pytorch_s_way()[word](v, np.array([b])), [a], {}) == [ours]


def test_every_row_is_tried_above():
    assert {row.op for row in conventions.CONVENTIONS} == {*POINTS, *TIES}


def test_words():
    assert conventions.word("abs", 0, 1) == "abs at 0: autograd_lab and PyTorch say 0, JAX says 1"
    assert "between the two one-sided slopes" in conventions.word("unheard", 0.5, 1)
