"""How losses of many elements become one number: ``reduction``, and the two flags that said so before it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable

from ..core.telling import tell
from ..core.tensor import Tensor

NUMBERED = ("none", "mean", "sum")  # as PyTorch's functions outside of nn.functional count them


def checked(reduction: str) -> str:
    """``reduction``, by its name of today. ValueError for another word."""
    if reduction in NUMBERED:
        return reduction
    if reduction != "elementwise_mean":
        raise ValueError(f"{reduction} is not a valid value for reduction")
    tell("reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.")
    return "mean"


def reduced(loss: Tensor, reduction: str) -> Tensor:
    """``loss`` as it is, its mean or its sum. ValueError for another word."""
    reduction = checked(reduction)
    return loss if reduction == "none" else getattr(loss, reduction)()


def from_flags(size_average, reduce) -> str:
    """The reduction that the two flags of old stand for; warns of it."""
    size_average, reduce = (flag is None or bool(flag) for flag in (size_average, reduce))
    reduction = "mean" if size_average and reduce else "sum" if reduce else "none"
    tell(f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.")
    return reduction


def takes_flags(word: Callable) -> Callable:
    """``word``, whose parameters ``size_average`` and ``reduce`` are honoured; calls without them pay next to nothing."""
    signature = inspect.signature(word)
    first = min(list(signature.parameters).index(name) for name in ("size_average", "reduce"))

    @functools.wraps(word)
    def loss(*args, **kwargs):
        if len(args) <= first and "size_average" not in kwargs and "reduce" not in kwargs:
            return word(*args, **kwargs)
        given = signature.bind(*args, **kwargs).arguments
        flags = given.pop("size_average", None), given.pop("reduce", None)
        if flags != (None, None):
            given["reduction"] = from_flags(*flags)
        return word(**given)

    return loss
