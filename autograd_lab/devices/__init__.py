"""Tensors on another device: a JAX array where the NumPy array would be, for teaching and for looking.

``x.to("jax:cpu")`` and ``device="cuda:0"`` give a tensor whose array lives there. Everything the engine does to arrays goes
through NumPy's own protocols, so nothing of it is written twice: the array is a `DeviceArray` (array.py), which answers NumPy's
functions with JAX's; ``world.py`` is the namespace for the few places that would look inside it; ``moves.py`` is how a tensor
gets here and back. In-place operations and views work although JAX arrays never change: a base and its views share a Store.

An operation costs some twenty times what it costs on NumPy, however small. Work on an accelerator goes through
`autograd_lab.compile` and ``program.to_jax()``; this is for seeing that the same gradients come out there, step by step.
Loaded when the first tensor is put somewhere else; until then nothing of it exists.
"""

from __future__ import annotations

from .array import DeviceArray, together
from .moves import carried, found, move, place_of, put, where
from .world import open_world

__all__ = ["DeviceArray", "carried", "found", "move", "place_of", "put", "together", "where"]

open_world()
