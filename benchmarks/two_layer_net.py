"""W1: one training step of the two-layer network of PyTorch's first tutorial, relu, sum of squares, plain SGD.

At 64/1000/100/10 most time is matrix products, so hand-written NumPy is the bound; at 4/8/8/2 nearly all of it is overhead.
"""

from __future__ import annotations

import numpy as np

from .measure import OURS, Workload

LEARNING_RATE = 1e-12  # thousands of timed steps must not move the weights


def data(sizes):
    """x, y, w1, w2 in float32 for ``sizes`` = (batch, in, hidden, out)."""
    n, d_in, hidden, d_out = sizes
    random = np.random.default_rng(0)
    return [random.standard_normal(s).astype("f4") for s in ((n, d_in), (n, d_out), (d_in, hidden), (hidden, d_out))]


def by_hand(sizes):
    x, y, w1, w2 = data(sizes)

    def step():
        h = x @ w1
        h_relu = np.maximum(h, 0)
        difference = h_relu @ w2 - y
        loss = np.square(difference).sum()
        grad_y = 2 * difference
        grad_w2 = h_relu.T @ grad_y
        grad_h = (grad_y @ w2.T) * (h > 0)
        grad_w1 = x.T @ grad_h
        w1[...] -= LEARNING_RATE * grad_w1
        w2[...] -= LEARNING_RATE * grad_w2
        return loss, grad_w1, grad_w2

    return step


def with_tensors(sizes, torch):
    """PyTorch's spelling, for PyTorch and for autograd_lab."""
    x, y, w1, w2 = map(torch.from_numpy, data(sizes))
    w1.requires_grad_()
    w2.requires_grad_()

    def step():
        loss = (x.mm(w1).relu().mm(w2) - y).pow(2).sum()
        loss.backward()
        grads = w1.grad, w2.grad
        with torch.no_grad():
            w1.sub_(LEARNING_RATE * w1.grad)
            w2.sub_(LEARNING_RATE * w2.grad)
        w1.grad = w2.grad = None
        return loss, *grads

    return step


def with_hips(sizes, autograd):
    import autograd.numpy as anp

    x, y, w1, w2 = data(sizes)

    def loss_of(weights):
        w1, w2 = weights
        return anp.sum((anp.dot(anp.maximum(anp.dot(x, w1), 0), w2) - y) ** 2)

    value_and_grad = autograd.value_and_grad(loss_of)

    def step():
        loss, (grad_w1, grad_w2) = value_and_grad((w1, w2))
        w1[...] -= LEARNING_RATE * grad_w1
        w2[...] -= LEARNING_RATE * grad_w2
        return loss, grad_w1, grad_w2

    return step


def workload(name, title, sizes, goals) -> Workload:
    def build(peers):
        import autograd_lab

        made = {OURS: with_tensors(sizes, autograd_lab), "numpy": by_hand(sizes)}
        if "torch" in peers:
            made["torch"] = with_tensors(sizes, peers["torch"])
        if "HIPS autograd" in peers:
            made["HIPS autograd"] = with_hips(sizes, peers["HIPS autograd"])
        return made

    return Workload(name, title, goals, build, {"micrograd": "scalars only"})


SEED = workload("W1", "two-layer net, a training step at 64/1000/100/10", (64, 1000, 100, 10),
                {"numpy": 1.15, "torch": 0.80, "HIPS autograd": 0.50})  # fmt: skip
TINY = workload("W1 tiny", "the same at 4/8/8/2: pure overhead", (4, 8, 8, 2),
                {"numpy": 2.3, "torch": 0.50, "HIPS autograd": 0.16})  # fmt: skip
