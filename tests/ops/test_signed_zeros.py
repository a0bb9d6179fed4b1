"""Zeros keep their sign where they do in PyTorch: -0.0 prints as such, and 1 / -0.0 is -inf."""

import pytest
import torch

import autograd_lab as lab

F = "m.nn.functional."
WORDS = [
    "x.relu()", "x.clone().relu_()", F + "relu6(x)", "x.clamp(min=0)", "x.clamp(max=0)", "x.clamp(0, 1)", "x.clamp_min(-0.0)",
    "x.clamp_max(0)", F + "hardtanh(x, 0, 1)", F + "hardtanh(x, -1, 0.0)", F + "elu(x)", F + "celu(x)", F + "selu(x)",
    F + "leaky_relu(x)", F + "threshold(x, 0, 0)", "x.abs()", "x.sign()", "x % 3", "x % -3", "(x - 3) % 3", "(x + 3) % 3",
    "(x - 3) % -3", "(x - 3) % (x + 3)", "(x + 3) % (x - 3)", "x.fmod(-3)", "0 - x", "x.round()", "x.trunc()",
]  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_zeros_keep_their_sign(word, dtype):
    for values in ([-0.0], [0.0, -0.0, 0.0], [-0.0, 0.0] * 50):
        for shape in ((), (-1,)) if len(values) == 1 else ((-1,),):
            said = []
            for m in (torch, lab):
                x = m.tensor(values, dtype=getattr(m, dtype)).reshape(shape).requires_grad_()
                y = eval(word, {"m": m, "x": x})
                y.sum().backward()
                said.append((repr(y.detach().tolist()), repr(x.grad.tolist())))
            assert said[0] == said[1]


def test_a_captured_relu_keeps_them_too():
    relu = lab.compile(lambda x: x.relu())
    for _ in range(3):
        assert repr(relu(lab.tensor([-0.0, 0.0, 1.0])).tolist()) == "[-0.0, 0.0, 1.0]"
