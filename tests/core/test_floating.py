"""Infinities pass silently through tensors and loudly through NumPy."""

import warnings

import numpy as np
import pytest

import autograd_lab as torch


def test_tensors_do_not_warn():
    x = torch.tensor([0.0, -1.0], requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (x.log() + x / x + x.sqrt() + (x - 1).exp() * 1e38 * 1e38).sum().backward()
        torch.tensor(0.0) / torch.tensor(0.0)
        x.std(), torch.full((2,), float("inf")).var(), x.norm()
    assert x.grad.isnan().all()


def test_numpy_still_does():
    with pytest.warns(RuntimeWarning, match="divide by zero encountered") as caught:
        np.ones(2) / np.zeros(2)
    assert caught[0].filename == __file__
    with pytest.warns(RuntimeWarning, match="invalid value"):
        np.var(np.array([np.inf]))


def test_a_state_the_user_chose_is_kept():
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        np.ones(2) / np.zeros(2)
