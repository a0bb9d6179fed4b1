"""The tuples with names that words of several results give: ``torch.return_types.max(values=..., indices=...)``."""

from __future__ import annotations

import functools
from collections import namedtuple

# word -> what its results are called
FIELDS = dict.fromkeys("cummax cummin kthvalue max median min mode nanmedian sort topk".split(), "values indices") | {
    "aminmax": "min max", "frexp": "mantissa exponent", "geqrf": "a tau", "histogram": "hist bin_edges",
    "histogramdd": "hist bin_edges", "linalg_cholesky_ex": "L info", "linalg_eig": "eigenvalues eigenvectors",
    "linalg_eigh": "eigenvalues eigenvectors", "linalg_inv_ex": "inverse info", "linalg_ldl_factor": "LD pivots",
    "linalg_ldl_factor_ex": "LD pivots info", "linalg_lstsq": "solution residuals rank singular_values", "linalg_lu": "P L U",
    "linalg_lu_factor": "LU pivots", "linalg_lu_factor_ex": "LU pivots info", "linalg_qr": "Q R",
    "linalg_slogdet": "sign logabsdet", "linalg_solve_ex": "result info", "linalg_svd": "U S Vh", "lu_unpack": "P L U", "qr": "Q R",
    "slogdet": "sign logabsdet", "svd": "U S V", "triangular_solve": "solution cloned_coefficient",
}  # fmt: skip


@functools.cache
def returned(word: str) -> type:
    """The class of ``word``'s results; it prints as PyTorch's does, a result a line, and is made of them or of one list."""
    base = namedtuple(word, FIELDS[word])
    n = len(base._fields)

    def __new__(cls, *results):
        if len(results) == 1:
            (results,) = results
            if not isinstance(results, (tuple, list)):
                raise TypeError("constructor requires a sequence")
        if len(results) != n:
            raise TypeError(f"torch.return_types.{word}() takes a {n}-sequence ({len(results)}-sequence given)")
        return tuple.__new__(cls, results)

    def __repr__(self):
        told = ",\n".join(f"{name}={value!r}" for name, value in zip(self._fields, self))
        return f"torch.return_types.{word}(\n{told})"

    def __reduce__(self):
        return _remade, (word, tuple(self))

    own = {"__slots__": (), "__new__": __new__, "__repr__": __repr__, "__reduce__": __reduce__}
    made = type(word, (base,), own | {"n_fields": n, "n_sequence_fields": n, "n_unnamed_fields": 0})
    made.__module__ = "torch.return_types"
    return made


def _remade(word: str, results: tuple) -> tuple:
    """The tuple again, by a name that pickle finds here."""
    return returned(word)(results)
