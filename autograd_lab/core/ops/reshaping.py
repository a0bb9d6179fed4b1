"""``reshape`` as PyTorch takes it: a view where memory allows one, else a copy; and which node each leaves behind."""

from __future__ import annotations

import numpy as np

from ..primitive import primitive
from .copies import clone
from .shape import view


@primitive(view=True)
def reshape_alias(xp, x, *, shape):
    """The same memory in another shape, of a tensor whose elements do not lie in order."""
    return xp.reshape(x, shape)


@reshape_alias.vjp("x")
def reshape_alias_x(xp, g, x_shape):
    return xp.reshape(g, x_shape)


@primitive
def unsafe_view(xp, x, *, shape):
    """Another shape of memory that nobody else has: not a view of it, so both may be written to."""
    return xp.reshape(x, shape)


@unsafe_view.vjp("x")
def unsafe_view_x(xp, g, x_shape):
    return xp.reshape(g, x_shape)


def in_order(x):
    """A copy of x whose elements lie in order: ``clone(memory_format=torch.contiguous_format)``."""
    out = clone.call(x)
    if type(out._array) is np.ndarray and not out._array.flags.c_contiguous:  # a copy keeps the order of what it copies
        out._array = np.ascontiguousarray(out._array)
    return out


def can_view(array, shape) -> bool:
    """Whether ``array``'s memory can be seen in another shape without a copy."""
    try:
        return array.size == 0 or array.shape == shape or np.may_share_memory(array.reshape(shape), array)
    except ValueError:
        return True  # no such shape: the view says so


def reshape_to(x, shape):
    """x in ``shape``, a tuple."""
    array = x._array
    if type(array) is not np.ndarray or array.flags.c_contiguous:  # a NumPy scalar, or an array of JAX's
        return view.call(x, shape)
    if can_view(array, shape):
        return reshape_alias.call(x, shape)
    return unsafe_view.call(in_order(x), shape)
