"""W2: micrograd's own network, MLP(3, [16, 16, 1]) on its four samples, as a graph of scalars: about 2,700 nodes.

The network is written once, for anything with ``+``, ``*`` and ``relu``, so each contestant does the same operations.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .measure import OURS, Workload

SIZES = (3, 16, 16, 1)
SAMPLES = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
TARGETS = [1.0, -1.0, -1.0, 1.0]


def parameters() -> list[float]:
    """Weights and biases, neuron by neuron."""
    count = sum((n_in + 1) * n_out for n_in, n_out in pairwise(SIZES))
    return [float(p) for p in np.random.default_rng(0).uniform(-1, 1, count).astype("f4")]


def loss_of(params, relu):
    """The sum of squared errors over the samples; ``params`` are scalars of any kind."""
    total = 0
    for sample, target in zip(SAMPLES, TARGETS):
        values, at = sample, 0
        for depth, n_out in enumerate(SIZES[1:], 1):
            layer = []
            for _ in range(n_out):
                bias_at = at + len(values)
                out = params[bias_at]
                for weight, value in zip(params[at:bias_at], values):
                    out = out + weight * value
                at = bias_at + 1
                layer.append(out if depth == len(SIZES) - 1 else relu(out))
            values = layer
        error = values[0] - target
        total = total + error * error
    return total


def with_tensors(torch):
    params = [torch.tensor(p, requires_grad=True) for p in parameters()]
    relu = torch.Tensor.relu

    def step():
        for p in params:
            p.grad = None
        loss = loss_of(params, relu)
        loss.backward()
        return loss, *(p.grad for p in params)

    return step


def with_micrograd(engine):
    params = [engine.Value(p) for p in parameters()]
    relu = engine.Value.relu

    def step():
        for p in params:
            p.grad = 0
        loss = loss_of(params, relu)
        loss.backward()
        return loss.data, *(p.grad for p in params)

    return step


def with_hips(autograd):
    import autograd.numpy as anp

    values = parameters()
    value_and_grad = autograd.value_and_grad(lambda params: loss_of(params, lambda x: anp.maximum(x, 0)))

    def step():
        loss, grads = value_and_grad(values)
        return loss, *grads

    return step


def build_forward(peers):
    """The forward alone, ours and micrograd's."""
    import autograd_lab

    ours = [autograd_lab.tensor(p, requires_grad=True) for p in parameters()]
    made = {OURS: lambda: loss_of(ours, autograd_lab.Tensor.relu)}
    if "micrograd" in peers:
        value = peers["micrograd"].Value
        theirs = [value(p) for p in parameters()]
        made["micrograd"] = lambda: loss_of(theirs, value.relu).data
    return made


def build(peers):
    import autograd_lab

    made = {OURS: with_tensors(autograd_lab)}
    if "torch" in peers:
        made["torch"] = with_tensors(peers["torch"])
    if "HIPS autograd" in peers:
        made["HIPS autograd"] = with_hips(peers["HIPS autograd"])
    if "micrograd" in peers:
        made["micrograd"] = with_micrograd(peers["micrograd"])
    return made


SCALARS = Workload("W2", "micrograd's MLP(3, [16, 16, 1]) on scalars, 4 samples, forward and backward",
                   {"micrograd": 1.15, "torch": 0.40, "HIPS autograd": 0.10}, build,
                   {"numpy": "no graph of scalars by hand"}, (2_700, 1.5))  # fmt: skip
FORWARD = Workload("W2 forward", "the same, forward alone", {"micrograd": 0.8}, build_forward,
                   dict.fromkeys(("numpy", "torch", "HIPS autograd"), "not compared"))  # fmt: skip
