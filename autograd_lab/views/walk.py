"""Walk: going through a pass by hand: to a step, back, on to where a run stops, and through the forward pass before it.

Whoever shows the pass hears of it: the methods whose name begins with ``_tell`` say what is news, and say it to nobody here.
"""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from ..trace.paths import PathSum, path_sum
from ..trace.progress import Progress
from ..trace.recording import Recording
from ..trace.stops import place
from .stops import Stops
from .text import plural

BATCH = 64  # frames a message, when many steps are taken at once


class Walk:
    """A pass at ``position``, the step that is looked at. See ``Stepper``, which is a Walk that is shown."""

    def __init__(self, recording: Recording, wrong: Callable[[], frozenset[str]]):
        self.recording = recording
        self.position = 0
        self._moving = threading.RLock()  # what pages ask for may come in another thread than the cells run in
        self._stops = Stops(recording.picture, wrong)

    # ------------------------------------------------------------------ walking
    def next(self) -> bool:
        """Go one step forward, taking it if it was not taken yet; False when the pass is over.

        A step that raises counts, and is the last: ``recording.failure`` and ``recording.error`` say why.
        """
        return self._advance_to(self.position + 1) > 0

    def back(self) -> bool:
        """Look at the step before; False at the start, of the pass or of the forward pass. Nothing is undone."""
        if self.position in (0, -self.operations):
            return False
        self._move(self.position - 1)
        return True

    def run(self, until: Any = None) -> None:
        """Take every step that is left, or those up to the next breakpoint.

        ``until`` is one more place to stop, this time only: what ``break_at`` takes.
        """
        stops = self._stops if until is None else self._stops.joined(until)
        if not (until is not None or self.breakpoints):
            self._advance_to(None)
            return
        known = self.recording.frames
        k = next((k for k in range(max(0, self.position) + 1, len(known)) if stops.reached(known[k])), None)
        if k is not None:
            self._move(k)
        else:
            self._advance_to(None, stops)

    def break_at(self, *where: Any) -> None:
        """Let ``run`` stop after the step of a node, or after the first step of which a condition is true.

        A node is a tensor, the name of a variable (``"b"``, ``"b.grad"``) or an id of the picture (``"n3"``). A condition
        is about the gradients of a step, what arrived and what was sent on: ``"norm > 1e3"``, ``"max > 5"``, ``"min < -5"``,
        ``"nan"``, ``"inf"``, ``"zero"``, several with ``or``; ``"mismatch"`` is true where the cross-check finds the node's
        rule wrong. A name comes before a condition. A function of the step's Frame will do, too.
        ValueError for a name the graph does not have, TypeError for anything else.

        >>> import autograd_lab as torch
        >>> a = torch.tensor(2.0, requires_grad=True)
        >>> stepper = torch.step((a * a * 100).exp().log())
        >>> stepper.break_at("nan or inf")
        >>> stepper.run()
        >>> stepper.position, stepper.recording.failure["kind"]
        (2, 'nan')
        """
        self._stops.add(*where)
        self._tell_stops()

    @property
    def breakpoints(self) -> tuple[str, ...]:
        """Where ``run`` stops: names of nodes, then conditions."""
        return self._stops.names

    def clear_breakpoints(self) -> None:
        """Let ``run`` go to the end."""
        self._stops.clear()
        self._tell_stops()

    @property
    def operations(self) -> int:
        """How many operations the forward pass has."""
        return len(self.recording.picture.operations)

    def replay(self, k: int) -> None:
        """Look at the forward pass as it was after its first ``k`` operations; ``position`` is then ``k - operations``.

        From there ``next`` goes on, into the backward pass, and ``back`` back. Raises IndexError outside 0 to ``operations``.

        >>> import autograd_lab as torch
        >>> a = torch.tensor(2.0, requires_grad=True)
        >>> stepper = torch.step(a * a + a)
        >>> stepper.replay(1)
        >>> stepper.position, stepper.operations
        (-1, 2)
        >>> stepper.next(), stepper.position
        (True, 0)
        """
        count, k = self.operations, whole(k, "replay")
        if not 0 <= k <= count:
            raise IndexError(f"the forward pass has {plural(count, 'operation')}: replay from 0 to {count}, not to {k}")
        self._move(k - count)

    @property
    def events(self) -> tuple[str, ...]:
        """What happened in the step at ``position``, in its order: sums, hooks, retained gradients, ``.grad``, freeing."""
        return tuple(event["text"] for event in self.recording.frames[self.position]["events"]) if self.position > 0 else ()

    def jacobian(self, of: Any, wrt: Any) -> np.ndarray:
        """The local Jacobian of a node with respect to one of its inputs, by its rule: shape (elements of ``of``, of ``wrt``).

        Both are tensors, names of variables or ids, as in ``break_at``. The step of ``of`` must have been taken; that its
        saved values are freed does not matter. ValueError where there is no such edge, or the matrix cannot be had.

        >>> import autograd_lab as torch
        >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
        >>> y = x * x
        >>> stepper = torch.step(y.sum())
        >>> stepper.run()
        >>> stepper.jacobian(y, x)
        array([[2., 0.],
               [0., 4.]], dtype=float32)
        """
        picture = self.recording.picture
        upper, lower = self._node(of), self._node(wrt)
        edges = [edge for edge in picture.inputs[upper] if edge.src == lower]
        if not edges:
            raise ValueError(f"{of!r} was not made from {wrt!r} at once: ask path_sum for what lies further apart")
        found = [self.recording.kept.jacobian(edge) for edge in edges]
        return sum(found[1:], start=found[0])

    def path_sum(self, upper: Any, lower: Any) -> PathSum:
        """The paths from one node down to another, the product along each, and their sum.

        With a single number at ``upper`` the products are d upper / d lower along each path; with an array they are applied
        to the gradient that arrived there, so that the sum is what ``upper`` contributes to ``lower``'s gradient. Nodes as in
        ``jacobian``; every step between them must have been taken. Hooks are left out, and ``note`` says where one is.
        ValueError without a path, or with more than eight.

        >>> import autograd_lab as torch
        >>> a = torch.tensor(2.0, requires_grad=True)
        >>> b = a * 3
        >>> stepper = torch.step(b * b + a)
        >>> stepper.run()
        >>> found = stepper.path_sum(stepper.recording.picture.root, "a")
        >>> [float(product) for product in found.products], float(found.total)
        ([18.0, 18.0, 1.0], 37.0)
        """
        picture = self.recording.picture
        found = path_sum(picture, self.recording.kept, self._node(upper), self._node(lower))
        edges = {edge.id: edge for edge in picture.edges}
        passed = {edges[name].src for path in found.paths for name in path}
        hooked = [picture.label(picture.by_id[me]) for me in self._hooked() if me in passed]
        return found._replace(note=f"without the hooks of {', '.join(hooked)}" if hooked else "")

    def _hooked(self) -> list[str]:
        """The nodes whose hooks have changed what arrived."""
        frames = [frame for frame in self.recording.frames if frame["node"] is not None]
        return [f["node"] for f in frames if f["node"] and any(hook["after"] != f.get("g") for hook in f.get("hooks", ()))]

    def _node(self, where: Any) -> str:
        found = place(self.recording.picture, where)
        if found is None:
            raise ValueError(f"{where!r} names no node of this graph")
        return found

    def seek(self, k: int) -> None:
        """Go to step ``k``, taking the steps up to there that were not taken yet.

        A pass that stops early is followed to where it stops. Raises IndexError outside 0 to ``len(self)``.
        """
        k = whole(k, "seek")
        if not 0 <= k <= len(self):
            raise IndexError(f"the pass has {plural(len(self), 'step')}: seek from 0 to {len(self)}, not to {k}")
        if k > self._last:
            self._advance_to(k)
        else:
            self._move(k)

    def __len__(self) -> int:
        return self.recording.total

    @property
    def _last(self) -> int:
        return len(self.recording.frames) - 1

    def _advance_to(self, k: int | None, stops: Stops | None = None) -> int:
        """Move forward to step k, None for the end or a stop; how far that was. The page hears of it as it goes."""
        with self._moving:
            return self._advance(k, stops)

    def _advance(self, k: int | None, stops: Stops | None) -> int:
        start, sent = self.position, self._last + 1
        with Progress("stepping", (len(self) if k is None else k) - self._last) as progress:
            while (k is None or self._last < k) and self.recording.advance():
                progress.tick()
                if stops is not None and stops.reached(self.recording.frames[-1]):
                    break
                if self._last + 1 - sent >= BATCH:
                    sent = self._tell(sent, self._last)
        self.position = self._last if k is None else min(k, self._last)
        if sent <= self._last:
            self._tell(sent, self.position)
        elif self.position != start:
            self._tell_position()
        return self.position - start

    def _move(self, k: int) -> None:
        with self._moving:
            self.position = k
            self._tell_position()

    # ------------------------------------------------------------------ what a view hears
    def _tell(self, first: int, at: int) -> int:
        """The frames from ``first`` on are there, ``at`` is the position; what is left to tell begins at the result."""
        return len(self.recording.frames)

    def _tell_position(self) -> None:
        """Another step is looked at."""

    def _tell_stops(self) -> None:
        """A run stops elsewhere."""


def whole(k: Any, word: str) -> int:
    """``k`` as the number of a step. TypeError for what is no whole number."""
    try:
        return operator.index(k)
    except TypeError:
        raise TypeError(f"{word}() takes the number of a step, a whole one, and {k!r} is of type {type(k).__name__}") from None
