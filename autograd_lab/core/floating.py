"""Infinities and nans pass silently through tensors, as in PyTorch; NumPy's warnings stay for the user's own NumPy code.

NumPy keeps one error state per context and asks nobody where an operation was called from. Changing the state around each of
our operations would cost a fifth of a small one, so it is set once, when the engine is imported, to *call* a handler, which
costs nothing until a division by zero happens. The handler looks who divided. (A new thread starts with NumPy's own state.)
"""

from __future__ import annotations

import os
import sys
import warnings

import numpy as np

_OURS = (os.path.dirname(os.path.dirname(__file__)), "<autograd_lab")
_NUMPYS = os.path.dirname(np.__file__)


def _judge(kind: str, flag: int) -> None:
    """Warn as NumPy would, unless this package did it."""
    frame, level = sys._getframe(1), 2
    while frame is not None and frame.f_code.co_filename.startswith(_NUMPYS):
        frame, level = frame.f_back, level + 1
    if frame is None or not frame.f_code.co_filename.startswith(_OURS):
        warnings.warn(f"{kind} encountered", RuntimeWarning, stacklevel=level)


np.seterrcall(_judge)
np.seterr(**{kind: "call" for kind, what in np.geterr().items() if what == "warn"})
