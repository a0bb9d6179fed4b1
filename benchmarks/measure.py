"""Ratios of contestants that run in turns, so that a noisy moment hits all of them, in processor time."""

from __future__ import annotations

import gc
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, quantiles
from types import ModuleType
from typing import NamedTuple

OURS = "autograd_lab"
TURN = 0.02  # seconds: short against the machine's moods, long against the clock
WARM = 0.2  # the part of a turn that is not timed, one call at least


@dataclass(frozen=True)
class Workload:
    """One thing to do, and who can do it.

    ``build(peers)`` gives a function for each contestant; ``peers`` maps the names of what is installed to modules. Every
    function takes nothing and returns the numbers it computed, the same for all. ``goals``: our time over the peer's.
    """

    name: str
    title: str
    goals: dict[str, float]
    build: Callable[[dict[str, ModuleType]], dict[str, Callable]]
    absent: dict[str, str] = field(default_factory=dict)  # peers that cannot take part, and why
    a_node: tuple[int, float] | None = None  # nodes of our graph, and the microseconds that one may take


class Quartiles(NamedTuple):
    low: float
    middle: float
    high: float


class Timings(NamedTuple):
    """Processor seconds a call for each contestant, one figure a round."""

    seconds: dict[str, list[float]]

    def typical(self, name: str) -> float:
        return median(self.seconds[name])

    def ratio(self, name: str, to: str) -> Quartiles:
        """How ``name`` compares with ``to``: the quartiles of the rounds' own ratios."""
        ratios = [a / b for a, b in zip(self.seconds[name], self.seconds[to])]
        return Quartiles(*quantiles(ratios, n=4)) if len(ratios) > 1 else Quartiles(*ratios * 3)


def in_turns(contestants: dict[str, Callable], rounds: int = 31, turn: float = TURN) -> Timings:
    """Time each contestant ``rounds`` times for about ``turn`` seconds, in an order that changes from round to round.

    A turn begins with calls that are not timed: they find the processor's caches full of another contestant's code and numbers,
    where a step of a loop finds what the step before it left.
    """
    calls = {name: _calls_in(function, turn) for name, function in contestants.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    names, order = list(contestants), random.Random(0)
    gc.collect()
    gc.freeze()
    try:
        for _ in range(rounds):
            order.shuffle(names)  # whoever always ran after the same contestant would find its caches
            for name in names:
                _time(contestants[name], math.ceil(calls[name] * WARM))
                seconds[name].append(_time(contestants[name], calls[name]))
    finally:
        gc.unfreeze()
    return Timings(seconds)


def _time(function, calls: int) -> float:
    """Processor seconds a call."""
    repeat = range(calls)
    begun = time.process_time()
    for _ in repeat:
        function()
    return (time.process_time() - begun) / calls


def _calls_in(function, turn: float) -> int:
    """How many calls take about ``turn`` seconds; warms the function up."""
    for _ in range(3):
        function()
    return max(1, round(turn / min(_time(function, 3) for _ in range(3))))
