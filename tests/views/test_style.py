"""Sizes and colours are the page's own."""

import re
from pathlib import Path

import pytest

from autograd_lab.views import style

FRONT = Path(__file__).parents[2] / "labextension"


def test_colours_are_those_of_the_pages_style_sheet():
    sheet = "".join(p.read_text() for p in (FRONT / "style").glob("*.css")).lower()
    for word in ("ink", "ink2", "ink3", "line", "wash", "wash2", "pos", "neg", "bad"):
        assert re.search(rf"--{word}:\s*{getattr(style, word.upper())}\b", sheet), word


def test_the_page_draws_up_to_the_same_size():
    text = (FRONT / "src" / "render" / "guard.ts").read_text()
    assert int(re.search(r"DRAWN = (\d+)", text)[1]) == style.DRAWN >= style.CAP


def test_boxes_are_those_of_the_pages_layout():
    text = (FRONT / "src" / "render" / "boxes.ts").read_text()
    numbers = [int(n) for n in re.findall(r"\d\d+", re.search(r"function size\(.*?\n}", text, re.DOTALL)[0])]
    sizes = [style.box(_node(kind, shape), ()) for kind in ("constant", "leaf", "op") for shape in ([], [2])]
    ours = [side for size in sizes for side in size] + [style.RETAINED]
    assert numbers == ours


@pytest.mark.parametrize("name", ["GROUP", "REGION"])
def test_a_folded_groups_card_and_the_room_of_a_shade_are_the_pages(name):
    text = (FRONT / "src" / "render" / "boxes.ts").read_text()
    sizes = re.search(rf"{name}: \[number, number\] = (.*);", text)[1]
    assert tuple(int(n) for n in re.findall(r"\d+", sizes)) == getattr(style, name)


def _node(kind, shape):
    from autograd_lab.trace.picture import PictureNode

    return PictureNode("n0", kind, "mul", "", {"shape": shape, "norm": 0, "corner": []}, "float32", 0, None)
