"""W4: one leaf used 10,000 times. What is priced is the sum of many gradients at one place."""

from __future__ import annotations

import numpy as np

from .measure import OURS, Workload

USES, ELEMENTS = 10_000, 100


def data():
    return np.linspace(0.5, 1.5, ELEMENTS, dtype="f4")


def by_hand():
    x = data()

    def step():
        y = x * 1.0
        for _ in range(USES - 1):
            y = y + x
        total = y.sum()
        g = np.ones(ELEMENTS, "f4")
        grad = g.copy()
        for _ in range(USES - 1):
            grad += g
        return total, grad

    return step


def with_tensors(torch):
    x = torch.from_numpy(data()).requires_grad_()

    def step():
        x.grad = None
        y = x * 1.0
        for _ in range(USES - 1):
            y = y + x
        total = y.sum()
        total.backward()
        return total, x.grad

    return step


def with_hips(autograd):
    import autograd.numpy as anp

    x = data()

    def loss_of(x):
        y = x * 1.0
        for _ in range(USES - 1):
            y = y + x
        return anp.sum(y)

    return lambda: autograd.value_and_grad(loss_of)(x)


def build(peers):
    import autograd_lab

    made = {OURS: with_tensors(autograd_lab), "numpy": by_hand()}
    if "torch" in peers:
        made["torch"] = with_tensors(peers["torch"])
    if "HIPS autograd" in peers:
        made["HIPS autograd"] = with_hips(peers["HIPS autograd"])
    return made


SHARED_LEAF = Workload("W4", f"one leaf of {ELEMENTS} elements used {USES:,} times, forward and backward",
                       {"numpy": 3.6, "torch": 0.45, "HIPS autograd": 0.06}, build, {"micrograd": "scalars only"})  # fmt: skip
