"""``%%autograd``: run a cell, then draw the graph of what it made."""

from __future__ import annotations

from typing import Any

from ..core.tensor import Tensor

SHOWN = 3  # graphs drawn for one cell; the others are named


def roots(before: dict[str, int], names: dict[str, Any], result: Any = None) -> dict[str, Tensor]:
    """The recorded tensors a cell made that no other of them was computed from, by name, newest first.

    ``before`` has the identity of each name's value before the cell ran. The value of the cell's last line comes first
    even if it has no name.
    """
    made = {name: value for name, value in names.items() if before.get(name) != id(value) and not name.startswith("_")}
    if all(result is not value for value in made.values()):
        made = {"the last line": result} | made
    made = {name: value for name, value in made.items() if isinstance(value, Tensor) and value.grad_fn is not None}
    points: dict[str, Any] = {name: value._current() for name, value in made.items()}
    below = _below(points.values())
    seen, found = set(), {}
    for name in sorted(made, key=lambda name: points[name].seq, reverse=True):
        if points[name] not in below and points[name] not in seen:
            seen.add(points[name])
            found[name] = made[name]
    return found


def _below(points) -> set:
    """Everything that can be reached from ``points`` along edges, without those nobody leads to."""
    found, todo = set(), list(points)
    while todo:
        for point in todo.pop().edges:
            if point is not None and point not in found:
                found.add(point)
                todo.append(point)
    return found
