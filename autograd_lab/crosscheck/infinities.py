"""Is an infinity a number too large for its type, or the value of a pole? Nobody can compare either with a slope.

``exp`` of 2,000 overflows: in more digits, or with a wider exponent, it is a number. ``1 / x`` at 0 is infinite in any type, and
finite right beside 0. Where NumPy has no wider type, what is infinite on both sides too is taken for an overflow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .compare import finer, floating, rules_on
from .lower import Program, wide
from .observed import array_of

BESIDE = 1e-3


def first_overflow(program: Program, steps: Mapping[Any, tuple]) -> str:
    """``overflows first at node 1 exp``: the first result, then the first gradient, that is one; empty if there is none.

    ``steps``: node -> (incoming gradient, outgoing gradients), in the order of the pass.
    """
    for line in program.lines:
        operands = tuple(map(wide, line.operands()))
        if _finite(operands) and _too_large(lambda *xs, line=line: floating(line.forward(*xs)), operands):
            return f"overflows first at node {line.number} {line.name}"
    for node, (g, _) in steps.items():
        line = program.line_of.get(node)
        if line is None or line.is_function or isinstance(g, list) or g is None:
            continue
        operands = (*map(wide, line.operands()), wide(array_of(g)))

        def sent(*xs, line=line):
            return [np.asarray(s) for s in rules_on(line, xs[:-1], line.forward(*xs[:-1]), xs[-1]) if s is not None]

        if _finite(operands) and _too_large(sent, operands):
            return f"its gradient overflows first at node {line.number} {line.name}"
    return ""


def _finite(arrays) -> bool:
    return all(a.dtype.kind not in "fc" or np.isfinite(a).all() for a in map(np.asarray, arrays))


def _too_large(compute: Callable[..., Sequence], operands: tuple) -> bool:
    """Whether one of the arrays that ``compute(*operands)`` gives has an infinity that is a number too large."""
    with np.errstate(all="ignore"):
        infinite = [np.isinf(a) for a in compute(*operands)]
        if not any(map(np.any, infinite)):
            return False
        try:
            more = compute(*map(finer, operands))
            if any((np.isfinite(a) & where).any() for a, where in zip(more, infinite)):
                return True
        except Exception:  # (a function without a version for long doubles says so in many ways)
            pass
        sides = [compute(*(_beside(a, sign * BESIDE) for a in operands)) for sign in (1, -1)]
    return any((np.isinf(a) & np.isinf(b) & where).any() for a, b, where in zip(*sides, infinite))


def _beside(array, by: float):
    return array + by * np.maximum(1.0, np.abs(array)) if np.asarray(array).dtype.kind in "fc" else array
