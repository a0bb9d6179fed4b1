"""Values and gradients keep their digits where they are small, and stay finite where exponentials are not."""

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")
SMOOTH = {
    "sigmoid": lambda m, x: m.sigmoid(x),
    "log of sigmoid": lambda m, x: m.log(m.sigmoid(x)),
    "silu": lambda m, x: m.nn.functional.silu(x),
    "mish": lambda m, x: m.nn.functional.mish(x),
    "softplus": lambda m, x: m.nn.functional.softplus(x),
    "softplus of beta": lambda m, x: m.nn.functional.softplus(x, 3, 0.2),
    "logsigmoid": lambda m, x: m.nn.functional.logsigmoid(x),
    "glu": lambda m, x: m.nn.functional.glu(m.stack([x.detach(), x])),
    "soft margins": lambda m, x: m.nn.functional.soft_margin_loss(x, m.ones_like(x), reduction="none"),
    "logits of 0": lambda m, x: m.nn.functional.binary_cross_entropy_with_logits(x, m.zeros_like(x), reduction="none"),
    "logits of 1": lambda m, x: m.nn.functional.binary_cross_entropy_with_logits(x, m.ones_like(x), reduction="none"),
}
FAR = [sign * size for size in (1e-3, 0.7, 4.3, 8.478, 16.64, 20.0, 36.7, 60.0, 80.0) for sign in (1, -1)]
ROUNDING = {"float64": 1e-13, "float32": 3e-5}  # PyTorch's own exponentials and tangents come within some tens of last places


def outcome(m, function, dtype, *others):
    x = m.tensor(FAR, dtype=getattr(m, dtype), requires_grad=True)
    out = function(m, x, *others)
    out.sum().backward()
    return [t.detach().numpy() for t in (out, x.grad)]


@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("word", SMOOTH)
def test_small_values_keep_their_digits(word, dtype):
    for ours, theirs in zip(*(outcome(m, SMOOTH[word], dtype) for m in (lab, torch))):
        if word in ("silu", "mish"):  # which cross zero, where no digits are kept
            np.testing.assert_allclose(ours[ours > -0.1], theirs[ours > -0.1], ROUNDING[dtype])
        np.testing.assert_allclose(ours, theirs, ROUNDING[dtype], 1e-300)


@pytest.mark.parametrize("weights", [None, 1.0, 3.0])
@pytest.mark.parametrize("dtype", ROUNDING)
def test_targets_of_large_logits_have_finite_slopes(dtype, weights):
    def loss(m, target):
        logits = m.tensor(FAR, dtype=getattr(m, dtype))
        weighed = None if weights is None else m.tensor(weights, dtype=getattr(m, dtype))
        return m.nn.functional.binary_cross_entropy_with_logits(logits, target, pos_weight=weighed, reduction="none")

    for ours, theirs in zip(*(outcome(m, loss, dtype) for m in (lab, torch))):
        np.testing.assert_allclose(ours, theirs, ROUNDING[dtype])
