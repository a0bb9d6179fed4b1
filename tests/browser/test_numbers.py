"""Every number of an array, local Jacobians, and products along paths: asked of the kernel, and without one as recorded."""

import json
import re

from playwright.sync_api import expect

from .test_stepper import at, press, stepper

NET = """import autograd_lab as torch
torch.manual_seed(0)
x = torch.randn(12, 6)
w = torch.randn(6, 7, requires_grad=True)
h = (x @ w).tanh()
y = h * 2 + h.sum(1, keepdim=True)
loss = (y * y).mean()
s = torch.step(loss)
s"""
SMALL = """import autograd_lab as torch
a = torch.tensor([1.0, 2.0], requires_grad=True)
b = a * a
c = b * 3 + b.exp()
loss = c.sum()
s = torch.step(loss)
s"""
MORE = "from autograd_lab.trace.summary import exactly; print(exactly(w.grad.numpy())['rows'][3][2])"


def card(output, name):
    """The card of a variable."""
    words = output.page.locator("text.name").filter(has_text=re.compile(f"^{name}$"))
    return output.locator(".stage .node").filter(has=words)


def test_numbers_jacobians_and_paths_are_asked_of_the_kernel(lab):
    lab.open("numbers.ipynb", NET, MORE)
    output = lab.run(0)
    press(output, "End")
    last = int(stepper(output).get_attribute("data-steps"))
    at(output, last)
    panel, heat, told = output.locator("section.now"), output.locator(".heat"), output.locator(".heat .told")

    expect(panel.locator(".shape").first).to_have_css(
        "unicode-bidi", "isolate"
    )  # a name from right to left does not turn it round
    panel.locator("figure[data-array]").first.press("Enter")
    cells = heat.locator("svg")
    expect(cells).to_be_focused()
    expect(heat).to_be_in_viewport(
        ratio=0.9
    )  # it opens below the panel, and out of sight it would be as if nothing had happened
    for key in ("ArrowDown",) * 3 + ("ArrowRight",) * 3 + ("ArrowLeft",):
        cells.press(key)
    expect(told).to_have_text(f"[3, 2] = {lab.run(1).inner_text().strip()}".replace("-", "−"))
    at(output, last)  # the arrows walked the numbers, not the time
    width = int(cells.get_attribute("width"))
    cells.press("+")
    assert heat.locator("svg").bounding_box()["width"] > width
    box = heat.locator("svg").bounding_box()
    lab.page.mouse.move(box["x"] + 3, box["y"] + 3)
    expect(told).to_contain_text("[0, 0] = ")
    heat.locator("svg").press("Escape")
    expect(heat).to_be_hidden()
    expect(panel.locator("figure[data-array]").first).to_be_focused()  # without a pointer one goes on where one was

    press(output, "ArrowLeft", "ArrowLeft")  # tanh: its Jacobian is diagonal, 84 by 84
    panel.get_by_role("button", name="Jacobian").click()
    expect(heat.locator("h4")).to_contain_text("(84, 84) in blocks of 2 × 2, the largest of each; +: its numbers, diagonal")
    expect(told).to_contain_text("[0, 0] and on, the largest: ")
    heat.locator("svg").press("ArrowDown")
    heat.locator("svg").press("ArrowRight")
    heat.locator("svg").press("+")
    expect(heat.locator("h4")).to_contain_text("from [2, 2] on")
    expect(told).to_contain_text("[2, 2] = ")
    heat.locator("svg").press("-")
    expect(heat.locator("h4")).to_contain_text("in blocks of 2 × 2")
    press(output, "End")
    expect(heat).to_be_hidden()

    output.locator("[data-mode=paths]").click()
    expect(panel.locator(".paths li figure")).to_have_count(4)  # y * y twice, each by two ways
    expect(panel.locator(".sumline figure")).to_have_count(2)
    total, arrived = panel.locator(".sumline figure").all()
    signs = "all => all.map(p => [p.getAttribute('class'), p.getAttribute('d').split('M').length])"
    assert total.locator("path").evaluate_all(signs) == arrived.locator("path").evaluate_all(signs)
    card(output, "y").click(modifiers=["Shift"])
    expect(panel.locator("h3")).to_have_text("∂y/∂w")
    expect(panel.locator(".paths li figure")).to_have_count(2)
    card(output, "h").press("Enter")
    expect(panel.locator("h3")).to_have_text("∂y/∂h")
    panel.locator(".paths li").first.focus()
    expect(output.locator(".edge.onpath")).to_have_count(2)
    card(output, "w").press("Shift+Enter")
    expect(panel).to_contain_text("No gradient comes from w down to h.")


def test_without_a_kernel_small_ones_are_there(lab):
    lab.open("small.ipynb", SMALL)
    lab.run(0)
    lab.command("docmanager:save")
    saved = json.loads((lab.server.notebooks / "small.ipynb").read_text())["cells"][0]["outputs"]
    for output in saved:
        output["data"].pop("application/vnd.jupyter.widget-view+json", None)
    lab.write("saved.ipynb", [SMALL], {0: saved}, kernel="nowhere")
    lab.visit("saved.ipynb")
    lab.page.get_by_role("dialog").get_by_role("button", name="No Kernel").click()
    output = lab.output(0)
    press(output, "End")
    output.locator("[data-mode=paths]").click()
    panel = output.locator("section.now")
    expect(panel.locator(".paths li figure")).to_have_count(4)
    expect(panel.locator(".sumline figure").first).to_contain_text("11")  # 2a (3 + exp(a²)) at 1: 11.44
    output.locator("[data-mode=gradient]").click()
    press(output, "ArrowLeft")
    panel.get_by_role("button", name="Jacobian").first.click()
    expect(output.locator(".heat h4")).to_contain_text("∂b/∂a")
    expect(output.locator(".heat")).to_contain_text("[0, 0] = 1")
