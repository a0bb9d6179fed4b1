"""``torch.cpu.amp``: the older names of ``torch.amp.autocast("cpu")`` and ``torch.amp.GradScaler("cpu")``."""

from __future__ import annotations

from .. import amp
from ..amp.older import deprecated
from ..core import dtypes
from ..core.absent import missing

__all__ = ["GradScaler", "autocast"]


class autocast(amp.autocast):
    """``torch.amp.autocast("cpu")``."""

    def __init__(self, enabled: bool = True, dtype=dtypes.BY_NAME["bfloat16"], cache_enabled: bool = True):
        deprecated("cpu", "autocast")
        super().__init__("cpu", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """``torch.amp.GradScaler("cpu")``."""

    def __init__(self, init_scale: float = 2.0**16, growth_factor: float = 2.0, backoff_factor: float = 0.5,
                 growth_interval: int = 2000, enabled: bool = True):  # fmt: skip
        deprecated("cpu", "GradScaler")
        super().__init__("cpu", init_scale, growth_factor, backoff_factor, growth_interval, enabled)


def __getattr__(name: str):
    raise missing("torch.cpu.amp", name)
