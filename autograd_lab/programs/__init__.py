"""Programs: capture a function, forward and our backward, once; run it anywhere.

Reading order: ``lines.py`` (what a program is made of), ``standin.py``, ``capture.py`` and ``turns.py`` (how a function
becomes lines), ``passes.py`` (what need not be computed), ``numpy_code.py`` (the same bits as the engine's, in buffers made
beforehand), ``program.py`` (the noun), ``compiled.py`` (``autograd_lab.compile``: guards, and capturing again),
``jax_code.py``, ``segments.py``, ``loops.py`` and ``shard.py`` (the same lines under XLA, on one device or many).

The backward is part of the program, by our rules and not by JAX's: it is what the pictures show, it answers at kinks as
PyTorch does, and under ``shard_map`` it is right where ``jax.grad`` sums replicated parameters once too often.
"""

from __future__ import annotations

from .program import Program, Run
from .standin import Unable

__all__ = ["Program", "Run", "Unable"]
