"""Every operation of the table on a device of JAX's: the values and gradients that NumPy gives, and nothing slips back to it."""

import numpy as np
import pytest

import autograd_lab as lab

jax = pytest.importorskip("jax")


def results(function, arrays, device):
    """(values, gradients) as tensors."""
    leaves = [lab.tensor(a, device=device, requires_grad=True) for a in arrays]
    out = function(*leaves)
    outputs = list(out) if isinstance(out, (tuple, list)) else [out]
    total = sum(
        ((t.abs() if t.is_complex() else t).sin().sum() for t in outputs if t.requires_grad), lab.tensor(0.0, dtype=lab.float64)
    )
    total.backward()
    return outputs, [leaf.grad for leaf in leaves]


def test_it_is_what_numpy_gives(case, cases):
    function, arrays = cases[case]
    for here, there in zip(results(function, arrays, None), results(function, arrays, "jax:cpu"), strict=True):
        for t, u in zip(here, there, strict=True):
            if t is None or u is None:
                assert u is t
                continue
            assert str(u.device) == "jax:cpu" and u.dtype is t.dtype and u.shape == t.shape
            np.testing.assert_allclose(u.cpu().detach().numpy(), t.detach().numpy(), 1e-6 if case == "to" else 1e-9, 1e-12)
