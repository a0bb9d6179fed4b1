"""Products of batches are one node to a plain pass and PyTorch's several to everyone who looks, whenever that is."""

import threading
import weakref

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core.backward import BackwardPass
from autograd_lab.core.face import mark_of
from autograd_lab.core.folded import Folded
from autograd_lab.core.node import AccumulateGrad

torch = pytest.importorskip("torch")


def values(t, *shape):
    return (t.arange(float(np.prod(shape))).reshape(shape) * 7 % 5 - 2) / 3


def attention(t, leaf=True):
    """A layer, a product of batches, one with a turned operand, and a layer again; and the leaves."""
    x, w, v = values(t, 2, 3, 4), values(t, 4, 4), values(t, 4, 2)
    leaves = [z.requires_grad_() for z in ([x, w, v] if leaf else [w, v])]
    q = x @ w
    scores = q @ (x @ w).transpose(1, 2)
    out = (scores @ x) @ v
    return (out * out).sum(), leaves, {"x": x, "q": q, "scores": scores, "out": out}


def lists(tensors):
    return [None if t is None else t.tolist() for t in tensors]


def nodes_of(loss):
    """All nodes, in the order of a walk by their numbers."""
    found, waiting = {}, [loss.grad_fn]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found[node] = node.name()
            waiting += [below for below, _ in node.next_functions if below is not None]
    return found


def is_folded(t):
    return isinstance(t._node, Folded)


@pytest.mark.parametrize("leaf", [True, False])
def test_a_plain_pass_walks_products_folded_to_pytorch_s_gradients(leaf, monkeypatch):
    monkeypatch.setattr(AccumulateGrad, "lose_some", False)  # once there has been one, dead ends are looked for everywhere
    loss, leaves, made = attention(lab, leaf)
    loss.backward(retain_graph=True)
    loss.backward()
    assert all(map(is_folded, (made["q"], made["scores"], made["out"])))
    theirs, others, _ = attention(torch, leaf)
    theirs.backward(retain_graph=True)
    theirs.backward()
    for ours, other in zip(leaves, others):
        np.testing.assert_allclose(ours.grad.numpy(), other.grad.numpy(), rtol=1e-5)


def test_who_looks_sees_pytorch_s_nodes_and_classes():
    seen = []
    for t in (lab, torch):
        loss, _, made = attention(t)
        nodes = nodes_of(loss)
        first = min(n._sequence_nr() for n in nodes if "Accumulate" not in n.name())
        seen.append(sorted((n._sequence_nr() - first, n.name()) for n in nodes if "Accumulate" not in n.name()))
        assert type(made["q"].grad_fn) is type(made["out"].grad_fn) and not (t is lab and is_folded(made["q"]))
    assert seen[0] == seen[1]


def test_the_order_of_a_pass_is_the_same_whether_it_was_planned_before_or_after_somebody_looked():
    def order(look):
        loss, _, _ = attention(lab)
        if look:
            nodes_of(loss)
        walk = BackwardPass((loss,), (lab.ones(()),))
        return [point.name() for point in walk.order]

    assert order(False) == order(True)
    visited = []
    loss, _, _ = attention(torch)
    for node in nodes_of(loss):
        node.register_prehook(lambda g, node=node: visited.append(node.name()))
    loss.backward()
    ours, theirs = ([name for name in names if "Accumulate" not in name] for names in (order(False), visited))
    assert ours == theirs


def test_steps_and_a_run_give_the_same():
    (one, leaves, _), (other, others, _) = attention(lab), attention(lab)
    one.backward()
    walk = BackwardPass((other,), (lab.ones(()),))
    for _ in range(3):
        walk.step()
    walk.run()
    assert lists(t.grad for t in leaves) == lists(t.grad for t in others) and walk.done


@pytest.mark.parametrize("name", ["q", "scores", "out"])
def test_hooks_on_what_a_product_made_are_called_as_pytorch_s(name):
    told = {}
    for t in (lab, torch):
        loss, leaves, made = attention(t)
        told[t] = heard = []
        made[name].register_hook(lambda g, heard=heard: heard.append([*g.shape]) or g * 2)
        made[name].retain_grad()
        made[name].grad_fn.next_functions[0][0].register_hook(lambda into, out, heard=heard: heard.append(len(into)))
        loss.backward()
        told[t] += [[*made[name].grad.shape], *([round(v, 3) for v in z.grad.flatten().tolist()] for z in leaves)]
    assert told[lab] == told[torch]


@pytest.mark.parametrize("late", ["look", "hook"])
def test_what_is_unfolded_while_a_pass_runs_loses_no_gradient(late):
    plain, others, _ = attention(lab)
    plain.backward()
    loss, leaves, made = attention(lab)
    heard = []

    def look(g):
        nodes_of(loss)
        if late == "hook":
            made["q"].register_hook(lambda g: heard.append("tensor"))
            made["q"].grad_fn.next_functions[0][0].register_prehook(lambda g: heard.append("product"))

    made["out"].register_hook(look)
    loss.backward()
    assert lists(t.grad for t in leaves) == lists(t.grad for t in others)
    assert heard == (["tensor", "product"] if late == "hook" else [])


def test_what_is_unfolded_by_another_thread_loses_no_gradient():
    plain, others, _ = attention(lab)
    plain.backward()
    for _ in range(20):
        loss, leaves, _ = attention(lab)
        start = threading.Barrier(2)
        looking = threading.Thread(target=lambda loss=loss, start=start: (start.wait(), nodes_of(loss)))
        looking.start()
        start.wait()
        loss.backward()
        looking.join()
        assert lists(t.grad for t in leaves) == lists(t.grad for t in others)


def test_what_fails_is_the_product_and_the_pass_can_be_looked_at():
    loss, _, made = attention(lab)
    with lab.no_grad():
        made["q"].add_(1)
    walk = BackwardPass((loss,), (lab.ones(()),))
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        walk.run()
    assert walk.failed is not None and walk.failed.name() == "BmmBackward0" and walk.order[walk.position - 1] is walk.failed
    assert walk.grads[walk.failed].shape == (2, 3, 3)
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        loss, _, _ = attention(lab)
        loss.backward()
        loss.backward()


def test_a_graph_of_the_gradient_and_captured_results_are_pytorch_s():
    told = {}
    for t in (lab, torch):
        loss, leaves, made = attention(t)
        first = t.autograd.grad(loss, [*leaves, made["q"]], create_graph=True)
        second = t.autograd.grad(sum((g * g).sum() for g in first), leaves)
        told[t] = [g.detach().numpy() for g in (*first, *second)]
    for ours, theirs in zip(told[lab], told[torch]):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4)


def test_a_result_that_is_written_to_goes_on_from_the_product():
    told = {}
    for t in (lab, torch):
        x, w = values(t, 2, 3, 4).requires_grad_(), values(t, 4, 4).requires_grad_()
        y = x @ w
        y.mul_(3)
        y[0].add_(1)
        (y * y).sum().backward()
        told[t] = [x.grad.numpy(), w.grad.numpy()]
    for ours, theirs in zip(told[lab], told[torch]):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parametrize("look", [True, False])
def test_memory_is_let_go_and_nothing_is_a_cycle(look):
    loss, leaves, made = attention(lab)
    loss.backward()
    nodes = nodes_of(loss)
    kept = made["q"]._node.edges[0]
    assert kept.x is kept.y and repr(kept.x) == "<freed>"
    loss, leaves, made = attention(lab)
    if look:
        nodes = nodes_of(loss)
        loss.backward()
    else:
        loss.backward()
        nodes = [made["q"]._node, made["scores"]._node.folds[0]]
    marks = [weakref.ref(mark_of(node)) for node in nodes]
    del loss, leaves, made, nodes, kept
    assert [mark() for mark in marks] == [None] * len(marks)


def test_sinks_come_right_after_the_last_node_that_leads_to_them():
    x, w = values(lab, 2, 3, 4).requires_grad_(), values(lab, 4, 4).requires_grad_()
    walk = BackwardPass(((x @ w).sum(),), (lab.ones(()),))
    leaves = {w._node: "w", x._node: "x"}
    kinds = [leaves.get(point) or point.name() for point in walk.order]
    assert kinds == ["SumBackward0", "UnsafeViewBackward0", "MmBackward0", "w", "ViewBackward0", "x"]
    assert type(walk.order[-1]) is AccumulateGrad
