"""A softmax over very many classes, of which a few make up most of the data."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...core.device import looked_at
from ...core.ops.create import zeros
from ...core.ops.later import function as _function
from ...core.tensor import Tensor, wrap
from .. import functional
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class _Answer(NamedTuple):
    output: Tensor  # the log-probability of each target
    loss: Tensor


_Answer.__name__ = _Answer.__qualname__ = "_ASMoutput"


class AdaptiveLogSoftmaxWithLoss(Module):
    """log_softmax in two steps: first among the frequent classes and the clusters of rare ones, then within a cluster.

    Grave and others, "Efficient softmax approximation for GPUs" (2017). Classes are sorted by frequency, ``cutoffs`` begin the
    clusters; each cluster's vectors are ``div_value`` times shorter than those of the one before. ``model(input, target)`` gives
    (output, loss): the log-probabilities of the targets, and minus their mean.
    """

    def __init__(self, in_features: int, n_classes: int, cutoffs, div_value: float = 4.0, head_bias: bool = False, device=None,
                 dtype=None):  # fmt: skip
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if (cutoffs != sorted(cutoffs) or min(cutoffs) <= 0 or max(cutoffs) > n_classes - 1 or len(set(cutoffs)) != len(cutoffs)
                or any(int(c) != c for c in cutoffs)):  # fmt: skip
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is between "
                "1 and n_classes-1"
            )
        self.in_features, self.n_classes, self.div_value, self.head_bias = in_features, n_classes, div_value, head_bias
        self.cutoffs = [*cutoffs, n_classes]
        self.shortlist_size, self.n_clusters = cutoffs[0], len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        given = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **given)
        self.tail = ModuleList()
        for i, (start, end) in enumerate(zip(self.cutoffs, self.cutoffs[1:])):
            inner = int(in_features // div_value ** (i + 1))
            self.tail.append(
                Sequential(Linear(in_features, inner, bias=False, **given), Linear(inner, end - start, bias=False, **given))
            )

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        self.head.reset_parameters()
        for first, second in self.tail:
            first.reset_parameters()
            second.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _Answer:
        input, target = input_, target_
        if target.ndim == 1:
            if input.shape[0] != target.shape[0]:
                raise RuntimeError("Input and target should have the same size in the batch dimension.")
            if input.ndim != 2:
                raise RuntimeError(f"1D target tensor expects 2D input tensors, but found inputs with sizes {input.shape}.")
        elif target.ndim == 0:
            if input.ndim != 1:
                raise RuntimeError(f"0D target tensor expects 1D input tensors, but found inputs with sizes {input.shape}.")
        else:
            raise RuntimeError(
                f"0D or 1D target tensor expected, multi-target not supported. Found target with size {target.shape}."
            )
        at = np.asarray(looked_at(target._array))
        rows, classes = (input, at) if target.ndim else (input.unsqueeze(0), at.reshape(1))
        if classes.size and not (classes.min() >= 0 and classes.max() < self.n_classes):
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range [{classes.min()}, {classes.max()}] were "
                "found. "
            )
        output, chosen = zeros(len(classes), dtype=input.dtype, device=input.device), np.array(classes)
        for i, (start, end) in enumerate(zip(self.cutoffs, self.cutoffs[1:])):
            here = np.flatnonzero((classes >= start) & (classes < end))
            if len(here):
                chosen[here] = self.shortlist_size + i
                inside = functional.log_softmax(self.tail[i](rows[wrap(here)]), 1)
                local = inside.gather(1, wrap(classes[here] - start).unsqueeze(1))
                output = output.index_copy(0, wrap(here), local.squeeze(1))
        head = functional.log_softmax(self.head(rows), 1)
        output = output + head.gather(1, wrap(chosen).unsqueeze(1)).squeeze()
        loss = (-output).mean()
        return _Answer(output if target.ndim else output.squeeze(0), loss)

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probabilities of all classes, (N, n_classes)."""
        head = functional.log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for i in range(self.n_clusters):
            at = self.shortlist_size + i
            parts.append(functional.log_softmax(self.tail[i](input), 1) + head[:, at].unsqueeze(1))
        return _function("cat")(parts, 1)

    def predict(self, input: Tensor) -> Tensor:
        """The most probable class of each row."""
        return self.log_prob(input).argmax(1)
