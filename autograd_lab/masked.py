"""``torch.masked``'s face: reductions and normalisations of the elements where a mask is True."""

from __future__ import annotations

import math

from . import core as _core
from .core.absent import missing as _missing
from .core.limits import iinfo as _iinfo
from .core.ops import later as _later
from .core.ops.norms import vector_norm as _vector_norm
from .core.tensor import Tensor as _Tensor

__all__ = """amax amin argmax argmin cumprod cumsum log_softmax logaddexp logsumexp mean median norm normalize prod softmax softmin std sum
             var""".split()  # fmt: skip
_word = _later.function


def _filled(x: _Tensor, mask: _Tensor | None, value: float) -> _Tensor:
    """x with ``value``, which changes nothing in the reduction, where the mask is False."""
    if mask is None:
        return x
    if mask.ndim > x.ndim:
        raise IndexError("_input_mask expected broadcastable mask (got mask dimensionality higher than of the input)")
    kept: _Tensor = mask if mask.shape == x.shape else mask.expand(x.shape)
    return _word("where")(kept.bool(), x, x.new_full((), value))


def _dims(x: _Tensor, dim) -> tuple[int, ...]:
    """Dimensions in order, from 0 on; all for None and for an empty tuple, none for an empty list, as in PyTorch."""
    if dim is None or dim == ():
        return tuple(range(x.ndim))
    n, found = max(x.ndim, 1), []
    for d in (dim,) if isinstance(dim, int) else dim:
        if d in found:
            raise RuntimeError(f"dim={d} appears multiple times in the list of dims")
        if d >= n or d < -n:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {d})")
        found.append(d % n)
    return tuple(sorted(found))


def _dim(x: _Tensor, dim) -> int:
    """One dimension, the first of several, as in PyTorch."""
    return _dims(x, dim)[0]


def _without(x: _Tensor, mask: _Tensor | None, word: str, sign: int) -> _Tensor:
    """x with the least of its dtype (the most: ``sign`` -1) where the mask is False; refused for a ``word`` of booleans."""
    if mask is None or x.is_floating_point() or x.is_complex():
        return _filled(x, mask, -sign * math.inf)
    if x.dtype is _core.dtypes.BY_NAME["bool"]:
        raise NotImplementedError(f"identity of {word} on torch.bool input")
    limits = _iinfo(x.dtype)
    return _filled(x, mask, limits.min if sign > 0 else limits.max)


def _cast(x: _Tensor, dtype) -> _Tensor:
    return x if dtype is None else x.to(dtype)


def _count(x: _Tensor, mask: _Tensor | None, dim, keepdim: bool) -> _Tensor:
    ones = _core.ones(x.shape, dtype=x.dtype if not x.is_complex() else x.abs().dtype, device=x.device)
    return _filled(ones, mask, 0).sum(dim=dim, keepdim=keepdim)


def sum(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """The sum over ``dim`` of the elements where the mask is True; 0 of none."""
    return _filled(input, mask, 0).sum(_dims(input, dim), bool(keepdim), dtype=dtype)


def prod(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """The product over ``dim`` of the elements where the mask is True; 1 of none."""
    out = _cast(_filled(input, mask, 1), dtype)
    for d in reversed(_dims(input, dim)):
        out = out.prod(d, bool(keepdim))
    return out if input.ndim else out * 1


def amax(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """The largest over ``dim`` of the elements where the mask is True; ties share the gradient."""
    return _cast(_without(input, mask, "amax", 1).amax(_dims(input, dim), bool(keepdim)), dtype)


def amin(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """The smallest over ``dim`` of the elements where the mask is True; ties share the gradient."""
    return _cast(_without(input, mask, "amin", -1).amin(_dims(input, dim), bool(keepdim)), dtype)


def argmax(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Where along ``dim`` the largest of the elements is where the mask is True; of the input's dtype, as PyTorch has it."""
    return _without(input, mask, "argmax", 1).argmax(dim, bool(keepdim)).to(dtype or input.dtype)


def argmin(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """Where along ``dim`` the smallest of the elements is where the mask is True; of the input's dtype, as PyTorch has it."""
    return _without(input, mask, "argmin", -1).argmin(dim, bool(keepdim)).to(dtype or input.dtype)


def mean(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """The mean over ``dim`` of the elements where the mask is True; nan of none."""
    if dtype is None and not (input.is_floating_point() or input.is_complex()):
        told = "Input dtype must be either a floating point or complex dtype"
        raise ValueError(f"mean(): Could not infer output dtype. {told}. Got: {input.dtype}")
    if mask is None:
        return input.mean(_dims(input, dim), bool(keepdim), dtype=dtype)
    count = _count(input, mask, dim, bool(keepdim))
    return sum(input, dim, keepdim=keepdim, dtype=dtype, mask=mask) / count


def median(input, dim=-1, *, keepdim=False, dtype=None, mask=None):
    """The median along ``dim`` of the elements where the mask is True; the lower of two middle ones."""
    dim = _dim(input, dim)
    if input.is_floating_point():
        return _word("nanmedian")(_filled(input, mask, math.nan), dim, bool(keepdim)).values
    out = _word("nanmedian")(_filled(input.to(_core.dtypes.BY_NAME["float32"]), mask, math.nan), dim, bool(keepdim)).values
    if out.isnan().any():
        raise ValueError("masked median expects no fully masked out rows if dtype is not floating point")
    return out.to(dtype or input.dtype)


def norm(input, ord=2, dim=None, *, keepdim=False, dtype=None, mask=None):
    """The ``ord``-norm over ``dim`` of the elements where the mask is True."""
    if isinstance(ord, str):
        raise TypeError("linalg_vector_norm(): argument 'ord' (position 2) must be Number, not str")
    if dtype is None and not (input.is_floating_point() or input.is_complex()):
        raise RuntimeError(f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {input.dtype.kind}")
    filled = _filled(input, mask, math.inf if ord == -math.inf else 0)
    return _vector_norm(filled, 2.0 if ord is None else float(ord), _dims(input, dim), bool(keepdim), dtype=dtype)


def var(input, dim=None, unbiased=None, *, correction=None, keepdim=False, dtype=None, mask=None):
    """The variance over ``dim`` of the elements where the mask is True, divided by their count less ``correction``."""
    correction = (1 if unbiased is None else int(unbiased)) if correction is None else correction
    x = _cast(input, dtype)
    count, dims = _count(x, mask, dim, True), _dims(x, dim)
    apart = x - sum(x, dims, keepdim=True, mask=mask) / count
    total = sum(apart * apart.conj(), dims, keepdim=keepdim, mask=mask)
    return total / (count.reshape(total.shape) - correction).clamp(min=0)


def std(input, dim=None, unbiased=None, *, correction=None, keepdim=False, dtype=None, mask=None):
    """The standard deviation over ``dim`` of the elements where the mask is True."""
    return var(input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype, mask=mask).sqrt()


def cumsum(input, dim, *, dtype=None, mask=None):
    """The running sum along ``dim`` of the elements where the mask is True."""
    return _word("cumsum")(_filled(input, mask, 0), _dim(input, dim), dtype=dtype or input.dtype)


def cumprod(input, dim, *, dtype=None, mask=None):
    """The running product along ``dim`` of the elements where the mask is True."""
    return _word("cumprod")(_filled(input, mask, 1), _dim(input, dim), dtype=dtype or input.dtype)


def logsumexp(input, dim=None, *, keepdim=False, dtype=None, mask=None):
    """log of the sum of exponentials over ``dim`` of the elements where the mask is True."""
    filled = _filled(input, mask, -math.inf) if input.is_complex() else _without(input, mask, "logsumexp", 1)
    return _word("logsumexp")(filled, _dims(input, dim), bool(keepdim)).to(dtype or input.dtype)


def logaddexp(input, other, *, dtype=None, input_mask=None, other_mask=None):
    """log(exp(input) + exp(other)), each only where its own mask is True."""
    x, y = _without(input, input_mask, "logaddexp", 1), _without(other, other_mask, "logaddexp", 1)
    return _word("logaddexp")(x, y).to(dtype or input.dtype)


def softmax(input, dim, *, dtype=None, mask=None):
    """softmax along ``dim`` of the elements where the mask is True; 0 elsewhere."""
    return _word("softmax")(_cast(_without(input, mask, "amax", 1), dtype), _dim(input, dim))


def log_softmax(input, dim, *, dtype=None, mask=None):
    """log of softmax along ``dim`` of the elements where the mask is True."""
    return _word("log_softmax")(_cast(_without(input, mask, "amax", 1), dtype), _dim(input, dim))


def softmin(input, dim, *, dtype=None, mask=None):
    """softmax of the negated elements where the mask is True; 0 elsewhere."""
    return _word("softmax")(-_cast(_without(input, mask, "amin", -1), dtype), _dim(input, dim))


def normalize(input, ord, dim, *, eps=1e-12, dtype=None, mask=None):
    """The elements where the mask is True divided by their ``ord``-norm along ``dim``, or by ``eps`` where that is larger."""
    x = _cast(input, dtype)
    length = norm(x, ord, dim, keepdim=True, mask=mask)
    return _filled(x, mask, 0) / length.maximum(length.new_full((), eps))


def __getattr__(name: str):
    raise _missing("torch.masked", name)
