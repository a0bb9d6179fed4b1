"""The same in Notebook 7: the stepper, across a reload, a saved notebook without a kernel, and the commands."""

import json

from playwright.sync_api import expect

CELL = """import autograd_lab as torch
a = torch.tensor(2.0, requires_grad=True)
b = a * 3
torch.step(b * b + a)"""


def test_the_stepper_steps_and_is_where_it_was_after_a_reload(notebook7):
    notebook7.open("seven.ipynb", CELL, "a.grad")
    output = notebook7.run(0)
    root, picture = output.locator("[data-steps]"), output.locator("[aria-roledescription='autograd graph']")
    for step in range(1, 5):
        picture.press("ArrowRight")
        expect(root).to_have_attribute("data-step", str(step))
    expect(output.locator("[data-kind='leaf']")).to_contain_text("37")
    expect(notebook7.run(1)).to_contain_text("tensor(37.)")
    picture.press("b")  # in Notebook 7 a cell below, were it not ours; r would make the cell a raw one, without output
    picture.press("Home")
    picture.press("r")
    expect(root).to_have_attribute("data-step", "4")
    picture.press("y")
    picture.press("ArrowLeft")
    expect(root).to_have_attribute("data-step", "3")
    assert notebook7.page.locator(".jp-Notebook .jp-Cell").count() == 2
    notebook7.command("docmanager:save")
    notebook7.reload()
    expect(notebook7.output(0).locator("[data-steps]")).to_have_attribute("data-step", "3")


def test_a_saved_pass_plays_without_a_kernel(notebook7):
    notebook7.open("kept7.ipynb", CELL)
    notebook7.run(0)
    notebook7.command("docmanager:save")
    kept = json.loads((notebook7.server.notebooks / "kept7.ipynb").read_text())
    kept["metadata"] = {"kernelspec": {"name": "nowhere", "display_name": "nowhere", "language": "python"}}
    (notebook7.server.notebooks / "later7.ipynb").write_text(json.dumps(kept))
    notebook7.visit("later7.ipynb")
    notebook7.page.get_by_role("dialog").get_by_role("button", name="No Kernel").click()
    root = notebook7.output(0).locator("[data-steps]")
    expect(root).to_have_attribute("data-steps", "4")
    notebook7.output(0).locator("[aria-roledescription='autograd graph']").press("End")
    expect(root).to_have_attribute("data-step", "4")


def test_the_commands_work_on_the_pass_and_the_side_panel_is_there_again_after_a_reload(notebook7):
    notebook7.open("panel7.ipynb", CELL)
    root = notebook7.run(0).locator("[data-steps]")
    expect(root).to_have_attribute("data-step", "0")
    notebook7.command("autograd-lab:step")
    expect(root).to_have_attribute("data-step", "1")
    notebook7.command("autograd-lab:show-inspector")
    steps = notebook7.page.locator("#autograd-lab-inspector [data-steps]")
    expect(steps).to_have_attribute("data-step", "1")
    notebook7.command("autograd-lab:to-end")
    expect(steps).to_have_attribute("data-step", "4")
    expect(root).to_have_attribute("data-step", "4")
    notebook7.command("autograd-lab:step-back")
    expect(steps).to_have_attribute("data-step", "3")
    notebook7.command("docmanager:save")
    notebook7.reload()
    expect(steps).to_have_attribute("data-step", "3")
