"""Zeros at random while training: of elements, of whole channels, and the kind that keeps SELU's moments."""

from __future__ import annotations

from ...core.tensor import Tensor
from .. import functional
from .module import Module


class _DropoutNd(Module):
    function = staticmethod(functional.dropout)

    def __init__(self, p: float = 0.5, inplace: bool = False):
        super().__init__()
        if p < 0 or p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def forward(self, input: Tensor) -> Tensor:
        return type(self).function(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """Each element 0 with probability ``p``, else divided by 1 - p."""


class Dropout1d(_DropoutNd):
    """Each channel of (N, C, L) or (C, L) 0 with probability ``p``, else divided by 1 - p."""

    function = staticmethod(functional.dropout1d)


class Dropout2d(_DropoutNd):
    """Each channel of (N, C, H, W) 0 with probability ``p``, else divided by 1 - p."""

    function = staticmethod(functional.dropout2d)


class Dropout3d(_DropoutNd):
    """Each channel of (N, C, D, H, W) 0 with probability ``p``, else divided by 1 - p."""

    function = staticmethod(functional.dropout3d)


class AlphaDropout(_DropoutNd):
    """Each element SELU's lower limit with probability ``p``; mean and variance stay (Klambauer et al. 2017)."""

    function = staticmethod(functional.alpha_dropout)


class FeatureAlphaDropout(_DropoutNd):
    """AlphaDropout of whole channels."""

    function = staticmethod(functional.feature_alpha_dropout)
