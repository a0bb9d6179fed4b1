"""What several kinds of module need: a number once for each dimension, and the names PyTorch's messages call types by."""

from __future__ import annotations

from types import FunctionType

from ...core.telling import tell
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


def check_cast(dtype) -> None:
    """Raise unless a module can be cast to ``dtype``; warn of complex ones, as PyTorch does."""
    if not (dtype.is_floating_point or dtype.is_complex):
        raise TypeError(f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}")
    if dtype.is_complex:
        tell(
            "Complex modules are a new feature under active development whose design may change, and some modules might not work as "
            "expected when using complex tensors as parameters or buffers. Please file an issue at "
            "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml if a complex module does not work as expected."
        )
