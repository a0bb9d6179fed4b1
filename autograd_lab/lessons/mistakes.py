"""The catalogue of known mistakes, and which of them a wrong answer gives away.

A mistake is a way of running a question wrongly: under a pass that errs (engines.py), or in a world where something of
the tensor's is otherwise, or by confusing two kinds of answer. Which one a learner made is found by running the question
under each, in the order of the catalogue: narrow ones first. A sentence names the cause, never the answer.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import NamedTuple

from ..core import births
from ..core.backward import chosen
from ..core.tensor import Tensor
from ..trace.source import Sources
from . import engines
from .answers import agrees, same
from .engines import variant
from .outcome import Outcome, outcome

Question = Callable[[], object]


class Mistake(NamedTuple):
    """One known mistake: its name, the sentence that names its cause, and the answers it leads to."""

    name: str
    says: str
    answers: Callable[[Question, Outcome], Iterator[Outcome]]  # given the question and its true outcome
    raises: bool = False  # whether "error" can be the answer it leads to; elsewhere a wrong engine that stumbles has none


def walked_by(*passes) -> Callable[[Question, Outcome], Iterator[Outcome]]:
    """The answers that come out when ``backward()`` is one of these passes."""

    def answers(question, truth):
        for wrong in passes:
            yield _run(question, chosen, wrong)

    return answers


def through_one(question, truth):
    """The answers that come out when one contribution counts where several meet; which it was, where they meet only once."""
    for kept in range(4):
        senders: dict = {}
        found = _run(question, chosen, variant(engines.OnePath, kept=kept, senders=senders))
        meetings = [nodes for nodes in senders.values() if len(nodes) > 1]
        names = [_name_of(node) for node in meetings[0]] if len(meetings) == 1 else []
        yield found if not all(names) or kept >= len(names) else replace(found, through=names[kept])


def _name_of(node) -> str:
    """The variable that a node's result was assigned to, "" for none."""
    birth, sources = births.birth_of(node), Sources()
    name = "" if birth is None else sources.assigned(sources.place(birth.code, birth.lasti))
    return name if isinstance(name, str) else ""


_believed: ContextVar[str] = ContextVar("believed", default="")


def in_a_world_where(name: str, believed) -> Callable[[Question, Outcome], Iterator[Outcome]]:
    """The answers that come out when ``Tensor.<name>`` is ``believed``: a function of the tensor and the real result."""

    def answers(question, truth):
        real = Tensor.__dict__[name]
        is_property = isinstance(real, property)

        def look(tensor, *args):  # other threads go on seeing the real one
            result = real.fget(tensor) if is_property else real(tensor, *args)
            return believed(tensor, result) if _believed.get() == name else result

        setattr(Tensor, name, property(look, real.fset) if is_property else look)
        try:
            yield _run(question, _believed, name)
        finally:
            setattr(Tensor, name, real)

    return answers


@contextmanager
def _quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), births.noting():
        yield


def _run(question, variable: ContextVar, value) -> Outcome:
    token = variable.set(value)
    try:
        with _quiet():
            return outcome(question)
    finally:
        variable.reset(token)


# ---------------------------------------------------------------------- confusions of answers


def _zero_for_none(question, truth):
    if truth.error is None and truth.value is None:
        yield from (Outcome(0.0), *(Outcome([0.0] * n) for n in range(1, 9)))


def _none_for_zero(question, truth):
    numbers = truth.value if isinstance(truth.value, list) else [truth.value]
    if truth.error is None and all(same(n, 0.0) for n in numbers):
        yield Outcome(None)


def _made_by_an_operation(tensor, is_leaf) -> bool:
    birth = births.birth_of(tensor)
    return is_leaf and (birth is None or birth.op in ("tensor", "detach", "data"))


CATALOGUE: tuple[Mistake, ...] = (
    Mistake(
        "zeros for None",
        "None is not zero. None says that no gradient was sent there; zero says that one arrived, and that it is 0.",
        _zero_for_none,
    ),
    Mistake(
        "None for zeros",
        "Something is sent there, and it is 0. None would mean that nothing was sent.",
        _none_for_zero,
    ),
    Mistake(
        "no leaf if an operation made it",
        "An operation made it, and yet it may be a leaf: ask whether that operation was recorded.",
        in_a_world_where("is_leaf", _made_by_an_operation),
    ),
    Mistake(
        "leaf means requires_grad",
        "is_leaf and requires_grad are two flags. A tensor without history is a leaf, whatever its requires_grad.",
        in_a_world_where("is_leaf", lambda tensor, is_leaf: is_leaf and tensor.requires_grad),
    ),
    Mistake(
        "leaf taken for non-leaf",
        "That is is_leaf the other way round.",
        in_a_world_where("is_leaf", lambda tensor, is_leaf: not is_leaf),
    ),
    Mistake(
        "detach ignored",
        "detach() cuts here: nothing is sent through it.",
        in_a_world_where("detach", lambda tensor, result: tensor * 1),
    ),
    Mistake(
        "version ignored",
        "The node would read the new value. Its version number has moved, so backward() stops.",
        walked_by(engines.VersionsIgnored),
    ),
    Mistake(
        "value when saved",
        "A node saves a reference, not a copy. What the memory held at that time is gone.",
        walked_by(engines.ValuesWhenSaved),
    ),
    Mistake(
        "every write counted",
        "Not every write is counted. Ask which counter this one moves, and whether the node reads what was written.",
        walked_by(engines.EveryWriteCounted),
        raises=True,
    ),
    Mistake(
        "requires_grad ignored",
        "No gradient is sent to a tensor that does not require one.",
        walked_by(engines.FlagsIgnored),
    ),
    Mistake(
        "kept everywhere",
        "The gradient passes through there and is not kept: backward() fills .grad of leaves only.",
        walked_by(engines.KeptEverywhere),
    ),
    Mistake(
        "forgot 1/n", "Where did 1/n go? A mean sends each element one n-th of what arrives.", walked_by(engines.MeanWithoutN)
    ),
    Mistake("invented 1/n", "A sum does not divide: it sends each element all of what arrives.", walked_by(engines.SumWithN)),
    Mistake(
        "n * x**n", "The exponent goes down by one: the derivative of x**n is n * x**(n - 1).", walked_by(engines.PowerKept)
    ),
    Mistake(
        "x**(n - 1)",
        "The exponent comes down as a factor: the derivative of x**n is n * x**(n - 1).",
        walked_by(engines.FactorForgotten),
    ),
    Mistake(
        "minus forgotten",
        "A subtraction sends minus what arrives to the number that is taken away.",
        walked_by(engines.MinusForgotten),
    ),
    Mistake(
        "own factor",
        "In a product each factor gets the other factor, not itself.",
        walked_by(engines.OwnFactor),
    ),
    Mistake(
        "one path only",
        "That is one path only. Another edge reaches the same place; its gradient is added.",
        through_one,
    ),
    Mistake(
        "one path is missing",
        "One path is missing. Count the edges that reach this place.",
        walked_by(*(variant(engines.PathMissing, lost=k) for k in range(4))),
    ),
    Mistake(
        "replaced",
        "backward() adds to what is in .grad already. This is the last pass alone.",
        walked_by(engines.Replaced),
    ),
    Mistake(
        "stale",
        "That is what .grad held before the last backward(), which adds to it.",
        walked_by(engines.Stale),
    ),
    Mistake(
        "every element moved",
        "A gradient moves one element and leaves the others. This is what happens when all of them move.",
        walked_by(engines.EveryElement),
    ),
    Mistake(
        "one element moved",
        "Which elements move? This is what happens when only the first one does.",
        walked_by(engines.FirstElement),
    ),
    Mistake("sign", "The sign is the other way round.", walked_by(engines.Negated)),
    Mistake(
        "local derivative only",
        "That is the local derivative alone. Multiply it by what arrives.",
        walked_by(engines.LocalOnly),
    ),
    Mistake(
        "local derivative forgotten",
        "That is what arrives. Multiply it by the local derivative.",
        walked_by(engines.ArrivingOnly),
    ),
    Mistake(
        "value for gradient",
        "That is a value of the forward pass, not a gradient.",
        walked_by(engines.OwnValue, engines.RootValue),
    ),
    Mistake(
        "another leaf's gradient",
        "That is the gradient of another leaf.",
        walked_by(*(variant(engines.OtherLeaf, shift=k) for k in range(1, 6))),
    ),
)


def diagnose(answer, question: Question, truth: Outcome) -> Mistake | None:
    """The narrowest known mistake that gives ``answer`` where the truth is ``truth``; None if none does."""
    for mistake, wrong in wrong_answers(question, truth):
        if agrees(answer, wrong):
            return (
                mistake._replace(says=mistake.says.replace("one path", f"the path through {wrong.through}", 1))
                if wrong.through
                else mistake
            )
    return None


def wrong_answers(question: Question, truth: Outcome) -> Iterator[tuple[Mistake, Outcome]]:
    """Each mistake of the catalogue with the wrong answers it gives here; what gives the truth is skipped."""
    for mistake in CATALOGUE:
        for wrong in mistake.answers(question, truth):
            if wrong.error is not None:
                differs = mistake.raises and truth.error is None
            else:
                differs = truth.error is not None or not same(wrong.value, truth.value)
            if differs:
                yield mistake, wrong
