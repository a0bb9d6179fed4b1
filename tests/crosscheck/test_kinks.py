"""Convention or mistake: decided by one-sided slopes."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES
from autograd_lab.crosscheck.kinks import judge

CPU = {"devices": ("cpu",)}
GRID = np.array([[-1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
KINKS = {
    "abs": (lambda x: x.abs(), "abs at 0: autograd_lab and PyTorch say 0, JAX says 1"),
    "clamp": (lambda x: x.clamp(0.0, 1.0), "clamp at its limits"),
    "max_dim": (lambda x: x.max(1).values, "max_dim at a tie"),
    "min_dim": (lambda x: x.min(0).values, "min_dim at a tie"),
    "norm": (lambda x: (x * 0.0).norm(), "norm at 0"),
    "pow_scalar": (lambda x: x**0.0, "pow_scalar at 0 with exponent 0.0"),
}


@pytest.mark.parametrize("word", KINKS)
def test_where_pytorch_and_jax_choose_differently_it_is_a_convention(word):
    function, text = KINKS[word]
    report = lab.check(function, np.zeros((2, 3)) if word == "min_dim" else GRID, **CPU)
    assert report.ok and report.rows[0].verdict == report.rows[1].verdict == "convention", report
    assert text in report.rows[0].where and report.rows[2].verdict in ("agrees", "convention")


SAME = [lambda x: x.relu(), lambda x: x.maximum(x.flip(0)), lambda x: x.amax(), lambda x: x.sign(), lambda x: x.floor(),
        lambda x: x.prod(1), lambda x: lab.where(x > 0, x, x * 2.0), lambda x: x.round()]  # fmt: skip


@pytest.mark.parametrize("function", SAME)
def test_where_they_choose_alike_it_agrees(function):
    report = lab.check(function, GRID, **CPU)
    assert report.rows[0].verdict == report.rows[1].verdict == "agrees" and report.rows[2].verdict in ("agrees", "convention")


def test_a_wrong_rule_beside_a_kink_is_a_mistake(plant):
    with plant(PRIMITIVES["abs"], "x", lambda x: x * 1.5):
        report = lab.check(lambda x: x.abs().sum(), GRID, **CPU)
    assert report.rows[0].verdict == "MISMATCH" and report.findings[0].op == "abs" and abs(report.findings[0].ours) == 1.5


def test_a_value_outside_the_two_slopes_is_a_mistake_at_the_kink_too(plant):
    with plant(PRIMITIVES["abs"], "x", lambda x: x + 3.0 * (x == 0)):
        report = lab.check(lambda x: x.abs().sum(), np.array([0.0]), **CPU)
    assert report.findings[0].ours == 3.0 and not report.ok


def test_the_product_rule_that_divides_is_found_at_zero(monkeypatch, plant_forward):
    """g * out / x is nan where x is 0, and the slope there is finite."""
    op = PRIMITIVES["prod"]
    rule = op.rules["x"]
    op.rules["x"] = rule._replace(function=lambda xp, g, x, out, dim, keepdim: g * out / x)
    op.written.clear(), op.postpone()
    try:
        with np.errstate(all="ignore"):
            report = lab.check(lambda x: x.prod(), np.array([2.0, 0.0]), against="jax", **CPU)
    finally:
        op.rules["x"] = rule
        op.written.clear(), op.postpone()
    assert report.findings[0].op == "prod" and np.isnan(report.findings[0].ours) and report.findings[0].theirs == 2.0


def test_a_kink_upstream_of_other_nodes_does_not_stain_them():
    report = lab.check(lambda x: ((x.abs() + 1).log() * x.clamp(min=0.0).exp() * x.tanh()).sum(), GRID, **CPU)
    assert report.ok and not report.findings and {leaf.verdict for leaf in report.leaves} <= {"agrees", "convention"}


@pytest.mark.parametrize("left, right, ours, theirs, verdict", [
    (-1, 1, 0, 1, "convention"), (-1, 1, 1.5, 1, "MISMATCH"), (2, 2, 3, 2, "MISMATCH"), (0, 0, 0, np.nan, "convention"),
    (2, 2, np.nan, 2, "MISMATCH"), (np.nan, np.inf, np.inf, np.nan, "convention"), (0, 1e7, 0, 5, "convention"),
    (2, 2, 2.00001, 2, "MISMATCH")])  # fmt: skip
def test_judge(left, right, ours, theirs, verdict):
    assert judge(left, right, ours, theirs) == verdict
