"""Discrete Fourier transforms: three primitives over ``np.fft``, and PyTorch's words made of them."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..primitive import PRIMITIVES, primitive
from ..tensor import wrap
from .convert import dim_of, dims_of
from .convolution import pad_constant
from .create import leaf
from .parts import COMPLEX

OTHER = {"backward": "forward", "forward": "backward", "ortho": "ortho"}  # who divides by n, told from the other direction

# ---------------------------------------------------------------------- primitives


@primitive(name="FftC2CBackward0")
def fft_c2c(xp, x, *, dim, norm, direct):
    """The transform of complex numbers over ``dim``; ``direct``: with a minus in the exponent."""
    return (xp.np.fft.fftn if direct else xp.np.fft.ifftn)(x, axes=dim, norm=norm)


@fft_c2c.vjp("x")
def fft_c2c_x(xp, g, dim, norm, direct):
    """The matrix of a transform is symmetric."""
    return xp.fft_c2c(g, dim, norm, direct)


@primitive(name="FftR2CBackward0")
def fft_r2c(xp, x, *, dim, norm, onesided=True):
    """The transform of real numbers over ``dim``; ``onesided``: of the last only the half that tells all."""
    return (xp.np.fft.rfftn if onesided else xp.np.fft.fftn)(x, axes=dim, norm=norm)


@fft_r2c.vjp("x")
def fft_r2c_x(xp, g, x, dim, norm, onesided):
    """What was left out counts as zero; the imaginary part goes nowhere. x is saved as in PyTorch, so that a write is noticed."""
    missing = x.shape[dim[-1]] - g.shape[dim[-1]]
    if missing:
        shape = list(g.shape)
        shape[dim[-1]] = missing
        g = xp.cat([g, _zeros(xp, shape, g)], dim[-1])
    return xp.real_part(xp.fft_c2c(g, dim, norm, True))


def _zeros(xp, shape, like):
    return like.new_zeros(shape) if hasattr(like, "_array") else xp.zeros(tuple(shape), like.dtype)


@primitive(name="FftC2RBackward0", holomorphic=False)
def fft_c2r(xp, x, *, dim, norm, size):
    """Real numbers, ``size`` along the last of ``dim``, from the half of their transform that tells all."""
    sizes = [x.shape[d] for d in dim[:-1]] + [size]
    return xp.np.fft.irfftn(x, sizes, axes=dim, norm=norm)


@fft_c2r.vjp("x")
def fft_c2r_x(xp, g, x_shape, dim, norm, size):
    """The transform of g; entries that also stand for their mirror image count twice."""
    half = xp.fft_r2c(g, dim, OTHER[norm], True)
    count = np.ones(x_shape[dim[-1]])
    count[1 : 1 + size - x_shape[dim[-1]]] = 2
    count = count.reshape((-1,) + (1,) * (len(x_shape) - 1 - dim[-1]))
    return half * xp.cast(_numbers(xp, count), half.dtype)


def _numbers(xp, array):
    return wrap(array) if hasattr(xp, "register") else array


# ---------------------------------------------------------------------- what the words share


def _floating(x):
    """x, integers in the default dtype; RuntimeError for floats of 16 bits, which PyTorch's transforms on the CPU do not know."""
    d = x._array.dtype
    if d.itemsize == 2 and d.kind in "fV":
        raise RuntimeError(f"Unsupported dtype {x.dtype.kind}. Transforms take float32 and wider; use .float() before")
    return x if d.kind in "fc" else x.to(dtypes.default)


def _complex(x):
    return x if x._array.dtype.kind == "c" else PRIMITIVES["to"].call(x, dtypes.meet(np.dtype(COMPLEX[x._array.dtype.char])))


def _real(name, x):
    if x._array.dtype.kind == "c":
        raise RuntimeError(
            f"{name} expects a real{'-valued' if name.endswith(('n', '2')) else ''} input tensor, but got {x.dtype.kind}"
        )
    x = _floating(x)
    dtypes.meet(np.dtype(COMPLEX[x._array.dtype.char]))
    return x


def _norm(norm):
    if norm is None:
        return "backward"
    if norm not in OTHER:
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')
    return norm


def _over(x, s, dim, all_by_default=True):
    """(dims, sizes) of a transform over several dimensions, PyTorch's defaults filled in."""
    n = x._array.ndim
    if s is not None:
        s = [s] if isinstance(s, int) else list(s)
    if dim is not None:
        dims = dims_of(dim, n, twice=True) if not (isinstance(dim, (tuple, list)) and not dim) else ()
        if len(set(dims)) < len(dims):
            raise RuntimeError("FFT dims must be unique")
    else:
        if s is not None and len(s) > n:
            raise RuntimeError(f"Got shape with {len(s)} values but input tensor only has {n} dimensions.")
        dims = tuple(range(n if s is None else len(s)))
        dims = dims if s is None else tuple(range(n - len(s), n))
    if s is not None and len(s) != len(dims):
        raise RuntimeError("When given, dim and shape arguments must have the same length")
    sizes = [x._array.shape[d] if s is None or s[i] == -1 else s[i] for i, d in enumerate(dims)]
    return dims, sizes


def _resized(x, dims, sizes):
    """x cut or filled up with zeros to ``sizes`` along ``dims``."""
    for d, n in zip(dims, sizes):
        if n < 1:
            raise RuntimeError(f"Invalid number of data points ({n}) specified")
        have = x._array.shape[d]
        if n < have:
            x = x.narrow(d, 0, n)
    border = [0] * (2 * x._array.ndim)
    for d, n in zip(dims, sizes):
        border[2 * (x._array.ndim - 1 - d) + 1] = n - x._array.shape[d]
    return pad_constant(x, border, 0) if any(border) else x


def whole(x, dims, sizes, norm, forward):
    """A transform to as many numbers: of reals by their own primitive. Over several dimensions PyTorch takes complex ones."""
    x = _resized(_floating(x), dims, sizes)
    if not dims:
        return _complex(x)
    if x._array.dtype.kind == "c":
        return fft_c2c.call(x, dims, norm, forward)
    dtypes.meet(np.dtype(COMPLEX[x._array.dtype.char]))
    out = fft_r2c.call(x, dims, norm if forward else OTHER[norm], False)
    return out if forward else out.conj()


def half(name, x, dims, sizes, norm, forward):
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")
    out = fft_r2c.call(_resized(_real(name, x), dims, sizes), dims, norm if forward else OTHER[norm])
    return out if forward else out.conj()


def back(name, x, dims, sizes, norm, forward):
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")
    x = _resized(_complex(_floating(x)), dims, [*sizes[:-1], sizes[-1] // 2 + 1])
    if sizes[-1] < 1:
        raise RuntimeError(f"Invalid number of data points ({sizes[-1]}) specified")
    if forward:  # of what is symmetric: the inverse of its conjugate, divided at the other end
        x, norm = x.conj(), OTHER[norm]
    return fft_c2r.call(x, dims, norm, sizes[-1])


# ---------------------------------------------------------------------- over one dimension


def _one(x, n, dim):
    if not x._array.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    d = dim_of(dim, x._array.ndim)
    return (d,), [x._array.shape[d] if n is None else n]


def fft(x, n=None, dim=-1, norm=None):
    """The transform along ``dim``, over ``n`` numbers."""
    return whole(x, *_one(x, n, dim), _norm(norm), True)


def ifft(x, n=None, dim=-1, norm=None):
    """The inverse of fft."""
    return whole(x, *_one(x, n, dim), _norm(norm), False)


def rfft(x, n=None, dim=-1, norm=None):
    """The transform of real numbers: the half that tells all."""
    return half("rfft", x, *_one(x, n, dim), _norm(norm), True)


def ihfft(x, n=None, dim=-1, norm=None):
    """The inverse of hfft."""
    return half("ihfft", x, *_one(x, n, dim), _norm(norm), False)


def irfft(x, n=None, dim=-1, norm=None):
    """The inverse of rfft: ``n`` real numbers."""
    dims, have = _one(x, None, dim)
    return back("irfft", x, dims, [2 * (have[0] - 1) if n is None else n], _norm(norm), False)


def hfft(x, n=None, dim=-1, norm=None):
    """The transform, real, of numbers that are their own mirrored conjugate, of which x is one half."""
    dims, have = _one(x, None, dim)
    return back("hfft", x, dims, [2 * (have[0] - 1) if n is None else n], _norm(norm), True)


# ---------------------------------------------------------------------- over several


def fftn(x, s=None, dim=None, norm=None):
    """The transform over several dimensions, all by default."""
    return whole(_complex(_floating(x)), *_over(x, s, dim), _norm(norm), True)


def ifftn(x, s=None, dim=None, norm=None):
    """The inverse of fftn."""
    return whole(_complex(_floating(x)), *_over(x, s, dim), _norm(norm), False)


def rfftn(x, s=None, dim=None, norm=None):
    """The transform of real numbers over several dimensions: of the last one the half that tells all."""
    return half("rfftn", x, *_over(x, s, dim), _norm(norm), True)


def ihfftn(x, s=None, dim=None, norm=None):
    """The inverse of hfftn."""
    dims, sizes = _over(x, s, dim)
    first = half("ihfftn", x, dims[-1:], sizes[-1:], _norm(norm), False)
    return first if len(dims) == 1 else whole(first, dims[:-1], sizes[:-1], _norm(norm), False)


def _full(x, s, dim):
    dims, sizes = _over(x, s, dim)
    if dims and (s is None or (s if isinstance(s, int) else s[-1]) == -1):
        sizes[-1] = 2 * (sizes[-1] - 1)
    return dims, sizes


def irfftn(x, s=None, dim=None, norm=None):
    """The inverse of rfftn."""
    return back("irfftn", x, *_full(x, s, dim), _norm(norm), False)


def hfftn(x, s=None, dim=None, norm=None):
    """The transform, real, of what is its own mirrored conjugate."""
    dims, sizes = _full(x, s, dim)
    x = _complex(_floating(x))
    if len(dims) > 1:
        x = whole(x, dims[:-1], sizes[:-1], _norm(norm), True)
    return back("hfftn", x, dims[-1:], sizes[-1:], _norm(norm), True)


def _plane(word):
    def over_two(x, s=None, dim=(-2, -1), norm=None):
        return word(x, s, dim, norm)

    over_two.__name__ = over_two.__qualname__ = word.__name__[:-1] + "2"
    over_two.__doc__ = f"``{word.__name__}`` over the last two dimensions."
    return over_two


fft2, ifft2, rfft2, irfft2, hfft2, ihfft2 = map(_plane, (fftn, ifftn, rfftn, irfftn, hfftn, ihfftn))

# ---------------------------------------------------------------------- frequencies


def fftfreq(n, d=1.0, *, dtype=None, device=None, requires_grad=False):
    """The frequencies of a transform of ``n`` numbers that lie ``d`` apart."""
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    wanted = dtypes.default.numpy if dtype is None else dtype.numpy
    return leaf(np.fft.fftfreq(n, d).astype(wanted), requires_grad, device)


def rfftfreq(n, d=1.0, *, dtype=None, device=None, requires_grad=False):
    """The frequencies of a transform of ``n`` real numbers."""
    wanted = dtypes.default.numpy if dtype is None else dtype.numpy
    return leaf(np.fft.rfftfreq(n, d).astype(wanted), requires_grad, device)


def _rolled(x, dim, by):
    dims = dims_of(dim, x._array.ndim, twice=True)
    return x.roll(tuple(by(x._array.shape[d]) for d in dims), dims)


def fftshift(x, dim=None):
    """The zero frequency moved to the middle."""
    return _rolled(x, dim, lambda n: n // 2)


def ifftshift(x, dim=None):
    """The zero frequency moved back to the front."""
    return _rolled(x, dim, lambda n: (n + 1) // 2)
