"""When is a difference an error? In units of its own rounding error, never by a fixed relative tolerance.

A gradient computed in floating point is off by about eps times (its size + how far the rule's result moves when everything
it reads moves by one eps). Measured on 7,710 contributions of random graphs that sum is never exceeded 2.7-fold, while plain
eps units reach 717 and ``allclose(rtol=1e-5)`` in float32 flags 3.8 % of correct values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.dtypes import DIFFERENTIABLE
from ..core.limits import limits_of
from ..core.namespaces import NUMPY, sum_to
from .lower import Line

NUDGE = 1e-8  # how far operands are moved to learn a rule's sensitivity
DRAWS = 3
FORWARD_SLACK = 64  # a forward is allowed this many more units: its sums and transcendental functions are not ours to judge
IN_STEPS = frozenset({"matrix_exp", "least_squares"})  # algorithms of many steps: as many times that again, also to gradients


def tiny_of(array) -> float:
    """The smallest normal number of the array's type: below it nothing has relative precision."""
    dtype = np.asarray(array).dtype
    return float(limits_of(dtype).tiny) if dtype.kind in DIFFERENTIABLE else 0.0


def spacing_at(array, theirs) -> float:
    """The step between neighbours of the largest value of ``theirs`` in the type of ``array`` (of complex ones: of its parts)."""
    return float(np.spacing(np.asarray(largest(theirs), limits_of(np.asarray(array).dtype).dtype)))


def distance(ours, theirs) -> np.ndarray:
    """|ours - theirs| elementwise; 0 where both are the same infinity or both nan, inf where only one is or shapes differ."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if ours.shape != theirs.shape:
        return np.full(theirs.shape, np.inf)
    with np.errstate(all="ignore"):
        d = np.abs(ours - theirs)
        same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    return np.where(same, 0.0, np.where(np.isnan(d), np.inf, d))


def largest(array) -> float:
    """The largest finite absolute value; 0 of nothing."""
    magnitudes = np.abs(np.asarray(array, np.complex128 if np.asarray(array).dtype.kind == "c" else np.float64))
    magnitudes = magnitudes[np.isfinite(magnitudes)]
    return float(magnitudes.max()) if magnitudes.size else 0.0


def rules_on(line: Line, operands: Sequence, out, g, xp: Any = NUMPY) -> list:
    """Our own rules of this line on other operands: to learn how much they amplify rounding, or (``xp``) what they give elsewhere.

    Never as an answer. A write to a view has its rules on NumPy only.
    """
    op = line.op
    if line.path is not None:
        inside = np.array(NUMPY.take_view(g, line.path))
        part = np.array(NUMPY.take_view(operands[0], line.path))
        first, *rest = _rules(line, (part, *operands[1:]), NUMPY.take_view(out, line.path), inside)
        outside = np.array(g)
        NUMPY.take_view(outside, line.path)[...] = 0 if first is None else first
        return [outside, *rest]
    return _rules(line, operands, out, g, xp) if op.rules else [None] * len(operands)


def _rules(line, operands, out, g, xp=NUMPY):
    op = line.op
    if op.variadic:
        name = op.inputs[0]
        known = {name: operands, f"{name}_shape": [a.shape for a in operands], f"{name}_dtype": [a.dtype for a in operands]}
    else:
        known = dict(zip(op.inputs, operands))
        known |= {f"{n}_{what}": getattr(a, what) for n, a in zip(op.inputs, operands) for what in ("shape", "dtype")}
    known |= op.params | line.params | {"out": out}
    grads = [op.rules[name](xp, g, known) if name in op.rules else None for name in op.inputs]
    if op.variadic:
        return list(grads[0] or ())
    if op.elementwise:
        grads = [None if x is None else sum_to(xp, x, a.shape) for x, a in zip(grads, operands)]
    return grads


def sensitivity(line: Line, operands: Sequence, out, g) -> list[float]:
    """For each operand's gradient: how far it moves per relative nudge of all that its rule reads, at most, of three tries."""
    seed = np.random.default_rng(line.number)
    most = [0.0] * len(operands)
    # a rule that compares an operand with the output (amax) must see an output that belongs to the operand
    together = any("out" in r.reads and not {*r.reads}.isdisjoint(line.op.inputs) for r in line.op.rules.values())
    with np.errstate(all="ignore"):
        still = rules_on(line, operands, out, g)
        for _ in range(DRAWS):
            moved = [_nudged(a, seed) for a in operands]
            out_moved = line.forward(*moved) if together else _nudged(out, seed)
            for i, (a, b) in enumerate(zip(rules_on(line, moved, out_moved, _nudged(g, seed)), still)):
                if a is not None:
                    most[i] = max(most[i], largest(np.asarray(a) - b) / NUDGE)
    return most


def only_rounding(line: Line, operands: Sequence, which: int, g, ours, theirs, unit: float, factor: float) -> bool:
    """Whether our rule agrees with the oracle once it is computed in more digits: then it loses digits here and is not wrong.

    Some formulas cancel inside (sinc near 0), which moving their operands does not show. Where NumPy has no wider type, or
    the rule uses what knows none, the answer is no.
    """
    if (distance(ours, theirs) > 64 * np.sqrt(unit * largest(theirs))).any():
        return False  # too far off for rounding
    try:
        more = [finer(a) for a in operands]
        again = rules_on(line, more, line.forward(*more), finer(g))[which]
    except Exception:  # (a function without a version for long doubles says so in many ways)
        return False
    return again is not None and bool((distance(np.asarray(again, np.float64), theirs) <= factor * unit).all())


def finer(value):
    """In long doubles, which have more digits and a wider exponent on most machines."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(finer, value))
    return value if value is None or value.dtype.kind != "f" else value.astype(np.longdouble)


def forward_sensitivity(line: Line, operands: Sequence) -> float:
    """How far the result moves per relative nudge of the operands."""
    seed = np.random.default_rng(line.number)
    with np.errstate(all="ignore"):
        still, moved = (floating(line.forward(*args)) for args in (operands, [_nudged(a, seed) for a in operands]))
    return max(largest(a - b) for a, b in zip(moved, still)) / NUDGE


def floating(out) -> tuple[np.ndarray, ...]:
    """The outputs that can have a gradient, as arrays."""
    every = map(np.asarray, out if isinstance(out, tuple) else (out,))
    return tuple(o for o in every if o.dtype.kind in DIFFERENTIABLE)


def _nudged(value, seed):
    if isinstance(value, (tuple, list)):
        return type(value)(_nudged(v, seed) for v in value)
    if value is None or value.dtype.kind not in DIFFERENTIABLE:
        return value
    return value * (1 + NUDGE * seed.standard_normal(value.shape))


def far_apart(ours, theirs, eps: float, factor: float, noise: float | None = None) -> tuple[float, float]:
    """(units, relative error) of a gradient of the whole function; above ``factor`` units it counts as different.

    Rounding errors of a whole function are those of all its nodes, amplified by what comes after: they follow no simple
    bound. So a difference counts only if it exceeds the root of eps, relatively, and, once ``noise`` is known, 64 times what
    nudging every operation by eps changes.
    """
    d, size = distance(ours, theirs), largest(theirs)
    worst = float(d.max(initial=0.0))
    relative = worst / size if size else worst
    units = factor * relative / (8 * np.sqrt(eps))
    if noise is not None and np.isfinite(worst):
        units = min(units, worst / (64 * eps * noise + tiny_of(theirs)))
    return units, relative
