"""Windows for signals, and numbers at equal ratios."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..signatures import kind_of
from . import spaced
from .convert import face
from .create import leaf

__all__ = ["bartlett_window", "blackman_window", "hamming_window", "hann_window", "kaiser_window", "logspace"]


def _window(name: str, says: str, shape, names=()):
    """The word ``name``: ``shape(t, ...)`` at equal steps over [0, 1], whose last point a periodic window leaves out."""

    def word(
        window_length,
        periodic=True,
        *args,
        dtype=None,
        layout=None,
        device=None,
        pin_memory=False,
        requires_grad=False,
        **named,
    ):
        if not isinstance(window_length, int):
            raise TypeError(f"{name}(): argument 'window_length' (position 1) must be int, not {kind_of(window_length)}")
        if window_length < 0:
            raise RuntimeError(f"{name} requires non-negative window_length, got window_length={window_length}")
        if unknown := named.keys() - names:
            raise TypeError(f"{name}() got an unexpected keyword argument '{min(unknown)}'")
        wanted = dtypes.as_numpy(dtype) or dtypes.default.numpy
        if wanted.kind not in "fV":
            raise RuntimeError(f"{name} expects floating point dtypes, got: {dtypes.BY_NUMPY[wanted].kind.lower()}")
        if window_length < 2:
            return leaf(np.ones(window_length, wanted), requires_grad, device)
        whole = window_length + bool(periodic)
        at = np.arange(window_length) / (whole - 1)
        return leaf(shape(at, *args, **named).astype(wanted), requires_grad, device)

    word.__name__ = word.__qualname__ = name
    word.__doc__ = says
    return word


def _hamming(t, alpha=0.54, beta=0.46):
    return alpha - beta * np.cos(2 * np.pi * t)


def _blackman(t):
    return 0.42 - 0.5 * np.cos(2 * np.pi * t) + 0.08 * np.cos(4 * np.pi * t)


def _kaiser(t, beta=12.0):
    return np.i0(beta * np.sqrt(np.maximum(1 - (2 * t - 1) ** 2, 0))) / np.i0(beta)


hann_window = _window("hann_window", "One period of a raised cosine, from 0 to 1 and back.", lambda t: _hamming(t, 0.5, 0.5))
hamming_window = _window(
    "hamming_window", "A raised cosine that does not fall to 0: alpha - beta cos.", _hamming, {"alpha", "beta"}
)
bartlett_window = _window("bartlett_window", "A triangle, from 0 to 1 and back.", lambda t: 1 - np.abs(2 * t - 1))
blackman_window = _window("blackman_window", "Blackman's sum of three cosines, flat at both ends.", _blackman)
kaiser_window = _window("kaiser_window", "Kaiser's window of a shape ``beta``, a ratio of Bessel functions.", _kaiser, {"beta"})


def logspace(start, end, steps, base=10.0, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False):
    """``steps`` powers of ``base``, whose exponents lie equally far apart from start to end, both included."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    start, end = spaced.ends("logspace", start, end)
    wanted = dtypes.as_numpy(dtype) or dtypes.default.numpy
    start, end = spaced.whole(wanted, start, end)
    return leaf((float(base) ** np.linspace(start, end, steps)).astype(wanted), requires_grad, device)


logspace = face(logspace, "logspace")
