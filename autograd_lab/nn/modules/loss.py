"""Losses as modules: their ``reduction`` is "mean", "sum" or "none"; what else they take, their function takes too."""

from __future__ import annotations

import math

from ...core.telling import tell
from ...core.tensor import Tensor
from .. import functional
from ..reduction import from_flags
from .distance import PairwiseDistance
from .linear import Linear
from .module import Module
from .utils import under_its_own_name


class _Loss(Module):
    """``function`` of what forward is given, with the settings named in ``settings``."""

    function: staticmethod
    settings: tuple[str, ...] = ()
    reduction: str

    def __init_subclass__(cls) -> None:
        under_its_own_name(cls, "forward")

    def __init__(self, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__()
        old = size_average is not None or reduce is not None
        self.reduction = from_flags(size_average, reduce) if old else reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return self._lost(input, target)

    def _lost(self, *tensors):
        return type(self).function(*tensors, reduction=self.reduction, **{name: getattr(self, name) for name in self.settings})


class _WeightedLoss(_Loss):
    settings = ("weight",)

    def __init__(self, weight: Tensor | None = None, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.weight: Tensor | None


class L1Loss(_Loss):
    """|input - target|."""

    function = staticmethod(functional.l1_loss)


class MSELoss(_Loss):
    """(input - target) squared."""

    function = staticmethod(functional.mse_loss)


class SmoothL1Loss(_Loss):
    """A parabola within ``beta`` of 0, |d| - beta / 2 outside."""

    function, settings = staticmethod(functional.smooth_l1_loss), ("beta",)

    def __init__(self, size_average=None, reduce=None, reduction: str = "mean", beta: float = 1.0):
        super().__init__(size_average, reduce, reduction)
        self.beta = beta


class HuberLoss(_Loss):
    """A parabola within ``delta`` of 0, a straight line of slope ``delta`` outside."""

    function, settings = staticmethod(functional.huber_loss), ("delta",)

    def __init__(self, reduction: str = "mean", delta: float = 1.0):
        super().__init__(reduction=reduction)
        if not isinstance(delta, (int, float)):
            raise TypeError(f"delta must be a float or int, got: {type(delta)}")
        self.delta = delta


class SoftMarginLoss(_Loss):
    """log(1 + exp(-target * input)), targets 1 or -1."""

    function = staticmethod(functional.soft_margin_loss)


class NLLLoss(_WeightedLoss):
    """Minus the log-probability of the right class, from log-probabilities."""

    function, settings = staticmethod(functional.nll_loss), ("weight", "ignore_index")

    def __init__(
        self, weight: Tensor | None = None, size_average=None, ignore_index: int = -100, reduce=None, reduction: str = "mean"
    ):
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index


class NLLLoss2d(NLLLoss):
    """NLLLoss, by an old name."""

    def __init__(self, weight: Tensor | None = None, size_average=None, ignore_index: int = -100, reduce=None,
                 reduction: str = "mean"):  # fmt: skip
        tell("`NLLLoss2d` has been deprecated. Please use `NLLLoss` instead as a drop-in replacement and see "
             "https://pytorch.org/docs/main/nn.html#torch.nn.NLLLoss for more details.", FutureWarning)  # fmt: skip
        super().__init__(weight, size_average, ignore_index, reduce, reduction)


class CrossEntropyLoss(_WeightedLoss):
    """Minus the log-probability of the right class, from scores.

    >>> import autograd_lab as torch
    >>> torch.nn.CrossEntropyLoss()(torch.zeros(1, 2), torch.tensor([0]))
    tensor(0.6931)
    """

    function, settings = staticmethod(functional.cross_entropy), ("weight", "ignore_index", "label_smoothing")

    def __init__(self, weight: Tensor | None = None, size_average=None, ignore_index: int = -100, reduce=None,
                 reduction: str = "mean", label_smoothing: float = 0.0):  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing


class LinearCrossEntropyLoss(_WeightedLoss):
    """``CrossEntropyLoss`` of the scores that a linear layer of its own makes: ``linear`` has num_classes times out_features rows."""

    def __init__(self, in_features: int, num_classes: int, *, out_features: tuple[int, ...] = (), bias: bool = False, device=None,
                 dtype=None, reduction: str = "mean", weight: Tensor | None = None, ignore_index: int | None = None,
                 label_smoothing: float = 0.0, options=None):  # fmt: skip
        if weight is not None and weight.shape != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        super().__init__(weight, reduction=reduction)
        self.num_classes, self.out_features, self.options = num_classes, out_features, options
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing
        self.linear = Linear(in_features, math.prod((num_classes, *out_features)), bias, device, dtype)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        shape, bias = (self.num_classes, *self.out_features), self.linear.bias
        return functional.linear_cross_entropy(
            input, self.linear.weight.reshape(*shape, self.linear.in_features), target,
            linear_bias=None if bias is None else bias.reshape(shape), weight=self.weight, reduction=self.reduction,
            ignore_index=self.ignore_index, label_smoothing=self.label_smoothing, options=self.options)  # fmt: skip


class BCELoss(_WeightedLoss):
    """Cross-entropy of probabilities with targets in [0, 1]."""

    function = staticmethod(functional.binary_cross_entropy)


class BCEWithLogitsLoss(_Loss):
    """The same from scores, without overflow; ``pos_weight`` counts positive targets more."""

    function, settings = staticmethod(functional.binary_cross_entropy_with_logits), ("weight", "pos_weight")

    def __init__(self, weight: Tensor | None = None, size_average=None, reduce=None, reduction: str = "mean",
                 pos_weight: Tensor | None = None):  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)
        self.weight: Tensor | None
        self.pos_weight: Tensor | None


class KLDivLoss(_Loss):
    """target * (log target - input), ``input`` in logarithms."""

    function, settings = staticmethod(functional.kl_div), ("log_target",)

    def __init__(self, size_average=None, reduce=None, reduction: str = "mean", log_target: bool = False):
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target


class PoissonNLLLoss(_Loss):
    """Minus the log-probability of counts."""

    function, settings = staticmethod(functional.poisson_nll_loss), ("log_input", "full", "eps")

    def __init__(self, log_input: bool = True, full: bool = False, size_average=None, eps: float = 1e-8, reduce=None,
                 reduction: str = "mean"):  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        self.log_input, self.full, self.eps = log_input, full, eps


class GaussianNLLLoss(_Loss):
    """Minus the log-density of normal distributions of the given means and variances."""

    function, settings = staticmethod(functional.gaussian_nll_loss), ("full", "eps")

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean"):
        super().__init__(None, None, reduction)
        self.full, self.eps = full, eps

    def forward(self, input: Tensor, target: Tensor, var) -> Tensor:  # type: ignore[override]
        return self._lost(input, target, var)


class HingeEmbeddingLoss(_Loss):
    """x where the target is 1, max(0, margin - x) where it is -1."""

    function, settings = staticmethod(functional.hinge_embedding_loss), ("margin",)

    def __init__(self, margin: float = 1.0, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.margin = margin


class MarginRankingLoss(_Loss):
    """max(0, -target (x1 - x2) + margin)."""

    function, settings = staticmethod(functional.margin_ranking_loss), ("margin",)

    def __init__(self, margin: float = 0.0, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:  # type: ignore[override]
        return self._lost(input1, input2, target)


class CosineEmbeddingLoss(MarginRankingLoss):
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1."""

    function = staticmethod(functional.cosine_embedding_loss)


class MultiMarginLoss(_WeightedLoss):
    """How far every other class comes within ``margin`` of the right one, to the power p, over the number of classes."""

    function, settings = staticmethod(functional.multi_margin_loss), ("p", "margin", "weight")

    def __init__(self, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, size_average=None, reduce=None,
                 reduction: str = "mean"):  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError("only p == 1 and p == 2 supported")
        if weight is not None and weight.dim() != 1:
            raise ValueError(f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.dim()}D instead")
        self.p, self.margin = p, margin


class MultiLabelMarginLoss(_Loss):
    """How far classes that are not targets come within 1 of those that are; targets are listed up to the first -1."""

    function = staticmethod(functional.multilabel_margin_loss)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """Binary cross-entropy of every class from scores, averaged over classes."""

    function = staticmethod(functional.multilabel_soft_margin_loss)


class TripletMarginLoss(_Loss):
    """max(0, distance to the positive - distance to the negative + margin)."""

    function, settings = staticmethod(functional.triplet_margin_loss), ("margin", "p", "eps", "swap")

    def __init__(self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, size_average=None, reduce=None,
                 reduction: str = "mean"):  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected margin to be greater than 0, got {margin} instead")
        self.margin, self.p, self.eps, self.swap = margin, p, eps, swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:  # type: ignore[override]
        return self._lost(anchor, positive, negative)


class TripletMarginWithDistanceLoss(_Loss):
    """The same with a distance of one's own."""

    function = staticmethod(functional.triplet_margin_with_distance_loss)
    settings = ("distance_function", "margin", "swap")

    def __init__(self, *, distance_function=None, margin: float = 1.0, swap: bool = False, reduction: str = "mean"):
        super().__init__(None, None, reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginWithDistanceLoss: expected margin to be greater than 0, got {margin} instead")
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin, self.swap = margin, swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:  # type: ignore[override]
        return self._lost(anchor, positive, negative)


class CTCLoss(_Loss):
    """Minus the log-probability of texts over all ways to lay them along sequences (Graves et al. 2006)."""

    function, settings = staticmethod(functional.ctc_loss), ("blank", "zero_infinity")

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False):
        super().__init__(reduction=reduction)
        self.blank, self.zero_infinity = blank, zero_infinity

    def forward(self, log_probs: Tensor, targets: Tensor, input_lengths, target_lengths) -> Tensor:  # type: ignore[override]
        return self._lost(log_probs, targets, input_lengths, target_lengths)
