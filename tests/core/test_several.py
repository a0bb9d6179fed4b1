"""Operations with several inputs or outputs."""

import numpy as np

import autograd_lab as torch


def ones(*shape, **kw):
    return torch.ones(*shape, requires_grad=True, **kw)


def test_multi_output_nodes():
    x = torch.tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
    w, v = torch.eigh(x)
    assert v.output_nr == 1 and v.grad_fn is w.grad_fn and v.sum().grad_fn.next_functions[0] == (v.grad_fn, 1)
    ((v * w) @ v.T * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    assert np.allclose(x.grad._array + x.grad._array.T, [[2, 5], [5, 8]], atol=1e-5)
    y = ones(4)
    first, _ = (y * 1).split(2)
    (first.sum() * 2).backward()
    assert y.grad.tolist() == [2, 2, 0, 0]
