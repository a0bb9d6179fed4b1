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


NOT_FINITE = "The algorithm failed to converge because the input matrix contained non-finite values."


def zero_on_diagonal(matrix: np.ndarray) -> int:
    """Where the diagonal is 0, counted from 1; 0 if nowhere."""
    zero = np.diagonal(matrix) == 0
    return int(zero.argmax()) + 1 if zero.any() else 0


def svd(array: np.ndarray, **asked):
    """NumPy's decomposition: PyTorch's error of a matrix with nan in it, and nan of one with infinities."""
    if np.isnan(array).any():
        raise refused("linalg.svd", array, lambda matrix: int(np.isnan(matrix).any()), NOT_FINITE)
    finite = np.isfinite(array).all((-2, -1), keepdims=True)
    if finite.all():
        return np.linalg.svd(array, **asked)
    found = np.linalg.svd(np.where(finite, array, 0), **asked)
    parts = found if isinstance(found, tuple) else (found,)
    made = tuple(
        np.where(finite if part.ndim == array.ndim else finite[..., 0], part, part.dtype.type(np.nan)) for part in parts
    )
    return made if isinstance(found, tuple) else made[0]


def substituted(a: np.ndarray, b: np.ndarray, upper: bool) -> np.ndarray:
    """The x with a @ x = b, a triangular, row by row: divided by 0 too where that is on the diagonal, as in PyTorch."""
    lead, n = np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-1]
    x = np.broadcast_to(b, (*lead, *b.shape[-2:])).copy()
    with np.errstate(all="ignore"):
        for i in reversed(range(n)) if upper else range(n):
            known = slice(i + 1, None) if upper else slice(None, i)
            rest = x[..., i : i + 1, :] - np.matmul(a[..., i : i + 1, known], x[..., known, :])
            x[..., i : i + 1, :] = rest / a[..., i : i + 1, i : i + 1]
    return x


def solved_triangle(xp, a, b, upper: bool):
    """The x with a @ x = b, a triangular."""
    try:
        return xp.np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        return substituted(a, b, upper)


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
