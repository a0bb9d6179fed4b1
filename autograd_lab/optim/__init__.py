"""Optimisers: each step reads ``.grad`` and writes the parameters in place, unrecorded."""

from __future__ import annotations

from .optimizer import Optimizer
from .optimizers import SGD, Adagrad, Adam, AdamW, RMSprop

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop"]
