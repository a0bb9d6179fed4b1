"""Conjugates that follow what they are conjugates of: ``x.conj()`` is a view in PyTorch, computed late.

Here it is computed at once, into memory of its own that lies as x's does, a *mirror*; and whenever either is written to (both
count versions with one counter) the other is written too. So whoever reads finds numbers, no operation asks whether they are
still to be conjugated, and who has no mirrors pays the look at an empty dict for each write. The imaginary part of a conjugate
is the same with a sign. What NumPy itself writes into x's memory is not seen; PyTorch's sees it.
"""

from __future__ import annotations

import weakref
from typing import NamedTuple

import numpy as np

from .device import is_here


class Mirror(NamedTuple):
    """``memory``: what is shown, for as long as somebody holds it; ``of``: what it shows; ``function``: how."""

    memory: weakref.ref
    of: np.ndarray
    function: np.ufunc

    def shown(self):
        """The elements of the mirror, as those of ``of`` lie."""
        return np.ndarray(self.of.shape, self.of.dtype, self.memory(), 0, self.of.strides)


MIRRORED = {"conj": np.conjugate, "neg_view": np.negative}  # primitives whose results are mirrors: what they compute
MIRRORS: dict[int, Mirror] = {}  # by the id of their memory


def mirror(array, function):
    """A mirror of ``array``; of a mirror of that kind, the memory that it shows."""
    found = mirror_of(array)
    if found is not None and found.function is function:
        return beneath(array)
    span = 1 + sum((n - 1) * step // array.itemsize for n, step in zip(array.shape, array.strides)) if array.size else 0
    memory = np.empty(span, array.dtype)
    key = id(memory)
    made = Mirror(weakref.ref(memory, lambda _: MIRRORS.pop(key, None)), array, function)
    shown = np.ndarray(array.shape, array.dtype, memory, 0, array.strides)
    function(array, out=shown) if 0 not in array.strides else np.copyto(shown, function(array))
    MIRRORS[key] = made
    return shown


def mirror_of(array) -> Mirror | None:
    """The mirror in whose memory ``array`` lies, if it does."""
    return MIRRORS.get(id(_owner(array))) if MIRRORS and is_here(array) else None


def shows(array, function) -> bool:
    """Whether ``array`` lies in a mirror of that kind."""
    return bool(MIRRORS) and (found := mirror_of(array)) is not None and found.function is function


def beneath(array):
    """The elements that those of ``array`` show, in the memory of what it mirrors; of no mirror ``array`` itself."""
    found = mirror_of(array)
    if found is None:
        return array
    step = found.of.itemsize
    at = (_address(array) - _address(found.shown())) // step
    line = np.lib.stride_tricks.as_strided(found.of, (at + 1,), (step,))
    return np.lib.stride_tricks.as_strided(line[at:], array.shape, array.strides)


def reflect(array, but=None) -> None:
    """After ``array`` was written to: write what mirrors it, and what it is a mirror of."""
    if type(array) is not np.ndarray:  # what stands for an array shares memory with none
        return
    own = mirror_of(array)
    if own is not None and own is not but:
        own.of[...] = own.function(own.shown())
        reflect(own.of, own)
    for other in [*MIRRORS.values()]:
        if other is not but and other is not own and np.may_share_memory(other.of, array):
            shown = other.shown()
            shown[...] = other.function(other.of)
            reflect(shown, other)


def _owner(array):
    while (base := getattr(array, "base", None)) is not None:
        array = base
    return array


def _address(array) -> int:
    return array.__array_interface__["data"][0]
