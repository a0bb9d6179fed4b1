"""Layers, losses, optimisers and random numbers on a device of JAX's: what they give here."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab import nn, optim

pytest.importorskip("jax")
JAX = "jax:cpu"


def seeded(make, device):
    lab.manual_seed(5)
    made = make(device)
    assert str(made.device) == device
    return made.detach().cpu().tolist()


DRAWS = {
    "randn": lambda d: lab.randn(3, device=d), "randint": lambda d: lab.randint(0, 9, (3,), device=d), "randperm": lambda d: lab.randperm(5, device=d),
    "rand_like": lambda d: lab.rand_like(lab.ones(3, device=d)), "normal": lambda d: lab.normal(lab.zeros(3, device=d), 1.0),
    "bernoulli": lambda d: lab.bernoulli(lab.full((5,), 0.5, device=d)), "multinomial": lambda d: lab.multinomial(lab.tensor([0.1, 0.2, 0.7], device=d), 2),
    "poisson": lambda d: lab.poisson(lab.full((3,), 3.0, device=d)), "binomial": lambda d: lab.binomial(lab.full((3,), 9.0, device=d), lab.full((3,), 0.3, device=d)),
    "uniform_": lambda d: lab.empty(3, device=d).uniform_(), "exponential_": lambda d: lab.empty(3, device=d).exponential_(),
    "random_": lambda d: lab.empty(3, device=d).random_(0, 9), "xavier_uniform_": lambda d: nn.init.xavier_uniform_(lab.empty(3, 3, device=d)),
    "orthogonal_": lambda d: nn.init.orthogonal_(lab.empty(3, 3, device=d)), "trunc_normal_": lambda d: nn.init.trunc_normal_(lab.empty(3, 3, device=d)),
    "sparse_": lambda d: nn.init.sparse_(lab.empty(4, 3, device=d), 0.3), "Linear": lambda d: nn.Linear(2, 2, device=d).weight,
    "LSTM": lambda d: nn.LSTM(2, 2, device=d).weight_hh_l0, "BatchNorm2d": lambda d: nn.BatchNorm2d(2, device=d).running_var,
    "tril_indices": lambda d: lab.tril_indices(3, 3, device=d), "dropout": lambda d: nn.functional.dropout(lab.ones(9, device=d)),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWS)
def test_what_is_made_there_is_what_is_made_here(name):
    assert seeded(DRAWS[name], JAX) == seeded(DRAWS[name], "cpu")


def test_a_copy_may_come_from_another_device():
    """As in PyTorch, forwards and back; so may what is assigned to a part."""
    here, there = lab.arange(3.0).requires_grad_(), lab.ones(2, device=JAX, requires_grad=True)
    copied = lab.zeros(3, device=JAX).copy_(here)
    assert copied.tolist() == [0.0, 1.0, 2.0] and str(copied.device) == JAX
    (copied * 2).sum().backward()
    assert here.grad is not None and here.grad.tolist() == [2.0] * 3 and str(here.grad.device) == "cpu"
    whole = lab.zeros(3)
    whole[:2] = there * 3
    whole.sum().backward()
    assert whole.tolist() == [3.0, 3.0, 0.0] and str(whole.device) == "cpu"
    assert there.grad is not None and there.grad.tolist() == [3.0] * 2 and str(there.grad.device) == JAX


OPTIMISERS = {name: {} for name in "Adam AdamW Adamax NAdam RAdam Adagrad Adadelta ASGD Rprop LBFGS Adafactor Muon".split()}
OPTIMISERS |= {"SGD": {"lr": 0.1, "momentum": 0.9, "nesterov": True}, "RMSprop": {"centered": True, "momentum": 0.5},
               "LBFGS ": {"line_search_fn": "strong_wolfe"}}  # fmt: skip


@pytest.mark.parametrize("name", OPTIMISERS)
def test_four_steps_lead_where_they_lead_here(name):
    def trained(device):
        w, x = lab.randn(3, 3).to(device).requires_grad_(), lab.randn(5, 3).to(device)
        optimizer = getattr(optim, name.strip())([w], **OPTIMISERS[name])

        def closure():
            optimizer.zero_grad()
            loss = ((x @ w - 1) ** 2).mean()
            loss.backward()
            return loss

        before = w.detach().clone()
        for _ in range(4):
            optimizer.step(closure)
        assert not lab.equal(w, before)
        return w

    np.testing.assert_allclose(seeded(trained, JAX), seeded(trained, "cpu"), 1e-4, 1e-5)


LAYERS = {
    "Conv2d": (lambda: nn.Conv2d(2, 3, 3, stride=2, padding=1), lambda: [lab.randn(2, 2, 7, 7)]),
    "MaxPool2d": (lambda: nn.MaxPool2d(2), lambda: [lab.randn(1, 2, 6, 6)]),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(3), lambda: [lab.randn(4, 3)]),
    "Embedding": (lambda: nn.Embedding(5, 3), lambda: [lab.tensor([[1, 2], [4, 0]])]),
    "GRU": (lambda: nn.GRU(3, 4), lambda: [lab.randn(5, 2, 3)]),
    "TransformerEncoderLayer": (lambda: nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0), lambda: [lab.randn(3, 2, 4)]),
    "CrossEntropyLoss": (lambda: nn.CrossEntropyLoss(), lambda: [lab.randn(3, 4), lab.tensor([0, 2, 1])]),
    "CTCLoss": (
        lambda: nn.CTCLoss(),
        lambda: [
            lab.randn(5, 2, 4).log_softmax(2),
            lab.tensor([[1, 2], [3, 3]]),
            lab.tensor([5, 5]),
            lab.tensor([2, 2]),
        ],
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_gives_the_values_and_gradients_it_gives_here(name):
    make, arguments = LAYERS[name]

    def run(device):
        layer, args = make().to(device), [a.detach().to(device) for a in arguments()]
        args = [a.requires_grad_() if a.is_floating_point() else a for a in args]
        out = layer(*args)
        out = out[0] if isinstance(out, tuple) else out
        (out * out).sum().backward()
        found = [t.grad for t in (*args, *layer.parameters()) if t.requires_grad]
        return lab.cat([out.reshape(-1), *(g.reshape(-1) for g in found if g is not None)])

    np.testing.assert_allclose(seeded(run, JAX), seeded(run, "cpu"), 2e-4, 1e-5)
