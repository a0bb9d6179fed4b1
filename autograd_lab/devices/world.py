"""NumPy's namespace for rules, and the same for arrays on a device: it asks which, where NumPy's spelling looks inside.

Nearly everything a rule does reaches a DeviceArray through NumPy's protocols. Here are the few functions that do not, because
they read memory, or fill a new array and return it. NumPy's namespace becomes one of these when the first tensor is put on a
device, so that whoever never does so pays nothing.
"""

from __future__ import annotations

import numpy as np

from ..core.device import OPENED
from ..core.namespaces import NUMPY, NumpyArrays
from ..core.primitive import PRIMITIVES, RUNTIME
from .array import DeviceArray, call, full_precision, plain_key, raw, together, wrapped


class Everywhere(NumpyArrays):
    """The functions rules may use, on NumPy arrays and on DeviceArrays."""

    def relu(self, x):
        return np.maximum(x, 0) if type(x) is DeviceArray else super().relu(x)

    def mm(self, x, y):
        return call("matmul", x, y) if type(x) is DeviceArray or type(y) is DeviceArray else x.dot(y)

    def where_mask(self, mask, x, y):
        if any(type(v) is DeviceArray for v in (mask, x, y)):
            return call("where", mask, x, y)
        return super().where_mask(mask, x, y)

    def expand(self, x, shape):
        return np.broadcast_to(x, shape) if type(x) is DeviceArray else super().expand(x, shape)

    def copy(self, x):
        return x.copy() if type(x) is DeviceArray else np.array(x)

    def polygamma_of(self, x, n):
        if type(x) is not DeviceArray:
            return super().polygamma_of(x, n)
        import jax.scipy.special

        return _on_jax(lambda x: jax.scipy.special.polygamma(n, x), x)

    def expm(self, x):
        if type(x) is not DeviceArray:
            return super().expm(x)
        import jax.scipy.linalg

        return _on_jax(jax.scipy.linalg.expm, x)

    def scatter(self, g, shape, key):
        if type(g) is not DeviceArray:
            return super().scatter(g, shape, key)
        import jax.numpy as jnp

        return _on_jax(lambda g: jnp.zeros(shape, g.dtype).at[plain_key(key)].add(g), g)

    def put_view(self, g, shape, path):
        if type(g) is not DeviceArray:
            return super().put_view(g, shape, path)
        import jax.numpy as jnp

        where = NUMPY.take_view(np.arange(int(np.prod(shape))).reshape(shape), path).reshape(-1)
        return _on_jax(lambda g: jnp.zeros(int(np.prod(shape)), g.dtype).at[where].add(g.reshape(-1)).reshape(shape), g)


def _on_jax(function, g: DeviceArray):
    with full_precision():
        return wrapped(function(raw(g, g)))


def open_world() -> None:
    """Let NumPy's namespace be this one from now on, wherever it is held."""
    vars(NUMPY).pop("copy", None)  # an attribute of the object, which would hide the method
    NUMPY.__class__ = Everywhere
    RUNTIME["together"] = together
    OPENED.append(True)
    for op in PRIMITIVES.values():
        op.postpone()  # and is written anew when it is next used
