"""Optimisers: each step reads ``.grad`` and writes the parameters in place, unrecorded; schedulers change their settings.

Reading order: ``optimizer.py`` (groups, state, what a step is), ``sgd.py``, ``adam.py``, ``adaptive.py`` (the rules),
``lbfgs.py``, ``lr_scheduler.py``.
"""

from __future__ import annotations

from . import lr_scheduler
from .adam import Adam, Adamax, AdamW, NAdam, RAdam
from .adaptive import Adadelta, Adagrad, RMSprop, Rprop
from .lbfgs import LBFGS
from .optimizer import Optimizer
from .sgd import ASGD, SGD

__all__ = ["ASGD", "LBFGS", "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "Optimizer", "RAdam", "RMSprop",
           "Rprop", "lr_scheduler"]  # fmt: skip


def __getattr__(name: str):
    raise AttributeError(f"module 'torch.optim' has no attribute '{name}'")
