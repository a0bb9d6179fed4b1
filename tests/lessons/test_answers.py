"""What learners type is read as they mean it, and compared with four digits."""

import math

import pytest

import autograd_lab as torch
from autograd_lab.lessons.answers import ERROR, Unreadable, agrees, normal, read, same
from autograd_lab.lessons.outcome import Outcome


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("12", 12),
        (" -0.5 ", -0.5),
        ("−39", -39),  # the minus of a word processor
        ("–8", -8),  # an en dash
        ("1/3", 1 / 3),
        ("-1/4", -0.25),
        ("[1/2, -2, +3]", [0.5, -2, 3]),
        ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]]),
        ("1e-3", 0.001),
        ("error", ERROR),
        ("Error", ERROR),
        ("'error'", ERROR),
        ("none", None),
        ("True, false", (True, False)),
        ("error, 12, None", (ERROR, 12, None)),
        ("MulBackward0", "MulBackward0"),
        ("torch.float32", "torch.float32"),
        ("inf", math.inf),
    ],
)
def test_what_is_typed_is_read_as_meant(typed, meant):
    assert read(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "))", "1/0", "2 * 3", "f(1)", "[1, 2", "1 2", "-error", "True/2", "import os", "x" * 5 + "("]
)
def test_what_is_no_answer_is_refused_with_a_remedy(typed):
    with pytest.raises(Unreadable, match=r"cannot be read as an answer\. Type a number"):
        read(typed)


def test_nothing_typed_is_ever_run():
    with pytest.raises(Unreadable):
        read("__import__('os').getcwd()")


@pytest.mark.parametrize(
    ("answer", "truth", "right"),
    [
        (1.1667, 7 / 6, True),
        (1.16, 7 / 6, False),
        (0, 0.0, True),
        (1e-9, 0.0, False),  # relative to 0 nothing is near
        (-39, -39.0, True),
        (39, -39.0, False),
        ([1, 2], [1.0, 2.0], True),
        ((1, 2), [1.0, 2.0], True),
        ([1, 2], [1.0, 2.0, 3.0], False),
        ([[1, 2]], [1.0, 2.0], False),
        (2, [2.0], False),
        (None, None, True),
        (0, None, False),
        (None, 0.0, False),
        (True, True, True),
        (1, True, False),
        (True, 1.0, False),
        ("mulbackward0", "MulBackward0", True),
        (math.nan, math.nan, True),
        (math.inf, math.inf, True),
        (1e300, math.inf, False),
    ],
)
def test_same(answer, truth, right):
    assert same(answer, truth) is right


def test_an_error_is_an_answer():
    raised = Outcome(error=RuntimeError("no"))
    assert agrees(ERROR, raised) and not agrees(0, raised) and not agrees(ERROR, Outcome(0.0))


def test_answers_from_python_may_be_tensors_and_texts():
    assert normal(torch.tensor([1.0, 2.0])) == [1.0, 2.0]
    assert normal(["error", "1/2", None]) == [ERROR, 0.5, None]
