"""Losses that ask the right classes to be ahead of the others by a margin."""

from __future__ import annotations

import numpy as np

from ..core.device import beside, looked_at
from ..core.ops import losses as _losses
from ..core.places import watch
from ..core.refusals import no_kernel
from ..core.tensor import Tensor
from .reduction import checked
from .targets import constants


def multi_margin_loss(input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, size_average=None,
                      reduce=None, reduction: str = "mean") -> Tensor:  # fmt: skip
    """How far every other class comes within ``margin`` of the right one, to the power p, over the number of classes."""
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    _batched(input)
    samples = input.shape[0] if input.ndim == 2 else 1
    if target.shape != (samples,) and (input.ndim == 2 or target.ndim):
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). Expected "
            f"target size [{samples}], but got {list(target.shape)}. Input has shape {list(input.shape)}."
        )
    _of_floats("multi_margin_loss_cpu_kernel", input, target)
    constants("multi_margin_loss", weight=weight)
    classes = looked_at(target._array)
    x, classes = (input, classes) if input.ndim == 2 else (input.reshape(1, -1), np.reshape(classes, (1,)))
    if ((classes < 0) | (classes >= x.shape[1])).any():
        raise RuntimeError("target out of range")
    rows = np.arange(len(classes))
    scale = np.full((len(rows), 1), 1 / x.shape[1], x._array.dtype)
    if weight is not None:
        scale = scale * looked_at(weight._array)[classes][:, None]
    reduction = _reduction(reduction, alone=input.ndim != 2 and not target.ndim)
    loss = _losses.multi_margin.call(x, (rows, classes), beside(scale, x._array), p, margin, reduction)
    return watch(loss, target, key_of=lambda t: (rows, t.reshape(-1)))


def _batched(input: Tensor) -> None:
    """RuntimeError unless ``input`` is a sample or a batch of them, with classes."""
    if input.ndim > 2 or (input.ndim and not input.shape[-1]):
        told = f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}"
        raise RuntimeError(told)


def _of_floats(kernel: str, input: Tensor, target: Tensor) -> None:
    """Raise unless PyTorch has this ``kernel`` for ``input``, and the classes are int64."""
    if input._array.dtype not in (np.float32, np.float64):
        raise no_kernel(kernel, input._array.dtype)
    if target._array.dtype != np.int64:
        raise RuntimeError(f"expected scalar type Long but found {target.dtype.kind}")


def _reduction(reduction: str, alone: bool) -> str:
    """``reduction``, or a sum, which is a number, for the loss of one sample ``alone``. ValueError for another word."""
    reduction = checked(reduction)
    return "sum" if alone else reduction


def multilabel_margin_loss(input: Tensor, target: Tensor, size_average=None, reduce=None, reduction: str = "mean") -> Tensor:
    """How far classes that are not targets come within 1 of those that are; targets are listed up to the first -1."""
    if target.shape != input.shape:
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    _batched(input)
    lists = looked_at(target._array)
    if lists.size and (lists.min() < -1 or lists.max() >= (input.shape[-1] if input.ndim else 1)):
        raise RuntimeError("argument #2 'target' is out of range")
    _of_floats("multilabel_margin_loss_forward_out_frame", input, target)
    x, lists = (input, lists) if input.ndim == 2 else (input.reshape(1, -1), lists.reshape(1, -1))
    rows = np.arange(len(lists))[:, None]
    listed = np.cumprod(lists >= 0, 1).astype(bool)  # up to the first -1
    wanted = np.zeros(lists.shape, bool)
    wanted[np.nonzero(listed)[0], lists[listed]] = True
    pairs = listed[:, :, None] & ~wanted[:, None, :]

    def key_of(array):
        return rows, np.where(listed, array.reshape(lists.shape), 0)

    loss = _losses.multilabel_margin.call(x, key_of(lists), pairs, _reduction(reduction, alone=input.ndim != 2))
    return watch(loss, target, key_of=key_of)
