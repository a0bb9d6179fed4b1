"""The standalone SVG: well-formed, deterministic, harmless, and it says what the picture says."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

import autograd_lab as torch
from autograd_lab.trace import Picture
from autograd_lab.views.layout import place, placed
from autograd_lab.views.style import BAD, NEG, POS
from autograd_lab.views.svg import svg

NS = "{http://www.w3.org/2000/svg}"


def draw(y, names):
    picture = Picture.of(y, names)
    return svg(replace(picture, layouts=(place(picture, "layered"),)))


def texts(drawing):
    return [element.text for element in ET.fromstring(drawing).iter(f"{NS}text")]


def example(cell):
    return cell(
        "x = torch.tensor([[1.0, -2.0], [0.0, 3.0]], requires_grad=True)\n"
        "k = torch.tensor(0.5, requires_grad=True)\n"
        "h = x * 3\n"
        "h.retain_grad()\n"
        "y = (h * h).sum() * k\n"
    )


def test_it_parses_and_names_every_value(cell):
    names = example(cell)
    found = texts(draw(names["y"], names))
    assert {"x", "k", "h", "y", "h * h", "sum", "3", ".grad", "None", "0.5", "= 63"} <= set(found)


def test_it_is_the_same_at_every_run(cell):
    drawings = {draw((names := example(cell))["y"], names) for _ in range(2)}
    assert len(drawings) == 1


def test_it_has_no_ids_scripts_styles_or_addresses(cell):
    names = example(cell)
    drawing = draw(names["y"], names)
    assert not re.search(r"\b(id|class|style|href|on\w+)=|<script|<style|url\(|http(?!://www\.w3\.org/2000/svg)", drawing)


def test_screen_readers_hear_the_graph(cell):
    names = example(cell)
    root = ET.fromstring(draw(names["y"], names))
    assert root.attrib["role"] == "img" and root.find(f"{NS}title").text == "y: Graph(4 operations, 2 leaves, 6 steps backward)"
    assert "h      MulBackward0" in root.find(f"{NS}desc").text


def test_hostile_names_stay_text():
    x = torch.tensor(1.0, requires_grad=True)
    y = x * 2
    hostile = '</text><script>alert("1")</script>&'
    drawing = draw(y, {hostile: x, "]]><!--\x00\x1b": y})
    ET.fromstring(drawing)
    assert "<script" not in drawing and "\x00" not in drawing and "\x1b" not in drawing


def test_gradients_are_in_the_colour_of_their_sign():
    x = torch.tensor(2.0, requires_grad=True)
    for sign, colour in ((1, POS), (-1, NEG)):
        y = x * 3 * sign
        x.grad = None
        y.backward(retain_graph=True)
        assert colour in draw(y, {"x": x})
    x.grad = torch.tensor(float("nan"))
    assert BAD in draw(x * 3, {"x": x}) and "NaN" in texts(draw(x * 3, {"x": x}))


def test_a_value_modified_in_place_shows_both_versions(cell):
    names = cell("x = torch.ones(3, requires_grad=True)\ne = x.exp()\ne += 1\ny = e.sum()\n")
    drawing = draw(names["y"], names)
    assert "e v0≠v1" in texts(drawing) and BAD in drawing


def test_what_carries_no_gradient_is_dotted_with_a_bar():
    x, v = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0)
    assert draw(x * v, {"v": v}).count('stroke-dasharray="1 3"') == 1
    assert draw(x * x, {}).count('stroke-dasharray="1 3"') == 0


def test_all_text_stays_in_its_card(cell):
    names = cell(
        "a_very_long_name_for_a_leaf = torch.tensor(12.345678, requires_grad=True)\n"
        "another_long_name = a_very_long_name_for_a_leaf.exp() * 0\n"
    )
    for text in texts(draw(names["another_long_name"], names)):
        assert len(text) <= 12


def test_without_positions_it_says_what_to_do():
    x = torch.tensor(2.0, requires_grad=True)
    with pytest.raises(ValueError, match="placed"):
        svg(Picture.of(x * x, {}))
    assert svg(placed(Picture.of(x * x, {}))).startswith("<svg ")
