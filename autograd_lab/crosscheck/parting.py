"""Where two runs of one function part: which value gets a gradient from our recorder that the function run again does not send.

When every node's rules are right and the function run again still has other gradients, the mistake is in the graph: an edge
that should not be there (a forgotten detach), one that is missing, a history that an in-place operation did not take over. So
the gradient that gathers at each value is compared, ours with JAX's. What came later than the mistake agrees, because it has
the same consumers; the newest value that differs is where the runs part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from types import CodeType
from typing import Any

import numpy as np

from ..core import births
from ..core.dtypes import DIFFERENTIABLE
from .compare import distance, largest
from .lower import Line, Program, wide
from .observed import Observed
from .report import Finding

APART = 1e-6  # relative; everything here is float64, and what is smaller is left to the noise
ALIGNED = 5000  # values at most: aligning two runs takes the square of that


@dataclass(eq=False)
class Answer:
    """One value of the function run again: the primitive that made it, where, and whether a gradient flows through it."""

    name: str
    values: tuple
    wants: bool
    code: CodeType | None
    lasti: int
    written: bool = False  # the whole memory after a view of it was written to
    is_part: bool = False  # what was put into a view: the written memory stands for it
    raw: Any = field(default=None, repr=False)

    @property
    def key(self) -> tuple:
        return self.name, self.written, tuple(map(_fingerprint, self.values))

    @property
    def place(self) -> tuple[int | None, str | None]:
        """(line, file) of the user's that asked for it."""
        if self.code is None:
            return None, None
        for i, position in enumerate(self.code.co_positions()):
            if i == self.lasti // 2:
                return position[0], self.code.co_filename
        return None, self.code.co_filename


class Taps:
    """What listens to the function run again: it notes each value, or (given ``zeros``) adds one to each that wants a gradient."""

    def __init__(self, zeros: Sequence | None = None):
        self.answers: list[Answer] = []
        self.zeros = None if zeros is None else iter(zeros)

    def made(self, name: str, values: Sequence, wants: bool, written: bool = False) -> list:
        """The values to go on with."""
        if self.zeros is None:
            held = tuple(np.asarray(v) for v in values)
            self.answers.append(Answer(name, held, wants, *births.place(), written, raw=values[0] if values else None))
            return list(values)
        return [v + next(self.zeros) if wants and v.dtype.kind in DIFFERENTIABLE else v for v in values]

    def put(self, value) -> str:
        """``value`` goes into a view: the name of the operation that made it."""
        for answer in reversed(self.answers):
            if answer.raw is value:
                answer.is_part = True
                return answer.name
        return "copy"


class Nudges(Taps):
    """Taps that go on with every value nudged."""

    def __init__(self, nudge: Callable):
        super().__init__()
        self.nudge = nudge

    def made(self, name, values, wants, written=False):
        return [self.nudge(v) for v in values]

    def put(self, value) -> str:
        return ""


def nudged_by(size: float, draws: np.random.Generator) -> Callable:
    """A function that moves floating JAX arrays by about ``size``, relatively, in double precision."""
    from jax import lax  # the ``*`` of arrays is compiled code that vjp would take apart anew each time

    def nudge(value):
        if value.dtype.kind not in DIFFERENTIABLE:
            return value
        double = np.result_type(value.dtype, np.float64) if value.dtype.kind != "V" else np.dtype(np.float64)
        by = np.asarray(1 + size * draws.standard_normal(value.shape), double)
        return lax.mul(value if value.dtype == double else lax.convert_element_type(value, double), by)

    return nudge


def where_they_part(
    run: Callable, leaves: Sequence, cotangents: Sequence, program: Program, seen: Observed, names: Sequence[str]
) -> Finding | None:
    """The newest value whose gradient differs, as a Finding; None if no value differs that both runs have.

    ``run(leaves, taps)`` is the function on JAX arrays; ``cotangents`` and ``names`` (of the leaves) as in the check.
    """
    import jax

    taps = Taps()
    run(leaves, taps)
    answers = taps.answers
    if len(answers) > ALIGNED:
        return None
    zeros = [np.zeros(v.shape, v.dtype) for a in answers if a.wants for v in a.values if v.dtype.kind in DIFFERENTIABLE]
    values, pull = jax.vjp(lambda zeros, leaves: run(leaves, Taps(zeros)), zeros, list(leaves))
    sent, of_leaves = pull(tuple(np.asarray(np.conj(c), v.dtype) for c, v in zip(cotangents, values)))
    totals = iter([np.conj(np.asarray(t)) for t in sent])
    theirs = [
        [next(totals) if a.wants and v.dtype.kind in DIFFERENTIABLE else np.zeros(v.shape) for v in a.values] for a in answers
    ]
    partners = _aligned(program.lines, answers)
    known = {line_key(line) for line in program.lines if line not in set(partners.values())}
    least = 1e-6 * APART * max((largest(t) for parts in theirs for t in parts), default=0.0)  # what cancels leaves about eps
    for i in range(len(answers) - 1, -1, -1):
        answer, line = answers[i], partners.get(i)
        if line is None and (answer.is_part or answer.key in known):
            continue
        for slot, total in enumerate(theirs[i]):
            ours = _arrived(seen, line, slot, len(answer.values), total)
            if _apart(ours, total, least):
                return _finding(answer, line, ours, total)
    for name, ours, total in zip(names, seen.leaf_gradients, of_leaves):
        if _apart(wide(ours), total := np.conj(np.asarray(total)), least):
            return _at_leaf(name, wide(ours), total)
    return None


def line_key(line: Line) -> tuple:
    """What a line has in common with its answer."""
    made = line.result()
    every = made if isinstance(made, tuple) else (made,)
    return line.op.__name__, line.path is not None, tuple(map(_fingerprint, every))


def _fingerprint(value) -> tuple:
    """The shape and, to a few digits, the sizes of its numbers: two runs of one function agree in them, two values rarely do."""
    array = wide(value)
    return np.shape(array), f"{np.linalg.norm(np.ravel(array)):.4e}" if array.dtype.kind in DIFFERENTIABLE else ""


def _aligned(lines: list[Line], answers: list[Answer]) -> dict[int, Line]:
    """Index of an answer -> our line that made the same value by the same operation, in the same order."""
    mine = [line for line in lines if not line.is_function]
    found = {}
    matcher = SequenceMatcher(None, [line_key(line) for line in mine], [a.key for a in answers], autojunk=False)
    for a, b, size in matcher.get_matching_blocks():
        for line, i in zip(mine[a : a + size], range(b, b + size)):
            made = line.result()
            if np.allclose(wide((made if isinstance(made, tuple) else (made,))[0]), answers[i].values[0], 1e-6, equal_nan=True):
                found[i] = line
    return found


def _arrived(seen: Observed, line: Line | None, slot: int, outputs: int, like) -> np.ndarray:
    if line is None:
        return np.zeros(like.shape)
    g = seen.arrived.get(line.node) if line.node.outputs == 1 else seen.arrived.get((line.node, slot))
    return np.zeros(like.shape) if g is None else wide(np.asarray(g))


def _apart(ours, theirs, least: float) -> bool:
    d = distance(ours, theirs)
    return bool(d.size and d.max() > APART * max(largest(ours), largest(theirs)) + least)


def _finding(answer: Answer, line: Line | None, ours, theirs) -> Finding:
    at, place = _worst(ours, theirs), answer.place
    name = answer.name + ("_" if answer.written else "")
    kind = "lost" if line is None else "edge"
    return Finding(
        0 if line is None else line.number, name, kind, "out", at, ours[at].item(), theirs[at].item(), np.inf, *place,
        witness="the function run again sends")  # fmt: skip


def _at_leaf(name: str, ours, theirs) -> Finding:
    at = _worst(ours, theirs)
    return Finding(
        0, name, "edge", "out", at, ours[at].item(), theirs[at].item(), np.inf, None, witness="the function run again sends"
    )


def _worst(ours, theirs) -> tuple[int, ...]:
    d = distance(ours, theirs)
    return tuple(int(i) for i in np.unravel_index(np.argmax(d), d.shape))
