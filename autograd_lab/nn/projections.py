"""Linear maps of inputs, and the loss of the scores that one gives."""

from __future__ import annotations

import math

from ..core.ops.convert import must_be
from ..core.ops.later import function as _function
from ..core.ops.products import addmm
from ..core.ops.reshaping import in_passing
from ..core.ops.reshaping import turned as seen_turned
from ..core.ops.shape import view
from ..core.signatures import kind_of
from ..core.tensor import Tensor
from .criteria import cross_entropy
from .parameter import Parameter

__all__ = ["bilinear", "linear", "linear_cross_entropy"]

_PLAIN = (Tensor, Parameter)  # types whose views are plain tensors


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``; ``weight`` is (out, in)."""
    if not isinstance(input, Tensor):
        raise TypeError(f"linear(): argument 'input' (position 1) must be Tensor, not {kind_of(input)}")
    if not input._array.ndim:
        raise RuntimeError(f"both arguments to linear need to be at least 1D, but they are 0D and {weight._array.ndim}D")
    if not weight._array.ndim:
        raise RuntimeError(f"both arguments to linear need to be at least 1D, but they are {input._array.ndim}D and 0D")
    if input._array.shape[-1] != weight._array.shape[-1]:
        if weight._array.ndim < 2:
            if bias is None:
                return input @ weight  # which says what does not fit
            raise RuntimeError(f"mat2 must be a matrix, got {weight._array.ndim}-D tensor")
        rows = math.prod(input.shape[:-1])
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({rows}x{input.shape[-1]} and {weight.shape[1]}x{weight.shape[0]})"
        )
    turned, ndim = seen_turned(weight) if type(weight) in _PLAIN else weight.t(), input._array.ndim
    if bias is None:
        return input @ turned
    if ndim == 2:
        return addmm(bias, input, turned)
    if bias._array.ndim == 1 and turned._array.ndim == 2 and input.is_contiguous():  # laid flat: one product
        *batch, inner = input._array.shape
        if type(input) is Tensor:
            flat = addmm(bias, in_passing(input, (math.prod(batch), inner)), turned)
            return view.call(flat, (*batch, flat._array.shape[-1]))
        flat = addmm(bias, input.view(-1, inner), turned)
        return flat.view(*batch, flat._array.shape[-1])
    return input @ turned + bias


def linear_cross_entropy(input: Tensor, linear_weight: Tensor, target: Tensor, *, linear_bias: Tensor | None = None,
                         weight: Tensor | None = None, reduction: str = "mean", ignore_index: int | None = None,
                         label_smoothing: float = 0.0, options=None) -> Tensor:  # fmt: skip
    """``cross_entropy`` of the scores that a linear layer gives: of (N, in) or (in), by weights (C, in).

    Weights of shape (C, d1, ..., in) give scores of shape (N, C, d1, ...); the bias has the weights' shape less its last size.
    ``options`` say in what pieces PyTorch should compute, to save memory; results do not depend on them, and here they do nothing.
    """
    if input.dim() not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if linear_weight.dim() < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.dim()}")
    scores = _class_scores(input, linear_weight, linear_bias)
    if ignore_index is None:
        ignore_index = -100  # which is no class
    elif target.shape == scores.shape:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    return cross_entropy(scores, target, weight, None, ignore_index, None, reduction, label_smoothing)


def _class_scores(input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """``linear``, whose (C, d1, ..., in) weights may fold the classes: (N, C, d1, ...), or (C) of one input by weights (C, in)."""
    *folded, features = weight.shape
    if input.shape[-1] != features:
        raise RuntimeError(
            f"expected equal input and linear_weight last dimensions (in_features), got {input.shape[-1]} and {features}, respectively"
        )
    if bias is not None and list(bias.shape) != folded:
        raise RuntimeError(f"expected linear_bias shape {tuple(folded)}, got {tuple(bias.shape)}")
    if len(folded) == 1:
        return linear(input, weight, bias)
    if input.dim() == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(weight.shape)} requires batched input, "
            f"(N, {features}), got unbatched input with shape {tuple(input.shape)}"
        )
    flat = linear(input, weight.flatten(0, -2), None if bias is None else bias.flatten())  # one row of classes for one product
    return flat.unflatten(1, folded)


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x1' W_k x2 + b_k for every k."""
    for at, (name, t) in enumerate({"input1": input1, "input2": input2, "weight": weight, "bias": bias}.items(), 1):
        if t is not None or at < 4:
            must_be(Tensor, "bilinear", name, t, at)
    for i, (a, b) in enumerate(zip(input1.shape[:-1], input2.shape[:-1])):
        if a != b:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {i}: got {a} and {b}")
    for i, x in enumerate((input1, input2), 1):
        if x.shape[-1] != weight.shape[i]:
            raise RuntimeError(
                f"bilinear(): input{i} size does not match weight size: got {x.shape[-1]} but expected {weight.shape[i]}"
            )
    out = _function("einsum")("...i,kij,...j->...k", input1, weight, input2)
    return out if bias is None else out + bias
