"""Methods that write over a tensor and are more, or less, than a word written over it: ``addbmm_``, ``fill_diagonal_``, ``apply_``."""

from __future__ import annotations

import numpy as np

from .. import grad_mode
from ..inplace import bump, fill, in_place, refuse, take_over
from ..tensor import Tensor
from .products import addbmm, addmm, baddbmm

# ---------------------------------------------------------------------- products


def _as_large(x, shape) -> None:
    """Refuse to add a product of another shape in place."""
    if x._array.shape != shape:
        raise RuntimeError(
            f"Bad in-place call: input tensor size {list(x._array.shape)} and output tensor size {list(shape)} should match"
        )


def addmm_(x, mat1, mat2, *, beta=1, alpha=1):
    """``addmm``, written over x."""
    if mat1._array.ndim == mat2._array.ndim == 2:
        _as_large(x, (mat1._array.shape[0], mat2._array.shape[1]))
    return in_place(addmm, x, mat1, mat2, beta=beta, alpha=alpha)


def baddbmm_(x, batch1, batch2, *, beta=1, alpha=1):
    """``baddbmm``, written over x."""
    if batch1._array.ndim == batch2._array.ndim == 3:
        _as_large(x, (*batch1._array.shape[:2], batch2._array.shape[2]))
    return in_place(baddbmm, x, batch1, batch2, beta=beta, alpha=alpha)


def addbmm_(x, batch1, batch2, *, beta=1, alpha=1):
    """``addbmm``, written over x, which takes the product's shape if it was smaller."""
    if x._is_view() or batch1._array.ndim != 3 or x._array.shape == (batch1._array.shape[1], batch2._array.shape[-1]):
        return in_place(addbmm, x, batch1, batch2, beta=beta, alpha=alpha)
    recorded = grad_mode.is_recording() and any(t.requires_grad for t in (x, batch1, batch2))
    refuse(x, recorded)
    result = addbmm(x, batch1, batch2, beta=beta, alpha=alpha)
    x._array = result._array
    bump(x)
    if recorded:
        take_over(x, result._node)
    return x


# ---------------------------------------------------------------------- elements one by one


def fill_diagonal_(x, fill_value, wrap=False):
    """``fill_value`` on the diagonal, and with ``wrap`` once more below it in a tall matrix."""
    shape = x._array.shape
    if len(shape) < 2:
        raise RuntimeError("dimensions must larger than 1")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    step = sum(x.stride())
    count = min(shape)
    if wrap and len(shape) == 2 and shape[0] > shape[1] + 1:
        count = -(-x._array.size // step) if step else count
    fill(x.as_strided((count,), (step,)), fill_value)
    return x


def _plain(name: str, x: Tensor) -> None:
    if x.requires_grad:
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")


def apply_(x, callable):
    """Each element replaced by what a Python function says of it. Its version stays as it was."""
    _plain("apply_", x)
    array = x._materialise()
    for place in np.ndindex(array.shape):
        array[place] = callable(array[place].item())
    return x


def map_(x, tensor, callable):
    """Each element replaced by what a Python function says of it and of ``tensor``'s."""
    _plain("map_", x)
    array, other = x._materialise(), np.broadcast_to(tensor._array, x._array.shape)
    for place in np.ndindex(array.shape):
        array[place] = callable(array[place].item(), other[place].item())
    return x


def map2_(x, x1, x2, callable):
    """Each element replaced by what a Python function says of it and of the elements of two tensors."""
    _plain("map2_", x)
    array = x._materialise()
    first, second = (np.broadcast_to(t._array, array.shape) for t in (x1, x2))
    for place in np.ndindex(array.shape):
        array[place] = callable(array[place].item(), first[place].item(), second[place].item())
    return x


def resize_as_(x, the_template, *, memory_format=None):
    """``resize_`` to another tensor's shape."""
    return x if x._array.shape == the_template._array.shape and not x.requires_grad else x.resize_(*the_template._array.shape)
