"""Large graphs in a real page: folded, opened, searched; and what a hostile notebook may hold."""

import pytest
from playwright.sync_api import expect

import autograd_lab as torch
from autograd_lab.core import births
from autograd_lab.trace import Picture, rehearse

from .test_saved import loss, open_dead
from .test_stepper import press

ENCODER = """import autograd_lab as torch
nn = torch.nn
torch.manual_seed(0)
encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), 2)
x = torch.randn(1, 5, 16, requires_grad=True)
loss = (encoder(x) ** 2).sum()
torch.step(loss)"""


def card(output, id):
    return output.locator(f".world [data-node-id='{id}']")


def edges(lab, stage):
    """A few pixels in the middle of each side."""
    box = stage.bounding_box()
    left, top, right, bottom = box["x"], box["y"], box["x"] + box["width"] - 4, box["y"] + box["height"] - 4
    x, y = (left + right) / 2, (top + bottom) / 2
    spots = [(left, y), (right, y), (x, top), (x, bottom)]
    return [lab.page.screenshot(clip={"x": x, "y": y, "width": 4, "height": 4}) for x, y in spots]


def test_a_transformer_opens_folded_by_module_and_its_layers_open_in_place(lab):
    lab.open("encoder.ipynb", ENCODER)
    output = lab.run(0)
    layer = card(output, "g:encoder/layers.1")
    expect(layer).to_have_attribute("data-kind", "group")
    stage = output.locator("[aria-roledescription='autograd graph']")
    assert stage.evaluate("el => el.querySelector('.world').clientWidth <= el.clientWidth"), "it fits without panning"
    for _ in range(8):
        stage.press("ArrowRight")
    expect(layer).to_have_attribute("data-state", "current")
    expect(layer).to_contain_text("6/74 nodes")
    layer.focus()
    layer.press("Enter")
    crumbs = output.locator(".crumbs")
    expect(crumbs).to_contain_text("all › encoder › layers.1")
    attention = card(output, "g:encoder/layers.1/self_attn")
    attention.focus()
    attention.press("Enter")
    expect(crumbs).to_contain_text("self_attn")
    expect(crumbs).to_be_in_viewport()
    expect(output.locator(".world [data-kind='op']").first).to_be_attached()
    stage.press("ArrowRight")
    lit = edges(lab, stage)
    lab.page.evaluate("document.activeElement.blur()")
    assert all(a != b for a, b in zip(lit, edges(lab, stage))), "the focus ring is seen on all four sides"
    stage.press("Backspace")
    expect(crumbs).not_to_contain_text("self_attn")
    expect(attention).to_be_focused()


def test_nothing_lies_on_a_card_no_column_is_out_of_sight_and_a_search_goes_into_folded_groups(lab):
    """The way out stands over the picture; a module's long names take a second line of their column."""
    lab.open("names.ipynb", ENCODER)
    output = lab.run(0)
    crumbs, stage = (output.locator(what).bounding_box() for what in (".crumbs", "[aria-roledescription='autograd graph']"))
    assert crumbs["y"] + crumbs["height"] <= stage["y"]
    table, root = output.locator("section.tensors"), output.locator(".agl")
    expect(table).to_contain_text("encoder.layers.1.self_attn.in_proj_weight")
    for width, layout in (("578px", "compact"), ("1200px", "wide")):
        root.evaluate("(el, width) => el.style.width = width", width)
        expect(root).to_have_attribute("data-size", layout)
        assert table.evaluate("el => el.scrollWidth <= el.clientWidth"), layout
    expect(card(output, "g:encoder/layers.0")).to_be_attached()
    box = output.locator(".finder").get_by_role("searchbox")
    box.fill("/^softmax/")
    expect(output.locator(".finder")).to_contain_text("2 found")
    assert output.locator(".world [data-found]").count() == 2
    box.press("Enter")
    expect(output.locator(".crumbs")).to_contain_text("layers.0 › self_attn")
    expect(output.locator(".world [data-selected]")).to_contain_text("softmax")
    assert output.locator(".world [data-far]").count() > 0


def layered(turns: int, width: int = 2) -> torch.Tensor:
    w, h = torch.full((width, width), 0.5, requires_grad=True), torch.ones(1, width)
    with births.noting():
        for _ in range(turns):
            h = (h @ w).tanh() + h
        return h.sum()


def test_groups_open_without_a_kernel(lab):
    """Positions come from Graphviz in a Worker; a payload without any is placed by it from the start."""
    picture = Picture.of(layered(80), {})
    payload = rehearse(layered(80), names={}).to_wire()
    assert picture.groups and payload["layouts"] == []
    open_dead(lab, payload)
    output = lab.output(0)
    expect(output.locator(".world [data-kind='group']").first).to_be_attached()
    loop = output.locator(".world [data-kind='group']").first
    loop.focus()
    loop.press("Enter")
    expect(output.locator(".crumbs b")).to_contain_text("for _")
    turn = output.locator(".world [data-node-id$='turn 7']")
    turn.focus()
    turn.press("Enter")
    expect(output.locator(".world [data-kind='op']")).to_have_count(4)


def test_five_thousand_nodes_are_a_folded_picture_and_a_list(lab):
    payload = rehearse(layered(1700), names={}).to_wire()
    assert len(payload["nodes"]) > 5000
    open_dead(lab, payload)
    output = lab.output(0)
    expect(output.locator(".biglist")).to_be_attached()
    expect(output.locator(".world [data-kind='group']").first).to_be_attached()
    assert output.locator(".world .node").count() < 100
    output.locator(".biglist input").fill("tanh[1200]")
    expect(output.locator(".searchrow")).to_contain_text("1 found")
    row, wide = output.locator(".vrow > *"), output.locator(".biglist").evaluate("el => el.clientWidth")
    assert min(row.nth(i).evaluate("el => el.clientWidth") for i in range(2)) > 50
    output.locator(".biglist").evaluate("el => el.style.width = '560px'")  # its own width counts, not the window's
    assert wide > 680 and min(row.nth(i).evaluate("el => el.clientWidth") for i in range(2)) > 50


def hostile() -> dict[str, tuple[dict, str]]:
    """Payloads no kernel would make, and a word of the sentence each is refused with."""
    good = rehearse(loss()).to_wire()
    nodes, edges = good["nodes"], good["edges"]
    back = {**edges[0], "id": "back", "src": edges[0]["dst"], "dst": edges[0]["src"]}
    script = "<img src=x onerror=window.pwned=1>"
    return {
        "a circle": ({**good, "edges": [*edges, back]}, "circle"),
        "a dangling edge": ({**good, "edges": [{**edges[0], "dst": "gone"}]}, "leads nowhere"),
        "markup for a version": ({**good, "wire": script}, "version"),
        "markup for a number": (
            {**good, "nodes": [{**nodes[0], "value": {"shape": [], "norm": 0, "corner": [[script]]}}, *nodes[1:]]},
            "damaged",
        ),
        "a null step": ({**good, "frames": [None]}, "damaged"),
        "a cyclic path of groups": ({**good, "groups": [{"id": "/" * 500, "name": script}]}, "damaged"),
    }


def test_a_hostile_payload_is_refused_with_a_sentence(lab):
    every = hostile()
    open_dead(lab, *(payload for payload, _ in every.values()), rehearse(loss()).to_wire())
    for i, (what, (_, word)) in enumerate(every.items()):
        expect(lab.output(i).get_by_role("alert"), what).to_contain_text(word)
    expect(lab.output(len(every)).locator("[data-steps]")).to_have_attribute("data-steps", "4")  # the page lives
    assert lab.page.evaluate("window.pwned") is None


def test_groups_with_hostile_names_are_text(lab):
    payload = rehearse(layered(80), names={}).to_wire()
    names = ["<img src=x onerror=window.pwned=1>", "\u202eright to left\u202c", "\x07\x1b[31m", "x" * 1_000_000]
    for i, group in enumerate(payload["groups"]):
        group["name"] = group["what"] = names[i % len(names)]
    open_dead(lab, payload)
    output = lab.output(0)
    expect(output.locator(".world [data-kind='group']").first).to_be_attached()
    assert output.locator("img").count() == 0 and len(output.inner_html()) < 400_000
    assert lab.page.evaluate("window.pwned") is None


@pytest.mark.parametrize("host", ["lab", "notebook7"])
def test_a_million_nodes_are_refused_and_the_page_lives(host, request):
    lab = request.getfixturevalue(host)
    good = rehearse(loss()).to_wire()
    open_dead(lab, good)
    said = lab.page.evaluate(
        """async payload => {
            const app = window.jupyterapp, panel = app.shell.currentWidget;
            const node = payload.nodes[0];
            payload.nodes = Array.from({ length: 1_000_000 }, (_, i) => ({ ...node, id: `n${i}` }));
            const type = 'application/vnd.autograd-lab.graph.v1+json';
            const renderer = panel.content.rendermime.createRenderer(type);
            const model = { data: { [type]: payload }, metadata: {}, trusted: false, setData() {} };
            await renderer.renderModel(model);
            const text = renderer.node.textContent;
            renderer.dispose();
            return text;
        }""",
        good,
    )
    assert "1,000,000 nodes" in said
    expect(lab.output(0).locator("[data-steps]")).to_have_attribute("data-steps", "4")


TWICE = """import autograd_lab as torch
x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.tensor([3.0, -1.0], requires_grad=True)
y = torch.tanh(w * x).sum()
(g,) = torch.autograd.grad(y, x, create_graph=True)
loss = y + (g * g).sum()
(whole,) = torch.autograd.grad(loss, w, retain_graph=True)
s = torch.step(loss)
s"""


def test_what_a_pass_made_is_a_layer_tied_to_the_rules_that_made_it(lab):
    lab.open("twice.ipynb", TWICE, "print(torch.equal(w.grad, whole))")
    output = lab.run(0)
    now, ties = output.locator("section.now"), output.locator(".world .tie")
    expect(output.locator(".frame")).to_have_attribute("aria-label", "fold backward of y")
    frame = output.locator(".frame rect").bounding_box()
    made = output.locator(".world [aria-label*='made by the rule of']")
    expect(made).to_have_count(4)
    for box in (one.locator(".box").bounding_box() for one in made.all()):
        assert frame["x"] < box["x"] and box["x"] + box["width"] < frame["x"] + frame["width"]
    output.locator("[data-node-id]").filter(has_text="tanh").first.press("Enter")
    expect(ties).to_have_count(3)
    now.get_by_role("button", name="rsub").click()
    expect(now).to_contain_text("Made by the rule of tanh (backward of y).")
    expect(ties).to_have_count(1)
    output.locator(".frame").click()
    layer = output.locator("[data-kind='group']")
    expect(layer).to_contain_text("0/4 nodes")
    press(output, "End")
    expect(layer).to_have_attribute("data-state", "done")
    layer.press("Enter")
    expect(made).to_have_count(4)
    assert lab.run(1).inner_text().strip() == "True"
