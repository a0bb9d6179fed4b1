"""What stands for an array: its shape, its norm, its range, its odd elements and a corner of 8 by 8."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.device import on_host
from .wire import Num, Summary

CORNER = 8
DIGITS = 4


def number(value: Any, digits: int = DIGITS) -> Num:
    """4 significant digits, or so many; NaN and infinities as words, because JSON has neither.

    >>> number(-2.34567), number(3.0), number(-0.0), number(float("-inf"))
    (-2.346, 3, 0, '-inf')
    """
    value = float(value)
    if value.is_integer() and -1000 < value < 1000:
        return int(value)
    if value - value:  # 0 but for NaN and infinities
        return "nan" if value != value else "inf" if value > 0 else "-inf"
    short = float(f"{value:.{digits}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def summarise(array: Any) -> Summary:
    """The Summary of a NumPy array or scalar of any dtype; complex numbers by their magnitude.

    >>> summarise(np.array([3.0, -4.0, 0.0]))
    {'shape': [3], 'norm': 5, 'corner': [[3, -4, 0]], 'min': -4, 'max': 3, 'zero': 1}
    """
    if type(array) is np.float32 or type(array) is np.float64:
        return _of_scalar(number(array))
    array = on_host(array)
    if array.dtype.kind == "c":
        array = np.abs(array)
    if not array.ndim:
        return _of_scalar(number(array[()]))
    out: Summary = {"shape": list(array.shape), "norm": 0, "corner": []}
    if not array.size:
        return out
    with np.errstate(all="ignore"):
        out["norm"] = number(math.sqrt(np.square(array, dtype="f8").sum()))
        finite = array
        if array.dtype.kind == "f":
            good = np.isfinite(array)
            odd = array.size - int(np.count_nonzero(good))
            if odd:
                finite = array[good]
                nan = int(np.isnan(array).sum())
                if nan:
                    out["nan"] = nan
                if odd > nan:
                    out["inf"] = odd - nan
        if finite.size:
            out["min"], out["max"] = number(finite.min()), number(finite.max())
    zero = array.size - int(np.count_nonzero(array))
    if zero:
        out["zero"] = zero
    out["corner"] = _corner(array)
    return out


WINDOW = 64  # rows and columns of an array that are sent when every number is asked for


def exactly(array: np.ndarray, at: tuple[int, int] | None = None) -> dict[str, Any]:
    """The numbers themselves, as many digits as their dtype has, two-dimensional with the last axis across, and their ``shape``.

    Of an array with more than 64 rows or columns the number of largest magnitude in each ``block`` of so many rows and columns;
    with ``at`` 64 rows and columns of the numbers themselves, ``from`` there. Complex numbers by their magnitude.

    >>> exactly(np.array([0.1, np.nan], "f4"))
    {'shape': [2], 'rows': [[0.1, 'nan']]}
    """
    array = np.abs(array) if array.dtype.kind == "c" else array
    flat = array.reshape(-1, array.shape[-1] if array.ndim else 1)
    out: dict[str, Any] = {"shape": list(array.shape)}
    if at is not None:
        i, j = (max(0, min(start, size - WINDOW)) for start, size in zip(at, flat.shape))
        flat, out["from"] = flat[i : i + WINDOW, j : j + WINDOW], [i, j]
    elif max(flat.shape) > WINDOW:
        block = [-(-size // WINDOW) for size in flat.shape]
        return {**out, "rows": [[number(v) for v in row] for row in _largest(flat, *block)], "block": block}
    rows = [[number(v) if v != v or math.isinf(v) else float(str(v)) for v in row] for row in flat]
    return {**out, "rows": [[int(v) if v in (0, 1, -1) else v for v in row] for row in rows]}


def _largest(flat: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """The element of largest magnitude, with its sign, of each block of so many rows and columns; NaN where there is one."""
    starts = [(np.arange(0, size, step), axis) for axis, (size, step) in enumerate(zip(flat.shape, (rows, columns)))]
    high = low = flat.astype(np.float64)
    for at, axis in starts:
        high, low = np.maximum.reduceat(high, at, axis), np.minimum.reduceat(low, at, axis)
    return np.where(high >= -low, high, low)


def _of_scalar(value: Num) -> Summary:
    if value == "nan":
        return {"shape": [], "norm": "nan", "corner": [[value]], "nan": 1}
    if isinstance(value, str):
        return {"shape": [], "norm": "inf", "corner": [[value]], "inf": 1}
    out: Summary = {"shape": [], "norm": abs(value), "corner": [[value]]}
    if not value:
        out["zero"] = 1
    return out


def _corner(array: np.ndarray) -> list[list[Num]]:
    array = array[tuple(slice(0, CORNER) for _ in range(array.ndim))]
    return [[number(v) for v in row] for row in array.reshape(-1, array.shape[-1])[:CORNER].tolist()]


def partial_summary(shape: tuple[int, ...], corner: np.ndarray | None = None) -> Summary:
    """The Summary of a value nobody holds any more, of which only a corner was kept, or nothing.

    ``norm`` is then that of the corner; ``part`` says so.
    """
    if corner is None:
        return {"shape": list(shape), "norm": 0, "corner": [], "part": "none"}
    return {**summarise(corner), "shape": list(shape), "part": "corner"}
