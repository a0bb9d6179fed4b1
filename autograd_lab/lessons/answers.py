"""What a learner types, read and compared."""

from __future__ import annotations

import ast
import math
from typing import Any

from .outcome import Outcome, plain

TOLERANCE = 1e-3  # relative: four digits are enough
_DASHES = str.maketrans({"\u2212": "-", "\u2013": "-", "\ufe63": "-", "\uff0d": "-", "\u00d7": "*"})
_WORDS = {"none": None, "true": True, "false": False, "nan": math.nan, "inf": math.inf}


class _Error:
    """The answer "it raises"."""

    def __repr__(self):
        return "error"


ERROR = _Error()


class Unreadable(ValueError):
    """The text is no answer; the message says what would be."""


def read(text: str) -> Any:
    """The answer meant by ``text``: a number, a fraction, a list, ``None``, ``True``, a name, or ``error``.

    Several answers may stand side by side. A typographic minus is a minus. Raises Unreadable.

    >>> read("[1/3, −2]")
    [0.3333333333333333, -2]
    >>> read("12, error, None")
    (12, error, None)
    >>> read("MulBackward0")
    'MulBackward0'
    """
    try:
        tree = ast.parse(text.strip().translate(_DASHES), mode="eval")
        return _value(tree.body)
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError, MemoryError, RecursionError):
        raise Unreadable(
            f"{text.strip()!r} cannot be read as an answer. Type a number (3, -0.5, 1/3), a list such as [1, 2], "
            "True, False, None, or the word error."
        ) from None


def _value(tree: ast.expr) -> Any:
    match tree:
        case ast.Constant(value=int() | float() | str() | None):
            return ERROR if tree.value == "error" else tree.value
        case ast.Name():
            word = tree.id.lower()
            return ERROR if word == "error" else _WORDS.get(word, tree.id)
        case ast.Attribute():
            return ast.unparse(tree)  # torch.float32
        case ast.List():
            return [_value(item) for item in tree.elts]
        case ast.Tuple():
            return tuple(_value(item) for item in tree.elts)
        case ast.UnaryOp(op=ast.USub()):
            return -_number(tree.operand)
        case ast.UnaryOp(op=ast.UAdd()):
            return _number(tree.operand)
        case ast.BinOp(op=ast.Div()):
            return _number(tree.left) / _number(tree.right)
    raise ValueError("no answer")


def _number(tree: ast.expr) -> int | float:
    value = _value(tree)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("no number")
    return value


def normal(answer: Any) -> Any:
    """An answer given from Python: text is read, tensors and arrays are taken apart, the parts of a list likewise."""
    if isinstance(answer, str):
        return read(answer)
    if answer is ERROR:
        return answer
    if isinstance(answer, (list, tuple)) and not hasattr(answer, "_fields"):
        return type(answer)(map(normal, answer))
    return plain(answer)


def agrees(answer: Any, truth: Outcome) -> bool:
    """Whether ``answer`` says what happened: ``error`` for an exception, else the same shape and, within 0.1 %, the value."""
    return answer is ERROR if truth.error is not None else same(answer, truth.value)


def same(a: Any, b: Any) -> bool:
    """Two plain values: same shape, numbers within TOLERANCE of ``b``. ``None``, ``True`` and 0 are three things.

    >>> same([1.1667, 2], [7 / 6, 2.0]), same(0, None), same(True, 1)
    (True, False, False)
    """
    if a is b:
        return True  # None, and the answer "error"
    if isinstance(b, (list, tuple)):
        return isinstance(a, (list, tuple)) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, str) and isinstance(b, str):
        return a.strip().lower() == b.strip().lower()
    if isinstance(a, bool) or isinstance(b, bool):
        return type(a) is type(b) and a == b
    if not isinstance(a, (int, float, complex)) or not isinstance(b, (int, float, complex)):
        return False
    return a == b or (a != a and b != b) or abs(a - b) <= TOLERANCE * abs(b) < math.inf
