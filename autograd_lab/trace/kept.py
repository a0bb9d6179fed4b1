"""What can still be asked of a step when the pass has gone on: its small arrays in full, and its rules.

Frames hold summaries, and the pass frees what was saved; a reader who wants every number, a local Jacobian or the product
along a path asks later. So small things are copied as they pass by, up to a budget, and what is too large is said to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from ..core import births
from ..core.device import on_host
from ..core.function import FunctionNode
from ..core.node import AccumulateGrad
from .failure import array_of
from .jacobian import frozen, jacobian, push, saved_bytes
from .picture import Picture, PictureEdge
from .progress import each
from .summary import number
from .wire import Frame, Num

ARRAY = 256 * 1024  # bytes of one array, or of what one node saved
BUDGET = 32 * 1024 * 1024  # bytes altogether
ROWS, NUMBERS, DIGITS = 16, 64, 6  # of a Jacobian that is recorded: at most so many rows, numbers, digits each
ALL = 8_000  # numbers of all that are recorded
GONE = "this was too large to be kept, or its step was not taken: the pass has not come there, or stopped before"
FUNCTION = "a Function's backward is your own code: it is not run only to be looked at"


class Kept:
    """Copies of what the steps of one pass worked with. ``frees``: whether the pass takes the rules' values away."""

    def __init__(self, frees: bool):
        self.frees, self.room = frees, BUDGET
        self._arrays: dict[str, np.ndarray] = {}
        self._rules: dict[str, Any] = {}
        self._points: dict[str, Any] = {}
        self._g: dict[str, list] = {}

    def forked(self, frees: bool) -> Kept:
        """The same so far, to go on by itself."""
        other = Kept(frees)
        other.room, other._arrays, other._rules = self.room, dict(self._arrays), dict(self._rules)
        other._points, other._g = dict(self._points), dict(self._g)
        return other

    # ------------------------------------------------------------------ keeping
    def visit(self, me: str, point: Any) -> None:
        """Node ``me`` is about to run."""
        self._points[me] = point
        if type(point) is AccumulateGrad:
            self.array(f"value:{me}", point.array)
        elif isinstance(point, FunctionNode):
            return  # its backward is the user's code
        elif not self.frees:
            self._rules[me] = point
        elif (size := saved_bytes(point)) <= min(ARRAY, self.room) and (copy := frozen(point)) is not None:
            self.room -= size
            self._rules[me] = copy

    def arrive(self, me: str, g: Any) -> None:
        """What the rules of ``me`` were given, after its hooks."""
        several = g if isinstance(g, list) else [g]
        arrays = [None if x is None else array_of(x) for x in several]
        if all(x is None or x.nbytes <= ARRAY for x in arrays):
            self.room -= sum(x.nbytes for x in arrays if x is not None)
            if self.room > 0:
                self._g[me] = [None if x is None else np.array(on_host(x)) for x in arrays]

    def array(self, key: str, array: Any) -> None:
        """Remember an array by its key: what kind it is, and whose."""
        if array is None:
            return
        array = np.asarray(array) if isinstance(array, (int, float)) else array_of(array)
        if array.nbytes <= min(ARRAY, self.room):
            self.room -= array.nbytes
            self._arrays[key] = np.array(on_host(array))

    # ------------------------------------------------------------------ asking
    def find(self, key: str, edges: Mapping[str, PictureEdge]) -> np.ndarray:
        """The array of that key: ``g:3``, ``hook:3:0``, ``prior:3``, ``grad:t0``, ``edge:e1``, ``local:e1``, ``value:n2``, ``jacobian:e1``.

        ValueError, a sentence, where it is not known.
        """
        kind, _, name = key.partition(":")
        if kind == "jacobian" and name in edges:
            return self.jacobian(edges[name])
        if key in self._arrays:
            return self._arrays[key]
        if kind == "value" and name in self._points:
            birth = births.birth_of(self._points[name])
            value = None if birth is None else birth.out.value()
            if value is not None:
                return np.array(on_host(value))
        raise ValueError(GONE)

    def jacobian(self, edge: PictureEdge) -> np.ndarray:
        """The local Jacobian of an edge whose step was taken. ValueError, a sentence, where there is none to show."""
        if edge.blocked is not None:
            raise ValueError("no gradient comes this way")
        return self._asked(edge, lambda rule, g: jacobian(rule, g, edge.slot))

    def push(self, edge: PictureEdge, g: list) -> Any:
        """What the rule of an edge makes of ``g``, a gradient for each output of its node. ValueError where it cannot be asked."""
        return self._asked(edge, lambda rule, _: push(rule, g, edge.slot))

    def start(self, me: str) -> list:
        """What a path begins with at ``me``: 1 if it is one number, else what arrived there. ValueError if that is not known."""
        if me not in self._g:
            raise ValueError(GONE)
        g = self._g[me]
        if len(g) == 1 and g[0] is not None and not g[0].shape:
            return [np.ones((), g[0].dtype)[()]]
        return [x if x is None or x.shape else x[()] for x in g]

    def elements(self, me: str) -> int:
        """How many elements the gradient that arrived at a node has; 0 if that is not known."""
        return sum(x.size for x in self._g.get(me, ()) if x is not None)

    def outputs(self, me: str) -> int:
        """How many outputs a node has."""
        return getattr(self._points.get(me), "outputs", 1)

    def _asked(self, edge: PictureEdge, ask: Callable[[Any, list], Any]) -> Any:
        rule, g = self._rules.get(edge.dst), self._g.get(edge.dst)
        if rule is None or g is None:
            raise ValueError(FUNCTION if isinstance(self._points.get(edge.dst), FunctionNode) else GONE)
        try:
            return ask(rule, g)
        except ValueError:
            raise
        except Exception as error:  # a rule may refuse: freed, written over, not made for this
            raise ValueError(f"{type(error).__name__}: {error}") from None


def small_jacobians(kept: Kept, picture: Picture, frames: Iterable[Frame]) -> dict[str, list[list[Num]]]:
    """The local Jacobians of the edges that these frames walked, by edge, where they are small; with 6 digits, to be multiplied."""
    edges, room = {edge.id: edge for edge in picture.edges}, ALL
    found: dict[str, list[list[Num]]] = {}
    names = [name for frame in frames for name in frame["edges"]]
    for name in each(names, "writing Jacobians", unit="edge"):
        if room <= 0 or kept.elements(edges[name].dst) > ROWS:
            continue
        try:
            matrix = kept.jacobian(edges[name])
        except ValueError:
            continue
        if matrix.size <= NUMBERS:
            room -= matrix.size
            found[name] = [[number(v, DIGITS) for v in row] for row in matrix.tolist()]
    return found
