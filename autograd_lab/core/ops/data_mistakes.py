"""Why ``tensor(data)`` cannot be made, in PyTorch's words. Asked once it has failed, or about a cast that loses what was written."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..tensor import Tensor

_LISTS = (list, tuple)
_TEXTS = (str, bytes)


def check_array(array: np.ndarray, cast: bool = False) -> None:
    """Raise PyTorch's complaint if it could make no tensor of a NumPy array. ``cast``: whole numbers of any width will do."""
    own = array.dtype.newbyteorder("=")
    if own not in dtypes.BY_NUMPY and not (cast and own.kind == "u"):
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{array.dtype.type.__name__}. The only supported types are: float64, float32, "
            "float16, complex64, complex128, int64, int32, int16, int8, uint8, and bool."
        )
    if any(step < 0 for step in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently supported. "
            "(You can probably work around this by making a copy of your array  with array.copy().) "
        )
    if not array.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is currently not "
            "supported."
        )


def other_options(own, other) -> str:
    """``FloatTensor`` of a tensor of another dtype."""
    wanted, got = (
        f"TensorOptions(dtype={d.in_cpp}, device=cpu, layout=Strided, requires_grad=false (default), "
        "pinned_memory=false (default), memory_format=(nullopt))"
        for d in (own, other)
    )
    return f"expected {wanted} (got {got})"


def one_element(x: Tensor):
    """The array of a tensor within a list, which PyTorch takes for a number."""
    if x._array.size != 1:
        raise ValueError("only one element tensors can be converted to Python scalars")
    return x._array.reshape(())


def of_large_integers(data, dtype, whole: bool) -> np.ndarray:
    """Integers of more than 64 bits as floats, which they are among floats or as another ``dtype``; raises of all other data."""
    wanted = "i" if whole and dtype is None else "f" if dtype is None else dtypes.as_numpy(dtype).kind
    if wanted in "fcbV" and all(isinstance(value, (bool, int, float)) for value in _leaves(data)):
        try:
            return np.array(data, bool if wanted == "b" else "f8")
        except ValueError:  # not one length
            pass
    raise explained(data, dtype)


def explained(data, dtype) -> Exception:
    """What PyTorch says of ``data``: texts first, then what has no dtype, then lists of unequal lengths."""
    for value in _leaves(data):
        kind = type(value).__name__
        if isinstance(value, _TEXTS):
            return TypeError(f"new(): invalid data type '{kind}'")
        if not isinstance(value, (bool, int, float, complex, np.generic, np.ndarray)):
            return RuntimeError(f"Could not infer dtype of {kind}")
    return _ragged(data, _shape(data), 0, dtype, type(next(_leaves(data), 0.0)) is int) or ValueError(
        "Overflow when unpacking long long"
    )


def _leaves(data):
    if isinstance(data, _LISTS):
        for part in data:
            yield from _leaves(part)
    else:
        yield data


def _shape(data) -> tuple:
    """The shape the first elements promise."""
    shape = []
    while isinstance(data, _LISTS):
        shape.append(len(data))
        if not data:
            break
        data = data[0]
    return tuple(shape)


def _ragged(data, shape: tuple, dim: int, dtype, first_is_whole: bool) -> Exception | None:
    if dim == len(shape):
        if isinstance(data, _LISTS):
            whole = first_is_whole if dtype is None else dtypes.as_numpy(dtype).kind in "iu"
            return TypeError(f"'{type(data).__name__}' object cannot be interpreted as an integer" if whole else
                             f"must be real number, not {type(data).__name__}")  # fmt: skip
        return None
    if not isinstance(data, _LISTS):
        return TypeError("not a sequence")
    if len(data) != shape[dim]:
        return ValueError(f"expected sequence of length {shape[dim]} at dim {dim} (got {len(data)})")
    return next((error for part in data if (error := _ragged(part, shape, dim + 1, dtype, first_is_whole)) is not None), None)


def fitting_cast(array: np.ndarray, dtype) -> np.ndarray:
    """Python numbers as ``dtype``; raises where PyTorch would not squeeze them in."""
    wanted = dtypes.as_numpy(dtype)
    if array.dtype.kind == "c" and wanted.kind != "c":
        whole = wanted.kind in "biu"
        raise TypeError("'complex' object cannot be interpreted as an integer" if whole else "must be real number, not complex")
    if wanted.kind in "iu" and array.size:
        limits = np.iinfo(wanted)
        low, high = (-limits.max, limits.max) if wanted.kind == "u" else (limits.min, limits.max)
        if not np.all((array >= low) & (array <= high)):  # nan is not either
            raise RuntimeError(f"value cannot be converted to type {dtypes.BY_NUMPY[wanted].name} without overflow")
    return array.astype(wanted)
