"""The two 16-bit floats, float16 and bfloat16: computed in float32, rounded to 16 bits after every operation.

NumPy adds up float16 in float16 and multiplies its matrices without BLAS; bfloat16, which is ml_dtypes' and no dtype of
NumPy's own, it widens in some operations and refuses in others. PyTorch does neither: a kernel widens what it reads, computes
and accumulates in float32, and rounds what it writes. So do the operations here, once either dtype has been looked at:
``begin`` has every primitive written anew with the lines that widen and round (codegen.py). Until then there are none, and
nobody pays for them. ml_dtypes is imported when bfloat16 itself is first used.
"""

from __future__ import annotations

import numpy as np

from . import dtypes, refusals

F4 = np.dtype("f4")
LOW: set[int] = set()  # the ``num`` of both dtypes, once in use
# PyTorch's kernels of these take a second operand of no dimensions as float32, the others round it to the common dtype first
EXACT_NUMBERS = frozenset(("mul", "div"))

AS_THEY_ARE = frozenset(("nextafter",))  # computed in 16 bits: the next number depends on how many there are


# what PyTorch has no 16-bit kernel for, and says so of; the rest is computed
_INVERSES = "{} Low precision dtypes not supported. Got {{}}"
WITHOUT = {
    "inverse": _INVERSES.format("linalg.inv:"), "sign_and_log": _INVERSES.format("linalg.slogdet:"), "determinant": "lu_cpu",
    "solve_matrix": "lu_cpu", "lu_factors": "lu_cpu", "lu_packed": "lu_cpu",
    "least_squares": "This function doesn't handle types other than float and double",
    "cholesky_factor": "cholesky_cpu", "qr_reduced": "geqrf_cpu",
    "svd_reduced": "linalg_svd_cpu", "pseudo_inverse": "linalg_svd_cpu", "eigh": "linalg_eigh_cpu",
    "distances": "cdist", "euclidean_distances": "cdist", "own_distances": "pdist", "solve_triangle": "triangular_solve_cpu",
    "cholesky_inverted": "cholesky_inverse_out_cpu", "cholesky_solved": "cholesky_solve_cpu", "lu_solution": "linalg.lu_solve_cpu",
    "reflections": "orgqr_cpu", **{name: f"{name}_cpu" for name in ("ndtri", "log_ndtr", "erfcx", "zeta")},
}  # fmt: skip


def lacking(name: str, *arrays) -> None:
    """Raise PyTorch's exception if it has no kernel of the primitive ``name`` for one of the arrays, which is 16 bits wide."""
    for array in arrays:
        if array.dtype.num in LOW:
            raise without(name, array.dtype)


def without(name: str, low: np.dtype) -> Exception:
    """PyTorch's exception where it has no kernel of the primitive ``name`` for ``low``."""
    says = WITHOUT[name]
    return RuntimeError(says.format(dtypes.BY_NUMPY[low].kind)) if " " in says else refusals.no_kernel(says, low)


def begin(name: str) -> None:
    """Make the engine ready for float16 or bfloat16: the dtype gets its NumPy dtype, the primitives their extra lines."""
    if name == "bfloat16":
        try:
            import ml_dtypes
        except ImportError:
            raise ImportError("torch.bfloat16 is made of ml_dtypes; install it with: pip install ml_dtypes") from None
        made = np.dtype(ml_dtypes.bfloat16)
        dtypes.BY_NUMPY[made] = dtypes.BY_NAME[name]
    else:
        made = np.dtype("f2")
    dtypes.BY_NAME[name].numpy = made
    LOW.add(made.num)
    from .primitive import PRIMITIVES

    for op in PRIMITIVES.values():
        op.postpone()


def wide(value):
    """A 16-bit array, or those in a tuple, list or dict, in float32; anything else as it is."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.astype(F4) if value.dtype.num in LOW else value
    if type(value) is dict:
        return {name: wide(each) for name, each in value.items()}
    if isinstance(value, (tuple, list)):
        return (list if type(value) is list else tuple)(map(wide, value))
    return value


def narrow(value, low: np.dtype):
    """Floating arrays, also in a tuple or list, rounded to ``low``; anything else as it is."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.astype(low) if value.dtype.kind == "f" and value.dtype is not low else value
    return type(value)(narrow(v, low) for v in value) if type(value) in (tuple, list) else value


def widened(*arrays):
    """The arrays in float32, and then the dtype to round the result to, None if it is none of the two.

    The first floating array decides: a layer's weights may be wider than its input, an unused one is a plain 0.0.
    """
    first = next((array.dtype for array in arrays if array.dtype.kind in dtypes.DIFFERENTIABLE), F4)
    return *map(wide, arrays), first if first.num in LOW else None


def lowered(x, y, x_array, y_array, exact: bool):
    """Promote the arrays of two operands of which one is 16 bits wide: (x, y, fit, the dtype to round to or None).

    A number is its own array. ``exact``: if the second is a number or a 0-d tensor, it is not rounded before it is used.
    """
    number = y_array is y or x_array is x
    if number and x_array.dtype.kind != "c" != y_array.dtype.kind:
        dtype = x_array.dtype if y_array is y else y_array.dtype
    else:
        dtype = dtypes.promote(x_array.dtype, x_array.ndim, y_array.dtype, y_array.ndim)
    same = x_array.shape == y_array.shape and x_array.dtype is y_array.dtype
    fit = None if number or same else ((x_array.shape, x_array.dtype), (y_array.shape, y_array.dtype))
    if dtype.num not in LOW:
        return x_array.astype(dtype), y_array.astype(dtype), fit, None
    y_dtype = F4 if exact and not y_array.ndim else dtype
    return x_array.astype(dtype).astype(F4), y_array.astype(y_dtype).astype(F4), fit, dtype
