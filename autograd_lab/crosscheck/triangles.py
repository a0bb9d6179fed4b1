"""Operations that read one triangle of a matrix, and whose gradient is, as in PyTorch, that of the whole matrix.

The gradient of ``cholesky`` and ``eigh`` is the symmetric one: it says how the result moves when the matrix moves and stays
symmetric. Differences that move one triangle alone ask for another slope, so here what such an operation is given moves as its
gradient takes it to move. It starts from the value it had, whatever stands in the triangle that nobody reads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .lower import Line


def slope_of(line: Line, operands) -> object:
    """``line.forward(*operands)``, for differences: as far from its own operands as its gradient has it."""
    by = _BY_OP.get(line.op.__name__)
    return line.forward(*operands) if by is None else by(line, *operands)


def _turned(x):
    return np.conj(np.swapaxes(x, -1, -2))


def _symmetric(line: Line, x):
    moved = x - line.arrays[0]
    return line.forward(line.arrays[0] + (moved + _turned(moved)) / 2)


def _factor(line: Line, factor):
    """The factor of the product that the gradient is of: of the triangle, moved as the product of all of ``factor`` moves."""
    still, upper = line.arrays[line.op.inputs.index("factor") if "factor" in line.op.inputs else 0], line.params["upper"]

    def product(f):
        return _turned(f) @ f if upper else f @ _turned(f)

    root = np.linalg.cholesky(product(np.triu(still) if upper else np.tril(still)) + product(factor) - product(still))
    return _turned(root) if upper else root


def _pseudo_inverse(line: Line, x):
    if not line.params["hermitian"]:
        return line.forward(x)
    lower = np.tril(line.arrays[0], -1)
    read = lower + _turned(lower) + np.real(line.arrays[0] * np.eye(x.shape[-1]))
    return np.linalg.pinv(read + x - line.arrays[0], rcond=line.params["rcond"])


_BY_OP: dict[str, Callable] = {
    "cholesky_factor": _symmetric,
    "eigh": _symmetric,
    "cholesky_inverted": lambda line, factor: line.forward(_factor(line, factor)),
    "cholesky_solved": lambda line, x, factor: line.forward(x, _factor(line, factor)),
    "pseudo_inverse": _pseudo_inverse,
}
