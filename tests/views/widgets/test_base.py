"""The built front end: found, sent when asked for, and missed with a sentence."""

from __future__ import annotations

import autograd_lab as torch
from autograd_lab.trace import Picture
from autograd_lab.views.widgets import GraphWidget, base


def picture():
    x = torch.tensor(3.0, requires_grad=True)
    return Picture.of(x * x, names={"x": x})


def test_without_the_built_module_the_widget_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(base, "STATIC", tmp_path)
    text = base.module_text()
    assert "pip install . or make lab" in text
    assert text.startswith("export default { render(")
    (tmp_path / "widget.js").write_text("export default {}", encoding="utf-8")
    assert base.module_text() == "export default {}"


def test_graphviz_is_sent_once_it_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.setattr(base, "STATIC", tmp_path)
    widget = GraphWidget(picture())
    sent = []
    widget.send = lambda content, buffers=None: sent.append((content, buffers))
    widget._handle_custom_msg({"type": "graphviz"}, [])
    (tmp_path / "graphviz.js").write_bytes(b"export const instance = 0")
    widget._handle_custom_msg({"type": "graphviz"}, [])
    assert sent == [({"type": "graphviz"}, []), ({"type": "graphviz"}, [b"export const instance = 0"])]


def test_the_styles_are_the_hosts_to_put_in_place():
    assert GraphWidget._css.startswith(".agl{")  # anywidget puts it on the page once, however many widgets there are
    assert ".agl{" not in GraphWidget._esm
