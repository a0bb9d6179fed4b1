"""Functions that draw random numbers while training: PyTorch's own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core import random
from ..core.device import beside, looked_at
from ..core.node import called
from ..core.ops.convert import must_be
from ..core.ops.draws import drawable
from ..core.ops.later import function as _function
from ..core.ops.told import told
from ..core.refusals import floats_only
from ..core.signatures import kind_of
from ..core.telling import tell
from ..core.tensor import Tensor, wrap

__all__ = [
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
    "gumbel_softmax",
    "rrelu",
]


def _checked(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _parsed(word: str, input, p, training, inplace) -> float:
    """``p`` as a number. TypeError unless the three are what PyTorch's ``word`` takes."""
    word += "_" if inplace else ""
    must_be(Tensor, word, "input", input, 1)
    if isinstance(p, Tensor) and (p._array.ndim or p.requires_grad):
        must_be(float, word, "p", p, 2)
    must_be(bool, word, "train", training, 3)
    return float(p)


def _kept(shape, p: float, like: Any = None) -> np.ndarray:
    """True with probability 1 - p; drawn in the order in which the elements of ``like`` lie in memory, as in PyTorch."""
    drawn = random.source().uniform(math.prod(shape), np.dtype("f8")) < 1 - p
    strides = getattr(like, "strides", ())  # an array of JAX's has none: there, elements lie in order
    order = sorted(range(len(strides)), key=lambda d: -strides[d])
    if order == sorted(order) or [strides[d] for d in order] != _steps([shape[d] for d in order], like.itemsize):
        return drawn.reshape(shape)
    return drawn.reshape([shape[d] for d in order]).transpose(np.argsort(order))


def _steps(shape, itemsize: int) -> list[int]:
    """The strides of an array whose elements lie in order."""
    return [itemsize * math.prod(shape[d + 1 :]) for d in range(len(shape))]


def _scaled(input: Tensor, shape, p: float, inplace: bool) -> Tensor:
    """``input`` times 0 or 1 / (1 - p), drawn in ``shape``."""
    dtype = input._array.dtype
    kept = _kept(shape, p, input._materialise() if shape == input._array.shape else None)
    if dtype.kind in "biu":
        raise RuntimeError(f"result type Float can't be cast to the desired output type {input.dtype.kind}")
    drawable("bernoulli_", input)
    scale = wrap(beside(kept.astype(dtype) / dtype.type(1 - p), input._array))
    return input.mul_(scale) if inplace else input * scale


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each element 0 with probability ``p``, else divided by 1 - p. PyTorch's random numbers."""
    _checked(p)
    if type(training) is not bool or type(p) is not float or not isinstance(input, Tensor):
        p = _parsed("dropout", input, p, training, inplace)
    if not training or p == 0 or not input._array.size:
        return input
    if p == 1:
        return input.mul_(0.0) if inplace else input * 0.0
    return _scaled(input, input._array.shape, p, inplace)


def _channels(input: Tensor) -> tuple[int, ...]:
    """(N, C, 1, ...): one draw a channel."""
    return (*input._array.shape[:2], *(1,) * (input._array.ndim - 2))


def _feature_dropout(input: Tensor, p: float, training: bool, inplace: bool) -> Tensor:
    p = _parsed("feature_dropout", input, p, training, inplace)
    if not training or p == 0:
        return input
    if p == 1:
        return input.mul_(0.0) if inplace else input * 0.0
    return _scaled(input, _channels(input), p, inplace)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each channel of (N, C, L) or (C, L) 0 with probability ``p``, else divided by 1 - p."""
    _checked(p)
    if input.dim() not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.dim()}D input. Note that dropout1d exists to provide "
            "channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension (i.e. "
            "2D or 3D inputs)."
        )
    if input.dim() == 2:
        out = _feature_dropout(input.unsqueeze_(0) if inplace else input.unsqueeze(0), p, training, inplace)
        return out.squeeze_(0) if inplace else out.squeeze(0)
    return _feature_dropout(input, p, training, inplace)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each channel of (N, C, H, W) 0 with probability ``p``, else divided by 1 - p."""
    _checked(p)
    if input.dim() not in (3, 4):
        tell(
            f"dropout2d: Received a {input.dim()}-D input to dropout2d, which is deprecated and will result in an error in a future "
            "release. To retain the behavior and silence this warning, please use dropout instead. Note that dropout2d exists to "
            "provide channel-wise dropout on inputs with 2 spatial dimensions, a channel dimension, and an optional batch dimension "
            "(i.e. 3D or 4D inputs)."
        )
    if input.dim() == 3:
        tell(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired - input is "
            "interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a future release to interpret "
            "the input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise dropout behavior, "
            "please switch to using dropout1d instead."
        )
    return _feature_dropout(input, p, training, inplace)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each channel of (N, C, D, H, W) or (C, D, H, W) 0 with probability ``p``, else divided by 1 - p."""
    _checked(p)
    if input.dim() not in (4, 5):
        tell(
            f"dropout3d: Received a {input.dim()}-D input to dropout3d, which is deprecated and will result in an error in a future "
            "release. To retain the behavior and silence this warning, please use dropout instead. Note that dropout3d exists to "
            "provide channel-wise dropout on inputs with 3 spatial dimensions, a channel dimension, and an optional batch dimension "
            "(i.e. 4D or 5D inputs)."
        )
    if input.dim() == 4:
        return _feature_dropout(input.unsqueeze(0), p, training, inplace).squeeze(0)
    return _feature_dropout(input, p, training, inplace)


_LIMIT = -1.7580993408473766  # of SELU at minus infinity


def _alpha_dropout(input: Tensor, shape, p: float, training: bool, inplace: bool) -> Tensor:
    _checked(p)
    if not training or p == 0:
        return input
    if p == 1:
        return input.mul_(0.0) if inplace else input * 0.0
    kept, dtype = _kept(shape, p), input._array.dtype
    a = 1 / math.sqrt((_LIMIT * _LIMIT * p + 1) * (1 - p))
    scale, shift = (
        wrap(beside((kept * a).astype(dtype), input._array)),
        wrap(beside(np.where(kept, 0, a * _LIMIT).astype(dtype) - dtype.type(a * _LIMIT * p), input._array)),
    )
    return input.mul_(scale).add_(shift) if inplace else input * scale + shift


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Each element SELU's lower limit with probability ``p``, all scaled and shifted so that mean and variance stay."""
    return _alpha_dropout(input, input._array.shape, p, training, inplace)


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """``alpha_dropout`` of whole channels."""
    return _alpha_dropout(input, _channels(input), p, training, inplace)


def rrelu(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """x where positive; else x times a slope drawn from [lower, upper) while training, their mean otherwise."""
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    floats_only("rrelu_with_noise_out_cpu" if training else "leaky_relu_cpu", input)
    low = looked_at(input._array) <= 0
    drawn: Any = (lower + upper) / 2
    if training and low.any():
        place = np.maximum(np.cumsum(low.reshape(-1)) - 1, 0)  # one number for each of them, in their order
        drawn = random.source().uniform(int(low.sum()), np.dtype("f8"), lower, upper)[place].reshape(low.shape)
    slopes = wrap(beside(np.where(low, drawn, 1.0).astype(input._array.dtype), input._array))
    if inplace:
        out = called(input.mul_(slopes), "RreluWithNoiseBackward1")
    else:
        out = called(input * slopes, "RreluWithNoiseBackward0")
    return told(out, lower=lower, upper=upper, training=training)


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A sample that is nearly one-hot, by softmax of logits and Gumbel noise (Jang et al. 2017); ``hard`` rounds its value."""
    if eps != 1e-10:
        tell("`eps` parameter is deprecated and has no effect.")
    if not isinstance(logits, Tensor):
        raise TypeError(f"empty_like(): argument 'input' (position 1) must be Tensor, not {kind_of(logits)}")
    drawable("exponential_", logits)
    drawn = -np.log1p(-random.source().uniform(logits._array.size, np.dtype("f8")))
    noise = -np.log(drawn).astype(logits._array.dtype).reshape(logits._array.shape)
    soft = _function("softmax")((logits + wrap(beside(noise, logits._array))) / tau, dim)
    if not hard:
        return soft
    values = looked_at(soft._array)
    places = np.arange(values.shape[dim]).reshape([-1 if d == dim % values.ndim else 1 for d in range(values.ndim)])
    ones = (places == np.expand_dims(values.argmax(dim), dim)).astype(values.dtype)
    return wrap(beside(ones, soft._array)) - soft.detach() + soft
