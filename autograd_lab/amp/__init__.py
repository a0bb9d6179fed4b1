"""Mixed precision: ``autocast`` chooses a dtype for each operation, ``GradScaler`` keeps small gradients from becoming 0.

``autocast`` lets products and convolutions take 16-bit copies of their float32 operands and leaves sums that need the digits
in float32, by PyTorch's lists for the CPU. A parameter is copied once in a region; the copy is a node (``ToCopyBackward0``),
so its gradient comes back as float32.

>>> import autograd_lab as torch
>>> w = torch.ones(2, 2, requires_grad=True)
>>> with torch.autocast("cpu"):
...     y = w @ w
>>> y.dtype
torch.bfloat16
>>> y.float().sum().backward()
>>> w.grad.dtype
torch.float32
"""

from .autocast_mode import (
    autocast,
    clear_autocast_cache,
    custom_bwd,
    custom_fwd,
    get_autocast_dtype,
    is_autocast_available,
    is_autocast_cache_enabled,
    is_autocast_enabled,
    set_autocast_cache_enabled,
    set_autocast_dtype,
    set_autocast_enabled,
)
from .grad_scaler import GradScaler

__all__ = ["GradScaler", "autocast", "clear_autocast_cache", "custom_bwd", "custom_fwd", "get_autocast_dtype",
           "is_autocast_available", "is_autocast_cache_enabled", "is_autocast_enabled", "set_autocast_cache_enabled",
           "set_autocast_dtype", "set_autocast_enabled"]  # fmt: skip
