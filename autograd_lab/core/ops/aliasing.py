"""``asarray``: a tensor over memory that is somebody's already, or a copy of it, as is asked for."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..telling import tell
from ..tensor import Tensor
from .create import as_tensor

_UNSAID = (
    "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad instead of False. Pass requires_grad=False explicitly "
    "to get the old behavior and silence this warning."
)
_FLAG = "Only Tensors of floating point and complex dtype can require gradients"


def asarray(obj, *, dtype=None, device=None, copy=None, requires_grad=None):
    """``obj`` as a tensor: over its own memory unless ``copy`` or another dtype asks for a copy; ``copy=False`` refuses to copy.

    Without ``requires_grad`` a tensor keeps its flag. Given, a leaf that is not copied has its own set.
    """
    is_array = isinstance(obj, (Tensor, np.ndarray))
    out = as_tensor(obj, device=device) if is_array else as_tensor(obj, dtype=dtype, device=device)
    if copy is False and not is_array:
        raise ValueError("can't alias arbitrary sequence into a tensor.")
    wanted = dtypes.as_numpy(dtype)
    if is_array and wanted is not None and wanted != out._array.dtype:
        if copy is False:
            told = out.dtype.kind, dtypes.BY_NUMPY[wanted].kind
            raise ValueError("can't alias tensor with dtype '{}' into dtype '{}'.".format(*told))
        out = out.to(dtypes.BY_NUMPY[wanted])
    elif is_array and copy:
        out = out.clone()
    if requires_grad is None:
        if isinstance(obj, Tensor) and obj.requires_grad:
            tell(_UNSAID)
        return out
    if not out.is_leaf and not requires_grad:
        return out.detach()
    if requires_grad and out._array.dtype.kind not in dtypes.DIFFERENTIABLE:
        raise RuntimeError(_FLAG)
    return out.requires_grad_(requires_grad)
