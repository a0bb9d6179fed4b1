"""Connectionist temporal classification: a loss over all ways to lay a short text along a long sequence (Graves et al. 2006)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core.device import on_the_host
from ..core.function import Function
from ..core.refusals import no_kernel
from ..core.tensor import Tensor, wrap
from .reduction import checked

__all__ = ["ctc_loss"]


class Texts(NamedTuple):
    """A batch of texts as the states one passes through: their labels with blanks between, before and behind.

    ``labels`` and ``skips``, whether a state may come from two back, are (N, states); the rows of shorter texts go on with
    blanks, which nothing before them depends on. ``lengths`` counts labels, ``steps`` what of each sequence counts.
    """

    labels: np.ndarray
    skips: np.ndarray
    lengths: np.ndarray
    steps: np.ndarray
    blank: int


def _laid_out(texts: list[np.ndarray], steps: list[int], blank: int) -> Texts:
    lengths = np.array([len(text) for text in texts], np.int64)
    labels = np.full((len(texts), 2 * lengths.max(initial=0) + 1), blank, np.int64)
    for row, text in zip(labels, texts):
        row[1 : 2 * len(text) : 2] = text
    skips = np.zeros(labels.shape, bool)
    skips[:, 2:] = (labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])
    return Texts(labels, skips, lengths, np.array(steps, np.int64), blank)


def _log_sum(terms: np.ndarray) -> np.ndarray:
    """log of the sum of exponentials over the first dimension, counted from the largest, as PyTorch does. Overwrites ``terms``."""
    top = terms.max(0, initial=np.finfo(terms.dtype).min)  # none of them is far enough below that it counted from -inf
    out = np.exp(np.subtract(terms, top, out=terms), out=terms).sum(0)
    return np.add(np.log(out, out=out), top, out=out)


def _reached(scores: np.ndarray, skips: np.ndarray) -> np.ndarray:
    """(T, N, states): the log-probability of all ways to a state at a time, from the log-probabilities ``scores`` of each."""
    ways = np.full(scores.shape, -np.inf, scores.dtype)
    ways[:1, :, :2] = scores[:1, :, :2]
    before = np.full((len(skips), skips.shape[1] + 2), -np.inf, scores.dtype)  # the states, behind two that are never reached
    from_where = np.moveaxis(np.lib.stride_tricks.sliding_window_view(before, 3, 1), 2, 0)  # two back, one back, here
    barred = np.zeros((3, *skips.shape), scores.dtype)
    barred[0][~skips] = -np.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        for t in range(1, len(scores)):
            before[:, 2:] = ways[t - 1]
            np.add(_log_sum(from_where + barred), scores[t], out=ways[t])
    return ways


def _turned(values: np.ndarray, texts: Texts) -> np.ndarray:
    """(T, N, states) with the times and states that count in reverse order; what does not count is arbitrary."""
    steps, batch, states = values.shape
    times = (texts.steps - 1 - np.arange(steps)[:, None]).clip(0)[:, :, None]
    places = (2 * texts.lengths[:, None] - np.arange(states)).clip(0)
    return values[times, np.arange(batch)[:, None], places]


def _losses(forth: np.ndarray, texts: Texts) -> np.ndarray:
    """Minus the log-probability of each text: of ending in its last label or in the blank behind it."""
    last, rows = np.maximum(texts.steps - 1, 0), np.arange(len(texts.steps))
    blank, label = (forth[last, rows, np.maximum(2 * texts.lengths - back, 0)] for back in (0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = -_log_sum(np.stack([np.where(texts.lengths > 0, label, -np.inf), blank]))
    return np.where(texts.steps > 0, found, np.where(texts.lengths > 0, np.inf, 0)).astype(forth.dtype)


def _slope(log_probs: np.ndarray, forth: np.ndarray, losses: np.ndarray, texts: Texts) -> np.ndarray:
    """exp(log_probs) minus how probable each label is at each time, given the text: the slope before a log_softmax."""
    scores = np.take_along_axis(log_probs, texts.labels[None], 2)
    skips = np.zeros_like(texts.skips)
    at = 2 * texts.lengths[:, None] + 2 - np.arange(skips.shape[1])  # a skip ends two states further on
    inside = (at < skips.shape[1]) & (at > 1)
    skips[inside] = np.take_along_axis(texts.skips, at.clip(0, skips.shape[1] - 1), 1)[inside]
    back = _turned(_reached(_turned(scores, texts), skips), texts)
    counted = np.arange(skips.shape[1]) <= 2 * texts.lengths[:, None]
    with np.errstate(invalid="ignore"):
        shares = np.where(counted, np.exp(forth + back - scores + losses[:, None]), 0)
        given = np.exp(np.where(log_probs == -np.inf, np.nan, log_probs))  # of what cannot be said there is no slope
    expected, rows = np.zeros_like(log_probs), np.arange(len(losses))
    expected[:, :, texts.blank] = shares[:, :, ::2].sum(2)
    for state in range(1, skips.shape[1], 2):
        expected[:, rows, texts.labels[:, state]] += shares[:, :, state]
    slope = np.where(np.isfinite(losses)[:, None], given - expected, np.nan)
    return np.where((np.arange(len(log_probs))[:, None] < texts.steps)[:, :, None], slope, 0)


class CtcLoss(Function):
    """One loss for each sequence of the batch."""

    @staticmethod
    def forward(ctx, log_probs, targets, texts, zero_infinity):
        array = log_probs._array
        forth = _reached(np.take_along_axis(array, texts.labels[None], 2), texts.skips)
        losses = _losses(forth, texts)
        ctx.save_for_backward(log_probs, targets)  # these for their version
        ctx.rest = texts, zero_infinity, forth, losses
        return wrap(np.where(np.isinf(losses), 0, losses).astype(array.dtype) if zero_infinity else losses.copy())

    @staticmethod
    def backward(ctx, g):
        return CtcLossSlope.apply(g, ctx.saved_tensors[0], *ctx.rest), None, None, None


class CtcLossSlope(Function):
    """The gradient of ``CtcLoss``, of which nobody has written the derivative."""

    @staticmethod
    def forward(ctx, g, log_probs, texts, zero_infinity, forth, losses):
        slope = _slope(log_probs._array, forth, losses, texts) * g._array[:, None]
        if zero_infinity:
            slope = np.where(np.isinf(losses)[:, None], 0, slope)
        return wrap(slope.astype(log_probs._array.dtype))

    @staticmethod
    def backward(ctx, g):
        raise RuntimeError("derivative for aten::_ctc_loss_backward is not implemented")


def _numbers(lengths) -> list[int]:
    return [int(n) for n in np.atleast_1d(lengths._array if isinstance(lengths, Tensor) else np.asarray(lengths))]


def _texts(targets: np.ndarray, lengths: list[int]) -> list[np.ndarray]:
    """The labels of each sequence: rows of a matrix, or one behind the other."""
    if targets.ndim == 1:
        if sum(lengths) != len(targets):
            raise RuntimeError(
                f"Expected tensor to have size {sum(lengths)} at dimension 0, but got size {len(targets)} for argument #2 'targets' "
                "(while checking arguments for ctc_loss_allocate_outputs)"
            )
        return np.split(targets, np.cumsum(lengths)[:-1])
    if len(targets) != len(lengths):
        raise RuntimeError(
            f"Expected tensor to have size {len(lengths)} at dimension 0, but got size {len(targets)} for argument #2 'targets' "
            "(while checking arguments for ctc_loss_allocate_outputs)"
        )
    if max(lengths, default=0) > targets.shape[1]:
        raise RuntimeError(
            f"Expected tensor to have size at least {max(lengths)} at dimension 1, but got size {targets.shape[1]} for argument #2 "
            "'targets' (while checking arguments for ctc_loss_allocate_outputs)"
        )
    return [row[:n] for row, n in zip(targets, lengths)]


@on_the_host
def ctc_loss(log_probs: Tensor, targets: Tensor, input_lengths, target_lengths, blank: int = 0, reduction: str = "mean",
             zero_infinity: bool = False) -> Tensor:  # fmt: skip
    """Minus the log-probability of the texts ``targets``, summed over all ways to say them, blanks between.

    ``log_probs`` (T, N, C) or (T, C) from a log_softmax; ``targets`` (N, S) or all texts behind one another. "mean" divides
    each loss by its text's length. A text longer than its sequence costs infinity, or 0 with ``zero_infinity``.
    """
    reduction = checked(reduction)
    if (dtype := log_probs._array.dtype).itemsize == 2 or dtype.kind != "f":
        raise no_kernel("ctc_loss_cpu", dtype)
    single = log_probs.dim() == 2
    x = log_probs.unsqueeze(1) if single else log_probs
    steps, batch, classes = x._array.shape
    inputs, lengths = _numbers(input_lengths), _numbers(target_lengths)
    if not x._array.size:
        raise RuntimeError("log_probs tensor must not be empty")
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    for name, given in (("input_lengths", inputs), ("target_lengths", lengths)):
        if len(given) != batch:
            raise RuntimeError(f"{name} must be of size batch_size")
    if max(inputs, default=0) > steps:
        raise RuntimeError(
            f"Expected input_lengths to have value at most {steps}, but got value {max(inputs)} (while checking arguments for "
            "ctc_loss_allocate_outputs)"
        )
    texts = _texts(targets._array.astype(np.int64), lengths)
    losses = CtcLoss.apply(x, targets, _laid_out(texts, inputs, blank), zero_infinity)
    if reduction == "mean":
        return (losses / wrap(np.maximum(lengths, 1).astype(x._array.dtype))).mean()
    return losses.sum() if reduction == "sum" else losses[0] if single else losses
