"""Losses as functions: what nn.functional offers of them."""

from __future__ import annotations

import math

import numpy as np

from ..core import dtypes
from ..core.layout import as_array
from ..core.node import called
from ..core.ops import losses as _losses
from ..core.ops.convert import by_number, must_be
from ..core.ops.index import indices_of
from ..core.ops.later import function as _function
from ..core.ops.norms import vector_norm
from ..core.ops.told import told
from ..core.places import watch
from ..core.refusals import floats_only
from ..core.signatures import kind_of
from ..core.telling import tell
from ..core.tensor import Tensor, wrap
from .margins import multi_margin_loss, multilabel_margin_loss
from .reduction import checked as _checked
from .reduction import reduced as _reduced
from .reduction import takes_flags
from .targets import WEIGHTS, check_classes, check_variance, constants, of_floats, sized, tensors, whole_targets, written_over

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "margin_ranking_loss",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "pairwise_distance",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]


_add, _sub, _mul, _div = map(by_number, ("add", "sub", "mul", "div"))


def _weighted(loss: Tensor, weight: Tensor, reduction: str) -> Tensor:
    """The losses times their weights; their mean is over the weights."""
    if weight.shape != loss.shape:
        raise ValueError("Weights and input must have the same size.")
    return (loss * weight).sum() / weight.sum() if reduction == "mean" else _reduced(loss * weight, reduction)


def _same_size(input: Tensor, target: Tensor) -> None:
    sized(target, input)
    if input.shape != target.shape:
        tell(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will likely lead to "
            "incorrect results due to broadcasting. Please ensure they have the same size."
        )


def mse_loss(input: Tensor, target: Tensor, size_average=None, reduce=None, reduction: str = "mean", weight=None) -> Tensor:
    """(input - target) squared."""
    _same_size(input, target)
    input, target = of_floats("mse_cpu", input, target)
    if weight is not None:
        return _weighted(_losses.mse_loss.call(input, target, "none"), weight, reduction)
    return _losses.mse_loss.call(input, target, _checked(reduction))


def l1_loss(input: Tensor, target: Tensor, size_average=None, reduce=None, reduction: str = "mean", weight=None) -> Tensor:
    """|input - target|."""
    _same_size(input, target)
    loss = (input - target).abs()
    if weight is not None:
        return _weighted(loss, weight, reduction)
    return _reduced(loss, reduction)


def smooth_l1_loss(input: Tensor, target: Tensor, size_average=None, reduce=None, reduction: str = "mean",
                   beta: float = 1.0) -> Tensor:  # fmt: skip
    """A parabola within ``beta`` of 0, |d| - beta / 2 outside."""
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    _same_size(input, target)
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    input, target = of_floats("smooth_l1_cpu", input, target)
    return _losses.smooth_l1_loss.call(input, target, _checked(reduction), beta)


def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight=None) -> Tensor:
    """A parabola within ``delta`` of 0, a straight line of slope ``delta`` outside."""
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    _same_size(input, target)
    input, target = of_floats("huber_cpu", input, target)
    if weight is not None:
        if weight.shape != input.shape:
            raise ValueError("Weights and input must have the same size.")
        return _reduced(_losses.huber_loss.call(input, target, "none", delta) * weight, reduction)  # a mean over the elements
    return _losses.huber_loss.call(input, target, _checked(reduction), delta)


def soft_margin_loss(input: Tensor, target: Tensor, size_average=None, reduce=None, reduction: str = "mean") -> Tensor:
    """log(1 + exp(-target * input)), targets 1 or -1."""
    constants("soft_margin_loss", target=target)
    wider = dtypes.default if target._array.dtype.kind in "biu" else target.dtype
    if input._array.dtype.kind in "biu":
        raise RuntimeError(f"result type {wider.kind} can't be cast to the desired output type {input.dtype.kind}")
    written_over(input, target)
    return _losses.soft_margin_loss.call(*of_floats("", input, target), _checked(reduction))


def nll_loss(input: Tensor, target: Tensor, weight: Tensor | None = None, size_average=None, ignore_index: int = -100, reduce=None,
             reduction: str = "mean") -> Tensor:  # fmt: skip
    """Minus the log-probability of the right class: ``input`` (N, C, ...) log-probabilities, ``target`` (N, ...) integers."""
    reduction = _checked(reduction)
    check_classes(input, target, weight)
    floats_only("nll_loss_out_frame", input)
    constants("nll_loss2d_forward" if input.ndim > 2 else "nll_loss_forward", weight=weight)
    classes = indices_of(target)
    single = input.ndim == 1  # the scores of one sample: its class is a number, or a vector of one
    if single:
        classes = classes.reshape(())
    valid = as_array(classes != ignore_index)
    outside = valid & ((classes < 0) | (classes >= input.shape[0 if single else 1]))
    if outside.any():
        raise IndexError(f"Target {int(classes[outside].flat[0])} is out of bounds.")
    safe = np.where(valid, classes, 0)
    grid = np.ogrid[tuple(slice(n) for n in safe.shape)] if not single else ()

    def key_of(safe):
        return (grid[0], safe, *grid[1:]) if not single else (safe,)

    scale = valid.astype(input._array.dtype) * (1 if weight is None else weight.detach()[wrap(safe)]._array)
    total = {"none": None, "sum": 1.0, "mean": _total(scale, input) if scale.size else math.nan}[reduction]
    op = _losses.nll_loss_2d if input.ndim > 2 else _losses.nll_loss
    loss = op.call(input, key_of(safe), scale, total)
    watch(loss, target, key_of=lambda classes: key_of(np.where(valid, classes.reshape(safe.shape), 0)))
    return loss


def _total(scale, input):
    """The sum of ``scale`` as a number; while a program is captured, as what stands for it, or other classes were another program."""
    total = scale.sum()
    return float(total) if isinstance(total, np.generic) or total.dtype != input._array.dtype else total


def cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None, size_average=None, ignore_index: int = -100,
                  reduce=None, reduction: str = "mean", label_smoothing: float = 0.0) -> Tensor:  # fmt: skip
    """Minus the log-probability of the right class, from scores: ``input`` (N, C, ...), ``target`` integers or probabilities."""
    reduction = _checked(reduction)
    tensors("cross_entropy_loss", input=input, target=target)
    if label_smoothing > 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    if target.shape == input.shape and target._array.dtype.kind not in "fV":
        raise RuntimeError(f"Expected floating point type for target with class probabilities, got {target.dtype.kind}")
    if target.shape == input.shape == ():
        raise IndexError("Dimension specified as 1 but tensor has no dimensions")
    dim = 0 if input.ndim == 1 else 1
    logs = _function("log_softmax")(input, dim)
    n = input.shape[dim]
    shape = [1] * input.ndim
    shape[dim] = n
    if target.shape == input.shape:
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        if weight is not None and tuple(weight.shape) != (n,):
            raise RuntimeError(f"cross_entropy: {WEIGHTS.format(n, list(weight.shape))}")
        if label_smoothing > 0:
            target = _add(_mul(target, 1 - label_smoothing), label_smoothing / n)
        terms = logs * target if weight is None else logs * target * weight.reshape(shape)
        if reduction == "mean":
            return _div(-terms.sum(), input._array.size / n)
        return -terms.sum(dim) if reduction == "none" else -terms.sum()
    right = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if label_smoothing <= 0:
        return right
    passed_over = wrap(as_array(target._array == ignore_index))
    valid = (~passed_over).to(input.dtype)
    smooth = -(logs if weight is None else logs * weight.reshape(shape)).sum(dim).masked_fill(passed_over, 0.0)
    if reduction == "mean":
        total = valid.sum() if weight is None else (weight[wrap(np.where(valid._array > 0, target._array, 0))] * valid).sum()
        smooth = smooth.sum() / total
    else:
        smooth = _reduced(smooth, reduction)
    return _mul(right, 1 - label_smoothing) + _mul(smooth, label_smoothing / n)


def binary_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None, size_average=None, reduce=None,
                         reduction: str = "mean") -> Tensor:  # fmt: skip
    """Cross-entropy of probabilities with targets in [0, 1]; logarithms are cut off at -100."""
    if input.shape != target.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. Please ensure "
            "they have the same size."
        )
    if input.dtype is not target.dtype:
        raise RuntimeError(f"Found dtype {target.dtype.kind} but expected {input.dtype.kind}")
    for name, values in (("input", input._array), ("target", target._array)):
        if ((values < 0) | (values > 1)).any():
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    constants("binary_cross_entropy", weight=weight)
    weight = None if weight is None else weight.expand(input.shape) if weight.shape != input.shape else weight
    return _losses.binary_cross_entropy.call(input, target, 1.0 if weight is None else weight, _checked(reduction))


def binary_cross_entropy_with_logits(input: Tensor, target: Tensor, weight: Tensor | None = None, size_average=None, reduce=None,
                                     reduction: str = "mean", pos_weight: Tensor | None = None) -> Tensor:  # fmt: skip
    """The same from scores, without overflow; ``pos_weight`` counts positive targets more."""
    if input.shape != target.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    floats_only("log_sigmoid_cpu", input)
    whole_targets(input, target)
    for beside in (weight, pos_weight):
        if beside is not None and np.broadcast_shapes(beside.shape, input.shape) != tuple(input.shape):
            wide = list(np.broadcast_shapes(beside.shape, input.shape))
            raise RuntimeError(f"output with shape {list(input.shape)} doesn't match the broadcast shape {wide}")
    constants("binary_cross_entropy_with_logits", weight=weight, pos_weight=pos_weight)
    return _losses.binary_cross_entropy_with_logits.call(
        input, target, 1.0 if weight is None else weight, 1.0 if pos_weight is None else pos_weight, _checked(reduction)
    )


def kl_div(
    input: Tensor, target: Tensor, size_average=None, reduce=None, reduction: str = "mean", log_target: bool = False
) -> Tensor:
    """target * (log target - input), ``input`` in logarithms."""
    must_be(bool, "kl_div", "log_target", log_target)
    if input._array.dtype.kind in "biu" or target._array.dtype.kind in "biu":
        raise RuntimeError("kl_div: Integral inputs not supported.")
    if "c" in (input._array.dtype.kind, target._array.dtype.kind):
        raise RuntimeError("kl_div: Complex inputs not supported.")
    loss = target.exp() * (target - input) if log_target else _function("xlogy")(target, target) - target * input
    if reduction == "mean":
        tell(
            "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides only by the batch "
            "size, and aligns with the KL div math definition.'mean' will be changed to behave the same as 'batchmean' in the next major "
            "release."
        )
    if reduction == "batchmean":
        return loss.sum() / input.shape[0] if input.ndim else loss.sum()
    return _reduced(loss, reduction)


def poisson_nll_loss(input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, size_average=None, eps: float = 1e-8,
                     reduce=None, reduction: str = "mean") -> Tensor:  # fmt: skip
    """Minus the log-probability of counts; ``full`` adds Stirling's approximation of log target!."""
    loss = input.exp() - target * input if log_input else input - target * _add(input, eps).log()
    if full:
        stirling = target * target.log() - target + _mul(_mul(target, 2 * math.pi).log(), 0.5)
        loss = loss + stirling.masked_fill(target <= 1, 0)
    return _reduced(loss, reduction)


def gaussian_nll_loss(input: Tensor, target: Tensor, var, full: bool = False, eps: float = 1e-6,
                      reduction: str = "mean") -> Tensor:  # fmt: skip
    """Minus the log-density of normal distributions of the given means and variances."""
    if not isinstance(var, Tensor):
        check_variance(var)
        var = wrap(np.full(input.shape, var, input._array.dtype))
    if var.shape != input.shape and input.shape[:-1] == var.shape:
        var = var.unsqueeze(-1)
    elif var.shape != input.shape and not (
        var.ndim == input.ndim and var.shape[:-1] == input.shape[:-1] and var.shape[-1] == 1
    ):
        raise ValueError("var is of incorrect size")
    if (var._array < 0).any():
        raise ValueError("var has negative entry/entries")
    limited = var + (var.detach().clone().clamp_(min=eps) - var.detach())  # its slope is 1 everywhere, as in PyTorch
    loss = 0.5 * (limited.log() + (input - target) ** 2 / limited)
    return _reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


# ---------------------------------------------------------------------- margins


def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, size_average=None, reduce=None,
                         reduction: str = "mean") -> Tensor:  # fmt: skip
    """x where the target is 1, max(0, margin - x) where it is -1."""
    where, zero = _function("where"), wrap(np.zeros_like(input._array))
    margin = int(margin) if input._array.dtype.kind in "iu" else margin  # PyTorch makes a tensor like the input of it
    far = where(target != 1, (margin - input).clamp_min(0), zero)
    return _reduced(far + where(target != -1, input, zero), reduction)


def margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, size_average=None, reduce=None,
                        reduction: str = "mean") -> Tensor:  # fmt: skip
    """max(0, -target (x1 - x2) + margin)."""
    reduction = _checked(reduction)
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.shape}, input2: {input2.shape}, target: {target.shape} "
        )
    return ranked(input1, input2, target, margin, reduction)


def ranked(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: str = "mean") -> Tensor:
    """max(0, -target (x1 - x2) + margin), the three broadcast: what the dispatcher's word takes."""
    return _reduced(_add(-target * (input1 - input2), margin).clamp_min(0), reduction)


def multilabel_soft_margin_loss(input: Tensor, target: Tensor, weight: Tensor | None = None, size_average=None, reduce=None,
                                reduction: str = "mean") -> Tensor:  # fmt: skip
    """Binary cross-entropy of every class from scores, averaged over classes."""
    from .functional import logsigmoid

    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    loss = loss if weight is None else loss * weight
    if not loss._array.ndim:
        raise IndexError("Dimension specified as -1 but tensor has no dimensions")
    return _reduced(loss.sum(-1) / input.shape[-1], reduction)


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last dimension."""
    apart = x1 - x2
    apart = apart if apart._array.dtype.kind in dtypes.DIFFERENTIABLE else apart.to(dtypes.default)
    return told(called(vector_norm(_add(apart, eps), p, -1, keepdim), "NormBackward1"), p=p)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between x1 and x2 along ``dim``."""
    if not isinstance(dim, int):
        raise TypeError(f"cosine_similarity(): argument 'dim' must be int, not {kind_of(dim)}")
    if eps < 0:
        raise RuntimeError(f"eps must be non-negative, got: {eps:g}")
    common = dtypes.promote(x1._array.dtype, x1._array.ndim, x2._array.dtype, x2._array.ndim)
    if common.kind not in "fV":
        told = f"expected common dtype to be floating point, yet common dtype is {dtypes.BY_NUMPY[common].kind}"
        raise RuntimeError(told)
    x1, x2 = (x1, x2) if x1.shape == x2.shape else _function("broadcast_tensors")(x1, x2)
    lengths = [vector_norm(x, 2, dim, True) for x in (x1, x2)]
    lengths = [n + (n.detach().clamp(min=eps) - n.detach()) for n in lengths]
    return ((x1 / lengths[0]) * (x2 / lengths[1])).sum(dim)


def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, size_average=None, reduce=None,
                          reduction: str = "mean") -> Tensor:  # fmt: skip
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1."""
    if target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if any(x.ndim != target.ndim + 1 for x in (input1, input2)):
        told = f"found inputs with sizes {list(input1.shape)} and {list(input2.shape)}."
        raise RuntimeError(f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but {told}")
    dim, where = target.ndim, _function("where")
    both, square1, square2 = ((a * b).sum(dim) for a, b in ((input1, input2), (input1, input1), (input2, input2)))
    cosine = both / (_add(square1, 1e-12) * _add(square2, 1e-12)).sqrt()
    zero = wrap(np.zeros_like(cosine._array))
    near, far = where(target == 1, 1 - cosine, zero), where(target == -1, _sub(cosine, margin).clamp_min(0), zero)
    return _reduced(near + far, reduction)


def triplet_margin_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6,
                        swap: bool = False, size_average=None, reduce=None, reduction: str = "mean") -> Tensor:  # fmt: skip
    """max(0, distance to the positive - distance to the negative + margin)."""
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    return triplet_margin_with_distance_loss(
        anchor, positive, negative, distance_function=lambda a, b: pairwise_distance(a, b, p, eps), margin=margin, swap=swap,
        reduction=reduction,
    )  # fmt: skip


def triplet_margin_with_distance_loss(anchor: Tensor, positive: Tensor, negative: Tensor, *, distance_function=None,
                                      margin: float = 1.0, swap: bool = False, reduction: str = "mean") -> Tensor:  # fmt: skip
    """max(0, distance to the positive - distance to the negative + margin), by any distance."""
    if not anchor.ndim == positive.ndim == negative.ndim:
        told = f"anchor {anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs"
        raise RuntimeError(
            f"The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: {told}"
        )
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    distance = distance_function or pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return _reduced((_add(near, margin) - far).clamp_min(0), reduction)


for _name, _word in [(name, word) for name, word in globals().items() if name in __all__]:
    if "size_average" in _word.__code__.co_varnames[: _word.__code__.co_argcount]:
        globals()[_name] = takes_flags(_word)
