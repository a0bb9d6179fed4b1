"""Of a gradient of a gradient: whether each Function's backward recorded all that it depends on."""

import numpy as np
import pytest

import autograd_lab as lab

X = np.array([0.3, -1.0, 2.0])


class Tripled(lab.autograd.Function):
    """x**3; how backward comes by its factor is what the cases differ in."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        ctx.slope = 3 * x * x
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * x * g


class Kept(Tripled):
    @staticmethod
    def backward(ctx, g):
        return ctx.slope * g  # made where nothing was recorded


class Detached(Tripled):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x.detach() * x * g


class OneElement(Tripled):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * lab.cat([x[:1].detach(), x[1:]]) * g


class Constant(Tripled):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * x * g.detach()  # of what comes, too, it must record what it reads


class StraightThrough(lab.autograd.Function):
    """Not the derivative of its forward, and right all the same: its own derivative is."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.round()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (x.abs() <= 1)


class Weighted(lab.autograd.Function):
    """Several inputs, one of them whole numbers, several outputs, one of them with no gradient."""

    @staticmethod
    def forward(ctx, x, weight, rows, scale):
        ctx.save_for_backward(x, weight, rows)
        ctx.scale = scale
        ctx.mark_non_differentiable(largest := x.argmax())
        return x[rows] * weight * scale, x.sin(), largest

    @staticmethod
    def backward(ctx, g, h, _):
        x, weight, rows = ctx.saved_tensors
        return lab.zeros_like(x).index_add(0, rows, g * weight * ctx.scale) + h * x.cos(), g * x[rows] * ctx.scale, None, None


class Modulus(lab.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return z.abs() ** 2

    @staticmethod
    def backward(ctx, g):
        return 2 * ctx.saved_tensors[0] * g


class Drawing(Tripled):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * x * g * lab.rand(3)


def row(function, *args, **options):
    report = lab.check(function, *args, order=2, against="numeric", **options)
    return next(row for row in report.rows if row.what == "each Function's backward"), report


@pytest.mark.parametrize(
    ("wrong", "by"), [(Kept, "x"), (Detached, "x"), (OneElement, "x"), (Constant, "its incoming gradient")]
)
def test_a_backward_that_reads_what_has_no_history_is_named(wrong, by):
    found, report = row(lambda x: (wrong.apply(x) * x.sin()).sum(), X)
    assert found.verdict == "MISMATCH" and not report.ok
    assert [(finding.op, finding.input) for finding in report.findings] == [(f"{wrong.__name__}.backward", by)], report
    assert f"{wrong.__name__}.backward (line " in str(report) and f"its derivative by {by}: [" in str(report)


def test_and_the_element_that_is_wrong_with_both_numbers():
    _, report = row(lambda x: OneElement.apply(x).sin(), X)
    (finding,) = report.findings
    assert finding.index == (0,) and finding.theirs == pytest.approx(2 * finding.ours)


RIGHT = {
    "cube": (lambda x: Tripled.apply(x).sum() * x.sum(), X), "straight through": (lambda x: StraightThrough.apply(x.sin()).sum(), X),
    "several": (lambda x, w: Weighted.apply(x, w, lab.tensor([0, 2, 2]), 2.0)[:2], X, X + 1),
    "complex": (lambda z: Modulus.apply(z * z), X + 1j), "a float32": (lambda x: Tripled.apply(x).sum(), lab.tensor([1.0, 2.0])),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_a_backward_that_recorded_all_is_not_blamed(name):
    found, report = row(*RIGHT[name])
    assert found.verdict == "agrees" and report.ok and not report.findings, report


def test_a_backward_that_is_another_each_time_is_not_judged():
    found, _ = row(lambda x: Drawing.apply(x).sum(), X)
    assert found.verdict == "skipped: Drawing: it gives another gradient each time"


def test_of_a_first_gradient_and_without_functions_nothing_is_said():
    for function, order in ((lambda x: Kept.apply(x).sum(), 1), (lambda x: (x.sin() * x).sum(), 2)):
        report = lab.check(function, X, order=order, against="numeric")
        assert report.ok and [row.what for row in report.rows] == ["directional derivative"]


def test_a_third_order_asks_what_the_second_made():
    found, report = row(lambda x: (Kept.apply(x) * x**3).sum(), X)
    assert found.verdict == "MISMATCH"
    report = lab.check(lambda x: (Kept.apply(x) * x**3).sum(), X, order=3, against="numeric")
    assert [finding.op for finding in report.findings] == ["Kept.backward"], report


def test_of_a_tuple_with_one_result_the_right_element_is_found():
    class Alone(Tripled):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return (x**3,)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 3 * x * x * g * lab.tensor([1.1, 1.0, 1.0])

    (finding,) = lab.check(lambda x: Alone.apply(x)[0].sin(), np.array([2.0, 3.0, 4.0]), devices="cpu").findings
    assert finding.index == (0,) and finding.ours == pytest.approx(1.1 * finding.theirs)
