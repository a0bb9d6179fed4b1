"""Small questions about tensors, and tensors made like others: functions that are methods too."""

from __future__ import annotations

import numpy as np

from .. import dtypes, too_large
from ..device import beside, looked_at
from ..telling import tell
from ..tensor import Tensor
from .create import COPIED, leaf, negative, tensor
from .transposes import adjoint

__all__ = ["adjoint", "detach", "get_device", "is_distributed", "is_inference", "is_nonzero", "is_same_size",
           "is_signed", "is_storage", "nonzero_static", "numel", "scalar_tensor", "typename", "unravel_index", "vander"]  # fmt: skip


def numel(input) -> int:
    """How many elements."""
    return input._array.size


def is_nonzero(input) -> bool:
    """Whether the one element is not 0."""
    if not input._array.size:
        raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
    return bool(input)


def is_same_size(input, other) -> bool:
    """Whether both have the same shape."""
    return input._array.shape == other._array.shape


def is_signed(input) -> bool:
    """Whether the dtype has negative numbers."""
    return input._array.dtype.kind not in "bu"


def detach(input):
    """The same numbers without a history."""
    return input.detach()


def scalar_tensor(s, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False):
    """A tensor of one number, floating unless ``dtype`` says otherwise."""
    d = dtypes.as_numpy(dtype) or dtypes.default.numpy
    if isinstance(s, complex) and d.kind != "c":
        raise RuntimeError(f"value cannot be converted to type {dtypes.BY_NUMPY[d].kind.lower()} without overflow")
    if isinstance(s, int) and not -(2**63) <= s < 2 ** (63 + (d.kind not in "iu")):
        raise too_large.not_a_scalar(s)
    return leaf(np.asarray(s).astype(d)[()], requires_grad, device)


def vander(x, N=None, increasing=False):
    """Powers of x as columns, the highest first unless ``increasing``."""
    if x._array.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    n = x._array.shape[0] if N is None else N
    if n < 0:
        raise RuntimeError("N must be non-negative.")
    powers = leaf(beside(np.arange(n) if increasing else np.arange(n)[::-1].copy(), x._array))
    return x.unsqueeze(-1) ** powers


def get_device(input) -> int:
    """The number of the GPU that the numbers are on; -1 for the CPU."""
    return input.get_device()


def is_inference(input) -> bool:
    """Whether it was made in inference mode."""
    return input.is_inference()


def is_distributed(input) -> bool:
    """False: one process computes."""
    return input.is_distributed()


def is_storage(obj) -> bool:
    """False: memory is NumPy's here."""
    return False


def typename(obj) -> str:
    """The name of a tensor's type, ``torch.FloatTensor``, or of the class of anything else."""
    if isinstance(obj, Tensor):
        return obj.type()
    kind = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(kind, "__module__", None) or ""
    if module.startswith("autograd_lab"):
        module = "torch" + module.removeprefix("autograd_lab")
    return f"{module}.{kind.__qualname__}" if module not in ("", "builtins", "__builtin__") else kind.__qualname__


def unravel_index(indices, shape):
    """A tensor for each dimension of ``shape``: where the elements numbered ``indices`` in memory order are."""
    if not isinstance(indices, Tensor) or indices._array.dtype.kind not in "iu":
        told = indices.dtype if isinstance(indices, Tensor) else type(indices)
        raise TypeError(f"expected 'indices' to be integer dtype, but got {told}")
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    for n in shape:
        if not isinstance(n, (int, np.integer)):
            raise TypeError(f"expected 'shape' sequence to only contain ints, but got {type(n)}")
    if any(n < 0 for n in shape):
        raise ValueError(f"'shape' cannot have negative values, but got {shape}")
    steps = np.cumprod((1, *shape[:0:-1]))[::-1] if shape else ()
    return tuple(leaf((indices._array // step % n).astype(indices._array.dtype)) for step, n in zip(steps, shape))


def nonzero_static(input, *, size, fill_value=-1):
    """The first ``size`` rows of ``nonzero``, those that are missing filled with ``fill_value``."""
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    found = np.argwhere(looked_at(input._array))[:size]
    out = np.full((size, input._array.ndim), fill_value, np.int64)
    out[: len(found)] = found
    return leaf(beside(out, input._array))


def _made(make):
    """A method: a tensor of ``make``'s numbers, of the dtype of ``x`` unless another is asked for."""

    def method(x, *size, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False, **named):
        d = x._array.dtype if dtype is None else dtypes.as_numpy(dtype)
        return leaf(make(*size, d=d, **named)[()], requires_grad, x.device if device is None else device)

    return method


def _sizes(size, named):
    size = (named,) if named is not None else size
    size = tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else size
    if size and min(size) < 0:
        raise negative(size)
    return size


new_empty = _made(lambda *shape, d, size=None: np.zeros(_sizes(shape, size), d))


def new_tensor(x, data, *, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False):
    """A tensor of ``data``, of the dtype of ``x`` unless another is asked for."""
    if isinstance(data, Tensor):
        tell(COPIED.format("tensor.new_tensor"))
        data = data.detach().cpu().numpy()
    return tensor(
        data,
        dtype=x.dtype if dtype is None else dtype,
        device=x.device if device is None else device,
        requires_grad=requires_grad,
    )


def type_as(x, other):
    """In the dtype of ``other``."""
    return x.to(other.dtype)


METHODS = {"nelement": numel, "ndimension": Tensor.dim, "is_nonzero": is_nonzero, "is_same_size": is_same_size, "adjoint": adjoint,
           "new_empty": new_empty, "nonzero_static": nonzero_static,
           "new_zeros": _made(lambda *shape, d, size=None: np.zeros(_sizes(shape, size), d)),
           "new_ones": _made(lambda *shape, d, size=None: np.ones(_sizes(shape, size), d)),
           "new_full": _made(lambda size, fill_value, d: np.full(_sizes((), size), dtypes.fitted(fill_value, d))), "new_tensor": new_tensor,
           "type_as": type_as}  # fmt: skip


# ---------------------------------------------------------------------- methods that are functions too

IN_PLACE = """abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ as_strided_ asin_ asinh_ atan_ atanh_ ceil_
              clamp_ clamp_max_ clamp_min_ clip_ conj_physical_ cos_ cosh_ deg2rad_ detach_ erf_ erfc_ exp2_ exp_ expm1_ fill_ fix_ floor_
              frac_ gcd_ i0_ index_put_ lcm_ ldexp_ log10_ log1p_ log2_ log_ logit_ nan_to_num_ neg_ negative_ rad2deg_ reciprocal_
              resize_as_ round_ rsqrt_ sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_ trunc_ xlogy_ zero_""".split()


def _written(name: str):
    def word(input, *args, **named):
        return getattr(input, name)(*args, **named)

    word.__name__ = word.__qualname__ = name
    word.__doc__ = f"``input.{name}()``: writes into ``input``, and gives it back."
    return word


globals().update({name: _written(name) for name in IN_PLACE})
__all__ += IN_PLACE
