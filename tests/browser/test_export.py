"""An exported page, opened from the disk by a browser: every step plays, nothing is asked of anyone, no label is more than text."""

import json
import struct
import xml.etree.ElementTree as ET

from playwright.sync_api import expect

import autograd_lab as torch
from autograd_lab.core import births
from autograd_lab.trace import rehearse

from .test_groups import hostile

HOSTILE = "</script><script>window.hurt = 1</script><img src='http://example.invalid/x.png' onerror='window.hurt = 2'>"


def loss():
    a = torch.tensor(2.0, requires_grad=True)
    b = a * 3
    return a, b * b + a


def at(page, step):
    expect(page.locator("[data-steps]")).to_have_attribute("data-step", str(step))


def test_every_step_plays_from_the_file_alone(opened, tmp_path):
    a, root = loss()
    torch.export(tmp_path / "lesson.html", root)
    page = opened(tmp_path / "lesson.html")
    at(page, 0)
    assert page.title() == "root" and page.locator("[data-steps]").get_attribute("data-steps") == "4"
    for step in (1, 2, 3, 4, 4):  # with the focus nowhere
        page.keyboard.press("ArrowRight")
        at(page, step)
    expect(page.locator("[data-node-id][data-kind='leaf']")).to_contain_text("37")
    page.keyboard.press("ArrowLeft")
    at(page, 3)
    page.get_by_role("button", name="Key").click()
    for mode in ("Local", "Paths", "Gradients"):
        page.get_by_role("radio", name=mode).click()
    page.get_by_role("button", name="Key").press("Home")
    at(page, 0)
    assert a.grad is None


def test_it_opens_at_a_step_in_the_readers_colours(opened, tmp_path):
    _, root = loss()
    torch.step(root).export(tmp_path / "lesson.html")
    page = opened(tmp_path / "lesson.html", "#3")
    at(page, 3)
    expect(page.locator(".agl")).to_have_css("background-color", "rgb(33, 33, 33)")
    page.emulate_media(color_scheme="light")
    expect(page.locator(".agl")).to_have_css("background-color", "rgb(255, 255, 255)")


def test_the_picture_of_a_step_is_saved_as_it_is_on_the_screen(opened, tmp_path):
    """Also where the policy lets nothing in; and what is saved looks the same with no page around it."""
    with births.noting():
        a, root = loss()
        with torch.no_grad():
            half = a / 2  # shaded: a look of its own
        root = root + half * a
    torch.step(root).export(tmp_path / "lesson.html")
    page = opened(tmp_path / "lesson.html", "#3")
    at(page, 3)
    for kind in ("svg", "png"):
        with page.expect_download() as saving:
            page.get_by_role("button", name=f"save the picture of this step as {kind.upper()}").click()
        assert saving.value.suggested_filename == f"root-step-3.{kind}"
        saving.value.save_as(tmp_path / f"step.{kind}")
    text = (tmp_path / "step.svg").read_text(encoding="utf-8")
    drawing = ET.fromstring(text)
    assert not {"class", "id", "href", "role", "tabindex"} & {name for part in drawing.iter() for name in part.attrib}
    marks = {"svg", "g", "path", "rect", "circle", "line", "text", "title"}
    assert {part.tag.rpartition("}")[2] for part in drawing.iter()} <= marks
    width, height = (int(drawing.attrib[side]) for side in ("width", "height"))
    pixels = (tmp_path / "step.png").read_bytes()
    assert struct.unpack(">II", pixels[16:24]) == (2 * width, 2 * height)
    looks = """svg => [...svg.querySelectorAll('text, path:not(.hit), circle, g > rect')].map(part => {
        const {fill, fillOpacity, stroke, strokeWidth, strokeDasharray, fontSize, fontWeight, opacity} = getComputedStyle(part);
        return [part.textContent, fill, fillOpacity, stroke, strokeWidth, strokeDasharray, fontSize, fontWeight, opacity] })"""
    shown = page.locator("svg.world").evaluate(looks)
    assert page.locator("svg.world .region").count() == 1
    (tmp_path / "alone.html").write_text(text, encoding="utf-8")
    alone = opened(tmp_path / "alone.html")
    assert alone.locator("svg").evaluate(looks) == shown and len(shown) > 20


def test_a_hostile_label_is_text(opened, tmp_path):
    a = torch.tensor([2.0, float("inf")], requires_grad=True)
    torch.export(tmp_path / "lesson.html", (a * a).sum(), names={HOSTILE + "\u202e": a}, title=HOSTILE)
    page = opened(tmp_path / "lesson.html")
    page.keyboard.press("End")
    at(page, 3)
    leaf = page.locator("[data-node-id][data-kind='leaf']")
    expect(leaf).to_contain_text("</scr")
    expect(leaf).to_contain_text("∞")
    assert "\u202e" not in page.locator(".agl").inner_text(), "or the words after the name would run from right to left"
    assert page.evaluate("window.hurt") is None
    assert page.locator("img").count() == 0 and page.locator("script").count() == 2
    assert page.title().startswith("</script><script>window.hurt = 1")


def test_a_page_whose_recording_was_changed_says_so_and_runs_nothing(opened, tmp_path):
    _, root = loss()
    torch.export(tmp_path / "lesson.html", root)
    before, mark, rest = (tmp_path / "lesson.html").read_text().partition('<script type="application/json" id="recording">')
    _, end, after = rest.partition("</script>")
    good = rehearse(root, names={}).to_wire()
    nodes = [{**good["nodes"][0], "id": f"n{i}"} for i in range(250_000)]
    changed = [*hostile().values(), ({**good, "wire": 99}, "version 99"), ({**good, "nodes": nodes}, "250,000 nodes")]
    for i, (payload, word) in enumerate(changed):
        data = json.dumps(payload).replace("<", "\\u003c")
        (tmp_path / f"{i}.html").write_text(before + mark + data + end + after)
        page = opened(tmp_path / f"{i}.html")
        expect(page.get_by_role("alert")).to_contain_text(word)
        assert page.evaluate("window.pwned") is None and page.locator("img").count() == 0
        page.close()


def test_a_picture_alone_and_a_page_inside_a_page(opened, tmp_path):
    _, root = loss()
    torch.graph(root).save(tmp_path / "graph.html")
    page = opened(tmp_path / "graph.html")
    expect(page.locator("[data-node-id]")).to_have_count(5)  # a, b, 3 and two more
    outer = tmp_path / "outer.html"
    outer.write_text(f"<!doctype html><title>outer</title>{torch.step(root).iframe()._repr_html_()}", encoding="utf-8")
    page = opened(outer)
    inner = page.frame_locator("iframe")
    inner.locator("[aria-roledescription='autograd graph']").press("ArrowRight")
    expect(inner.locator("[data-steps]")).to_have_attribute("data-step", "1")


def test_a_notebook_shows_the_page_as_an_output(lab):
    cell = "import autograd_lab as torch\na = torch.tensor(2.0, requires_grad=True)\ntorch.step(a * a).iframe()"
    lab.open("iframe.ipynb", cell)
    inner = lab.run(0).frame_locator("iframe")
    inner.locator("[aria-roledescription='autograd graph']").press("End")
    expect(inner.locator("[data-steps]")).to_have_attribute("data-step", "2")
    expect(inner.locator("[data-node-id][data-kind='leaf']")).to_contain_text("4")


def test_the_page_in_an_output_is_as_dark_as_jupyterlab(own_lab):
    cell = "import autograd_lab as torch\na = torch.tensor(2.0, requires_grad=True)\ntorch.step(a * a).iframe()"
    own_lab.open("dark.ipynb", cell)
    page = own_lab.run(0).frame_locator("iframe").locator("html")
    for theme in ("dark", "light", "dark"):  # of a reader whose system is light
        own_lab.theme(f"JupyterLab {theme.title()}")
        expect(page).to_have_attribute("theme", theme)
    own_lab.run(0)  # a new page asks too
    expect(page).to_have_attribute("theme", "dark")
