"""``python -m benchmarks.programs``: what a check costs, and how long XLA compiles a program (what one costs is in replay.py).

A check of a thousand nodes is to take under 2 s once warm; 10,000 nodes go through XLA in seconds, not in minutes.
"""

from __future__ import annotations

import time
from statistics import median

import numpy as np

import autograd_lab as lab
from autograd_lab.programs import Program


def timed(call, rounds: int = 1, times: int = 1) -> float:
    """The median seconds of one call."""
    found = []
    for _ in range(rounds):
        begun = time.perf_counter()
        for _ in range(times):
            call()
        found.append((time.perf_counter() - begun) / times)
    return median(found)


def chain(x, w):
    for _ in range(170):
        x = ((x * 1.01).sin() + x * w).tanh() * 0.9
    return x.sum()


def check_a_thousand_nodes() -> None:
    arrays = np.linspace(-1, 1, 32), np.linspace(0.1, 0.5, 32)
    cold = timed(lambda: lab.check(chain, *arrays, devices=("cpu",)))
    warm = timed(lambda: lab.check(chain, *arrays, devices=("cpu",)), rounds=5)
    print(f"check, 1,021 nodes         first {cold:5.2f} s   warm {warm:5.2f} s   goal 2 s  {'met' if warm < 2 else 'MISSED'}")


def compile_ten_thousand() -> None:
    import jax

    def long(x):
        for _ in range(2500):
            x = ((x * 1.01).tanh() + 0.5) * x
        return x.sum()

    at = np.linspace(0, 0.1, 16)
    program = Program.capture(long, lab.tensor(at, requires_grad=True))
    with jax.enable_x64(True):
        first = timed(lambda: jax.grad(program.to_jax())(at).block_until_ready())
    print(
        f"XLA, {program.split:,} lines and {len(program) - program.split:,} of backward: the first gradient after {first:.1f} s"
    )


def compile_an_unrolled_network() -> None:
    import jax

    def unrolled(xs, w, u, b):
        h = lab.zeros(4, 8, dtype=lab.float64)
        for t in range(2000):
            h = (xs[t] @ w + h @ u + b).tanh()
        return (h * h).sum()

    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape) * 0.3 for shape in ((2000, 4, 3), (3, 8), (8, 8), (8,))]
    program = Program.capture(unrolled, *(lab.tensor(a, requires_grad=True) for a in arrays))
    with jax.enable_x64(True):
        made: list = []
        convert = timed(lambda: made.append(jax.grad(program.to_jax(), argnums=(0, 1, 2, 3))))
        first, later = (timed(lambda: jax.block_until_ready(made[0](*arrays))) for _ in range(2))
    print(
        f"XLA, {program.split:,} lines of a recurrent network: converted in {convert:.1f} s, "
        f"first gradient {first:.1f} s, later {later:.1f} s"
    )


if __name__ == "__main__":
    check_a_thousand_nodes()
    compile_ten_thousand()
    compile_an_unrolled_network()
