"""The pass: order, steps, failures, re-entrance, buffers taken over."""

import threading

import numpy as np
import pytest

import autograd_lab as torch
from autograd_lab.core.backward import BackwardPass
from autograd_lab.core.differentiate import start_gradients


def ones(*shape, **kw):
    return torch.ones(*shape, requires_grad=True, **kw)


def test_a_long_chain_does_not_recurse():
    x = y = ones(1)
    for _ in range(100_000):
        y = y + 1
    y.backward()
    assert x.grad.tolist() == [1.0]


def test_a_failing_rule_leaves_the_pass_inspectable():
    class Boom(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            raise KeyError("boom")

    for advance in (BackwardPass.run, BackwardPass.step):
        x = ones(2)
        y = Boom.apply(x * 3)
        loss = y.sum()
        run = BackwardPass((loss,), start_gradients((loss,), None))
        with pytest.raises(KeyError):
            while advance(run) is not None:
                pass
        assert run.failed is y.grad_fn and run.grads[run.failed].tolist() == [1, 1]
        assert run.order[run.position - 1] is run.failed and x.grad is None


def test_steps_say_what_happened():
    x = ones(2)
    loss = (x * x).sum()
    run = BackwardPass((loss,), start_gradients((loss,), None))
    steps = []
    while (step := run.step()) is not None:
        steps.append(step)
    assert [s.node.name() for s in steps] == ["SumBackward0", "MulBackward0", "AccumulateGrad"]
    assert steps[1].freed == ("y", "x") and steps[1].accumulated[0].tolist() == [2, 2]


def test_reentrant_and_two_threads():
    x = ones(2)
    y = x * 2
    seen = []

    def inner(g):
        z = ones(1)
        with torch.enable_grad():
            (z * 3).sum().backward()
        seen.append(z.grad.item())

    y.register_hook(inner)
    y.sum().backward()
    assert seen == [3] and x.grad.tolist() == [2, 2]

    shared = ones(50)
    trunk = (shared * 2).tanh()
    results = []

    def work():
        for _ in range(50):
            results.append(torch.grad(trunk.sum(), shared, retain_graph=True)[0]._array)

    threads = [threading.Thread(target=work) for _ in range(2)]
    [t.start() for t in threads], [t.join() for t in threads]
    assert len(results) == 100 and all(np.array_equal(r, results[0]) for r in results)


def test_first_gradient_is_taken_over_only_if_nobody_else_has_it():
    w, x = torch.randn(3, 3, requires_grad=True), torch.randn(3, 3)
    pointers = []
    node = (x @ w).grad_fn
    original = type(node).visit

    def spy(self, g, keep, grads):
        original(self, g, keep, grads)
        pointers.append(grads[w._node].__array_interface__["data"][0])

    type(node).visit = spy
    try:
        (x @ w).sum().backward()
    finally:
        type(node).visit = original
    assert w.grad.data_ptr() == pointers[0]
    a, b = ones(3), ones(3)
    (a + b).sum().backward()
    assert a.grad.data_ptr() != b.grad.data_ptr()
    g, c = torch.ones(3), ones(3)
    (c + 0).backward(g)
    assert c.grad.data_ptr() != g.data_ptr()
    kept, d = [], ones(3)
    d.register_hook(lambda g: kept.append(g))
    (d * 2).backward(g)
    assert d.grad.data_ptr() != kept[0].data_ptr()
