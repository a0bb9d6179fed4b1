"""Anomaly mode: every operation keeps the stack that made it, and a backward that fails or makes a nan names that place.

The mode belongs to the process, as in PyTorch. While it is off nothing here runs; while it is on, operations are announced
(births.py) and passes are observed step by step (backward.py).
"""

from __future__ import annotations

import sys
import warnings

import numpy as np

from . import births, dtypes, errors, scopes
from .backward import BackwardStep, observers
from .hooks import running_pass

_check_nan = True


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on."""
    return errors.anomaly_mode


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode also looks for nan in what backward makes."""
    return _check_nan


def _switch(on: bool, check_nan: bool) -> None:
    global _check_nan
    _check_nan = check_nan
    if on and not errors.anomaly_mode:
        births.listen(_remember_stack)
        observers.append(_look)
    elif not on and errors.anomaly_mode:
        births.unlisten(_remember_stack)
        observers.remove(_look)
    errors.anomaly_mode = on


def _remember_stack(op, inputs, params, out, node) -> None:
    if node is not None:
        frame = sys._getframe(1)
        while frame is not None and scopes.is_ours(frame.f_code):
            frame = frame.f_back
        import traceback  # here, because nobody else needs it and it would be 0.5 ms of the package's import

        node.metadata["traceback_"] = traceback.format_stack(frame)
        run = running_pass()
        if run is not None and not run.done:  # made by a backward that builds a graph: on behalf of the node being visited
            node.metadata["parent_"] = run.order[run.position - 1]


def _look(step: BackwardStep) -> None:
    """Raise at the first nan a node has made."""
    if not _check_nan:
        return
    for i, g in enumerate(step.grads_out):
        array = getattr(g, "_array", g)
        if array is not None and array.dtype.kind in dtypes.DIFFERENTIABLE and np.isnan(array).any():
            raise RuntimeError(f"Function '{step.node.name()}' returned nan values in its {i}th output.")


def _tell(run) -> None:
    """Warn where the node that failed comes from."""
    node = run.failed or run.order[run.position - 1]
    told = f"Error detected in {node.name()}. "
    if "traceback_" not in node.metadata:
        told += "No forward pass information available. Enable detect anomaly during forward pass for more information."
    else:
        told += "Traceback of forward call that caused the error:\n" + "".join(node.metadata["traceback_"])
    while (node := node.metadata.get("parent_")) is not None:
        told += f"\n\nPrevious calculation was induced by {node.name()}. "
        if "traceback_" not in node.metadata:
            told += "No forward pass information available. Enable detect anomaly during forward pass for more information."
            break
        told += "Traceback of forward call that induced the previous calculation:\n" + "".join(node.metadata["traceback_"])
    warnings.warn(told, UserWarning, stacklevel=2)


_look.failed = _tell


def set_anomaly_enabled(enabled: bool, check_nan: bool = True) -> None:
    """Switch anomaly mode on or off."""
    for position, (name, value) in enumerate((("enabled", enabled), ("check_nan", check_nan)), 1):
        if not isinstance(value, bool):
            told = f"argument '{name}' (position {position}) must be bool, not {type(value).__name__}"
            raise TypeError(f"set_anomaly_enabled(): {told}")
    _switch(enabled, check_nan)


class set_detect_anomaly:
    """Switch anomaly mode at once; as a context manager, put the old state back afterwards."""

    def __init__(self, mode: bool, check_nan: bool = True):
        self._before = is_anomaly_enabled(), is_anomaly_check_nan_enabled()
        set_anomaly_enabled(mode, check_nan)

    def __enter__(self):
        return None

    def __exit__(self, *exc):
        _switch(*self._before)


class detect_anomaly:
    """Inside the block anomaly mode is on: a backward that raises or makes a nan warns with the forward stack that led to it.

    Infinities are not reported. ``check_nan=False`` lets nan pass too.
    """

    def __init__(self, check_nan=True) -> None:
        self._check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for debugging.",
            UserWarning, stacklevel=2)  # fmt: skip

    def __enter__(self):
        self._before = is_anomaly_enabled(), is_anomaly_check_nan_enabled()
        _switch(True, self._check_nan)

    def __exit__(self, *exc):
        _switch(*self._before)


detect_anomaly.__init__.__annotations__["return"] = None  # as PyTorch's prints; above it is a string


set_detect_anomaly.__module__ = detect_anomaly.__module__ = "torch.autograd.anomaly_mode"
