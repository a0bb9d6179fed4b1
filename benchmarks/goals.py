"""What was measured beside what was aimed at: the table at the end of a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Measured(NamedTuple):
    """One figure. ``against``: the peer it is a ratio to, or the unit it is in; ``goal``: at most this, None for no goal."""

    workload: str
    against: str
    value: float
    goal: float | None = None

    @property
    def verdict(self) -> str:
        return "" if self.goal is None else "met" if self.value <= self.goal else "MISSED"


def table(measured: Iterable[Measured]) -> str:
    """Every figure that has a goal, a line each, and how many are met."""
    rows = [m for m in measured if m.goal is not None]
    if not rows:
        return ""
    lines = [f"{'workload':22} {'against':26} {'measured':>9} {'goal':>8}"]
    for m in rows:
        lines.append(f"{m.workload:22} {m.against:26} {m.value:>9.3g} {m.goal:>8.3g}  {m.verdict}")
    lines.append(f"{sum(m.verdict == 'met' for m in rows)} of {len(rows)} goals met")
    return "\n".join(lines)
