"""Differences in units of their own rounding error."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.crosscheck import subject
from autograd_lab.crosscheck.compare import distance, far_apart, largest, rules_on
from autograd_lab.crosscheck.observed import observe


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


def test_rules_run_again_give_what_the_pass_sent():
    """Of a write to a view too: it sends the view's part of the base, what lies around that part, and the operand."""

    def written(x, y):
        base = lab.cat([x, y]) * 1.0
        base[1:3].mul_(y * 2.0)
        return base.exp().sum()

    found = subject.of_function(
        written, (np.linspace(-1, 1, 6).reshape(2, 3), np.linspace(2, 3, 6).reshape(2, 3)), np.dtype("f8")
    )
    seen, compared = observe(found.program, found.outputs, found.gradients), set()
    for line in found.program.lines:
        g, sent = seen.steps[line.node]
        for ours, again in zip(sent, rules_on(line, line.operands(), line.result(), g), strict=True):
            if ours is not None:
                np.testing.assert_array_equal(again, ours)
                compared.add(line.name)
    assert compared == {"cat_list", "mul", "mul_", "exp", "sum"}
