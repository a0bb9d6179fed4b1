"""Plain data about what the engine did: from here up nobody touches a node or an array.

``Picture`` is a graph drawn once; ``Recording`` a Picture and the Frames of a backward pass over it, one per step.

Reading order: ``wire.py`` (the types), ``picture.py`` (the noun), ``reading.py`` and
``survey.py`` (how a graph becomes one), ``recording.py``
and ``frames.py`` (how a step becomes a Frame), then what they ask: ``names.py``, ``source.py``, ``saved.py``, ``rules.py``,
``failure.py``, ``summary.py``. ``progress.py`` is for whatever takes long, here and above.

A recording never walks the graph by itself: it takes steps of a BackwardPass and writes down what they did. What you see
is what ran.
"""

from __future__ import annotations

import sys
from types import ModuleType

from .picture import Picture
from .recording import Recording, rehearse
from .wire import MIME, WIRE

__all__ = ["MIME", "WIRE", "Picture", "Recording", "rehearse"]


class _Trace(ModuleType):
    """PyTorch has a function of this name, the sum of a matrix's diagonal: calling the package is calling that."""

    def __call__(self, input):
        """The sum of the diagonal of the matrix ``input``, as ``torch.trace``: shape (n, m) to (); RuntimeError otherwise."""
        from ..core.guarded import guarded
        from ..core.ops import later

        return guarded("f", "trace", later.function("trace"))(input)


sys.modules[__name__].__class__ = _Trace
