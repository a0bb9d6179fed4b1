"""The forward around the element where two slopes differ."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES

CPU = {"devices": ("cpu",), "against": "jax"}


def curve(function, *values):
    (found,) = [node.curve for node in lab.check(function, *values, **CPU).by_node if node.curve is not None]
    return found


def test_a_kink_has_two_slopes_and_both_answers():
    found = curve(lambda x: (x.abs() * 3.0).sum(), np.array([1.0, 0.0]))
    assert (found.input, found.index, found.at, found.ours, found.theirs) == ("x", (1,), 0.0, 0.0, 3.0)
    assert (found.left, found.right) == pytest.approx((-3, 3))
    assert found.says == "abs at 0: autograd_lab and PyTorch say 0, JAX says 1"
    assert found.x[0] == -0.5 and found.x[-1] == 0.5 and np.allclose(found.y, 3 * np.abs(found.x))


def test_a_wrong_rule_stands_beside_the_slope_of_its_forward(plant):
    with plant(PRIMITIVES["tanh"], "x", lambda g: g * 1.5):
        found = curve(lambda x: (x.tanh() * 2).sum(), np.array([[0.5, -0.2]]))
    assert found.left == pytest.approx(found.theirs, rel=1e-5) and found.ours == pytest.approx(1.5 * found.theirs)
    assert found.says == ""


def test_a_function_of_the_users_has_no_oracle_and_its_drawing_says_so():
    class Square(lab.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            return ctx.saved_tensors[0] * g

    report = lab.check(Square, np.array([1.5, 3.0]), devices=("cpu",), against="jax")
    (found,) = [node.curve for node in report.by_node]
    assert found.witness == "differences" and found.theirs == pytest.approx(2 * found.ours, rel=1e-5)
    page = report._repr_html_()
    assert "<span class='dash'>differences</span>" in page and "the oracle" not in page


def test_where_the_forward_is_not_finite_there_is_no_point():
    found = curve(lambda x: (x.sqrt() + 1).norm(dim=0).sum() + (x * 0.0).norm(), np.array([0.25]))
    assert None not in found.y and np.isnan(found.theirs) and found.ours == 0.0
    found = curve(lambda x: x.xlogy(x).sum(), np.array([0.0]))  # x * log(0)
    assert found.y.count(None) == 48 and found.y[24] == 0.0 and found.theirs == -np.inf


def test_what_cannot_be_drawn_is_not():
    report = lab.check(lambda x: x.abs(), np.zeros(120_000), **CPU)
    assert report.rows[0].verdict == "convention" and report.by_node[0].curve is None
    many = lab.check(lambda x: sum(((x * k).abs() for k in range(1, 21)), x), np.zeros(1), **CPU)
    assert sum(found.curve is not None for found in many.by_node) == 12


def test_it_ends_where_the_operation_does(plant):
    with plant(PRIMITIVES["cholesky_factor"], "x", lambda g: g * 1.5):
        found = curve(lambda x: lab.linalg.cholesky(x).sum(), np.array([[0.1]]))
    there = [x for x, y in zip(found.x, found.y) if y is not None]
    assert 0 < min(there) < 0.1 < max(there) == 0.6
    assert found.left == pytest.approx(found.theirs, rel=1e-4)
