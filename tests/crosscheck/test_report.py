"""How a report reads."""

import json

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES
from autograd_lab.crosscheck.report import Finding, Leaf, Report, Row

CPU = {"devices": ("cpu",)}


def f(a, b):
    return (b * (a + b)).sum()


A, B = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])


def test_the_text_of_a_check_that_passes():
    assert str(lab.check(f, A, B, **CPU)) == (
        "check of f: 3 nodes, 2 inputs, float64\n"
        "against  what                    verdict  worst\n"
        "jax cpu  each node's rules       agrees   <4\n"
        "jax cpu  the function run again  agrees   <4\n"
        "numeric  directional derivative  agrees   <4"
    )


def test_the_text_is_the_same_every_time(plant):
    with plant(PRIMITIVES["mul"], "x", lambda x: x * 2):
        texts = {str(lab.check(f, A, B, **CPU)) for _ in range(3)}
    (text,) = texts
    lines = text.splitlines()
    assert lines[2].startswith("jax cpu  each node's rules       MISMATCH") and lines[2].endswith("node 2 mul")
    assert (
        lines[5]
        == f"  first: node 2 mul (line {f.__code__.co_firstlineno + 1}), gradient of x: incoming gradient agrees, outgoing does not: [2] is 18, the oracle says 9"
    )


def test_leaf_by_leaf():
    report = lab.check(f, A, B, **CPU)
    assert [(leaf.name, leaf.verdict) for leaf in report.leaves] == [("a", "agrees"), ("b", "agrees")]
    header, *rows = report.table().splitlines()[-3:]
    assert header.split() == ["leaf", "against", "max", "abs", "max", "rel", "ulps", "verdict"] and len(rows) == 2
    assert all(leaf.max_abs >= 0 and leaf.ulps < 1e3 for leaf in report.leaves)


def test_without_leaves_there_is_no_table_of_them():
    report = report_of("agrees")
    assert report.leaves == [] and report.table() == str(report)


def report_of(verdict, *leaves):
    return Report("f", 1, 1, "float64", 4.0, [Row("jax cpu", "rules", verdict)], leaves)


@pytest.mark.parametrize("verdict", ["agrees", "convention", "overflow"])
def test_true_unless_something_is_a_mismatch(verdict):
    assert report_of(verdict) and report_of(verdict).ok
    assert not report_of("MISMATCH") and not report_of("MISMATCH").ok
    assert not report_of(verdict, Leaf("x", "jax cpu", 1, 1, 1, "MISMATCH"))


@pytest.mark.parametrize("verdict", ["impure", "skipped: no GPU", "suffices", "loses digits"])
def test_a_check_that_checked_nothing_is_not_ok(verdict):
    report = report_of(verdict)
    assert not report and not report.ok
    assert str(report).endswith("nothing was compared, so nothing is confirmed: report.ok is False")
    assert "nothing was compared" in report._repr_html_()
    assert "nothing was compared" not in str(report_of("agrees"))


def test_assert_gradients(plant):
    assert lab.assert_gradients(f, A, B, **CPU).ok
    with (
        plant(PRIMITIVES["mul"], "x", lambda x: x * 2),
        pytest.raises(AssertionError, match=r"node 2 mul.*incoming gradient agrees"),
    ):
        lab.assert_gradients(f, A, B, **CPU)
    with pytest.raises(AssertionError, match="nothing was compared"):
        lab.assert_gradients(f, A, B, against="jax", devices="abacus")


def test_worst():
    assert Report("f", 1, 1, "float64", 4.0, [Row("a", "b", "agrees", 2.5), Row("a", "b", "skipped: x")]).worst == 2.5
    assert Report("f", 1, 1, "float64", 4.0, []).worst is None
    assert 0 <= lab.check(f, A, B, **CPU).worst < 4


def test_html_escapes_and_bundles():
    report = Report("<script>", 1, 1, "float64", 4.0, [Row("jax cpu", "rules", "MISMATCH", 9.0, "<b>x</b>")], [Leaf("<i>", "jax", 0, 0, 0, "agrees")],
                    [Finding(1, "<u>", "gradient", "x", (), 1.0, 2.0, 9.0, None)])  # fmt: skip
    bundle = report._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"} and bundle["text/plain"] == str(report)
    page = bundle["text/html"]
    assert all(tag not in page for tag in ("<script>", "<b>x", "<i>", "<u>")) and "&lt;script&gt;" in page
    json.dumps(bundle)


def test_a_finding_in_words():
    words = str(Finding(3, "tanh", "gradient", "x", (1, 2), 1.10892, 1.82754, 5e14, 7))
    assert (
        words
        == "node 3 tanh (line 7), gradient of x: incoming gradient agrees, outgoing does not: [1, 2] is 1.10892, the oracle says 1.82754"
    )
    assert "forward: it is 1, the oracle says 2" in str(Finding(1, "exp", "forward", "out", (), 1.0, 2.0, 9, None))


def test_two_numbers_that_differ_are_told_apart():
    assert "[0] is 39.998912, the oracle says 39.998913" in str(
        Finding(1, "exp", "gradient", "x", (0,), 39.998912, 39.998913, 9, None)
    )
    assert "it is 1+2.0000001j, the oracle says 1+2j" in str(
        Finding(1, "exp", "forward", "out", (), 1 + 2.0000001j, 1 + 2j, 9, None)
    )
    assert "it is 0.1, the oracle says 0.1" in str(Finding(1, "exp", "forward", "out", (), 0.1, 0.1, 9, None))
