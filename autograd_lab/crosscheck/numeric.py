"""Finite differences of the recording along a random direction: needs no package and believes no rule.

The recording is evaluated, not the function: differences do not know ``detach``, so everything detached is held at the value it
had. Always in float64: in float32 the best step leaves an error of 3e-5.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..core.dtypes import DIFFERENTIABLE
from .compare import largest
from .infinities import first_overflow
from .kinks import CLOSE
from .lower import Program
from .report import AGREES, CONVENTION, MISMATCH, OVERFLOW

STEPS = (1e-3, 1e-4, 1e-5, 1e-6)
NO_SLOPE = "no finite slope here"
BESIDE = 1e-3  # how far from a kink the gradient is looked at again


class Numeric(NamedTuple):
    """``units`` above the factor is a mismatch; ``relative`` and ``step`` are of the best difference."""

    verdict: str
    units: float | None
    relative: float
    step: float
    where: str = ""


def directional(program: Program, leaves, gradients, cotangents, factor: float, engine, eps: float, steps: Mapping) -> Numeric:
    """Compare <gradient, direction> with central differences of the program. A ``verdict`` and the best difference.

    ``leaves`` and ``gradients`` are arrays in the program's order, ``cotangents`` one per root; ``engine(leaves)`` gives our
    gradients at other leaves: at a kink they are compared right beside it instead. ``eps`` of the coarsest type inside;
    ``steps`` of our backward pass, to name the node at which something became infinite.
    """
    seed = np.random.default_rng(0)
    found = _compare(program, leaves, gradients, cotangents, factor, seed, eps)
    if found.where == NO_SLOPE and (overflow := first_overflow(program, steps)):
        return found._replace(verdict=OVERFLOW, units=None, where=overflow)
    if found.verdict in (AGREES, CONVENTION):
        return found
    nearby = []
    for _ in range(3):
        beside = [
            a + BESIDE * seed.standard_normal(np.shape(a)) if np.asarray(a).dtype.kind in DIFFERENTIABLE else a for a in leaves
        ]
        moved, there = engine(beside)
        nearby.append(_compare(moved, beside, there, cotangents, factor, seed, eps))
        if nearby[-1].verdict == AGREES and found.where == "kink":
            return Numeric(
                CONVENTION, 0.0, nearby[-1].relative, nearby[-1].step, "at a kink; right beside it differences agree"
            )
    if all(other.verdict == AGREES for other in nearby):
        return Numeric("skipped: too steep here for differences, which agree right beside", 0.0, found.relative, found.step)
    return found._replace(where="")


def not_finite(names, gradients) -> str:
    """Which gradient is no number first, and where: ``: x.grad[2] is nan``; empty where all are."""
    for name, g in zip(names, map(np.asarray, gradients)):
        bad = np.argwhere(~np.isfinite(g))
        if len(bad):
            at = tuple(map(int, bad[0]))
            return f": {name}.grad{list(at) if at else ''} is {g[at]:g}"
    return ""


def _compare(program, leaves, gradients, cotangents, factor, seed, eps) -> Numeric:
    directions = [direction_of(seed, a) for a in leaves]

    def value(step):
        moved = [a + step * d for a, d in zip(leaves, directions)]
        return program.on_numpy(moved)

    def difference(a, b):
        return sum(float(np.sum(np.real(np.conj(c) * (x - y)))) for c, x, y in zip(cotangents, a, b))

    with np.errstate(all="ignore"):
        still = value(0.0)
        claim = sum(float(np.sum(np.real(np.conj(g) * d))) for g, d in zip(gradients, directions))
        scale = sum(float(np.sum(np.abs(g * d))) for g, d in zip(gradients, directions))
        sides = [(difference(value(h), still) / h, difference(still, value(-h)) / h) for h in STEPS]
    slopes = [(right + left) / 2 for right, left in sides]
    right, left = sides[-1]
    if not np.isfinite([*slopes, claim]).all():
        return Numeric(CONVENTION, 0.0, 0.0, STEPS[-1], NO_SLOPE)
    doubts = [abs(a - b) for a, b in itertools.pairwise(slopes)]
    best = 1 + int(np.argmin(doubts))
    size = sum(largest(c) * largest(s) for c, s in zip(cotangents, still))
    rounding = 1e3 * 2.3e-16 * size / STEPS[best]
    error, scale = abs(slopes[best] - claim), max(scale, abs(slopes[best]))
    allowed = max(max(1e-6, 8 * np.sqrt(eps)) * scale, 10 * min(doubts)) + rounding
    units = factor * error / allowed if error else 0.0
    relative = error / scale if scale else error
    if units <= factor:
        return Numeric(AGREES, units, relative, STEPS[best])
    if min(doubts) > max(
        0.01 * np.max(np.abs(slopes)), rounding
    ):  # every step size says something else: no slope at this scale
        return Numeric("skipped: differences do not settle here", 0.0, relative, STEPS[best])
    slack = CLOSE * (1 + abs(left))
    kink = abs(right - left) > slack
    if kink and min(left, right) - slack <= claim <= max(left, right) + slack:
        return Numeric(CONVENTION, 0.0, relative, STEPS[best], "at a kink; ours lies between the one-sided slopes")
    return Numeric(MISMATCH, units, relative, STEPS[best], "kink" if kink else "")


def direction_of(seed, array):
    """A random direction for an array; zeros for one that has none."""
    array = np.asarray(array)
    if array.dtype.kind == "c":
        return seed.standard_normal(array.shape) + 1j * seed.standard_normal(array.shape)
    return seed.standard_normal(array.shape)[()] if array.dtype.kind == "f" else np.zeros(array.shape)
