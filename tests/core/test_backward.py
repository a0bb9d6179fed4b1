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
    assert [s.node.name() for s in steps] == ["SumBackward0", "MulBackward0", "torch::autograd::AccumulateGrad"]
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


def test_a_large_sum_is_added_to_in_place_only_if_nobody_else_holds_it():
    n = 5000  # above the size from which sums are made in place
    weights = [torch.full((n,), float(k)) for k in range(4)]
    for first_seen in (0, 1, 2, 3):
        x, kept = ones(n), []
        parts = [x * w for w in weights]
        parts[first_seen].register_hook(kept.append)
        torch.stack([*parts, x + x]).sum().backward()
        assert x.grad[0].item() == 0 + 1 + 2 + 3 + 2 and kept[0].tolist() == [1.0] * n
    a, b = ones(n), ones(n)
    c = a + b  # one array on its way to both
    (c + a + a + b).sum().backward()
    assert a.grad[0].item() == 3 and b.grad[0].item() == 2
    y = ones(n)
    y.expand(3, n).sum(0).backward(seed := ones(n).detach())
    (y + y + y).backward(seed)
    assert seed.tolist() == [1.0] * n and y.grad[0].item() == 6


def test_only_what_was_asked_for_is_visited():
    a, b = ones(2), ones(2)
    log = []
    a.register_hook(lambda g: log.append("a"))
    b.register_hook(lambda g: log.append("b"))
    y = (a * b).sum()
    (found,) = torch.grad(y, a, retain_graph=True)
    assert log == ["a"] and found.tolist() == [1, 1]
    torch.grad(y, (b, a))
    assert log == ["a", "a", "b"] and a.grad is None


def test_a_sink_comes_right_after_its_oldest_consumer():
    a, b, c = ones(1), ones(1), ones(1)
    run = BackwardPass((y := (a * b) * (a * c),), start_gradients((y,), None))
    names = {a._node: "a", b._node: "b", c._node: "c"}
    assert [names.get(point, "*") for point in run.order] == ["*", "*", "c", "*", "a", "b"]
    while run.step().node is not c._node:
        pass
    assert not run.done and a.grad is None
    run.run()
    assert run.done and a.grad.item() == 2
