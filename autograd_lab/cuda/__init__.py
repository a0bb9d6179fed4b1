"""``torch.cuda``, for code that asks before it uses: this engine computes with NumPy, and says so as PyTorch does without a GPU.

A GPU that JAX sees is used where it is named: ``x.to("cuda:0")`` (slow for small operations), `autograd_lab.check`, and programs.
"""

from __future__ import annotations

from ..core.absent import missing as _missing
from . import amp as amp

_REFUSED = """current_blas_handle current_device current_stream default_stream get_device_capability get_device_name
              get_device_properties get_rng_state get_rng_state_all init initial_seed ipc_collect mem_get_info set_device
              set_rng_state set_rng_state_all synchronize""".split()
_NOTHING = "empty_cache manual_seed manual_seed_all reset_max_memory_allocated reset_peak_memory_stats seed seed_all".split()
_ZERO = "max_memory_allocated max_memory_reserved memory_allocated memory_reserved".split()
__all__ = sorted([*_REFUSED, *_NOTHING, *_ZERO, "Event", "Stream", "amp", "device_count", "get_arch_list", "is_available",
                  "is_bf16_supported", "is_initialized"])  # fmt: skip
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


def is_initialized() -> bool:
    """False."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False."""
    return False


def get_arch_list() -> list[str]:
    """[]."""
    return []


def _refusing(name: str):
    def ask(*args, **kwargs):
        raise AssertionError(_NOT_COMPILED)

    ask.__name__ = ask.__qualname__ = name
    ask.__doc__ = "Raise AssertionError, as PyTorch without CUDA does."
    return ask


def _answering(name: str, answer, what: str):
    def ask(*args, **kwargs):
        return answer

    ask.__name__ = ask.__qualname__ = name
    ask.__doc__ = what
    return ask


globals().update({name: _refusing(name) for name in _REFUSED})
globals().update({name: _answering(name, None, "Nothing to do, as in PyTorch without a GPU.") for name in _NOTHING})
globals().update({name: _answering(name, 0, "0 bytes.") for name in _ZERO})


class Stream:
    """RuntimeError: work is not queued here."""

    def __init__(self, *args, **kwargs):
        raise RuntimeError(f"torch.cuda.{type(self).__name__} requires CUDA support")


class Event(Stream):
    """RuntimeError: take ``time.perf_counter()`` before and after."""


def __getattr__(name: str):
    raise _missing("torch.cuda", name)
