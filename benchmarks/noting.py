"""What noting births costs: the same forward operations with ``births`` off and on, each writing its dispatchers anew."""

from __future__ import annotations

import gc
import time
from statistics import median

from .scalar_net import loss_of, parameters

GOAL = 1.5  # microseconds an operation


def price(rounds: int = 15) -> float:
    """Microseconds that noting adds to one operation: W2's forward, the median of paired differences."""
    import autograd_lab as torch
    from autograd_lab.core import births

    params = [torch.tensor(p, requires_grad=True) for p in parameters()]
    relu = torch.Tensor.relu
    operations = count(loss_of(params, relu))

    def forward() -> float:
        loss_of(params, relu)  # the dispatchers were just rewritten: build them outside the timing
        begun = time.process_time()
        for _ in range(3):
            loss_of(params, relu)
        return (time.process_time() - begun) / 3

    was_on, differences = births.is_noting(), []
    gc.collect()
    gc.freeze()
    try:
        for _ in range(rounds):
            births.stop()
            off = forward()
            births.start()
            differences.append(forward() - off)
    finally:
        gc.unfreeze()
        (births.start if was_on else births.stop)()
    return median(differences) / operations * 1e6


def count(loss) -> int:
    """Operations recorded in the graph of ``loss``."""
    seen, todo = set(), [loss.grad_fn]
    for node in todo:
        for follower, _ in node.next_functions:
            if follower is not None and follower not in seen and follower.next_functions:
                seen.add(follower)
                todo.append(follower)
    return len(seen) + 1
