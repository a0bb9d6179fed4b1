"""What a gradient of a gradient rests on: the backward of each user's Function, itself differentiated.

The tape of a ``create_graph`` backward has only what that backward recorded. What it reads without a history, an array that
forward kept, a detached tensor, is a constant there, and everything else on the tape is then right. So the backward is run
again at other places, forward first, and its differences are compared with what its tape says.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import FunctionType
from typing import Any

import numpy as np

from ..core import enable_grad, grad
from ..core.dtypes import DIFFERENTIABLE
from ..core.tensor import wrap
from . import subject
from .differences import Refused, by_differences
from .draws import same_draws
from .lower import Line, applied, wide
from .report import AGREES, CONVENTION, MISMATCH, Finding, Row

TWICE = "each Function's backward"


def asked(fn, args: tuple, dtype, factor: float, state) -> tuple[list[Row], list[Finding]]:
    """(rows about the Functions that ``fn`` is a gradient through, if subject.gradient_of made it; what is wrong).

    Each run draws from ``state``.
    """
    worst, kinks, found, refused = 0.0, 0, {}, {}
    lines = list(_lines(_inner(fn), args, dtype, state))
    for line in lines:
        try:
            for operand, units, wrong in line.judged(factor):
                if wrong is not None:  # a third order meets the first order's Functions again
                    finding = line.finding(operand, *wrong, units)
                    found.setdefault((finding.op, finding.input, finding.line, finding.source), finding)
                kinks += units > factor and wrong is None
                worst = max(worst, 0.0 if units > factor and wrong is None else units)
        except Refused as error:
            refused[line.name] = str(error)
    why = "; ".join(f"{name}: {said}" for name, said in refused.items())
    if findings := list(found.values()):
        return [Row("numeric", TWICE, MISMATCH, worst, findings[0].op)], findings
    if not lines or len(refused) == len({line.name for line in lines}):
        return [Row("numeric", TWICE, f"skipped: {why}")] if lines else [], []
    return [Row("numeric", TWICE, CONVENTION if kinks else AGREES, worst, why and f"not compared: {why}")], []


def _lines(of, args: tuple, dtype, state) -> Iterator[Twice]:
    while of is not None:
        with same_draws(state), np.errstate(all="ignore"):
            program = subject.of_function(of, args, dtype).program
        for line in program.lines:
            ours = line.op.__module__.partition(".")[0] == __name__.partition(".")[0]
            if line.is_function and not ours and not hasattr(line.op, "compiled"):
                yield Twice.of(line)
        of = _inner(of)


def _inner(function):
    return vars(function).get("of") if isinstance(function, FunctionType) else None


class Twice(Line):
    """The backward of a Function as an operation: of what forward took and what backward got it gives the gradients."""

    given: Line

    @classmethod
    def of(cls, line: Line) -> Twice:
        seed = np.random.default_rng(line.number)
        outs = [np.asarray(out) for out in _each(line.forward(*line.arrays))]
        gs = [np.asarray(seed.uniform(0.5, 1.5, out.shape), out.dtype)[()] for out in outs if out.dtype.kind in DIFFERENTIABLE]
        took = tuple(s if np.asarray(a).dtype.kind in DIFFERENTIABLE else None for a, s in zip(line.arrays, line.sources))
        twice = cls(line.number, line.node, line.op, (*line.arrays, *gs), line.params, (*took, *range(len(gs))), line.birth)
        twice.given = line
        return twice

    def forward(self, *operands) -> tuple:
        _, found = self._run(operands)
        shapes = [np.shape(a) for a, s in zip(operands, self.given.sources) if s is not None]
        return tuple(np.zeros(shape) if g is None else wide(g._array) for g, shape in zip(found, shapes))

    def judged(self, factor: float):
        """As by_differences has it. Raises Refused where nothing can be compared."""
        try:
            found, again = self.forward(*self.arrays), self.forward(*self.arrays)
            seed = np.random.default_rng(1)
            weights = [np.asarray(seed.uniform(0.5, 1.5, g.shape), g.dtype)[()] for g in found]
            sent = self._sent(weights)
        except Exception as error:  # (the user's backward may refuse anything)
            raise Refused(f"its backward cannot be differentiated alone: {type(error).__name__}") from error
        if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(found, again)):
            raise Refused("it gives another gradient each time")
        yield from by_differences(self, weights, sent, factor)

    def finding(self, operand: int, index: tuple, ours, theirs, units: float) -> Finding:
        """The words for a derivative of this backward that is not its slope."""
        birth = self.birth
        place = (birth.line, birth.filename) if birth is not None else (None, None)
        names = [*self.given.inputs, *("its incoming gradient" for _ in self.arrays)]
        index = tuple(map(int, index))
        name, ours, theirs = f"{self.op.__name__}.backward", np.asarray(ours).item(), np.asarray(theirs).item()
        return Finding(0, name, "backward", names[operand], index, ours, theirs, units, *place, "differences of it say")

    def _run(self, operands) -> tuple[list, list]:
        """(a leaf for each of ``operands``, None where nothing is asked; the gradients that backward gives, with their graph)."""
        many = len(self.given.arrays)
        leaves: list[Any] = [None if s is None else subject.leaf_of(a) for a, s in zip(operands, self.sources)]
        with enable_grad():
            took = [wrap(np.array(a)[()]) if t is None else t.clone() for a, t in zip(operands[:many], leaves)]
            made = applied(self.given, took)
            outs = [t for t in _each(made) if getattr(t, "_array", np.empty(0, "?")).dtype.kind in DIFFERENTIABLE]
            pairs = [(t, g) for t, g in zip(outs, leaves[many:]) if t.requires_grad]
            asked = [t for t in leaves[:many] if t is not None]
            found = grad([t for t, _ in pairs], asked, [g for _, g in pairs], create_graph=True, allow_unused=True)
        return leaves, list(found)

    def _sent(self, weights) -> list:
        """What differentiating the tape of backward gives to each operand."""
        leaves, found = self._run(self.arrays)
        live = [
            (g, wrap(np.asarray(w, g._array.dtype)[()])) for g, w in zip(found, weights) if g is not None and g.requires_grad
        ]
        asked = [t for t in leaves if t is not None]
        sent = grad([g for g, _ in live], asked, [w for _, w in live], allow_unused=True) if live else [None] * len(asked)
        each = iter(sent)
        return [None if t is None else next(each) for t in leaves]


def _each(made) -> tuple:
    return made if isinstance(made, tuple) else (made,)
