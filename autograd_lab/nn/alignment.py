"""Connectionist temporal classification: a loss over all ways to lay a short text along a long sequence (Graves et al. 2006)."""

from __future__ import annotations

import numpy as np

from ..core.device import on_the_host
from ..core.function import Function
from ..core.refusals import no_kernel
from ..core.tensor import Tensor, wrap

__all__ = ["ctc_loss"]


def _states(labels: np.ndarray, blank: int) -> tuple[np.ndarray, np.ndarray]:
    """(the labels with blanks between, before and behind; where one may come from two states back)."""
    states = np.full(2 * len(labels) + 1, blank, np.int64)
    states[1::2] = labels
    skips = np.zeros(len(states), bool)
    skips[2:] = (states[2:] != blank) & (states[2:] != states[:-2])
    return states, skips


def _reached(scores: np.ndarray, skips: np.ndarray) -> np.ndarray:
    """(T, states): the log-probability of all ways to a state at a time, from the log-probabilities ``scores`` of each."""
    ways = np.full(scores.shape, -np.inf, scores.dtype)
    ways[0, :2] = scores[0, :2]
    for t in range(1, len(scores)):
        stay = ways[t - 1]
        step = np.concatenate([[-np.inf], stay[:-1]])
        skip = np.where(skips, np.concatenate([[-np.inf, -np.inf], stay[:-2]])[: len(stay)], -np.inf)
        ways[t] = scores[t] + np.logaddexp(np.logaddexp(stay, step), skip)
    return ways


def _negative_log_likelihood(log_probs: np.ndarray, labels: np.ndarray, blank: int) -> float:
    states, skips = _states(labels, blank)
    if not len(log_probs):
        return 0.0 if not len(labels) else np.inf
    return -np.logaddexp.reduce(_reached(log_probs[:, states], skips)[-1, -2:])


def _slope(log_probs: np.ndarray, labels: np.ndarray, blank: int, loss: float) -> np.ndarray:
    """exp(log_probs) minus how probable each label is at each time, given the text: the slope before a log_softmax."""
    states, skips = _states(labels, blank)
    if np.isinf(loss):
        return np.full_like(log_probs, np.nan)  # of what cannot be said there is no slope
    if not len(log_probs):
        return np.zeros_like(log_probs)
    scores = log_probs[:, states]
    forth = _reached(scores, skips)
    back_skips = np.zeros_like(skips)
    back_skips[2:] = skips[::-1][:-2]  # a skip is one from either end
    back = _reached(scores[::-1, ::-1], back_skips)[::-1, ::-1]
    expected = np.zeros_like(log_probs)
    weights = np.exp(forth + back - scores + loss)
    for s, label in enumerate(states):
        expected[:, label] += weights[:, s]
    return np.exp(log_probs) - expected


class CtcLoss(Function):
    """One loss for each sequence of the batch."""

    @staticmethod
    def forward(ctx, log_probs, targets, texts, lengths, blank, zero_infinity):
        array = log_probs._array
        losses = np.array(
            [_negative_log_likelihood(array[:n, i], text, blank) for i, (n, text) in enumerate(zip(lengths, texts))]
        )
        ctx.save_for_backward(log_probs, targets)  # these for their version
        ctx.rest = texts, lengths, blank, zero_infinity, losses
        shown = np.where(np.isinf(losses), 0, losses) if zero_infinity else losses
        return wrap(shown.astype(array.dtype))

    @staticmethod
    def backward(ctx, g):
        return CtcLossSlope.apply(g, ctx.saved_tensors[0], *ctx.rest), None, None, None, None, None


class CtcLossSlope(Function):
    """The gradient of ``CtcLoss``, of which nobody has written the derivative."""

    @staticmethod
    def forward(ctx, g, log_probs, texts, lengths, blank, zero_infinity, losses):
        slope = np.zeros_like(log_probs._array)
        for i, (n, text, loss) in enumerate(zip(lengths, texts, losses)):
            if not (zero_infinity and np.isinf(loss)):
                slope[:n, i] = _slope(log_probs._array[:n, i], text, blank, loss) * g._array[i]
        return wrap(slope)

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
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if (dtype := log_probs._array.dtype).itemsize == 2 or dtype.kind in "biu":
        raise no_kernel("ctc_loss_cpu", dtype)
    single = log_probs.dim() == 2
    x = log_probs.unsqueeze(1) if single else log_probs
    steps, batch, classes = x._array.shape
    inputs, lengths = _numbers(input_lengths), _numbers(target_lengths)
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
    losses = CtcLoss.apply(x, targets, texts, inputs, blank, zero_infinity)
    if reduction == "mean":
        return (losses / wrap(np.maximum(lengths, 1).astype(x._array.dtype))).mean()
    return losses.sum() if reduction == "sum" else losses[0] if single else losses
