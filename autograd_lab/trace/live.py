"""What the leaves of a pass hold now, which may be another ``.grad`` than it left: other code runs meanwhile."""

from __future__ import annotations

from ..core.node import AccumulateGrad
from .recording import Recording
from .summary import summarise
from .wire import Summary

LARGEST = 4_000_000  # elements of a .grad beyond which it is not read again after each cell
MOST = 500  # leaves


def leaves_now(recording: Recording) -> dict[str, tuple[Summary | None, int | None]]:
    """For each leaf: the Summary of its ``.grad`` (None is None) and the version of the tensor, None if nobody has it.

    Empty for a recording that has no pass. Very large gradients are left out: reading them after every cell would be felt.
    """
    order = () if recording.backward_pass is None else recording.backward_pass.order
    found: dict[str, tuple[Summary | None, int | None]] = {}
    for sink in [point for point in order if type(point) is AccumulateGrad][:MOST]:
        grad, leaf = sink.grad, sink.owner()
        if grad is None or grad._array.size <= LARGEST:
            summary = None if grad is None else summarise(grad._array)
            found[recording.picture.points[sink]] = summary, None if leaf is None else leaf._version
    return found
