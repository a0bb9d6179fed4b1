"""The order of a pass, against a plain statement of it: nodes newest first, a leaf's sink right after its oldest consumer."""

import random

import pytest

import autograd_lab as lab
from autograd_lab.core.node import AccumulateGrad
from autograd_lab.core.plan import plan


def graph(seed):
    """A random graph in which leaves have several consumers, and consumers several leaves."""
    r = random.Random(seed)
    made = leaves = [lab.tensor(float(i + 1), requires_grad=True) for i in range(4)]
    for _ in range(12):
        made = [
            *made,
            r.choice(made[-6:]) * r.choice([*leaves, *made]) if r.random() < 0.6 else lab.stack(r.sample(made, 3)).sum(),
        ]
    return made[-1]


def stated(root):
    """What plan() says of itself, spelled out: every edge is looked at for every node."""
    nodes, found = [root], {root}
    for node in nodes:
        for point in node.edges:
            if point is not None and point not in found and type(point) is not AccumulateGrad:
                found.add(point)
                nodes.append(point)
    order = []
    for node in sorted(nodes, key=lambda node: -node.seq):
        order.append(node)
        for sink in dict.fromkeys(node.edges):
            if type(sink) is AccumulateGrad and not any(sink in other.edges for other in nodes if other.seq < node.seq):
                order.append(sink)
    return order


@pytest.mark.parametrize("seed", range(60))
def test_nodes_come_newest_first_and_a_sink_right_after_its_oldest_consumer(seed):
    root = graph(seed)._current()
    order, through = plan({root: None}, None)
    assert order == stated(root) and through is None
    assert len(order) == len(set(order))


def test_the_sinks_of_one_consumer_come_in_the_order_of_its_edges():
    a, b = (lab.tensor(i, requires_grad=True) for i in (2.0, 3.0))
    product = a * b
    root = (b * product + a)._current()  # b is met before a, and both belong to the product
    assert plan({root: None}, None)[0] == stated(root)
    assert plan({root: None}, None)[0][-2:] == [a._current(), b._current()]


def test_a_leaf_that_is_a_root_comes_first_unless_something_uses_it():
    a, b = (lab.tensor(i, requires_grad=True) for i in (2.0, 3.0))
    y = (a * 2)._current()
    assert plan({b._current(): None, y: None, a._current(): None}, None)[0] == [b._current(), y, a._current()]


def test_only_what_leads_to_a_captured_point_is_visited():
    a, b = (lab.tensor(i, requires_grad=True) for i in (2.0, 3.0))
    left, right = a * 2, b * 3
    root = (left + right)._current()
    order, through = plan({root: None}, {b._current(): None})
    assert order == [root, right._current(), b._current()] and through == {root, right._current()}
    assert plan({root: None}, {a._current(): None, b._current(): None})[1] is None  # all leaves: every node leads to one
