"""The line that made the current node, in the cell's own editor: marked while stepping, gone to from the panel."""

import pytest
from playwright.sync_api import expect

FIRST = "import autograd_lab as torch\na = torch.tensor(2.0, requires_grad=True)\nb = a * 3"
SECOND = "# two lines below\nc = b * b\nloss = c * 2 + a"
OTHER = "# not this one\nc = b * b"


@pytest.fixture(params=["lab", "notebook7"])
def page(request):
    return request.getfixturevalue(request.param)


def test_the_line_of_the_current_node_is_marked_in_its_cell(page):
    page.open("lines.ipynb", OTHER, FIRST, SECOND, "s = torch.step(loss)\ns", "s.seek(4)")
    page.run(1)
    page.run(2)
    output = page.run(3)
    cells = page.page.locator(".jp-Notebook .jp-Cell")
    marked = page.page.locator(".cm-line.agl-line")
    expect(output.locator("[data-steps]")).to_have_attribute("data-step", "0")
    expect(marked).to_have_count(0)
    picture = output.locator("[aria-roledescription='autograd graph']")
    last = "loss = c * 2 + a"
    steps = [(last, 2, "c * 2 + a"), (last, 2, "c * 2"), ("c = b * b", 2, "b * b"), ("b = a * 3", 1, "a * 3")]
    for line, cell, part in steps:
        picture.press("ArrowRight")
        expect(marked).to_have_text([line])
        expect(cells.nth(cell).locator(".agl-line .agl-span")).to_have_text([part])

    output.locator(".src li", has_text="c = b * b").first.click()  # and the editor is where the reader is
    where = """() => { const cell = window.jupyterapp.shell.currentWidget.content.activeCell;
        return [cell.model.sharedModel.source.split('\\n')[0], cell.editor.getSelection().start.line, cell.editor.hasFocus()] }"""
    expect(marked).to_have_text(["c = b * b"])
    page.page.wait_for_function(f"() => ({where})()[2]")
    assert page.page.evaluate(where) == ["# two lines below", 1, True]

    page.run(4)  # what Python does is marked too
    picture.press("ArrowLeft")
    expect(marked).to_have_text(["c = b * b"])
    page.page.keyboard.press("Home")
    expect(marked).to_have_count(0)
    picture.press("ArrowRight")
    expect(marked).to_have_text([last])
    cells.nth(2).locator(".cm-line").last.click()
    page.page.keyboard.type(" ")  # the line is no longer what ran
    expect(marked).to_have_count(0)
