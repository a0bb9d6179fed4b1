"""``python -m benchmarks.programs``: what a check costs, what a captured program costs, and how long XLA compiles one.

Each time stands beside its goal: a check of a thousand nodes under 2 s once warm; a program at the price of NumPy written by
hand; 10,000 nodes through XLA in seconds, not in minutes.
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


def net(x, y, w1, w2):
    return (x.mm(w1).clamp(min=0).mm(w2) - y).pow(2).sum()


def by_hand(x, y, w1, w2):
    h = x.dot(w1)
    r = np.maximum(h, 0)
    d = r.dot(w2) - y
    loss, g = (d * d).sum(), 2 * d
    gw2, gh = r.T.dot(g), g.dot(w2.T)
    gh[h < 0] = 0
    return loss, x.T.dot(gh), gw2


def check_a_thousand_nodes() -> None:
    arrays = np.linspace(-1, 1, 32), np.linspace(0.1, 0.5, 32)
    cold = timed(lambda: lab.check(chain, *arrays, devices=("cpu",)))
    warm = timed(lambda: lab.check(chain, *arrays, devices=("cpu",)), rounds=5)
    print(f"check, 1,021 nodes         first {cold:5.2f} s   warm {warm:5.2f} s   goal 2 s  {'met' if warm < 2 else 'MISSED'}")


def run_beside_numpy(sizes: tuple[int, int, int, int], times: int) -> None:
    n, d, h, o = sizes
    arrays = [np.random.default_rng(0).standard_normal(s).astype("f4") for s in ((n, d), (n, o), (d, h), (h, o))]
    x, y, *weights = map(lab.tensor, arrays)
    weights = [w.requires_grad_() for w in weights]
    program = Program.capture(net, x, y, *weights)

    def eager():
        net(x, y, *weights).backward()
        for w in weights:
            w.grad = None

    contestants = {"program": lambda: program.run(*arrays), "engine": eager, "NumPy by hand": lambda: by_hand(*arrays)}
    found = {name: [] for name in contestants}
    for _ in range(15):  # in turns, so that all of them meet the same noise
        for name, call in contestants.items():
            found[name].append(timed(call, times=times))
    shown = "   ".join(f"{name} {median(times) * 1e6:7.1f} us" for name, times in found.items())
    ratio = median(a / b for a, b in zip(found["program"], found["NumPy by hand"]))
    print(f"net {'/'.join(map(str, sizes)):20}   {shown}   program / NumPy {ratio:.2f}")


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


if __name__ == "__main__":
    check_a_thousand_nodes()
    run_beside_numpy((64, 1000, 100, 10), 20)
    run_beside_numpy((4, 8, 8, 2), 500)
    compile_ten_thousand()
