"""Losses that ask the right classes to be ahead of the others by a margin."""

from __future__ import annotations

import functools

import numpy as np

from ..core.device import beside, looked_at
from ..core.ops.index import index as _at
from ..core.ops.later import function as _function
from ..core.places import watch
from ..core.tensor import Tensor, wrap
from .reduction import reduced as _reduced
from .targets import constants


def multi_margin_loss(input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, size_average=None,
                      reduce=None, reduction: str = "mean") -> Tensor:  # fmt: skip
    """How far every other class comes within ``margin`` of the right one, to the power p, over the number of classes."""
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if input.ndim == 2 and target.shape != input.shape[:1]:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). Expected "
            f"target size [{input.shape[0]}], but got {list(target.shape)}. Input has shape {list(input.shape)}."
        )
    constants("multi_margin_loss", weight=weight)
    classes = looked_at(target._array)
    x, classes = (input, classes) if input.ndim == 2 else (input.reshape(1, -1), np.reshape(classes, (1,)))
    if ((classes < 0) | (classes >= x.shape[1])).any():
        raise RuntimeError("target out of range")
    rows = np.arange(len(classes))
    right = watch(_at.call(x, (rows, classes)), target, key_of=lambda t: (rows, t.reshape(-1))).unsqueeze(1)
    loss = (margin - right + x).relu() ** p  # no slope at the margin, where clamp has 1
    others = np.ones(x.shape, x._array.dtype)
    others[rows, classes] = 0
    loss = loss * wrap(beside(others, x._array))
    if weight is not None:
        loss = loss * weight[wrap(classes)].unsqueeze(1)
    loss = loss.sum(1) / x.shape[1]
    return _reduced(loss if input.ndim == 2 or target.ndim or reduction != "none" else loss[0], reduction)


def multilabel_margin_loss(input: Tensor, target: Tensor, size_average=None, reduce=None, reduction: str = "mean") -> Tensor:
    """How far classes that are not targets come within 1 of those that are; targets are listed up to the first -1."""
    if target.shape != input.shape:
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    lists = looked_at(target._array)
    x, lists = (input, lists) if input.ndim == 2 else (input.reshape(1, -1), lists.reshape(1, -1))
    total = []

    def listed_in(row, array):
        listed = array.reshape(lists.shape)[row]
        stop = np.flatnonzero(listed < 0)
        return listed[: stop[0]] if len(stop) else listed

    for row in range(len(lists)):
        wanted = listed_in(row, lists)
        rest = np.setdiff1d(np.arange(x.shape[1]), wanted)
        if not len(wanted) or not len(rest):
            total.append((x[row] * 0).sum())
            continue
        right = watch(_at.call(x[row], wanted), target, key_of=functools.partial(listed_in, row))
        gaps = 1 - right.unsqueeze(1) + x[row][wrap(rest)].unsqueeze(0)
        total.append(gaps.relu().sum() / x.shape[1])
    loss = _function("stack")(total)
    return _reduced(loss if input.ndim == 2 or reduction != "none" else loss[0], reduction)
