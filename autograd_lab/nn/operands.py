"""What is said of an operand that is no tensor. A function that is Python's here would say that an int has no ``_array``."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable

from ..core.signatures import kind_of
from ..core.tensor import Tensor

# parameters that hold tensors where no annotation says so
TENSORS = frozenset("input input1 x1 anchor query weight bias grid theta".split())
# These warn at the line that called them, which one call more would hide.
WARNING = frozenset(
    """softmax log_softmax softmin gumbel_softmax dropout1d dropout2d dropout3d upsample upsample_nearest upsample_bilinear
       multi_head_attention_forward""".split()
)
ASKED = ("'size'", "'dim'")  # what PyTorch's own functions in Python ask of an operand: there, too, an AttributeError says so


def may_lack_one(word: Callable) -> bool:
    """Whether ``word`` of a module is one of those that users give tensors to."""
    return word.__name__ not in WARNING and not TENSORS.isdisjoint(inspect.signature(word).parameters)


def wants_tensors(word: Callable, module: str) -> Callable:
    """``word`` of ``module``, which says in PyTorch's words which of its arguments should have been a tensor, when it fails."""
    parameters = [
        (p.name, "Tensor" in str(p.annotation) or p.name in TENSORS, p.default is None or "None" in str(p.annotation))
        for p in inspect.signature(word).parameters.values()
    ]

    def no_tensor(args, kwargs) -> TypeError | None:
        for i, (name, wants, optional) in enumerate(parameters):
            if not wants or (i >= len(args) and name not in kwargs):
                continue
            value, where = (args[i], f" (position {i + 1})") if i < len(args) else (kwargs[name], "")
            if not isinstance(value, Tensor) and not (optional and value is None):
                return TypeError(f"{word.__name__}(): argument '{name}'{where} must be Tensor, not {kind_of(value)}")
        return None

    @functools.wraps(word)
    def called(*args, **kwargs):
        try:
            return word(*args, **kwargs)
        except (AttributeError, TypeError, NotImplementedError) as error:
            told = "argument" in str(error) or str(error).endswith(ASKED)
            if told or (blame := no_tensor(args, kwargs)) is None:
                raise
            raise blame from None

    called.__module__ = module
    return called
