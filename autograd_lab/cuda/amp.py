"""``torch.cuda.amp``: the older names of ``torch.amp`` for a GPU, which many programs still call: disabled, as without one."""

from __future__ import annotations

from .. import amp
from ..amp.older import deprecated
from ..core import dtypes
from ..core.absent import missing

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]
_WHERE = "args..., device_type='cuda'"


class autocast(amp.autocast):
    """``torch.amp.autocast("cuda")``: nothing is cast."""

    def __init__(self, enabled: bool = True, dtype=dtypes.BY_NAME["float16"], cache_enabled: bool = True):
        deprecated("cuda", "autocast")
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """``torch.amp.GradScaler("cuda")``: nothing is scaled."""

    def __init__(self, init_scale: float = 2.0**16, growth_factor: float = 2.0, backoff_factor: float = 0.5,
                 growth_interval: int = 2000, enabled: bool = True):  # fmt: skip
        deprecated("cuda", "GradScaler")
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)


def custom_fwd(fwd=None, *, cast_inputs=None):
    """``torch.amp.custom_fwd(device_type="cuda")``."""
    deprecated("cuda", "custom_fwd", _WHERE)
    return amp.custom_fwd(fwd, device_type="cuda", cast_inputs=cast_inputs)


def custom_bwd(bwd):
    """``torch.amp.custom_bwd(device_type="cuda")``."""
    deprecated("cuda", "custom_bwd", _WHERE)
    return amp.custom_bwd(bwd, device_type="cuda")


def __getattr__(name: str):
    raise missing("torch.cuda.amp", name)
