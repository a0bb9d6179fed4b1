"""A pass that is interrupted, at any line of the engine's: modes, hooks and gradients stay usable, and what follows is right."""

import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import autograd_lab as lab
from autograd_lab.core.backward import observers
from autograd_lab.core.hooks import running_pass
from autograd_lab.core.primitive import PRIMITIVES
from autograd_lab.core.scopes import is_ours

torch = pytest.importorskip("torch")


def graph(m):
    """Leaves and the root of a graph with every kind of point: views, in-place, several outputs, hooks, retained gradients."""
    x = m.tensor([[0.3, 0.7], [1.1, 0.2]], dtype=m.float64, requires_grad=True)
    w = m.tensor([0.5, 2.0], dtype=m.float64, requires_grad=True)
    y = x * w
    y.retain_grad()
    y.register_hook(lambda g: g * 2)
    v = y.sin()
    v[0].mul_(3)
    a, b = v.split(1)
    return (x, w, y), (a.tanh() * b.max(1).values + (x @ w).sum()).sum()


def gradients(m):
    leaves, root = graph(m)
    root.backward()
    return [t.grad.tolist() for t in leaves]


class Interrupt:
    """Raises KeyboardInterrupt at the ``at``-th line that the engine runs inside the block."""

    def __init__(self, at):
        self.at, self.lines = at, 0

    def _trace(self, frame, event, arg):
        if not is_ours(frame.f_code):
            return None
        if event == "line":
            self.lines += 1
            if self.lines == self.at:
                raise KeyboardInterrupt
        return self._trace

    def __enter__(self):
        self._before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *exc):
        sys.settrace(self._before)


def lines_of(work) -> int:
    with Interrupt(0) as counted:
        work()
    return counted.lines


def check_usable(expected):
    assert lab.is_grad_enabled() and not lab.is_inference_mode_enabled() and running_pass() is None and not observers
    assert gradients(lab) == expected


def test_a_pass_interrupted_at_any_line_leaves_everything_usable():
    expected = gradients(lab)
    total = lines_of(lambda: graph(lab)[1].backward())
    assert total > 300
    for at in range(1, total + 1, 3):
        root = graph(lab)[1]
        with pytest.raises(KeyboardInterrupt), Interrupt(at):
            root.backward()
            raise KeyboardInterrupt  # there were fewer lines
        check_usable(expected)


def test_the_same_beside_another_thread_which_can_then_go_on():
    expected, rest = gradients(lab), threading.Event()
    with ThreadPoolExecutor(2) as pool:
        pool.submit(rest.wait)  # where there are several threads they take turns at .grad
        try:
            for at in range(1, lines_of(lambda: graph(lab)[1].backward()) + 1, 3):
                root = graph(lab)[1]
                with pytest.raises(KeyboardInterrupt), Interrupt(at):
                    root.backward()
                    raise KeyboardInterrupt
                assert pool.submit(gradients, lab).result(timeout=30) == expected
        finally:
            rest.set()


def test_what_comes_before_it_interrupted_at_any_line():
    expected = gradients(lab)
    total = lines_of(lambda: graph(lab))
    for at in range(1, total + 1, 5):
        with pytest.raises(KeyboardInterrupt), Interrupt(at):
            graph(lab)
            raise KeyboardInterrupt
        check_usable(expected)


def test_an_operation_interrupted_while_it_is_written():
    op = PRIMITIVES["tanh"]
    x = lab.tensor([0.5], requires_grad=True)
    expected = x.tanh().tolist()

    def first_use():
        op.written.clear()
        op.postpone()
        x.tanh()

    for at in range(1, lines_of(first_use) + 1, 10):
        with pytest.raises(KeyboardInterrupt), Interrupt(at):
            first_use()
            raise KeyboardInterrupt
        y = x.tanh()
        assert y.tolist() == expected and y.grad_fn.name() == "TanhBackward0"
        y.sum().backward()


def interrupted(m, retain):
    """A hook that presses Ctrl-C; (what is left in .grad, what the pass says when it is run again)."""
    x = m.ones(2, dtype=m.float64, requires_grad=True)
    w = m.ones(2, dtype=m.float64, requires_grad=True)
    presses = [True]

    def press(g):
        if presses.pop() if presses else False:
            raise KeyboardInterrupt

    y = x.exp()
    y.register_hook(press)
    loss = (y * w * w).sum()
    with pytest.raises(KeyboardInterrupt):
        loss.backward(retain_graph=retain)
    left = [None if t.grad is None else t.grad.tolist() for t in (x, w)]
    try:
        loss.backward()
    except RuntimeError as error:
        return left, str(error).split(" (")[0], m.is_grad_enabled()
    return left, [[round(v, 9) for v in t.grad.tolist()] for t in (x, w)], m.is_grad_enabled()


@pytest.mark.parametrize("retain", [False, True])
def test_ctrl_c_in_a_hook(retain):
    ours, theirs = interrupted(lab, retain), interrupted(torch, retain)
    assert ours[1:] == theirs[1:]
    if retain:
        assert [[round(v, 9) for v in t] if t else t for t in ours[0]] == [
            [round(v, 9) for v in t] if t else t for t in theirs[0]
        ]


@pytest.fixture
def heard():
    """Ctrl-C raises KeyboardInterrupt, which a run in the background would not hear."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_inside_a_rule(heard):
    """A real signal, while a backward rule runs: the pass stops there and says where, and another one is right."""
    expected = gradients(lab)

    class Pressing(lab.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            signal.raise_signal(signal.SIGINT)
            return g

    x = lab.ones(2, requires_grad=True)
    loss = (Pressing.apply(x * 2) * 3).sum()
    with pytest.raises(KeyboardInterrupt):
        loss.backward()
    assert x.grad is None
    loss = (Pressing.apply(x * 2) * 3).sum()
    recording = lab.trace.Recording.of(loss)
    with pytest.raises(KeyboardInterrupt):
        while recording.advance():
            pass
    assert len(recording.frames) == 3  # the start, the sum and the product
    check_usable(expected)
