"""A compiled function where its tensors are: under XLA, with the engine's values and gradients."""

import numpy as np
import pytest

import autograd_lab as lab

pytest.importorskip("jax")
JAX = "jax:cpu"
WEIGHT = np.array([[0.5, -1.0], [2.0, 0.3], [-0.7, 0.1]])


def test_it_is_compiled_there_with_our_gradients():
    w = lab.tensor(WEIGHT, device=JAX, requires_grad=True)
    x = lab.tensor([[1.0, -2.0, 0.5]], dtype=lab.float64, device=JAX, requires_grad=True)

    def f(x):
        return ((x @ w).tanh().relu() * 3).sum()

    compiled = lab.compile(f)
    for again in range(2):
        x.grad = w.grad = None
        out = compiled(x)
        out.backward()
        found = out, x.grad, w.grad
        x.grad = w.grad = None
        out = f(x)
        out.backward()
        for a, b in zip(found, (out, x.grad, w.grad)):
            assert str(a.device) == JAX and a.dtype is b.dtype
            np.testing.assert_allclose(a.tolist(), b.tolist(), 1e-12)
        assert len(compiled.programs) == 1, again
        with lab.no_grad():
            w.mul_(2.0)  # read anew at each call
    assert type(compiled(x).grad_fn).__name__ == "Compiled_fBackward"


def test_each_place_and_each_branch_has_its_program():
    @lab.compile
    def f(x):
        return x * x if x.sum() > 0 else -x

    here = lab.tensor([1.0, 2.0])
    there = here.to(JAX)
    for x, expected in ((here, [1.0, 4.0]), (there, [1.0, 4.0]), (-there, [1.0, 2.0]), (there, [1.0, 4.0]), (here, [1.0, 4.0])):
        assert f(x).tolist() == expected and f(x).device == x.device
    assert len(f.programs) == 3


def test_a_branch_that_constants_decide_needs_no_guard():
    compiled = lab.compile(lambda x: x * 2 if lab.tensor([1.0, 2.0]).sum() > 0 else x)
    out = compiled(lab.ones(2, device=JAX, requires_grad=True))
    assert out.tolist() == [2.0, 2.0] and type(out.grad_fn).__name__.startswith("Compiled")


def test_a_module_that_moves_is_captured_anew():
    net = lab.nn.Linear(2, 1)
    compiled, x = lab.compile(net), lab.ones(1, 2)
    expected = compiled(x).item()
    net.to(JAX)
    assert compiled(x.to(JAX)).item() == pytest.approx(expected) and str(compiled(x.to(JAX)).device) == JAX
    net.cpu()
    assert compiled(x).item() == expected and len(compiled.programs) == 2


def test_random_numbers_are_those_of_here():
    """Drawn before the compiled code runs, forward and, when backward needs the forward again, once more the same."""
    compiled = lab.compile(lambda x: (lab.nn.functional.dropout(x * 2, 0.4) ** 2).sum())
    told = []
    for device in ("cpu", JAX):
        lab.manual_seed(1)
        x = lab.arange(8.0, device=device).requires_grad_()
        first, second = compiled(x), compiled(x)
        second.backward(retain_graph=True)
        second.backward()
        assert type(first.grad_fn).__name__.startswith("Compiled")
        told.append([first.item(), second.item(), *x.grad.tolist(), lab.rand(1).item()])
    assert told[0] == pytest.approx(told[1]) and told[0][0] != told[0][1]


def test_what_cannot_run_there_runs_as_it_is():
    w = lab.ones(2)
    with (
        pytest.warns(UserWarning, match=r"its tensors lie on two devices"),
        pytest.raises(RuntimeError, match=r"^Expected all tensors to be on the same device"),
    ):
        lab.compile(lambda x: x * w)(lab.ones(2, device=JAX))


def test_what_it_writes_to_its_inputs_reaches_them():
    """A network in training writes to the averages of its layers at each call, on a device as here."""
    told = []
    for device in ("cpu", JAX):
        lab.manual_seed(0)
        net = lab.nn.Sequential(lab.nn.Linear(3, 4), lab.nn.BatchNorm1d(4), lab.nn.ReLU(), lab.nn.Linear(4, 1)).to(device)
        compiled, x = lab.compile(net), lab.linspace(-1, 1, 15).view(5, 3).to(device)
        for _ in range(3):
            out = compiled(x)
        (out * out).sum().backward()
        norm = net[1]
        assert type(out.grad_fn).__name__.startswith("Compiled") and len(compiled.programs) == 1
        assert norm.num_batches_tracked.item() == 3
        tensors = out, norm.running_mean, norm.running_var, norm.weight.grad, net[0].weight.grad
        assert all(str(t.device) == device for t in tensors)
        told.append([t.cpu().flatten().tolist() for t in tensors])
    for here, there in zip(*told):
        assert here == pytest.approx(there, abs=1e-6)
