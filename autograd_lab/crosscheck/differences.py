"""The witness of a node that has no oracle, a user's Function: central differences of its own forward.

Along a random direction first, which sees every element at once. Where that differs, the element is looked for: halves whose
own directions differ most, then one element after the other; so the one wrong element among a million is found, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ..core import enable_grad, grad
from ..core.dtypes import DIFFERENTIABLE
from ..core.tensor import wrap
from .kinks import judge, one_sided
from .lower import Line, applied, eps_of, wide
from .numeric import direction_of
from .observed import array_of
from .subject import leaf_of

STEPS = (1e-4, 1e-5, 1e-6)
ONE_BY_ONE = 1000  # elements that are looked at each by itself
SURE = 1e-4  # a gradient this far off its slope is off whatever the rounding of one difference


class Refused(Exception):
    """The forward cannot be run alone; ``str()`` says why."""


class Judged(NamedTuple):
    """Of one operand: how many units its gradient is off, and (index, ours, the slope) of its worst element, if that is no kink."""

    operand: int
    units: float
    wrong: tuple[tuple, Any, Any] | None = None


def by_differences(line: Line, g, sent, factor: float) -> Iterator[Judged]:
    """Each differentiable operand of ``line`` judged: incoming gradients ``g`` (None for an unused output), ``sent`` ours."""
    operands = tuple(map(wide, line.arrays))
    incoming = [None if x is None else wide(array_of(x)) for x in (g if isinstance(g, list) else [g])]
    seed = np.random.default_rng(line.number)
    for i, source in enumerate(line.sources):
        if source is None or operands[i].dtype.kind not in DIFFERENTIABLE:
            continue
        asked = _Asked(line, operands, i, incoming)
        ours = np.zeros(operands[i].shape) if sent[i] is None else wide(array_of(sent[i]))
        try:
            units, _ = asked.units(ours, np.asarray(direction_of(seed, operands[i])), factor)
        except Exception as error:  # (the user's forward may refuse anything)
            raise Refused(f"its forward cannot be run alone: {type(error).__name__}") from error
        yield Judged(i, units, asked.worst(ours, seed, factor) if units > factor else None)


def in_float64(line: Line, g) -> tuple[Line, list]:
    """(``line`` with float64 operands, what its Function's backward sends for ``g`` there). Raises Refused where it cannot.

    In 16 bits half of a wrong gradient may pass for rounding. A wrong formula is as wrong in float64, where nothing does.
    """
    widened = replace(line, arrays=tuple(map(wide, line.arrays)))
    incoming = [None if x is None else wide(array_of(x)) for x in (g if isinstance(g, list) else [g])]
    try:
        leaves = [None if s is None else leaf_of(a) for a, s in zip(widened.arrays, line.sources)]
        with enable_grad():
            made = applied(line, [wrap(np.array(a)[()]) if t is None else t.clone() for a, t in zip(widened.arrays, leaves)])
            outs = [t for t in (made if isinstance(made, tuple) else (made,)) if hasattr(t, "requires_grad")]
        pairs = [
            (t, wrap(np.asarray(h, t._array.dtype)[()])) for t, h in zip(outs, incoming) if h is not None and t.requires_grad
        ]
        asked = [t for t in leaves if t is not None]
        found = iter(grad([t for t, _ in pairs], asked, [h for _, h in pairs], allow_unused=True))
    except Exception as error:  # (the user's Function may refuse anything)
        raise Refused(f"it cannot be run in float64: {type(error).__name__}") from error
    return widened, [None if t is None else next(found) for t in leaves]


class _Asked:
    """One operand of a line, along which its forward is run."""

    def __init__(self, line: Line, operands: Sequence[np.ndarray], operand: int, incoming: list):
        self.line, self.operands, self.operand, self.incoming = line, operands, operand, incoming
        self.ways = (1, 1j) if operands[operand].dtype.kind == "c" else (1,)

    def slope(self, direction) -> tuple[float, float]:
        """(best central difference, how far neighbouring step sizes disagree) of <incoming, forward> along ``direction``."""

        def value(step):
            moved = [a if k != self.operand else a + step * direction for k, a in enumerate(self.operands)]
            out = self.line.forward(*moved)
            outs = out if isinstance(out, tuple) else (out,)
            return sum(float(np.sum(np.real(np.conj(h) * wide(o)))) for h, o in zip(self.incoming, outs) if h is not None)

        with np.errstate(all="ignore"):
            slopes = [(value(h) - value(-h)) / (2 * h) for h in STEPS]
        gaps = [abs(a - b) for a, b in pairwise(slopes)]
        best = int(np.argmin(gaps)) if np.isfinite(gaps).any() else 0
        return slopes[best + 1], gaps[best]

    def units(self, ours, direction, factor: float) -> tuple[float, float]:
        """(how many units the claim of ``ours`` is off along ``direction``, by how much)."""
        slope, doubt = self.slope(direction)
        with np.errstate(all="ignore"):
            parts = np.real(np.conj(ours) * direction)
            claim, scale = float(np.sum(parts)), float(np.sum(np.abs(parts))) + abs(slope)
        if not np.isfinite([slope, claim]).all():  # of what has no slope nothing is asked; a claim that is no number is none
            return (np.inf, np.inf) if np.isfinite(slope) else (0.0, 0.0)
        allowed = max(8 * np.sqrt(eps_of(*self.line.arrays)) * scale, 10 * doubt) + 1e-12
        return factor * abs(claim - slope) / allowed, claim - slope

    def worst(self, ours, seed, factor: float) -> tuple | None:
        """(index, ours, the slope) of the element that is furthest off; None if all that are off are kinks."""
        off, close = [], []
        for index in self._suspects(ours, seed, factor):
            claims = [float(np.real(np.conj(ours[index]) * way)) for way in self.ways]
            sides = [self._sides(index, way) for way in self.ways]
            middles = [(left + right) / 2 for left, right in sides]
            if not np.isfinite(claims).all() and np.isfinite(sides).all():
                return index, ours[index], complex(*middles) if len(middles) > 1 else middles[0]
            gap = max(map(abs, np.subtract(claims, middles)))
            found = gap, index, ours[index], complex(*middles) if len(middles) > 1 else middles[0]
            if any(
                judge(*pair, claim, middle) == "MISMATCH" and abs(claim - middle) > SURE * (1 + abs(middle))
                for pair, claim, middle in zip(sides, claims, middles)
            ):
                off.append(found)
            elif np.isfinite(gap) and all(abs(left - right) <= SURE * (1 + abs(left)) for left, right in sides):
                close.append(found)
        if off:
            return max(off, key=lambda found: found[0])[1:]
        for _, index, mine, _ in sorted(close, key=lambda found: -found[0])[:1]:  # smooth, and off by little: with better steps
            asked = [(way, *self.units(ours, self._one(index, way), factor)) for way in self.ways]
            if any(units > factor for _, units, _ in asked):
                slopes = [float(np.real(np.conj(mine) * way)) - gap for way, _, gap in asked]
                return index, mine, complex(*slopes) if len(slopes) > 1 else slopes[0]
        return None

    def _sides(self, index, way) -> tuple[float, float]:
        return one_sided(self.line, self.operands, self.operand, index, self.incoming, way)

    def _one(self, index, way) -> np.ndarray:
        operand = self.operands[self.operand]
        direction = np.zeros(operand.shape, operand.dtype)
        direction[index] = way
        return direction

    def _suspects(self, ours, seed, factor: float) -> list[tuple]:
        """The elements to look at: of many those in the half, of the half and so on, whose direction is most off."""
        operand = self.operands[self.operand]
        direction = np.asarray(direction_of(seed, operand)).ravel()
        places = np.arange(operand.size)

        def off(half):
            along = np.zeros(operand.size, operand.dtype)
            along[half] = direction[half]
            return abs(self.units(ours, along.reshape(operand.shape), factor)[1])

        while len(places) > ONE_BY_ONE:
            places = max(np.array_split(places, 2), key=off)
        return [tuple(map(int, np.unravel_index(i, operand.shape))) for i in places]
