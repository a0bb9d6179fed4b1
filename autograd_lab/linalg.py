"""``torch.linalg``'s face."""

from __future__ import annotations

from .core.absent import missing as _missing
from .core.guarded import guarded as _guarded
from .core.ops import decompositions as _taken_apart
from .core.ops import determinants as _determinants
from .core.ops import diagonals as _diagonals
from .core.ops import norms as _norms
from .core.ops import products as _products
from .core.ops.convert import face as _face
from .core.ops.eigen import eig, eigvals
from .core.ops.linalg import matmul as _matmul
from .core.ops.named import (
    cholesky_ex,
    inv_ex,
    lu,
    lu_factor,
    lu_factor_ex,
    lu_solve,
    solve_ex,
    tensorinv,
    tensorsolve,
    vander,
    vecdot,
)
from .core.ops.reflections import householder_product
from .core.ops.singular import LinAlgError  # noqa: F401  (a name of this module)
from .core.ops.symmetric import ldl_factor, ldl_factor_ex, ldl_solve


def _diagonal(x, *, offset=0, dim1=-2, dim2=-1):
    """The diagonal of the last two dimensions' planes."""
    return _diagonals.diagonal_word(x, offset, dim1, dim2)


def _cross(x, other, *, dim=-1):
    """The vector product along ``dim``."""
    return _products.cross(x, other, dim)


_WORDS = {"norm": _norms.linalg_norm, "matmul": _matmul, "multi_dot": _products.multi_dot, "cross": _cross, "diagonal": _diagonal,
          "ldl_factor": ldl_factor, "ldl_factor_ex": ldl_factor_ex, "ldl_solve": ldl_solve,
          "cholesky_ex": cholesky_ex, "inv_ex": inv_ex, "lu": lu, "lu_factor": lu_factor, "lu_factor_ex": lu_factor_ex,
          "lu_solve": lu_solve, "solve_ex": solve_ex, "tensorinv": tensorinv, "tensorsolve": tensorsolve, "vander": vander,
          "vecdot": vecdot, "eig": eig, "eigvals": eigvals, "householder_product": householder_product}  # fmt: skip
_WORDS |= {name: getattr(_taken_apart, name) for name in
           "inv solve solve_triangular cholesky qr svd svdvals eigh eigvalsh pinv lstsq".split()}  # fmt: skip
_WORDS |= {"det": _determinants.det, "slogdet": _determinants.linalg_slogdet}
_WORDS |= {name: getattr(_norms, name) for name in "vector_norm matrix_norm cond matrix_rank".split()}
_WORDS |= {name: getattr(_products, name) for name in "matrix_power matrix_exp".split()}
globals().update({name: _guarded("f", f"linalg_{name}", _face(word, name, "linalg.")) for name, word in _WORDS.items()})
__all__ = sorted([*_WORDS, "LinAlgError"])


def __getattr__(name: str):
    raise _missing("torch.linalg", name)
