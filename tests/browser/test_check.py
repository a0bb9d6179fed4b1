"""The report of a check in a notebook and as a file: cards open without a script of ours, by pointer and by key."""

import numpy as np
from playwright.sync_api import expect

import autograd_lab as torch

CELLS = [
    """import autograd_lab as torch
%load_ext autograd_lab
x = torch.tensor([0.0, 1.0], requires_grad=True)
def f(x):
    h = x.cos()
    return (h * x.abs()).sum()""",
    "%autograd check f x",
]
VALUES = np.array([0.0, 1.0])


def f(x):
    h = x.cos()
    return (h * x.abs()).sum()


def test_a_report_opens_its_nodes_by_pointer_and_by_key(lab):
    lab.open("check.ipynb", *CELLS)
    lab.run(0)
    output = lab.run(1)
    report = output.locator(".agl-check")
    expect(report.locator("details")).to_have_count(4)
    opened = report.locator("details[open]")
    expect(opened).to_have_attribute("data-verdict", "convention")
    expect(opened).to_contain_text("abs at 0: autograd_lab and PyTorch say 0, JAX says 1")
    expect(opened.get_by_role("img")).to_be_visible()
    card, summary = report.locator("details").nth(0), report.locator("summary").nth(0)
    summary.click()
    expect(card).to_have_attribute("open", "")
    expect(opened).to_have_count(1)
    expect(card.locator(".node")).to_contain_text("h = x.cos()")
    lab.page.keyboard.press("Tab")
    lab.page.keyboard.press("Space")
    expect(opened.locator(".node")).to_contain_text("node 2 abs")
    assert report.evaluate("report => report.scrollWidth <= report.clientWidth"), "only the graph scrolls"


def test_a_saved_report_opens_its_nodes_from_the_file_alone(opened, tmp_path):
    torch.check(f, VALUES, devices=("cpu",), against="jax").save(tmp_path / "f.html")
    page = opened(tmp_path / "f.html")
    expect(page.locator("details[open] figure")).to_be_visible()
    page.locator("summary").nth(2).click()
    expect(page.locator("details[open]")).to_have_count(1)
    expect(page.locator("details[open]")).to_contain_text("gradient of y =")


def test_in_a_narrow_page_the_rows_of_a_report_scroll_and_the_page_does_not(opened, tmp_path):
    torch.check(f, VALUES, devices=("cpu",), against="jax").save(tmp_path / "f.html")
    page = opened(tmp_path / "f.html")
    page.set_viewport_size({"width": 330, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == 330
    rows = page.locator(".rows").first
    assert rows.evaluate("rows => rows.scrollWidth > rows.clientWidth")
    rows.evaluate("rows => rows.scrollLeft = rows.scrollWidth")
    expect(rows.locator("td").last).to_be_in_viewport()
