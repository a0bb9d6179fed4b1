"""What pages say of their place in a pass, when the kernel hears it in another order than it was said in."""

from __future__ import annotations

import itertools
import threading

import pytest

import autograd_lab as torch
from autograd_lab.views.stepper import step
from autograd_lab.views.turns import PAGES, Turns


def chain(length: int = 5):
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(length):
        y = y * 2
    return x, y


SAID = [
    {"type": "since", "known": 1, "at": 0, "turn": ["p", 0]},
    {"type": "step", "until": 1, "turn": ["p", 1]},
    {"type": "step", "until": 2, "turn": ["p", 2]},
    {"type": "at", "at": 1, "turn": ["p", 3]},
    {"type": "step", "until": 3, "turn": ["p", 4]},
]


@pytest.mark.parametrize("said", [SAID, SAID[:4], SAID[:3]], ids=["a step last", "a place last", "steps"])
def test_in_whatever_order_it_is_heard_the_last_word_of_a_page_counts(said):
    steps = max(message.get("until", 0) for message in said)
    ends = {"step": steps, "at": 1}[said[-1]["type"]]
    for order in itertools.permutations(said):
        if next(message["type"] for message in order if message["type"] != "since") == "at":
            continue  # a page goes to a step once it was told of it, so one was heard before
        stepper = step(chain()[1])
        for message in order:
            stepper.hear(message)
        heard = [message["turn"][1] for message in order]
        assert (stepper.position, stepper._last) == (ends, steps), heard
        assert [frame["step"] for frame in stepper.recording.frames] == list(range(steps + 1)), heard


def test_what_a_page_is_told_carries_what_was_heard_of_it():
    stepper = step(chain()[1])
    stepper._view()
    sent = []
    stepper._widget.send = lambda content, buffers=None: sent.append(content)
    stepper.next()
    stepper.hear(SAID[2])
    stepper.hear(SAID[1])  # is late, and asks for nothing that is not there
    stepper.back()
    assert [(message["at"], message.get("heard")) for message in sent] == [(1, None), (2, {"p": 2}), (1, {"p": 2})]


def test_a_step_that_is_heard_late_is_taken_and_moves_no_one():
    stepper = step(chain()[1])
    stepper._view()
    sent = []
    stepper._widget.send = lambda content, buffers=None: sent.append(content)
    stepper.hear({"type": "at", "at": 0, "turn": ["p", 2]})
    stepper.hear({"type": "step", "until": 2, "turn": ["p", 1]})
    assert (stepper.position, [frame["step"] for frame in sent[0]["frames"]], sent[0]["at"]) == (0, [1, 2], 0)


def test_who_asks_for_a_step_where_the_kernel_is_beyond_it_is_not_sent_back():
    stepper = step(chain()[1])
    stepper.seek(4)
    stepper.hear({"type": "step", "until": 2})
    assert stepper.position == 4


def test_pages_are_counted_apart_and_the_last_of_them_are_kept():
    turns = Turns()
    assert [turns.is_late(turn) for turn in (["a", 5], ["b", 1], ["a", 4], ["b", 2], ["a", 5])] == [
        False,
        False,
        True,
        False,
        False,
    ]
    for i in range(PAGES):
        assert not turns.is_late([f"page {i}", i])
    assert turns.to_wire() == {f"page {i}": i for i in range(PAGES)}


@pytest.mark.parametrize("turn", [None, 3, [], ["a"], ["a", "b"], [1, 1], ["x" * 1000, 1]])
def test_a_turn_that_is_none_is_never_late(turn):
    turns = Turns()
    assert not turns.is_late(turn) and turns.to_wire() == {}


def test_a_page_heard_in_another_thread_waits_for_the_step_that_is_being_taken():
    x, y = chain(2)
    stepper = step(y)
    free = []

    def look(_grad):
        other = threading.Thread(target=lambda: free.append(stepper._moving.acquire(blocking=False)))
        other.start()
        other.join()

    x.register_hook(look)
    stepper.run()
    assert free == [False]
