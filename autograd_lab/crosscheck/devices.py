"""Which devices JAX has, and how to compute on one of them in float64."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ..trace.progress import Progress

MISSING = 'jax is not installed (pip install "autograd-lab[crosscheck]")'
_KINDS = ("cpu", "gpu", "tpu")


class Device(NamedTuple):
    """One kind of JAX device; ``absent`` says why there is none."""

    kind: str
    device: Any = None
    absent: str = ""


def jax_is_missing() -> str:
    """Why JAX cannot be used; empty when it can."""
    try:
        with Progress("importing JAX", 1, "package") as progress:
            if "jax" not in sys.modules:
                progress.show()  # it takes seconds, and nothing can be counted meanwhile
            import jax  # noqa: F401

            progress.tick()
    except ImportError:
        return MISSING
    return ""


def devices_of(names=None) -> list[Device]:
    """One Device per kind asked for, or per kind there is, and an absent "gpu" where there is none."""
    import jax

    there: dict[str, Any] = {}
    for kind in dict.fromkeys((*_KINDS, *(d.platform for d in jax.devices()))):
        try:
            there.setdefault(kind, jax.local_devices(backend=kind)[0])
        except RuntimeError:
            continue
    wanted = tuple(there) if names is None else (names,) if isinstance(names, str) else tuple(names)
    if names is None and "gpu" not in there:
        wanted = (*wanted, "gpu")
    return [_device(name, there) for name in wanted]


def _device(name, there) -> Device:
    import jax

    kind = {"cuda": "gpu", "rocm": "gpu"}.get(name, name)
    if kind in there:
        return Device(name, there[kind])
    try:
        return Device(name, jax.local_devices(backend=name)[0])
    except (RuntimeError, IndexError):
        shown = name.upper() if kind in _KINDS else f"device {name!r}"
        return Device(name, None, f"no {shown} (jax sees: {', '.join(there) or 'nothing'})")


@contextmanager
def in_float64(device: Device) -> Iterator[None]:
    """Compute on ``device`` in full precision. The switch is per thread, and arrays must leave the block as NumPy arrays:
    a float64 JAX array computes in float32 once outside."""
    import jax

    with jax.enable_x64(True), jax.default_device(device.device), jax.default_matmul_precision("highest"):
        yield


@contextmanager
def in_float32(device: Device) -> Iterator[None]:
    """Compute on ``device`` as a program would that asks for nothing: in float32, products in the precision it has by default."""
    import jax

    with jax.enable_x64(False), jax.default_device(device.device), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is asked for in float64 is given in float32, and JAX says so each time
        yield


def unmet(array):
    """The same numbers in an array object that JAX has not met, where ``array`` is one of NumPy's. What JAX makes of an object
    it gives again as long as somebody holds it, also where 64 bits have been switched on or off since: code for float32 gets
    float64 then, or the other way round."""
    return array.view() if type(array) is np.ndarray else array


class JaxNumpy:
    """jax.numpy, with NumPy's spelling where the two differ."""

    def __getattr__(self, name):
        import jax.numpy as jnp

        return getattr(jnp, name)

    def argsort(self, a, axis=-1, kind=None):
        import jax.numpy as jnp

        return jnp.argsort(a, axis, stable=True)

    def sort(self, a, axis=-1, kind=None):
        import jax.numpy as jnp

        return jnp.sort(a, axis)

    def ascontiguousarray(self, a):
        return a
