"""Whether the user's own dtype suffices: one more row, and never a MISMATCH."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab import nn

NUMBERS = {"against": "numeric"}


def own(function, *args, **options):
    report = lab.check(function, *args, **NUMBERS, **options)
    assert report.rows[0].against == "numeric" and report.ok
    return report.rows[1:]


def cancels(x):
    return (((x + 1e4) - 1e4) ** 2).sum()


def single(*values):
    return lab.tensor(list(values), requires_grad=True)


def test_sound_functions_keep_their_digits():
    (row,) = own(lambda x: (x.tanh() * x.exp()).sum(), single(0.5, 1.5))
    assert (row.against, row.verdict) == ("float32", "suffices") and row.worst < 4


def test_cancellation_loses_them():
    (row,) = own(cancels, single(0.00012, 0.0003))
    assert row.verdict == "loses digits" and row.worst > 4
    assert row.where in ("x.grad has 0 of 6 digits right", "x.grad has 1 of 6 digits right")


def test_overflow_is_named():
    (row,) = own(lambda x: (x * 100).exp().log().sum(), single(1.0, 0.0))
    assert (row.verdict, row.where) == ("overflow", "overflows first at node 2 exp")


def test_half_precision_is_asked_of_half_precision():
    (row,) = own(cancels, lab.tensor([0.5], dtype=lab.float16))
    assert (row.against, row.verdict) == ("float16", "overflow") or row.verdict == "loses digits"
    (row,) = own(lambda x: (x * x).sum(), lab.tensor([0.5], dtype=lab.float16))
    assert (row.against, row.verdict) == ("float16", "suffices")


def test_complex_numbers_have_parts():
    (row,) = own(lambda z: (z * 2.0).sum(), lab.tensor([1 + 2j, 0.5 - 1j], dtype=lab.complex64))
    assert (row.against, row.verdict) == ("float32", "suffices")


def test_parameters_of_a_module_count():
    (row,) = own(nn.Linear(3, 2), lab.ones(4, 3, dtype=lab.float32))
    assert (row.against, row.verdict) == ("float32", "suffices")


def test_a_recorded_graph_has_its_row():
    with lab.core.births.noting():
        x = single(0.00012)
        loss = cancels(x)
    (row,) = own(loss)
    assert row.verdict == "loses digits"


@pytest.mark.parametrize("value", [np.array([1.0, 2.0]), lab.tensor([1.0], dtype=lab.float64)])
def test_float64_needs_no_second_row(value):
    assert own(lambda x: (x * x).sum(), value) == []


def test_random_numbers_come_again():
    (row,) = own(lambda x: (x * lab.rand(2)).sum(), single(1.0, 2.0))
    assert row.verdict == "suffices"


def test_it_does_not_count_as_a_comparison():
    report = lab.check(lambda x: x * x, single(1.0), against=())
    assert [row.verdict for row in report.rows] == ["suffices"] and not report.ok and report.worst is None


def test_a_gradient_that_is_nothing_but_rounding_has_no_digits_to_lose():
    lab.manual_seed(0)
    net = lab.nn.Sequential(lab.nn.Linear(3, 4), lab.nn.BatchNorm1d(4), lab.nn.Tanh())
    row = lab.check(net, lab.arange(12.0).reshape(4, 3).sin(), against="numeric").rows[-1]
    assert row.against == "float32" and row.verdict == "suffices", row


def test_an_impure_function_has_none_either():
    calls = []

    def counted(x):
        calls.append(x)
        return (x * len(calls)).sum()

    row = lab.check(counted, lab.tensor([1.0, 2.0]), against="numeric").rows[-1]
    assert row.against == "float32" and row.verdict == "impure", row
