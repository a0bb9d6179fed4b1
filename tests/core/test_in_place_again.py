"""Second derivatives through writes to views: what the write saved of its result stands where the view stands."""

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


def exp_in_place(m):
    class Exp(m.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.exp_()
            ctx.mark_dirty(x)
            ctx.save_for_backward(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0]

    return Exp.apply


WRITES = {name: (lambda m, v, name=name: getattr(v, name)()) for name in ("tanh_", "exp_", "sigmoid_", "sqrt_", "sin_", "neg_")}
WRITES |= {
    "mul_": lambda m, v: v.mul_(v.detach() + 2), "a Function": lambda m, v: exp_in_place(m)(v),
    "two writes": lambda m, v: v.sin_().mul_(3), "packed": lambda m, v: packed(m, v),
}  # fmt: skip


def packed(m, v):
    with m.autograd.graph.save_on_cpu():
        v.exp_()


def second(m, write, view):
    a = m.tensor([1.0, 2.0, 3.0], dtype=m.float64, requires_grad=True)
    x = a * 1
    WRITES[write](m, view(x))
    (g,) = m.autograd.grad((x * x).sum(), a, create_graph=True)
    (g * g).sum().backward()
    return a.grad.tolist()


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("view", [lambda x: x[1:], lambda x: x, lambda x: x.view(3, 1)[1:, 0], lambda x: x[::2][None]])
def test_as_torch(write, view):
    np.testing.assert_allclose(second(lab, write, view), second(torch, write, view), rtol=1e-12, atol=1e-14)
