"""The package's name is also a function of PyTorch's."""

import subprocess
import sys

import autograd_lab as torch


def test_the_package_is_torch_trace_when_called():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = torch.trace(x)
    y.backward()
    assert y.item() == 5 and x.grad.tolist() == [[1, 0], [0, 1]]
    assert x.trace().item() == 5


def test_either_use_first():
    for first, second in (("trace(x)", "trace.Picture.of(x.sum())"), ("trace.Picture.of(x.sum())", "trace(x)")):
        code = f"import autograd_lab as torch; x = torch.ones(2, 2, requires_grad=True); torch.{first}; torch.{second}"
        subprocess.run([sys.executable, "-c", code], check=True)
