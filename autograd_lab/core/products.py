"""What is given to BLAS: products of matrices, by whichever of NumPy's two functions is quicker, and sums of short rows."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

MANY = 1 << 10  # elements, for a product with ones to take less than NumPy's sums
SHORT = 1 << 7  # elements of a row that is summed: over longer ones NumPy's sums round less
LARGE = 1 << 16  # elements of the result


def product(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x (m, k) times y (k, n): (m, n), by `function_for`, which is not asked where that is small: 0.07 us."""
    return x.dot(y) if len(x) * y.shape[1] < LARGE else function_for(x, y)(x, y)


def large_product(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """`product` of what is known not to be small."""
    return function_for(x, y)(x, y)


def function_for(x: np.ndarray, y: np.ndarray):
    """``np.dot``, which takes 0.37 us to get going, or ``np.matmul``, which takes 0.78 but does not fill its result with zeros first.

    Filling 1000 x 100 float32 takes an eighth of multiplying 1000 x 64 by 64 x 100. Only where both give the job to BLAS as it
    is: matrices without gaps, and neither result nor operands thin enough for a product of vectors.
    """
    m, n = len(x), y.shape[1]
    if m * n >= LARGE and m > 1 and n > 1 and len(y) > 1 and x.flags.forc and y.flags.forc:
        return np.matmul
    return np.dot


@lru_cache(4096)
def rows_of(shape: tuple, dtype: np.dtype, dim, keepdim: bool):
    """(ones, the shape of the result) by which sums over ``dim`` are `row_sums`; None where NumPy's own are as good.

    Those are of short rows that lie one after the other. Remembered, because the same few layers come again and again.
    """
    last = len(shape) - 1
    if dim not in (last, -1, (last,), (-1,)) or last < 1 or not 4 < shape[last] <= SHORT or dtype.char not in "fd":
        return None
    return _ones(shape[last], dtype), (*shape[:last], 1) if keepdim else shape[:last]


def row_sums(x: np.ndarray, ones: np.ndarray, shape: tuple) -> np.ndarray:
    """The sums of rows, by a product with ones: 2.6 us where ``np.add.reduce`` takes 10.5 (8 x 32 x 64 float32)."""
    return x.reshape(-1, len(ones)).dot(ones).reshape(shape)


@lru_cache(2 * SHORT)
def _ones(n: int, dtype: np.dtype) -> np.ndarray:
    return np.ones(n, dtype)


def are_rows(key: tuple, g: np.ndarray, out: np.ndarray) -> bool:
    """Whether ``key`` takes whole rows of ``out``, as many as g has, by their numbers."""
    index = key[0]
    return len(key) == 1 and index.dtype.kind in "iu" and out.ndim > 1 and g.shape == index.shape + out.shape[1:]


def add_rows(out: np.ndarray, index: np.ndarray, rows: np.ndarray) -> None:
    """Add each row at its number, in order. Laid flat: NumPy adds to the places of a vector 5 times as fast as to rows."""
    width = out.size // len(out)
    places = (index % len(out))[..., None] * width + np.arange(width)
    np.add.at(out.reshape(-1), places.reshape(-1), rows.reshape(-1))


def work_in(ufunc: np.ufunc, out: np.ndarray, key, values: np.ndarray) -> None:
    """``ufunc.at(out, key, values)``: each value in turn, places that repeat too.

    Where there are many, and not in a large array only here and there, by their places in the array laid flat: NumPy works
    into a vector 3 to 5 times as fast as at several indices at once.
    """
    if values.size > MANY and out.size <= 4 * values.size and out.ndim > 1 and out.flags.c_contiguous:
        places = np.arange(out.size).reshape(out.shape)[key]
        ufunc.at(out.reshape(-1), places.reshape(-1), np.broadcast_to(values, places.shape).reshape(-1))
    else:
        ufunc.at(out, key, values)
