"""A function under vmap may not look at an example's values: who does is refused as in PyTorch, who looks at constants is not."""

import re

import pytest

import autograd_lab as lab
import autograd_lab.func

torch = pytest.importorskip("torch")
import torch.func  # noqa: E402

LOOKS = {
    "item": lambda m, t: t * t.item(), "float": lambda m, t: t * float(t), "int": lambda m, t: t * int(t + 1), "if": lambda m, t: t if t > 1 else -t,
    "while": lambda m, t: t if not t.sin() > 0 else t * 2, "all": lambda m, t: t if (t > 0).all() and t.dim() == 0 else -t, "tolist": lambda m, t: m.tensor(t.tolist()),
    "numpy": lambda m, t: m.tensor(t.numpy()), "range": lambda m, t: t * sum(range(int(t))), "complex": lambda m, t: m.tensor(complex(t)), "max": lambda m, t: max(t, m.ones(())),
    "of a view": lambda m, t: t.reshape(1)[0] * t.unsqueeze(0).detach()[0].item(), "an index": lambda m, t: m.eye(3)[int(t)], "in": lambda m, t: t * (1.0 in t.reshape(1)),
    "within grad": lambda m, t: m.func.grad(lambda u: u * u.item())(t), "a branch within grad": lambda m, t: m.func.grad(lambda u: u * u if u > 1 else u)(t),
    "an error that depends on it": lambda m, t: t.reshape(int(t) + 2), "of all, within": lambda m, t: m.func.vmap(lambda u: u * t.item())(m.ones(2)),
}  # fmt: skip
FREE = {
    "a constant": lambda m, t: t * m.tensor(2.0).item(), "a branch on a constant": lambda m, t: t if m.tensor(True) else -t, "an index": lambda m, t: m.eye(3)[t.long()],
    "its shape": lambda m, t: t * t.dim() if t.is_floating_point() and not len(t.shape) else -t, "a repr": lambda m, t: (repr(m.ones(1)), t)[1],
    "where": lambda m, t: m.where(t > 1, t, -t), "a Jacobian of its own": lambda m, t: m.func.grad(lambda u: u.sin() * m.ones(()).item())(t),
}  # fmt: skip


def outcome(m, function):
    try:
        return str(m.func.vmap(lambda t: function(m, t))(m.arange(3.0)))
    except Exception as error:
        return type(error).__name__, re.split(r"(?<=\.)\s", str(error))[0].rstrip(".")


@pytest.mark.parametrize("name", LOOKS)
def test_looking_is_refused(name):
    ours, theirs = outcome(lab, LOOKS[name]), outcome(torch, LOOKS[name])
    assert ours == theirs and theirs[0] == "RuntimeError"


@pytest.mark.parametrize("name", FREE)
def test_what_does_not_look_runs(name):
    ours, theirs = outcome(lab, FREE[name]), outcome(torch, FREE[name])
    assert ours == theirs and type(theirs) is str


def test_what_is_shared_may_be_looked_at():
    for m in (lab, torch):
        out = m.func.vmap(lambda a, b: a if b > 0 else a * b.item(), in_dims=(0, None))(m.arange(3.0), m.tensor(-2.0))
        assert out.tolist() == [0, -2, -4]


def test_looking_again_draws_no_other_numbers():
    def noisy(t):
        return t * lab.tensor(2.0).item() + lab.rand(())

    lab.manual_seed(0)
    once = lab.func.vmap(noisy, randomness="different")(lab.zeros(3))
    lab.manual_seed(0)
    assert once.tolist() == [lab.rand(()).item() for _ in range(3)]


def test_outside_nothing_of_it_is_left():
    words = {word: vars(lab.Tensor).get(word) for word in ("item", "__bool__", "tolist", "numpy")}
    with pytest.raises(RuntimeError, match=r"calling \.item\(\)"):
        lab.func.vmap(lambda t: t * t.item())(lab.ones(2))
    assert {word: vars(lab.Tensor).get(word) for word in words} == words
    assert lab.ones(()).item() == 1 and bool(lab.ones(()))
