"""What layers and losses compute, as functions."""

from __future__ import annotations

import math
import warnings

import numpy as np

from ..core import random
from ..core.ops.products import addmm
from ..core.tensor import Tensor, wrap

# ---------------------------------------------------------------------- layers


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``; ``weight`` is (out, in)."""
    if input.shape[-1] != weight.shape[-1]:
        rows = math.prod(input.shape[:-1])
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({rows}x{input.shape[-1]} and {weight.shape[1]}x{weight.shape[0]})"
        )
    turned, ndim = weight.t(), input._array.ndim
    if bias is None:
        return input @ turned
    if ndim == 2:
        return addmm(bias, input, turned)
    if bias._array.ndim == 1 and turned._array.ndim == 2 and input.is_contiguous():  # laid flat: one product
        flat = addmm(bias, input.view(-1, input._array.shape[-1]), turned)
        return flat.view(*input._array.shape[:-1], flat._array.shape[-1])
    return input @ turned + bias


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each element 0 with probability ``p``, else divided by 1 - p. PyTorch's random numbers."""
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input
    if p == 1:
        return input * 0.0
    keep = random.default.uniform(input._array.size, np.float64).reshape(input._array.shape) < 1 - p
    scale = wrap(keep.astype(input._array.dtype) / input._array.dtype.type(1 - p))
    return input.mul_(scale) if inplace else input * scale


def embedding(input: Tensor, weight: Tensor) -> Tensor:
    """Rows of ``weight`` at the integers ``input``."""
    return weight[input]


# ---------------------------------------------------------------------- activations


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0)."""
    return input.relu_() if inplace else input.relu()


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + exp(-input))."""
    return input.sigmoid()


def tanh(input: Tensor) -> Tensor:
    """Hyperbolic tangent, elementwise."""
    return input.tanh()


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x for x > 0, else ``negative_slope`` * x, which is also the slope at 0."""
    return _where(input > 0, input, input * negative_slope)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x for x > 0, else alpha * (exp(x) - 1)."""
    return _where(input > 0, input, input.clamp(max=0).expm1() * alpha)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x times the normal distribution function at x, or its tanh approximation."""
    if approximate == "tanh":
        return 0.5 * input * (1 + (math.sqrt(2 / math.pi) * (input + 0.044715 * input**3)).tanh())
    return 0.5 * input * (1 + (input / math.sqrt(2)).erf())


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x * sigmoid(x)."""
    return input * input.sigmoid()


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta x)) / beta, and x itself where beta x > threshold."""
    scaled = input * beta
    return _where(scaled > threshold, input, scaled.clamp(max=threshold).exp().log1p() / beta)


def softmax(input: Tensor, dim: int | None = None, dtype=None) -> Tensor:
    """exp(x) / sum(exp(x)) along ``dim``."""
    return (input if dtype is None else input.to(dtype)).softmax(_dim("softmax", input, dim))


def log_softmax(input: Tensor, dim: int | None = None, dtype=None) -> Tensor:
    """The logarithm of softmax, without overflow."""
    return (input if dtype is None else input.to(dtype)).log_softmax(_dim("log_softmax", input, dim))


def _dim(name: str, x: Tensor, dim: int | None) -> int:
    if dim is None:
        warnings.warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
                      UserWarning, stacklevel=3)  # fmt: skip
        return 0 if x.ndim in (0, 1, 3) else 1
    return dim


def _where(condition, x, y):
    from ..core.ops import where

    return where(condition, x, y)


# ---------------------------------------------------------------------- losses


def _reduced(loss: Tensor, reduction: str) -> Tensor:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return loss if reduction == "none" else getattr(loss, reduction)()


def _same_size(input: Tensor, target: Tensor) -> None:
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will likely lead to "
            "incorrect results due to broadcasting. Please ensure they have the same size.", UserWarning, stacklevel=3)  # fmt: skip


def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """(input - target) squared."""
    _same_size(input, target)
    return _reduced((input - target) ** 2, reduction)


def l1_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """|input - target|."""
    _same_size(input, target)
    return _reduced((input - target).abs(), reduction)


def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean"
) -> Tensor:
    """Minus the log-probability of the right class: ``input`` (N, C) log-probabilities, ``target`` (N,) integers."""
    classes = np.asarray(target._array)
    valid = classes != ignore_index
    if (classes[valid] < 0).any() or (classes[valid] >= input.shape[1]).any():
        raise IndexError(
            f"Target {int(classes[valid][(classes[valid] < 0) | (classes[valid] >= input.shape[1])][0])} is out of bounds."
        )
    safe = np.where(valid, classes, 0)
    picked = input[wrap(np.arange(len(safe))), wrap(safe)]
    scale = valid.astype(input._array.dtype) * (1 if weight is None else weight._array[safe])
    loss = -picked * wrap(scale)
    return loss.sum() / float(scale.sum()) if reduction == "mean" else _reduced(loss, reduction)


def cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean",
                  label_smoothing: float = 0.0) -> Tensor:  # fmt: skip
    """Minus the log-probability of the right class, from scores: ``input`` (N, C), ``target`` (N,) integers or (N, C) weights."""
    logs = input.log_softmax(1)
    if label_smoothing:
        raise NotImplementedError("cross_entropy does not take label_smoothing yet")
    if target._array.dtype.kind == "f":
        loss = -(logs * target).sum(1)
        return _reduced(loss, reduction)
    return nll_loss(logs, target, weight, ignore_index, reduction)


def binary_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean") -> Tensor:
    """Cross-entropy of probabilities with targets in [0, 1]; logarithms are cut off at -100."""
    loss = -(target * input.log().clamp(min=-100) + (1 - target) * (1 - input).log().clamp(min=-100))
    return _reduced(loss if weight is None else loss * weight, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """The same from scores, without overflow."""
    loss = (1 - target) * input + softplus(-input)
    return _reduced(loss if weight is None else loss * weight, reduction)
