"""The widget of a Stepper: what it sends, and that its state is current without being sent again."""

from __future__ import annotations

import pytest

import autograd_lab as torch
from autograd_lab.views.stepper import step


@pytest.fixture
def shown():
    """A stepper on show, and what its widget has sent."""
    x = torch.tensor(3.0, requires_grad=True)
    stepper = step(x * x + x)
    stepper._view()
    sent = []
    stepper._widget.send = lambda content, buffers=None: sent.append(content)
    return stepper, stepper._widget, sent


def test_a_step_is_a_message_and_the_state_is_current(shown):
    stepper, widget, sent = shown
    stepper.next()
    assert [m["type"] for m in sent] == ["frames"]
    assert (sent[0]["at"], [f["step"] for f in sent[0]["frames"]]) == (1, [1])
    state = widget.get_state()["recording"]
    assert (state["at"], len(state["frames"]), state["total"]) == (1, 2, 3)


def test_a_place_that_is_known_is_said_in_a_word(shown):
    stepper, widget, sent = shown
    stepper.run()
    stepper.back()
    assert sent[-1] == {"type": "at", "at": 2}
    assert widget.get_state()["recording"]["at"] == 2


def test_the_page_steps_through_the_widget(shown):
    stepper, widget, sent = shown
    widget._handle_custom_msg({"type": "step", "until": 3}, [])
    assert stepper.position == 3 and sent[-1]["at"] == 3
    widget._handle_custom_msg({"type": "step", "until": 4}, [])
    assert sent[-1] == {"type": "at", "at": 3}
    widget._handle_custom_msg({"type": "at", "at": 0}, [])
    assert stepper.position == 0


def test_a_page_that_opens_late_is_told_what_it_missed_and_only_that(shown):
    stepper, widget, sent = shown
    stepper.next()
    stepper.next()
    sent.clear()
    widget._handle_custom_msg({"type": "since", "known": 1, "at": 0}, [])
    assert [(m["type"], [f["step"] for f in m["frames"]], m["at"]) for m in sent] == [("frames", [1, 2], 2)]
    widget._handle_custom_msg({"type": "since", "known": 3, "at": 0}, [])
    assert sent[1:] == [{"type": "at", "at": 2}]
    for said in ({"known": 3, "at": 2}, {"known": "all"}, {}):
        widget._handle_custom_msg({"type": "since"} | said, [])
    assert len(sent) == 2


def test_many_steps_go_in_batches():
    y = torch.tensor(1.0, requires_grad=True)
    for _ in range(300):
        y = y * 1.0
    stepper = step(y)
    stepper._view()
    sent = []
    stepper._widget.send = lambda content, buffers=None: sent.append(content)
    stepper.run()
    assert [f["step"] for m in sent for f in m["frames"]] == list(range(1, 302))
    assert 3 <= len(sent) <= 8 and sent[-1]["at"] == 301


def test_a_failure_comes_with_the_step_that_failed():
    w = torch.tensor([1.0], requires_grad=True)
    e = (w * 1.0).exp()
    e += 1
    stepper = step(e.sum())
    stepper._view()
    sent = []
    stepper._widget.send = lambda content, buffers=None: sent.append(content)
    stepper._widget._handle_custom_msg({"type": "step", "until": 5}, [])
    assert sent[-1]["failure"]["kind"] == "inplace"
    assert sent[-1]["at"] == sent[-1]["failure"]["step"] == 3
    stepper._widget._handle_custom_msg({"type": "step", "until": 5}, [])
    assert sent[-1]["type"] == "stopped"


def test_an_error_in_the_kernel_is_a_sentence_on_the_page(shown):
    stepper, widget, sent = shown

    def broken(message):
        raise OSError("the disk is on fire")

    stepper.hear = broken
    widget._handle_custom_msg({"type": "step", "until": 1}, [])
    assert sent == [{"type": "stopped", "says": "OSError: the disk is on fire"}]


def test_messages_that_are_none_of_ours_are_ignored(shown):
    _, widget, sent = shown
    for message in ("text", None, 3, [], {"type": "unheard of"}):
        widget._handle_custom_msg(message, [])
    assert sent == []


def test_two_displays_share_one_widget(shown):
    stepper, widget, _ = shown
    view = "application/vnd.jupyter.widget-view+json"
    assert stepper._view()[view]["model_id"] == stepper._view()[view]["model_id"] == widget.model_id
