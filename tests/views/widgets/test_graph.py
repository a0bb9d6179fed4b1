"""GraphWidget: a picture without a pass."""

from __future__ import annotations

import json

import autograd_lab as torch
from autograd_lab.trace import Picture
from autograd_lab.views.widgets import GraphWidget


def test_it_holds_the_picture_placed_and_no_step():
    x = torch.tensor(3.0, requires_grad=True)
    recording = GraphWidget(Picture.of(x * x, names={"x": x})).get_state()["recording"]
    assert (recording["frames"], recording["failure"]) == ([], None)
    assert set(recording["layouts"][0]["nodes"]) == {n["id"] for n in recording["nodes"]}
    assert json.loads(json.dumps(recording, allow_nan=False)) == recording
