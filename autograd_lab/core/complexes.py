"""Complex tensors: PyTorch's gradient of a real loss L with respect to z = x + iy is dL/dx + i dL/dy.

Behind a function that has a derivative in the complex sense, the gradient is then ``g * conj(f'(z))``, which is the conjugate of
``conj(g) * f'(z)``: of what the rule for real numbers gives to the conjugate of g. So every rule of such a function serves as it
is: g is conjugated on the way in and the answer on the way out. Primitives without such a derivative (``abs``, ``real``) say
``holomorphic=False`` and write their rules out. A real input of a complex result gets the real part.

Nothing of this is in the generated code until a complex dtype is looked at (``begin``), so real tensors pay nothing for it.
(JAX's convention is the conjugate of this one.)
"""

from __future__ import annotations

import numpy as np

from . import dtypes
from .telling import tell

MET: list[str] = []  # the complex dtypes in use


def begin(name: str) -> None:
    """Give the complex dtype its NumPy dtype, and have every primitive written anew with the lines that conjugate."""
    dtypes.BY_NAME[name].numpy = np.dtype(name)
    MET.append(name)
    from .primitive import PRIMITIVES

    for op in PRIMITIVES.values():
        op.postpone()
        if op.written:  # it may be running: an operand brought the first complex number, and it makes a node
            op.build()


def is_complex(g) -> bool:
    """Whether a gradient, an array or a tensor or None, or one of several, is complex."""
    if isinstance(g, (list, tuple)):
        return any(map(is_complex, g))
    return g is not None and getattr(g, "_array", g).dtype.kind == "c"


def direction(module, x):
    """x / |x| of an array of ``module``, NumPy or JAX's; 0 of 0 and, as PyTorch has it, of nan."""
    side = module.sign(x)
    if isinstance(side, (np.ndarray, np.generic)) and (size := np.vdot(side, side)) == size:  # nan if one is, in one pass
        return side
    return module.where(side == side, side, side.dtype.type(0))[()]


_told = False


def imaginary_lost(array, dtype) -> None:
    """Warn, once, as PyTorch does, if ``array`` is complex and becomes ``dtype``, which is not."""
    global _told
    if array.dtype.kind == "c" and not _told and np.dtype(dtype).kind not in "cb":
        _told = True
        tell("Casting complex values to real discards the imaginary part")


def turn(value):
    """The conjugate of an array, a tensor or a number, also of those in a list; what is not complex as it is."""
    if isinstance(value, (list, tuple)):
        return list(map(turn, value)) if type(value) is list else tuple(map(turn, value))
    if isinstance(value, (int, float, complex)):
        return value.conjugate()
    if not is_complex(value):
        return value
    if hasattr(value, "_array"):
        from .ops.later import primitive

        return primitive("parts", "conj").call(value)
    return value.conj()
