"""Tensors by their memory: over a buffer's bytes, or uninitialised with chosen strides."""

from __future__ import annotations

import warnings

import numpy as np

from .. import dtypes
from .create import leaf

WORDS = ["empty_permuted", "empty_strided", "frombuffer"]
_READ_ONLY = "The given buffer is not writable, and PyTorch does not support non-writable tensors. This means you can write to the " \
             "underlying (supposedly non-writable) buffer using the tensor. You may want to copy the buffer to protect its data or " \
             "make it writable before converting it to a tensor."  # fmt: skip


def frombuffer(buffer, *, dtype, count=-1, offset=0, requires_grad=False):
    """A vector over the memory of a bytearray, or of whatever shows its bytes: ``count`` elements from byte ``offset`` on.

    What cannot be written to is copied, with a warning.
    """
    d, held = dtypes.as_numpy(dtype), memoryview(buffer)
    size, width = held.nbytes, d.itemsize
    if not size or not count:
        raise ValueError(f"both buffer length ({size}) and count ({count}) must not be 0")
    if not 0 <= offset < size:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({size} bytes) minus 1"
        )
    if count < 0 and (size - offset) % width:
        raise ValueError(
            f"buffer length ({size - offset} bytes) after offset ({offset} bytes) must be a multiple of element size ({width})"
        )
    count = (size - offset) // width if count < 0 else count
    if offset + count * width > size:
        raise ValueError(
            f"requested buffer length ({count} * {width} bytes) after offset ({offset} bytes) must not be greater than actual "
            f"buffer length ({size} bytes)"
        )
    array = np.frombuffer(held, np.uint8, count * width, offset).view(d)
    if held.readonly:
        warnings.warn(_READ_ONLY, UserWarning, stacklevel=2)
        array = array.copy()
    return leaf(array, requires_grad)


def empty_strided(size, stride, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """Uninitialised (here all 0), its elements ``stride`` apart."""
    if len(size) != len(stride):
        told = f"dimensionality of sizes ({len(size)}) must match dimensionality of strides ({len(stride)})"
        raise RuntimeError(told)
    d = dtypes.as_numpy(dtype) or dtypes.default.numpy
    extent = 0 if 0 in size else 1 + sum((n - 1) * s for n, s in zip(size, stride))
    made = np.ndarray(tuple(size), d, np.zeros(extent, d), strides=[s * d.itemsize for s in stride])
    return leaf(made, requires_grad, device)


def empty_permuted(size, physical_layout, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """Uninitialised (here all 0), dense, its dimensions in memory in the order ``physical_layout``, the slowest first."""
    if len(size) != len(physical_layout):
        told = f"Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = {len(size)} is not "
        raise RuntimeError(f"{told}equal to len(physical_layout) = {len(physical_layout)}")
    if sorted(physical_layout) != list(range(len(size))):
        raise RuntimeError("Duplicate dim not allowed in physical_layout" if len(set(physical_layout)) < len(size) else
                           "Dimension out of range")  # fmt: skip
    d = dtypes.as_numpy(dtype) or dtypes.default.numpy
    memory = np.zeros([size[axis] for axis in physical_layout], d)
    return leaf(memory.transpose(np.argsort(physical_layout)), requires_grad, device)
