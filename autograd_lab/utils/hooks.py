"""``torch.utils.hooks``: what registering a hook returns, and how a hook says that a copy may do without it."""

from __future__ import annotations

from ..core.absent import missing
from ..core.hooks import RemovableHandle, unserializable_hook, warn_if_has_hooks

__all__ = ["RemovableHandle", "unserializable_hook", "warn_if_has_hooks"]


def __getattr__(name: str):
    raise missing("torch.utils.hooks", name)
