"""A saved notebook without a kernel: pictures and recorded passes stay alive, because they are data."""

import json

import numpy as np
from playwright.sync_api import expect

import autograd_lab as torch
from autograd_lab.trace import rehearse
from autograd_lab.views.html import UNTRUSTED, Iframe

MIME = "application/vnd.autograd-lab.graph.v1+json"


def loss():
    a = torch.tensor(2.0, requires_grad=True)
    b = a * 3
    return b * b + a


def shown(payload) -> list[dict]:
    """A cell's saved output that holds this payload."""
    return [{"output_type": "display_data", "metadata": {}, "data": {MIME: payload, "text/plain": "the text form"}}]


def open_dead(lab, *payloads):
    """Open a notebook with these outputs, whose kernel does not exist on this machine, and choose to go without one."""
    lab.write("dead.ipynb", ["0"] * len(payloads), {i: shown(payload) for i, payload in enumerate(payloads)}, kernel="nowhere")
    lab.visit("dead.ipynb")
    lab.page.get_by_role("dialog").get_by_role("button", name="No Kernel").click()


def test_recorded_pass_plays_without_a_kernel(lab):
    open_dead(lab, rehearse(loss()).to_wire())
    root = lab.output(0).locator("[data-steps]")
    expect(root).to_have_attribute("data-steps", "4")
    picture = lab.output(0).locator("[aria-roledescription='autograd graph']")
    picture.press("End")
    expect(root).to_have_attribute("data-step", "4")
    expect(lab.output(0).locator("[data-kind='leaf']")).to_contain_text("37")
    picture.press("ArrowLeft")
    expect(root).to_have_attribute("data-step", "3")


def test_picture_shows_without_a_kernel(lab):
    bundle = torch.graph(loss())._repr_mimebundle_()
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    open_dead(lab, bundle[MIME])
    expect(lab.output(0).locator("[data-node-id][data-kind='leaf']")).to_have_count(1)
    expect(lab.output(0).locator("[data-node-id][data-kind='op']")).to_have_count(3)


def test_a_page_inside_an_output_says_why_it_is_not_there_until_the_notebook_is_trusted(lab):
    frame = Iframe(rehearse(loss()))  # as step(x).iframe() leaves it
    output = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"text/html": frame._repr_html_(), "text/plain": repr(frame)},
    }
    lab.write("framed.ipynb", ["0"], {0: [output]}, kernel="nowhere")
    lab.visit("framed.ipynb")
    lab.page.get_by_role("dialog").get_by_role("button", name="No Kernel").click()
    said = lab.output(0).get_by_text(UNTRUSTED)
    expect(said).to_be_in_viewport(ratio=1)
    expect(lab.output(0).locator("iframe")).to_have_count(0)
    lab.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:trust') }")
    lab.page.get_by_role("dialog").get_by_role("button", name="Trust").click()
    expect(lab.output(0).locator("iframe")).to_be_visible()
    seen = "p => { p.scrollIntoView(); const { x, y } = p.getBoundingClientRect(); return document.elementFromPoint(x + 9, y + 9).tagName }"
    assert said.evaluate(seen) == "IFRAME"  # which lies over it


def test_notebook_saved_by_lab_plays_after_its_kernel_is_gone(lab):
    lab.open(
        "kept.ipynb",
        "import autograd_lab as torch\na = torch.tensor(2.0, requires_grad=True)\nb = a * 3\ntorch.step(b * b + a)",
    )
    output = lab.run(0)
    output.locator("[aria-roledescription='autograd graph']").press("End")
    expect(output.locator("[data-steps]")).to_have_attribute("data-step", "4")
    lab.command("docmanager:save")
    kept = json.loads((lab.server.notebooks / "kept.ipynb").read_text())
    kept["metadata"] = {"kernelspec": {"name": "nowhere", "display_name": "nowhere", "language": "python"}}
    (lab.server.notebooks / "later.ipynb").write_text(json.dumps(kept))
    lab.visit("later.ipynb")
    lab.page.get_by_role("dialog").get_by_role("button", name="No Kernel").click()
    root = lab.output(0).locator("[data-steps]")
    expect(root).to_have_attribute("data-steps", "4")
    lab.output(0).locator("[aria-roledescription='autograd graph']").press("ArrowRight")
    expect(root).not_to_have_attribute("data-step", "0")


HOSTILE = [
    "<img src=x onerror=window.pwned=1>",
    "\"];evil->n[label='",
    "\\N\\l\\",
    "\u202eright to left\u202c",
    "x" * 1_000_000,
]


def named(name: str) -> dict:
    """A recorded pass in which everything that has a name has this one, to be laid out by the page: names could reach DOT."""
    payload = rehearse(loss()).to_wire()
    for thing in [*payload["nodes"], *payload["tensors"], *payload["saved"]]:
        thing["name"] = name
    return {**payload, "title": name, "source": {"cell": name, "text": [name]}, "layouts": []}


def test_a_name_is_only_text(lab):
    open_dead(lab, *map(named, HOSTILE))
    for i, name in enumerate(HOSTILE):
        output = lab.output(i)
        expect(output.locator("[data-node-id]")).to_have_count(5)
        assert output.locator("img").count() == 0
        assert name[:4] in (output.text_content() or "")  # below the fold there is no inner text yet
        assert len(output.inner_html()) < 400_000
    assert lab.page.evaluate("window.pwned") is None


def test_nan_and_infinity_are_written_out(lab):
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    with np.errstate(all="ignore"):
        payload = rehearse((x / x).sum() + (1 / x).sum()).to_wire()
    open_dead(lab, payload)
    root = lab.output(0).locator("[data-steps]")
    lab.output(0).locator("[aria-roledescription='autograd graph']").press("End")
    expect(root).to_have_attribute("data-step", root.get_attribute("data-steps"))
    expect(lab.output(0)).to_contain_text("NaN")
    expect(lab.output(0)).to_contain_text("∞")


def test_another_version_of_the_format_is_refused_with_a_sentence(lab):
    payload = rehearse(loss()).to_wire()
    open_dead(lab, {**payload, "wire": 99}, {"wire": 1}, payload)
    expect(lab.output(0)).to_contain_text("version 99")
    expect(lab.output(1)).to_contain_text("incomplete")
    expect(lab.output(2).locator("[data-steps]")).to_have_attribute("data-steps", "4")


def saved_outputs(lab, name: str) -> list[dict]:
    return json.loads((lab.server.notebooks / name).read_text())["cells"][0]["outputs"]


HOOKED = """import autograd_lab as torch
a = torch.tensor(2.0, requires_grad=True)
b = a * 3
b.register_hook(lambda g: print("hook") or g)
torch.step(b * b + a)"""  # whose steps nobody can foresee without running the hook


def test_steps_stay_on_the_page_when_their_kernel_goes(lab):
    lab.open("gone.ipynb", HOOKED)
    root = lab.run(0).locator("[data-steps]")
    picture = lab.output(0).locator("[aria-roledescription='autograd graph']")
    for step in (1, 2):
        picture.press("ArrowRight")
        expect(root).to_have_attribute("data-step", str(step))
    picture.press("ArrowLeft")
    expect(root).to_have_attribute("data-step", "1")
    lab.command("docmanager:save")
    expect(root).to_have_attribute("data-step", "1")
    lab.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    banner = lab.output(0).get_by_text("No kernel.")
    expect(banner).to_be_visible()
    expect(root).to_have_attribute("data-step", "1")
    picture.press("End")
    expect(root).to_have_attribute("data-step", "2")
    expect(lab.output(0).locator("[data-do=next]")).to_be_disabled()

    lab.write("gone_later.ipynb", [HOOKED], {0: saved_outputs(lab, "gone.ipynb")}, kernel="nowhere")
    lab.visit("gone_later.ipynb")
    lab.page.get_by_role("dialog").get_by_role("button", name="No Kernel").click()
    expect(root).to_have_attribute("data-step", "1")
    expect(lab.output(0)).to_contain_text("The 2 recorded steps play from this page")
    picture.press("End")
    expect(root).to_have_attribute("data-step", "2")
