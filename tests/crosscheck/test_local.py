"""Each node alone: the fault is named, and no other node is."""

import math

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES, BackwardPass
from autograd_lab.core.function import Function

JAX = {"devices": ("cpu",), "against": "jax"}


def graph(x, w):
    h = (x @ w).tanh()
    s = h.sigmoid() * h
    return (s.exp() + h).sum()


VALUES = [np.linspace(-1, 1, 6).reshape(2, 3), np.linspace(0.3, -0.8, 12).reshape(3, 4)]


@pytest.mark.parametrize("word", ["mm", "tanh", "sigmoid", "mul", "exp", "add", "sum"])
def test_a_wrong_rule_in_the_middle_of_a_graph(word, plant):
    op = PRIMITIVES[word]
    with plant(op, op.inputs[0], lambda x: x * 1.01):
        report = lab.check(graph, *VALUES, **JAX)
    assert {f.op for f in report.findings} == {word} and not report
    assert report.rows[0].verdict == "MISMATCH" and report.rows[0].where.endswith(word)
    first = report.findings[0]
    assert first.kind == "gradient" and first.input == op.inputs[0] and first.ours == pytest.approx(first.theirs * 1.01)
    assert first.line == graph.__code__.co_firstlineno + {"mm": 1, "tanh": 1, "sigmoid": 2, "mul": 2}.get(word, 3)
    assert str(first).startswith(
        f"node {first.number} {word} (line {first.line}), gradient of {first.input}: incoming gradient agrees"
    )


@pytest.mark.parametrize(
    "word, wrong",
    [
        ("tanh", lambda xp, x: xp.tanh(x * 1.0001)),
        ("exp", lambda xp, x: xp.exp(x) + 1e-9),
        ("mm", lambda xp, x, y: xp.mm(x, y) * 1.0001),
    ],
)
def test_a_wrong_forward_is_named_and_its_gradient_is_not_blamed(word, wrong, plant_forward):
    with plant_forward(PRIMITIVES[word], wrong):
        report = lab.check(graph, *VALUES, **JAX)
    assert [(f.op, f.kind) for f in report.findings] == [(word, "forward")]


def test_a_forward_of_another_shape_is_named(plant_forward):
    with plant_forward(PRIMITIVES["tanh"], lambda xp, x: xp.tanh(x).reshape(-1)):
        report = lab.check(lambda x: x.tanh().sum(), VALUES[0], **JAX)
    assert [(f.op, f.kind) for f in report.findings] == [("tanh", "forward")] and "[6] for [2, 3]" in report.findings[0].input


class Tampering(BackwardPass):
    """A pass that loses or doubles the second contribution to one kind of node."""

    __slots__ = ()
    victim, factor = "TanhBackward0", 0

    def _gather(self, point, grad):
        if point in self.grads and point.name() == self.victim:
            grad = grad * self.factor
        super()._gather(point, grad)


@pytest.mark.parametrize("factor", [0, 2])
def test_a_contribution_lost_or_doubled_names_the_value(factor, monkeypatch):
    monkeypatch.setattr("autograd_lab.crosscheck.observed.BackwardPass", Tampering)
    monkeypatch.setattr(Tampering, "factor", factor)
    report = lab.check(graph, *VALUES, **JAX)
    assert {(f.op, f.kind) for f in report.findings} == {("tanh", "sum")}
    assert "the contributions sent add up to" in str(report)


def test_a_value_changed_behind_the_engines_back_is_named():
    def hazard(w):
        loss = (w * w).sum()
        w.data.mul_(0.5)  # not counted: the rule reads the new value
        return loss

    report = lab.check(hazard, np.array([3.0, 4.0]), **JAX)
    assert {f.op for f in report.findings} == {"mul"} and report.findings[0].ours == report.findings[0].theirs / 2


class Cube(Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.save_for_backward(x)
        ctx.scale = scale
        return x**3 * scale

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x**2 * ctx.scale, None


class WrongCube(Cube):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 2 * x**2 * ctx.scale, None


def test_a_function_of_the_users_is_checked_by_differences_of_its_own_forward():
    x = np.array([0.5, -1.5, 2.0])
    right = lab.check(lambda x: Cube.apply(x.tanh(), 2.0).sum(), x, **JAX)
    assert right.rows[0].verdict == "agrees" and "Cube is a Function" in right.rows[1].verdict
    wrong = lab.check(lambda x: WrongCube.apply(x.tanh(), 2.0).sum(), x, **JAX)
    (finding,) = wrong.findings
    assert (finding.op, finding.input) == ("WrongCube", "x") and finding.theirs == pytest.approx(finding.ours * 1.5)
    assert "differences of its forward say" in str(finding)


class Times(Function):
    @staticmethod
    def forward(ctx, scale, x):
        ctx.scale = scale
        return x * scale

    @staticmethod
    def backward(ctx, g):
        return None, g * ctx.scale


def test_a_function_whose_first_argument_is_no_tensor():
    report = lab.check(lambda x: Times.apply(3.0, x).sum(), np.array([0.5, -1.5]), **JAX)
    assert report.rows[0].verdict == "agrees", report


def test_hooks_that_change_gradients_are_no_fault_of_a_rule():
    def hooked(x):
        y = x * 2
        y.register_hook(lambda g: g * 10)
        return y.tanh().sum()

    report = lab.check(hooked, np.array([0.1, 0.2]), devices=("cpu",))
    assert report.ok and [row.verdict.split(":")[0] for row in report.rows] == ["agrees", "skipped", "skipped"]


def test_overflow_is_its_own_verdict():
    report = lab.check(lambda x: (x * 12).exp().sum(), np.array([1.0, 0.0]), dtype="float16", **JAX)
    assert report.ok and report.rows[0].verdict == "overflow" and report.rows[0].where == "overflows first at node 2 exp"
    assert math.isfinite(lab.check(lambda x: (x * 12).exp().sum(), np.array([1.0, 0.0]), **JAX).worst)
