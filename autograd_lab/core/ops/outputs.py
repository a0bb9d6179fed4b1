"""Results written into a tensor that the user has brought: ``out=``."""

from __future__ import annotations

import numpy as np

from .. import errors, forward
from ..grad_mode import is_recording
from ..inplace import bump, copy, lies_over_itself, refuse_overlap
from ..telling import tell
from ..tensor import Tensor
from .out_dtypes import SAME, refuse_dtype

# These write to memory that lies over itself too: PyTorch does not ask where a reduction or a filling puts its result.
_FILLINGS = frozenset("arange empty eye full linspace logspace ones zeros".split())
_DRAWN = frozenset(
    "addbmm bernoulli multinomial narrow_copy normal rand randint randn randperm".split()
)  # resized without a word
_UNASKED = _FILLINGS | frozenset("sum prod amax amin any all var std nansum".split())

# What these give has no derivative, so that it is no matter who requires one.
_FLAT = frozenset(
    "eq ne lt le gt ge equal greater less greater_equal less_equal not_equal isfinite isinf isnan isneginf isposinf signbit argmax "
    "argmin argsort any all logical_and logical_or logical_not logical_xor "
    "searchsorted bucketize isin multinomial histc nonzero linalg.matrix_rank".split()
)
# These are made of others, which PyTorch lets loose from the graph: only an ``out`` that requires a gradient is refused.
_LOOSE = frozenset(
    "conj_physical expand_copy diag diagonal_copy alias_copy lu softmax as_strided_copy view_copy "
    "permute_copy split_with_sizes_copy slice_scatter unbind_copy unfold_copy squeeze_copy unsqueeze_copy transpose_copy "
    "log_softmax t_copy fft.ifft fft.ihfft linalg.cond linalg.eigvals linalg.matrix_power linalg.matrix_norm linalg.tensorinv "
    "linalg.tensorsolve special.ndtr heaviside".split()
)
_BITS = frozenset("bitwise_and bitwise_or bitwise_xor bitwise_not".split())
_ATEN = _FILLINGS | _LOOSE | _BITS | frozenset("rand randint floor_divide heaviside normal histogram linalg.ldl_solve".split())
_WRITTEN = frozenset("linalg.cond linalg.matrix_power linalg.matrix_norm linalg.tensorinv "
                     "linalg.tensorsolve special.ndtr".split())  # fmt: skip
# Made of others and then copied, which is recorded like any ``copy_``.
_COPIED = frozenset("tensordot inner quantile nanquantile".split())
# The word that does the work, which is the one to say no.
_WORKERS = {
    "linalg.inv": "linalg_inv_ex", "inverse": "linalg_inv_ex", "linalg.solve": "_linalg_solve_ex",
    "norm": "linalg_vector_norm", "linalg.norm": "linalg_vector_norm", "kron": "mul", "outer": "mul", "ger": "mul",
    "hstack": "cat", "vstack": "cat", "dstack": "cat", "concat": "cat", "concatenate": "cat", "row_stack": "cat",
    "chain_matmul": "mm", "linalg.multi_dot": "mm", "diff": "sub",
    "subtract": "sub", "multiply": "mul", "max": "maximum", "min": "minimum", "cross": "linalg_cross",
    "linalg.cross": "linalg_cross", "lu_solve": "linalg_lu_solve", "fft.ifft": "aten::conj_physical",
    "fft.ihfft": "aten::conj_physical", "diag": "aten::diag_embed", "qr": "linalg_qr", "column_stack": "cat",
    "nanmean": "nansum", "linalg.det": "_linalg_det", "linalg.cholesky": "linalg_cholesky_ex", "linalg.vecdot": "sum",
    "linalg.eigh": "_linalg_eigh", "linalg.eigvalsh": "_linalg_eigh", "linalg.slogdet": "_linalg_slogdet",
    "linalg.ldl_factor": "aten::linalg_ldl_factor_ex", "linalg.ldl_factor_ex": "aten::linalg_ldl_factor_ex",
    "linalg.lu_factor": "linalg_lu_factor_ex", "linalg.solve_ex": "_linalg_solve_ex", "linalg.svd": "_linalg_svd",
    "linalg.svdvals": "_linalg_svd", "svd": "_linalg_svd", "logsigmoid": "log_sigmoid_forward", "divide": "div",
    "true_divide": "div", "clip": "clamp", "absolute": "abs", "negative": "neg", "linalg.matmul": "matmul",
    "special.expit": "sigmoid", "arctan2": "atan2", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "fix": "trunc",
    "float_power": "pow", "square": "pow", "msort": "sort", "take_along_dim": "gather", "normalize": "div",
}  # fmt: skip
_WORKERS |= {f"fft.{word}": "_fft_r2c" for word in "fft rfft rfft2 rfftn".split()}
_WORKERS |= {f"fft.{word}": "_fft_c2c" for word in "fft2 fftn ifft2 ifftn ihfft2 ihfftn".split()}
_WORKERS |= {f"fft.{word}": "_fft_c2r" for word in "irfft irfft2 irfftn hfft hfft2 hfftn".split()}
_UNDERIVED = ("special.airy", "special.bessel", "special.chebyshev", "special.hermite", "special.laguerre", "special.legendre",
              "special.modified", "special.scaled", "special.shifted", "special.spherical")  # fmt: skip


# Of these PyTorch does not ask where their operands lie: what it reads it may have written over. Here they read first.
_READ_FIRST = _UNASKED | frozenset(
    "mean nanmean logsumexp norm dot vdot mm mv bmm addmm addmv addbmm baddbmm addr matmul inner chain_matmul sort msort argsort topk "
    "cummax cummin tril triu diag inverse renorm tensordot std_mean var_mean quantile nanquantile softmax log_softmax".split()
)
# These may write to none of the memory that they read, the others where they read it.
_APART = frozenset("cat concat concatenate stack hstack vstack dstack row_stack column_stack index_select gather take kron outer "
                   "ger".split())  # fmt: skip


def refuse_out(name: str, out, inputs=()) -> None:
    """RuntimeError where PyTorch does not write into ``out``, by its history or by where it lies."""
    _refuse_tracked(name, out, inputs)
    if name in _READ_FIRST or name.startswith(("linalg.", "fft.")):
        return
    inputs = [t for i in inputs for t in (i if isinstance(i, (tuple, list)) else (i,))]
    for o in out if isinstance(out, (tuple, list)) else (out,):
        refuse_overlap(o, inputs, name in _APART)


def _refuse_tracked(name: str, out, inputs) -> None:
    """RuntimeError where a gradient would be wanted of what is written into ``out``: PyTorch asks before it looks at shapes."""
    asked = (out,) if name in _LOOSE else (*inputs, out)
    if forward.is_open and any(forward.tangent_of(t) is not None for t in asked if isinstance(t, Tensor)):
        told = name.replace(".", "_")
        raise NotImplementedError(
            f"Trying to use forward AD with {told}_out that does not support it because it is an out= function"
        )
    if not is_recording() or name in _FLAT or name in _COPIED or name.startswith(_UNDERIVED) or not any(map(_wants, asked)):
        return
    if name in ("empty", "randn"):
        raise RuntimeError("cannot resize variables that require grad")
    if name in _WRITTEN:
        raise RuntimeError(errors.LEAF_IN_PLACE)
    if name in ("max", "min") and sum(isinstance(t, Tensor) for t in inputs) < 2:  # of one tensor: a word of its own
        told = name
    else:
        composed = name in _ATEN and not (name == "normal" and any(isinstance(t, Tensor) for t in inputs))
        told = _WORKERS.get(name) or ("aten::" if composed else "") + name.replace(".", "_")
    raise RuntimeError(
        f"{told}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments "
        "requires grad."
    )


def _wants(t) -> bool:
    return any(map(_wants, t)) if isinstance(t, (tuple, list)) else isinstance(t, Tensor) and t.requires_grad


def follows(name: str) -> bool:
    """Whether the word computes in the dtype of ``out`` where none is given."""
    return name in _FILLINGS or name in _DRAWN or name not in SAME


def write_out(name: str, out: Tensor, result: Tensor, one_of_several: bool = False) -> Tensor:
    """``result`` into ``out``, which is resized to fit, with a warning unless it was empty or is filled.

    RuntimeError where elements of ``out`` share their memory, or for a kind of numbers that it cannot hold.
    """
    refuse_dtype(name, out, result, one_of_several)
    if out._array.shape != result._array.shape:
        if out._array.size and name not in _FILLINGS and name not in _DRAWN:
            tell(
                f"An output with one or more elements was resized since it had shape {list(out.shape)}, which does not match the "
                f"required output shape {list(result.shape)}. This behavior is deprecated, and in a future PyTorch release outputs "
                "will not be resized unless they have zero elements. You can explicitly reuse an out tensor t by resizing it, "
                "inplace, to zero elements with t.resize_(0)."
            )
        out._array = np.empty(result._array.shape, out._array.dtype)
    elif name not in _UNASKED and lies_over_itself(out._array):
        raise RuntimeError(errors.OVERLAP)
    if name in _COPIED and not one_of_several:
        return copy(out, result)
    out._materialise()[...] = result._array
    bump(out)
    return out
