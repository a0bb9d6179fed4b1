"""Random graphs through the cross-check, by the thousand: ``python -m tests.crosscheck.fuzz``.

No correct graph may be called a MISMATCH: in float64, float32 and float16, with kinks and ties, written in place or not.
The tests run a few of the same graphs; this runs many and exits with 1 if one of them is blamed.
"""

from __future__ import annotations

import argparse
import sys
import time

import autograd_lab as lab

from .conftest import random_function

DTYPES = ("float64", "float32", "float16")


def graph(number: int):
    """(function, arrays, dtype) of graph ``number``: kinks in every other one, writes in every third."""
    function, arrays = random_function(number, kinks=number % 2 == 1, writes=number % 3 == 0)
    return function, arrays, DTYPES[number % len(DTYPES) if number % 6 else number // 6 % len(DTYPES)]


def run(first: int, count: int, say=print) -> int:
    """Check ``count`` graphs; how many were blamed."""
    begun, blamed = time.perf_counter(), 0
    for number in range(first, first + count):
        function, arrays, dtype = graph(number)
        report = lab.check(function, *arrays, dtype=dtype, devices=("cpu",))
        if any(row.verdict == "MISMATCH" for row in (*report.rows, *report.leaves)):
            blamed += 1
            say(f"graph {number} ({dtype}):\n{report}")
        if (number - first) % 500 == 499:
            say(f"{number - first + 1} graphs, {blamed} blamed, {time.perf_counter() - begun:.0f} s")
    return blamed


def main(argv=None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.crosscheck.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=10_000, help="how many graphs (10000)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first (0)")
    options = parser.parse_args(argv)
    blamed = run(options.first, options.count)
    print(f"{options.count} graphs, {blamed} blamed")
    return 1 if blamed else 0


if __name__ == "__main__":
    sys.exit(main())
