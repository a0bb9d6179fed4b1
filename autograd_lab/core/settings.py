"""Switches of the whole library, by PyTorch's names.

Most of them say what is so here anyway: results are deterministic, products are rounded as the dtype says. They are remembered,
so that a program that asks hears what it said.
"""

from __future__ import annotations

import ctypes
import os
import warnings

import numpy as np

from . import dtypes, telling

_MODES = ("default", "warn", "error")
_deterministic = 0  # an index into _MODES
_matmul_precision = "highest"
_between = os.cpu_count() or 1


# ---------------------------------------------------------------------- threads


def _blas(verb: str):
    """OpenBLAS's own function of that verb, where NumPy computes its matrix products with OpenBLAS; else None."""
    library = ctypes.CDLL(np._core._multiarray_umath.__file__)  # pyright: ignore[reportAttributeAccessIssue]
    for name in ("scipy_openblas_{}_num_threads64_", "openblas_{}_num_threads64_", "openblas_{}_num_threads"):
        if (function := getattr(library, name.format(verb), None)) is not None:
            return function
    return None


def get_num_threads() -> int:
    """How many threads compute a matrix product; all else is computed by one."""
    ask = _blas("get")
    return 1 if ask is None else ask()


def set_num_threads(num: int) -> None:
    """Compute matrix products by so many threads. A UserWarning says where NumPy's BLAS has no such switch."""
    if not isinstance(num, int) or isinstance(num, bool):
        raise RuntimeError(f"set_num_threads expects an int, but got {type(num).__name__}")
    if num <= 0:
        raise RuntimeError("set_num_threads expects a positive integer")
    tell = _blas("set")
    if tell is None:
        warnings.warn("set_num_threads: NumPy's BLAS here cannot be told; set its environment variable before Python starts",
                      UserWarning, stacklevel=2)  # fmt: skip
    else:
        tell(num)


def get_num_interop_threads() -> int:
    """What was set; operations are not run beside each other here."""
    return _between


def set_num_interop_threads(num: int) -> None:
    """Remembered: operations are not run beside each other here."""
    global _between
    if not isinstance(num, int) or isinstance(num, bool):
        raise RuntimeError(f"set_num_interop_threads expects an int, but got {type(num).__name__}")
    if num <= 0:
        raise RuntimeError("set_num_interop_threads expects a positive integer")
    _between = num


# ---------------------------------------------------------------------- determinism and precision


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Remembered: every operation here gives the same bits each time anyway."""
    global _deterministic
    if not isinstance(mode, bool):
        raise TypeError(
            f"_set_deterministic_algorithms(): argument 'mode' (position 1) must be bool, not {type(mode).__name__}"
        )
    _deterministic = 0 if not mode else 1 if warn_only else 2


def are_deterministic_algorithms_enabled() -> bool:
    """Whether they were asked for."""
    return _deterministic > 0


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether they were asked for with ``warn_only``."""
    return _deterministic == 1


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """``use_deterministic_algorithms`` by a word: "default", "warn" or "error", or its number."""
    global _deterministic
    if isinstance(debug_mode, str):
        if debug_mode not in _MODES:
            raise RuntimeError(f"invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got {debug_mode}")
        debug_mode = _MODES.index(debug_mode)
    if not isinstance(debug_mode, int):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    if debug_mode not in (0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    _deterministic = debug_mode


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2: "default", "warn" or "error"."""
    return _deterministic


def get_float32_matmul_precision() -> str:
    """What was set, "highest" at first."""
    return _matmul_precision


def set_float32_matmul_precision(precision: str) -> None:
    """Remembered: products of float32 are computed in float32 here, which is "highest"."""
    global _matmul_precision
    if precision not in ("highest", "high", "medium"):
        told = "the currentsetFloat32MatmulPrecision call has no effect."
        warnings.warn(f"{precision} is not one of 'highest', 'high', or 'medium'; {told}", UserWarning, stacklevel=2)
    else:
        _matmul_precision = precision


def set_flush_denormal(mode: bool) -> bool:
    """False: numbers too small for a full mantissa are kept, and there is no way to round them to 0."""
    return False


# ---------------------------------------------------------------------- warnings, devices, dtypes


def set_warn_always(b: bool) -> None:
    """Whether warnings that are given once a program are given each time; Python's own filters are asked as ever."""
    if not isinstance(b, bool):
        raise RuntimeError(f"setWarnOnlyOnce expects a bool, but got {type(b).__name__}")
    telling.always = b


def is_warn_always_enabled() -> bool:
    """What was set, False at first."""
    return telling.always


def set_default_tensor_type(t) -> None:
    """Deprecated: ``set_default_dtype`` by a type such as ``DoubleTensor``, or its name."""
    from .ops.create import TYPED

    told = "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
    warnings.warn(told + "torch.set_default_device() as alternatives.", UserWarning, stacklevel=2)
    found = TYPED.get(t.removeprefix("torch.")) if isinstance(t, str) else t
    if not hasattr(found, "dtype") or not found.dtype.is_floating_point:
        raise TypeError("invalid type object: only floating-point types are supported as the default type")
    dtypes.set_default_dtype(found.dtype)
