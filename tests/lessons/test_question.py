"""Predict: open, answered, shown; as text and as a widget, and nothing gives the answer away before."""

import json

import pytest

import autograd_lab as torch
from autograd_lab.lessons import Verdict, predict


def double(x=3.0):
    x = torch.tensor(x, requires_grad=True)
    (x * 2).backward()
    return x.grad


def refused():
    torch.ones(2, requires_grad=True).backward()


def test_open_it_says_how_to_answer():
    question = predict("x = 3. What is x.grad?", double)
    assert str(question) == "Predict: x = 3. What is x.grad?\n  open: type the answer in the box, or add answer=... to the call"
    assert question.open


def test_right_wrong_and_unknown():
    assert str(predict("?", double, answer=2)).endswith("\n  2: Right.")
    assert str(predict("?", double, answer="−2")).endswith("\n  −2: Not yet. The sign is the other way round.")
    assert str(predict("?", double, answer=17)).endswith("\n  17: Not yet. No known mistake gives this.")
    with_a_stepper = predict("?", double, answer=17, hides="x.grad")
    assert str(with_a_stepper).endswith("\n  17: Not yet. No known mistake gives this. Step through it.")


def test_a_word_where_a_number_is_asked_for_is_told_so():
    assert str(predict("?", double, answer="many")).endswith("many: Not yet. 'many' is not a number, and one is asked for.")
    assert "not a number" not in str(predict("?", lambda: "MulBackward0", answer="many"))


def test_parts_are_judged_one_by_one():
    question = predict("?", double, refused, lambda: None)
    assert str(question.truth()) == "(2.0, error, None)"
    assert question.verdict("2, error, None") == Verdict(True, "Right.", None, (True, True, True))
    verdict = question.verdict([2, 1, None])
    assert verdict.says.startswith("Not yet. 2 of 3 parts are right. Part 2: ") and verdict.parts == (True, False, True)
    assert question.verdict("2").says == "Not yet. 3 answers are asked for, separated by commas."
    swapped = predict("?", lambda: 2.0, lambda: 4.0).verdict("2, 2")
    assert swapped.says == "Not yet. 1 of 2 parts is right. Part 2: That is the answer to another part."


def test_a_vector_may_be_typed_without_brackets():
    question = predict("?", lambda: torch.tensor([1.0, 2.0, 3.0]))
    assert question.verdict("1, 2, 3").ok and question.verdict([1, 2, 3]).ok and not question.verdict("1, 2").ok


def test_a_right_answer_closes_and_a_wrong_one_does_not():
    question, told = predict("?", double), []
    question.watch(told.append)
    assert not question.answer(1).ok and question.open and not told
    assert question.answer("2").ok and not question.open and told == [question]
    question.watch(told.append)
    assert told == [question, question]


def test_shown_is_not_right():
    question = predict("?", double)
    assert question.reveal() == "2"
    assert not question.open and str(question).endswith("\n  2: Shown.") and not question.last.ok


def test_a_verdict_leaves_the_question_as_it_was():
    question = predict("?", double)
    question.verdict(2)
    assert question.open and question.last is None


def test_a_question_needs_its_truth():
    with pytest.raises(TypeError, match="needs a function without arguments"):
        predict("What is x.grad?")
    with pytest.raises(TypeError, match="needs a function without arguments"):
        predict("What is x.grad?", 2)


# ---------------------------------------------------------------------- the box


@pytest.fixture
def box():
    ipywidgets = pytest.importorskip("ipywidgets")
    from autograd_lab.lessons.box import build

    def make(question):
        outer = build(question, ipywidgets)
        _, row, said = outer.children
        return outer, *row.children, said

    return make


def test_the_box_checks_on_enter_and_on_click(box):
    question = predict("x = 3. What is <x>.grad?", double)
    _, field, check, _, said = box(question)
    field.value = "1"
    field._handle_custom_msg({"event": "submit"}, [])  # what Enter sends: here the text was first
    assert "1: Not yet." in said.value and question.open
    field._handle_custom_msg({"event": "submit"}, [])
    field.value = "-2"  # here it was second, as in JupyterLab
    assert "-2: Not yet. The sign" in said.value
    field.value = "2"
    assert question.open, "leaving the field is not answering"
    check.click()
    assert "2: Right." in said.value and 'role="status"' in said.value and not question.open


def test_the_box_shows_the_answer_when_asked(box):
    question = predict("?", double)
    _, _, _, show, said = box(question)
    show.click()
    assert "The answer is 2." in said.value and not question.last.ok


def test_an_empty_field_is_not_an_answer(box):
    question = predict("?", double)
    _, _, check, _, said = box(question)
    check.click()
    assert "Type an answer first." in said.value and question.given is None


def test_while_open_no_answer_and_no_markup_reaches_the_page(box):
    question = predict("What is <img src=x onerror=alert(1)>?", lambda: torch.tensor([1234.5, 6789.0]))
    outer, *parts = box(question)
    sent = json.dumps([w.get_state() for w in (outer, *outer.children, *parts)], default=str)
    assert "1234" not in sent and "6789" not in sent
    assert "<img" not in outer.children[0].value


def test_without_a_notebook_there_is_only_text():
    question = predict("?", double)
    assert question._repr_mimebundle_() == {"text/plain": str(question)}
