"""The layout without Graphviz, on graphs it could get wrong."""

from itertools import pairwise

import pytest

from autograd_lab.views.layered import detours, lay_out


def lay(edges, boxes=None):
    names = dict.fromkeys(name for a, b in edges for name in (a, b)) if boxes is None else boxes
    return lay_out(dict.fromkeys(names, (90, 40)), [(a, b, [f"{a}{b}"]) for a, b in edges], 20, 50)


def test_a_chain_is_a_straight_line():
    placed = lay([("a", "b"), ("b", "c")])
    assert {y for _, y, _, _ in placed["nodes"].values()} == {20} and placed["h"] == 40
    assert placed["edges"][0]["p"] == [90, 20, 115, 20, 115, 20, 140, 20]


def test_an_input_stands_right_before_its_first_use():
    placed = lay([("a", "b"), ("b", "c"), ("late", "c")])
    assert placed["nodes"]["late"][0] == placed["nodes"]["b"][0]


def test_a_long_edge_runs_around_the_cards_between():
    placed = lay([("a", "b"), ("b", "c"), ("a", "c")])
    edge = next(e for e in placed["edges"] if e["ids"] == ["ac"])
    _, y, _, h = placed["nodes"]["b"]
    assert len(edge["p"]) == 14 and abs(edge["p"][7] - y) >= h / 2


def test_crossings_are_undone():
    placed = lay([("a", "x"), ("b", "y"), ("x", "end"), ("y", "end")], ["b", "a", "y", "x", "end"])
    above = lambda p, q: placed["nodes"][p][1] < placed["nodes"][q][1]  # noqa: E731
    assert above("a", "b") == above("x", "y")


def test_one_box_and_no_box():
    assert lay([], ["only"])["nodes"] == {"only": [45, 20, 90, 40]}
    assert lay([], []) == {"open": [], "w": 0, "h": 0, "nodes": {}, "frames": {}, "edges": []}


def test_a_long_chain_is_placed_without_recursion():
    placed = lay([(f"n{i}", f"n{i + 1}") for i in range(2000)])
    assert placed["nodes"]["n2000"][0] == 2000 * 140 + 45


@pytest.mark.parametrize("width", [50])
def test_a_wide_fan_in_keeps_its_distance(width):
    placed = lay([(f"x{i}", "sum") for i in range(width)])
    heights = sorted(placed["nodes"][f"x{i}"][1] for i in range(width))
    assert all(b - a >= 60 for a, b in pairwise(heights))


def test_a_weight_used_at_every_turn_takes_a_lane_below_the_drawing_and_crosses_no_card():
    edges = [(f"h{i}", f"h{i + 1}") for i in range(40)] + [("w", f"h{i + 1}") for i in range(40)]
    placed = lay(edges)
    bottom = max(y + h / 2 for _, y, _, h in placed["nodes"].values())
    far = [e for e in placed["edges"] if e["a"] == "w" and max(e["p"][1::2]) == placed["h"] > bottom]
    assert len(far) == 40 - 8
    for edge in far:
        for x in (edge["p"][6], edge["p"][-8]):  # the strokes down and up run between two columns
            assert all(abs(x - cx) > w / 2 for cx, _, w, _ in placed["nodes"].values())


def test_long_edges_are_counted():
    assert detours(dict.fromkeys("abcd", (1, 1)), [("a", "b", []), ("b", "c", []), ("c", "d", []), ("a", "d", [])]) == 2
