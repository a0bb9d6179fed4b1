"""Hooks on a leaf's AccumulateGrad node: the leaf knows the node weakly, so they last while a graph or somebody holds it."""

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


def sink_of(x):
    return x.expand_as(x).grad_fn.next_functions[0][0]


def told(m, kept: str, make, register="register_hook"):
    """What hooks on the sink saw in the passes over two fresh graphs, before and after what ``kept`` it is gone."""
    log, x = [], make(m)
    graph, sink = x * 3, sink_of(x)
    getattr(sink, register)(lambda *gs: log.append("node"))
    x.register_hook(lambda g: log.append("tensor"))
    sink.metadata["kept"] = True
    if kept != "graph":
        del graph
    if kept != "name":
        del sink
    for _ in range(2):
        (x * 2).sum().backward()
        log.append(dict(sink_of(x).metadata))
        graph = sink = None
    return log, x.grad.tolist()


LEAVES = {
    "a leaf": lambda m: m.ones(2, requires_grad=True),
    "a parameter": lambda m: m.nn.Parameter(m.ones(2)),
    "of one element": lambda m: m.tensor(1.0, requires_grad=True),
    "a part of another": lambda m: m.ones(4)[:2].requires_grad_(),
}


@pytest.mark.parametrize("register", ["register_hook", "register_prehook"])
@pytest.mark.parametrize("kept", ["graph", "name", "nothing"])
@pytest.mark.parametrize("leaf", LEAVES)
def test_hooks_go_with_the_node(leaf, kept, register):
    assert told(lab, kept, LEAVES[leaf], register) == told(torch, kept, LEAVES[leaf], register)


def of_the_leaf(m):
    log, x = [], m.ones(2, requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda t: log.append("after"))
    sink_of(x).register_hook(lambda gi, go: log.append("node"))
    m.autograd.graph.get_gradient_edge(x).node.register_prehook(lambda go: log.append("before"))
    x.backward(m.ones(2))
    held = m.autograd.graph.get_gradient_edge(x)
    held.node.register_prehook(lambda go: log.append("held"))
    m.autograd.backward(held, m.ones(2))
    return log


def test_a_hook_after_accumulation_belongs_to_the_leaf():
    assert of_the_leaf(lab) == of_the_leaf(torch)


def called(m, sizes, recording, asked):
    log, x = [], m.ones(3, requires_grad=True)
    sink = m.autograd.graph.get_gradient_edge(x).node
    sink.register_hook(lambda gi, go: log.append("after the node"))
    x.register_hook(lambda g: log.append("of the tensor"))
    x.register_post_accumulate_grad_hook(lambda t: log.append(None if t.grad is None else t.grad.tolist()))
    with m.set_grad_enabled(recording):
        for size in sizes:
            try:
                g = None if size is None else size if type(size) is str else m.ones(size, requires_grad=asked) * 2
                log.append(sink(*() if size == "" else (g,)))
            except (TypeError, RuntimeError) as error:
                log.append(str(error))
    return log, None if x.grad is None else (x.grad.tolist(), type(x.grad.grad_fn).__name__)


@pytest.mark.parametrize("recording, asked", [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("sizes", [(3,), (3, 3, 3), (None, 3), ("no tensor",), ("",), (3, 2)])
def test_a_sink_can_be_called(sizes, recording, asked):
    assert called(lab, sizes, recording, asked) == called(torch, sizes, recording, asked)
