"""Places and conditions to stop at. That the page reads conditions the same way is tested in labextension/test/time.test.ts."""

import pytest

import autograd_lab as torch
from autograd_lab.trace.picture import Picture
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


def test_a_hook_that_is_told_that_nothing_has_come_is_of_no_step():
    class Nothing(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return None

    x, told = torch.ones(4, requires_grad=True), []
    used, empty = x.exp().split(2)
    empty.register_hook(told.append)
    stepper = torch.step((used.exp().exp() + Nothing.apply(empty)).sum())  # the node's other slot has had its turn by then
    stepper.run()
    assert told == [None] and x.grad.count_nonzero() == 2
    assert not any(event["kind"] == "hook" for frame in stepper.recording.frames for event in frame["events"])
