"""Tensors as a table, and by the memory they share."""

import xml.etree.ElementTree as ET

import pytest

import autograd_lab as torch


def test_each_row_says_what_the_tensor_says():
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    h = w * 2
    h.retain_grad()
    n = torch.ones(2, 3, dtype=torch.int64)
    h.sum().backward()
    with torch.no_grad():
        w.add_(1)
    table = torch.leaves(w, h, n)
    assert repr(table) == (
        "name  shape   dtype    is_leaf  requires_grad  retains_grad  grad    version\n"
        "w     (2,)    float32  True     True           False         [2, 2]  1\n"
        "h     (2,)    float32  False    True           True          [1, 1]  0\n"
        "n     (2, 3)  int64    True     False          False         None    0"
    )
    for row, tensor in zip(table.rows, (w, h, n)):
        assert (row["is_leaf"], row["requires_grad"], row["retains_grad"], row["version"]) == (
            tensor.is_leaf, tensor.requires_grad, tensor.retains_grad, tensor._version,
        )  # fmt: skip


def test_without_arguments_every_named_tensor_of_the_caller():
    a, b = torch.ones(1), torch.zeros(2, requires_grad=True)
    rows = {row["name"]: row for row in torch.leaves().rows}
    assert rows["a"]["shape"] == "(1,)" and rows["b"]["requires_grad"]
    assert len(a) + len(b) == 3


def test_asking_warns_of_nothing_and_changes_nothing():
    w = torch.tensor(1.0, requires_grad=True)
    h = w * 2
    repr(torch.leaves(w, h))  # PyTorch warns when a non-leaf is asked for .grad
    assert h._more is None or h._more.grad is None


def test_a_tensor_without_a_name_has_its_place():
    assert [row["name"] for row in torch.leaves(torch.ones(1), torch.ones(2)).rows] == ["tensor 1", "tensor 2"]


def test_by_storage_tells_memory_and_counters_apart():
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    cut, raw, window, copy = w.detach(), w.data, w[:1], w.clone()
    with torch.no_grad():
        w.add_(1)
        cut.add_(1)
        window.add_(1)
        raw.add_(1)
    assert repr(torch.leaves(w, cut, raw, window, copy, by="storage")) == (
        "memory 1: 8 bytes\n  counter at v3: w, cut, window\n  counter at v1: raw\nmemory 2: 8 bytes\n  counter at v0: copy"
    )


def test_scalars_that_share_nothing_are_memories_of_their_own():
    a, b = torch.tensor(1.0), torch.tensor(1.0)
    assert repr(torch.leaves(a, b, by="storage")).count("memory") == 2


def test_html_escapes_names():
    hostile = "<img src=x onerror=alert(1)>"
    t = torch.ones(1)
    for table in (torch.leaves(t, names={hostile: t}), torch.leaves(t, by="storage", names={hostile: t})):
        html = table._repr_html_()
        assert "<img" not in html and "&lt;img" in html
        ET.fromstring(html)


def test_what_cannot_be_listed_is_refused():
    with pytest.raises(TypeError, match="one of the arguments is of type int"):
        torch.leaves(3)
    with pytest.raises(ValueError, match='by="storage"'):
        torch.leaves(by="dtype")
