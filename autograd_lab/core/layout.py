"""How NumPy arrays lie in memory: questions about strides."""

from __future__ import annotations

import numpy as np


def is_part(view, whole) -> bool:
    """Whether what is written to ``view`` is written to ``whole``.

    A path leads to a view from its own base; from memory with other strides ``view(-1)`` leads to a copy.
    """
    return view.flags.writeable and np.may_share_memory(view, whole)


def overlaps_itself(array) -> bool:
    """Whether two elements may lie at one place in memory."""
    span = array.itemsize
    for stride, n in sorted((abs(s), n) for s, n in zip(array.strides, array.shape) if n > 1):
        if stride < span:
            return True
        span += stride * (n - 1)
    return False


def broadcast_strides(x, shape) -> tuple[int, ...]:
    """x's strides when it is seen as ``shape``: 0 where a dimension is repeated."""
    lead = len(shape) - x.ndim
    return (0,) * lead + tuple(0 if n == 1 and m != 1 else s for n, m, s in zip(x.shape, shape[lead:], x.strides))


def is_dense(array) -> bool:
    """Whether the elements fill a piece of memory, in whatever order of the dimensions."""
    size = array.itemsize
    for stride, n in sorted(zip(array.strides, array.shape)):
        if n != 1:
            if stride != size:
                return False
            size *= n
    return True
