"""Replay: a captured program run again, forward and backward as one straight NumPy function, beside who does the same.

W2 is in float64 here, which is what micrograd's Python floats are.
"""

from __future__ import annotations

import numpy as np

from . import scalar_net, two_layer_net
from .measure import OURS, Workload


def net(x, y, w1, w2):
    return (x.mm(w1).relu().mm(w2) - y).pow(2).sum()


def two_layers(sizes):
    """A training step whose gradients come from a program."""
    import autograd_lab
    from autograd_lab.programs import Program

    x, y, w1, w2 = two_layer_net.data(sizes)
    tensors = [autograd_lab.from_numpy(a.copy()) for a in (x, y, w1, w2)]
    program = Program.capture(net, *tensors[:2], *(w.requires_grad_() for w in tensors[2:]))

    def step():
        loss, gradients = program.run(x, y, w1, w2)
        w1[...] -= two_layer_net.LEARNING_RATE * gradients["w1"]
        w2[...] -= two_layer_net.LEARNING_RATE * gradients["w2"]
        return loss, gradients["w1"], gradients["w2"]

    return step


def scalars():
    import autograd_lab
    from autograd_lab.programs import Program

    params = [np.float64(p) for p in scalar_net.parameters()]
    tensors = [autograd_lab.tensor(p, dtype=autograd_lab.float64, requires_grad=True) for p in params]
    program = Program.capture(lambda params: scalar_net.loss_of(params, autograd_lab.relu), tensors)

    def step():
        loss, gradients = program.run(params)
        return loss, *gradients.values()

    return step


def of_two_layers(name, title, sizes, goals) -> Workload:
    def build(peers):
        made = {OURS: two_layers(sizes), "numpy": two_layer_net.by_hand(sizes)}
        if "torch" in peers:
            made["torch"] = two_layer_net.with_tensors(sizes, peers["torch"])
        return made

    return Workload(name, title, goals, build, {"HIPS autograd": "keeps no program", "micrograd": "scalars only"})


def of_scalars(peers):
    made = {OURS: scalars()}
    if "micrograd" in peers:
        made["micrograd"] = scalar_net.with_micrograd(peers["micrograd"])
    return made


_ALONE = dict.fromkeys(("numpy", "torch", "HIPS autograd"), "not compared")
SEED = of_two_layers("replay W1", "W1 by a program", (64, 1000, 100, 10), {"numpy": 1.05})
TINY = of_two_layers("replay tiny", "W1 tiny by a program", (4, 8, 8, 2), {"numpy": 1.0, "torch": 0.25})
SCALARS = Workload("replay W2", "W2 by a program, in float64", {"micrograd": 0.05}, of_scalars, _ALONE)
