"""The gradients of convolutions as words, beside PyTorch's, differentiated once more too."""

import numpy as np
import pytest

from .beside import lab, torch


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("options", [{}, {"stride": 2, "padding": 1}, {"dilation": 2, "groups": 2}])
def test_both_gradients(n, options):
    def run(m):
        def data(*shape):
            return (m.arange(float(np.prod(shape)), dtype=m.float64) * 0.37).sin().reshape(shape).requires_grad_()

        x, weight = data(2, 4, *(6,) * n), data(2, 4 // options.get("groups", 1), *(2,) * n)
        g = data(*getattr(m.nn.functional, f"conv{n}d")(x, weight, **options).shape)
        by_input = getattr(m.nn.grad, f"conv{n}d_input")(x.shape, weight, g, **options)
        by_weight = getattr(m.nn.grad, f"conv{n}d_weight")(x, weight.shape, g, **options)
        again = m.autograd.grad((by_input * by_input).sum() + (by_weight * by_weight).sum(), (x, weight, g))
        return [by_input.detach(), by_weight.detach(), *again]

    for ours, theirs in zip(run(lab), run(torch), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-11, atol=1e-11)
