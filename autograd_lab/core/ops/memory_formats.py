"""How the elements of a tensor may lie in memory, by PyTorch's names: ``contiguous_format``, ``channels_last``.

The results of operations do not depend on it, and NumPy lays them out by its own rules, so a format lasts until the next operation.
"""

from __future__ import annotations

import numpy as np

from ..dtypes import no_more
from ..tensor import Tensor
from .copies import clone as copied
from .reshaping import in_order

CHANNELS = {"channels_last": 4, "channels_last_3d": 5}  # the number of dimensions it is for; the second is the last in memory


class memory_format:
    """An order of dimensions in memory; there are four."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name

    def __repr__(self):
        return f"torch.{self.name}"

    def __reduce__(self):
        return f"{self.name}"


class layout:
    """A way to keep elements; here there is one, ``strided``."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name

    def __repr__(self):
        return f"torch.{self.name}"


memory_format.__module__ = layout.__module__ = "torch"
contiguous_format, preserve_format, channels_last, channels_last_3d = map(
    memory_format, ("contiguous_format", "preserve_format", "channels_last", "channels_last_3d")
)
strided = layout("strided")
memory_format.__new__ = layout.__new__ = no_more  # type: ignore[assignment]


def _checked(word: str, wanted) -> None:
    if wanted is not None and not isinstance(wanted, memory_format):
        raise TypeError(f"{word}(): argument 'memory_format' must be torch.memory_format, not {type(wanted).__name__}")


def _channels_last(ndim: int) -> tuple[int, ...]:
    """Dimensions from the slowest in memory to the fastest."""
    return (0, *range(2, ndim), 1)


def is_laid(array: np.ndarray, wanted: memory_format) -> bool:
    """Whether the elements lie so, without gaps."""
    if wanted.name not in CHANNELS:
        return array.flags.c_contiguous
    return array.ndim == CHANNELS[wanted.name] and array.transpose(_channels_last(array.ndim)).flags.c_contiguous


def _fits(x: Tensor, wanted: memory_format) -> None:
    """Raise if the format is for tensors of other ranks."""
    rank = CHANNELS.get(wanted.name)
    if rank is not None and x._array.ndim != rank:
        raise RuntimeError(f"required rank {rank} tensor to use {wanted.name} format")


def arrange(x: Tensor, wanted: memory_format | None) -> Tensor:
    """x, just made and nobody else's, its memory laid out as ``wanted``. RuntimeError if the format is for other ranks."""
    array = x._array
    if wanted is None or wanted.name == "preserve_format" or type(array) is not np.ndarray:
        return x
    _fits(x, wanted)
    if not is_laid(array, wanted):
        order = _channels_last(array.ndim) if wanted.name in CHANNELS else tuple(range(array.ndim))
        memory = np.ascontiguousarray(array.transpose(order))
        x._array = memory.transpose(tuple(np.argsort(order)))
        if x._node is not None and x.is_leaf:
            x._node.array = x._array
    return x


def is_contiguous(x, *, memory_format=contiguous_format) -> bool:
    """Whether the elements lie in order, or as ``memory_format`` says."""
    if memory_format is contiguous_format:
        return x._materialise().flags.c_contiguous
    _checked("is_contiguous", memory_format)
    return is_laid(x._materialise(), memory_format)


def contiguous(x, *, memory_format=contiguous_format):
    """x itself when its elements lie so, else a copy in which they do."""
    _checked("contiguous", memory_format)
    if memory_format.name not in CHANNELS:
        return x if x.is_contiguous() else in_order(x)
    _fits(x, memory_format)
    return x if is_laid(x._materialise(), memory_format) else arrange(copied.call(x), memory_format)


def clone(x, *, memory_format=None):
    """A copy that gradients pass through, laid out as x or as ``memory_format`` says."""
    if memory_format is None:
        return copied.call(x)
    _checked("clone", memory_format)
    return arrange(copied.call(x), memory_format)
