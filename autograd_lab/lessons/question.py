"""Predict, then check: a question whose truth is what the engine does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .answers import ERROR, Unreadable, agrees, normal, same
from .mistakes import diagnose, wrong_answers
from .outcome import Outcome, outcome, show

OPEN = "open: type the answer in the box, or add answer=... to the call"


class Verdict(NamedTuple):
    """What is said of an answer: right or not, the sentence, the known mistake's name (or None), and each part's verdict."""

    ok: bool
    says: str
    mistake: str | None = None
    parts: tuple[bool, ...] = ()


class Question:
    """A question with one truth per part, each the outcome of a function without arguments.

    ``open`` is True until it has been answered rightly or shown. ``hides`` names the tensor a stepper keeps hidden so long.
    """

    def __init__(self, ask: str, of: tuple[Callable[[], Any], ...], answer: Any = None, hides: str | None = None):
        if not of or not all(map(callable, of)):
            raise TypeError("predict() needs a function without arguments for each part of the answer, after the question")
        self.ask, self.of, self.hides = ask, of, hides
        self.open, self.given, self.last = True, None, None
        self._watchers: list[Callable[[Question], None]] = []
        if answer is not None:
            self.answer(answer)

    # ------------------------------------------------------------------ the truth
    def outcomes(self) -> tuple[Outcome, ...]:
        """What each part comes to: the functions are run now."""
        return tuple(map(outcome, self.of))

    def truth(self) -> Any:
        """The right answer as plain data: one value, or a tuple with one for each part; ``error`` for an exception."""
        truths = tuple(ERROR if o.error is not None else o.value for o in self.outcomes())
        return truths[0] if len(truths) == 1 else truths

    def tells_apart(self) -> dict[str, Any]:
        """The known mistakes that give answers different from the truth and from each other, with those answers."""
        found: dict[str, Any] = {}
        for part, truth in zip(self.of, self.outcomes()):
            for mistake, wrong in wrong_answers(part, truth):
                value = wrong.value if wrong.error is None else ERROR
                if mistake.name not in found and not any(same(value, other) for other in found.values()):
                    found[mistake.name] = value
        return found

    # ------------------------------------------------------------------ answering
    def verdict(self, answer: Any) -> Verdict:
        """Compare ``answer``, typed text or Python's numbers and lists, with the truth; name the mistake if it is known."""
        try:
            answer = normal(answer)
        except Unreadable as error:
            return Verdict(False, str(error))
        truths, count = self.outcomes(), len(self.of)
        if count == 1:
            answer = answer[0] if isinstance(answer, tuple) and len(answer) == 1 else answer
            answers = (list(answer) if isinstance(answer, tuple) else answer,)
        elif not isinstance(answer, (list, tuple)) or len(answer) != count:
            return Verdict(False, f"Not yet. {count} answers are asked for, separated by commas.")
        else:
            answers = tuple(answer)
        right = tuple(map(agrees, answers, truths))
        if all(right):
            return Verdict(True, "Right.", None, right)
        first = right.index(False)
        mistake = diagnose(answers[first], self.of[first], truths[first])
        says = mistake.says if mistake is not None else self._fallback(first, answers[first], truths)
        if count > 1:
            says = f"{sum(right)} of {count} parts {'is' if sum(right) == 1 else 'are'} right. Part {first + 1}: {says}"
        return Verdict(False, f"Not yet. {says}", mistake.name if mistake else None, right)

    def _fallback(self, first, answer, truths) -> str:
        if any(agrees(answer, truth) for i, truth in enumerate(truths) if i != first):
            return "That is the answer to another part."
        if isinstance(answer, str) and type(truths[first].value) in (int, float, complex):
            return f"{answer!r} is not a number, and one is asked for."
        return "No known mistake gives this." + (" Step through it." if self.hides else "")

    def answer(self, answer: Any) -> Verdict:
        """Give an answer: like ``verdict``, and it counts: a right one closes the question."""
        verdict = self.verdict(answer)
        self.given = answer if isinstance(answer, str) else show(normal(answer))
        self.last = verdict
        if verdict.ok:
            self._close()
        return verdict

    def reveal(self) -> str:
        """Show the truth as text. The question is closed, and counts as shown, not as right."""
        text = show(self.truth())
        if self.open:
            self.given, self.last = text, Verdict(False, "Shown.")
            self._close()
        return text

    def watch(self, callback: Callable[[Question], None]) -> None:
        """Call ``callback(question)`` once the question is closed; at once if it is closed already."""
        if self.open:
            self._watchers.append(callback)
        else:
            callback(self)

    def _close(self):
        self.open = False
        watchers, self._watchers = self._watchers, []
        for callback in watchers:
            callback(self)

    # ------------------------------------------------------------------ how it looks
    def __str__(self) -> str:
        said = OPEN if self.last is None else f"{self.given}: {self.last.says}"
        return f"Predict: {self.ask}\n  {said}"

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        from .box import answer_box

        return answer_box(self) | {"text/plain": str(self)}


def predict(ask: str, *of: Callable[[], Any], answer: Any = None, hides: str | None = None) -> Question:
    """A question to answer before looking; ``of`` gives the truth, one function without arguments per part.

    A part returns a number, a tensor, a bool, a string or None, or raises: then the right answer is ``error``. Type the
    answer in the box or add ``answer=``: a Python value, or text such as ``"1/3"``. ``hides`` names what a stepper given
    this question keeps hidden. Raises TypeError without a function.

    >>> import autograd_lab as torch
    >>> def slope():
    ...     x = torch.tensor(3.0, requires_grad=True)
    ...     (x * x + x).backward()
    ...     return x.grad
    >>> predict("x = 3 and y = x * x + x. What is x.grad?", slope, answer=6)
    Predict: x = 3 and y = x * x + x. What is x.grad?
      6: Not yet. One path is missing. Count the edges that reach this place.
    """
    return Question(ask, of, answer, hides)
