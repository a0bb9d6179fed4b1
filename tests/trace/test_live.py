"""What a leaf holds now, whoever wrote it."""

import autograd_lab as torch
from autograd_lab.trace.live import leaves_now
from autograd_lab.trace.recording import Recording


def test_leaves_are_as_other_code_left_them():
    a, b = (torch.tensor([v, v], requires_grad=True) for v in (1.0, 2.0))
    recording = Recording.of((a * b).sum(), names={"a": a, "b": b})
    ids = {node.name: node.id for node in recording.picture.leaves}
    assert leaves_now(recording) == {ids["a"]: (None, 0), ids["b"]: (None, 0)}
    (a * 3).sum().backward()
    with torch.no_grad():
        b.mul_(2)
    now = leaves_now(recording)
    assert now[ids["a"]][0]["corner"] == [[3, 3]] and now[ids["b"]] == (None, 1)


def test_a_leaf_that_nobody_has_any_more_has_no_version():
    recording = Recording.of((torch.ones(2, requires_grad=True) * 2).sum())
    assert list(leaves_now(recording).values()) == [(None, None)]


def test_a_recording_from_a_file_has_no_leaves():
    recording = Recording.of((torch.ones(2, requires_grad=True) * 2).sum())
    assert leaves_now(Recording.from_wire(recording.to_wire())) == {}
