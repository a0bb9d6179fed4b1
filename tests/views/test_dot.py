"""DOT for other tools: labels are text whatever they hold."""

import sys

import pytest

import autograd_lab as torch
from autograd_lab.trace import Picture
from autograd_lab.views.dot import digraph

graphviz = pytest.importorskip("graphviz")


def test_nodes_edges_values_and_saved(cell):
    names = cell("x = torch.tensor([1.0, 2.0], requires_grad=True)\nv = torch.tensor(3.0)\ny = (x * x * v).sum()\n")
    dot = digraph(Picture.of(names["y"], names))
    assert isinstance(dot, graphviz.Digraph)
    assert 't0 [label="x = [1, 2]\\n.grad None" style="rounded,filled"' in dot.source
    assert "MulBackward0\\nsaves x, x" in dot.source and "t0 -> n0" in dot.source
    assert dot.source.count("style=dotted") == 1


@pytest.mark.parametrize("name", ['"]; evil [label="', "<b>bold</b>", "back\\slash", "line\nbreak", "<", "\\N\\G"])
def test_hostile_labels_stay_labels(name):
    x = torch.tensor(1.0, requires_grad=True)
    source = digraph(Picture.of(x * 2, {name: x})).source
    pygraphviz = pytest.importorskip("pygraphviz")
    graph = pygraphviz.AGraph(string=source)
    assert sorted(graph.nodes()) == ["n0", "t0"] or sorted(graph.nodes()) == ["n0", "t0", "t1"]
    label = graph.get_node("t0").attr["label"]
    assert not label.startswith("<<") and label.replace("\\\\", "\\").startswith(name.replace("\n", " "))
    graph.close()


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    x = torch.tensor(1.0, requires_grad=True)
    with pytest.raises(ImportError, match="pip install graphviz"):
        torch.graph(x * 2).to_graphviz()
