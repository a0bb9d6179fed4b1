"""How the engine's graph is read: what was recorded, what each node reads, and what users call its operation."""

from __future__ import annotations

import re
import weakref
from operator import attrgetter
from typing import Any

import numpy as np

from ..core import births, dtypes
from ..core.function import FunctionNode
from ..core.inplace import CopySlices
from ..core.node import AccumulateGrad, Output
from .saved import saved_tensors

WORDS = {  # primitives that a user calls by another word
    "pow_scalar": "pow", "pow_tensor": "pow", "where_mask_op": "where", "reshape_alias": "reshape", "unsafe_view": "view",
    "cat_list": "cat", "stack_list": "stack", "split_sizes": "split", "unsafe_split_sizes": "split", "addmm_list": "addmm",
    "unbind_dim": "unbind", "neg_view": "neg", "to_device": "to", "max_dim": "max", "min_dim": "min",
    "linalg_norm": "norm", "copy": "copy_", "fill_over": "fill_", "fill_with": "fill_", "zero": "zero_",
    "max_all": "max", "min_all": "min", "clamp_tensors": "clamp", "rpow": "pow", "add_scaled": "add", "sub_scaled": "sub",
    "addmv_list": "addmv", "addr_list": "addr", "addbmm_list": "addbmm", "baddbmm_list": "baddbmm", "cross_along": "cross",
    "masked_fill_number": "masked_fill", "masked_fill_tensor": "masked_fill", "masked_scatter_at": "masked_scatter",
    "index_add_at": "index_add", "index_copy_at": "index_copy", "index_fill_number": "index_fill", "index_fill_tensor": "index_fill",
    "scatter_at": "scatter", "scatter_number": "scatter", "scatter_add_at": "scatter_add", "put_at": "put",
    "padded": "pad", "renormed": "renorm", "narrow_copied": "narrow_copy", "diag_embed_at": "diag_embed", "vector_norm_of": "norm",
    "how_many": "norm",
    "cholesky_lower": "cholesky", "qr_reduced": "qr", "svd_reduced": "svd", "pseudo_inverse": "pinv", "solve_matrix": "solve",
    "solve_triangle": "solve_triangular", "convolve": "conv", "mean_windows": "avg_pool", "prelu_kernel": "prelu",
    "nllloss": "nll_loss", "nllloss2d": "nll_loss",
    **{f"maxpool{n}dwithindices": f"max_pool{n}d" for n in (1, 2, 3)},
    **{f"adaptivemaxpool{n}d": f"adaptive_max_pool{n}d" for n in (1, 2, 3)},
    **{f"adaptiveavgpool{n}d_by": f"adaptive_avg_pool{n}d" for n in (1, 2, 3)},
    "layer_normal": "layer_norm", "group_normal": "group_norm", "batch_normal": "batch_norm",
    "fixed_normal": "batch_norm", "add_number": "add", "sub_number": "sub", "mul_number": "mul", "div_number": "div",
    "rsub_scaled": "rsub", "addcmul_list": "addcmul", "addcdiv_list": "addcdiv", "div_rounded": "div", "round_decimals": "round",
    **{f"{word}_{kind}": word for word in ("lerp", "fmod", "remainder") for kind in ("tensor", "scalar")},
    **{f"{word}_over": word for word in "var std var_mean std_mean logsumexp aminmax nansum".split()},
    **{f"{word}_along": word for word in "logcumsumexp cumprod cummax cummin median nanmedian kthvalue mode sort topk".split()},
    **{f"{word}_all": word for word in ("median", "nanmedian")}, "rot90_times": "rot90", "tiled": "repeat",
    **{f"clamp_{end}_{kind}": f"clamp_{end}" for end in ("min", "max") for kind in ("number", "tensor")},
    **{f"{word}_reduce_at": f"{word}_reduce" for word in ("scatter", "index", "segment")},
    "strided_scatter_at": "as_strided_scatter", "blocks_list": "block_diag",
    "copysign_scalar": "copysign", "polygamma_of": "polygamma", "angle_real": "angle", "angle_complex": "angle",
    "real_part": "real", "imag_part": "imag", "of_parts": "complex", "of_polar": "polar",
    "pairs_of": "view_as_real", "from_pairs": "view_as_complex", "fft_c2c": "fft", "fft_r2c": "rfft", "fft_c2r": "irfft",
    "determinant": "det", "sign_and_log": "slogdet", "eigen": "eig", "lu_factors": "lu",
    "lu_packed": "lu_factor", "lu_unpacked": "lu_unpack", "lu_solution": "lu_solve",
    "least_squares": "lstsq", "bags_of_rows": "embedding_bag", "bags_of_largest": "embedding_bag",
    "cholesky_factor": "cholesky",
    "reflections": "householder_product", "reflected": "ormqr",
    "distance": "dist", "distances": "cdist", "euclidean_distances": "cdist", "own_distances": "pdist",
    "split_listed": "split", "diagonal_copied": "diagonal_copy", "diagonal_scatter_at": "diagonal_scatter",
    "select_scatter_at": "select_scatter", "slice_scatter_at": "slice_scatter",
    "windows_of": "unfold", "columns_of": "unfold", "image_of": "fold",
    **{f"{how}_pad{n}d": "pad" for how in ("reflection", "replication") for n in (1, 2, 3)},
    **{f"upsample{how}_by": "interpolate"
       for how in "nearest1d nearest2d nearest3d nearestexact1d nearestexact2d nearestexact3d linear1d bilinear2d trilinear3d "
                  "bicubic2d bilinear2daa bicubic2daa".split()},
    **{f"fractionalmaxpool{n}d": f"fractional_max_pool{n}d" for n in (2, 3)},
    **{f"maxunpool{n}d": f"max_unpool{n}d" for n in (2, 3)},
    "cholesky_solved": "cholesky_solve", "cholesky_inverted": "cholesky_inverse",
    "multi_margin": "multi_margin_loss", "multilabel_margin": "multilabel_margin_loss",
}  # fmt: skip


def walk(root) -> tuple[list, set]:
    """(the nodes of a graph oldest first, its sinks). The list grows while it is read: no recursion."""
    if type(root) is AccumulateGrad:
        return [], {root}
    nodes, seen, sinks = [root], {root}, set()
    for node in nodes:
        for point in node.edges:
            if point is None:
                continue
            maker = point.node if type(point) is Output else point
            if type(maker) is AccumulateGrad:
                sinks.add(maker)
            elif maker not in seen:
                seen.add(maker)
                nodes.append(maker)
    nodes.sort(key=attrgetter("seq"))
    return nodes, sinks


def operands(node: Any, birth) -> list[tuple[int, str, Any, Any]]:
    """(argument position, argument name, gathering point or None, what was Kept of it or None) for each tensor argument."""
    kept = list(birth.inputs) if birth is not None else []
    if isinstance(node, FunctionNode):
        tensors = [i for i, like in enumerate(node.inputs_like) if like is not None]
        kept += [None] * (len(tensors) - len(kept))
        return [(slot, f"arg{i}", node.edges[slot], kept[slot]) for slot, i in enumerate(tensors)]
    inner = node.inner if isinstance(node, CopySlices) else node
    primitive: Any = inner.primitive
    names: Any = primitive.inputs if primitive is not None else ()
    if primitive is not None and primitive.variadic:
        names = [f"{names[0]}[{i}]" for i in range(len(node.edges))]
    if len(kept) != len(node.edges):
        kept = [None] * len(node.edges)
    if isinstance(node, CopySlices):
        kept[0] = None  # what the operation read is the view; what the node reads is the base
    out = [(i, names[i] if i < len(names) else f"arg{i}", point, kept[i]) for i, point in enumerate(node.edges)]
    if not any(kept) and primitive is not None:  # births off: what is saved of a constant is known all the same
        out = [(i, arg, point, _kept_of_saved(node, arg) if point is None else None) for i, arg, point, _ in out]
    return out


def _kept_of_saved(node, arg) -> births.Kept | None:
    """A constant operand, as far as the node's rules need it: a tensor it saved, or a number."""
    for saved in saved_tensors(node):
        if saved.name == arg and saved.tensor is not None and not saved.is_stale:
            array = saved.array
            return births.Kept(array, weakref.ref(saved.tensor), array.shape, array.dtype, saved.version)
    value = getattr(node, arg, None) if not isinstance(node, CopySlices) else None
    return births.Kept(value, _nothing, value.shape, value.dtype) if isinstance(value, (np.ndarray, np.generic)) else None


def _nothing():
    return None


_CONVERSION = re.compile(r"\.(double|float|half|bfloat16|cdouble|cfloat|type|type_as)\([\w.]*\)$")
_TRANSFORM = re.compile(r"\.(i?[rh]?fft[2n]?)\([^()]*\)$")
_WRITTEN = {"to": _CONVERSION, "fft": _TRANSFORM, "rfft": _TRANSFORM, "irfft": _TRANSFORM}


def word_of(node: Any) -> str:
    """The operation's name as users write it."""
    if isinstance(node, CopySlices):
        return word_of(node.inner)
    if isinstance(node, FunctionNode):
        function: Any = node.function
        return function.__name__
    primitive: Any = node.primitive
    if primitive is None:
        return node.name().split("::")[-1]
    return WORDS.get(primitive.__name__) or str(primitive.__name__)


def as_written(word: str, text: str) -> str:
    """An operation's word as the line has it: PyTorch has one for all conversions, and three for all Fourier transforms.

    >>> as_written("to", "(x * 2).half()"), as_written("to", "x.to(torch.float16)"), as_written("mul", "x.half() * 2")
    ('half', 'to', 'mul')
    >>> as_written("fft", "torch.fft.ifft(z)")
    'ifft'
    """
    found = _WRITTEN[word].search(text) if word in _WRITTEN else None
    return found[1] if found else word


def dtype_name(dtype) -> str:
    """``float32``; NumPy's own ``name`` takes 50 us to say it."""
    known = dtypes.BY_NUMPY.get(dtype)
    return dtype.name if known is None else known.name
