"""Do the digits of the user's own type suffice? Our gradients in that type beside our gradients in float64.

Rules are judged in float64, because there a wrong formula and a lost digit cannot be confused. Whether float32 or float16 is
enough for *this* function at *these* values is another question, and its answer is never a MISMATCH.
"""

from __future__ import annotations

import math

import numpy as np

from ..core.limits import limits_of
from .compare import far_apart, floating, largest
from .lower import eps_of, wide
from .observed import Observed, observe
from .report import COARSE, OVERFLOW, SUFFICES, Row
from .subject import Subject

OWN = "the digits of your dtype"


def own_precision(narrow: Subject, in_float64: Subject, gradients, dtype: np.dtype, factor: float) -> Row:
    """One row: how far gradients of the ``narrow`` recording are from ``gradients``, those of the recording ``in_float64``.

    Half of the type's digits must be right: what rounding leaves of a sound computation.
    """
    seen: Observed = observe(narrow.program, narrow.outputs, narrow.gradients)
    name = str(dtype)
    lost = _first_overflow(narrow, in_float64)
    if lost:
        return Row(name, OWN, OVERFLOW, None, f"overflows first at {lost}")
    worst, where = 0.0, ""
    eps = max(eps_of(np.zeros(0, dtype)), narrow.program.eps)
    rounding = 16 * factor * max(map(largest, gradients), default=0.0)
    for leaf, ours, theirs in zip(in_float64.names, seen.leaf_gradients, gradients):
        if largest(theirs) <= rounding * in_float64.program.eps and largest(ours) <= rounding * eps:
            continue  # nothing but rounding, here and there: of a bias before a norm
        units, relative = far_apart(wide(ours), wide(theirs), eps, factor)
        if units > worst:
            worst = units
            if units > factor:
                right = 0 if not np.isfinite(relative) or relative >= 1 else int(-math.log10(relative))
                where = f"{leaf}.grad has {right} of {limits_of(dtype).precision} digits right"
    return Row(name, OWN, SUFFICES if worst <= factor else COARSE, worst, where)


def _first_overflow(narrow: Subject, in_float64: Subject) -> str:
    """The first node whose result is not finite where float64's is; empty if there is none, or if they do different things."""
    for line, other in zip(narrow.program.lines, in_float64.program.lines):
        if line.op is not other.op:
            break
        for ours, theirs in zip(floating(line.result()), floating(other.result())):
            if ours.shape == theirs.shape and (~np.isfinite(ours) & np.isfinite(theirs)).any():
                return f"node {line.number} {line.name}"
    return ""
