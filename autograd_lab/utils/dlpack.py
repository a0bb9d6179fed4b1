"""``torch.utils.dlpack``: capsules, for libraries that want one. Others take the tensor itself."""

from __future__ import annotations

from ..core.exchange import from_dlpack
from ..core.tensor import Tensor

__all__ = ["from_dlpack", "to_dlpack"]


def to_dlpack(tensor: Tensor):
    """A capsule over the tensor's memory, which one ``from_dlpack`` may use, once."""
    return tensor.__dlpack__(max_version=(1, 0))  # of capsules without a version NumPy writes to none
