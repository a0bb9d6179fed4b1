"""``python -m benchmarks.monitoring``: what a monitor costs that is left on in a training loop of about a millisecond a step.

The same loop with and without ``monitor.log(loss)``, in turns, so that a busy machine slows both. Goal: below 2 %.
"""

from __future__ import annotations

from statistics import median
from time import perf_counter

import autograd_lab as torch

GOAL = 0.02
ROUNDS, STEPS = 15, 300


def training(width: int = 160, batch: int = 128):
    """One step of Adam on a network of two layers, and the optimiser: about a millisecond."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(64, width), torch.nn.ReLU(), torch.nn.Linear(width, 10))
    optimizer = torch.optim.Adam(model.parameters())
    x, y = torch.randn(batch, 64), torch.randn(batch, 10)

    def step():
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss

    return step, optimizer


def main() -> int:
    """Print the ratio; 1 if the goal was missed."""
    step, optimizer = training()
    monitor = torch.monitor(optimizer)

    def with_monitor() -> float:
        begun = perf_counter()
        for _ in range(STEPS):
            monitor.log(step())
        return perf_counter() - begun

    def without() -> float:
        begun = perf_counter()
        for _ in range(STEPS):
            step()
        return perf_counter() - begun

    with_monitor(), without()
    ratios, times = [], []
    for _ in range(ROUNDS):
        alone = without()
        ratios.append((with_monitor() / alone + with_monitor() / without()) / 2 - 1)
        times.append(alone / STEPS)
    looks = sum(map(len, monitor.gradients.values())) // len(monitor.parameters)
    print(f"a step takes {median(times) * 1e3:.2f} ms; {looks} looks in {monitor.steps} steps")
    cost = median(ratios)
    print(f"the monitor adds {cost:.2%} (goal: below {GOAL:.0%}): {'MISSED' if cost > GOAL else 'met'}")
    return int(cost > GOAL)


if __name__ == "__main__":
    raise SystemExit(main())
