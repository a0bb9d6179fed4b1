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
