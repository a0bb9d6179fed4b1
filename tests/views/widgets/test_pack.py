"""A step is one message of at most a kilobyte, whatever the size of the graph and of its tensors."""

from __future__ import annotations

import base64
import json
import math
import struct

import pytest

import autograd_lab as torch
from autograd_lab.views.stepper import step
from autograd_lab.views.widgets.pack import pack, pack_corner, pack_digits


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


@pytest.mark.parametrize(("layers", "width"), [(4, 16), (60, 16), (4, 4), (4, 5), (60, 4)])
def test_a_step_is_under_a_kilobyte(layers, width):
    sizes = [len(json.dumps({"data": {"method": "custom", "content": m}})) for m in messages(net(layers, width))]
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


def test_written_numbers_keep_their_digits_unless_float32_does_not_reach_so_far():
    columns, numbers = pack_digits([[0.1217, -1234, 5e-30], ["nan", "-inf", 0]]).split()
    assert columns == "3"
    upper = base64.b64decode(numbers)
    row = [struct.unpack(">f", upper[i : i + 3] + b"\0")[0] for i in range(0, len(upper), 3)]
    assert [float(f"{v:.4g}") for v in row[:3]] == [0.1217, -1234, 5e-30]
    assert row[3] != row[3] and row[4:] == [-math.inf, 0]
    for v in (9.999e-5, 9.998e-5, 1.0, 1.001, -9999, 3.333e37):  # the closest and the widest apart of four digits
        upper = base64.b64decode(pack_digits([[v]]).split()[1])
        assert float(f"{struct.unpack('>f', upper + bytes(1))[0]:.4g}") == v
    far = {"shape": [2, 3], "norm": 1, "corner": [[1e200, 1.234567, 1], [1, 1, 1]]}
    frame = {"step": 1, "node": "n0", "g": far, "edges": {}, "ready": [], "bytes": 0, "events": [{"text": "x" * 900}]}
    assert pack(frame)["g"]["corner"] == far["corner"]


def test_zeros_stay_zero_and_corners_of_zeros_can_be_packed():
    *_, cells = pack_corner([[0.0] * 8] * 8).split()
    assert base64.b64decode(cells) == bytes(64)


def test_a_gradient_that_one_edge_brought_is_not_sent_twice_where_the_message_would_be_long():
    g = {"shape": [8, 8], "norm": 1, "corner": [[1.234567] * 8] * 8}
    events = [{"kind": "sum", "text": "x" * 540}]
    frame = {"step": 1, "node": "n0", "g": g, "edges": {}, "ready": [], "bytes": 0, "events": events}
    assert "g" in pack(frame) and "g" not in pack(frame, repeats=True)


def test_what_arrives_is_drawn_of_as_many_rows_as_what_leaves():
    x = torch.randn(12, 6)
    w, bias = torch.randn(6, 7, requires_grad=True), torch.randn(7, requires_grad=True)
    h = (x @ w + bias).tanh()
    h.retain_grad()
    frames = [f for m in messages((h * 2 + h.sum(1, keepdim=True)).square().mean()) for f in m["frames"]]

    def rows(summary):
        if "packed" not in summary:
            return len(summary["corner"])
        columns, _, cells = summary["packed"].split()
        return len(base64.b64decode(cells)) // int(columns)

    brought = {edge: rows(value) for f in frames for edge, value in f["edges"].items() if value["shape"] == [12, 7]}
    assert set(brought.values()) == {4, 8}  # where a node sends much, each of it has fewer rows
    for f in frames:
        left = {rows(value) for value in f["edges"].values() if value["shape"] == [12, 7]}
        if f.get("g", {}).get("shape") == [12, 7] and left:
            assert left == {rows(f["g"])}
    after = [f for f, made in zip(frames[1:], frames) if "packed" in f.get("g", {}) and 4 in map(rows, made["edges"].values())]
    assert after  # and what follows says anew what has arrived
