"""``torch.utils``: what of it concerns autograd."""

from __future__ import annotations

import importlib
from typing import Any

from ..core.absent import missing

__all__ = ["checkpoint", "dlpack", "hooks"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return importlib.import_module(f".{name}", __name__)
    raise missing("torch.utils", name)
