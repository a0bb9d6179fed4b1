"""Finite differences: no package, no rules believed, detached values held."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES

X = np.array([0.5, -1.0, 2.0])


def numeric(function, *args, **options):
    return lab.check(function, *args, against="numeric", **options).rows[0]


def test_it_agrees_and_a_wrong_rule_does_not(plant):
    assert numeric(lambda x: (x.tanh() * x).sum(), X).verdict == "agrees"
    with plant(PRIMITIVES["tanh"], "x", lambda x: x * 1.001):
        row = numeric(lambda x: (x.tanh() * x).sum(), X)
    assert row.verdict == "MISMATCH" and row.worst > 4 and "relative error" in row.where


def test_detached_values_are_held():
    assert numeric(lambda x: (x * x.detach() * x.exp().detach()).sum(), X).verdict == "agrees"


def test_at_a_kink():
    assert numeric(lambda x: x.relu().sum(), np.zeros(1)).verdict == "convention"
    assert numeric(lambda x: (x.abs() - (x * 2).abs() + x.relu()).sum(), np.zeros(5)).verdict == "convention"


def test_a_jump_and_a_singular_point_are_no_mismatch():
    assert numeric(lambda x: (x.floor() * x).sum(), np.array([1.0, 2.5])).verdict in ("agrees", "convention")
    assert numeric(lambda x: x.log().sum(), np.array([0.0, 1.0])).verdict == "convention"


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_differences_are_in_float64_whatever_the_dtype(dtype, plant):
    assert numeric(lambda x: (x.sin() * x).mean(), X, dtype=dtype).verdict == "agrees"
    with plant(PRIMITIVES["sin"], "x", lambda x: x * 2):
        assert numeric(lambda x: (x.sin() * x).mean(), X, dtype=dtype).verdict == "MISMATCH"


def test_complicated_slopes_and_long_chains():
    def chain(x):
        for _ in range(60):
            x = (x * 1.3).sin() + x
        return x.sum()

    assert numeric(chain, X).verdict == "agrees"


def test_a_gradient_that_is_no_number_is_named():
    x = lab.tensor([4.0, 0.0], requires_grad=True)
    row = lab.check(lambda x: lab.where(x > 0, x.sqrt(), lab.zeros_like(x)).sum(), x, against="numeric").rows[0]
    assert row.verdict == "convention" and row.where == "no finite slope here: x.grad[1] is nan"
