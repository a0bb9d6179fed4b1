"""How losses of many elements become one number: ``reduction``, and the two flags that said so before it."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable

from ..core.tensor import Tensor

NUMBERED = ("none", "mean", "sum")  # as PyTorch's functions outside of nn.functional count them


def reduced(loss: Tensor, reduction: str) -> Tensor:
    """``loss`` as it is, its mean or its sum. ValueError for another word."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return loss if reduction == "none" else getattr(loss, reduction)()


def from_flags(size_average, reduce, stacklevel: int = 2) -> str:
    """The reduction that the two flags of old stand for; warns of it."""
    size_average, reduce = (flag is None or bool(flag) for flag in (size_average, reduce))
    reduction = "mean" if size_average and reduce else "sum" if reduce else "none"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
        stacklevel=stacklevel + 1,
    )
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
