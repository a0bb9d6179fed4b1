"""Devices: the computer's own memory, where NumPy computes, and by JAX others.

An array elsewhere is an object that answers NumPy's functions; the package that knows such objects stands above this one and
says so with `found_by`. It is loaded when the first tensor is asked to go somewhere else.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from .too_large import is_long, not_a_long

_NAME = r"(cpu|cuda|jax:[a-z]+)(?::(\d+))?"

KNOWN = (
    """cpu cuda ipu xpu mkldnn opengl opencl ideep hip ve fpga maia xla lazy vulkan mps meta hpu mtia privateuseone""".split()
)


_NOTHING: Any = object()


class device:
    """``device("cpu")``, ``device("cuda:0")``, ``device("jax:cpu")``: where a tensor's numbers are. Naming one asks for nothing.

    ``cuda`` is the GPU that JAX sees, ``jax:`` and a platform any device of JAX's, the CPU included.
    """

    __slots__ = ("index", "type")
    index: int | None
    type: str

    def __init__(self, type=_NOTHING, index: int | None = None):
        if isinstance(type, device):
            type, index = type.type, type.index if index is None else index
        _check(type, index)
        name = re.fullmatch(_NAME, type)
        if name is None and (given := type.partition(":")[0]) not in (*KNOWN, "jax"):
            raise RuntimeError(f"Expected one of {', '.join(KNOWN)} device type at start of device string: {given}")
        if name is None:
            raise RuntimeError(
                f"autograd_lab knows the devices cpu, cuda and jax:<platform>, and an index behind a colon; device '{type}' was "
                "asked for. Leave device= out to compute with NumPy."
            )
        self.type, number = name.groups()
        self.index = int(number) if number else index

    def __repr__(self):
        return f"device(type='{self.type}'" + (")" if self.index is None else f", index={self.index})")

    def __str__(self):
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other):
        return isinstance(other, device) and str(self) == str(other)

    def __hash__(self):
        return hash(str(self))

    def __enter__(self):
        from . import default_device

        return default_device.entered(self)

    def __exit__(self, *exc):
        from . import default_device

        default_device.left(*exc)

    def __reduce__(self):  # by a function: the class says that it is PyTorch's, which need not be there
        return _named, (str(self),)


def _named(name: str) -> device:
    return device(name)


def _check(type, index) -> None:
    """Raise unless ``device`` may be asked for with these."""
    if isinstance(type, int) and not isinstance(type, bool):
        raise _no_accelerator(type)
    if not isinstance(type, str):
        got = "" if type is _NOTHING else type.__class__.__name__
        raise TypeError(
            f"device() received an invalid combination of arguments - got ({got}), but expected one of:\n * (torch.device device)\n"
            " * (str type, int index = -1)\n"
        )
    if index is not None and not isinstance(index, int):
        raise TypeError(f"device(): argument 'index' (position 2) must be int, not {index.__class__.__name__}")
    if index is not None and ":" in type and not type.startswith("jax:"):
        raise RuntimeError(f"type (string) must not include an index because index was passed explicitly: {type}")


def _no_accelerator(index: int) -> Exception:
    """What PyTorch says of a device that is only a number, where it has no accelerator."""
    if not is_long(index):
        return not_a_long()
    return RuntimeError(
        "Device index must not be negative" if index < 0 else "Cannot access accelerator device when none is available."
    )


device.__module__ = "torch"
CPU = device("cpu")
_load: Callable[[], Any] | None = None
OPENED: list[bool] = []  # not empty once there may be arrays elsewhere: what dispatchers are written for


def found_by(load: Callable[[], Any]) -> None:
    """``load()`` gives the module with ``move(tensor, device)``, ``put(array, device)`` and ``where(array)``."""
    global _load
    _load = load


def wanted_device(name) -> device | None:
    """The device that is meant; None for the computer's own memory, index and all. RuntimeError for a name nobody knows."""
    if name is None or name is CPU or name == "cpu":
        return None
    if isinstance(name, int) and not isinstance(name, bool):
        return _numbered(name)
    found = device(name)
    return None if found.type == "cpu" else found


def _numbered(index: int) -> device:
    """The accelerator of that number. RuntimeError where there is none."""
    if not 0 <= index < 2**63:
        raise _no_accelerator(index)
    wanted = device("cuda", index)
    try:
        elsewhere().found(wanted)
    except AssertionError:
        raise _no_accelerator(index) from None
    return wanted


def elsewhere() -> Any:
    """The module that keeps arrays on other devices."""
    assert _load is not None, "import the package, not only its core"
    return _load()


def placed(array, name):
    """A new array on the device of that name; None for the computer's own memory."""
    wanted = wanted_device(name)
    return array if wanted is None else elsewhere().put(array, wanted)


def moved(x, name):
    """The tensor x on the device of that name, recorded."""
    wanted = wanted_device(name)
    if wanted is None:
        return x if is_here(x._array) else elsewhere().move(x, CPU)
    return elsewhere().move(x, wanted)


def brought(x, like):
    """The tensor x where the tensor ``like`` is, recorded: what is copied may come from another device. Anything else as it is."""
    if not OPENED or not hasattr(x, "_array") or device_of(x._array) == device_of(like._array):
        return x
    return moved(x, device_of(like._array))


def is_here(array) -> bool:
    """Whether an array is in the computer's own memory."""
    return isinstance(array, (np.ndarray, np.generic))


def device_of(array) -> device:
    """Where an array is."""
    return CPU if is_here(array) or not hasattr(array, "on_host") else elsewhere().where(array)


def on_host(array) -> np.ndarray:
    """The array itself, or a copy in the computer's own memory: to print it, to write it to a file."""
    return array.on_host() if hasattr(array, "on_host") else np.asarray(array)


def looked_at(array):
    """The array itself, or a copy in the computer's own memory that is not written to: an index, a mask to choose by."""
    return array.looked_at() if hasattr(array, "looked_at") else array


def values_of(tensor):
    """The array of ``tensor``, to decide by; of one that stands for values elsewhere, those values."""
    return tensor._concrete() if hasattr(tensor, "_concrete") else tensor._array


def beside(array, like):
    """A new array, put where the array ``like`` is."""
    return placed(array, device_of(like)) if hasattr(like, "on_host") else array


def on_the_host(word):
    """Let ``word``, which reads memory or goes element by element, work in the computer's own: tensors elsewhere are fetched,
    recorded, and what comes of them goes where they were."""

    @functools.wraps(word)
    def fetching(*args, **kwargs):
        there = elsewhere().place_of(args, kwargs) if OPENED else None
        if there is None:
            return word(*args, **kwargs)
        args, kwargs = elsewhere().carried((args, kwargs), CPU)
        return elsewhere().carried(word(*args, **kwargs), there)

    return fetching
