"""Differences in units of their own rounding error."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.crosscheck.compare import distance, far_apart, largest


def test_distance_knows_infinities_and_nan():
    nan, inf = np.nan, np.inf
    assert distance(np.array([1.0, nan, inf, -inf, nan, inf]), np.array([1.5, nan, inf, inf, 1.0, 2.0])).tolist() == [
        0.5, 0, 0, inf, inf, inf]  # fmt: skip
    assert largest(np.array([1.0, -3.0, nan, inf])) == 3.0 and largest(np.zeros(0)) == 0.0


def test_a_gradient_of_the_whole_counts_as_different_only_beyond_its_noise():
    ours, theirs = np.array([1.0, 1.001]), np.array([1.0, 1.0])
    assert far_apart(ours, theirs, 2.2e-16, 4)[0] > 4
    assert far_apart(ours, theirs, 2.2e-16, 4, noise=1e12)[0] < 4
    assert far_apart(ours, ours, 2.2e-16, 4) == (0.0, 0.0)
    assert far_apart(np.array([np.nan]), np.array([1.0]), 2.2e-16, 4, noise=1e12)[0] > 4


def cancels(x):
    """Sums that cancel: far off in plain eps units, right in their own."""
    return ((x - x.mean()) / (x.var() + 1e-12).sqrt()).softmax(0).log().sum() + (x.sum() - x.sum(0)).exp()


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_badly_conditioned_is_not_wrong(dtype):
    values = 1.0 + 1e-3 * np.random.default_rng(0).standard_normal(500)
    report = lab.check(cancels, values, devices=("cpu",), dtype=dtype)
    assert report.ok and report.rows[0].verdict == ("overflow" if dtype == "float16" else "agrees")


def test_a_rule_that_cancels_inside_loses_digits_and_is_not_wrong(plant):
    def verdict(change):
        with plant(lab.core.PRIMITIVES["exp"], "x", change):
            return lab.check(lambda x: x.exp(), np.array([0.1, 0.2, 0.3]), devices=("cpu",), against="jax").rows[0].verdict

    wider = np.finfo(np.longdouble).eps < 1e-18  # where NumPy has no wider type, the loss cannot be told from a mistake
    assert verdict(lambda slope: (slope + 1e3) - 1e3) == ("agrees" if wider else "MISMATCH")
    assert verdict(lambda slope: (slope * (1 + 1e-9) + 1e3) - 1e3) == "MISMATCH"
    assert verdict(lambda slope: slope * 1.001) == "MISMATCH"
