"""The report of a check, drawn: the graph, each node's verdict, and the first wrong one in words."""

import re
import subprocess
import sys

import numpy as np
import pytest

import autograd_lab as lab

CPU = {"devices": ("cpu",), "against": "jax"}


def net(x, w):
    h = (x @ w).tanh()
    return (h.sigmoid() * h + h.abs()).sum()


VALUES = [np.linspace(-1, 1, 6).reshape(2, 3), np.linspace(0.3, -0.8, 12).reshape(3, 4)]


def test_each_node_has_its_verdict():
    report = lab.check(net, *VALUES, **CPU)
    assert [node.op for node in report.picture.nodes if node.is_op] == ["mm", "tanh", "sigmoid", "mul", "abs", "add", "sum"]
    assert {found.verdict for found in report.verdicts.values()} == {"agrees"} and len(report.verdicts) == 7
    page = report._repr_html_()
    assert page.count(">✓</text>") == 7 and ">✗</text>" not in page and page.count("<details") == 7 and " open>" not in page


def test_a_kink_is_shown_as_one():
    report = lab.check(lambda x: (x.abs() * 2).sum(), np.array([0.0, 1.0]), **CPU)
    assert [found.verdict for found in report.verdicts.values()] == ["convention", "agrees", "agrees"]
    page = report._repr_html_()
    assert page.count(">≈</text>") == 1 and page.count(" open>") == 1 and page.count("<figure") == 1
    assert "around x[0] = 0 the forward has slope -2 on the left and 2 on the right; autograd_lab says 0, the oracle 2" in page


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
    assert page.count(">✗</text>") == 1 and page.count(">✓</text>") == 6
    (opened,) = re.findall(r"<details[^>]* open>.*?</details>", page)
    assert "node 3 sigmoid" in opened and "our rule, and it is wrong" in opened and "g * (out * out)" in opened
    assert "h.sigmoid() * h" in opened and "the oracle says" in opened and "off by" in opened and "<figure" in opened
    assert "incoming gradient agrees, outgoing does not" in page
    assert lab.check(net, *VALUES, **CPU).ok


def test_large_graphs_are_not_drawn():
    def chain(x):
        for _ in range(130):
            x = x * 1.01
        return x.sum()

    report = lab.check(chain, np.array([1.0]), **CPU)
    assert report.picture is None and "<details" not in report._repr_html_() and not report.by_node
    report = lab.check(lambda x: chain(x.abs()), np.array([0.0]), **CPU)
    assert report.picture is None and [found.op for found in report.by_node] == ["abs"]
    assert report._repr_html_().count("<details") == 1, "a kink is shown all the same"


def test_a_report_is_saved_as_a_page_without_script_or_network(tmp_path):
    report = lab.check(net, *VALUES, **CPU)
    report.save(tmp_path / "net.html")
    page = (tmp_path / "net.html").read_text(encoding="utf-8")
    assert report._repr_html_() in page and "default-src 'none'" in page and "<title>check of net: " in page
    assert "<script" not in page and not re.search(r"""(src|href)=["'](?!data:)""", page) and "url(" not in page
    report.save(tmp_path / "net.txt")
    assert (tmp_path / "net.txt").read_text(encoding="utf-8") == report.table() + "\n"
    with pytest.raises(ValueError, match=r"cannot tell how to save 'net.png': end it with .html or .txt"):
        report.save(tmp_path / "net.png")


def test_the_cross_check_alone_knows_no_view():
    code = (
        "import sys, numpy as np; from autograd_lab.crosscheck import check; r = check(lambda x: x * x, np.ones(1), against='numeric'); "
        "assert '<svg' not in r._repr_html_() and not any(m.startswith('autograd_lab.views') for m in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
