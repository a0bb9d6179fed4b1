"""Lists as data: which dtype PyTorch gives them. Python's floats are of the default dtype; tensors and NumPy's numbers bring theirs."""

from __future__ import annotations

import functools

import numpy as np

from .. import dtypes
from ..exchange import SCALAR_OF_TRACKED
from ..telling import tell
from ..tensor import Tensor
from . import data_mistakes

_warned = False
_PLAIN, _WHOLE = frozenset((int, float, bool, complex)), frozenset((int, bool))
_SLOW = (
    "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a single "
    "numpy.ndarray with numpy.array() before converting to a tensor."
)


def read(data) -> tuple[list, np.dtype | None, bool]:
    """(``data`` with numbers for the tensors in it, the dtype of the whole, whether it is of Python's integers).

    The dtype is None where Python's numbers alone decide.

    ValueError for a tensor of several elements, TypeError for an array without dimensions; a warning for arrays.
    """
    met: set = set()
    data = _read(data, met)
    own = [kind for kind in met if isinstance(kind, np.dtype)]
    if not own:
        return data, None, met <= _WHOLE
    global _warned
    if Tensor in met:
        tell(SCALAR_OF_TRACKED)
    if np.ndarray in met and not _warned:
        _warned = True
        tell(_SLOW)
    own += [dtypes.of_number(kind()) for kind in met & _PLAIN]
    return data, functools.reduce(lambda a, b: dtypes.promote(a, 1, b, 1), own), False


def _read(data, met: set):
    kinds = set(map(type, data))
    if kinds <= _PLAIN:
        met |= kinds
        return data
    return [_element(d, met) for d in data]


def _element(d, met: set):
    if isinstance(d, (list, tuple)):
        return _read(d, met)
    if isinstance(d, Tensor):
        met.add(d._array.dtype)
        if d.requires_grad:
            met.add(Tensor)
        return data_mistakes.one_element(d)
    if isinstance(d, (np.generic, np.ndarray)) and d.dtype.kind in "biufc":
        if isinstance(d, np.ndarray):
            if not d.ndim:
                raise TypeError("len() of unsized object")
            met.add(np.ndarray)
        met.add(d.dtype)
    else:
        met.add(type(d))
    return d
