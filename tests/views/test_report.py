"""A report as HTML."""

import re

import numpy as np

import autograd_lab as lab
from autograd_lab.views.report import LITERAL, TOKENS, report_html
from autograd_lab.views.style import BAD

CPU = {"devices": ("cpu",), "against": "jax"}


def f(x):
    return (x.cos() * x.abs()).sum()


def test_the_summary_of_each_node_lies_over_its_card():
    page = report_html(lab.check(f, np.array([0.0, 1.0]), **CPU))
    places = re.findall(
        r"<summary style='left:(\d+)px;top:(\d+)px;width:(\d+)px;height:(\d+)px' title='(.) node (\d) (\w+)", page
    )
    assert [(sign, op) for *_, sign, _, op in places] == [("✓", "cos"), ("≈", "abs"), ("✓", "mul"), ("✓", "sum")]
    view = re.search(r'<svg [^>]*width="(\d+)', page)
    assert view and all(int(left) + int(width) <= int(view[1]) for left, _, width, *_ in places)
    (name,) = set(re.findall(r"<details name='([^']+)'", page))
    assert name == set(re.findall(r"<details name='([^']+)'", report_html(lab.check(f, np.array([0.0, 1.0]), **CPU)))).pop()


def test_colours_are_the_page_s_and_stay_where_there_is_no_style_sheet():
    page = report_html(lab.check(f, np.array([0.0, 1.0]), **CPU))
    drawing = page[page.index("<svg") :]
    assert not [colour for colour in LITERAL.values() if f'"{colour}"' in drawing] and "var(--k-ink,#1f2328)" in drawing
    assert set(LITERAL) == set(TOKENS) and BAD not in drawing


def test_what_users_wrote_is_escaped():
    def named(x):
        return x.tanh().sum()  # </pre><script>alert(1)</script>

    named.__name__ = "<img>"
    page = report_html(lab.check(named, np.array([0.5]), **CPU))
    assert "<script" not in page and "<img" not in page and "&lt;script&gt;alert(1)" in page and "check of &lt;img&gt;" in page
