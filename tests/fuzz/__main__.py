"""``python -m tests.fuzz``: write programs, run them in both libraries, print those that differ."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter

os.environ.setdefault("OMP_NUM_THREADS", "1")

from . import compare, programs


def main() -> int:
    """0 if all programs agree."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Random programs, run here and in PyTorch.")
    parser.add_argument("count", nargs="?", type=int, default=2000, help="how many programs (2000)")
    parser.add_argument("--seed", type=int, help="the first seed; taken from the clock unless given")
    parser.add_argument("--show", type=int, metavar="SEED", help="print the program of one seed, and what comes of it")
    parser.add_argument("--stop", type=int, default=5, help="stop after this many that differ (5)")
    asked = parser.parse_args()

    import torch
    import torch.utils.checkpoint

    import autograd_lab as lab
    import autograd_lab.utils.checkpoint

    if asked.show is not None:
        program = programs.write(asked.show)
        print(program.source)
        told, theirs = compare.compared(program, lab, torch)
        print(f"\n# PyTorch: {theirs.error or 'no error'}\n# {told or 'the same here'}")
        return told is not None

    first = int(time.time()) % 1_000_000_000 if asked.seed is None else asked.seed
    print(f"{asked.count} programs from seed {first}")
    failed, errors = 0, Counter()
    for seed in range(first, first + asked.count):
        program = programs.write(seed)
        told, theirs = compare.compared(program, lab, torch)
        errors[theirs.error and theirs.error[0]] += 1
        if told is None:
            continue
        failed += 1
        short = compare.shrunk(program, lab, torch)
        print(f"\nseed {seed}: {compare.compared(short, lab, torch)[0]}\n{short.source}", flush=True)
        if failed == asked.stop:
            break
    refused = sum(n for kind, n in errors.items() if kind)
    print(f"\n{sum(errors.values())} run, {refused} of them refused by PyTorch ({dict(errors)}); {failed} differ")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
