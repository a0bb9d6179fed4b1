"""Where the way back to a leaf was cut: the detach(), ``.data``, no_grad or ``.numpy()`` that a gradient does not get past.

Edges stop at a cut, so it is looked for along births: a value that is part of no graph remembers what it was detached from,
and a node remembers which of its operands were such values. A value that nobody holds any more has no birth; what was
cut from it is then suspected where the learner's line names the leaf, and nothing is said otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..core.births import Birth, birth_of
from ..core.tensor import Tensor
from .names import named_tensors
from .source import Sources


class Cut(NamedTuple):
    """What ``name`` is called that a gradient does not get past, ``how`` it came to be so, and the place in the source."""

    name: str
    how: str
    place: tuple
    used: bool  # whether anything was computed of it since, as far as is known; a single number may have been taken to be shown


def cut_below(x: Tensor, name: str, names: Mapping[str, Any]) -> Cut | None:
    """A cut on the way from ``x``, called ``name``, to the learner's variables; one that was used, if there is any."""
    called: dict[int, str] = {}
    tensors = []
    for found, tensor in named_tensors(names):
        if tensor is not x and id(tensor) not in called:
            called[id(tensor)] = found
            tensors.append(tensor)
    points = _points(t._current() for t in tensors)
    ends = [(t, False) for t in tensors if t._node is None]
    for point in points:
        birth = birth_of(point)
        ends += [(kept.tensor(), True) for kept in birth.inputs if kept.blocked is not None] if birth else []
    marks = {mark: point for point in points if (mark := getattr(point, "mark", None)) is not None}
    mine, sources, best = x._current(), Sources(), None
    for value, birth, used in _origins(ends):
        behind = [] if birth.source is None else [marks.get(birth.source())]
        operands = [kept.tensor() for kept in birth.inputs]
        behind += [operand._current() for operand in operands if operand is not None and operand.requires_grad]
        known = _points(behind)
        place = sources.place(birth.code, birth.lasti)
        if mine in known or (not known and _names(sources.text(place), name, birth)):
            assigned = sources.assigned(place)
            who = called.get(id(value)) or (assigned if isinstance(assigned, str) else "") or "a value"
            used = used or value.numel() > 1
            if best is None or used > best.used:
                best = Cut(who, _how(birth), (birth.code, birth.lasti), used)
    return best


def _names(text: str, name: str, birth: Birth) -> bool:
    """Whether the expression that made a value, by this birth, takes it from the variable ``name``."""
    if birth.op == "tensor" and not re.search(r"\.(numpy|item|tolist)\(|\bfloat\(", text):
        return False  # as zeros(w.shape)
    return name in re.findall(r"[^\W\d]\w*", text)


def _how(birth: Birth) -> str:
    if birth.op == "tensor":
        return "made anew of its numbers"
    if birth.blocked == "no_grad":
        return "computed under no_grad"
    return "cut from its history by " + (".data" if birth.op == "data" else "detach()")


def _points(roots: Iterable) -> dict:
    """Every gathering point that ``roots`` lead to, themselves first; in order, as the keys of a dict."""
    found = {point: None for point in roots if point is not None}
    todo = list(found)
    while todo:
        for point in getattr(todo.pop(), "edges", ()):
            if point is not None and point not in found:
                found[point] = None
                todo.append(point)
    return found


def _origins(ends: list[tuple[Tensor | None, bool]]) -> Iterable[tuple[Tensor, Birth, bool]]:
    """(value, birth, used) where a gradient is lost, for values that are part of no graph, or were computed from such."""
    todo, seen = ends[::-1], set()
    while todo:
        value, used = todo.pop()
        if value is None or (birth := birth_of(value)) is None or (id(value), used) in seen:
            continue
        if birth.blocked is None and birth.op != "tensor":
            continue
        seen.add((id(value), used))
        inherited = [kept for kept in birth.inputs if kept.blocked is not None]
        todo += [(kept.tensor(), True) for kept in inherited]
        if not inherited:
            yield value, birth, used
