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
    """``steps``: node -> (incoming gradient, outgoing gradients); ``sent``: point -> every contribution to it;
    ``arrived``: point -> what had gathered there when it was visited; ``leaf_gradients`` in the program's order of leaves."""

    steps: dict[Any, tuple]
    sent: dict[Any, list]
    arrived: dict[Any, Any]
    leaf_gradients: list

    def hooked(self, node) -> bool:
        """Whether a hook after the node may have changed what its rules returned."""
        return node.hooks is not None and bool(node.hooks.post)


def observe(program: Program, outputs: list[Tensor], gradients: list[Tensor]) -> Observed:
    """Step through the backward pass of ``outputs`` and note what every node got and sent; then let it run by itself."""
    steps: dict = {}
    arrived: dict = {}
    sent: dict = {}
    for root, g in zip(program.roots, gradients):
        sent.setdefault(root, []).append(g._array)
    walk = BackwardPass(outputs, gradients, retain_graph=True, capture=program.leaves)
    gathered: dict = {}
    while (step := walk.step()) is not None:
        node, g = step.node, step.grad_in
        if type(node) is AccumulateGrad:
            arrived[node] = gathered.get(node, g) if node.hooks is not None else g
            continue
        steps[node] = g, step.grads_out
        if type(g) is list:
            for point in _outputs_of(node, sent):
                arrived[point] = g[point.slot]
        else:
            arrived[node] = gathered.get(node, g) if node.hooks is not None else g
        for point, grad, total in zip(node.edges, step.grads_out, step.accumulated):
            if point is not None and grad is not None:
                sent.setdefault(point, []).append(grad)
                gathered[point] = total
    run = BackwardPass(outputs, gradients, retain_graph=True, capture=program.leaves)
    run.run()
    totals = [run.capture[leaf] for leaf in program.leaves]
    leaf_gradients = [np.zeros_like(leaf.array) if t is None else t._array for leaf, t in zip(program.leaves, totals)]
    return Observed(steps, sent, {k: array_of(v) for k, v in arrived.items()}, leaf_gradients)


def _outputs_of(node, points):
    return [p for p in points if type(p) is Output and p.node is node and p.hooks is None]


def array_of(value):
    return value._array if isinstance(value, Tensor) else value
