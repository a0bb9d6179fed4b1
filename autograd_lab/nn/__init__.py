"""Layers made of tensor operations, by PyTorch's names: nothing in them is hidden from the graph.

Reading order: ``parameter.py``, ``modules/module.py`` (what a layer is), ``modules/linear.py`` and its neighbours,
``functional.py`` (what they compute), ``init.py``, ``utils``.
"""

from __future__ import annotations

from ..core.absent import missing
from . import functional, grad, init, modules, parameter, utils
from .modules import *  # noqa: F403  (every module, listed there)
from .parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

__all__ = [
    *modules.__all__,
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "functional",
    "grad",
    "init",
    "modules",
    "parameter",
    "utils",
]


def __getattr__(name: str):
    raise missing("torch.nn", name)
