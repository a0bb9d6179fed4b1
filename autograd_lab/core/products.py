"""The product of two matrices, by whichever of NumPy's two functions is quicker: the same call of BLAS, so the same bits."""

from __future__ import annotations

import numpy as np

LARGE = 1 << 14  # elements of the result
SMALL = 1 << 7  # elements of an operand: no more than LARGE in the result


def product(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x (m, k) times y (k, n): (m, n), by `function_for`, which is not asked where both are so small that m * n is: 0.07 us."""
    if x.size < SMALL > y.size:
        return x.dot(y)
    return x.dot(y) if len(x) * y.shape[1] < LARGE else function_for(x, y)(x, y)


def function_for(x: np.ndarray, y: np.ndarray):
    """``np.dot``, which takes 0.37 us to get going, or ``np.matmul``, which takes 0.78 but does not fill its result with zeros first.

    Filling 1000 x 100 float32 takes an eighth of multiplying 1000 x 64 by 64 x 100. Only where both give the job to BLAS as it
    is: matrices without gaps, and neither result nor operands thin enough for a product of vectors.
    """
    m, n = len(x), y.shape[1]
    if m * n >= LARGE and m > 1 and n > 1 and len(y) > 1 and x.flags.forc and y.flags.forc:
        return np.matmul
    return np.dot
