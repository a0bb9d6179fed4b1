"""The cross-check of functions and leaves of 16 bits."""

import pytest

import autograd_lab as lab

CPU = {"devices": "cpu"}


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_a_cast_inside_is_a_rounding(name):
    report = lab.check(lambda x: (x.to(getattr(lab, name)) * 2).float().sum(), lab.tensor([0.5, 1.5, 2.0]), **CPU)
    assert report.ok, report


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_leaves_of_16_bits(name):
    report = lab.check(lambda x: (x * x).sum(), lab.tensor([0.5, 1.5], dtype=getattr(lab, name)), **CPU)
    assert report.ok and any(row.against == name for row in report.rows), report


NET = lab.nn.Sequential(lab.nn.Linear(3, 2), lab.nn.LayerNorm(2), lab.nn.GELU())


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_a_check_in_16_bits(name):
    x = lab.tensor([[0.5, -1.25, 2.0], [0.0, 1.0, -3.0]])
    report = lab.check(NET, x, dtype=name, against=("jax", "numeric", "torch"), **CPU)
    assert report.ok and report.dtype == name, report
    assert [row.verdict for row in report.rows] == ["agrees"] * 4, report


def test_what_bfloat16_cannot_hold_overflows():
    report = lab.check(lambda x: (x * 100).exp().sum(), lab.tensor([1.0, 2.0]), dtype=lab.bfloat16, against="jax", **CPU)
    assert report.rows[0].verdict == "overflow" and "node 2 exp" in report.rows[0].where


def test_too_few_digits_are_told():
    def lost(x):
        return ((x + 1000.0) - 1000.0).square().sum()

    report = lab.check(lost, lab.tensor([0.11, 0.57], dtype=lab.bfloat16), **CPU)
    row = next(row for row in report.rows if row.against == "bfloat16")
    assert report.ok and row.verdict != "suffices" and "digits right" in row.where


def test_autocast_leaves_float64_alone():
    def f(w):
        with lab.autocast("cpu"):
            return (w @ w).float().sum()

    assert lab.check(f, lab.ones(2, 2) * 0.3, **CPU).ok


def product(factor):
    """A Function of two tensors whose backward is ``factor`` times what it should be for the second."""

    class Product(lab.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return x * w

        @staticmethod
        def backward(ctx, g):
            x, w = ctx.saved_tensors
            return g * w, g * x * factor

    return Product.apply


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
@pytest.mark.parametrize("factor", [1, 1.5, 1.001])
def test_of_a_function_16_bits_hide_nothing(name, factor):
    x, w = (lab.tensor(v, dtype=getattr(lab, name)) for v in ([0.5, -1.25, 2.0], [1.5, 0.75, -0.5]))
    report = lab.check(lambda x, w: product(factor)(x, w).tanh().sum(), x, w, dtype=name, against="jax", **CPU)
    if factor == 1:
        assert report.ok and not report.findings, report
    else:
        assert [(f.op, f.input) for f in report.findings] == [("Product", "w")], report


def test_a_function_of_float32_alone_is_asked_in_its_own_digits():
    class Square(lab.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            assert x.dtype is lab.float32
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            return 2 * g * ctx.saved_tensors[0]

    report = lab.check(lambda x: Square.apply(x).sum(), lab.tensor([0.5, -1.25]), dtype="float32", against="jax", **CPU)
    assert not report.findings, report
