"""Repair exercises: the learner edits a function until every check on it passes."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from .outcome import first_sentence


class Checked(NamedTuple):
    """One check: what it claims, whether that holds, and what was found instead."""

    claim: str
    passes: bool
    found: str


class Repair:
    """The checks of a repair exercise, run: ``ok``, ``checked``, and a report as text."""

    def __init__(self, ask: str, function: Callable, checks: tuple[Callable[[Callable], None], ...]):
        if not checks:
            raise TypeError("repair() needs at least one check: a function that takes the repaired function")
        self.ask, self.checked = ask, tuple(_run(check, function) for check in checks)

    @property
    def ok(self) -> bool:
        return all(check.passes for check in self.checked)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        passing = sum(check.passes for check in self.checked)
        lines = [f"Repair: {self.ask}", f"  {passing} of {len(self.checked)} checks pass"]
        for claim, passes, found in self.checked:
            lines.append(f"  {'passes' if passes else 'fails '}  {claim}{'' if passes else f': {found}'}")
        return "\n".join(lines)

    __repr__ = __str__


def _run(check, function) -> Checked:
    claim = (inspect.getdoc(check) or check.__name__.replace("_", " ")).split("\n")[0].rstrip(".")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a broken function may well be warned about, with a path in it
            check(function)
    except AssertionError as error:
        return Checked(claim, False, str(error).split("\n")[0] or "it does not hold")
    except Exception as error:
        return Checked(claim, False, f"{type(error).__name__}: {first_sentence(error)}")
    return Checked(claim, True, "")


def repair(ask: str, function: Callable, *checks: Callable[[Callable], Any]) -> Repair:
    """Run every check on the learner's ``function``; a check asserts, and its docstring is the claim.

    What a check or the function raises is reported, not raised. Raises TypeError without a check.

    >>> def double(x):
    ...     return x + 2
    >>> def four(double):
    ...     '''two becomes four'''
    ...     assert double(2) == 4
    >>> def ten(double):
    ...     '''five becomes ten'''
    ...     assert double(5) == 10, f"{double(5)}"
    >>> repair("double its argument", double, four, ten)
    Repair: double its argument
      1 of 2 checks pass
      passes  two becomes four
      fails   five becomes ten: 7
    """
    return Repair(ask, function, checks)
