"""What several kinds of module need: a number once for each dimension, and the names PyTorch's messages call types by."""

from __future__ import annotations

from types import FunctionType

from ...core.tensor import Tensor


def each(value, n: int) -> tuple:
    """``value`` once for each of ``n`` dimensions; an iterable as it is."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * n


def _single(value) -> tuple:
    return each(value, 1)


def _pair(value) -> tuple:
    return each(value, 2)


def _triple(value) -> tuple:
    return each(value, 3)


def under_its_own_name(cls: type, *methods: str) -> None:
    """Copies of inherited methods, so that Python's complaints about their arguments name ``cls``, which is what was called."""
    for word in methods:
        if word not in vars(cls):
            method = getattr(cls, word)
            copy = FunctionType(method.__code__, method.__globals__, method.__name__, method.__defaults__, method.__closure__)
            copy.__kwdefaults__, copy.__doc__ = method.__kwdefaults__, method.__doc__
            copy.__annotations__, copy.__qualname__ = method.__annotations__, f"{cls.__name__}.{word}"
            setattr(cls, word, copy)


def typename(x) -> str:
    """``torch.FloatTensor``, ``torch.nn.modules.linear.Linear``, ``int``: what a message calls the type of ``x``."""
    if isinstance(x, Tensor) and type(x) is Tensor:
        return x.type()
    kind = x if isinstance(x, type) else type(x)
    place = kind.__module__.replace(__package__, "torch.nn.modules")
    return kind.__qualname__ if place in ("builtins", "__builtin__", "") else f"{place}.{kind.__qualname__}"
