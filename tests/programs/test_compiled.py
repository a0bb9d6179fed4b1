"""``compile``: the same results, captured again when it has to be, and what it says when it cannot."""

import warnings

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab import nn
from autograd_lab.programs.compiled import PATHS


def leaf(*values, **options):
    return lab.tensor(list(values), requires_grad=True, **options)


def test_it_is_one_node_whose_backward_is_ours():
    compiled = lab.compile(lambda x, w: (x * w).tanh().sum())
    x, w = leaf(1.0, 2.0), leaf(0.5, -0.5)
    out = compiled(x, w)
    assert type(out.grad_fn).__name__ == "Compiled_lambdaBackward"
    out.backward()
    y, v = leaf(1.0, 2.0), leaf(0.5, -0.5)
    (y * v).tanh().sum().backward()
    assert (x.grad == y.grad).all() and (w.grad == v.grad).all()


@lab.compile
def branches(x):
    return (x * x if x.sum() > 0 else -x).sum()


def test_each_way_through_is_a_program():
    values = np.random.default_rng(0).standard_normal((60, 2))
    for value in values:
        x, y = lab.tensor(value, requires_grad=True), lab.tensor(value, requires_grad=True)
        out, expected = branches(x), branches.function(y)
        out.backward(), expected.backward()
        assert out.item() == expected.item() and (x.grad == y.grad).all()
    assert len(branches.programs) == 2


def test_shapes_dtypes_and_python_values_are_part_of_the_signature():
    compiled = lab.compile(lambda x, n: (x**n).sum())
    for args in (
        (leaf(1.0, 2.0), 2),
        (leaf(1.0), 2),
        (leaf(1.0, dtype=lab.float64), 2),
        (leaf(1.0), 3),
        (leaf(2.0, 3.0), 2),
        (lab.ones(1), 2),
    ):
        assert compiled(*args).item() == compiled.function(*args).item()
    assert len(compiled.programs) == 5


def test_names_that_change_their_meaning_are_noticed():
    rate, model = 2.0, nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))

    def scaled(x):
        return (model(x) * rate).sum()

    compiled = lab.compile(scaled)
    x = lab.ones(3, 2)
    model.eval()
    assert compiled(x).item() == scaled(x).item()
    rate = 5.0
    assert compiled(x).item() == scaled(x).item()
    model.train()
    lab.manual_seed(0)
    expected = scaled(x).item()
    lab.manual_seed(0)
    assert compiled(x).item() == expected
    model.eval()
    model.add_module("0", nn.Linear(2, 2))
    assert compiled(x).item() == scaled(x).item()


def test_training_reads_the_weights_of_the_moment():
    def train(step, model):
        lab.manual_seed(0)
        x, y = lab.randn(16, 3), lab.randn(16, 1)
        optimizer = lab.optim.SGD(model.parameters(), lr=0.1)
        losses = []
        for _ in range(5):
            optimizer.zero_grad()
            loss = step(x, y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    def net():
        lab.manual_seed(1)
        return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 1))

    one, two = net(), net()
    compiled = lab.compile(lambda x, y: ((one(x) - y) ** 2).mean())
    assert train(compiled, one) == train(lambda x, y: ((two(x) - y) ** 2).mean(), two)
    assert len(compiled.programs) == 1
    assert all((p == q).all() for p, q in zip(one.parameters(), two.parameters()))


def test_a_module_keeps_its_methods():
    model = nn.Linear(2, 1)
    compiled = lab.compile(model)
    assert list(compiled.parameters()) == list(model.parameters())
    compiled(lab.ones(1, 2)).sum().backward()
    assert model.weight.grad.tolist() == [[1.0, 1.0]] and len(compiled.programs) == 1


def test_two_calls_before_a_backward_do_not_disturb_each_other():
    compiled = lab.compile(lambda x: (x.exp() * x.sin()).sum())
    x, y = lab.tensor(np.linspace(0, 1, 64), requires_grad=True), lab.tensor(np.linspace(2, 3, 64), requires_grad=True)
    first, second = compiled(x), compiled(y)
    second.backward(), first.backward()
    for t in (x, y):
        other = t.detach().requires_grad_()
        compiled.function(other).backward()
        assert (t.grad == other.grad).all()


def test_backward_twice_and_differentiating_the_gradient():
    compiled = lab.compile(lambda x: (x.exp() * x).sum())
    x = leaf(0.5, 1.5, dtype=lab.float64)
    out = compiled(x)
    out.backward(retain_graph=True)
    once = x.grad.clone()
    out.backward()
    assert (x.grad == once + once).all()
    with pytest.raises(RuntimeError, match="second time"):
        out.backward()
    (g,) = lab.grad(compiled(x), x, create_graph=True)
    (h,) = lab.grad(g.sum(), x)
    assert np.allclose(h.numpy(), (np.exp(x.detach().numpy()) * (2 + x.detach().numpy())))


def test_what_it_read_may_not_be_written_before_backward():
    compiled = lab.compile(lambda x: (x * x).sum())
    x = leaf(1.0, 2.0)
    out = compiled(x)
    with lab.no_grad():
        x.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.backward()


def test_under_no_grad_nothing_is_recorded():
    compiled = lab.compile(lambda x: x * 2)
    with lab.no_grad():
        assert not compiled(leaf(1.0)).requires_grad
    assert compiled(leaf(1.0)).requires_grad and not compiled(lab.ones(1)).requires_grad


def test_what_cannot_be_captured_runs_and_says_so_once():
    def hooked(x):
        y = x * 2
        y.register_hook(lambda g: g * 10)
        return y.sum()

    compiled = lab.compile(hooked)
    with pytest.warns(UserWarning, match="hooked runs without being compiled: it registers a hook"):
        compiled(leaf(1.0)).backward()
    x = leaf(1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled(x).backward()
    assert x.grad.tolist() == [20.0] and compiled.programs == []


def test_too_many_ways_through():
    compiled = lab.compile(lambda x: (x * x.sum().item()).sum())
    for n in range(PATHS):
        assert compiled(leaf(float(n + 1))).item() == (n + 1) ** 2
    with pytest.warns(UserWarning, match=f"it took {PATHS} different ways"):
        assert compiled(leaf(100.0)).item() == 100**2


def test_an_error_of_the_function_is_the_functions():
    compiled = lab.compile(lambda x: x.view(7))
    with pytest.raises(RuntimeError, match="shape"):
        compiled(leaf(1.0, 2.0))


def test_keywords_and_methods():
    class Layer:
        @lab.compile
        def forward(self, x, *, times=1.0):
            return (x * times).sum()

    layer = Layer()
    assert layer.forward(leaf(2.0), times=3.0).item() == 6 and layer.forward(leaf(2.0)).item() == 2
    assert lab.compile(fullgraph=True)(lambda x: x + 1)(leaf(1.0)).tolist() == [2.0]


def test_a_compiled_function_can_be_checked():
    compiled = lab.compile(lambda x: (x.tanh() * x).sum())
    report = lab.check(compiled, np.array([0.5, -1.0]), devices=("cpu",))
    assert report.ok and report.rows[0].verdict == "agrees", report


@pytest.mark.parametrize("what", [3, "f"])
def test_what_cannot_be_called_cannot_be_compiled(what):
    with pytest.raises(TypeError, match=r"compile\(\) takes a function or a module"):
        lab.compile(what)
