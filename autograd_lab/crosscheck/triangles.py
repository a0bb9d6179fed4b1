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


def _cholesky(line: Line, x):
    """A loss may read imaginary parts of the diagonal, which is real: they move with what of ``x`` is not Hermitian, as in PyTorch."""
    out, upper = _symmetric(line, x), line.params["upper"]
    if not np.iscomplexobj(x):
        return out
    inverse = np.linalg.inv(_turned(out) if upper else out)
    aside = np.imag(inverse @ (x - line.arrays[0]) @ _turned(inverse)) * np.eye(x.shape[-1]) * 0.5j
    return out - aside @ out if upper else out + out @ aside


def _pseudo_inverse(line: Line, x):
    """Of what is not Hermitian PyTorch's gradient is that of nothing: its formula takes all of ``x`` and the result of a triangle."""
    still, moved = line.arrays[0], x - line.arrays[0]
    if not line.params["hermitian"]:
        return line.forward(x)
    if np.array_equal(still, _turned(still)):
        return np.linalg.pinv(x, rcond=line.params["rcond"])
    p, eye = line.forward(still), np.eye(x.shape[-1])
    beside = p @ _turned(p) @ _turned(moved) @ (eye - still @ p) + (eye - p @ still) @ _turned(moved) @ _turned(p) @ p
    return p - p @ moved @ p + beside


_BY_OP: dict[str, Callable] = {
    "cholesky_factor": _cholesky,
    "eigh": _symmetric,
    "cholesky_inverted": lambda line, factor: line.forward(_factor(line, factor)),
    "cholesky_solved": lambda line, x, factor: line.forward(x, _factor(line, factor)),
    "pseudo_inverse": _pseudo_inverse,
}
