"""Folding: which cards stand for which nodes, what is open at first, and that whoever places them keeps frames apart."""

import itertools

import pytest

import autograd_lab as torch
from autograd_lab.core import births
from autograd_lab.trace import Picture
from autograd_lab.views import layout
from autograd_lab.views.folding import FOLDED, all_open, cards, first_open
from autograd_lab.views.svg import svg

from .test_layout import ENGINES


@pytest.fixture(scope="module")
def picture():
    torch.manual_seed(0)
    with births.noting():
        encoder = torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2)
        loss = (encoder(torch.randn(1, 3, 8)) ** 2).sum()
    return Picture.of(loss, {"encoder": encoder})


def test_a_large_picture_opens_at_the_group_that_holds_most_of_it(picture):
    assert len(picture.nodes) > FOLDED
    assert first_open(picture) == ["encoder"]
    (first,) = layout.placed(picture).layouts
    assert {"g:encoder/layers.0", "g:encoder/layers.1", picture.root} <= set(first["nodes"])
    assert first["open"] == ["encoder"] and set(first["frames"]) == {"encoder"}


def test_a_group_that_holds_most_stays_folded_where_there_is_enough_to_see_without_it():
    x = torch.ones(2, requires_grad=True)
    with births.noting():
        y = x.tanh().exp().mul(x).sigmoid().add(x)
        with torch.autograd.profiler.record_function("core"):
            z = y.exp().sin().cos()
            for _ in range(160):
                z = z.tanh()
        alone, with_more = (Picture.of(root, {}) for root in (z.sum(), (z * y).log1p().square().sum()))
    assert len(alone.nodes) > FOLDED
    assert first_open(alone) == ["core"]
    assert first_open(with_more) == []


def test_a_picture_that_can_be_read_is_not_folded():
    x = torch.ones(2, requires_grad=True)
    y = x
    for _ in range(40):
        y = (y * x).tanh()
    picture = Picture.of(y.sum(), {})
    assert picture.groups and first_open(picture) == all_open(picture)
    (first,) = layout.placed(picture).layouts
    assert set(first["nodes"]) == {node.id for node in picture.nodes} and first["frames"] == {}


@pytest.mark.parametrize("open", [[], ["encoder"], ["encoder", "encoder/layers.0"]])
def test_every_edge_is_in_one_line_or_inside_one_card(picture, open):
    shown = cards(picture, open)
    drawn = [id for ids in shown.merged.values() for id in ids]
    assert len(drawn) == len(set(drawn))
    nodes = {node.id: node for node in picture.nodes}
    for edge in picture.edges:
        if edge.id not in drawn:
            a, b = nodes[edge.src].group, nodes[edge.dst].group
            assert (
                a
                and b
                and any(f"{a}/".startswith(f"{path[2:]}/") and f"{b}/".startswith(f"{path[2:]}/") for path in shown.boxes)
            )


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_in_an_open_group_is_in_its_frame_and_nothing_else_is(picture, engine):
    open = ["encoder", "encoder/layers.1", "encoder/layers.1/self_attn"]
    placed, shown = layout.place(picture, engine, open), cards(picture, open)
    assert set(placed["frames"]) == set(open) and set(placed["nodes"]) == set(shown.boxes)
    for frame, (left, top, w, h) in placed["frames"].items():
        for key, (x, y, _, _) in placed["nodes"].items():
            inside = f"{shown.parents[key]}/".startswith(f"{frame}/")
            assert inside == (left < x < left + w and top < y < top + h), (frame, key)
    for (x, y, w, h), (u, v, s, t) in itertools.combinations(placed["nodes"].values(), 2):
        assert abs(x - u) >= (w + s) / 2 - 1 or abs(y - v) >= (h + t) / 2 - 1
    assert {(e["a"], e["b"]) for e in placed["edges"]} == set(shown.merged)


@pytest.mark.parametrize("engine", ENGINES)
def test_groups_that_lead_to_each_other_in_a_circle_are_placed(engine):
    x = torch.ones(2, requires_grad=True)
    with births.noting():
        y = x
        for _ in range(20):
            with torch.autograd.profiler.record_function("other"):
                y = y.exp()
            y = y.sin() * x
        y = y.sum()
    picture = Picture.of(y, {})
    from dataclasses import replace

    circle = tuple(replace(node, group="a" if node.seq is not None and node.seq % 2 else "b") for node in picture.nodes)
    picture = replace(picture, nodes=circle, groups=({"id": "a", "name": "a"}, {"id": "b", "name": "b"}))
    placed = layout.place(picture, engine, [])
    assert set(placed["nodes"]) == {"g:a", "g:b"} and len(placed["edges"]) == 2


def test_the_drawing_shows_folded_groups_as_cards_and_open_ones_as_frames(picture):
    text = svg(layout.placed(picture))
    assert "layers.0" in text and "nodes</text>" in text and text.count("TransformerEncoderLayer") == 2
    assert 'rx="6"' in text
