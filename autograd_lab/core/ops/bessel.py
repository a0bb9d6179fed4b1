"""Bessel's functions, the modified ones and Airy's, elementwise. PyTorch takes no derivative of these; SciPy computes them."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..device import on_the_host
from ..low_precision import LOW
from ..namespaces import NUMPY
from ..refusals import no_kernel
from .create import leaf

# PyTorch's word: (SciPy's, what it is)
_SPELT = {
    "bessel_j0": ("j0", "Bessel's function of the first kind, order 0."),
    "bessel_j1": ("j1", "Bessel's function of the first kind, order 1."),
    "bessel_y0": ("y0", "Bessel's function of the second kind, order 0."),
    "bessel_y1": ("y1", "Bessel's function of the second kind, order 1."),
    "modified_bessel_i0": ("i0", "The modified Bessel function of the first kind, order 0."),
    "modified_bessel_i1": ("i1", "The modified Bessel function of the first kind, order 1."),
    "modified_bessel_k0": ("k0", "The modified Bessel function of the second kind, order 0."),
    "modified_bessel_k1": ("k1", "The modified Bessel function of the second kind, order 1."),
    "scaled_modified_bessel_k0": ("k0e", "exp(x) times the modified Bessel function of the second kind, order 0."),
    "scaled_modified_bessel_k1": ("k1e", "exp(x) times the modified Bessel function of the second kind, order 1."),
}
WORDS = (*_SPELT, "airy_ai", "spherical_bessel_j0")


def _floating(x, name: str) -> np.ndarray:
    array = x._array
    if array.dtype.kind == "c" or array.dtype.num in LOW:
        raise no_kernel(f"{name}_cpu", array.dtype)
    return array.astype(dtypes.default.numpy) if array.dtype.kind in "biu" else array


def _of_scipy(name: str):
    own, doc = _SPELT[name]

    @on_the_host
    def word(x):
        array = _floating(x, name)
        found = getattr(NUMPY._special(), own)(array.astype("f8"))
        return leaf(np.asarray(found).astype(array.dtype)[()])

    word.__name__, word.__doc__ = name, doc
    return word


globals().update({name: _of_scipy(name) for name in _SPELT})


@on_the_host
def airy_ai(x):
    """Airy's function Ai."""
    array = _floating(x, "airy_ai")
    return leaf(np.asarray(NUMPY._special().airy(array.astype("f8"))[0]).astype(array.dtype)[()])


@on_the_host
def spherical_bessel_j0(x):
    """The spherical Bessel function of the first kind, order 0: sin(x) / x, 1 at 0."""
    array = _floating(x, "spherical_bessel_j0")
    return leaf(np.asarray(np.sinc(array.astype("f8") / np.pi)).astype(array.dtype)[()])
