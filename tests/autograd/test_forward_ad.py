"""Forward mode: tangents equal PyTorch's, through every kind of operation, and mix with reverse mode."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.autograd import forward_ad as _  # noqa: F401  (found as lab.autograd.forward_ad below)

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")


def cos_function(m):
    class Cos(m.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_forward(x)
            return x.cos()

        @staticmethod
        def jvp(ctx, t):
            (x,) = ctx.saved_tensors
            return -x.sin() * t

    return Cos


def in_place(x, write):
    y = x * 1
    write(y)
    return y


FUNCTIONS = {
    "mul": lambda m, x: x * x, "broadcast": lambda m, x: x[:, None] * x, "constant": lambda m, x: 3 * x + 1, "rsub": lambda m, x: 1 - x,
    "div": lambda m, x: x / (x + 1), "pow": lambda m, x: x**3, "rpow": lambda m, x: 2.0**x, "exp": lambda m, x: x.exp(),
    "tanh": lambda m, x: x.tanh(), "log": lambda m, x: x.log(), "sum": lambda m, x: x.sum(), "mean": lambda m, x: x.mean(),
    "max": lambda m, x: x.max(0).values, "softmax": lambda m, x: x.softmax(0), "view": lambda m, x: x.view(3, 1).T, "norm": lambda m, x: x.norm(),
    "index": lambda m, x: x[[0, 0, 2]], "slice": lambda m, x: x[1:] * x[:2], "cat": lambda m, x: m.cat([x, 2 * x]), "stack": lambda m, x: m.stack([x, x * x]),
    "split": lambda m, x: x.split(2)[0] * 5, "matmul": lambda m, x: x[None] @ x[:, None], "where": lambda m, x: m.where(x > 1, x * x, x),
    "clamp": lambda m, x: x.clamp(max=1.0), "relu": lambda m, x: (x - 1).relu(), "prod": lambda m, x: x.prod(), "detach": lambda m, x: x.detach() * x,
    "dtype": lambda m, x: x.float().double(), "cumsum": lambda m, x: x.cumsum(0), "function": lambda m, x: cos_function(m).apply(x),
    "no way through": lambda m, x: m.ones(3, dtype=m.float64), "mul_": lambda m, x: in_place(x, lambda y: y.mul_(x)),
    "set item": lambda m, x: in_place(x, lambda y: y.__setitem__(0, x[1] * 2)), "zero_": lambda m, x: in_place(x, lambda y: y[:2].zero_()),
    "written into a constant": lambda m, x: m.zeros(3, dtype=m.float64).add_(x), "sorted sum": lambda m, x: (x + x.flip(0)).sum(0),
}  # fmt: skip


def tangent(m, name, requires_grad=False):
    fw = m.autograd.forward_ad
    x = m.tensor([0.5, 1.25, 2.0], dtype=m.float64, requires_grad=requires_grad)
    with fw.dual_level():
        dual = fw.make_dual(x, m.tensor([1.0, -2.0, 0.5], dtype=m.float64))
        primal, t = fw.unpack_dual(FUNCTIONS[name](m, dual))
        return primal.tolist(), None if t is None else t.tolist()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_tangents(name):
    for requires_grad in (False, True):
        ours, theirs = tangent(lab, name, requires_grad), tangent(torch, name, requires_grad)
        np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-12)
        assert (ours[1] is None) == (theirs[1] is None)
        if ours[1] is not None:
            np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-12)


@pytest.mark.parametrize("name", ["mul", "exp", "tanh", "div", "prod", "pow"])
def test_forward_over_reverse_and_reverse_over_forward(name):
    found = []
    for m in (lab, torch):
        fw = m.autograd.forward_ad
        x = m.tensor([0.5, 1.25, 2.0], dtype=m.float64, requires_grad=True)
        with fw.dual_level():
            dual = fw.make_dual(x, m.tensor([1.0, -2.0, 0.5], dtype=m.float64))
            y = FUNCTIONS[name](m, dual)
            over = m.autograd.grad((y * y).sum(), dual, create_graph=True)[0]
            (back,) = m.autograd.grad(fw.unpack_dual(y).tangent.sum(), x, retain_graph=True)
            found.append((fw.unpack_dual(over).tangent.tolist(), back.tolist()))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-11, atol=1e-15)


REFUSALS = {
    "sizes differ": lambda m, fw: fw.make_dual(m.ones(2), m.ones(3)), "integers": lambda m, fw: fw.make_dual(m.tensor([1]), m.ones(1)),
    "integer tangent": lambda m, fw: fw.make_dual(m.ones(1), m.tensor([1])), "nested": lambda m, fw: fw.enter_dual_level(),
    "dual of a dual": lambda m, fw: fw.make_dual(fw.make_dual(m.ones(2), m.ones(2)), m.ones(2)),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(name):
    told = []
    for m in (lab, torch):
        fw = m.autograd.forward_ad
        with fw.dual_level(), pytest.raises(Exception) as raised:  # noqa: PT011
            REFUSALS[name](m, fw)
        told.append((type(raised.value), str(raised.value)))
    assert told[0] == told[1]


def test_tangents_end_with_the_level_and_are_shown():
    for m in (lab, torch):
        fw = m.autograd.forward_ad
        with fw.dual_level():
            dual = fw.make_dual(m.ones(2), m.zeros(2))
            assert repr(dual) == "tensor([1., 1.], tangent=tensor([0., 0.]))"
        assert fw.unpack_dual(dual).tangent is None
        assert repr(dual) == "tensor([1., 1.])"
