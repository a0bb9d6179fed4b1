"""Where a run stops: at a node, or when a condition becomes true of a step. ``labextension/src/render/stops.ts`` is its twin.

A condition is about the gradients of one step: what arrived, what its hooks made of it, and what was sent on.

>>> large = condition("norm > 1e3 or nan")
>>> large({"g": {"norm": 2000, "shape": [], "corner": [[2000]]}, "edges": {}}, frozenset())
True
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Container, Iterator
from typing import Any

from ..core.tensor import Tensor
from .picture import Picture
from .wire import Frame, Num, Summary

Test = Callable[[Frame, Container[str]], bool]

HELP = 'norm > 1e3, max > 5, min < -5, nan, inf, zero or mismatch; several with "or"'
_CLAUSE = re.compile(r"(norm|max|min)\s*(<=|>=|<|>)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|inf)", re.IGNORECASE)
_SIGNS = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}


def condition(text: str) -> Test:
    """The test ``(frame, wrong) -> bool`` that a condition stands for; ``wrong`` holds the nodes that ``mismatch`` means.

    ValueError if it is not one.
    """
    tests = [_clause(part.strip(), text) for part in re.split(r"\bor\b", text.lower())]
    return lambda frame, wrong: any(test(frame, wrong) for test in tests)


def place(picture: Picture, where: Any) -> str | None:
    """The id of the node that ``where`` names: a tensor, a variable ("b" or "b.grad"), an operation's id; None if none does.

    ValueError for a tensor that is not in the graph.
    """
    if isinstance(where, Tensor):
        point = where._current()
        found = None if point is None else picture.points.get(point)
        if found is None:
            raise ValueError("this tensor is not in the graph that is walked: pass one that the loss was computed from")
        return found
    name = str(where).removesuffix(".grad")
    return name if name in picture.by_id else next((node.id for node in picture.nodes if name and node.name == name), None)


def gradients(frame: Frame) -> Iterator[Summary]:
    """What arrived, as it was after the last hook, and what was sent on."""
    hooks = frame.get("hooks") or []
    kept = [hooks[-1]["after"]] if hooks else []
    for summary in (frame.get("g"), *kept, *frame.get("slots", ()), *frame["edges"].values()):
        if summary is not None:
            yield summary


def _clause(text: str, whole: str) -> Test:
    if text == "mismatch":
        return lambda frame, wrong: (frame["node"] or "") in wrong
    words: dict[str, Callable[[Summary], bool]] = {
        "nan": lambda x: bool(x.get("nan")) or x["norm"] == "nan",
        "inf": lambda x: bool(x.get("inf")) or x["norm"] == "inf",
        "zero": lambda x: x["norm"] == 0,
    }
    test = words.get(text) or _comparison(text)
    if test is None:
        raise ValueError(f"{whole!r} names no node of this graph and is not a condition. Conditions are {HELP}")
    return lambda frame, wrong: any(map(test, gradients(frame)))


def _comparison(text: str) -> Callable[[Summary], bool] | None:
    found = _CLAUSE.fullmatch(text)
    if found is None:
        return None
    what, sign, limit = found[1].lower(), _SIGNS[found[2]], float(found[3])
    return lambda x: sign(_amount(x, what), limit)


def _amount(x: Summary, what: str) -> float:
    """The norm; or the largest or smallest finite element, of the corner where the whole array's is not known."""
    if what == "norm":
        return _number(x["norm"])
    known = x.get(what)
    if known is not None:
        return _number(known)
    corner = [v for row in x["corner"] for v in row if not isinstance(v, str)]
    return math.nan if not corner else max(corner) if what == "max" else min(corner)


def _number(value: Num) -> float:
    return float(value)
