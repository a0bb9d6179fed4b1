"""An outcome is plain data and one stable line, under any engine."""

import warnings

import pytest

import autograd_lab as torch
from autograd_lab.lessons import outcome


def square_of(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    return x.grad, x.is_leaf, x.dtype, x.shape


def test_values_are_plain_and_equal_pytorchs():
    theirs = pytest.importorskip("torch")
    ours, true = outcome(lambda: square_of(torch)), outcome(lambda: square_of(theirs))
    assert ours == true
    assert str(ours) == "[2, 4], True, torch.float32, torch.Size([2])"


def test_an_error_is_its_class_and_first_sentence():
    found = outcome(lambda: torch.ones(2, requires_grad=True).backward())
    assert str(found) == "RuntimeError: grad can be implicitly created only for scalar outputs"
    assert found.value is None and found.error.__traceback__ is None


def test_a_warning_is_caught_and_told_below():
    y = torch.ones(2, requires_grad=True) * 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = outcome(lambda: y.grad)
    assert str(found) == ("None\n  UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor is being accessed.")
