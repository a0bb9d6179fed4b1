"""The lesson notebooks: their structure, their truths under PyTorch, and that a wrong engine would be noticed."""

import ast
import re
from pathlib import Path

import pytest

import autograd_lab as torch
from autograd_lab.core.backward import BackwardPass, chosen
from autograd_lab.lessons import repair
from autograd_lab.lessons.answers import same
from autograd_lab.lessons.mistakes import CATALOGUE
from autograd_lab.lessons.notebook import Lesson
from autograd_lab.lessons.outcome import Outcome
from autograd_lab.lessons.run import NOT_RECORDED

LESSONS = [Lesson(path) for path in sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))]
ROLES = {"question", "setup", "idea", "predict", "picture", "reveal", "check", "break", "repair", "keep"}
KINDS = re.compile(r"(covers|touches):S\d+|needs:jax")


# Which lesson owns which item of the founding articles.
def items(text: str) -> list[int]:
    numbers = []
    for part in text.split():
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


OWNED = {
    lesson: {f"covers:S{n}" for n in items(text)}
    for lesson, text in {
        1: "2-3 13-14 21 24 51 101-102 133",
        2: "6-8 10-12 16 18-19 27-31 35-37 42-45 78 81 106-108 111",
        3: "9 32-34 53-54 83-84 86-87 103-105 109-110 114-115 122",
        4: "15 17 67 120 132",
        5: "47 61-64 68 89 94 123-126 129",
        6: "38-41 46 58-59 65-66 82 128 130",
        7: "49 52 76 98-100 116-119 131",
        8: "74-75 96 112-113",
        9: "57",
        10: "69-73",
        11: "25",
        12: "20 22-23 26 91 93 121",
        13: "60",
        14: "4-5 55-56 85 88 90 95 97 127",
        15: "1 48 50 79-80 92",
        16: "77",
    }.items()
}

# Mistakes of the catalogue that must change what the lesson prints.
TAUGHT = {
    1: ["sign", "own factor", "one path only", "one path is missing", "minus forgotten", "local derivative only"],
    2: ["forgot 1/n", "own factor", "sign", "kept everywhere", "requires_grad ignored", "leaf means requires_grad"],
    3: ["one path only", "one path is missing", "sign", "local derivative only"],
    9: ["version ignored", "every write counted", "value when saved"],
}


def is_a_sink(node):
    return node.name().endswith("AccumulateGrad")


def sent(node, g):
    """(node, gradient) along each edge."""
    parts = node(g)
    return [(n, part) for (n, _), part in zip(node.next_functions, parts if isinstance(parts, tuple) else (parts,)) if n]


def walk_that_waits(loss):
    expected, todo = {loss.grad_fn: 0}, [loss.grad_fn]
    for node in todo:
        for n, _ in node.next_functions:
            if n is not None:
                if n not in expected:
                    todo.append(n)
                expected[n] = expected.get(n, 0) + 1
    came, queue, order, grads = {loss.grad_fn: torch.ones(())}, [loss.grad_fn], [], {}
    while queue:
        node = queue.pop(0)
        order.append(node)
        if is_a_sink(node):
            grads[node.variable] = came[node]
            continue
        for n, part in sent(node, came[node]):
            came[n] = came.get(n, 0) + part
            expected[n] -= 1
            if not expected[n]:
                queue.append(n)
    return grads, order


def walk_again_and_again(loss):
    """Right gradients, path by path."""
    queue, order, grads = [(loss.grad_fn, torch.ones(()))], [], {}
    while queue and len(order) < 1000:
        node, g = queue.pop(0)
        order.append(node)
        if is_a_sink(node):
            grads[node.variable] = grads.get(node.variable, 0) + g
        else:
            queue += sent(node, g)
    return grads, order


def decay_after_backward(w):
    (w * w).sum().backward()
    with torch.no_grad():
        w.mul_(0.5)
    return w.grad


def decay_counted(w):
    loss = (w * w).sum()
    with torch.no_grad():
        w.mul_(0.5)
    loss.backward()
    return w.grad


# One solution of each repair, and one half of a solution, which must still fail.
SOLUTIONS = {
    "l03-repair": (walk_that_waits, walk_again_and_again),
    "l09-repair": (decay_after_backward, decay_counted),
    "l02-repair": (
        lambda: ((torch.tensor([1.0, 2.0, 3.0]) * 0.5).requires_grad_(), torch.zeros(3, requires_grad=True)),
        lambda: (torch.tensor([0.5, 1.0, 1.5], requires_grad=True), torch.tensor([0.0, 0.0, 0.0])),
    ),
    "l01-repair": (
        lambda a, w1, w2, w3, w4: {
            "a": -(w3 * w1 + w4 * w2), "w1": -(w3 * a), "w2": -(w4 * a), "w3": -(w1 * a), "w4": -(w2 * a),
        },
        lambda a, w1, w2, w3, w4: {
            "a": -(w3 * w1 + w4 * w2), "w1": -(w3 * a), "w2": w4 * a, "w3": -(w1 * a), "w4": -(w2 * a),
        },
    ),
}  # fmt: skip


every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.path.stem)


def test_there_are_lessons():
    assert [lesson.number for lesson in LESSONS][:2] == [1, 2]


def test_the_lessons_together_cover_the_articles():
    owned = [item for items in OWNED.values() for item in items]
    assert sorted(owned) == sorted(f"covers:S{n}" for n in range(1, 134)), "each item belongs to one lesson"


# ---------------------------------------------------------------------- structure


@every_lesson
def test_covers_what_it_owns(lesson):
    assert set(lesson.tags("covers:")) == OWNED[lesson.number]


@every_lesson
def test_cells(lesson):
    assert len(lesson.cells) <= 25
    ids = [cell["id"] for cell in lesson.cells]
    assert len(set(ids)) == len(ids) and all(id.startswith(f"l{lesson.number:02}-") for id in ids)
    meta = lesson.notebook["metadata"]
    assert meta["autograd_lab"]["lesson"] == lesson.number and meta["autograd_lab"]["title"]
    for cell in lesson.cells:
        lines = "".join(cell["source"]).splitlines()
        assert len(lines) <= 45, f"{cell['id']} has {len(lines)} lines"
        if cell["cell_type"] == "code":
            assert all(len(line) <= 120 for line in lines), f"{cell['id']} has a line of over 120 characters"


@every_lesson
def test_tags(lesson):
    for cell in lesson.cells:
        unknown = [tag for tag in cell["metadata"]["tags"] if tag not in ROLES and not KINDS.fullmatch(tag)]
        assert not unknown, f"{cell['id']}: {unknown}"
        is_reveal = "reveal" in cell["metadata"]["tags"]
        assert is_reveal == bool(cell["metadata"].get("jupyter", {}).get("outputs_hidden")), cell["id"]
        imports_jax = bool(re.search(r"^\s*import jax", "".join(cell["source"]), re.M))
        assert imports_jax == ("needs:jax" in cell["metadata"]["tags"]), cell["id"]
    tags = lesson.tags()
    assert {"question", "setup", "predict", "picture", "reveal", "repair", "keep"} <= set(tags)
    assert tags.count("predict") >= 5, "an opening question, one before the stepper, three at the end"
    assert "question" in lesson.cells[0]["metadata"]["tags"] and "keep" in lesson.cells[-1]["metadata"]["tags"]


@every_lesson
def test_a_live_graph_a_stepper_and_a_check(lesson):
    source = "\n".join("".join(cell["source"]) for cell in lesson.code)
    assert all(f"torch.{word}(" in source for word in ("graph", "step", "check"))


@every_lesson
def test_no_answer_is_typed_in(lesson):
    for cell in lesson.code:
        tree = ast.parse(re.sub(r"(?m)^%.*$", "", "".join(cell["source"])))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "predict":
                assert "answer" not in [keyword.arg for keyword in call.keywords], cell["id"]
                assert not any(isinstance(arg, ast.Lambda) and isinstance(arg.body, ast.Constant) for arg in call.args)


@every_lesson
def test_outputs(lesson):
    assert set(lesson.notebook["metadata"]) == {"autograd_lab", "kernelspec", "language_info"}
    for cell in lesson.code:
        for output in cell["outputs"]:
            assert output["output_type"] != "error", cell["id"]
            assert output.get("name") != "stderr", f"{cell['id']} prints a warning, which holds a path"
            assert not set(NOT_RECORDED) & set(output.get("data", {}))
            text = "".join(output.get("text") or output["data"]["text/plain"])
            assert len(text.splitlines()) <= 20, cell["id"]
            assert not re.search(r"0x[0-9a-f]{6,}|/tmp/|site-packages|ipykernel", text), (
                f"{cell['id']} prints an address or a path"
            )
            if "predict" in cell["metadata"]["tags"]:
                assert text.splitlines()[-1] == "  open: type the answer in the box, or add answer=... to the call"
    assert [cell["execution_count"] for cell in lesson.code] == list(range(1, len(lesson.code) + 1)), "run from top to bottom"


@every_lesson
def test_prose(lesson):
    for cell in lesson.cells:
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            found = re.findall(
                r"(?i)\b(?:simply|just|obviously|easy|easily|of course)\b|!(?![=\[])", re.sub(r"`[^`]*`", "", text)
            )
            assert not found, f"{cell['id']}: {found}"
            if "$$" in text:
                assert "In words:" in text, f"{cell['id']}: a formula is followed by its words"


# ---------------------------------------------------------------------- truth


@pytest.fixture(scope="module")
def ran():
    """What each lesson asks and prints, under the engine and under PyTorch."""
    theirs = pytest.importorskip("torch")
    return {lesson.number: (lesson.run(torch), lesson.run(theirs)) for lesson in LESSONS}


@every_lesson
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
def test_the_truth_is_pytorchs(lesson, ran):
    ours, theirs = (run.asked for run in ran[lesson.number])
    assert len(ours) == len(theirs) == lesson.tags().count("predict")
    for mine, true in zip(ours, theirs):
        assert mine.ask == true.ask
        assert same(mine.truth(), true.truth()), mine.ask


@every_lesson
def test_what_it_prints_pytorch_prints(lesson, ran):
    ours, theirs = (run.printed for run in ran[lesson.number])
    for cell in ours:
        assert ours[cell] == theirs[cell], cell


@every_lesson
def test_questions_about_gradients_tell_three_mistakes_apart(lesson, ran):
    for question in ran[lesson.number][0].asked:
        if _walks(question) and isinstance(question.outcomes()[0].value, (float, list, type(None))):
            assert len(question.tells_apart()) >= 3, question.ask


def _walks(question) -> bool:
    walked = []

    class Noted(BackwardPass):
        def run(self):
            walked.append(self)
            super().run()

    token = chosen.set(Noted)
    try:
        question.outcomes()
    finally:
        chosen.reset(token)
    return bool(walked)


# ---------------------------------------------------------------------- repairs, and what a wrong engine would change


@every_lesson
def test_a_repair_fails_as_given_passes_when_solved_and_reports_half_a_solution(lesson):
    found = lesson.run(torch).repairs
    assert set(found) == {cell["id"] for cell in lesson.code if "repair" in cell["metadata"]["tags"]}
    for cell, (ask, broken, *checks) in found.items():
        solved, half = SOLUTIONS[cell]
        assert not repair(ask, broken, *checks).ok, cell
        assert repair(ask, solved, *checks).ok, f"{cell}: {repair(ask, solved, *checks)}"
        halfway = repair(ask, half, *checks)
        assert not halfway.ok and not any("it does not hold" in check.found for check in halfway.checked), cell


@pytest.mark.parametrize(
    ("lesson", "name"),
    [pytest.param(lesson, name, id=f"{lesson.number}-{name}") for lesson in LESSONS for name in TAUGHT[lesson.number]],
)
def test_a_mistake_the_lesson_teaches_would_change_what_it_prints(lesson, name):
    """The catalogue as a mutation test: some cell prints something else under the wrong engine."""
    (mistake,) = (mistake for mistake in CATALOGUE if mistake.name == name)
    right = lesson.run(torch).printed
    wrong = mistake.answers(lambda: lesson.run(torch).printed == right, Outcome())
    assert not all(same_as_right.value for same_as_right in wrong)
