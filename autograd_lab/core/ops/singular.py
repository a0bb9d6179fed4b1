"""Which matrix of a batch has no inverse or no factor, and where that shows: PyTorch's ``LinAlgError``."""

from __future__ import annotations

import numpy as np

from ..namespaces import NUMPY


class LinAlgError(RuntimeError):
    """A computation failed because of the numbers in a matrix."""


LinAlgError.__name__ = LinAlgError.__qualname__ = "_LinAlgError"
LinAlgError.__module__ = "torch._C"


NO_INVERSE = "The diagonal element {} is zero, the inversion could not be completed because the input matrix is singular."
NO_SOLUTION = "The solver failed because the input matrix is singular."
NOT_POSITIVE = (
    "The factorization could not be completed because the input is not positive-definite (the leading minor of order {} is not "
    "positive-definite)."
)


def zero_pivot(matrix: np.ndarray) -> int:
    """The first k for which elimination with exchanges meets a 0 at (k, k), counted from 1; 0 if none."""
    a = np.array(matrix)
    for k in range(len(a)):
        best = k + int(np.abs(a[k:, k]).argmax())
        if a[best, k] == 0:
            return k + 1
        a[[k, best]] = a[[best, k]]
        a[k + 1 :] -= a[k + 1 :, k : k + 1] / a[k, k] * a[k]
    return 0


def bad_minor(matrix: np.ndarray) -> int:
    """The order of the first leading part that is not positive definite; 0 if all are."""
    for k in range(1, len(matrix) + 1):
        if np.isnan(matrix[:k, :k]).any():
            return k
        try:
            np.linalg.cholesky(matrix[:k, :k])
        except np.linalg.LinAlgError:
            return k
    return 0


def divided_anyway(array: np.ndarray) -> np.ndarray:
    """The inverses' conjugate transposes, by elimination that divides by a pivot of 0 too: infinities of what has no inverse."""

    def inverted(matrix):
        factor, solve = NUMPY._linalg().get_lapack_funcs(("getrf", "getrs"), (matrix,))
        factors, pivots, _ = factor(matrix)
        return solve(factors, pivots, np.eye(len(matrix), dtype=matrix.dtype), trans=2)[0]

    flat = array.reshape(-1, *array.shape[-2:])
    return np.stack([inverted(m) for m in flat]).reshape(array.shape)


def refused(word: str, array: np.ndarray, where, says: str) -> LinAlgError:
    """The error of the first matrix in which ``where`` finds something; ``says`` has a place for what."""
    flat = array.reshape(-1, *array.shape[-2:])
    batch, found = next(((i, k) for i, m in enumerate(flat) if (k := where(m))), (0, len(flat[0])))
    which = f"(Batch element {batch}): " if array.ndim > 2 else ""
    return LinAlgError(f"{word}: {which}{says.format(found)}")


def which(array: np.ndarray, where) -> np.ndarray:
    """What ``where`` finds in each matrix, as int32: PyTorch's ``info``."""
    found = [where(m) for m in array.reshape(-1, *array.shape[-2:])]
    return np.asarray(found, np.int32).reshape(array.shape[:-2])
