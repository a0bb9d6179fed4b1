"""The user's source run by PyTorch: what moves there, and what cannot."""

import builtins

import numpy as np
import pytest

import autograd_lab as lab
import autograd_lab.nn.functional as F
from autograd_lab import nn
from autograd_lab import tanh as from_the_package
from autograd_lab.core import PRIMITIVES

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
TORCH = {"against": "torch"}
held = lab.tensor([1.0, -2.0, 3.0], dtype=lab.float64)


def in_torch(function, *args, **options):
    (row,) = lab.check(function, *args, **TORCH, **options).rows
    return row


def helper(x, *, times=lab.tensor(2.0)):
    return x.exp() * times


def words(x):
    return (lab.tanh(x) * held + from_the_package(x) + helper(x)).sum() + F.softplus(x).mean()


def writes(x):
    base = x * 1.0
    base[:, 1:].mul_(base[:, :1].clone())
    base[0] = 3.0
    return (base * base).sum()


def inner(x):
    def twice(y, n=2):
        return y * n if n < 3 else twice(y, n - 1)

    return twice(x, 4).to(lab.float64).sum()


def answers(x):
    return {"a": x.sigmoid(), "b": [x.argmax(), x.max(1).values]}


class Scale:
    rate = 0.5

    def __init__(self, by):
        self.by = by

    @property
    def doubled(self):
        return self.by * 2

    @staticmethod
    def squared(x):
        return lab.square(x)

    def __call__(self, x):
        return (self.squared(x) * self.doubled * self.rate).sum()


class Scales(Scale):
    def __call__(self, x):
        return super().__call__(x.tanh())


@pytest.mark.parametrize(
    "function", [words, writes, inner, answers, Scale(lab.tensor(3.0)), Scales(4.0), lambda x: Scales(2.0)(x)]
)
def test_it_moves(function):
    row = in_torch(function, X)
    assert row.verdict == "agrees" and row.against == "torch cpu", row


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last, self.slope = nn.Linear(3, 4), nn.Sequential(nn.Tanh(), nn.Linear(4, 1)), 0.1
        self.register_buffer("mean", lab.ones(3))

    def forward(self, x):
        return self.last(F.leaky_relu(self.first(x - self.mean), self.slope)).sum()


def test_modules_move_with_their_parameters():
    report = lab.check(Net(), X, **TORCH)
    assert [row.verdict for row in report.rows] == ["agrees", "suffices"]
    assert {leaf.name for leaf in report.leaves} == {"x", "first.weight", "first.bias", "last.1.weight", "last.1.bias"}
    assert report.dtype == "float64" and all(leaf.max_rel < 1e-12 for leaf in report.leaves)


def test_captured_leaves_are_leaves_there():
    w = lab.tensor([0.5, 1.0, 1.5], dtype=lab.float64, requires_grad=True)
    report = lab.check(lambda x: (x * w).tanh().sum(), X, **TORCH)
    assert {leaf.name for leaf in report.leaves} == {"x", "w"} and report.ok


class Doubled(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(3, 2, dtype=lab.float64)
        self.inner.register_forward_hook(lambda module, args, out: out * 2)
        self.inner.register_forward_pre_hook(lambda module, args, kwargs: ((args[0] + 1,), kwargs), with_kwargs=True)

    def forward(self, x):
        return self.inner(x).tanh()


def test_what_hooks_of_layers_make_of_values_moves():
    assert in_torch(Doubled(), X).verdict == "agrees"
    with nn.modules.module.register_module_forward_hook(lambda module, args, out: out * 2):
        assert in_torch(Doubled(), X).verdict == "skipped: hooks of all modules are set, which PyTorch does not have"


def test_what_pytorch_refuses_beside_wider_leaves_is_widened_too():
    target = lab.tensor([0.1, 0.5, 0.9])
    for loss in (lambda x: lab.nn.functional.huber_loss(x, target), lambda x: x @ target):
        report = lab.check(loss, lab.tensor([0.3, -2.0, 1.7]), **TORCH)
        assert report.rows[0].verdict == "agrees" and report.rows[0].against == "torch cpu", report


class Square(lab.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x * g


def test_a_users_function_is_run_by_pytorch_too():
    for function in (Square, lambda x: Square.apply(x.sin()).sum()):
        row = in_torch(function, X)
        assert row.verdict == "skipped: Square is a Function, and PyTorch takes its backward as it is"
        assert row.where == "with it they agree"


def test_the_gradient_of_the_gradient():
    assert in_torch(lambda x: (x.tanh() * x).sum(), X, order=2).verdict == "agrees"
    assert in_torch(lambda x: (x.exp() * x).sum(), X, order=3).verdict == "agrees"


@pytest.mark.parametrize("seed", range(60))
def test_no_false_mismatch_at_kinks_either(seed, random_functions):
    """Ties and zeros: there autograd_lab follows PyTorch. Where rounding makes the tie (32, on some processors), neither is wrong."""
    function, arrays = random_functions(seed, kinks=True, writes=seed % 2 == 1)
    row = in_torch(function, *arrays)
    assert row.verdict == "agrees" or (seed == 32 and row.verdict == "convention"), row


def test_a_wrong_rule_is_seen(plant):
    with plant(lab.PRIMITIVES["tanh"], "x", lambda g: g * 1.001):
        row = in_torch(words, X)
    assert row.verdict == "MISMATCH" and row.where.startswith("x.grad, relative error")


def test_a_wrong_forward_is_seen(plant_forward):
    with plant_forward(lab.PRIMITIVES["tanh"], lambda xp, x: xp.tanh(x) * 1.001):
        row = in_torch(words, X)
    assert (row.verdict, row.where) == ("MISMATCH", "its value")


def calls(x, count=[]):  # noqa: B006  (that it remembers is the point)
    count.append(1)
    return (x * len(count)).sum()


def hooked(x):
    y = x * 2
    y.register_hook(lambda g: g * 2)
    return y.sum()


@pytest.mark.parametrize("function, verdict", [
    (lambda x: lab.PRIMITIVES["tanh"].call(x).sum(), "skipped: it cannot run in PyTorch (AttributeError"),
    (lambda x: (x * lab.rand(3)).sum(), "skipped: it draws random numbers"),
    (hooked, "skipped: hooks change gradients")])  # fmt: skip
def test_what_cannot_move_is_skipped_with_the_reason(function, verdict):
    report = lab.check(function, X, **TORCH)
    assert report.rows[0].verdict.startswith(verdict), report
    assert not report.ok and "nothing was compared" in str(report)


def test_a_function_that_is_none_is_called_impure():
    assert in_torch(calls, X).verdict == "impure"


def test_a_graph_holds_no_function():
    with lab.core.births.noting():
        loss = (lab.tensor(X, requires_grad=True) * 2).sum()
    assert lab.check(loss, against="torch").rows[0].verdict == "skipped: PyTorch needs the function, not its graph"


def test_without_torch_the_extra_is_named(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.partition(".")[0] == "torch":
            raise ImportError("No module named 'torch'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert in_torch(words, X).verdict == 'skipped: torch is not installed (pip install "autograd-lab[torch]")'


def test_what_was_moved_stays_as_it_was():
    net = Net()
    before = dict(vars(Scale)), net.first.weight.tolist()
    lab.check(net, X, **TORCH), in_torch(Scale(3.0), X)
    assert (dict(vars(Scale)), net.first.weight.tolist()) == before
    assert type(net.first.weight) is nn.Parameter and net.first.weight.dtype is lab.float32 and net.first.weight.grad is None
    assert type(words(lab.tensor(X))) is lab.Tensor


def test_a_compiled_function_and_module_are_run_as_they_were_written():
    compiled = lab.compile(words)
    assert in_torch(compiled, X).verdict == "agrees"
    assert in_torch(lambda x: compiled(x * 2.0).exp(), X * 0.01).verdict == "agrees"
    layers = lab.compile(nn.Sequential(nn.Linear(3, 2, dtype=lab.float64), nn.Tanh()))
    assert in_torch(layers, X).verdict == "agrees"


NORMED = nn.Sequential(nn.Linear(3, 2, dtype=lab.float64), nn.BatchNorm1d(2, dtype=lab.float64))
CANCELLING = {
    "a bias before a norm": lambda x: NORMED(x).pow(2).sum(), "layer_norm": lambda x: F.layer_norm(x, (3,)).sum(),
    "softmax": lambda x: x.softmax(1).sum(), "batch_norm": lambda x: F.batch_norm(x, None, None, training=True).sum(),
    "kl_div": lambda x: F.kl_div(x.log_softmax(1), x.detach().softmax(1), reduction="sum"),
}  # fmt: skip


@pytest.mark.parametrize("name", CANCELLING)
def test_what_cancels_is_left_to_rounding(name):
    row = in_torch(CANCELLING[name], np.vstack([X, X**2, np.cos(X)]))
    assert row.verdict == "agrees", row


def test_a_wrong_rule_is_found_where_another_gradient_cancels(plant):
    with plant(PRIMITIVES["pow_scalar"], "x", lambda g: g * 1.0001):
        assert in_torch(CANCELLING["a bias before a norm"], np.vstack([X, X**2, np.cos(X)])).verdict == "MISMATCH"


LAYERS = {
    "RNN": (lambda: nn.RNN(3, 4), 1), "LSTM": (lambda: nn.LSTM(3, 4, 2), 1), "GRU": (lambda: nn.GRU(3, 4, bidirectional=True), 1),
    "attention": (lambda: nn.MultiheadAttention(3, 1), 3),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_that_keeps_more_than_its_attributes(name):
    made, times = LAYERS[name]
    row = in_torch(made().double(), *(np.stack([X, X**2, X.clip(0)]),) * times)
    assert row.verdict == "agrees", row


def test_a_result_that_is_none_beside_tensors():
    assert in_torch(lambda x: (x * x, None, x.sum()), X).verdict == "agrees"


class Symmetric(nn.Module):
    def forward(self, weight):
        return weight.triu() + weight.triu(1).T


def parametrized(kind):
    layer, ready = nn.Linear(3, 3), nn.utils.parametrizations
    if kind == "symmetric":
        return nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric())
    if kind == "of old":
        with pytest.warns(FutureWarning, match="weight_norm` is deprecated"):
            return nn.utils.weight_norm(layer)
    if kind in ("cayley", "householder"):
        return ready.orthogonal(layer, orthogonal_map=kind)
    return ready.weight_norm(layer, dim=None) if kind == "weight_norm" else ready.spectral_norm(layer).eval()


@pytest.mark.parametrize("kind", ["symmetric", "weight_norm", "spectral_norm", "cayley", "householder", "of old"])
def test_a_layer_whose_weight_is_made_of_others_moves(kind, plant):
    net = nn.Sequential(parametrized(kind), nn.Tanh()).double()
    assert in_torch(net, X).verdict == "agrees"
    with plant(PRIMITIVES["tanh"], "x", lambda g: g * 1.01):
        assert in_torch(net, X).verdict == "MISMATCH"
