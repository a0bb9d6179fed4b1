"""Each wrong engine makes its own mistake: on these numbers the answers are worked out by hand."""

import pytest

import autograd_lab as torch
from autograd_lab.lessons import outcome, predict
from autograd_lab.lessons.answers import normal
from autograd_lab.lessons.mistakes import CATALOGUE, diagnose, wrong_answers


def build():
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    b = torch.tensor([4.0, 5.0, 6.0], requires_grad=True)
    return a, b, (b * (a + b)).sum()


def b_grad():
    _, b, loss = build()
    loss.backward()
    return b.grad


def neurons(which):
    def gradient():
        a = torch.tensor(2.0, requires_grad=True)
        w1, w2, w3, w4 = (torch.tensor(w, requires_grad=True) for w in (3.0, 4.0, 5.0, 6.0))
        (10 - (w3 * (w1 * a) + w4 * (w2 * a))).backward()
        return {"a": a, "w4": w4}[which].grad

    return gradient


def mean_of_product():
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    (x * torch.tensor([8.0, 12.0, 16.0, 20.0])).mean().backward()
    return x.grad


def total():
    x = torch.tensor([3.0, 5.0], requires_grad=True)
    (x * 7).sum().backward()
    return x.grad


def cube():
    x = torch.tensor(5.0, requires_grad=True)
    (x**3).backward()
    return x.grad


def twice():
    x = torch.tensor(3.0, requires_grad=True)
    (x * 4).backward()
    (x * 5).backward()
    return x.grad


def detached():
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    b = torch.tensor([4.0, 5.0, 6.0], requires_grad=True)
    (b * (a + b).detach()).sum().backward()
    return b.grad


def constant():
    v1, v2 = torch.tensor([3.0, 4.0], requires_grad=True), torch.tensor([5.0, 6.0])
    (v1 * v2).sum().backward()
    return v2.grad


def middle():
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 4
    (y * 5).backward()
    return y.grad


def written(how):
    def gradient():
        w = torch.tensor(3.0, requires_grad=True)
        loss = w * w
        with torch.no_grad():
            (w.data if how == "data" else w).mul_(2)
        loss.backward()
        return w.grad

    return gradient


def result_written():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    y.mul_(0)
    y.sum().backward()
    return x.grad


@pytest.mark.parametrize(
    ("question", "answer", "mistake"),
    [
        (written("w"), 12, "version ignored"),
        (written("w"), 6, "value when saved"),
        (written("data"), 6, "value when saved"),
        (written("data"), "error", "every write counted"),
        (result_written, [0, 0], "version ignored"),
        (b_grad, [5, 7, 9], "one path only"),
        (b_grad, [4, 5, 6], "one path only"),
        (b_grad, [-9, -12, -15], "sign"),
        (b_grad, [36, 36, 36], "every element moved"),
        (neurons("a"), -15, "one path only"),
        (neurons("a"), -24, "one path only"),
        (neurons("a"), 39, "minus forgotten"),
        (neurons("a"), -68, "value for gradient"),
        (neurons("w4"), -6, "own factor"),
        (neurons("w4"), -6 * 8, None),
        (neurons("w4"), -12, "another leaf's gradient"),
        (mean_of_product, [8, 12, 16, 20], "forgot 1/n"),
        (mean_of_product, [0.25, 0.5, 0.75, 1], "own factor"),
        (total, [3.5, 3.5], "invented 1/n"),
        (total, [1, 1], "local derivative forgotten"),
        (cube, 375, "n * x**n"),
        (cube, 25, "x**(n - 1)"),
        (cube, 5, "value for gradient"),
        (cube, 125, "value for gradient"),
        (twice, 5, "replaced"),
        (twice, 4, "stale"),
        (detached, [9, 12, 15], "detach ignored"),
        (constant, [3, 4], "requires_grad ignored"),
        (constant, [0, 0], "zeros for None"),
        (constant, 0, "zeros for None"),
        (middle, 5, "kept everywhere"),
        (lambda: (torch.ones(2) * 3).is_leaf, False, "no leaf if an operation made it"),
        (lambda: torch.ones(2).is_leaf, False, "leaf means requires_grad"),
        (lambda: torch.ones(2, requires_grad=True).clone().is_leaf, True, "leaf taken for non-leaf"),
    ],
)
def test_the_mistake_behind_a_wrong_answer(question, answer, mistake):
    found = diagnose(normal(answer), question, outcome(question))
    assert (found and found.name) == mistake


def test_a_wrong_engine_leaves_nothing_behind():
    """After diagnosing, backward(), detach() and is_leaf are what they were."""
    before = torch.Tensor.__dict__["is_leaf"], torch.Tensor.__dict__["detach"]
    for question in (b_grad, detached, twice, lambda: torch.ones(2).is_leaf):
        list(wrong_answers(question, outcome(question)))
    assert (torch.Tensor.__dict__["is_leaf"], torch.Tensor.__dict__["detach"]) == before
    assert b_grad().tolist() == [9, 12, 15] and twice().item() == 9


def test_another_thread_sees_the_real_thing_while_a_belief_is_tried():
    import threading

    seen = []

    def question():
        other = threading.Thread(target=lambda: seen.append((torch.ones(2).is_leaf, b_grad().tolist())))
        other.start()
        other.join()
        return torch.ones(2).is_leaf

    assert diagnose(False, question, outcome(question)).name == "leaf means requires_grad"
    assert set(map(str, seen)) == {"(True, [9.0, 12.0, 15.0])"}


@pytest.mark.parametrize(
    "question", [b_grad, neurons("a"), neurons("w4"), mean_of_product, total, twice, cube, written("data")]
)
def test_questions_about_numbers_tell_mistakes_apart(question):
    assert len(predict("?", question).tells_apart()) >= 3


def test_every_mistake_has_a_name_of_its_own_and_a_sentence():
    assert len({mistake.name for mistake in CATALOGUE}) == len({mistake.says for mistake in CATALOGUE}) == len(CATALOGUE)
    assert all(mistake.says.endswith(".") for mistake in CATALOGUE)


@pytest.mark.parametrize(
    ("answer", "says"), [(-15, "That is the path through b only."), (-24, "That is the path through c only.")]
)
def test_the_path_that_was_taken_for_all_is_named(answer, says):
    def a_grad():
        a = torch.tensor(2.0, requires_grad=True)
        b = 3 * a
        c = 4 * a
        (10 - (5 * b + 6 * c)).backward()
        return a.grad

    assert says in predict("a.grad?", a_grad).verdict(answer).says


def test_a_path_without_a_name_is_one_of_several():
    assert "That is one path only." in predict("b.grad?", b_grad).verdict([5, 7, 9]).says
    assert "That is one path only." in predict("a.grad?", neurons("a")).verdict(-15).says
