"""Places and conditions to stop at. That the page reads conditions the same way is tested in labextension/test/time.test.ts."""

import pytest

import autograd_lab as torch
from autograd_lab.trace.picture import Picture
from autograd_lab.trace.recording import rehearse
from autograd_lab.trace.stops import condition, place
from autograd_lab.trace.summary import summarise


def frame(arrived, *sent, hooks=()):
    arrays = {f"e{i}": summarise(x) for i, x in enumerate(sent)}
    out = {"node": "n0", "g": summarise(arrived), "edges": arrays}
    return out | ({"hooks": [{"line": 1, "after": summarise(x)} for x in hooks]} if hooks else {})


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("norm > 4", True), ("norm >= 5", True), ("norm > 5", False), ("norm < 1e-3", True), ("max > 2", True),
        ("max > 3", False), ("min < -3.5", True), ("min < -4", False), ("zero", True), ("nan", False), ("inf", False),
        ("nan or norm>4", True), (" MIN <= -4e0 OR nan", True), ("mismatch", False),
    ],
)  # fmt: skip
def test_conditions_are_about_what_arrived_and_what_was_sent_on(text, holds):
    assert condition(text)(frame([3.0, -4.0], [0.0, 0.0]), frozenset()) is holds


def test_nan_and_infinity_are_found_anywhere():
    nan, inf = float("nan"), float("inf")
    for word, value in (("nan", nan), ("inf", inf), ("inf", -inf)):
        assert condition(word)(frame([1.0], [1.0, value]), ())
        assert condition(word)(frame(value), ())
        assert condition(word)(frame([1.0], hooks=([value],)), ())
        assert not condition(word)(frame([1.0]), ())


def test_a_hook_hides_nothing_of_what_arrived():
    both = frame([100.0], [1.0], hooks=([1.0],))
    assert condition("norm > 50")(both, ())


def test_a_mismatch_is_where_a_cross_check_found_one():
    assert condition("mismatch")(frame([1.0]), {"n0"})
    assert not condition("mismatch")(frame([1.0]), {"n1"})


@pytest.mark.parametrize("text", ["", "norm", "norm > x", "and", "1 < norm", "norm > 1 or", "median > 3"])
def test_anything_else_is_refused_with_what_there_is(text):
    with pytest.raises(ValueError, match=r"not a condition\. Conditions are norm > 1e3"):
        condition(text)


def test_places_are_tensors_names_and_ids():
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    picture = Picture.of(y.exp(), names={"x": x, "y": y})
    assert [place(picture, w) for w in (x, y, "x", "x.grad", "y", "n1", "z", "")] == [
        "t0", "n0", "t0", "t0", "n0", "n1", None, None
    ]  # fmt: skip


class Nothing(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return None


def test_a_hook_that_is_told_that_nothing_has_come_is_of_no_step():
    x, told = torch.ones(4, requires_grad=True), []
    used, empty = x.exp().split(2)
    empty.register_hook(told.append)
    stepper = torch.step((used.exp().exp() + Nothing.apply(empty)).sum())  # the node's other slot has had its turn by then
    stepper.run()
    assert told == [None] and x.grad.count_nonzero() == 2
    assert not any(event["kind"] == "hook" for frame in stepper.recording.frames for event in frame["events"])


def functions():
    class More(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def backward(ctx, g):
            return g + 5

    return Nothing.apply, More.apply


def test_a_function_that_is_given_zeros_has_a_step():
    nothing, more = functions()
    x = torch.ones(2, requires_grad=True)
    stepper = torch.step(nothing(more(x.exp()).sin()).sum())
    stepper.run()
    assert x.grad.allclose(x.detach().exp() * 5)
    frames = stepper.recording.frames
    label = {node.id: node.op for node in stepper.recording.picture.nodes}
    assert [label.get(frame["node"]) for frame in frames[1:]] == ["sum", "Nothing", "More", "exp", "AccumulateGrad"]
    assert [label[me] for frame in frames for me in frame["ready"]] == ["sum", "Nothing", "More", "exp", "AccumulateGrad"]
    assert frames[3]["edges"] and all(sent["max"] == 5 for sent in frames[3]["edges"].values())


def test_what_nodes_saved_that_are_passed_over_is_let_go_too():
    nothing, _ = functions()
    x = torch.ones(2, requires_grad=True)
    for z in (nothing(x.exp().exp()).sum() + x.exp().sum(), nothing(x.exp().exp()).sum()):
        stepper = torch.step(z)
        stepper.run()
        frames = stepper.recording.frames
        assert frames[0]["bytes"] > 0 and frames[-1]["bytes"] == 0
        freed = [s for frame in frames for s in frame.get("freed", ())]
        assert sorted(freed) == sorted(s.id for s in stepper.recording.picture.saved)


def test_hooks_at_outputs_are_of_the_step_of_their_node():
    x = torch.ones(4, requires_grad=True)
    a, b = x.exp().split(2)
    a.register_hook(lambda g: g * 2)
    b.register_hook(lambda g: None)
    stepper = torch.step((a * 3 + b).sum())
    stepper.run()
    (frame,) = [frame for frame in stepper.recording.frames if "hooks" in frame]
    assert [s["max"] for s in frame["slots"]] == [3, 1] and [h["after"]["max"] for h in frame["hooks"]] == [6, 1]
    assert ["changed" in e["text"] for e in frame["events"] if e["kind"] == "hook"] == [True, False]


def test_a_rehearsal_to_which_nothing_comes_at_a_leaf_with_a_gradient():
    nothing, _ = functions()
    x = torch.ones(2, requires_grad=True)
    x.grad = torch.ones(2)
    rehearsed = rehearse(nothing(x.exp()).sum())
    assert rehearsed.failure is None and [f["node"] for f in rehearsed.frames if "grads" in f] == []
