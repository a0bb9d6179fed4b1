"""What a node's forward looks like along one element: enough to draw a kink, or a rule that is no slope.

Height is <incoming gradient, forward>, so the slope of the drawn line is what the rule must return for that element.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .kinks import one_sided
from .lower import Line, wide

POINTS = 24  # on each side of the element
LARGE = 100_000  # elements of a result that is not computed again 49 times for a drawing


class Curve(NamedTuple):
    """The forward along element ``index`` of operand ``input``, around its value ``at``; plain numbers.

    ``x`` are values of the element, ``y`` how far <incoming gradient, forward> has moved there, None where it is not finite.
    ``left`` and ``right`` are the one-sided slopes at ``at``; ``ours`` and ``theirs`` the slopes that our rule and the
    ``witness`` claim. ``says`` is the convention in a sentence, "" where there is none.
    """

    input: str
    index: tuple[int, ...]
    at: float
    x: tuple[float, ...]
    y: tuple[float | None, ...]
    left: float
    right: float
    ours: float
    theirs: float
    says: str = ""
    witness: str = "the oracle"


def curve_of(
    line: Line, operands, which: int, index: tuple, g, ours, theirs, says: str = "", witness: str = "the oracle"
) -> Curve | None:
    """The Curve of one element; None for complex numbers and for what is too large to be computed again and again."""
    operand = np.asarray(operands[which])
    incoming = list(g) if isinstance(g, (list, tuple)) else [g]
    if operand.dtype.kind != "f" or max(np.size(h) for h in (operand, *incoming) if h is not None) > LARGE:
        return None
    index = tuple(int(i) for i in index)
    at = float(operand[index])
    if not np.isfinite(at):
        return None

    def height(x: float) -> float:
        moved = np.array(operand)
        moved[index] = x
        try:
            out = line.forward(*operands[:which], moved[()], *operands[which + 1 :])
        except Exception:  # (there the operation, or what a user's forward does, has no value)
            return np.nan
        outs = out if isinstance(out, tuple) else (out,)
        return float(sum(np.sum(np.real(np.conj(wide(h)) * wide(o))) for o, h in zip(outs, incoming) if h is not None))

    reach = 0.5 * max(1.0, abs(at))
    xs = [at + reach * k / POINTS for k in range(-POINTS, POINTS + 1)]
    with np.errstate(all="ignore"):
        ys = [height(x) for x in xs]
        base = ys[POINTS]
        try:
            left, right = one_sided(line, operands, which, index, g)
        except Exception:  # (the same, a step away)
            return None
    moved = tuple(float(y - base) if np.isfinite(y - base) else None for y in ys)
    mine, other = (float(np.real(np.asarray(slopes)[index])) for slopes in (ours, theirs))
    return Curve(line.inputs[which], index, at, tuple(xs), moved, float(left), float(right), mine, other, says, witness)
