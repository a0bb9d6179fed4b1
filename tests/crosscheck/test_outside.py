"""Layers, weights and constants from outside of a checked function: widened while it runs, and left as they were."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.crosscheck.outside import holding, met_by

X = lab.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)
W = lab.tensor([[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]], requires_grad=True)
EYE = lab.eye(2)
LAYER = lab.nn.Linear(3, 2)


class Scaled(lab.nn.Module):
    """A layer that keeps a plain tensor, which nothing widens."""

    def __init__(self):
        super().__init__()
        self.inner, self.scale = lab.nn.Linear(3, 2), lab.eye(2)

    def forward(self, x):
        return self.inner(x) @ self.scale


FUNCTIONS = {
    "a weight": lambda x: (x @ W).tanh(),
    "a layer": lambda x: LAYER(x).tanh(),
    "a constant": lambda x: x @ W @ EYE,
    "an element": lambda x: (x[:, :2] * W[:2]).sum(),
    "made inside": lambda x: (x @ W) @ lab.ones(2, 2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_comes_from_outside_is_judged_in_float64_too(name):
    report = lab.check(FUNCTIONS[name], X, devices="cpu", against=("jax", "numeric", "torch"))
    assert report.ok and report.dtype == "float64", report
    assert [row.verdict for row in report.rows] == ["agrees"] * 4 + ["suffices"], report
    assert all(leaf.max_rel < 1e-12 for leaf in report.leaves)
    assert W.dtype == LAYER.weight.dtype == EYE.dtype == lab.get_default_dtype() == lab.float32
    assert W.grad is None and (LAYER(X).dtype, lab.ones(1).dtype) == (lab.float32, lab.float32)


def test_a_loss_of_no_arguments():
    report = lab.check(lambda: LAYER(X.detach()).tanh().sum(), devices="cpu")
    assert report.ok and [row.verdict for row in report.rows] == ["agrees"] * 3, report
    assert [leaf.max_rel < 1e-12 for leaf in report.leaves] == [True, True]


@pytest.mark.parametrize("function", [lambda x: x @ lab.eye(3, dtype=lab.float32), Scaled()], ids=["dtype said", "layer"])
def test_what_cannot_be_widened_is_checked_as_it_is(function):
    report = lab.check(function, X, devices="cpu", against=("jax", "numeric"))
    assert report.ok and report.dtype == "the dtype of its inputs", report


@pytest.mark.parametrize("dtype", [None, "float32", "bfloat16"])
def test_in_a_narrow_type_it_is_run_again_in_jax(dtype):
    report = lab.check(FUNCTIONS["a layer"], X, devices="cpu", against="jax", dtype=dtype)
    assert report.ok and [row.verdict for row in report.rows] == ["agrees", "agrees"], report


def test_an_error_is_the_one_that_the_function_raises_by_itself():
    with pytest.raises(RuntimeError, match="2x3 and 5x5"):
        lab.check(lambda x: x @ lab.ones(5, 5), X)


def test_a_wrong_rule_is_found_behind_a_layer():
    class Wrong(lab.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 3

    report = lab.check(lambda x: Wrong.apply(LAYER(x)).sum(), X, devices="cpu", against="jax")
    assert not report.ok and report.findings[0].op == "Wrong"


def test_it_draws_what_it_would_have_drawn():
    def noisy(x):
        return (x @ W) * lab.rand(2, 2)

    lab.manual_seed(0)
    report = lab.check(noisy, X, devices="cpu", against="jax")
    assert report.ok and report.rows[-1].verdict == "suffices", report
    after = lab.rand(1)
    lab.manual_seed(0)
    assert lab.equal(after, lab.rand(1))  # what is drawn next is what would have been without a check


def test_met_and_held():
    met = met_by(lambda: FUNCTIONS["a constant"](X))
    assert {id(X), id(W), id(EYE)} == set(map(id, met))
    with holding([W], np.dtype(np.float64)):
        assert W.dtype == lab.get_default_dtype() == lab.float64
        W.data.mul_(0)
    assert W.dtype == lab.float32 and W[0, 0].item() != 0
