"""Two threads on one graph, backward inside a hook, tasks that take turns: PyTorch's results, or what it promises."""

import asyncio
import contextvars
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


def in_threads(count, work):
    """Run ``work(i)`` in ``count`` threads that start together; the exceptions they raised."""
    raised, together = [], threading.Barrier(count)

    def run(i):
        try:
            together.wait()
            work(i)
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return raised


@pytest.fixture
def quick_switches():
    """Threads take turns every few bytecodes."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("size", [1, 20_000])
def test_threads_that_walk_one_retained_graph_lose_no_gradient(size, quick_switches):
    x = lab.ones(size, dtype=lab.float64, requires_grad=True)
    y = (x * 2 + x.exp() * 0).sum()

    def work(_):
        for _ in range(25):
            y.backward(retain_graph=True)

    assert in_threads(8, work) == []
    assert x.grad.tolist() == [400.0] * size


def test_threads_with_graphs_of_their_own_share_leaves(quick_switches):
    w = lab.ones(3, dtype=lab.float64, requires_grad=True)

    def work(i):
        for _ in range(20):
            (w * float(i)).sum().backward()

    assert in_threads(6, work) == []
    assert w.grad.tolist() == [20.0 * 15] * 3


def test_one_of_two_threads_is_told_that_the_graph_was_freed():
    def raised(m):
        x = m.ones(3, requires_grad=True)
        y = (x * x).sum()
        return [str(e).split(" (")[0] for e in in_threads(2, lambda _: y.backward())], x.grad.tolist()

    assert raised(lab) == raised(torch)


def test_threads_that_use_an_operation_first(quick_switches):
    """A fresh interpreter: all threads meet operations that nobody has called before."""
    code = """
import sys, threading
sys.setswitchinterval(1e-6)
import autograd_lab as torch
together, raised = threading.Barrier(8), []
def work():
    try:
        together.wait()
        x = torch.tensor([0.3, 0.7], requires_grad=True)
        y = (x.sin() * x.exp() / (x.tanh() + 2)).sqrt().log().cumsum(0).sum()
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        g.sum().backward()
        found.append(x.grad.tolist())
    except Exception as error:
        raised.append(repr(error))
found = []
threads = [threading.Thread(target=work) for _ in range(8)]
for t in threads: t.start()
for t in threads: t.join()
print(raised, all(f == found[0] for f in found), len(found))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "[] True 8\n", said.stdout


def test_modes_are_each_threads_own():
    def seen(m):
        found = {}
        with m.no_grad():
            assert in_threads(1, lambda _: found.update(inside=m.is_grad_enabled())) == []

            def work(_):
                with m.inference_mode():
                    found["inference"] = m.is_inference_mode_enabled()
                m.set_grad_enabled(False)

            in_threads(1, work)
            found["outside"] = m.is_grad_enabled(), m.is_inference_mode_enabled()
        return found | {"after": m.is_grad_enabled()}

    assert seen(lab) == seen(torch) == {"inside": True, "inference": True, "outside": (False, False), "after": True}


def test_inference_modes_of_many_threads(quick_switches):
    def work(_):
        for _ in range(100):
            with lab.inference_mode():
                assert lab.ones(1).mul(2).is_inference()
            assert not lab.ones(1).mul(2).is_inference()

    assert in_threads(6, work) == []
    assert lab.core.grad_mode.inference_mode.open_anywhere == 0


# ---------------------------------------------------------------------- tasks


def in_a_loop(coroutine):
    """What it returns, run by a loop in a thread of its own: the thread of a test may have a loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def test_modes_are_each_tasks_own():
    seen = []

    async def unrecorded(turn):
        with lab.no_grad():
            seen.append(("no_grad", lab.is_grad_enabled()))
            await turn.wait()
            seen.append(("no_grad", lab.is_grad_enabled()))

    async def recorded(turn):
        await asyncio.sleep(0)
        seen.append(("other", lab.is_grad_enabled()))
        turn.set()
        await asyncio.sleep(0)
        seen.append(("other", lab.is_grad_enabled()))

    async def main():
        turn = asyncio.Event()
        await asyncio.gather(unrecorded(turn), recorded(turn))
        return lab.is_grad_enabled()

    assert in_a_loop(main()) is True
    assert sorted(seen) == [("no_grad", False)] * 2 + [("other", True)] * 2


def test_a_decorated_coroutine_runs_in_the_mode_and_its_caller_does_not():
    @lab.no_grad()
    async def inner():
        before = lab.is_grad_enabled()
        await asyncio.sleep(0)
        return before, lab.is_grad_enabled()

    async def main():
        return await inner(), lab.is_grad_enabled()

    assert in_a_loop(main()) == ((False, False), True)


def test_a_mode_may_be_left_in_another_context_than_it_was_entered_in():
    mode = lab.no_grad()
    contextvars.copy_context().run(mode.__enter__)
    mode.__exit__(None, None, None)
    assert lab.is_grad_enabled()


# ---------------------------------------------------------------------- backward inside a hook


def nested(m, depth):
    """Hooks that start a backward pass of their own, ``depth`` deep; (order, gradients)."""
    log, w = [], m.ones(2, dtype=m.float64, requires_grad=True)

    def hook(level):
        def run(g):
            log.append(("in", level))
            if level:
                with m.enable_grad():
                    y = w * float(level)
                    y.register_hook(hook(level - 1))
                    y.sum().backward()
            log.append(("out", level))

        return run

    x = m.ones(2, dtype=m.float64, requires_grad=True)
    y = x * 3
    y.register_hook(hook(depth))
    (y * w).sum().backward()
    return log, x.grad.tolist(), w.grad.tolist()


@pytest.mark.parametrize("depth", [1, 3, 40])
def test_a_pass_inside_a_hook(depth):
    assert nested(lab, depth) == nested(torch, depth)


def test_a_hook_that_differentiates_the_same_graph():
    def told(m):
        x, log = m.ones(2, dtype=m.float64, requires_grad=True), []
        y = x.exp()
        z = y * y

        def hook(g):
            (inner,) = m.autograd.grad(y, x, g, retain_graph=True)
            log.append(inner.tolist())
            return g + 1

        z.register_hook(hook)
        z.sum().backward()
        return log, x.grad.tolist()

    for ours, theirs in zip(told(lab), told(torch)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)


def test_a_pass_inside_a_function_of_the_users():
    def told(m):
        w = m.ones(2, dtype=m.float64, requires_grad=True)

        class Inner(m.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                with m.enable_grad():
                    (w * 5).sum().backward()
                return g * 2

        x = m.ones(2, dtype=m.float64, requires_grad=True)
        (Inner.apply(x) * w).sum().backward()
        return x.grad.tolist(), w.grad.tolist(), m.is_grad_enabled()

    assert told(lab) == told(torch)
