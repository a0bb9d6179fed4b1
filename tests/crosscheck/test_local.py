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


def told(wrong, x, **more):
    """What is said of a Function that is ``sin`` but for what ``wrong`` does to its gradient."""

    class Sine(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return wrong(g * x.cos().conj())

    return lab.check(lambda x: (Sine.apply(x * 0.5).abs() ** 2).sum(), x, **JAX, **more)


def test_of_a_large_operand_the_one_wrong_element_is_found():
    def wrong(g):
        g = g.clone()
        g[60, 7] *= 1.01
        return g

    x = np.random.default_rng(0).standard_normal((100, 100))
    (finding,) = told(wrong, x).findings
    assert (finding.op, finding.index) == ("Sine", (60, 7)) and finding.ours == pytest.approx(1.01 * finding.theirs)
    assert told(lambda g: g, x).rows[0].verdict == "agrees"


def test_a_gradient_that_is_no_number_where_there_is_a_slope_is_wrong():
    def wrong(g):
        g = g.clone()
        g[1] = math.nan
        return g

    report = told(wrong, np.array([0.5, 1.0, 2.0]))
    (finding,) = report.findings
    assert not report.ok and finding.index == (1,) and math.isnan(finding.ours) and abs(finding.theirs) < 1
    assert "is nan, differences of its forward say 0." in str(report)


def test_a_constant_with_too_few_digits_is_no_kink():
    report = told(lambda g: g * 1.00001, np.array([0.5, 1.0, 2.0]))
    assert report.rows[0].verdict == "MISMATCH" and report.findings[0].op == "Sine"
    assert report.findings[0].ours == pytest.approx(report.findings[0].theirs * 1.00001, rel=1e-7)


@pytest.mark.parametrize("wrong", [lambda g: g.conj().resolve_conj(), lambda g: lab.complex(g.real, g.imag * 1.001)])
def test_of_complex_numbers_a_function_is_asked_in_both_directions(wrong):
    z = np.array([0.5 + 1j, -1 + 0.25j, 2 - 1j])
    assert told(lambda g: g, z).rows[0].verdict == "agrees"
    (finding,) = told(wrong, z).findings
    assert finding.op == "Sine" and abs(finding.ours - finding.theirs) > 1e-4
    assert finding.theirs.real == pytest.approx(finding.ours.real, rel=1e-6)


def test_a_function_may_leave_an_unused_output_without_a_gradient():
    class Both(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            ctx.save_for_backward(x)
            return x.sin(), x.cos()

        @staticmethod
        def backward(ctx, sine, cosine):
            (x,) = ctx.saved_tensors
            assert sine is None
            return cosine * x.sin()  # a sign too few

    (finding,) = lab.check(lambda x: Both.apply(x)[1].sum(), np.array([0.5, 1.0]), **JAX).findings
    assert finding.op == "Both" and finding.ours == pytest.approx(-finding.theirs)


def test_a_function_whose_node_has_a_hook_is_not_blamed_for_it():
    def hooked(x):
        y = Cube.apply(x, 2.0)
        assert y.grad_fn is not None
        y.grad_fn.register_hook(lambda sent, came: tuple(None if g is None else g * 3 for g in sent))
        return y.sum()

    row = lab.check(hooked, np.array([0.5, 1.0]), **JAX).rows[0]
    assert (row.verdict, row.where) == ("agrees", "not compared: Cube: a hook may have changed its gradients")


def test_a_kink_of_a_functions_own_is_called_one():
    class Clip(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.clamp(0, 1)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * ((x > 0) & (x < 1))

    row = lab.check(lambda x: Clip.apply(x).sum(), np.array([0.5, 0.0, 1.0]), **JAX).rows[0]
    assert (row.verdict, row.where) == ("convention", "1 element at kinks: ours lies between the one-sided slopes")


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
