"""W8: the time ``import`` takes in a fresh interpreter, in turns; ours beside NumPy's, which it contains."""

from __future__ import annotations

import random
import subprocess
import sys
from statistics import median

GOAL = 0.020  # seconds beyond NumPy's

_TIMED = "import time; begun = time.perf_counter(); import {}; print(time.perf_counter() - begun)"


def import_seconds(module: str) -> float:
    """Seconds ``import module`` takes in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", _TIMED.format(module)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def in_turns(modules, rounds: int = 7) -> dict[str, list[float]]:
    """Import times of each module, one a round, the first round (which may compile bytecode) not counted."""
    seconds: dict[str, list[float]] = {module: [] for module in modules}
    names, order = list(modules), random.Random(0)
    for i in range(rounds + 1):
        order.shuffle(names)
        for name in names:
            taken = import_seconds(name)
            if i:
                seconds[name].append(taken)
    return seconds


def beyond(seconds: dict[str, list[float]], module: str, base: str = "numpy") -> float:
    """The median of what ``module`` takes more than ``base`` in the same round."""
    return median(a - b for a, b in zip(seconds[module], seconds[base]))
