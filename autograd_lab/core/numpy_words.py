"""NumPy's functions on tensors: what each is in our words, with NumPy's names for the arguments.

Loaded when the first NumPy function meets a tensor. A function that is not here works on the arrays, and is refused when a
gradient would be lost (exchange.py).
"""

from __future__ import annotations

import inspect

import numpy as np

from .ops import METHODS, later
from .tensor import Tensor, wrap

TABLE: dict = {}  # (module, name) -> function


def word(name: str):
    """Our function of that name."""
    return METHODS[name] if name in METHODS else later.function(name)


def tensor(x) -> Tensor:
    """What a user gave where a tensor is wanted."""
    return x if isinstance(x, Tensor) else wrap(np.asarray(x))


def tensors(xs) -> list[Tensor]:
    return [tensor(x) for x in (xs.unbind(0) if isinstance(xs, Tensor) else xs)]


def says(*names, linalg=False):
    """Declare the function for NumPy's of its own name, or of ``names``."""

    def declare(function):
        parameters = inspect.signature(function).parameters
        for name in names or (function.__name__.rstrip("_"),):
            TABLE["numpy.linalg" if linalg else "numpy", name] = function, list(parameters)
        return function

    return declare


def answer(function, args, kwargs):
    """The tensor ``function(*args, **kwargs)`` is; NotImplemented where there is no word for it, or not with these arguments."""
    module = "numpy.linalg" if function.__module__ == "numpy.linalg" else "numpy"
    found = TABLE.get((module, function.__name__))
    if found is None:
        return NotImplemented
    mine, parameters = found
    kwargs = {k: v for k, v in kwargs.items() if v is not None and type(v).__name__ != "_NoValueType"}
    if len(args) > len(parameters) or any(k not in parameters for k in kwargs):
        return NotImplemented
    return mine(*args, **kwargs)


def by_dim(axis, **more) -> dict:
    """Our names for ``axis`` and what goes with it."""
    return {**({} if axis is None else {"dim": axis}), **{k: v for k, v in more.items() if v}}


from . import numpy_numbers, numpy_shapes  # noqa: E402, F401  (they fill the table)
