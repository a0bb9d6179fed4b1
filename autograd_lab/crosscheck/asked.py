"""What a check is asked for, in one form; what cannot be is refused in words before anything runs."""

from __future__ import annotations

import math
from numbers import Integral

import numpy as np

WITNESSES = ("jax", "numeric")
MORE_WITNESSES = ("torch",)  # on request: importing it takes seconds


def asked(against, devices, factor, order) -> tuple[tuple[str, ...], tuple[str, ...] | None, float, int]:
    """``check``'s options of these names. Raises TypeError for a wrong kind, ValueError for what is no witness, factor or order."""
    known = (*WITNESSES, *MORE_WITNESSES)
    against = _names("against", against, "witnesses, such as ('jax', 'numeric')")
    if unknown := [name for name in against if name not in known]:
        raise ValueError(f"against: {unknown[0]!r} is not known; it can be {' or '.join(map(repr, known))}")
    if devices is not None:
        devices = _names("devices", devices, "JAX device kinds, such as ('cpu',)")
    if not isinstance(factor, (float, Integral, np.floating)) or isinstance(factor, bool):
        raise TypeError(f"factor: a number of units of rounding error, such as 4.0, not {type(factor).__name__}")
    if not (math.isfinite(factor) and float(factor) > 0):
        raise ValueError(f"factor: a positive number of units of rounding error, such as 4.0 (got {factor})")
    if not isinstance(order, Integral) or isinstance(order, bool):
        raise TypeError(f"order: 1 for the gradient, 2 for the gradient of the gradient, not {type(order).__name__}")
    if order < 1:
        raise ValueError(f"order: 1 for the gradient, 2 for the gradient of the gradient (got {order})")
    return against, devices, float(factor), int(order)


def _names(option, value, what) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, (tuple, list, set, frozenset)) or not all(isinstance(name, str) for name in names):
        wrong = next((n for n in names if not isinstance(n, str)), None) if isinstance(names, (tuple, list)) else value
        raise TypeError(f"{option}: {what}, not {type(wrong).__name__}")
    return tuple(names)
