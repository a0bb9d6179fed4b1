"""The limits of element types: ``finfo`` and ``iinfo``, with PyTorch's attributes and text."""

from __future__ import annotations

import numpy as np

from . import dtypes
from .signatures import kind_of


def limits_of(d: np.dtype):
    """``np.finfo`` of a NumPy dtype, bfloat16 too."""
    if d.kind != "V":
        return np.finfo(d)
    import ml_dtypes

    return ml_dtypes.finfo(d)


class finfo:
    """Limits of a floating dtype (of a complex one: of its parts): bits, eps, max, min, tiny, smallest_normal, resolution.

    >>> finfo(dtypes.BY_NAME["float32"]).eps
    1.1920928955078125e-07
    """

    def __init__(self, type: dtypes.dtype | None = None):
        d = dtypes.default if type is None else type
        if not isinstance(d, dtypes.dtype):
            raise TypeError(f"finfo(): argument 'type' (position 1) must be torch.dtype, not {kind_of(d)}")
        if d.category not in "fc":
            raise TypeError(f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{d!r}'.")
        limits = limits_of(d.numpy)
        self.bits, self.dtype = int(limits.bits), dtypes.BY_NUMPY[np.dtype(limits.dtype)].name
        self.eps, self.max, self.min = float(limits.eps), float(limits.max), float(limits.min)
        self.tiny = self.smallest_normal = float(limits.smallest_normal)
        self.resolution = 10.0 ** -int(limits.precision)

    def __repr__(self):
        words = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        return f"finfo({', '.join(f'{word}={getattr(self, word):g}' for word in words)}, dtype={self.dtype})"

    def __eq__(self, other):
        return isinstance(other, finfo) and self.dtype == other.dtype

    def __hash__(self):
        return hash(self.dtype)


class iinfo:
    """Limits of an integer dtype: bits, max, min.

    >>> iinfo(dtypes.BY_NAME["int8"])
    iinfo(min=-128, max=127, dtype=int8)
    """

    def __init__(self, type: dtypes.dtype):
        if not isinstance(type, dtypes.dtype):
            raise TypeError(f"iinfo(): argument 'type' (position 1) must be torch.dtype, not {kind_of(type)}")
        if type.category == "b":
            raise TypeError("torch.bool is not supported by torch.iinfo")
        if type.category not in "iu":
            raise TypeError(f"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{type!r}'.")
        limits = np.iinfo(type.numpy)
        self.bits, self.min, self.max, self.dtype = limits.bits, int(limits.min), int(limits.max), type.name

    def __repr__(self):
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"

    def __eq__(self, other):
        return isinstance(other, iinfo) and self.dtype == other.dtype

    def __hash__(self):
        return hash(self.dtype)
