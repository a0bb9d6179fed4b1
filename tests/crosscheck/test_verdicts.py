"""What a report tells of each node."""

import numpy as np

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES

CPU = {"devices": ("cpu",), "against": "jax"}


def f(x):
    h = x.tanh()
    return (h.exp() * h).sum()


def test_each_node_has_its_rules_and_its_line():
    found = lab.check(f, np.array([0.5, -1.0]), **CPU).by_node
    assert [node.op for node in found] == ["tanh", "exp", "mul", "sum"] and [node.number for node in found] == [1, 2, 3, 4]
    assert found[0].rules == (("x", "g * (1 - out * out)"),) and found[2].rules == (("x", "g * y"), ("y", "g * x"))
    first = f.__code__.co_firstlineno
    assert found[0].source == "h = x.tanh()" and found[0].where == f"test_verdicts.py, line {first + 1}"
    assert all(node.units < 4 and not node.findings and node.curve is None for node in found)


def test_a_finding_is_with_its_node_whatever_ran_beside_it(plant):
    """A node that no gradient reaches is numbered and has no verdict: the others keep their numbers."""

    def function(x):
        (x * 2).exp().detach()
        return x.sinh().sum() + (x * 3.0).detach().sum()

    with plant(PRIMITIVES["sinh"], "x", lambda g: g + 1):
        report = lab.check(function, np.array([0.5]), **CPU)
    wrong = [node for node in report.by_node if node.verdict == "MISMATCH"]
    assert [node.op for node in wrong] == ["sinh"] and wrong[0].findings == tuple(report.findings)
    assert report.picture.by_id[wrong[0].card].op == "sinh"


def test_a_large_graph_tells_what_is_wrong_and_where_a_run_stops(plant):
    x = lab.tensor([0.5], requires_grad=True)
    with lab.core.births.noting():
        h = x
        for _ in range(150):
            h = h * 1.001
        loss = h.sinh().sum()
    with plant(PRIMITIVES["sinh"], "x", lambda g: g + 1):
        report = lab.check(loss, against="jax", devices=("cpu",))
    assert report.picture is None and list(report.verdicts) == ["n150"]
