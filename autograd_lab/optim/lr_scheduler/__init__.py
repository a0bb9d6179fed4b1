"""Learning rates that change from step to step: each scheduler sets its optimiser's ``group["lr"]``.

Reading order: ``base.py`` (what a scheduler is), ``decay.py``, ``cycles.py``, ``plateau.py``, ``composed.py``.
"""

from __future__ import annotations

from ...core.absent import missing
from .base import LRScheduler
from .composed import ChainedScheduler, SequentialLR
from .cycles import CosineAnnealingLR, CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR
from .decay import ConstantLR, ExponentialLR, LambdaLR, LinearLR, MultiplicativeLR, MultiStepLR, PolynomialLR, StepLR
from .plateau import ReduceLROnPlateau

_LRScheduler = LRScheduler  # the name it had

__all__ = ["ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR", "ExponentialLR",
           "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "MultiplicativeLR", "OneCycleLR", "PolynomialLR",
           "ReduceLROnPlateau", "SequentialLR", "StepLR"]  # fmt: skip


def __getattr__(name: str):
    raise missing("torch.optim.lr_scheduler", name)
