"""How an array gets to a device, and a tensor with its history: ``x.to("cuda:0")``, ``x.cpu()``."""

from __future__ import annotations

import numpy as np

from ..core.device import CPU, device, is_here
from ..core.primitive import primitive
from ..core.tensor import Tensor
from .array import DeviceArray, full_precision
from .names import name_of

MISSING = 'jax is not installed (pip install "autograd-lab[crosscheck]"), and a tensor on another device is an array of JAX'
NO_CUDA = "Torch not compiled with CUDA enabled"  # what PyTorch says without a GPU


def found(wanted: device):
    """The jax.Device of that name. AssertionError or RuntimeError, in PyTorch's words or ours, where there is none."""
    try:
        import jax
    except ImportError:
        if wanted.type == "cuda":
            raise AssertionError(NO_CUDA) from None
        raise RuntimeError(MISSING) from None
    kind = "gpu" if wanted.type == "cuda" else wanted.type.partition(":")[2]
    try:
        every = jax.local_devices(backend=kind)
    except RuntimeError:
        if wanted.type == "cuda":
            raise AssertionError(NO_CUDA) from None
        seen = ", ".join(dict.fromkeys(d.platform for d in jax.devices()))
        raise RuntimeError(f"no device {str(wanted)!r} (jax sees: {seen})") from None
    index: int = wanted.index or 0
    if index >= len(every):
        if wanted.type == "cuda":
            raise RuntimeError("CUDA error: invalid device ordinal")
        raise RuntimeError(f"no device {str(wanted)!r} (jax sees {len(every)} of that kind)")
    return every[index]


def put(array, wanted: device):
    """``array``, wherever it is, on the device ``wanted``; itself where it is there already."""
    if wanted == CPU:
        return array.on_host()[()] if type(array) is DeviceArray else array
    there = found(wanted)
    if type(array) is DeviceArray and array.device == there:
        return array
    import jax

    host = array.on_host() if type(array) is DeviceArray else np.array(array)  # a copy: JAX would share aligned memory
    with full_precision():
        return DeviceArray.of(jax.device_put(host, there))


def where(array) -> device:
    """The device an array is on."""
    return device(name_of(array.device)) if type(array) is DeviceArray else CPU


@primitive(name="ToCopyBackward0")
def to_device(xp, x, *, device, home):
    """x on ``device``; ``home`` is where it was, and where its gradient goes."""
    return put(x, device)


@to_device.vjp("x")
def to_device_x(xp, g, home):
    """The gradient goes where x was."""
    return move(g, home) if isinstance(g, Tensor) else put(g, home)


def place_of(*values) -> device | None:
    """The device of the first tensor that is not in the computer's own memory, also in tuples, lists and dicts."""
    for value in values:
        if isinstance(value, Tensor):
            if not is_here(value._array):
                return where(value._array)
        elif isinstance(value, (tuple, list, dict)):
            found = place_of(*(value.values() if isinstance(value, dict) else value))
            if found is not None:
                return found
    return None


def carried(value, wanted: device):
    """``value`` with its tensors on the device ``wanted``, recorded, also in tuples, lists and dicts."""
    if isinstance(value, Tensor):
        return move(value, wanted)
    if isinstance(value, dict):
        return {k: carried(v, wanted) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        parts = [carried(v, wanted) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value


def move(x: Tensor, wanted: device) -> Tensor:
    """The tensor x on the device ``wanted``, recorded; x itself if it is there."""
    home = where(x._array)
    there = wanted if wanted == CPU else device(name_of(found(wanted)))
    return x if there == home else to_device.call(x, there, home)
