"""Optimisers follow PyTorch's, step by step."""

import warnings

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab import optim  # noqa: F401  (found as lab.optim below)

torch = pytest.importorskip("torch")

KINDS = {
    "SGD": [{"lr": 0.1}, {"lr": 0.1, "momentum": 0.9}, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
            {"lr": 0.1, "momentum": 0.5, "dampening": 0.3, "maximize": True}],
    "Adam": [{"lr": 0.1}, {"lr": 0.1, "weight_decay": 0.1}, {"lr": 0.1, "amsgrad": True, "betas": (0.5, 0.7)}],
    "AdamW": [{"lr": 0.1}, {"lr": 0.1, "weight_decay": 0.5}], "Adagrad": [{}, {"lr": 0.1, "lr_decay": 0.1}],
    "RMSprop": [{}, {"momentum": 0.9, "centered": True, "weight_decay": 0.1}],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "options"), [(kind, options) for kind, settings in KINDS.items() for options in settings])
def test_the_same_way_down(kind, options):
    def run(m):
        x = m.tensor([1.0, -2.0, 0.5], dtype=m.float64, requires_grad=True)
        optimizer = getattr(m.optim, kind)([x, m.ones(1, requires_grad=True)], **options)
        places = []
        for _ in range(6):
            optimizer.zero_grad()
            ((x**4).sum() + x.prod()).backward()
            optimizer.step()
            places.append(x.tolist())
        return places

    np.testing.assert_allclose(run(lab), run(torch), rtol=1e-10)


REFUSALS = {
    "empty": lambda m: m.optim.SGD([], lr=0.1), "one tensor": lambda m: m.optim.SGD(m.ones(2), lr=0.1), "no tensor": lambda m: m.optim.SGD([3], lr=0.1),
    "non-leaf": lambda m: m.optim.SGD([m.ones(2, requires_grad=True) * 2], lr=0.1), "negative": lambda m: m.optim.SGD([m.ones(2)], lr=-1),
    "printing": lambda m: repr(m.optim.SGD([m.ones(2)], lr=0.1)) + repr(m.optim.Adam([m.ones(2)])), "bad beta": lambda m: m.optim.Adam([m.ones(1)], betas=(2, 0)),
    "twice": lambda m: (lambda p: repr(m.optim.SGD([p, p], lr=0.1)))(m.ones(1)), "groups": lambda m: repr(m.optim.SGD([{"params": [m.ones(1)], "lr": 0.5}, {"params": m.ones(1)}], lr=0.1)),
    "in two groups": lambda m: (lambda p: m.optim.SGD([{"params": [p]}, {"params": [p]}], lr=0.1))(m.ones(1)),
    "nesterov alone": lambda m: m.optim.SGD([m.ones(1)], nesterov=True),
}  # fmt: skip


def outcome(m, name):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            told = REFUSALS[name](m)
        except Exception as error:
            told = type(error).__name__, str(error)
    return told, [str(w.message) for w in caught]


@pytest.mark.parametrize("name", REFUSALS)
def test_as_torch(name):
    assert outcome(lab, name) == outcome(torch, name)


def test_a_closure_and_a_state_carried_over():
    x = lab.tensor([2.0], requires_grad=True)
    first = lab.optim.Adam([x], lr=0.1)

    def closure():
        first.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    assert first.step(closure).item() == 4
    y = x.detach().clone().requires_grad_()
    second = lab.optim.Adam([y], lr=0.5)
    second.load_state_dict(first.state_dict())
    for p, optimizer in ((x, first), (y, second)):
        p.grad = lab.ones(1)
        optimizer.step()
    assert x.tolist() == y.tolist()
