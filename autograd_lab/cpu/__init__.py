"""``torch.cpu``, for code that names the device's module: its ``amp``, by its older names."""

from . import amp

__all__ = ["amp"]
