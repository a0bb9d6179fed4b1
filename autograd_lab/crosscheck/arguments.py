"""The arguments of a call, taken apart: which are differentiated by, what they are called, and the call with others in their places."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core import Tensor
from ..core.dtypes import DIFFERENTIABLE
from ..core.tensor import wrap
from .outside import widened


class Arguments:
    """A call's: ``arrays`` are the leaves to differentiate by, ``names`` what to call them."""

    def __init__(self, function, args, dtype):
        self.dtype, self.arrays, self.names, self.given = dtype, [], [], []
        tensors = [t for _, t in walked("", args) if isinstance(t, Tensor)]
        floating = [t for t in tensors if t._array.dtype.kind in DIFFERENTIABLE]
        self.chosen = {id(t) for t in floating if t.requires_grad} or {id(t) for t in floating}
        self.numbers = not floating
        self.slots: dict[int, int] = {}
        named = _parameters(function, args)
        self.args = tuple(self._open(name, value) for name, value in zip(named, args))

    def filled(self, tensors) -> list:
        """The arguments again with ``tensors`` in the places of the leaves; other tensors are copied anew for each call."""
        return [_close(a, tensors) for a in self.args]

    def _open(self, name, value):
        if isinstance(value, Tensor):
            if id(value) not in self.chosen:
                return Constant(widened(value._array, self.dtype))
            if id(value) not in self.slots:
                self.slots[id(value)] = self._add(name, value._array)
            return Slot(self.slots[id(value)])
        if self.numbers and (isinstance(value, (float, complex)) or _is_floating(value)):
            return Slot(self._add(name, _in_float64(value)))
        if self.numbers and (library := type(value).__module__.partition(".")[0]) in ("jax", "jaxlib", "torch"):
            whose = "PyTorch's" if library == "torch" else "JAX's"
            raise TypeError(
                f"{name} is an array of {whose}: give check() a tensor or a NumPy array, such as np.asarray({name})"
            )
        if isinstance(value, (list, tuple)):
            if (
                self.numbers
                and not hasattr(value, "_fields")
                and _is_floating(np.asarray(value) if _plain_numbers(value) else None)
            ):
                return Slot(self._add(name, _in_float64(value)))
            return _alike(value, (self._open(f"{name}[{i}]", v) for i, v in enumerate(value)))
        if isinstance(value, dict):
            return {k: self._open(f"{name}[{k!r}]", v) for k, v in value.items()}
        return value

    def _add(self, name, array):
        self.given.append(array)
        self.arrays.append(widened(array, self.dtype))
        self.names.append(name)
        return len(self.arrays) - 1


@dataclass
class Slot:
    """Where a leaf goes."""

    index: int


@dataclass
class Constant:
    """A tensor that is not differentiated by."""

    array: Any


def _close(value, tensors):
    if isinstance(value, Slot):
        return tensors[value.index]
    if isinstance(value, Constant):
        return wrap(np.array(value.array)[()])
    if isinstance(value, (list, tuple)):
        return _alike(value, (_close(v, tensors) for v in value))
    return {k: _close(v, tensors) for k, v in value.items()} if isinstance(value, dict) else value


def opened(function, args) -> Iterator[tuple[str, Any]]:
    """(name, value) for everything in a call's arguments: ``x``, ``params['w']``, ``layers[0]``."""
    for name, value in zip(_parameters(function, args), args):
        yield from walked(name, value)


def walked(name, value) -> Iterator[tuple[str, Any]]:
    """(name, value) for everything in ``value``, which is called ``name``."""
    if isinstance(value, (list, tuple)):
        for i, v in enumerate(value):
            yield from walked(f"{name}[{i}]", v)
    elif isinstance(value, dict):
        for k, v in value.items():
            yield from walked(f"{name}[{k!r}]", v)
    else:
        yield name, value


def _alike(value, parts):
    """A list or tuple of the kind of ``value``, a named tuple too, with other parts."""
    return (type(value)._make if hasattr(value, "_fields") else type(value))(parts)


def _in_float64(value) -> np.ndarray:
    return np.asarray(value, np.complex128 if np.iscomplexobj(value) else np.float64)


def _plain_numbers(value) -> bool:
    return bool(value) and all(
        _plain_numbers(v) if isinstance(v, (list, tuple)) else isinstance(v, (int, float, complex)) for v in value
    )


def _is_floating(value) -> bool:
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in DIFFERENTIABLE


def _parameters(function, args) -> list[str]:
    """What the function calls its positional arguments."""
    try:
        called = function.forward if hasattr(function, "named_parameters") else function
        parameters = list(inspect.signature(called).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = []
    for i in range(len(args)):
        last = parameters[min(i, len(parameters) - 1)] if parameters else None
        if last is not None and last.kind is last.VAR_POSITIONAL:
            names.append(f"{last.name}[{i - parameters.index(last)}]")
        else:
            names.append(last.name if last is not None and i < len(parameters) else f"arg{i}")
    return names
