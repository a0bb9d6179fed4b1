"""The way into a program, written for it alone: it lets in the calls the program holds for, and no others."""

import numpy as np
import pytest

import autograd_lab as torch
from autograd_lab import nn


def entered(compiled, *args):
    """Whether one of the written entries takes the call."""
    return any(enter(args) is not None for enter, _ in compiled.entries)


def double(x, n, options):
    return x * n if options["double"] else x


def test_it_asks_for_types_shapes_dtypes_flags_and_values():
    compiled = torch.compile(double)
    x = torch.ones(3, requires_grad=True)
    compiled(x, 2, {"double": True})
    assert entered(compiled, x, 2, {"double": True}) and entered(compiled, x.detach().requires_grad_(), 2, {"double": True})
    refused = [
        (torch.ones(4, requires_grad=True), 2, {"double": True}),
        (torch.ones(3, dtype=torch.float64, requires_grad=True), 2, {"double": True}),
        (torch.ones(3), 2, {"double": True}),
        (nn.Parameter(torch.ones(3)), 2, {"double": True}),
        (x, 3, {"double": True}),
        (x, 2.0, {"double": True}),
        (x, True, {"double": True}),
        (x, 2, {"double": False}),
        (x, 2, {"double": 1}),
        (x, 2, {"double": True, "more": 0}),
        (x, 2, [("double", True)]),
        (x, 2),
        (1.0, 2, {"double": True}),
    ]
    assert not any(entered(compiled, *args) for args in refused)
    with torch.no_grad():
        assert not entered(compiled, x, 2, {"double": True})


def test_what_it_does_not_let_in_goes_the_long_way():
    compiled = torch.compile(double)
    for x, n, flag in [
        (torch.ones(2), 2, True),
        (torch.ones(3), 2, True),
        (torch.ones(3), 3, True),
        (torch.ones(3), -0.0, True),
    ]:
        for _ in range(2):
            assert compiled(x, n, {"double": flag}).tolist() == double(x, n, {"double": flag}).tolist()
    assert len(compiled.programs) == 4 and len(compiled.entries) == 3  # none is written for a zero, of which there are two


SCALE, SCALES = 2.0, [1.0, 2.0]


def scaled(x):
    return x * SCALE * SCALES[1]


def test_it_asks_what_names_mean_now(monkeypatch):
    compiled, x = torch.compile(scaled), torch.ones(2)
    assert compiled(x).tolist() == [4.0, 4.0] and entered(compiled, x)
    monkeypatch.setattr(f"{__name__}.SCALE", 3.0)
    assert not entered(compiled, x) and compiled(x).tolist() == [6.0, 6.0] and entered(compiled, x)
    SCALES[1] = 5.0
    assert not entered(compiled, x) and compiled(x).tolist() == [15.0, 15.0]
    SCALES.append(0.0)
    assert not entered(compiled, x) and compiled(x).tolist() == [15.0, 15.0]
    SCALES[1:] = [2.0]


def test_tensors_from_outside_are_read_anew_and_asked_too():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    compiled, x = torch.compile(lambda x: (x * w).sum()), torch.ones(2)
    assert compiled(x).item() == 3.0
    with torch.no_grad():
        w.mul_(2)
    assert entered(compiled, x) and compiled(x).item() == 6.0
    w.requires_grad_(False)
    assert not entered(compiled, x) and not compiled(x).requires_grad


def test_the_node_is_what_a_function_would_record():
    net, x = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)), torch.randn(5, 3)
    compiled = torch.compile(lambda x: net(x).pow(2).sum())
    compiled(x)
    fast = compiled(x)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        slow = compiled(x)
    for name in ("needs_input_grad", "inputs_like", "edges", "materialize", "dirty"):
        assert getattr(fast.grad_fn, name) == getattr(slow.grad_fn, name), name
    assert [t.shape for t in fast.grad_fn.saved_tensors] == [t.shape for t in slow.grad_fn.saved_tensors]
    grads = [torch.autograd.grad(loss, list(net.parameters()), retain_graph=True) for loss in (fast, fast, slow)]
    for a, b, c in zip(*grads):
        assert a.numpy().tobytes() == b.numpy().tobytes() == c.numpy().tobytes()


def test_a_second_backward_and_a_changed_weight_are_refused_as_ever():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    compiled = torch.compile(lambda x: (x * w).sum())
    loss = compiled(torch.ones(2))
    loss.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        loss.backward()
    loss = compiled(torch.ones(2))
    with torch.no_grad():
        w.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_gradients_are_nobody_elses_memory():
    w = torch.tensor(np.ones(3), requires_grad=True)
    compiled = torch.compile(lambda x: (x * w).sum())
    kept = []
    for n in (1.0, 2.0, 3.0):
        w.grad = None
        compiled(torch.full((3,), n, dtype=torch.float64)).backward()
        kept.append(w.grad)
    assert [g.tolist() for g in kept] == [[1.0] * 3, [2.0] * 3, [3.0] * 3]
