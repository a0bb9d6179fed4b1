"""``torch.utils``: what of it concerns autograd."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["checkpoint"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module 'torch.utils' has no attribute '{name}'")
