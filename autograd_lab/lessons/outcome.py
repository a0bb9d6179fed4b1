"""What a function came to: a value or an error, as plain data and as one stable line.

Values are taken apart into Python's own numbers and lists, so that the same question has the same truth under any engine
whose tensors know ``tolist``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """The value a function returned or the exception it raised, and the first warning it gave on the way.

    ``value`` is plain: numbers, bools, strings, None, lists (one per dimension of a tensor) and tuples (several results).
    ``through``: the variable on the only path that counted, where a wrong engine left the others out.
    """

    value: Any = None
    error: BaseException | None = None
    warning: str | None = None
    through: str = ""

    def __str__(self) -> str:
        text = f"{type(self.error).__name__}: {first_sentence(self.error)}" if self.error is not None else show(self.value)
        return text if self.warning is None else f"{text}\n  {self.warning}"

    __repr__ = __str__


def outcome(function: Callable[[], Any]) -> Outcome:
    """Call ``function`` without arguments and keep what it returns or raises, and its first warning.

    >>> outcome(lambda: 6 / 4)
    1.5
    >>> outcome(lambda: 6 / 0)
    ZeroDivisionError: division by zero
    """
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        try:
            value, error = plain(function()), None
        except Exception as raised:
            value, error = None, raised.with_traceback(None)  # a traceback would keep the function's tensors alive
    warning = f"{given[0].category.__name__}: {first_sentence(given[0].message)}" if given else None
    return Outcome(value, error, warning)


def first_sentence(message: object) -> str:
    """What stands before the first line break or the first full stop that is followed by a space.

    >>> first_sentence(RuntimeError("It stopped at v1.5. Hint: look there."))
    'It stopped at v1.5.'
    """
    line = str(message).strip().split("\n")[0]
    end = line.find(". ")
    return line if end < 0 else line[: end + 1]


def plain(value: Any) -> Any:
    """``value`` as Python's own numbers, strings, None, lists and tuples; anything unknown becomes its text."""
    if hasattr(value, "detach"):
        return value.detach().tolist()
    if type(value) in (list, tuple):
        return type(value)(map(plain, value))
    if value is None or isinstance(value, (bool, int, float, complex, str)):
        return value
    return value.tolist() if hasattr(value, "tolist") else str(value)


def show(value: Any) -> str:
    """A plain value as text, numbers with at most six digits.

    >>> show(([1.0, 2.5], None, 1 / 3))
    '[1, 2.5], None, 0.333333'
    """
    if isinstance(value, list):
        return f"[{', '.join(map(show, value))}]"
    if isinstance(value, tuple):
        return ", ".join(map(show, value))
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
