"""graph(x): what it is given, what it shows, what it writes."""

import json
import shutil
import sys
import xml.etree.ElementTree as ET

import pytest

import autograd_lab as torch
from autograd_lab.trace import MIME, Picture
from autograd_lab.views import layout
from autograd_lab.views.style import CAP


@pytest.fixture
def loss():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    return loss


def test_the_bundle_holds_text_svg_and_our_json(loss):
    bundle = torch.graph(loss)._repr_mimebundle_()
    assert list(bundle) == ["text/plain", "image/svg+xml", MIME]
    assert bundle["text/plain"].startswith("Graph(2 operations, 1 leaf, 3 steps backward)\n")
    ET.fromstring(bundle["image/svg+xml"])
    assert bundle[MIME]["frames"] == [] and len(bundle[MIME]["layouts"]) == 1 and bundle[MIME]["wire"] == 1
    json.dumps(bundle, allow_nan=False)


def test_two_displays_are_the_same_bytes(loss):
    assert json.dumps(torch.graph(loss)._repr_mimebundle_()) == json.dumps(torch.graph(loss)._repr_mimebundle_())


def test_names_come_from_the_caller_or_from_names(loss):
    w = loss.grad_fn.next_functions[0][0].next_functions[0][0].variable
    assert [n.name for n in torch.graph(loss).picture.leaves] == ["w"]
    assert [n.name for n in torch.graph(loss, {"theta": w}).picture.leaves] == ["theta"]


@pytest.mark.parametrize("kind", ["svg", "json", "dot"])
def test_saved_files_hold_what_is_shown(loss, tmp_path, kind):
    graph, path = torch.graph(loss), tmp_path / f"loss.{kind}"
    graph.save(path)
    text = path.read_text()
    if kind == "svg":
        assert text == graph.to_svg()
    elif kind == "json":
        assert Picture.from_wire(json.loads(text)).steps == 3
    else:
        assert text == graph.to_graphviz().source


@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_pictures_by_graphviz(loss, tmp_path, kind, start, monkeypatch):
    path = tmp_path / f"loss.{kind}"
    if shutil.which("dot") or layout.available() == "pygraphviz":
        torch.graph(loss).save(path)
        assert path.read_bytes().startswith(start)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(RuntimeError, match=r'pip install "autograd-lab\[svg\]", or save as \.svg'):
        torch.graph(loss).save(tmp_path / f"none.{kind}")


def test_another_ending_is_refused_with_the_ones_there_are(loss, tmp_path):
    with pytest.raises(ValueError, match=r"'loss.gif'.*\.svg, \.json, \.dot, \.png or \.pdf"):
        torch.graph(loss).save(tmp_path / "loss.gif")


def test_what_is_no_tensor_or_has_no_graph_is_refused():
    with pytest.raises(TypeError, match="belongs to a Tensor, but this is a list"):
        torch.graph([1.0])
    with pytest.raises(RuntimeError, match="requires_grad=True"):
        torch.graph(torch.ones(2))


def test_a_large_graph_is_drawn_folded():
    y = torch.tensor(1.0, requires_grad=True)
    for _ in range(CAP):
        y = y.sin()
    bundle = torch.graph(y)._repr_mimebundle_()
    (layout,) = json.loads(bundle[MIME])["layouts"]
    assert "g:0–99" in layout["nodes"] and len(bundle["image/svg+xml"]) < 100_000
    assert "100 nodes" in bundle["image/svg+xml"]


def test_a_graph_too_large_to_draw_still_shows_as_text(tmp_path, monkeypatch):
    monkeypatch.setattr("autograd_lab.views.graph.SHOWN", 10)
    y = torch.tensor(1.0, requires_grad=True)
    for _ in range(20):
        y = y.sin()
    graph = torch.graph(y)
    assert set(graph._repr_mimebundle_()) == {"text/plain"}
    with pytest.raises(ValueError, match="too many for a drawing"):
        graph.save(tmp_path / "big.svg")
