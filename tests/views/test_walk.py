"""Going through a pass by hand: the forward pass before it, and running to where one wants to look."""

from __future__ import annotations

import pytest

import autograd_lab as torch
from autograd_lab.views.stepper import step


def neurons():
    a = torch.tensor(2.0, requires_grad=True)
    w1, w2, w3, w4 = (torch.tensor(w, requires_grad=True) for w in (3.0, 4.0, 5.0, 6.0))
    b, c = w1 * a, w2 * a
    L = 10 - (w3 * b + w4 * c)
    return a, b, step(L)


def current(stepper):
    picture = stepper.recording.picture
    node = stepper.recording.frames[stepper.position]["node"]
    return None if node is None else picture.by_id[node].name or node


# ---------------------------------------------------------------------- the forward pass
def test_the_forward_pass_lies_before_zero():
    a, _, stepper = neurons()
    assert stepper.operations == 6
    stepper.replay(0)
    assert (stepper.position, repr(stepper)) == (-6, "Stepper(11 steps, at -6)")
    assert stepper.back() is False
    assert [stepper.next() for _ in range(7)] == [True] * 7
    assert stepper.position == 1 and a.grad is None
    stepper.replay(2)
    assert stepper.back() and stepper.position == -5
    stepper.run()
    assert (stepper.position, a.grad.item()) == (11, -39)


def test_going_back_from_zero_does_not_leave_the_backward_pass():
    _, _, stepper = neurons()
    assert stepper.back() is False and stepper.position == 0


@pytest.mark.parametrize("k", [-1, 7])
def test_replay_outside_the_forward_pass_names_its_ends(k):
    with pytest.raises(IndexError, match=f"6 operations: replay from 0 to 6, not to {k}"):
        neurons()[2].replay(k)


# ---------------------------------------------------------------------- breakpoints
def test_run_stops_at_a_tensor_a_name_and_an_id():
    _, b, stepper = neurons()
    stepper.break_at(b)
    assert stepper.breakpoints == ("b",)
    stepper.run()
    assert current(stepper) == "b"
    stepper.run()
    assert stepper.position == 11
    stepper.clear_breakpoints()
    stepper.seek(0)
    stepper.run("a.grad")  # looked for among the steps that were taken, too
    assert current(stepper) == "a"
    node = stepper.recording.picture.root
    stepper.seek(0)
    stepper.run(until=node)
    assert stepper.position == 1


def test_until_is_one_more_stop_and_for_this_time_only():
    _, _, stepper = neurons()
    stepper.break_at("b")
    stepper.run(until="c")
    assert current(stepper) == "c"
    assert stepper.breakpoints == ("b",)
    stepper.run()
    assert current(stepper) == "b"


def test_no_step_is_taken_beyond_the_stop():
    a, _, stepper = neurons()
    stepper.run(until="norm > 14")
    assert len(stepper.recording.frames) == stepper.position + 1 < 12
    frame = stepper.recording.frames[-1]
    assert any(s["norm"] > 14 for s in [frame["g"], *frame["edges"].values()])
    earlier = stepper.recording.frames[:-1]
    assert not any(s["norm"] > 14 for f in earlier for s in f["edges"].values())
    assert a.grad is None


@pytest.mark.parametrize("words", ["max > 2", "min < -3.5", "zero", "min < -100 or zero", "NORM >= 5e0"])
def test_conditions_are_about_what_arrives_and_what_leaves(words):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    z = x * 0.0
    y = z + x * torch.tensor([3.0, -4.0])
    loss = (y * torch.tensor([3.0, -4.0])).sum()
    stepper = step(loss)
    stepper.run(until=words)
    frame = stepper.recording.frames[stepper.position]
    summaries = [frame["g"], *frame["edges"].values()]
    held = {
        "max > 2": lambda s: s.get("max", s["corner"][0][0]) > 2,
        "min < -3.5": lambda s: s.get("min", s["corner"][0][0]) < -3.5,
        "zero": lambda s: s["norm"] == 0,
        "min < -100 or zero": lambda s: s["norm"] == 0,
        "NORM >= 5e0": lambda s: s["norm"] >= 5,
    }[words]
    assert any(map(held, summaries))
    before = stepper.recording.frames[1 : stepper.position]
    assert not any(held(s) for f in before for s in [f["g"], *f["edges"].values()])


def test_a_nan_stops_the_run_where_it_is_born():
    x = torch.tensor([1.0, -1.0], requires_grad=True)
    y = (x - 1).sqrt()
    stepper = step(y.sum())
    stepper.run(until="nan or inf")
    assert stepper.recording.failure["step"] == stepper.position


def test_a_function_of_the_frame_stops_it():
    _, _, stepper = neurons()
    stepper.run(until=lambda frame: bool(frame.get("freed")))
    assert stepper.recording.frames[stepper.position]["freed"]
    assert not any(f.get("freed") for f in stepper.recording.frames[: stepper.position])


def test_a_mismatch_stops_at_the_rule_that_is_wrong():
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 3

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.on()
    try:
        y = Wrong.apply(x * x)
        stepper = torch.step((y * y).sum())
    finally:
        torch.off()
    stepper.run(until="mismatch")
    node = stepper.recording.frames[stepper.position]["node"]
    assert stepper.recording.picture.by_id[node].kind == "function"
    assert x.grad is None


@pytest.mark.parametrize("where", ["nobody", "norm >", "b > 3", ""])
def test_what_is_no_place_and_no_condition_is_refused(where):
    _, _, stepper = neurons()
    with pytest.raises(ValueError, match=r"names no node of this graph and is not a condition.*norm > 1e3"):
        stepper.break_at("b", where)
    assert stepper.breakpoints in ((), ("b",))


def test_a_tensor_of_another_graph_and_a_number_are_refused():
    _, _, stepper = neurons()
    with pytest.raises(ValueError, match="not in the graph"):
        stepper.run(torch.ones(2, requires_grad=True) * 2)
    with pytest.raises(TypeError, match="not at a int"):
        stepper.break_at(3)


def test_events_of_the_step_on_show():
    _, _, stepper = neurons()
    assert stepper.events == ()
    stepper.run(until="a.grad")
    assert stepper.events == ("2 contributions summed", "a.grad = g")


def test_a_picture_saved_while_the_forward_pass_is_looked_at_is_the_one_before_the_first_step(tmp_path):
    _, _, stepper = neurons()
    stepper.save(tmp_path / "zero.svg")
    stepper.replay(1)
    stepper.save(tmp_path / "forward.svg")
    assert (tmp_path / "forward.svg").read_text() == (tmp_path / "zero.svg").read_text()


def test_a_tensor_without_a_gradient_is_refused_in_words_everywhere():
    _, b, stepper = neurons()
    stepper.run()
    foreign = torch.ones(2)
    for ask in (
        lambda: stepper.jacobian(b, foreign),
        lambda: stepper.path_sum(b, foreign),
        lambda: stepper.break_at(foreign),
        lambda: stepper.run(until=foreign),
    ):
        with pytest.raises(ValueError, match="this tensor is not in the graph that is walked"):
            ask()


def test_a_step_is_a_whole_number(tmp_path):
    *_, stepper = neurons()
    for word, go in {
        "seek": stepper.seek,
        "replay": stepper.replay,
        "save": lambda k: stepper.save(tmp_path / "x.svg", k),
    }.items():
        for k in (2.5, "a"):
            with pytest.raises(TypeError, match=rf"{word}\(\) takes the number of a step, a whole one, and {k!r} is of type"):
                go(k)


def test_what_the_page_says_that_is_no_stop_changes_nothing():
    _, b, stepper = neurons()
    stepper.break_at(b)
    stepper.hear({"type": "stops", "nodes": [], "when": "foo"})
    assert stepper.breakpoints == ("b",)
    stepper.hear({"type": "stops", "nodes": [[1], {}, None, "n0"], "when": "nan"})
    assert stepper.breakpoints == ("b", "nan")


@pytest.mark.parametrize("hook, note", [(lambda g: g * 10, "without the hooks of b"), (lambda g: None, "")])
def test_a_path_sum_says_that_hooks_on_the_way_are_left_out(hook, note):
    a = torch.tensor(2.0, requires_grad=True)
    b = a * 3
    b.register_hook(hook)
    loss = b * b
    stepper = step(loss)
    stepper.run()
    found = stepper.path_sum(loss, a)
    assert (found.total, found.note) == (36, note)
    assert (a.grad.item() == 36) is not bool(note)


def test_a_path_that_the_pass_has_not_come_to_is_said_to_be():
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = a * 3
    loss = b.mul_(b).sum()
    stepper = step(loss)
    stepper.run()
    assert stepper.recording.failure["kind"] == "inplace"
    with pytest.raises(ValueError, match=r"^this was too large to be kept, or its step was not taken: .* or stopped before"):
        stepper.path_sum(loss, a)
