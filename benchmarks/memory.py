"""W6: what a 20-layer network keeps for its backward, and the most that a step holds, beside PyTorch.

Ours is what ``tracemalloc`` counts, to which NumPy reports; PyTorch's is the sum of what its profiler sees allocated and freed.
Instruments differ, so goals are a hundredth and a tenth above.
"""

from __future__ import annotations

import gc
import tracemalloc
from itertools import accumulate
from typing import NamedTuple

import numpy as np

BATCH, WIDTH, DEPTH = 512, 256, 20
GOALS = {"saved": 1.01, "peak": 1.10}


class Bytes(NamedTuple):
    """Bytes above those in use before."""

    saved: int  # after forward, the loss still held
    peak: int  # at any moment of forward and backward


def net(torch):
    random = np.random.default_rng(0)
    x = torch.from_numpy(random.standard_normal((BATCH, WIDTH)).astype("f4"))
    weights = [torch.from_numpy((random.standard_normal((WIDTH, WIDTH)) * 0.06).astype("f4")) for _ in range(DEPTH)]
    weights = [w.requires_grad_() for w in weights]

    def forward():
        h = x
        for w in weights:
            h = h.mm(w).relu()
        return h.sum()

    def clear():
        for w in weights:
            w.grad = None

    return forward, clear


def of_ours() -> tuple[Bytes, int]:
    """(our bytes, objects that only the garbage collector could free after a step: cycles)."""
    import autograd_lab

    forward, clear = net(autograd_lab)
    forward().backward(), clear()
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        loss = forward()
        saved = tracemalloc.get_traced_memory()[0] - before
        loss.backward()
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
        gc.enable()
    del loss
    return Bytes(saved, peak), gc.collect()


def of_torch(torch) -> Bytes:
    forward, clear = net(torch)
    forward().backward(), clear()

    def held(run) -> list[int]:
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
            kept = run()
        events = [e for e in profile.profiler.kineto_results.events() if e.name() == "[memory]"]
        del kept
        return list(accumulate(e.nbytes() for e in sorted(events, key=lambda e: e.start_ns())))

    saved = held(forward)[-1]
    peak = max(held(lambda: forward().backward()))
    return Bytes(saved, peak)
