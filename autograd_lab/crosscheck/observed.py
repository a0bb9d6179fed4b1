"""What our engine did: every step of one backward pass, and the leaves' gradients from the fast loop.

The pass is the engine's own, stepped; nothing is computed a second way here. Leaves are captured, so no ``.grad`` changes,
and the graph is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core import BackwardPass, Tensor
from ..core.node import AccumulateGrad, Output
from .lower import Program


@dataclass(eq=False)
class Observed:
    """What each node got and sent.

    ``steps``: node -> (incoming gradient, outgoing gradients). ``sent``: place -> every contribution to it; ``arrived``:
    place -> what had gathered there when it was visited. A place is a node, a sink, or (node, slot) of a node with several
    outputs. ``leaf_gradients`` are in the program's order of leaves; ``hooked`` says whether any hook stood in the way.
    """

    steps: dict[Any, tuple]
    sent: dict[Any, list]
    arrived: dict[Any, Any]
    leaf_gradients: list
    hooked: bool


def observe(program: Program, outputs: list[Tensor], gradients: list[Tensor]) -> Observed:
    """Step through the backward pass of ``outputs`` and note what every node got and sent; then let it run by itself."""
    steps, sent, arrived, gathered, hooked = {}, {}, {}, {}, set()

    def send(point, grad):
        if point.hooks is not None:
            hooked.add(place(point))
        sent.setdefault(place(point), []).append(grad)

    for root, g in zip(program.roots, gradients):
        send(root, g._array)
    walk = BackwardPass(outputs, gradients, retain_graph=True, capture=program.leaves)
    while (step := walk.step()) is not None:
        node: Any = step.node
        g = step.grad_in
        if g is None:  # a Function, given zeros
            pass
        elif type(g) is list:
            arrived |= {(node, slot): part for slot, part in enumerate(g)}
        else:
            arrived[node] = gathered.get(node, g) if node.hooks is not None else g
        if type(node) is AccumulateGrad:
            continue
        if g is not None:
            steps[node] = g, step.grads_out
        for point, grad, total in zip(node.edges, step.grads_out, step.accumulated):
            if point is not None and grad is not None:
                send(point, grad)
                gathered[point] = total
    for changed in hooked & {p for p in arrived if isinstance(p, tuple)}:  # what arrived there is what the hooks made of it
        del arrived[changed], sent[changed]
    run = BackwardPass(outputs, gradients, retain_graph=True, capture=program.leaves)
    run.run()
    leaf_gradients = captured(run, program.leaves, [leaf.array for leaf in program.leaves])
    may_change = bool(hooked) or any(hooks_after(node) for node in steps)
    return Observed(steps, sent, {k: array_of(v) for k, v in arrived.items()}, leaf_gradients, may_change)


def captured(run: BackwardPass, leaves, like) -> list:
    """What a finished pass captured at ``leaves``, as arrays; zeros of the shape of ``like`` where nothing arrived."""
    found: dict = run.capture or {}
    return [np.zeros_like(a) if found[leaf] is None else found[leaf]._array for leaf, a in zip(leaves, like)]


def place(point):
    """A gathering point; for an output (node, slot), since a saved output used in a rule is another point of the same slot."""
    return (point.node, point.slot) if type(point) is Output else point


def hooks_after(node) -> bool:
    """Whether a hook after the node may have changed what its rules returned."""
    return node.hooks is not None and bool(node.hooks.post)


def array_of(value):
    """The array of a gradient that hooks have made a tensor of."""
    return value._array if isinstance(value, Tensor) else value
