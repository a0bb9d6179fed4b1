"""``torch.autograd.profiler_util``: what a profile is made of."""

from __future__ import annotations

from .profiler import EventList, FunctionEvent, FunctionEventAvg, Interval

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "Interval"]
