"""``torch.cuda``, for code that asks before it uses: this engine computes with NumPy, and says so as PyTorch does without a GPU.

A GPU that JAX sees is used where it is named: ``x.to("cuda:0")`` (slow for small operations), `autograd_lab.check`, and programs.
"""

from __future__ import annotations

__all__ = ["current_device", "device_count", "is_available", "manual_seed_all", "synchronize"]
_NOT_COMPILED = "Torch not compiled with CUDA enabled"


def is_available() -> bool:
    """False: code that only asks stays in the computer's own memory, where this engine is fast.

    >>> import autograd_lab as torch
    >>> torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device(type='cpu')
    """
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed_all(seed: int) -> None:
    """Nothing to seed, as in PyTorch without a GPU; ``manual_seed`` is the CPU's."""


def synchronize(device=None) -> None:
    """Raise AssertionError, as PyTorch without CUDA does."""
    raise AssertionError(_NOT_COMPILED)


def current_device() -> int:
    """Raise AssertionError, as PyTorch without CUDA does."""
    raise AssertionError(_NOT_COMPILED)
