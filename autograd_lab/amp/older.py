"""The older names, one set a device: what they say of the newer ones."""

from __future__ import annotations

import warnings


def deprecated(device: str, name: str, arguments: str | None = None, stacklevel: int = 3) -> None:
    """Warn, at the line that asked, that ``torch.<device>.amp.<name>`` is deprecated; ``arguments`` of the newer one."""
    arguments = arguments or f"'{device}', args..."
    warnings.warn(
        f"`torch.{device}.amp.{name}(args...)` is deprecated. "
        f"Please use `torch.amp.{name}({arguments})` instead.",
        FutureWarning, stacklevel=stacklevel)  # fmt: skip
