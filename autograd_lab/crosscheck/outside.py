"""What a function takes from outside of its arguments, widened as they are: a layer, weights, constants of float32.

A function that multiplies its argument, widened to float64, by float32 weights of a closure is refused, as PyTorch refuses
it. So it is run once as the user would run it, to learn which tensors it meets; while it runs again they hold float64, and so
does what it makes, and what it writes to them is written to copies. What runs of a check outside of that write is put back
at its end (`untouched.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from ..core import Tensor, births, dtypes, enable_grad
from ..core.device import on_host
from ..core.dtypes import DIFFERENTIABLE
from ..core.node import AccumulateGrad


def met_by(run: Callable) -> list[Tensor]:
    """The floating tensors that ``run()`` computes with and no recorded or noted operation of it made."""
    made: dict[int, Tensor] = {}
    met: dict[int, Tensor] = {}

    def listen(op, inputs, params, out, node):
        for x in inputs:
            if isinstance(x, Tensor) and id(x) not in made and x._array.dtype.kind in DIFFERENTIABLE:
                met[id(x)] = x
        made.update((id(t), t) for t in (out if isinstance(out, (tuple, list)) else (out,)))

    with enable_grad(), births.heard_by(listen):
        run()
    return list(met.values())


@contextmanager
def holding(tensors: list[Tensor], dtype: np.dtype, makes: bool = True) -> Iterator[None]:
    """Inside the block ``tensors`` hold copies of their arrays in ``dtype``, and tensors are made in it by default.

    Not if it ``makes`` none so: random numbers of another type are other numbers.
    """
    before, default = [t._array for t in tensors], dtypes.default
    if makes:
        dtypes.set_default_dtype(dtypes.BY_NUMPY[dtype])
    try:
        for tensor, array in zip(tensors, before):
            _hold(tensor, np.array(widened(array, dtype))[()])
        yield
    finally:
        dtypes.set_default_dtype(default)
        for tensor, array in zip(tensors, before):
            _hold(tensor, array)


def _hold(tensor: Tensor, array) -> None:
    tensor._array = array
    if type(tensor._node) is AccumulateGrad:
        tensor._node.array, tensor._node.dtype = array, array.dtype


def widened(array, dtype):
    """The array in the floating ``dtype``, a complex one in the complex type of its parts; what is neither, and for None, as it is."""
    array = on_host(array)
    if dtype is None or array.dtype.kind not in DIFFERENTIABLE:
        return array
    if array.dtype.kind == "c":
        return array.astype(np.complex64 if np.dtype(dtype).itemsize < 8 else np.complex128)
    return array.astype(dtype)


def narrower(arrays, dtype) -> np.dtype | None:
    """The narrowest floating dtype among ``arrays`` (of complex ones, of their parts) if it is narrower than ``dtype``."""
    kinds = [np.dtype(f"f{a.dtype.itemsize // 2}") if a.dtype.kind == "c" else a.dtype
             for a in arrays if a.dtype.kind in DIFFERENTIABLE]  # fmt: skip
    least = min(kinds, key=lambda d: d.itemsize, default=None)
    return least if least is not None and dtype is not None and least.itemsize < dtype.itemsize else None


def as_dtype(dtype) -> np.dtype | None:
    """The NumPy dtype to check in. Raises ValueError unless it is floating."""
    if isinstance(dtype, str):
        dtype = dtypes.BY_NAME.get(dtypes.ALIASES.get(dtype, dtype), dtype)
    try:
        found = dtypes.as_numpy(dtype)
    except TypeError:
        found = np.dtype(bool)
    if found is not None and (found.kind not in DIFFERENTIABLE or found.kind == "c"):
        raise ValueError(f"dtype must be a floating point type, such as 'float64' (got {dtype!r})")
    return found
