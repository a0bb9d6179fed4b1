"""Optimisers: each step reads ``.grad`` and writes the parameters in place, unrecorded; schedulers change their settings.

Reading order: ``optimizer.py`` (groups, state, what a step is), ``sgd.py``, ``adam.py``, ``adaptive.py`` (the rules),
``orthogonal.py``, ``lbfgs.py``, ``lr_scheduler`` and ``swa_utils.py``.
"""

from __future__ import annotations

from ..core.absent import missing
from . import lr_scheduler
from .adam import Adam, Adamax, AdamW, NAdam, RAdam
from .adaptive import Adadelta, Adagrad, RMSprop, Rprop
from .lbfgs import LBFGS
from .optimizer import Optimizer
from .orthogonal import Adafactor, Muon
from .sgd import ASGD, SGD

__all__ = ["ASGD", "LBFGS", "SGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Muon", "NAdam", "Optimizer",
           "RAdam", "RMSprop", "Rprop", "lr_scheduler"]  # fmt: skip


def __getattr__(name: str):
    if name == "swa_utils":  # needs nn, which optimisers do not
        import importlib

        return importlib.import_module(".swa_utils", __name__)
    raise missing("torch.optim", name)
