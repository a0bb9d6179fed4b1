"""Positions in a program's lines that its inputs tell: NumPy refuses one that is out of bounds, and XLA reads another element."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .lines import Apply, Call, Guard, Line, Var


class Within(Guard):
    """Positions along a dimension of ``size``, the ``dim``-th of what is indexed; the program holds where none is outside."""

    __slots__ = ("dim", "size")

    def __init__(self, var: Var, dim: int, size: int):
        super().__init__("within", var, size)
        self.dim, self.size = dim, size

    def holds(self, value) -> bool:
        return not self.outside(value).any()

    def holds_in(self, jnp: Any, value) -> Any:
        return jnp.all((value >= -self.size) & (value < self.size))

    def outside(self, value) -> np.ndarray:
        """Which of the positions are."""
        return np.asarray((value < -self.size) | (value >= self.size))

    def error(self, value) -> IndexError:
        """PyTorch's sentence for the first that is."""
        value = np.asarray(value)
        first = value[self.outside(value)].flat[0]
        return IndexError(f"index {first} is out of bounds for dimension {self.dim} with size {self.size}")


def positions_in(lines: Sequence[Line]) -> list[Within]:
    """What has to hold of the positions that ``lines`` read at or write to, each Var along a dimension once."""
    found: dict[tuple, Within] = {}
    for line in lines:
        if isinstance(line, Apply) and line.name in ("index", "select", "index_put"):
            x, key = line.args[0], line.params["key"]
        elif isinstance(line, Call) and line.function is operator.getitem:
            x, key = line.args
        else:
            continue
        shape = np.shape(x.example) if isinstance(x, Var) else np.shape(x)
        for var, dim in _places(key if type(key) is tuple else (key,), len(shape)):
            found.setdefault((var, dim, shape[dim]), Within(var, dim, shape[dim]))
    return list(found.values())


def _places(key: tuple, ndim: int) -> Iterator[tuple[Var, int]]:
    """(positions that are given anew, the dimension they are along) for each part of a key."""
    widths = [_width(k) for k in key]
    dim = 0
    for k, width in zip(key, widths):
        if type(k) is Var and k.dtype.kind in "iu":
            yield k, dim
        dim += ndim - sum(widths) if k is ... else width


def _width(k) -> int:
    """How many dimensions a part of a key takes."""
    if k is None or k is ... or isinstance(k, bool):
        return 0
    like = k.example if type(k) is Var else k
    return np.ndim(like) if getattr(like, "dtype", np.dtype(int)).kind == "b" else 1
