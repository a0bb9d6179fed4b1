"""The side panel and the commands: they work on the pass of the notebook in front."""

from playwright.sync_api import expect

CELL = """import autograd_lab as torch
a = torch.tensor({}, requires_grad=True)
b = a * 3
torch.step(b * b + a)"""


BESIDE_THE_NUMBER = """list => {
    const code = list.querySelectorAll('code')[1].getBoundingClientRect();
    list.scrollLeft = 40;
    return document.elementFromPoint(code.left - 2, code.top + 5).className;
}"""


def panel(lab):
    return lab.page.locator("#autograd-lab-inspector")


def front(lab, name):
    lab.page.evaluate("name => window.jupyterapp.commands.execute('docmanager:open', { path: name }).then(() => null)", name)


def inside(part, whole):
    """Whether an element stands, with what it shows, within the width of another."""
    a, b = part.bounding_box(), whole.bounding_box()
    shows = part.evaluate("e => getComputedStyle(e).overflowX === 'visible' ? e.scrollWidth : e.offsetWidth")
    return b["x"] <= a["x"] and a["x"] + shows <= b["x"] + b["width"]


def saved_layout(lab, collapsed):
    def told(said):
        if "/api/workspaces/" not in said.url or said.request.method != "PUT":
            return False
        return said.request.post_data_json["data"]["layout-restorer:data"]["right"]["collapsed"] == collapsed

    return lab.page.expect_response(told)


def test_it_follows_the_notebook_in_front_and_steps_its_pass(own_lab):
    own_lab.open("one.ipynb", CELL.format("2.0"))
    own_lab.run(0)
    own_lab.command("autograd-lab:show-inspector")
    steps = panel(own_lab).locator("[data-steps]")
    expect(steps).to_have_attribute("data-step", "0")
    own_lab.command("autograd-lab:step")
    expect(steps).to_have_attribute("data-step", "1")
    expect(own_lab.output(0).locator("[data-steps]")).to_have_attribute("data-step", "1")
    expect(steps).to_have_attribute("data-size", "narrow")
    heads, cells = (
        panel(own_lab).locator("thead th:visible"),
        panel(own_lab).locator("tbody tr").first.locator("th, td:visible"),
    )
    assert heads.all_inner_texts() == ["name", "shape", ".grad", "norm", "version"]
    assert cells.count() == heads.count()
    table, whole = panel(own_lab).locator("table.leaves").bounding_box(), panel(own_lab).bounding_box()
    assert table["x"] + table["width"] <= whole["x"] + whole["width"], "no column is cut off"
    held = panel(own_lab).locator(".mb")
    held.evaluate("held => held.textContent = 'saved 3.36 kB of 3.65 kB'")
    assert inside(held, steps), "nor are bytes of a larger graph"
    assert panel(own_lab).locator(".src").evaluate(BESIDE_THE_NUMBER) == "no", "a long line moves under its number"

    own_lab.write("two.ipynb", ["1 + 1"])
    front(own_lab, "two.ipynb")
    expect(steps).to_have_count(0)
    assert inside(panel(own_lab).locator(".notice pre"), panel(own_lab).locator(".notice"))
    front(own_lab, "one.ipynb")
    expect(steps).to_have_attribute("data-step", "1")
    own_lab.page.keyboard.press("Alt+.")
    expect(steps).to_have_attribute("data-step", "2")
    own_lab.page.keyboard.press("Alt+,")
    expect(steps).to_have_attribute("data-step", "1")

    own_lab.write("three.ipynb", [CELL.format("5.0")])  # another kernel's pass
    front(own_lab, "three.ipynb")
    own_lab.wait_for_kernel()
    own_lab.page.evaluate("window.jupyterapp.commands.execute('notebook:run-cell').then(() => null)")
    expect(steps).to_have_attribute("data-step", "0")
    expect(panel(own_lab).locator("[data-kind='leaf']")).to_contain_text("5")
    front(own_lab, "one.ipynb")
    expect(steps).to_have_attribute("data-step", "1")
    expect(panel(own_lab).locator("[data-kind='leaf']")).not_to_contain_text("5")
    own_lab.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.restartKernel().then(() => null)")
    own_lab.wait_for_kernel()
    own_lab.run(0)
    expect(steps).to_have_attribute("data-step", "0")  # the pass of the new kernel
    own_lab.command("autograd-lab:step")
    expect(steps).to_have_attribute("data-step", "1")
    expect(own_lab.output(0).locator("[data-steps]")).to_have_attribute("data-step", "1")
    front(own_lab, "three.ipynb")
    expect(steps).to_have_attribute("data-step", "0")


def test_the_context_menu_of_a_pass_steps_it(lab):
    lab.open("menu.ipynb", CELL.format("2.0"))
    output = lab.run(0)
    output.locator(".stage").click(button="right")
    menu = lab.page.locator(".lm-Menu")
    ours = ["Step", "Step Back", "To the Start", "To the End", "Play or Pause"]
    words = [*(f"Autograd: {word}" for word in ours), "Show the Autograd Inspector"]
    shown = menu.locator(".lm-Menu-item:visible")
    expect(shown.nth(len(words))).to_have_attribute("data-type", "separator")
    assert shown.locator(".lm-Menu-itemLabel").all_inner_texts()[: len(words)] == words, "together, and not among JupyterLab's"
    menu.get_by_text("Autograd: Step", exact=True).click()
    expect(output.locator("[data-steps]")).to_have_attribute("data-step", "1")


def test_it_is_there_again_after_a_reload_with_the_same_pass_and_plays_on_when_the_kernel_is_gone(own_lab):
    own_lab.open("again.ipynb", CELL.format("2.0"))
    own_lab.run(0)
    own_lab.command("autograd-lab:show-inspector")
    steps = panel(own_lab).locator("[data-steps]")
    expect(steps).to_have_attribute("data-step", "0")
    for step in (1, 2):
        own_lab.command("autograd-lab:step")
        expect(steps).to_have_attribute("data-step", str(step))
    own_lab.command("docmanager:save")
    own_lab.reload()  # at once: JupyterLab itself had not saved by then that the panel is open
    expect(panel(own_lab)).to_be_visible()
    expect(steps).to_have_attribute("data-step", "2")
    own_lab.command("autograd-lab:step")  # the kernel is the same, and so is its pass
    expect(steps).to_have_attribute("data-step", "3")
    expect(own_lab.output(0).locator("[data-steps]")).to_have_attribute("data-step", "3")
    own_lab.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.restartKernel().then(() => null)")
    own_lab.wait_for_kernel()
    expect(steps).to_have_attribute("data-step", "3")
    own_lab.command("autograd-lab:step-back")
    expect(steps).to_have_attribute("data-step", "2")


def test_a_panel_that_was_closed_stays_closed_after_a_reload(own_lab):
    own_lab.open("closed.ipynb", CELL.format("2.0"))
    with saved_layout(own_lab, collapsed=False):
        own_lab.command("autograd-lab:show-inspector")
    expect(panel(own_lab)).to_be_visible()
    with saved_layout(own_lab, collapsed=True):
        own_lab.page.evaluate("window.jupyterapp.shell.collapseRight()")
    own_lab.reload()
    expect(panel(own_lab)).to_be_hidden()
