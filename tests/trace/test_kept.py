"""What can be asked of a step later: every number, from copies that later steps and cells do not touch, up to a budget."""

import numpy as np
import pytest

import autograd_lab as torch
from autograd_lab.trace import Recording, rehearse
from autograd_lab.trace.kept import GONE, Kept, small_jacobians
from autograd_lab.trace.summary import exactly


def walked(loss, **names):
    recording = Recording.of(loss, names=names)
    while recording.advance():
        pass
    return recording


def test_each_array_of_a_step_can_be_asked_for():
    w = torch.tensor([[0.1, 0.2], [0.3, 0.4]], requires_grad=True)
    h = w * 3
    h.retain_grad()
    h.register_hook(lambda g: g * 2)
    w.grad = torch.ones(2, 2)
    recording = walked((h * h).sum(), h=h, w=w)
    edges = {edge.id: edge for edge in recording.picture.edges}

    def find(key):
        return recording.kept.find(key, edges)

    steps = {frame["node"]: frame["step"] for frame in recording.frames if frame["node"]}
    named = {node.name: node.id for node in recording.picture.nodes}
    np.testing.assert_allclose(find(f"g:{steps[named['h']]}"), 2 * h.detach().numpy())
    np.testing.assert_allclose(find(f"hook:{steps[named['h']]}:0"), 4 * h.detach().numpy())
    assert h.grad is not None and w.grad is not None
    np.testing.assert_allclose(find(f"grad:{named['h']}"), h.grad.numpy())
    np.testing.assert_allclose(find(f"prior:{steps[named['w']]}"), np.ones((2, 2)))
    np.testing.assert_allclose(find(f"grad:{named['w']}"), w.grad.numpy())
    np.testing.assert_allclose(find(f"value:{named['w']}"), w.detach().numpy())
    into_w = next(edge for edge in edges.values() if edge.src == named["w"])
    np.testing.assert_allclose(find(f"edge:{into_w.id}"), 12 * h.detach().numpy())
    assert find(f"local:{into_w.id}") == 3
    assert find(f"jacobian:{into_w.id}").tolist() == (3 * np.eye(4)).tolist()
    before = find(f"grad:{named['w']}").copy()
    w.grad.zero_()
    np.testing.assert_array_equal(find(f"grad:{named['w']}"), before)
    with pytest.raises(ValueError, match=GONE):
        find("edge:nonsense")


def test_what_is_large_is_not_held():
    x = torch.ones(300, 300, requires_grad=True)
    recording = walked((x * 2).sum())
    with pytest.raises(ValueError, match="too large"):
        recording.kept.find("grad:t0", {})
    kept = Kept(True)
    for i in range(200):
        kept.array(f"g:{i}", np.zeros(32_000))
    assert kept.room >= 0
    with pytest.raises(ValueError, match=GONE):
        kept.find("g:199", {})


def test_small_jacobians_are_recorded_and_read_again(tmp_path):
    a = torch.tensor(2.0, requires_grad=True)
    x = torch.ones(30, requires_grad=True)
    b = a * 3
    recording = rehearse((b * b).tanh() + (x * x).sum())
    wire = recording.to_wire()
    small = small_jacobians(recording.kept, recording.picture, recording.frames)
    assert wire["jacobians"] == small and [[3]] in small.values()
    long = {edge.id for edge in recording.picture.edges if edge.src == "t1"} & set(small)
    assert not long, "thirty rows are not recorded"
    recording.save(tmp_path / "pass.json")
    assert Recording.load(tmp_path / "pass.json").to_wire() == wire


def test_exactly_is_exact():
    x = np.array([[0.1, 1 / 3], [np.inf, -0.0]], "f4")
    assert exactly(x) == {"shape": [2, 2], "rows": [[0.1, 0.33333334], ["inf", 0]]}
    large = np.arange(10_000.0).reshape(100, 100) - 5000
    part = exactly(large, (90, 3))
    assert part["from"] == [36, 3] and part["rows"][63][63] == large[99, 66] and len(part["rows"][0]) == 64
    blocks = exactly(large)
    assert blocks["block"] == [2, 2] and np.shape(blocks["rows"]) == (50, 50)
    assert blocks["rows"][0][0] == -5000 and blocks["rows"][49][49] == 4999  # of each the largest, with its sign
    large[3, 99] = np.nan
    assert exactly(large)["rows"][1][49] == "nan"
    assert exactly(np.array(2, "i8")) == {"shape": [], "rows": [[2]]}
