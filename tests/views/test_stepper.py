"""The Stepper: a real pass, one step at a time; what it says before anything has happened; what a page and a notebook get."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from base64 import b64decode

import nbformat
import pytest

import autograd_lab as torch
from autograd_lab.trace import rehearse
from autograd_lab.trace.wire import MIME
from autograd_lab.views import stepper as stepping
from autograd_lab.views.moment import Moment
from autograd_lab.views.stepper import PLAYED, Stepper, step
from autograd_lab.views.style import CAP


def neurons():
    a = torch.tensor(2.0, requires_grad=True)
    w1, w2, w3, w4 = (torch.tensor(w, requires_grad=True) for w in (3.0, 4.0, 5.0, 6.0))
    b, c = w1 * a, w2 * a
    return a, 10 - (w3 * b + w4 * c)


def modified():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    e = (w * 1.0).exp()
    e += 1
    return w, e.sum()


class Fails(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        raise ZeroDivisionError("no slope here")


# ---------------------------------------------------------------------- walking
def test_steps_add_up_to_backward():
    a, L = neurons()
    stepper = step(L)
    assert len(stepper) == 11
    taken = 0
    while stepper.next():
        taken += 1
    assert (taken, stepper.position) == (11, 11)
    assert a.grad.item() == -39
    other, L2 = neurons()
    L2.backward()
    assert other.grad.item() == a.grad.item()


def test_nothing_happens_before_the_first_step():
    a, L = neurons()
    stepper = step(L)
    repr(stepper), len(stepper), stepper._repr_mimebundle_()
    assert a.grad is None and stepper.position == 0
    L.backward()  # and nothing was freed
    assert a.grad.item() == -39


def test_back_only_looks():
    a, L = neurons()
    stepper = step(L)
    stepper.run()
    assert [stepper.back() for _ in range(12)] == [True] * 11 + [False]
    assert (stepper.position, a.grad.item()) == (0, -39)
    stepper.run()
    assert (stepper.position, a.grad.item()) == (11, -39)
    assert stepper.next() is False


def test_seek_takes_what_was_not_taken_and_no_more():
    a, L = neurons()
    stepper = step(L)
    stepper.seek(4)
    assert (stepper.position, len(stepper.recording.frames)) == (4, 5)
    stepper.seek(1)
    assert (stepper.position, len(stepper.recording.frames)) == (1, 5)
    assert stepper.next() is True
    assert (stepper.position, len(stepper.recording.frames)) == (2, 5)
    stepper.seek(11)
    assert a.grad.item() == -39


@pytest.mark.parametrize("k", [-1, 12])
def test_seek_outside_the_pass_names_its_ends(k):
    with pytest.raises(IndexError, match=f"11 steps: seek from 0 to 11, not to {k}"):
        step(neurons()[1]).seek(k)


def test_a_second_pass_accumulates_and_a_graph_kept_can_be_walked_again():
    a, L = neurons()
    step(L, retain_graph=True).run()
    step(L).run()
    assert a.grad.item() == -78


def test_gradient_is_that_of_backward():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    step(x * 3, torch.tensor([1.0, 10.0])).run()
    assert x.grad.tolist() == [3.0, 30.0]


def test_create_graph_leaves_gradients_that_can_be_differentiated():
    x = torch.tensor(2.0, requires_grad=True)
    step(x * x * x, create_graph=True).run()
    (second,) = torch.autograd.grad(x.grad, x)
    assert second.item() == 12


# ---------------------------------------------------------------------- what cannot be walked
def test_what_is_no_tensor_is_refused_by_name():
    with pytest.raises(TypeError, match=r"walks backward from a Tensor, and this is of type list"):
        step([1.0])


def test_what_backward_refuses_is_refused_with_its_sentence():
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        step(torch.ones(3, requires_grad=True) * 2)
    with pytest.raises(RuntimeError, match="does not require grad"):
        step(torch.ones(()))


# ---------------------------------------------------------------------- failures
def test_a_modified_tensor_stops_the_pass_and_is_foreseen():
    w, s = modified()
    stepper = step(s)
    assert repr(stepper).startswith("Stepper(5 steps, at 0, stops at 3: ")
    assert w.grad is None
    assert [stepper.next() for _ in range(4)] == [True, True, True, False]
    assert stepper.recording.failure["kind"] == "inplace"
    assert repr(stepper).startswith("Stepper(5 steps, at 3, stopped at 3: ")
    assert stepper.back() and stepper.position == 2
    assert w.grad is None


def test_a_graph_walked_elsewhere_says_so_at_the_step_that_needs_it():
    _, L = neurons()
    stepper = step(L)
    L.backward()
    stepper.run()
    assert stepper.recording.failure["kind"] == "freed"
    assert "second time" in stepper.recording.failure["message"]


def test_a_rule_that_raises_leaves_a_pass_that_can_be_looked_at():
    x = torch.tensor(1.0, requires_grad=True)
    stepper = step(Fails.apply(x) * 3)
    stepper.run()
    failure = stepper.recording.failure
    assert (failure["kind"], failure["step"], stepper.position) == ("raised", 2, 2)
    assert "no slope here" in failure["message"]
    assert isinstance(stepper.recording.error, ZeroDivisionError)
    stepper.seek(0)
    assert stepper.next()


# ---------------------------------------------------------------------- saying
def test_the_log_is_the_whole_pass_and_touches_nothing(capsys):
    a, L = neurons()
    stepper = step(L)
    stepper.log()
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert len(lines) == 12 and lines[0].split() == ["step", "node", "arrives", "leaves"]
    assert "-24 + -15 = -39" in lines[-1]
    assert a.grad is None
    stepper.seek(5)
    stepper.log()
    assert capsys.readouterr().out == text


def test_hooks_run_when_a_step_is_taken_not_when_a_stepper_is_shown():
    a, L = neurons()
    calls = []
    a.register_hook(lambda g: calls.append(g.item()))
    stepper = step(L)
    repr(stepper), stepper._repr_mimebundle_()
    assert calls == []
    stepper.run()
    assert calls == [-39]


# ---------------------------------------------------------------------- what a notebook keeps
def test_a_saved_notebook_holds_the_whole_pass():
    _, L = neurons()
    wire = step(L)._repr_mimebundle_()[MIME]
    assert wire["wire"] == 1 and len(wire["frames"]) == 12 and wire["total"] == 11 and wire["layouts"]
    assert json.loads(json.dumps(wire, allow_nan=False)) == wire


@pytest.mark.parametrize("length, rehearsals", [(3, 1), (PLAYED, 0)])
def test_a_display_rehearses_the_pass_at_most_once(length, rehearsals, monkeypatch):
    taken = []
    monkeypatch.setattr(stepping, "rehearse", lambda *of, **how: taken.append(1) or rehearse(*of, **how))
    y = torch.ones((), requires_grad=True)
    for _ in range(length):
        y = y * 1
    wire = step(y.sin())._repr_mimebundle_()[MIME]
    wire = json.loads(wire) if isinstance(wire, str) else wire
    assert len(taken) == rehearsals and len(wire["frames"]) == (length + 3 if rehearsals else 1)


def test_how_a_long_pass_fails_is_said_before_it_does():
    x = torch.zeros((), requires_grad=True)
    y = x.sqrt()
    for _ in range(PLAYED):
        y = y * 1
    assert "inf" in repr(step(y))


def test_it_is_the_same_bytes_every_time():
    def bundle():
        _, L = neurons()
        return json.dumps(step(L)._repr_mimebundle_())

    assert bundle() == bundle()
    assert "seconds" not in bundle() and "0x" not in bundle()


def test_it_plays_the_steps_taken_when_the_rest_is_gone():
    _, L = neurons()
    stepper = step(L)
    stepper.seek(3)
    wire = stepper._repr_mimebundle_()[MIME]
    assert (wire["at"], len(wire["frames"])) == (3, 4)


def test_a_page_without_scripts_shows_the_picture_as_it_stands():
    from nbconvert import HTMLExporter

    def kept(stepper):
        """The output as a notebook saves it: the widget's view, and not the state that alone could draw it."""
        data = stepper._repr_mimebundle_() | {"application/vnd.jupyter.widget-view+json": {"model_id": "gone"}}
        output = nbformat.v4.new_output("execute_result", data)
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output])])
        body, _ = HTMLExporter().from_notebook_node(notebook)
        (image,) = re.findall(r'<img[^>]* src="data:image/svg\+xml;base64,([^"]+)"', body)
        return b64decode(image).decode()

    stepper = step(neurons()[1])
    first = kept(stepper)
    stepper.seek(3)
    assert Moment(stepper.recording, 0).says in first
    assert Moment(stepper.recording, 3).says in kept(stepper)


def test_a_long_pass_is_kept_without_a_drawing():
    y = torch.tensor(1.0, requires_grad=True)
    for _ in range(CAP):
        y = y * 1.0
    assert list(step(y)._repr_mimebundle_()) == ["text/plain", MIME]


def test_a_huge_graph_is_text():
    y = torch.tensor(1.0, requires_grad=True)
    for _ in range(20_001):
        y = y * 1.0
    assert list(step(y)._repr_mimebundle_()) == ["text/plain"]


def test_it_shows_without_the_widget_packages():
    code = """
        import sys
        sys.modules["anywidget"] = sys.modules["ipywidgets"] = None
        import autograd_lab as torch
        from autograd_lab.views import stepper
        stepper._has_kernel = lambda: True
        x = torch.tensor(3.0, requires_grad=True)
        print(sorted(torch.step(x * x)._repr_mimebundle_()))
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(sorted(["text/plain", "image/svg+xml", MIME]))


# ---------------------------------------------------------------------- questions
def asked():
    """A question, the leaf it is about, and a stepper that asks it; the names are in reach, as in a cell."""

    def a_grad():
        a, L = neurons()
        L.backward()
        return a.grad

    question = torch.lessons.predict("What is a.grad?", a_grad, hides="a.grad")
    a, L = neurons()
    return question, a, Stepper(L, question=question)


def test_an_open_question_hides_its_tensor_and_gives_nothing_to_the_file():
    question, a, stepper = asked()
    assert repr(stepper) == "Stepper(11 steps, at 0, a.grad hidden until answered)"
    wire = stepper._repr_mimebundle_()[MIME]
    assert wire["asked"]["node"] in {n["id"] for n in wire["nodes"] if n["name"] == "a"}
    assert len(wire["frames"]) == 1
    assert "-39" not in json.dumps(wire)
    stepper.seek(len(stepper))
    assert "−39" not in (drawn := stepper._repr_mimebundle_()["image/svg+xml"]) and "L" in drawn
    assert a.grad == -39
    question.answer("-39")
    assert repr(stepper) == "Stepper(11 steps, at 11)"
    assert "−39" in stepper._repr_mimebundle_()["image/svg+xml"]


def test_the_page_answers_and_hears_the_verdict():
    question, _, stepper = asked()
    stepper.hear({"type": "answer", "text": "-15"})
    assert question.open and "the path through b only" in stepper._asked()["says"]
    stepper.hear({"type": "answer", "text": "-39"})
    assert stepper._asked() | {"says": ""} == stepper._asked() | {"says": "", "ok": True, "open": False}


def test_showing_the_answer_is_not_answering_it():
    question, _, stepper = asked()
    stepper.hear({"type": "show"})
    assert (question.open, stepper._asked()["ok"]) == (False, False)


def test_a_question_about_another_graph_is_refused():
    question = torch.lessons.predict("?", lambda: 1, hides="nowhere.grad")
    with pytest.raises(ValueError, match="no tensor called 'nowhere'"):
        step(neurons()[1], question=question)


# ---------------------------------------------------------------------- what the page asks for
def test_the_page_moves_and_steps():
    a, L = neurons()
    stepper = step(L)
    stepper.hear({"type": "step", "until": 3})
    assert (stepper.position, len(stepper.recording.frames)) == (3, 4)
    stepper.hear({"type": "at", "at": 1})
    assert stepper.position == 1
    stepper.hear({"type": "step", "until": 99})
    assert (stepper.position, a.grad.item()) == (11, -39)


@pytest.mark.parametrize(
    "message", [{}, {"type": "step", "until": "x"}, {"type": "at", "at": None}, {"type": "answer"}, {"type": "?"}]
)
def test_a_message_that_makes_no_sense_does_no_harm(message):
    stepper = step(neurons()[1])
    stepper.hear(message)
    assert 0 <= stepper.position <= 1
