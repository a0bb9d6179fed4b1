"""Borders: of a number, of zeros, mirrored, repeated, or from the other side."""

from __future__ import annotations

from ...core.tensor import Tensor
from .. import functional
from .module import Module
from .utils import each


class _Pad(Module):
    """``padding``: one number for every side, or (before, after) from the last dimension on."""

    mode = "constant"
    dimensions: int

    def __init__(self, padding):
        super().__init__()
        self.padding = each(padding, 2 * self.dimensions)

    def forward(self, input: Tensor) -> Tensor:
        return functional.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    def __init__(self, padding, value: float):
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return functional.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    def __init__(self, padding):
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


def _sorts(base, name: str, says: str, **more):
    """The modules of one sort for one, two and three dimensions."""
    return tuple(
        type(f"{name}{n}d", (base,), {"dimensions": n, "__doc__": f"{says} {n}D images.", "__module__": __name__, **more})
        for n in (1, 2, 3)
    )


ConstantPad1d, ConstantPad2d, ConstantPad3d = _sorts(_ConstantPad, "ConstantPad", "A border of one value around")
ZeroPad1d, ZeroPad2d, ZeroPad3d = _sorts(_ZeroPad, "ZeroPad", "A border of zeros around")
ReflectionPad1d, ReflectionPad2d, ReflectionPad3d = _sorts(_Pad, "ReflectionPad", "A mirrored border around", mode="reflect")
ReplicationPad1d, ReplicationPad2d, ReplicationPad3d = _sorts(
    _Pad, "ReplicationPad", "The outermost elements repeated around", mode="replicate"
)
CircularPad1d, CircularPad2d, CircularPad3d = _sorts(
    _Pad, "CircularPad", "A border from the other side around", mode="circular"
)
