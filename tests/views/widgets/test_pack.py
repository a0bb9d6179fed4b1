"""A step is one message of at most a kilobyte, whatever the size of the graph and of its tensors."""

from __future__ import annotations

import base64
import json
import struct

import pytest

import autograd_lab as torch
from autograd_lab.views.stepper import step
from autograd_lab.views.widgets.pack import pack, pack_corner


def net(layers, width=16):
    torch.manual_seed(0)
    h = torch.randn(width, width)
    for _ in range(layers):
        h = (h @ torch.randn(width, width, requires_grad=True)).tanh() * 0.5 + h
    return (h * h).mean()


def messages(L):
    """The content of every step's message."""
    stepper = step(L)
    sent = []
    stepper._view()
    stepper._widget.send = lambda content, buffers=None: sent.append(content)
    while stepper.next():
        pass
    return sent


@pytest.mark.parametrize("layers", [4, 60])
def test_a_step_is_under_a_kilobyte(layers):
    sizes = [len(json.dumps({"method": "custom", "content": m}, separators=(",", ":"))) for m in messages(net(layers))]
    assert len(sizes) > 4 * layers
    assert max(sizes) <= 1000


def test_what_is_short_goes_as_it_is():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    stepper = step((x * x).sum())
    stepper.run()
    for frame in stepper.recording.frames:
        assert pack(frame) == {key: value for key, value in frame.items() if key != "seconds"}


def test_a_packed_corner_is_within_a_hundredth_of_its_largest_number():
    corner = torch.randn(8, 8).tolist()
    columns, unit, cells = pack_corner(corner).split()
    numbers = struct.unpack("64b", base64.b64decode(cells))
    largest = max(abs(v) for row in corner for v in row)
    for row, packed in zip(corner, zip(*[iter(numbers)] * int(columns))):
        for value, byte in zip(row, packed):
            assert abs(byte * float(unit) - value) <= largest / 100
            assert (byte > 0) == (value > 0) and (byte < 0) == (value < 0)


def test_zeros_stay_zero_and_corners_of_zeros_can_be_packed():
    *_, cells = pack_corner([[0.0] * 8] * 8).split()
    assert base64.b64decode(cells) == bytes(64)


def test_a_gradient_that_one_edge_brought_is_not_sent_twice():
    steps = [f for m in messages(net(4)) for f in m["frames"]]
    assert any("g" not in f for f in steps)
    g = {"shape": [8, 8], "norm": 1, "corner": [[1.234567] * 8] * 8}
    events = [{"kind": "sum", "text": "x" * 300}]
    frame = {"step": 1, "node": "n0", "g": g, "edges": {}, "ready": [], "bytes": 0, "events": events}
    assert "g" in pack(frame) and "g" not in pack(frame, repeats=True)
