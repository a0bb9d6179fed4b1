"""What a check leaves as it found it: whatever the function reaches and writes to while it runs again and again."""

import functools
import random

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.crosscheck.untouched import left_as_found

GLOBAL = lab.nn.BatchNorm1d(3)


class Counting(lab.nn.Module):
    """Counts in every way there is: a buffer, a number, a buffer assigned, a dict, a list."""

    def __init__(self):
        super().__init__()
        self.norm, self.weight = lab.nn.BatchNorm1d(3), lab.nn.Parameter(lab.ones(3))
        self.register_buffer("seen", lab.tensor(0))
        self.register_buffer("mean", lab.zeros(3))
        self.calls, self.log, self.cache = 0, [], {}

    def forward(self, x):
        self.seen += 1
        self.calls += 1
        self.mean = self.mean * 0.9 + x.detach().mean(0).to(self.mean.dtype)
        self.log.append(self.calls)
        self.cache[self.calls] = x
        return (self.norm(x) * self.weight).tanh().sum()


class Plain:
    """Not a layer: a user's own object with a method."""

    def __init__(self, layer):
        self.layer, self.calls, self.sum = layer, 0, lab.zeros(3)

    def loss(self, x):
        self.calls += 1
        self.sum.add_(x.detach().sum(0).to(self.sum.dtype))
        return self.layer(x)


def through(model, way):
    """(a function of x that reaches ``model``, and the object on the way)"""
    plain = Plain(model)
    return {
        "closure": lambda x: model(x),
        "inner function": lambda x: (lambda y: model(y))(x),
        "in a list": functools.partial(lambda models, x: models[0]["a"](x), [{"a": model}]),
        "keyword": functools.partial(lambda x, m: m(x), m=model),
        "default": lambda x, m=model: m(x),
        "bound": model.forward,
        "method": plain.loss,
        "compiled": lab.compile(lambda x: model.norm(x).sum()),
        "argument": model,
    }[way], plain


def state_of(model, plain):
    held = {name: t.tolist() for name, t in model.state_dict().items()}
    return held, model.calls, list(model.log), dict(model.cache), model.seen._version, plain.calls, plain.sum.tolist()


X = np.random.default_rng(0).normal(size=(5, 3))
WAYS = ["closure", "inner function", "in a list", "keyword", "default", "bound", "method", "compiled", "argument"]


@pytest.mark.parametrize("dtype", [lab.float32, lab.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("way", WAYS)
def test_layers_are_as_they_were(way, dtype):
    model = Counting().to(dtype)
    function, plain = through(model, way)
    model.train()(lab.tensor(X, dtype=dtype))
    before, buffer = state_of(model, plain), model.mean
    report = lab.check(function, lab.tensor(X, dtype=dtype, requires_grad=True), devices="cpu", against=("jax", "numeric"))
    assert report.ok, report
    assert state_of(model, plain) == before and model.mean is buffer
    assert model.norm.running_mean.dtype == dtype


def test_a_global_layer_and_what_is_drawn_next():
    generator, mine, theirs = lab.Generator().manual_seed(1), random.Random(2), np.random.default_rng(3)

    def drawn():
        ours = lab.rand(1).item(), lab.rand(1, generator=generator).item()
        return *ours, mine.random(), theirs.random(), random.random()

    def noisy(x):
        drawn()
        return (GLOBAL(x) * lab.nn.functional.dropout(x)).sum()

    def seeded():
        lab.manual_seed(0)
        generator.manual_seed(1)
        mine.seed(2)
        random.seed(4)
        theirs.bit_generator.state = np.random.default_rng(3).bit_generator.state

    before = GLOBAL.running_mean.tolist(), GLOBAL.num_batches_tracked.item()
    seeded()
    assert lab.check(noisy, lab.tensor(X, dtype=lab.float32, requires_grad=True), devices="cpu", against="jax").ok
    now = drawn()
    seeded()
    assert now == drawn()
    assert (GLOBAL.running_mean.tolist(), GLOBAL.num_batches_tracked.item()) == before


def test_gradients_histories_and_versions():
    w, made = lab.ones(3, requires_grad=True), lab.ones(3, requires_grad=True)
    w.grad = lab.full((3,), 7.0)
    plain, base = lab.zeros(3), lab.zeros(2, 3)
    view, product = base[0], made * 2
    loss = (product * plain).sum()  # keeps `plain`

    def writes(x):
        plain.copy_(x[0].detach())
        view.add_(x[1].detach())
        (w * w).sum().backward()
        return (x * plain + view).sum()

    lab.check(writes, lab.tensor(X[:2], dtype=lab.float32, requires_grad=True), devices="cpu", against="jax")
    assert w.grad is not None and w.grad.tolist() == [7.0] * 3 and w.dtype == lab.float32
    assert plain.tolist() == [0.0] * 3 and base.tolist() == [[0.0] * 3] * 2
    assert not (plain.requires_grad or base.requires_grad or view.requires_grad)
    loss.backward()  # nothing that it kept was written to, for all it can see
    assert made.grad is not None and made.grad.tolist() == [0.0] * 3


def test_an_optimiser_steps_back():
    w = lab.ones(3, requires_grad=True)
    optimiser = lab.optim.SGD([w], lr=0.1, momentum=0.9)

    def trained():
        w.grad = lab.ones(3)
        optimiser.step()

    trained()
    before = w.tolist(), optimiser.state_dict()["state"][0]["momentum_buffer"].tolist()
    with left_as_found(trained):
        trained()
        assert w.tolist() != before[0]
    assert (w.tolist(), optimiser.state_dict()["state"][0]["momentum_buffer"].tolist()) == before
    assert w.grad is not None and w.grad.tolist() == [1.0] * 3


def test_on_a_device_and_where_the_function_fails():
    pytest.importorskip("jax")
    there, here = lab.zeros(3, device="jax:cpu"), lab.zeros(3)

    def fails(x):
        there.add_(1)
        here.add_(1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        lab.check(fails, lab.ones(3, requires_grad=True))
    assert there.cpu().tolist() == here.tolist() == [0.0] * 3 and here._version == 0


def test_between_the_runs_nothing_is_put_back():
    model = Counting()
    x = lab.tensor(X, dtype=lab.float32, requires_grad=True)
    report = lab.check(lambda x: model(x) * model.calls, x, devices="cpu", against="jax")
    assert "impure" in {row.verdict for row in report.rows}, report
