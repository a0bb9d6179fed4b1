"""Is a difference a mistake, or are both right? Decided by one-sided differences of our own forward, not looked up.

At a kink (abs at 0, a tie of maxima) every slope between the one from the left and the one from the right is a subgradient,
and libraries choose differently. So an element over tolerance is a *convention* if the two one-sided slopes disagree and ours
lies between them. Where elements are tied, moving one alone may show nothing (the middle one of three): then slopes are taken
at points right beside this one, where ties are broken, and ours must lie between those (Clarke, Optimization and Nonsmooth
Analysis, 1983: the generalized gradient is what such slopes span).
"""

from __future__ import annotations

import numpy as np

from .lower import Line, wide

STEP = 1e-7
CLOSE = 1e-4  # two slopes this near are one slope; differences are good to about 1e-8
JUMP = 1e6  # slopes this steep over one step are a jump, whose derivative no difference can tell
INSPECTED = 1000  # elements over tolerance that are looked at, worst first
COMPUTED = 2_000_000  # numbers computed to look at them: of a large operand fewer are looked at, of any at least 16
BESIDE, POINTS = 1e-5, 16  # how far away, relatively, and at how many points ties are broken


def one_sided(line: Line, operands, which: int, index: tuple, g, way: complex = 1) -> tuple[float, float]:
    """Slope from the left and from the right of <g, forward> along one element of operand ``which``; ``way``: 1j for its imaginary part."""

    def value(step):
        moved = np.array(operands[which])
        moved[index] += step * way
        out = line.forward(*operands[:which], moved[()], *operands[which + 1 :])
        pairs = zip(out if isinstance(out, tuple) else (out,), g if isinstance(g, list) else [g])
        return sum(np.sum(np.real(np.conj(wide(h)) * (wide(o) - b))) for (o, h), b in zip(pairs, still) if h is not None)

    with np.errstate(all="ignore"):
        base = line.forward(*operands)
        still = [wide(o) for o in (base if isinstance(base, tuple) else (base,))]
        step = STEP * max(1.0, abs(complex(operands[which][index])))
        return -value(-step) / step, value(step) / step


def judge(left: float, right: float, ours: float, theirs: float) -> str:
    """``"convention"`` or ``"MISMATCH"`` for one element whose gradients differ."""
    if not (np.isfinite(left) and np.isfinite(right)) or max(abs(left), abs(right)) > JUMP * (1 + min(abs(left), abs(right))):
        return "convention"  # no slope here (log at 0, a jump): whatever is said is a convention
    largest = max(x for x in map(abs, (left, right, ours, theirs)) if np.isfinite(x))
    slack = CLOSE * (min(1.0, largest) + abs(left))  # a small gradient arrived: small slopes differ too
    if abs(left - right) > slack:
        return "convention" if min(left, right) - slack <= ours <= max(left, right) + slack else "MISMATCH"
    # smooth here, and differences take our side decisively: a limit the oracle misses (x**0.0 at 0)
    ours_fits = abs(ours - left) <= slack
    theirs_fits = np.isfinite(theirs) and abs(theirs - left) <= 10 * slack
    return "convention" if ours_fits and not theirs_fits else "MISMATCH"


def conventions_at(line: Line, operands, which: int, g, ours, theirs, over: np.ndarray) -> tuple[int, tuple | None]:
    """(how many of the elements ``over`` tolerance are conventions, the first that is not). Looks at the worst first."""
    order = np.argsort(-np.where(over, np.nan_to_num(over.astype(float) * _gap(ours, theirs), posinf=1e300), -1), axis=None)
    places = [np.unravel_index(i, over.shape) for i in order[: int(over.sum())]]
    if operands[which].dtype.kind == "c":
        return 0, places[0]
    for index in places[: max(16, min(INSPECTED, COMPUTED // over.size))]:
        left, right = one_sided(line, operands, which, index, g)
        mine = float(np.real(ours[index]))
        if judge(left, right, mine, float(np.real(theirs[index]))) == "MISMATCH" and not tied(
            line, operands, which, index, g, mine
        ):
            return 0, index
    return len(places), None


def tied(line: Line, operands, which: int, index: tuple, g, ours: float) -> bool:
    """Whether slopes right beside this point disagree, and ours lies between them."""
    seed, slopes = np.random.default_rng(line.number), []
    for _ in range(POINTS):
        beside = [a * (1 + BESIDE * seed.standard_normal(a.shape)) if a.dtype.kind == "f" else a for a in operands]
        slopes += one_sided(line, beside, which, index, g)
    low, high = min(slopes), max(slopes)
    slack = CLOSE * max(abs(low), abs(high))
    return bool(np.isfinite([low, high]).all() and high - low > 100 * slack and low - slack <= ours <= high + slack)


def _gap(ours, theirs):
    with np.errstate(all="ignore"):
        return np.nan_to_num(np.abs(ours - theirs), nan=1e300, posinf=1e300)
