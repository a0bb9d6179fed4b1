"""``Size``: a shape. It prints as PyTorch's does, and what is made of one by ``+``, ``*`` and slices is one too."""

from __future__ import annotations

import functools
import math


class Size(tuple):
    """``Size([2, 3])``: sizes of dimensions, integers all. TypeError for anything else.

    >>> Size([2, 3, 4])[1:] + (5,)
    torch.Size([3, 4, 5])
    """

    __slots__ = ()

    def __new__(cls, *sizes):
        made = tuple.__new__(cls, *sizes)
        if all(type(n) is int for n in made):
            return made
        return tuple.__new__(cls, [_whole(i, n) for i, n in enumerate(made)])

    def __repr__(self):
        return f"torch.Size({list(self)})"

    def numel(self) -> int:
        return math.prod(self)

    def __getitem__(self, key):
        found = tuple.__getitem__(self, key)
        return sized(found) if type(key) is slice else found

    def __add__(self, other):
        if not isinstance(other, tuple):
            return self._joined(other)
        return Size(tuple.__add__(self, other))

    def _joined(self, other):
        if hasattr(other, "__radd__"):
            return NotImplemented
        raise TypeError(f"can only concatenate tuple (not {type(other).__name__}) to torch.Size")

    def __radd__(self, other):
        return Size(tuple.__add__(other, self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times):
        if hasattr(times, "__index__"):
            return sized(tuple.__mul__(self, times))
        if hasattr(times, "__array__"):
            return NotImplemented
        raise TypeError(f"can't multiply sequence by non-int of type '{type(times).__name__}'")

    __rmul__ = __mul__

    def __reduce__(self):
        return _remade, (tuple(self),)


def _remade(sizes: tuple) -> Size:
    """Size, by a name that pickle finds here."""
    return Size(sizes)


def _whole(i: int, n) -> int:
    """Element ``i``, which is no plain int, as one."""
    try:
        return n.__index__() + 0
    except (AttributeError, TypeError):
        raise TypeError(f"torch.Size() takes an iterable of 'int' (item {i} is '{_kind(n)}')") from None


def _kind(n) -> str:
    return f"numpy.{type(n).__name__}" if type(n).__module__ == "numpy" else type(n).__name__


sized = functools.partial(tuple.__new__, Size)  # of a tuple of integers: nothing is asked, and no Python runs
Size.__module__ = "torch"
