"""Nothing is left behind by a step: no reference cycle for the garbage collector, no byte after a thousand."""

import gc
import tracemalloc

import pytest

import autograd_lab as lab
from autograd_lab.core import births
from autograd_lab.core.node import GatheringPoint
from autograd_lab.utils.checkpoint import checkpoint

W = lab.tensor([[0.5, -1.0], [2.0, 0.25]], requires_grad=True)
X = lab.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


class Cube(lab.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        out = x**3
        ctx.save_for_backward(x, out)
        return out

    @staticmethod
    def backward(ctx, g):
        x, _ = ctx.saved_tensors
        return 3 * x**2 * g


def loss():
    return (X @ W).tanh().pow(2).mean()


def backward():
    W.grad = None
    loss().backward()


def twice_over_one_graph():
    out = loss()
    out.backward(retain_graph=True)
    out.backward()


def gradient():
    lab.autograd.grad(loss(), W)


def gradient_of_a_gradient():
    (g,) = lab.autograd.grad(loss(), W, create_graph=True)
    lab.autograd.grad((g * g).sum(), W)


def hooks():
    h = (X @ W).tanh()
    handle = h.register_hook(lambda g: g * 2)
    h.retain_grad()
    h.grad_fn.register_hook(lambda i, o: None)
    h.grad_fn.register_prehook(lambda o: None)
    after = W.register_post_accumulate_grad_hook(lambda t: None)
    lab.autograd.graph.register_multi_grad_hook([h, W], lambda grads: None).remove()
    h.sum().backward()
    handle.remove()
    after.remove()


def function():
    Cube.apply(W * 2).sum().backward()


def function_twice():
    (g,) = lab.autograd.grad(Cube.apply(W * 2).sum(), W, create_graph=True)
    (g * g).sum().backward()


def checkpointed():
    checkpoint(lambda w: (X @ w).tanh().exp(), W * 1, use_reentrant=False).sum().backward()


def checkpointed_the_older_way():
    checkpoint(lambda w: (X @ w).tanh().exp(), W * 1, use_reentrant=True).sum().backward()


def packed():
    with lab.autograd.graph.save_on_cpu():
        out = (W * 1).exp().tanh().max(0).values.sum()
    out.backward()


def in_place_and_views():
    x = W * 1
    x[0].neg_()
    x[1:].mul_(3)
    v = x.view(4)
    v[::2] = 0.5
    x.tanh_()
    (x.sum() + v.sum()).backward()


def several_outputs():
    a, b = (W * 1).unbind(0)
    values, _ = lab.cat([a, b]).sort()
    (values.max(0).values + lab.einsum("i,j->", a, b)).backward()


def forward_mode():
    with lab.autograd.forward_ad.dual_level():
        dual = lab.autograd.forward_ad.make_dual(W, lab.ones_like(W))
        lab.autograd.forward_ad.unpack_dual((X @ dual).tanh().sum())


def transforms():
    lab.func.vmap(lab.func.grad(lambda w: w.exp().sum()))(X)
    lab.func.jacrev(lambda w: w.tanh().sum(0))(W.detach())


def jacobian():
    lab.autograd.functional.hessian(lambda w: (w**3).sum(), W)


def a_graph_never_walked():
    loss().exp()


def a_failing_backward():
    x = W * 1
    y = x.exp()
    y.add_(1)
    with pytest.raises(RuntimeError):
        y.sum().backward()


def under_anomaly_mode():
    with lab.autograd.set_detect_anomaly(True):
        loss().backward()


def checked_for_mutation():
    with lab.debug.check_mutation():
        loss().backward()


def noted():
    with births.noting():
        backward()


STEPS = [
    backward, twice_over_one_graph, gradient, gradient_of_a_gradient, hooks, function, function_twice, checkpointed,
    checkpointed_the_older_way, packed, in_place_and_views, several_outputs, forward_mode, transforms, jacobian,
    a_graph_never_walked, a_failing_backward, under_anomaly_mode, checked_for_mutation, noted,
]  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def what_was_here_before():
    """Is left out by the collections of these tests, which would go through all of JAX and PyTorch a hundred times."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def warm():
    yield
    W.grad = None


def is_ours(thing) -> bool:
    """Whether it was made here; other tests of the same process may leave PyTorch's."""
    return isinstance(thing, lab.Tensor | GatheringPoint) or str(getattr(thing, "__module__", "")).startswith("autograd_lab")


@pytest.mark.parametrize("step", STEPS)
def test_the_garbage_collector_finds_nothing(step):
    for _ in range(3):
        step()
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for _ in range(10):
            step()
        gc.collect()
        ours = [thing for thing in gc.garbage if is_ours(thing)]
        assert not ours, [type(thing).__name__ for thing in ours][:20]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.parametrize(
    ("step", "times"),
    [(backward, 1000), *((step, 250) for step in (gradient, gradient_of_a_gradient, hooks, function, checkpointed, in_place_and_views))],
)  # fmt: skip
def test_memory_is_back_where_it_was_after_many_steps(step, times):
    for _ in range(50):
        step()
    W.grad = None
    gc.collect()
    tracemalloc.start()
    try:
        step()
        W.grad = None
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(times):
            step()
        W.grad = None
        gc.collect()  # empties Python's lists of tuples to use again; that there is no garbage, the test above says
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert after - before < 4096, f"{after - before} bytes more"  # a single object kept by each of 250 steps is more
