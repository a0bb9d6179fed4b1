"""``reshape`` as PyTorch takes it: a view where memory allows one, else a copy; and which node each leaves behind."""

from __future__ import annotations

import numpy as np

from .. import births
from ..grad_mode import is_recording
from ..mistakes import no_size
from ..primitive import RUNTIME, primitive
from ..tensor import Tensor
from .copies import clone
from .shape import t, view

_draw, _new = RUNTIME["draw"], RUNTIME["new"]


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


unsafe_view.also = ("folds",)  # see folded.py


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


def inferred(out, shape):
    """``out``, of which NumPy has found a size itself; RuntimeError if that was asked for with less than -1."""
    if (told := no_size(shape)) is not None:
        raise RuntimeError(told)
    return out


def in_passing(x, shape, ops=(view,)):
    """``x`` in ``shape`` as only the next operation sees it: after ``ops``, of which the last may change the shape, a view.

    Nodes, memory and version counter are those that ``ops`` would leave, at a third of the price: what no user gets hold of
    cannot be written to, and need not know its base. Where somebody listens, or x is not plain, ``ops`` are called.
    """
    out = laid_flat(x, shape)
    if out is None:
        for op in ops:
            x = reshape_to(x, shape) if op is view else op.call(x, x._array.shape)
        return x
    point = out._node
    if point is not None:
        if is_recording():
            for op in ops:
                if op.node_type is None:
                    op.build()
                node = op.node_type()
                node.seq = _draw()
                node.hooks = None
                node.edges = (point,)
                node.x_shape = x._array.shape
                point = node
        else:
            point = None
        out._node = point
    return out


def turned(x):
    """``x.t()`` of a matrix, as only the next operation sees it: see `in_passing`."""
    array, counter, point = x._array, x._counter, x._node
    if (
        x._more is not None
        or type(array) is not np.ndarray
        or array.ndim != 2
        or births.note is not None
        or t.interpreter is not None
        or (counter is not None and type(counter) is not list)
    ):
        return x.t()
    if counter is None:
        x._counter = counter = [0]
    out = _new(Tensor)
    out._array, out._node, out._counter, out._more = array.T, None, counter, None
    if point is not None and is_recording():
        if t.node_type is None:
            t.build()
        out._node = node = t.node_type()
        node.seq = _draw()
        node.hooks = None
        node.edges = (point,)
    return out


def laid_flat(x, shape):
    """``x`` in ``shape`` without a node for it; None where somebody listens, or x is not plain."""
    array = x._array
    if (
        x._more is not None
        or births.note is not None
        or view.interpreter is not None
        or type(x) is not Tensor
        or type(array) is not np.ndarray
        or not array.flags.c_contiguous
    ):
        return None
    counter = x._counter
    if counter is None:
        x._counter = counter = [0]
    elif type(counter) is not list:  # an inference tensor's
        return None
    out = _new(Tensor)
    out._array, out._node, out._counter, out._more = array.reshape(shape), x._node, counter, None
    return out
