"""Losses as modules: their ``reduction`` is "mean", "sum" or "none"."""

from __future__ import annotations

from ..core.tensor import Tensor
from . import functional
from .module import Module


class _Loss(Module):
    function = staticmethod(functional.mse_loss)

    def __init__(self, *, reduction: str = "mean", **options):
        super().__init__()
        self.reduction, self.options = reduction, options

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return type(self).function(input, target, reduction=self.reduction, **self.options)


class MSELoss(_Loss):
    """The mean of (input - target) squared."""


class L1Loss(_Loss):
    """The mean of |input - target|."""

    function = staticmethod(functional.l1_loss)


class _Weighted(_Loss):
    def __init__(self, weight: Tensor | None = None, *, reduction: str = "mean", **options):
        super().__init__(reduction=reduction, weight=weight, **options)


class NLLLoss(_Weighted):
    """Minus the log-probability of the right class, from log-probabilities."""

    function = staticmethod(functional.nll_loss)

    def __init__(self, weight: Tensor | None = None, *, ignore_index: int = -100, reduction: str = "mean"):
        super().__init__(weight, reduction=reduction, ignore_index=ignore_index)


class CrossEntropyLoss(_Weighted):
    """Minus the log-probability of the right class, from scores."""

    function = staticmethod(functional.cross_entropy)

    def __init__(
        self, weight: Tensor | None = None, *, ignore_index: int = -100, reduction: str = "mean", label_smoothing: float = 0.0
    ):
        super().__init__(weight, reduction=reduction, ignore_index=ignore_index, label_smoothing=label_smoothing)


class BCELoss(_Weighted):
    """Cross-entropy of probabilities with targets in [0, 1]."""

    function = staticmethod(functional.binary_cross_entropy)


class BCEWithLogitsLoss(_Weighted):
    """The same from scores, without overflow."""

    function = staticmethod(functional.binary_cross_entropy_with_logits)
