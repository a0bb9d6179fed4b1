"""W8: the processor time ``import`` takes in a fresh interpreter, in turns; ours beside NumPy's, which it contains.

Bytecode is kept in a folder of its own, so that what is timed is loading and not compiling, whatever the environment says.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

GOAL = 0.020 / 0.054  # of NumPy's own import: 20 ms beyond it on the machine where NumPy's took 54

_TIMED = "import time; begun = time.process_time(); import {}; print(time.process_time() - begun)"


def import_seconds(module: str, bytecode: str) -> float:
    """Seconds ``import module`` takes in a fresh interpreter that finds bytecode in the folder ``bytecode``."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = bytecode
    command = [sys.executable, "-c", _TIMED.format(module)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)


def resident(module: str) -> int:
    """Bytes of memory a fresh interpreter holds after ``import module``, on Linux; elsewhere at most so far."""
    command = [sys.executable, "-c", f"import {module}; from benchmarks.chain import resident; print(resident())"]
    return int(subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]).stdout)


def in_turns(modules, rounds: int = 7) -> dict[str, list[float]]:
    """Import times of each module, one a round; a first round, which compiles the bytecode, is not counted."""
    seconds: dict[str, list[float]] = {module: [] for module in modules}
    names, order = list(modules), random.Random(0)
    with TemporaryDirectory() as bytecode:
        for name in names:
            import_seconds(name, bytecode)
        for _ in range(rounds):
            order.shuffle(names)
            for name in names:
                seconds[name].append(import_seconds(name, bytecode))
    return seconds


def beyond(seconds: dict[str, list[float]], module: str, base: str = "numpy") -> float:
    """The median of what ``module`` takes more than ``base`` in the same round."""
    return median(a - b for a, b in zip(seconds[module], seconds[base]))


def ratio(seconds: dict[str, list[float]], module: str, base: str = "numpy") -> float:
    """The median of that as a share of what ``base`` takes, which does not depend on how quick the machine is."""
    return median((a - b) / b for a, b in zip(seconds[module], seconds[base]))
