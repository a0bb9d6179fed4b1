"""After each cell, the steppers on the page are told what other cells did to their leaves.

A paused pass does not hold the kernel: another cell may run ``backward()``, ``zero_grad()`` or an optimiser meanwhile. What is
on the page at the front of time is then what is there now; the steps before it stay what they were.
"""

from __future__ import annotations

import sys
from typing import Any
from weakref import WeakSet

from ..trace.live import leaves_now
from ..trace.recording import Recording
from ..trace.wire import Summary

_watched: WeakSet[Any] = WeakSet()
_shells: WeakSet[Any] = WeakSet()


def watch(stepper: Any) -> None:
    """Call ``stepper.look()`` after each cell, where there are cells."""
    _watched.add(stepper)
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None and shell not in _shells:
        _shells.add(shell)
        shell.events.register("post_run_cell", _after_cell)


def _after_cell(*_result: Any) -> None:
    for stepper in list(_watched):
        stepper.look()


def changed_outside(recording: Recording) -> dict[str, Any]:
    """``Live`` of messages.ts: the leaves whose ``.grad`` or version is not what the pass left, with what they are now."""
    rows = {row.node: row for row in recording.picture.tensors}
    left: dict[str, Summary | None] = {node: row.grad for node, row in rows.items()}
    for frame in recording.frames:
        left |= frame.get("grads", {})
    grads: dict[str, Summary | None] = {}
    versions: dict[str, int] = {}
    for node, (grad, version) in leaves_now(recording).items():
        if node in rows and grad != left[node]:
            grads[node] = grad
        if node in rows and version is not None and version != rows[node].version:
            versions[node] = version
    return {"grads": grads, "versions": versions}
