"""Results written into a tensor that the user has brought: ``out=``."""

from __future__ import annotations

import warnings

import numpy as np

from .. import errors
from ..grad_mode import is_grad_enabled
from ..inplace import bump, lies_over_itself
from ..tensor import Tensor

# These write to memory that lies over itself too: PyTorch does not ask where a reduction or a filling puts its result.
_FILLINGS = frozenset("zeros ones full empty eye".split())
_UNASKED = _FILLINGS | frozenset("sum prod amax amin any all var std nansum".split())

# What these give has no derivative, so that it is no matter who requires one.
_FLAT = frozenset(
    "eq ne lt le gt ge equal greater less greater_equal less_equal not_equal isfinite isinf isnan isneginf isposinf signbit argmax "
    "argmin argsort any all logical_and logical_or logical_not logical_xor bitwise_and bitwise_or bitwise_xor bitwise_not "
    "floor_divide searchsorted bucketize".split()
)
# The word that does the work, which is the one to say no.
_WORKERS = {
    "linalg.inv": "linalg_inv_ex", "inverse": "linalg_inv_ex", "linalg.solve": "_linalg_solve_ex", "norm": "linalg_vector_norm",
    "linalg.norm": "linalg_vector_norm", "kron": "mul", "outer": "mul", "ger": "mul", "hstack": "cat", "vstack": "cat",
    "dstack": "cat", "concat": "cat", "concatenate": "cat", "row_stack": "cat", "subtract": "sub", "multiply": "mul",
    "divide": "div", "true_divide": "div", "clip": "clamp", "absolute": "abs", "negative": "neg", "linalg.matmul": "matmul",
    "special.expit": "sigmoid", "arctan2": "atan2", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "fix": "trunc",
}  # fmt: skip


def refuse_tracked(name: str, out, inputs=()) -> None:
    """RuntimeError where a gradient would be wanted of what is written into ``out``: PyTorch asks before it looks at shapes."""
    if not is_grad_enabled() or name in _FLAT or not any(_wants(t) for t in (*inputs, out)):
        return
    told = f"aten::{name}" if name in _FILLINGS else _WORKERS.get(name, name.replace(".", "_"))
    raise RuntimeError(
        f"{told}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments "
        "requires grad."
    )


def _wants(t) -> bool:
    return any(map(_wants, t)) if isinstance(t, (tuple, list)) else isinstance(t, Tensor) and t.requires_grad


def write_out(name: str, out: Tensor, result: Tensor) -> Tensor:
    """``result`` into ``out``, which is resized to fit, with a warning unless it was empty or is filled.

    RuntimeError where elements of ``out`` share their memory, or for a kind of numbers that it cannot hold.
    """
    if not np.can_cast(result._array.dtype, out._array.dtype, "same_kind"):
        raise RuntimeError(f"result type {result.dtype.kind} can't be cast to the desired output type {out.dtype.kind}")
    if out._array.shape != result._array.shape:
        if out._array.size and name not in _FILLINGS:
            warnings.warn(
                f"An output with one or more elements was resized since it had shape {list(out.shape)}, which does not match the "
                f"required output shape {list(result.shape)}. This behavior is deprecated, and in a future PyTorch release outputs "
                "will not be resized unless they have zero elements. You can explicitly reuse an out tensor t by resizing it, "
                "inplace, to zero elements with t.resize_(0).",
                UserWarning,
                stacklevel=4,
            )
        out._array = np.empty(result._array.shape, out._array.dtype)
    elif name not in _UNASKED and lies_over_itself(out._array):
        raise RuntimeError(errors.OVERLAP)
    out._materialise()[...] = result._array
    bump(out)
    return out
