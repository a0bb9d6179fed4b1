"""What overflows is told from what is infinite in any type, and the node is named."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.crosscheck import infinities


def row(function, *values):
    report = lab.check(function, np.array(values), against="numeric")
    assert report.ok
    return report.rows[0]


@pytest.mark.parametrize(
    "function, value, node",
    [
        (lambda x: (x * 2).exp().sum(), 2000.0, "overflows first at node 2 exp: x.grad[0] is inf"),
        (lambda x: x.exp().sum(), 1e5, "overflows first at node 1 exp: x.grad[0] is inf"),  # in long doubles too
        (lambda x: (x * x).sum(), 1e200, "overflows first at node 1 mul"),
        (lambda x: (x**-2).sum(), 1e-200, "overflows first at node 1 pow_scalar: x.grad[0] is -inf"),
        (lambda x: (x * 1e200 * 1e200).sum(), 1e-300, "its gradient overflows first at node 1 mul: x.grad[0] is inf"),
    ],
)
def test_a_number_too_large_overflows(function, value, node):
    found = row(function, value)
    assert (found.verdict, found.worst, found.where) == ("overflow", None, node)


def test_what_is_infinite_is_told_without_long_doubles(monkeypatch):
    """As on machines where they are doubles: then what is infinite on both sides of the point has overflowed."""
    monkeypatch.setattr(infinities, "finer", lambda a: a)
    assert row(lambda x: x.exp().sum(), 2000.0).verdict == "overflow"
    assert row(lambda x: (1 / x).sum(), 0.0).verdict == "convention"


@pytest.mark.parametrize(
    "function, value, gradient",
    [
        (lambda x: (1 / x).sum(), 0.0, ": x.grad[0] is -inf"),
        (lambda x: x.sqrt().sum(), 0.0, ": x.grad[0] is inf"),
        (lambda x: x.log().sum(), 0.0, ": x.grad[0] is inf"),
        (lambda x: x.log().sum(), -1.0, ""),
        (lambda x: (x * 2).sum(), np.inf, ""),
    ],
)
def test_a_pole_does_not(function, value, gradient):
    found = row(function, value)
    assert (found.verdict, found.where) == ("convention", f"no finite slope here{gradient}")
