"""``torch.cpu``, for code that names the device's module: what it may ask, and ``amp`` by its older names."""

from __future__ import annotations

from ..core.absent import missing
from . import amp

__all__ = ["amp", "current_device", "device_count", "is_available", "is_initialized", "set_device", "synchronize"]


def is_available() -> bool:
    """True."""
    return True


def is_initialized() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """``"cpu"``."""
    return "cpu"


def set_device(device) -> None:
    """Nothing to do: there is one."""


def synchronize(device=None) -> None:
    """Nothing to do: operations are done when they return."""


def __getattr__(name: str):
    raise missing("torch.cpu", name)
