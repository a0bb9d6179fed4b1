"""Complex numbers and their parts. Rules are written out: none of these has a derivative in the complex sense.

``real``, ``imag``, ``view_as_real`` and ``view_as_complex`` are views: what is written into one is seen in the other. So is ``conj``, by
two memories that follow each other (mirrors.py).
"""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..device import is_here
from ..mirrors import MIRRORED, mirror, shows
from ..namespaces import sum_to
from ..primitive import PRIMITIVES, primitive

COMPLEX = {"e": "c8", "f": "c8", "d": "c16"}  # of two floats of that kind


def _begun(dtype):
    """The complex dtype of that name, the engine made ready for it."""
    return dtypes.meet(np.dtype(dtype))


# ---------------------------------------------------------------------- conjugates


@primitive(holomorphic=False)
def conj(xp, x):
    """x + iy to x - iy; a real tensor as it is."""
    return xp.np.conj(x)


@conj.vjp("x")
def conj_x(xp, g):
    return xp.conj(g)


@primitive(holomorphic=False)
def conj_physical(xp, x):
    """x + iy to x - iy."""
    return xp.np.conj(x)


@conj_physical.vjp("x")
def conj_physical_x(xp, g):
    return xp.conj_physical(g)


@primitive(holomorphic=False, name="NegViewBackward0")
def neg_view(xp, x):
    """-x, seen in the memory of x."""
    return -x


@neg_view.vjp("x")
def neg_view_x(xp, g):
    return -g


def conj_word(x):
    """The conjugate, a view; a real tensor is its own."""
    return _mirrored(x, conj) if x._array.dtype.kind == "c" else x


def _mirrored(x, op):
    """What ``op`` gives, as a view of x. What only stands for an array (while a program is captured, say) is copied."""
    x._materialise()
    out = op.call(x)
    if not is_here(x._array) or not is_here(out._array):
        return out
    out._array = mirror(x._array, MIRRORED[op.__name__])
    return x._lend(out, (op, {}), True)


def conj_physical_word(x):
    """The conjugate; a real tensor is its own."""
    return conj_physical.call(x) if x._array.dtype.kind == "c" else x


def is_conj(x) -> bool:
    """Whether it is seen as the conjugate of what its memory holds."""
    return shows(x._array, np.conjugate)


def is_neg(x) -> bool:
    """Whether it is seen with the other sign than what its memory holds."""
    return shows(x._array, np.negative)


def resolve_conj(x):
    """x itself, or a copy if it is the conjugate of what its memory holds."""
    return x.clone() if is_conj(x) else x


def resolve_neg(x):
    """x itself, or a copy if its memory holds the numbers with the other sign."""
    return x.clone() if is_neg(x) else x


# ---------------------------------------------------------------------- parts


@primitive(holomorphic=False, name="SelectBackward0")
def real_part(xp, x):
    """The real part, as rules need it."""
    return xp.np.real(x).copy() if xp.np is np else xp.np.real(x)


@real_part.vjp("x")
def real_part_x(xp, g, x_dtype):
    return xp.cast(g, x_dtype)


@primitive(holomorphic=False, name="SelectBackward0")
def imag_part(xp, x):
    """The imaginary part, as rules need it."""
    return xp.np.imag(x).copy() if xp.np is np else xp.np.imag(x)


@imag_part.vjp("x")
def imag_part_x(xp, g, x_dtype):
    return xp.cast(g, x_dtype) * 1j


def real(x):
    """The real part, a view; a real tensor is its own."""
    if x._array.dtype.kind != "c":
        return x
    return _half(conj_word(x) if is_conj(x) else x, 0)


def imag(x):
    """The imaginary part of a complex tensor; a view."""
    if x._array.dtype.kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return _half(conj_word(x), 1, turned=True) if is_conj(x) else _half(x, 1)


def _half(x, which: int, turned=False):
    """PyTorch's way to a part: the numbers as pairs, ``turned`` to the other sign, and of each pair one."""
    pairs = pairs_of.call(x)
    pairs = _mirrored(pairs, neg_view) if turned else pairs
    return PRIMITIVES["select"].call(pairs, (slice(None),) * x._array.ndim + (which, ...))


@primitive(holomorphic=False, view=True, name="ViewAsRealBackward0")
def pairs_of(xp, x):
    """Real and imaginary parts as a last dimension of 2; a view."""
    if isinstance(x, np.ndarray):
        first = x.real
        return np.lib.stride_tricks.as_strided(first, (*x.shape, 2), (*x.strides, first.itemsize))
    return xp.np.stack([xp.np.real(x), xp.np.imag(x)], -1)


@pairs_of.vjp("x")
def pairs_of_x(xp, g):
    return xp.from_pairs(g)


@primitive(holomorphic=False, view=True, name="ViewAsComplexBackward0")
def from_pairs(xp, x):
    """Complex numbers of pairs in the last dimension; a view where the pairs lie so in memory."""
    if isinstance(x, np.ndarray) and x.strides[-1] == x.itemsize:
        return x.view(COMPLEX[x.dtype.char])[..., 0]
    return x[..., 0] + x[..., 1] * 1j if x.dtype.itemsize == 8 else (x[..., 0] + x[..., 1] * 1j).astype("c8")


@from_pairs.vjp("x")
def from_pairs_x(xp, g):
    return xp.pairs_of(g)


def view_as_real(x):
    """Real and imaginary parts as a last dimension of 2."""
    if x._array.dtype.kind != "c":
        raise RuntimeError("view_as_real is only supported for complex tensors")
    if is_conj(x):
        raise RuntimeError(
            "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you can view it as real, "
            "use self.resolve_conj(); however, be warned that the resulting tensor will NOT alias the original."
        )
    return pairs_of.call(x)


def view_as_complex(x):
    """Complex numbers of pairs in the last dimension."""
    if x._array.dtype.char not in "fd":
        raise RuntimeError("view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar "
                           f"type: {x.dtype.kind}")  # fmt: skip
    if not x._array.ndim or x._array.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    _begun(COMPLEX[x._array.dtype.char])
    if isinstance(x._array, np.ndarray):
        *steps, last = x.stride()
        if last != 1:
            raise RuntimeError("Tensor must have a last dimension with stride 1")
        if any(step % 2 for step in steps):
            raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
        if x.storage_offset() % 2:
            raise RuntimeError("Tensor must have a storage_offset divisible by 2")
    return from_pairs.call(x)


@primitive(holomorphic=False, name="ComplexBackward0")
def of_parts(xp, x, y):
    """x + iy of two real tensors."""
    return _beside(xp, x, y)


def _beside(xp, x, y):
    """x + iy, each written in its place: an infinite y times i has nan for its real part."""
    dtype = "c8" if x.dtype.itemsize < 8 else "c16"
    if xp.np is not np:
        return (x + y * 1j).astype(dtype)
    out = np.empty(np.broadcast_shapes(x.shape, y.shape), dtype)
    out.real, out.imag = x, y
    return out[()]


@of_parts.vjp("x")
def of_parts_x(xp, g, x, y):  # both are saved, as in PyTorch, so that a write is noticed
    return sum_to(xp, xp.real_part(g), tuple(x.shape))


@of_parts.vjp("y")
def of_parts_y(xp, g, x, y):
    return sum_to(xp, xp.imag_part(g), tuple(y.shape))


def _same_floats(name, x, y):
    if x._array.dtype.char not in COMPLEX or y._array.dtype.char not in COMPLEX:
        raise RuntimeError(
            f"Expected both inputs to be Half, Float or Double tensors but got {x.dtype.kind} and {y.dtype.kind}"
        )
    if x._array.dtype is not y._array.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {x.dtype.kind} but got scalar type {y.dtype.kind} for second argument"
        )
    _begun(COMPLEX[x._array.dtype.char])


def complex_word(real, imag):
    """real + i imag."""
    _same_floats("complex", real, imag)
    return of_parts.call(real, imag)


def polar(abs, angle):
    """The complex number with that length and angle."""
    _same_floats("polar", abs, angle)
    return of_polar.call(abs, angle)


@primitive(holomorphic=False, name="PolarBackward0")
def of_polar(xp, r, angle):
    """r e^(i angle)."""
    return _beside(xp, r * xp.cos(angle), r * xp.sin(angle))


@of_polar.vjp("r")
def of_polar_r(xp, g, r, angle, r_shape):
    slope = xp.real_part(g) * xp.cos(angle) + xp.imag_part(g) * xp.sin(angle)
    return sum_to(xp, xp.where_mask((r == 0) & (angle == angle), 0, slope), r_shape)  # 0 has no direction: PyTorch's is 0


@of_polar.vjp("angle")
def of_polar_angle(xp, g, r, angle, angle_shape):
    return sum_to(xp, (xp.imag_part(g) * xp.cos(angle) - xp.real_part(g) * xp.sin(angle)) * r, angle_shape)


@primitive(holomorphic=False, name="AngleBackward0")
def angle_complex(xp, x):
    """The angle of a complex number."""
    return xp.np.angle(x)


@angle_complex.vjp("x")
def angle_complex_x(xp, g, x):
    zero = x == 0
    return xp.where_mask(zero, 0, x * 1j * (g / xp.where_mask(zero, 1, xp.real_part(x * xp.conj(x)))))
