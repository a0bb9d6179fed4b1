"""The report of a check, drawn: the graph, each node's verdict, and the first wrong one in words."""

import subprocess
import sys

import numpy as np

import autograd_lab as lab

CPU = {"devices": ("cpu",), "against": "jax"}


def net(x, w):
    h = (x @ w).tanh()
    return (h.sigmoid() * h + h.abs()).sum()


VALUES = [np.linspace(-1, 1, 6).reshape(2, 3), np.linspace(0.3, -0.8, 12).reshape(3, 4)]


def test_each_node_has_its_verdict():
    report = lab.check(net, *VALUES, **CPU)
    assert [node.op for node in report.picture.nodes if node.is_op] == ["mm", "tanh", "sigmoid", "mul", "abs", "add", "sum"]
    assert {verdict for verdict, _ in report.verdicts.values()} == {"agrees"} and len(report.verdicts) == 7
    page = report._repr_html_()
    assert page.count("✓") == 7 and "✗" not in page and "<svg" in page


def test_a_kink_is_shown_as_one():
    report = lab.check(lambda x: (x.abs() * 2).sum(), np.array([0.0, 1.0]), **CPU)
    assert [verdict for verdict, _ in report.verdicts.values()] == ["convention", "agrees", "agrees"]
    assert "≈" in report._repr_html_()


def test_the_wrong_node_is_marked_and_its_formula_told(monkeypatch):
    op = lab.PRIMITIVES["sigmoid"]
    rule = op.rules["x"]

    def wrong(xp, out):
        return out * out

    def plant(function):
        op.rules["x"] = rule._replace(function=function)
        op.node_type = None
        op.written.clear(), op.postpone()

    plant(wrong)
    try:
        report = lab.check(net, *VALUES, **CPU)
    finally:
        plant(rule.function)
    page = report._repr_html_()
    assert page.count("✗") == 1 and page.count("✓") == 6
    assert "Our rule: g * (out * out)" in page or "Our rule: g * out * out" in page
    assert "incoming gradient agrees, outgoing does not" in page
    assert lab.check(net, *VALUES, **CPU).ok


def test_large_graphs_are_not_drawn():
    def chain(x):
        for _ in range(130):
            x = x * 1.01
        return x.sum()

    report = lab.check(chain, np.array([1.0]), **CPU)
    assert report.picture is None and "<svg" not in report._repr_html_()


def test_the_cross_check_alone_knows_no_view():
    code = (
        "import sys, numpy as np; from autograd_lab.crosscheck import check; r = check(lambda x: x * x, np.ones(1), against='numeric'); "
        "assert '<svg' not in r._repr_html_() and not any(m.startswith('autograd_lab.views') for m in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
