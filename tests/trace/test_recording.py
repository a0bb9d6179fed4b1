"""A recording is the pass that ran: PyTorch's order, its gradients, its effects; a rehearsal has none."""

import json

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core.backward import BackwardPass
from autograd_lab.core.differentiate import start_gradients
from autograd_lab.trace import Picture, Recording, rehearse
from autograd_lab.trace.recording import goes_well
from autograd_lab.trace.summary import number
from tests.fuzz.compare import graph

torch = pytest.importorskip("torch")


def of_torch(root, leaves):
    """(names of the nodes in the order PyTorch runs them, norm of what arrives at each), leaves told apart by number."""
    numbers, order, seen, stack = {id(leaf): i for i, leaf in enumerate(leaves)}, [], set(), [root.grad_fn]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        name = node.name().split("::")[-1]
        if name == "AccumulateGrad":
            name += str(numbers[id(node.variable)])
        else:  # a sink runs as soon as it is complete: PyTorch gives it no place of its own among the nodes
            node.register_prehook(lambda g, name=name: order.append((name, number(float(g[0].norm())))))
        stack += [n for n, _ in node.next_functions if n is not None]
    try:
        root.backward()
    except RuntimeError as error:  # a program may write over what it needs
        return order, str(error)
    return order, None


WHOLE = (0, 1, 2, 4, 5, 6, 10, 11, 13, 14)  # programs with views that never write over what they need


@pytest.mark.parametrize("seed", range(40))
def test_steps_come_in_pytorchs_order_with_pytorchs_gradients(seed):
    recording = rehearse(graph(seed, lab)[1], names={})
    leaves, root = graph(seed, torch)
    ours = [
        (recording.picture.by_id[f["node"]].fn, f["g"]["norm"])
        for f in recording.frames[1:] if recording.picture.by_id[f["node"]].is_op
    ]  # fmt: skip
    theirs, error = of_torch(root, leaves)
    assert (recording.failure or {}).get("message") == error
    assert [name for name, _ in ours] == [name for name, _ in theirs]
    np.testing.assert_allclose([g for _, g in ours], [g for _, g in theirs], rtol=2e-3)


@pytest.mark.parametrize("seed", WHOLE)
def test_the_queue_names_the_next_node_and_pips_fill_before_it_is_ready(seed):
    recording = rehearse(graph(seed, lab)[1], names={})
    picture, arrived = recording.picture, {}
    for frame, after in zip(recording.frames, recording.frames[1:]):
        assert frame["ready"][0] == after["node"]
        for edge in picture.edges:
            arrived[edge.src] = arrived.get(edge.src, 0) + (edge.id in frame["edges"])
        for node in frame["ready"]:
            assert arrived.get(node, 0) == picture.by_id[node].expects
    assert recording.frames[-1]["ready"] == []


@pytest.mark.parametrize("seed", WHOLE)
def test_bytes_fall_to_zero_and_every_saved_tensor_is_freed_once(seed):
    recording = rehearse(graph(seed, lab)[1], names={})
    held = [frame["bytes"] for frame in recording.frames]
    freed = [s for frame in recording.frames for s in frame.get("freed", [])]
    assert held == sorted(held, reverse=True) and held[-1] == 0
    assert sorted(freed) == sorted(s.id for s in recording.picture.saved)
    sizes = {}
    for s in recording.picture.saved:
        sizes[s.buffer] = max(s.bytes, sizes.get(s.buffer, 0))
    assert held[0] == sum(sizes.values())


def doublings(n):
    x = lab.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(n):
        y = y + y
    return x, y


def test_one_step_a_node_and_one_a_leaf():
    assert len(rehearse(doublings(30)[1]).frames) == 32
    a, b = lab.tensor([1.0, 2.0], requires_grad=True), lab.tensor([3.0, 4.0], requires_grad=True)
    assert Recording.of((b * (a + b)).sum()).total == 5


def build():
    a = lab.tensor([1.0, 2.0, 3.0], requires_grad=True)
    b = lab.tensor([4.0, 5.0, 6.0], requires_grad=True)
    c = a + b
    c.retain_grad()
    return a, b, c, (b * c).sum()


def test_a_step_is_a_real_step():
    a, b, c, loss = build()
    recording = Recording.of(loss)
    assert recording.frames[0]["seed"]["value"]["corner"] == [[1]] and a.grad is None
    for _ in range(4):
        assert recording.advance()
    assert a.grad.tolist() == [4, 5, 6] and b.grad is None and c.grad.tolist() == [4, 5, 6]
    assert recording.advance() and not recording.advance() and not recording.advance()
    assert b.grad.tolist() == [9, 12, 15] and recording.is_over and recording.total == 5
    with pytest.raises(RuntimeError, match="second time"):
        loss.backward()


def test_a_rehearsal_leaves_nothing_behind():
    a, b, c, loss = build()
    loss.backward(retain_graph=True)
    before = [t.grad.tolist() for t in (a, b, c)], [t._version for t in (a, b, c, a.grad)]
    recording = rehearse(loss)
    assert ([t.grad.tolist() for t in (a, b, c)], [t._version for t in (a, b, c, a.grad)]) == before
    names = {n.id: n.name for n in recording.picture.nodes}
    assert {names[n]: s["corner"] for f in recording.frames for n, s in f.get("grads", {}).items()} == {
        "a": [[8, 10, 12]], "b": [[18, 24, 30]], "c": [[8, 10, 12]],
    }  # fmt: skip
    loss.backward()
    assert a.grad.tolist() == [8, 10, 12] and c.grad.tolist() == [8, 10, 12]


@pytest.mark.parametrize("seed", range(8))
def test_the_rehearsal_says_what_the_real_pass_then_does(seed):
    rehearsed = rehearse(graph(seed, lab)[1], names={})
    real = Recording.of(graph(seed, lab)[1], names={})
    while real.advance():
        pass
    assert json.dumps(rehearsed.to_wire()) == json.dumps(real.to_wire())


@pytest.mark.parametrize("seed", range(8))
def test_a_pass_that_goes_well_has_no_failure_and_is_untouched(seed):
    leaves, root = graph(seed, lab)
    assert goes_well(root) == (rehearse(root, names={}).failure is None)
    assert all(leaf.grad is None for leaf in leaves)


def test_what_a_pass_dies_of_is_known_without_writing_it_down():
    x = lab.tensor([0.0, 1.0], requires_grad=True)
    assert not goes_well((x.log() * 2).sum())  # an infinity is born
    y = (x * 2).exp()
    loss = y.sum()
    assert goes_well(loss)
    y.add_(1)
    assert not goes_well(loss)
    assert x.grad is None


def untimed(recording):
    return json.dumps([{key: value for key, value in frame.items() if key != "seconds"} for frame in recording.frames])


@pytest.mark.parametrize("seed", range(8))
def test_wherever_a_pass_stands_the_rest_of_it_can_be_foreseen(seed):
    whole = rehearse(graph(seed, lab)[1], names={})
    leaves, root = graph(seed, lab)
    real = Recording.of(root, names={})
    while True:
        seen, grads = untimed(real), [None if leaf.grad is None else leaf.grad.tolist() for leaf in leaves]
        foreseen = real.foreseen()
        assert untimed(foreseen) == untimed(whole)
        assert (foreseen.failure, foreseen.total) == (whole.failure, whole.total)
        assert untimed(real) == seen and [None if leaf.grad is None else leaf.grad.tolist() for leaf in leaves] == grads
        if not real.advance():
            break
    assert real.foreseen() is real and untimed(real) == untimed(whole)  # it was not led astray
    again, other = graph(seed, lab)
    if whole.failure is None:
        other.backward()
        assert [leaf.grad is None for leaf in again] == [leaf.grad is None for leaf in leaves]
        for one, two in zip(again, leaves):
            if one.grad is not None:
                np.testing.assert_array_equal(one.grad.numpy(), two.grad.numpy())


def test_what_several_outputs_have_gathered_is_foreseen_without_adding_to_it():
    x = lab.tensor([1.0, 2.0, 3.0], requires_grad=True)
    a, b, c = (x * 2).unbind()
    real = Recording.of(a * b + c, names={"x": x})
    while not real.is_over:
        assert real.foreseen().frames[-1]["grads"]["t0"]["corner"] == [[8, 4, 2]]
        real.advance()
    assert x.grad.tolist() == [8, 4, 2]


def test_a_pass_begun_elsewhere_can_be_recorded():
    a, _, _, loss = build()
    recording = Recording(Picture.of(loss), BackwardPass((loss,), start_gradients((loss,), None)))
    while recording.advance():
        pass
    assert len(recording.frames) == 6 and a.grad.tolist() == [4, 5, 6]


def test_retain_graph_frees_nothing_and_create_graph_gives_gradients_a_graph():
    _, _, _, loss = build()
    kept = rehearse(loss, retain_graph=True)
    assert all("freed" not in frame for frame in kept.frames) and kept.frames[-1]["bytes"] == kept.frames[0]["bytes"] > 0
    x = lab.tensor(2.0, requires_grad=True)
    recording = Recording.of(x**3, create_graph=True)
    while recording.advance():
        pass
    assert x.grad.item() == 12
    assert rehearse(x.grad).frames[-1]["g"]["corner"] == [[12]]
    (second,) = lab.autograd.grad(x.grad, x)
    assert second.item() == 12


def test_hooks_are_told_in_order_with_what_they_made_of_the_gradient(cell):
    names = cell(
        "x = torch.tensor([1.0, -8.0], requires_grad=True)\n"
        "h = x * x\n"
        "h.retain_grad()\n"
        "h.register_hook(lambda g: g * 2)\n"
        "h.register_hook(lambda g: print(end=''))\n"
        "x.register_hook(lambda g: g.clamp(-5, 5))\n"
        "y = h.sum()\n"
    )
    recording = rehearse(names["y"], names=names)
    h, x = recording.frames[2], recording.frames[3]
    assert [hook["line"] for hook in h["hooks"]] == [4, 5] and h["hooks"][1]["after"]["corner"] == [[2, 2]]
    assert [e["text"] for e in h["events"]] == [
        "hook of line 4 changed the gradient", "hook of line 5 read the gradient", "h.grad kept (retain_grad)",
        "saved tensors freed",
    ]  # fmt: skip
    assert h["g"]["corner"] == [[1, 1]] and next(iter(h["edges"].values()))["corner"] == [[2, -16]]
    assert x["hooks"][0]["line"] == 6 and x["grads"] == {"t0": x["hooks"][0]["after"]}
    assert names["h"].grad is None and names["x"].grad is None


def test_a_hook_from_another_file_has_no_line():
    x = lab.tensor(1.0, requires_grad=True)
    x.register_hook(lambda g: g * 3)
    frame = rehearse(x * 2, names={}).frames[-1]
    assert frame["hooks"][0]["line"] == 0 and frame["events"][0]["text"] == "hook <lambda> changed the gradient"


def test_post_accumulate_hooks_run_in_a_pass_and_not_in_a_rehearsal():
    x, seen = lab.tensor(1.0, requires_grad=True), []
    x.register_post_accumulate_grad_hook(lambda t: seen.append(t.grad.item()))
    rehearse(x * 2)
    assert seen == []
    recording = Recording.of(x * 2)
    while recording.advance():
        pass
    assert seen == [2]


def test_accumulating_twice_says_what_was_there_before():
    x = lab.tensor([1.0, 2.0], requires_grad=True)
    (x * 3).sum().backward()
    recording = Recording.of((x * 2).sum(), names={"x": x})
    while recording.advance():
        pass
    frame = recording.frames[-1]
    assert (frame["prior"]["corner"], frame["g"]["corner"], frame["grads"]["t0"]["corner"]) == ([[3, 3]], [[2, 2]], [[5, 5]])
    assert [e["kind"] for e in frame["events"]] == ["warning", "accumulate"]
    assert frame["events"][1]["text"] == "x.grad += g"


def test_contributions_that_meet_are_on_their_edges_and_the_sum_in_g():
    x = lab.tensor(3.0, requires_grad=True)
    recording = rehearse(x * x + x, names={"x": x})
    sent = [s["corner"][0][0] for f in recording.frames for s in f["edges"].values()]
    assert sent == [1, 1, 3, 3] and recording.frames[-1]["g"]["corner"] == [[7]]
    assert recording.frames[-1]["events"][0] == {"kind": "sum", "text": "3 contributions summed"}


def test_each_slot_of_a_node_with_several_outputs():
    x = lab.arange(4.0).requires_grad_()
    p, q = x.split(2)
    frame = next(f for f in rehearse((q * 2).sum()).frames if "slots" in f)
    assert frame["slots"][0] is None and frame["slots"][1]["corner"] == [[2, 2]] and frame["g"]["corner"] == [[2, 2]]
    assert p is not None


def test_none_is_none_and_not_zero():
    class Half(lab.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x + y

        @staticmethod
        def backward(ctx, g):
            return g, None

    x, y = (lab.tensor(1.0, requires_grad=True) for _ in range(2))
    recording = rehearse(Half.apply(x * 2, y * 3), names={})
    assert [s and s["corner"] for s in recording.frames[1]["edges"].values()] == [[[1]], None]
    assert [recording.picture.by_id[f["node"]].op for f in recording.frames[1:]] == ["Half", "mul", "AccumulateGrad"]
    assert recording.total == 3 and recording.picture.steps == 5


def test_a_leaf_used_only_where_nothing_comes_is_passed_over_and_others_become_ready():
    class Nothing(lab.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return None

    w = lab.tensor(1.0, requires_grad=True)
    old = w * 2  # w's oldest consumer gets no gradient: w must not wait for it forever
    recording = rehearse(Nothing.apply(old) + w * 3, names={"w": w})
    assert recording.frames[-1]["grads"] == {"t0": {"shape": [], "norm": 3, "corner": [[3]]}}
    assert recording.frames[-2]["ready"] == ["t0"]


def test_a_long_queue_is_counted_not_listed():
    leaves = [lab.tensor(float(i), requires_grad=True) for i in range(100)]
    frame = rehearse(lab.stack(leaves).sum(), names={}).frames[2]
    assert len(frame["ready"]) == 32 and frame["more"] == 68


def test_the_message_of_a_step_does_not_grow_with_the_graph():
    for n in (10, 1000):
        y = lab.tensor(1.0, requires_grad=True)
        for _ in range(n):
            y = y * y
        largest = max(len(json.dumps(f)) for f in rehearse(y, names={}).frames)
        assert largest < 1000


def test_a_step_costs_the_same_in_a_large_graph():
    import time

    def seconds(n):
        y = lab.tensor(1.0, requires_grad=True)
        for _ in range(n):
            y = y * 1.0
        recording = Recording.of(y, names={})
        begun = time.process_time()
        for _ in range(200):
            recording.advance()
        return time.process_time() - begun

    assert min(seconds(4000) for _ in range(3)) < 5 * min(seconds(400) for _ in range(3))


def test_a_chain_of_ten_thousand_is_recorded_without_recursion():
    assert rehearse(doublings(10)[1], names={}).total == 11
    y = x = lab.tensor(1.0, requires_grad=True)
    for _ in range(10_000):
        y = y * 1.0
    assert len(rehearse(y, names={"x": x}).frames) == 10_002


def test_what_backward_refuses_to_begin_is_refused():
    x = lab.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="implicitly created only for scalar outputs"):
        rehearse(x * 2)
    with pytest.raises(RuntimeError, match="does not require grad"):
        Recording.of(lab.ones(1))
    frame = rehearse(x * 2, lab.tensor([3.0, 4.0])).frames[0]
    assert frame["seed"]["value"]["corner"] == [[3, 4]]


def test_saved_and_loaded_it_is_the_same_and_cannot_be_advanced(tmp_path):
    recording = rehearse(build()[3])
    recording.save(tmp_path / "r.json")
    loaded = Recording.load(tmp_path / "r.json")
    assert loaded.to_wire() == recording.to_wire() and not loaded.advance()
    assert repr(loaded) == repr(recording) == "Recording(5 of 5 steps)"


def test_a_frame_holds_no_array_and_no_node():
    def plain(value):
        if isinstance(value, dict):
            return all(isinstance(k, str) and plain(v) for k, v in value.items())
        return all(map(plain, value)) if isinstance(value, list) else type(value) in (int, float, str, type(None))

    assert plain(rehearse(build()[3]).frames)


@pytest.mark.parametrize("text", ["[1]", '"x"', "no JSON at all"])
def test_another_file_is_no_recording(tmp_path, text):
    path = tmp_path / "pass.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"pass.json' is no recording: Recording.save\(path\) writes one"):
        Recording.load(path)
