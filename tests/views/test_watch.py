"""A watched name: drawn again when it is another graph, and only then; whatever becomes of the name, no cell fails for it."""

import importlib

import pytest

import autograd_lab as torch


@pytest.fixture
def names():
    w = torch.tensor(3.0, requires_grad=True)
    yield {"w": w, "loss": w * w}
    torch.unwatch()


def test_a_name_is_drawn_again_when_it_has_another_graph(names):
    watched = torch.watch("loss", names)
    assert watched.drawn == 1 and len(watched.graph.picture.operations) == 1
    assert not watched.look()
    names["loss"] = names["loss"] + names["w"]
    assert watched.look() and len(watched.graph.picture.operations) == 2
    assert not watched.look()


def test_a_filled_grad_is_news(names):
    watched = torch.watch(names["loss"], names)
    names["loss"].backward(retain_graph=True)
    assert watched.look()
    (row,) = (row for row in watched.graph.picture.tensors if row.name == "w")
    assert row.grad is not None and row.grad["corner"] == [[6]]


@pytest.mark.parametrize(
    ("value", "says"),
    [(None, "no Tensor now, but of type NoneType"), (torch.ones(2), "does not require grad"), (..., "not there any more")],
)
def test_what_cannot_be_drawn_is_said(names, value, says):
    watched = torch.watch("loss", names)
    before = names["loss"]
    if value is ...:
        del names["loss"]
    else:
        names["loss"] = value
    assert watched.look() and watched.graph is None and says in watched.says
    assert repr(watched) == f"watching loss: {watched.says}"
    assert "image/svg+xml" not in watched._bundle()
    assert not watched.look()
    names["loss"] = before
    assert watched.look() and watched.graph is not None


@pytest.mark.parametrize("name", ["z", "made['z']", "kept[0]", "w.z"])
def test_what_is_not_there_yet_is_waited_for(names, name):
    names |= {"made": {}, "kept": []}
    watched = torch.watch(name, names)
    assert watched.is_on and "image/svg+xml" not in watched._bundle()
    assert repr(watched) == f"watching {name}: {name} is not there yet"
    assert not watched.look()
    value = names["w"] * 2
    names["z"] = names["made"]["z"] = names["w"].z = value
    names["kept"].append(value)
    assert watched.look() and len(watched.graph.picture.operations) == 1
    names["w"] = torch.tensor(1.0)
    names |= {"made": {}, "kept": []}
    del names["z"]
    assert watched.look() and watched.says == f"{name} is not there any more"


def test_what_is_no_expression_is_refused(names):
    with pytest.raises(SyntaxError):
        torch.watch("z =", names)
    with pytest.raises(KeyError):
        torch.unwatch("z =")


def test_an_entry_can_be_watched(names):
    names["losses"] = [names["loss"]]
    watched = torch.watch("losses[0]", names)
    names["losses"][0] = names["loss"] * 2
    assert watched.look() and len(watched.graph.picture.operations) == 2


def test_watching_again_replaces_and_unwatch_ends(names):
    first, second = torch.watch("loss", names), torch.watch("loss", names)
    assert not first.is_on and second.is_on
    torch.unwatch("loss")
    assert not second.is_on
    with pytest.raises(KeyError, match="loss is not watched"):
        torch.unwatch("loss")


def test_what_cannot_be_watched_is_refused(names):
    with pytest.raises(TypeError, match="int"):
        torch.watch(3, names)
    with pytest.raises(ValueError, match="no name"):
        torch.watch(names["loss"] * 2, names)
    names["plain"] = torch.ones(2)
    with pytest.raises(RuntimeError, match="plain does not require grad"):
        torch.watch("plain", names)


def test_a_graph_too_large_to_draw_after_every_cell_says_so(names, monkeypatch):
    module = importlib.import_module("autograd_lab.views.watch")

    monkeypatch.setattr(module, "MOST", 1)
    watched = torch.watch("loss", names)
    assert watched.graph is None and "2 nodes now, too many" in watched.says
