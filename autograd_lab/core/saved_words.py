"""PyTorch's words for what a node keeps, ``_saved_self`` and the like, and how each is had of what the node here keeps.

A value that PyTorch's node keeps and ours does not, since its rule reads something else, has no word: nothing is made up.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .namespaces import NUMPY
from .tensor import Tensor, wrap


class Word(NamedTuple):
    """``name`` is what the node keeps; ``how``, if any, makes PyTorch's value of it."""

    name: str
    how: Callable | None = None


def _as_tuple(value, node):
    return value if value is None or isinstance(value, tuple) else (value,)


def _numel(shape, node):
    return math.prod(shape)


def _dim_of_key(key, node):
    """The dimension that a key of one index or slice is about: those before are whole."""
    key = key if isinstance(key, tuple) else (key,)
    return next((i for i, part in enumerate(key) if not (isinstance(part, slice) and part == slice(None))), 0)


def _part(key, node):
    return (key if isinstance(key, tuple) else (key,))[_dim_of_key(key, node)]


def _start(key, node):
    part = _part(key, node)
    return (part.start or 0) if isinstance(part, slice) else 0


def _end(key, node):
    part = _part(key, node)
    return part.stop if isinstance(part, slice) and part.stop is not None else np.iinfo(np.int64).max


def _step(key, node):
    part = _part(key, node)
    return (part.step or 1) if isinstance(part, slice) else 1


def _indices(key, node):
    key = key if isinstance(key, tuple) else (key,)
    return tuple(None if isinstance(part, slice) else shown(np.asarray(part)) for part in key)


def _given(key, node):
    """The tensor of positions that the word was given, if the node watches it."""
    if node.watched:
        return node.watched[0][0]
    return shown(key[said_of(node)["dim"]] if "dim" in said_of(node) else _part(key, node))


def _reduction(word, node):
    return ("none", "mean", "sum").index(word)


def _weight(value, node):
    """None where a weight of 1 stands for none."""
    return None if not isinstance(value, Tensor) and np.ndim(value) == 0 else value


def _or_none(size, node):
    return size or (0,)


def _nothing(dims, node):
    return () if dims is None else _as_tuple(dims, node)


def _chosen(index, node):
    """Indices as they were given out: without the dimension they were found along, unless it was kept."""
    keepdim, dim = (node.primitive.unsave(node, name) for name in ("keepdim", "dim"))
    return shown(index if keepdim or not index.ndim else index.squeeze(dim))


def _number(value, node):
    return value.item() if isinstance(value, np.ndarray | np.generic) and not value.ndim else value


def _one(alpha, node):
    """What scales the second operand: 1 where nothing does."""
    return 1 if alpha is None else alpha


def _listed(sizes, node):
    return tuple(sizes)


def _single(dim, node):
    return dim[0] if isinstance(dim, tuple) else dim


def _length(key, node):
    return _end(key, node) - _start(key, node)


def _transposed(_, node):
    return node.primitive.__name__ == "convolve_back"


def _output_padding(stride, node):
    """What a transposed convolution's result has beyond the last place that a window reaches; 0 for a plain one."""
    if not _transposed(stride, node):
        return (0,) * len(stride)
    reached = (
        (n - 1) * s - 2 * p + d * (k - 1) + 1
        for n, s, p, d, k in zip(node.result_shape[2:], stride, node.padding, node.dilation, node.weight_shape[2:])
    )
    return tuple(n - r for n, r in zip(node.shape[2:], reached))


def _normalization(norm, node):
    """0, 1 or 2: not divided, by the root of the count, by the count. A transform back is divided where one forth is not."""
    back = node.primitive.__name__ == "fft_c2r" or getattr(node, "direct", True) is False
    return 1 if norm == "ortho" else 2 * ((norm == "forward") != back)


def _constant(value):
    return lambda kept, node: value


def _columns(outs, node):
    """How many singular values there are."""
    return outs[1].shape[-1]


def _rank(source, node):
    return source.ndim


def _is_training(eps, node):
    return node.primitive.__name__ == "batch_normal"


def _order(kept, node):
    """Of the norm: 2 where an operation knows of no other."""
    return getattr(node, "ord", 2)


def _left_out(dims, node):
    """The one dimension that is not among ``dims``."""
    return next(dim for dim in range(len(dims) + 1) if dim not in dims)


def _laid(part: str):
    """Size, strides or offset of a view, of what lies in order."""

    def how(path, node):
        whole = np.empty(node.x_shape, "b")
        seen = NUMPY.take_view(whole, path)
        if part == "offset":
            return seen.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
        return seen.shape if part == "size" else seen.strides

    return how


def _size_of(dim: int):
    return lambda shape, node: shape[dim]


def _output(i: int):
    return lambda outs, node: outs[i]


HOW = {"tuple": _as_tuple, "numel": _numel, "at": _dim_of_key, "part": _part, "start": _start, "end": _end, "step": _step,
       "indices": _indices, "given": _given, "reduction": _reduction, "weight": _weight, "chosen": _chosen,
       "number": _number, "one": _one, "opt": _or_none, "nothing": _nothing,
       "length": _length, "listed": _listed, "single": _single, "transposed": _transposed,
       "extra": _output_padding, "normalization": _normalization,
       "columns": _columns, "rank": _rank, "training": _is_training, "order": _order, "but": _left_out, "no": _constant(False),
       "none": _constant(-1),
       **{f"lie{part}": _laid(part) for part in ("size", "stride", "offset")},
       **{f"size{i}": _size_of(i) for i in (-2, -1, 0, 1, 2)},
       **{str(i): _output(i) for i in range(3)}}  # fmt: skip

_CHOICE = "dim keepdim self_sym_sizes=x_shape"
_LOSS = "self=x target=y reduction=reduction:reduction"
# node -> "theirs=ours:how ..."; a word alone is the same in both
TABLE = {
    **dict.fromkeys(("AddBackward0", "SubBackward0", "RsubBackward0", "RsubBackward1"), "alpha=alpha:one"),
    "AmaxBackward0": "self=x dim=dim:nothing keepdim result=out", "AminBackward0": "self=x dim=dim:nothing keepdim result=out",
    "RollBackward0": "dims=dims:nothing shifts=shifts:tuple", "ComplexBackward0": "real=x imag=y",
    "WhereBackward0": "condition=mask", "MaskedFillBackward0": "mask", "MaskedFillBackward1": "mask",
    "UnsqueezeBackward0": "dim", "SqueezeBackward0": "self_sym_sizes=x_shape", "SqueezeBackward1": "dim=dim:single self_sym_sizes=x_shape",
    "SqueezeBackward2": "dim self_sym_sizes=x_shape", "SplitWithSizesBackward0": "dim self_sym_sizes=x_shape split_sizes=sizes:listed",
    "CatBackward0": "dim", "StackBackward0": "dim", "ToCopyBackward0": "", "CopyBackwards": "",
    "SliceBackward0": "dim=key:at start=key:start end=key:end step=key:step self_sym_sizes=x_shape",
    "SelectBackward0": "dim=key:at index=key:part self_sym_sizes=x_shape",
    "SumBackward0": "self_sym_sizes=x_shape", "SumBackward1": "dim=dim:tuple keepdim self_sym_sizes=x_shape",
    "MeanBackward0": "self_sym_numel=x_shape:numel self_sym_sizes=x_shape",
    "MeanBackward1": "dim=dim:tuple keepdim self_sym_numel=x_shape:numel self_sym_sizes=x_shape",
    "ProdBackward0": "self=x result=out", "ProdBackward1": "self=x dim keepdim result=out", "FlipBackward0": "dims=dim",
    "UnfoldBackward0": "dimension=dim self_sym_sizes=x_shape",
    "MmBackward0": "self=x mat2=y", "BmmBackward0": "self=x mat2=y", "MvBackward0": "self=x vec=vector", "DotBackward0": "self=x tensor=y",
    "AddmmBackward0": "alpha beta mat1=a mat2=b", "AddmvBackward0": "alpha beta mat=a vec=b", "AddrBackward0": "alpha beta vec1=a vec2=b",
    "BaddbmmBackward0": "alpha beta batch1=a batch2=b",
    "AddbmmBackward0": "alpha beta batch1=a batch2=b batch1_sym_argsize_0=a_shape:size0 batch1_sym_argsize_1=a_shape:size1 "
                       "batch2_sym_argsize_2=b_shape:size2",
    "PowBackward1": "self=x exponent=y result=out", "PowBackward2": "self=base:number exponent=y result=out",
    "ClampBackward0": "self=x min=min:weight max=max:weight", "ClampMinBackward1": "self=x min", "ClampMaxBackward1": "self=x max",
    "LerpBackward1": "self=x end weight", "AddcmulBackward0": "tensor1 tensor2 value", "AddcdivBackward0": "tensor1 tensor2 value",
    "IgammaBackward0": "self=a other=x", "PreluKernelBackward0": "self=x weight", "PolarBackward0": "",
    "MaxBackward0": f"indices=out:1 {_CHOICE}", "MinBackward0": f"indices=out:1 {_CHOICE}",
    **dict.fromkeys(("MedianBackward1", "NanmedianBackward1", "ModeBackward0", "KthvalueBackward0"), f"indices=index:chosen {_CHOICE}"),
    "SortBackward0": "indices=index dim self_sym_sizes=x_shape", "TopkBackward0": "indices=index dim self_sym_sizes=x_shape",
    "CummaxBackward0": "self=x indices=out:1 dim", "CumminBackward0": "self=x indices=out:1 dim",
    "AminmaxBackward0": "self=x dim keepdim min=out:0 max=out:1",
    "StdMeanBackward0": "self=x correction dim keepdim result0=out:0",
    "GatherBackward0": "self=x index=key:given sparse_grad=key:no", "TakeBackward0": "self=x index=key:given",
    "PutBackward0": "index=key:given",
    "IndexSelectBackward0": "index=key:given dim=key:at self_sym_sizes=x_shape",
    "IndexBackward0": "indices=key:indices self_sym_sizes=x_shape",
    "IndexPutBackward0": "indices=key:indices accumulate=key:no",
    "IndexAddBackward0": "index=key:given dim=key:at source source_dim=source:rank alpha",
    "IndexCopyBackward0": "index=key:given dim=key:at source=src source_dim=src:rank", "IndexFillBackward0": "index=key:given dim=key:at",
    "IndexFillBackward1": "index=key:given dim=key:at", "ScatterBackward0": "index=key:given", "ScatterBackward1": "index=key:given",
    "ScatterAddBackward0": "index=key:given", "MaskedSelectBackward0": "self=x mask=key:given", "MaskedScatterBackward0": "mask=key:given",
    "ScatterReduceBackward0": "index=key:given self=x src reduce include_self result=out",
    "IndexReduceBackward0": "index=key:given dim=key:at self=x source=src reduce include_self result=out",
    "SegmentReduceBackward0": "data=x axis initial reduce result=out",
    "SelectScatterBackward0": "dim=key:at index=key:part",
    "SliceScatterBackward0": "dim=key:at start=key:start end=key:end step=key:step",
    "NarrowCopyBackward0": "dim=key:at start=key:start length=key:length self_sym_sizes=x_shape",
    "DiagonalScatterBackward0": "", "AsStridedBackward0": "size=path:liesize stride=path:liestride storage_offset=path:lieoffset",
    "AsStridedScatterBackward0": "",
    "ConvolutionBackward0": "input=#0 weight bias_sym_sizes_opt=bias_shape:opt stride padding dilation groups "
                            "transposed=stride:transposed output_padding=stride:extra",
    "NativeLayerNormBackward0": "input=x weight=weight:weight", "NativeGroupNormBackward0": "input=x weight=weight:weight eps",
    "NativeBatchNormBackward0": "input=x weight=weight:weight eps training=eps:training",
    "EmbeddingBackward0": "indices=key:given padding_idx=key:none scale_grad_by_freq=key:no sparse=key:no "
                          "weight_sym_argsize_0=weight_shape:size0", "EmbeddingBagBackward0": "",
    "MseLossBackward0": _LOSS, "SmoothL1LossBackward0": f"{_LOSS} beta", "HuberLossBackward0": f"{_LOSS} delta=beta",
    "SoftMarginLossBackward0": _LOSS, "BinaryCrossEntropyBackward0": f"{_LOSS} weight=weight:weight",
    "BinaryCrossEntropyWithLogitsBackward0": f"{_LOSS} weight=weight:weight pos_weight=pos_weight:weight",
    "NllLossBackward0": "self=x", "NllLoss2DBackward0": "self=x", "AvgPool2DBackward0": "self=x", "AvgPool3DBackward0": "self=x",
    **{f"{kind}Backward0": "self=x result1=index" for n in (2, 3)
       for kind in (f"MaxPool{n}DWithIndices", f"FractionalMaxPool{n}D", f"AdaptiveMaxPool{n}D")},
    **dict.fromkeys((f"{kind}Pad{n}DBackward0" for kind in ("Reflection", "Replication") for n in (1, 2, 3)), "self=x"),
    "AdaptiveAvgPool2DBackward0": "self=x", "AdaptiveAvgPool3DBackward0": "self=x",
    "CdistBackward0": "x1=x x2=y p result=out", "EuclideanDistBackward0": "x1=x x2=y result=out",
    "PdistBackward0": "self=x p result=out", "NormBackward1": "self=x dim keepdim result=out",
    "PixelShuffleBackward0": "upscale_factor=r", "PixelUnshuffleBackward0": "downscale_factor=r", "ChannelShuffleBackward0": "groups",
    "BlockDiagBackward0": "", "LinalgVectorNormBackward0": "self=x dim keepdim ord=dim:order result=out",
    "CholeskyBackward0": "upper result=out",
    "CholeskySolveBackward0": "self=x input2=factor upper result=out", "TriangularSolveBackward0": "solution=out unitriangular",
    "MultiMarginLossBackward0": "self=x margin p reduction=reduction:reduction target=key:given",
    "MultilabelMarginLossBackward0": "self=x reduction=reduction:reduction target=key:given",
    "MaxUnpool2DBackward0": "indices=index:given", "MaxUnpool3DBackward0": "indices=index:given", "AffineGridGeneratorBackward0": "",
    "RreluWithNoiseBackward0": "noise=y", "RreluWithNoiseBackward1": "noise=y", "NativeDropoutBackward0": "", "FrexpBackward0": "",
    "ConstantPadNdBackward0": "", "FftC2CBackward0": "dim forward=direct normalization=norm:normalization",
    "FftR2CBackward0": "self=x dim onesided normalization=norm:normalization", "FftC2RBackward0": "dim normalization=norm:normalization",
    "Im2ColBackward0": "dilation kernel_size=kernel stride padding self_sym_argsize_minus_1=x_shape:size-1 "
                       "self_sym_argsize_minus_2=x_shape:size-2",
    "Col2ImBackward0": "dilation kernel_size=kernel stride padding", "RenormBackward0": "self=x p maxnorm dim=dims:but",
    "LinalgQrBackward0": "Q=out:0 R=out:1",
    "LinalgSvdBackward0": "U=out:0 S=out:1 Vh=out:2 S_sym_argsize_minus_1=out:columns full_matrices=out:no",
    "LinalgInvExBackward0": "inverse=out",
    "LinalgDetBackward0": "A=x result=out", "LinalgSlogdetBackward0": "A=x", "LinalgSolveExBackward0": "A=a left result=out",
    "LinalgSolveTriangularBackward0": "self=a unitriangular upper left result=out", "LinalgCholeskyExBackward0": "L=out upper",
    "LinalgEighBackward0": "eigenvalues=out:0 eigenvectors=out:1", "LinalgEigBackward0": "eigenvalues=out:0 eigenvectors=out:1",
    "LinalgLuBackward0": "L=out:0 U=out:1", "LinalgLuFactorExBackward0": "LU=out",
    "LinalgLuSolveBackward0": "LU=factors left adjoint result=out", "LinalgLstsqBackward0": "self=a b solution=out",
    "LuUnpackBackward0": "", "LinalgHouseholderProductBackward0": "input=x tau result=out",
    "OrmqrBackward0": "self=x input2=tau input3=c left transpose result=out", "FillBackward3": "", "LtBackward1": "",
    "EluBackward1": "alpha scale input_scale", "CeluBackward1": "alpha", "LeakyReluBackward1": "negative_slope",
    "ErfinvBackward0": "self=x",
    **dict.fromkeys((f"{kind}BackwardBackward0" for kind in ("Threshold", "Hardshrink", "Hardtanh", "LeakyRelu", "Softshrink")), "self=x"),
}  # fmt: skip


def words_of(node) -> dict[str, Word]:
    """PyTorch's word for each saved value -> where it is here."""
    primitive = node.primitive
    if primitive is None or not hasattr(primitive, "saves"):
        return {}
    return _words_kept(node, primitive) | {word: Word("", _argument(word)) for word in said_of(node)}


def said_of(node) -> dict:
    """The arguments of the call that the node says and no rule reads: ops/told.py."""
    return getattr(getattr(node, "mark", None), "said", None) or {}


def _argument(word: str):
    return lambda value, node: said_of(node)[word]


def _words_kept(node, primitive) -> dict[str, Word]:
    said = TABLE.get(type(node).__name__.removesuffix("_copy"))
    if said is None:
        return _usual(primitive)
    return {word: found for word, found in (_read(entry, primitive) for entry in said.split()) if found is not None}


def _read(entry: str, primitive) -> tuple[str, Word | None]:
    """A word and where it is; None if this form of the operation keeps no such thing. ``#0`` is the first input."""
    word, _, rest = entry.partition("=")
    name, _, how = rest.partition(":")
    name = primitive.inputs[0] if name == "#0" else name or word
    return word, Word(name, HOW.get(how)) if how == "one" or name in primitive.saves else None


def _usual(primitive) -> dict[str, Word]:
    """What most nodes keep: ``self``, ``other``, ``result`` and what was asked for; of shapes that of x."""
    theirs = dict(zip(primitive.inputs, ("self", "other"))) | {"out": "result", "x_shape": "self_sym_sizes"}
    hidden = [name for name in primitive.saves if name.endswith(("_shape", "_dtype")) and name != "x_shape"]
    kept = [name for name in primitive.saves if name not in hidden and name not in ("matrices", "weights")]
    return {theirs.get(name, name): Word(name) for name in kept}


def shown(value):
    """A saved value as PyTorch shows it: arrays are tensors."""
    return wrap(value) if isinstance(value, np.ndarray | np.generic) else value
