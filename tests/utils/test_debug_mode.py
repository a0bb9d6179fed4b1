"""The log of calls, against PyTorch's own."""

import pytest

import autograd_lab as lab
from autograd_lab.core.backward import BackwardPass, observers, pass_type
from autograd_lab.core.births import is_noting
from autograd_lab.core.primitive import Primitive
from autograd_lab.utils._debug_mode import DebugMode

torch = pytest.importorskip("torch")
from torch.utils._debug_mode import DebugMode as TheirDebugMode  # noqa: E402


def leaf(m, *shape):
    return m.ones(*shape, dtype=m.float64, requires_grad=True)


def twice(m):
    x = leaf(m, 2)
    x.sum().backward()
    x.sum().backward()


PROGRAMS = {
    "product": lambda m: (leaf(m, 2) * leaf(m, 2)).sum().backward(), "square": lambda m: (m.ones(2, requires_grad=True) * 1) ** 2, "exp": lambda m: leaf(m, 3).exp().sum().backward(),
    "mm": lambda m: leaf(m, 2, 3) @ leaf(m, 3, 2), "sum of a dim": lambda m: leaf(m, 2, 3).sum(1), "kept dim": lambda m: leaf(m, 2, 3).sum(1, keepdim=True), "mean": lambda m: leaf(m, 2, 3).mean(),
    "rsub": lambda m: (1 - leaf(m, 2)).sum().backward(), "fan-out": lambda m: (lambda x: (x * x + x).sum().backward())(leaf(m, 2)), "accumulated": twice, "view": lambda m: leaf(m, 2, 3).view(6),
    "made": lambda m: [m.zeros(3), m.ones(3, 2, dtype=m.float64), m.zeros((2, 2)), m.randn(2), m.full((2,), 3.0), m.zeros_like(m.ones(2)), m.tensor(3.0)], "dtypes": lambda m: m.ones(2, dtype=m.int64) * m.ones(2, dtype=m.float16),
    "detach": lambda m: leaf(m, 2).detach(), "two outputs": lambda m: leaf(m, 3, 3).max(0), "t": lambda m: leaf(m, 2, 3).t(), "neg": lambda m: (-leaf(m, 2)).sum().backward(),
}  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_log_is_pytorchs(program):
    said = []
    for m, mode in (lab, DebugMode), (torch, TheirDebugMode):
        with mode() as log:
            PROGRAMS[program](m)
        said.append(log.debug_string())
    assert said[0] == said[1]
    assert said[0]


def test_nothing_is_left_behind():
    with DebugMode() as log:
        (leaf(lab, 2) * 2).sum().backward()
    count = len(log.operators)
    (leaf(lab, 2) * 2).sum().backward()
    assert len(log.operators) == count > 5
    assert Primitive.interpreter is None and not observers and pass_type() is BackwardPass and not is_noting()


def test_gradients_are_the_same_when_watched():
    def gradient():
        x = lab.tensor([0.3, 0.7], requires_grad=True)
        v = x * 2
        v[0].mul_(3.0)
        (v.exp().sum() + lab.stack([x, x]).max(0).values.sum() + x.softmax(0)[0] + x.relu().sum()).backward()
        return x.grad.tolist()

    plain = gradient()
    with DebugMode():
        assert gradient() == plain
