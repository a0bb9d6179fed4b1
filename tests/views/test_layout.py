"""Positions: whoever places the boxes, none overlap, all edges run to the right, and the same graph gets the same places."""

import itertools
import random
import shutil
import subprocess
import sys
import time

import pytest

import autograd_lab as torch
from autograd_lab.trace import Picture
from autograd_lab.views import layout
from autograd_lab.views.folding import cards
from autograd_lab.views.style import DRAWN, box

ENGINES = ["layered"]
if shutil.which("dot"):
    ENGINES.append("dot")
try:
    import pygraphviz  # noqa: F401

    ENGINES.append("pygraphviz")
except ImportError:
    pass


def net(seed, size=25):
    r = random.Random(seed)
    made = [torch.tensor([0.5] * r.choice([1, 3]), requires_grad=True) for _ in range(4)]
    for _ in range(size):
        a, b = r.choice(made[-6:]), r.choice(made)
        made.append(a.sum() * b if r.random() < 0.3 else a.tanh() if r.random() < 0.5 else a + b.sum() + 2)
    return Picture.of(made[-1].sum() + made[-2].sum(), {})


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(5))
def test_every_box_has_its_size_and_overlaps_no_other(engine, seed):
    picture = net(seed)
    placed = layout.place(picture, engine)
    assert set(placed["nodes"]) == {node.id for node in picture.nodes}
    for node in picture.nodes:
        x, y, w, h = placed["nodes"][node.id]
        assert (w, h) == box(node, set())
        assert x - w / 2 >= -1 and x + w / 2 <= placed["w"] + 1 and y - h / 2 >= -1 and y + h / 2 <= placed["h"] + 1
    for (x, y, w, h), (u, v, s, t) in itertools.combinations(placed["nodes"].values(), 2):
        assert abs(x - u) >= (w + s) / 2 - 1 or abs(y - v) >= (h + t) / 2 - 1


@pytest.mark.parametrize("engine", ENGINES)
def test_every_edge_runs_right_from_box_to_box_and_stands_for_all_its_uses(engine):
    picture = net(1)
    placed = layout.place(picture, engine)
    assert sorted(i for edge in placed["edges"] for i in edge["ids"]) == sorted(edge.id for edge in picture.edges)
    for edge in placed["edges"]:
        a, b, p = placed["nodes"][edge["a"]], placed["nodes"][edge["b"]], edge["p"]
        assert len(p) % 6 == 2 and p[0] < p[-2]
        assert abs(p[0] - a[0]) <= a[2] / 2 + 2 and abs(p[1] - a[1]) <= a[3] / 2 + 2
        assert abs(p[-2] - b[0]) <= b[2] / 2 + 2 and abs(p[-1] - b[1]) <= b[3] / 2 + 2


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_graph_gets_the_same_whole_numbers(engine):
    first, second = layout.place(net(2), engine), layout.place(net(2), engine)
    assert first == second
    assert all(type(v) is int for edge in first["edges"] for v in edge["p"])


def test_labels_never_enter_dot():
    x = torch.tensor(1.0, requires_grad=True)
    picture = Picture.of(x * 2, {'"];hostile[label="': x})
    text = layout.dot_text(cards(picture, []))
    assert "hostile" not in text and 'label=""' in text


def test_graphviz_says_nothing_on_stderr(capfd):
    layout.place(net(3))
    assert capfd.readouterr().err == ""


def test_a_picture_is_placed_once_and_a_huge_one_folded():
    picture = net(4)
    placed = layout.placed(picture)
    assert layout.placed(placed) is placed and len(placed.layouts) == 1 and picture.layouts == ()
    y = torch.tensor(1.0, requires_grad=True)
    for _ in range(DRAWN + 1):
        y = y * 1.0
    (folded,) = layout.placed(Picture.of(y, {})).layouts
    assert folded["nodes"]["g:0–99"][2:] == [116, 60] and len(folded["nodes"]) < 30


def test_a_retained_gradient_makes_its_card_taller():
    x = torch.ones(3, requires_grad=True)
    h = x * 2
    h.retain_grad()
    placed = layout.place(Picture.of(h.sum(), {"h": h}), "layered")
    assert placed["nodes"]["n0"][3] == 90 and placed["nodes"]["n1"][3] == 46


def test_without_graphviz_there_is_a_layout_all_the_same():
    code = (
        "import sys; sys.modules['pygraphviz'] = None\n"
        "import os; os.environ['PATH'] = ''\n"
        "import autograd_lab as torch\n"
        "from autograd_lab.views import layout\n"
        "x = torch.tensor(1.0, requires_grad=True)\n"
        "bundle = torch.graph(x * 2)._repr_mimebundle_()\n"
        "print(layout.available(), 'image/svg+xml' in bundle)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "layered True\n"


def test_an_unrolled_loop_is_placed_in_no_time_whatever_engine_there_is():
    """Graphviz takes a minute for forty turns; a hundred must not stop the notebook."""
    w, b = torch.ones(2, 2, requires_grad=True), torch.zeros(2, requires_grad=True)
    h = torch.zeros(1, 2)
    for _ in range(100):
        h = (h @ w + b).tanh()
    picture = Picture.of(h.sum(), {})
    begun = time.process_time()
    assert len(layout.place(picture)["nodes"]) == len(picture.nodes)
    assert time.process_time() - begun < 3
