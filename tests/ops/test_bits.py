"""Bits read as another dtype, beside PyTorch."""

import pytest
import torch

import autograd_lab as lab

CASES = [
    "m.tensor([1.0, -2.0, 0.1]).view(m.int32)",
    "m.tensor([1.0, -2.0, 0.1], dtype=m.float16).view(m.int16)",
    "m.tensor([1.0, -2.0, 0.1], dtype=m.bfloat16).view(m.int16)",
    "m.tensor([16256, -16384], dtype=m.int16).view(m.bfloat16)",
    "m.ones(2, 4).view(m.float64)",
    "m.ones(2, 4).view(m.int16)",
    "m.tensor(1.0).view(m.int32)",
    "m.tensor(1.0).view(m.int16)",
    "m.ones(2, 4).t().view(m.int16)",
    "m.ones(3).view(m.float64)",
    "m.ones(2, 3)[:, :2].view(m.float64)",
    "m.ones(2, 2, dtype=m.complex64).view(m.float32)",
    "m.ones(2).view(2, 1).view(m.float32)",
]


def told(m, case):
    try:
        out = eval(case, {"m": m})
        return repr(out.dtype), tuple(out.shape), out.tolist()
    except RuntimeError as error:
        return str(error)


@pytest.mark.parametrize("case", CASES)
def test_as_pytorch(case):
    assert told(lab, case) == told(torch, case)


def test_the_memory_and_its_version_are_shared():
    for m in (lab, torch):
        x = m.ones(2)
        bits = x.view(m.int32)
        bits[0] = 0
        assert x.tolist() == [0, 1] and x._version == bits._version == 1
        assert not m.ones(2, requires_grad=True).view(m.int32).requires_grad
