"""NumPy's functions that join, take apart, choose and move elements, in our words."""

from __future__ import annotations

import numpy as np

from .numpy_words import TABLE, says, tensor, tensors, word
from .ops.convert import alike
from .ops.joining import cat, stack
from .tensor import Tensor, wrap

# ---------------------------------------------------------------------- joining and taking apart


@says()
def concatenate(arrays, axis=0):
    found = tensors(arrays)
    return cat([x.flatten() for x in found], 0) if axis is None else cat(found, axis)


@says("stack")
def stacked(arrays, axis=0):
    return stack(tensors(arrays), axis)


for _name in "vstack hstack dstack column_stack".split():
    says(_name)(lambda tup, _name=_name: word(_name)(tensors(tup)))
    TABLE["numpy", _name] = TABLE["numpy", _name][0], ["tup"]


@says()
def append(arr, values, axis=None):
    return concatenate([arr, values], axis)


@says()
def array_split(ary, indices_or_sections, axis=0):
    where = indices_or_sections if isinstance(indices_or_sections, int) else tuple(int(i) for i in indices_or_sections)
    return list(word("tensor_split")(tensor(ary), where, axis))


@says()
def split(ary, indices_or_sections, axis=0):
    if isinstance(indices_or_sections, int) and tensor(ary)._array.shape[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return array_split(ary, indices_or_sections, axis)


@says()
def where(condition, x=None, y=None):
    return NotImplemented if x is None else word("where")(tensor(condition), tensor(x), tensor(y))


@says()
def select(condlist, choicelist, default=0):
    out = tensor(default)
    for condition, choice in reversed(list(zip(condlist, choicelist))):
        out = where(condition, choice, out)
    return out


@says()
def clip(a, a_min=None, a_max=None, min=None, max=None):
    low, high = (v if v is None or isinstance(v, int | float | Tensor) else tensor(v) for v in (a_min, a_max))
    return word("clamp")(tensor(a), min if low is None else low, max if high is None else high)


# ---------------------------------------------------------------------- shapes


@says()
def reshape(a, shape):
    return tensor(a).reshape(shape)


@says()
def transpose(a, axes=None):
    return a.permute(*(reversed(range(a._array.ndim)) if axes is None else axes))


@says()
def swapaxes(a, axis1, axis2):
    return a.transpose(axis1, axis2)


@says()
def moveaxis(a, source, destination):
    return word("moveaxis")(a, source, destination)


@says()
def expand_dims(a, axis):
    for d in sorted(d % (a._array.ndim + len(axis)) for d in axis) if isinstance(axis, tuple) else (axis,):
        a = a.unsqueeze(d)
    return a


@says()
def squeeze(a, axis=None):
    return a.squeeze() if axis is None else a.squeeze(axis)


@says()
def ravel(a):
    return a.flatten()


@says()
def flip(m, axis=None):
    return m.flip(tuple(range(m._array.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,))


@says()
def roll(a, shift, axis=None):
    return word("roll")(a, shift, **({} if axis is None else {"dims": axis}))


@says()
def tile(a, reps):
    return word("tile")(a, (reps,) if isinstance(reps, int) else tuple(reps))


@says()
def repeat(a, repeats, axis=None):
    repeats = repeats if isinstance(repeats, int) else tensor(repeats)
    return word("repeat_interleave")(a.flatten() if axis is None else a, repeats, 0 if axis is None else axis)


@says()
def broadcast_to(array, shape):
    return word("broadcast_to")(array, tuple(shape))


@says()
def diag(v, k=0):
    return word("diag")(v, k)


@says()
def tril(m, k=0):
    return word("tril")(m, k)


@says()
def triu(m, k=0):
    return word("triu")(m, k)


@says()
def rot90(m, k=1, axes=(0, 1)):
    return word("rot90")(m, k, tuple(axes))


@says()
def take(a, indices, axis=None):
    a, indices = tensor(a), np.asarray(getattr(indices, "_array", indices))
    return a.flatten()[indices] if axis is None else a[(slice(None),) * (axis % a._array.ndim) + (indices,)]


@says()
def take_along_axis(arr, indices, axis=-1):
    return word("take_along_dim")(tensor(arr), tensor(indices), axis)


@says()
def diff(a, n=1, axis=-1):
    return word("diff")(a, n, axis)


@says()
def trapezoid(y, x=None, dx=1.0, axis=-1):
    return word("trapezoid")(y, dx=dx, dim=axis) if x is None else word("trapezoid")(y, tensor(x), dim=axis)


@says()
def round(a, decimals=0):
    return word("round")(a, decimals=decimals) if decimals else word("round")(a)


@says()
def isclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=False):
    return word("isclose")(*alike(tensor(a), tensor(b)), rtol=rtol, atol=atol, equal_nan=equal_nan)


@says()
def allclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=False):
    return bool(isclose(a, b, rtol, atol, equal_nan)._array.all())


@says()
def array_equal(a1, a2):
    return np.array_equal(tensor(a1)._array, tensor(a2)._array)


says("copy")(lambda a: a.clone())
says("shape")(lambda a: a.shape)
says("ndim")(lambda a: a._array.ndim)
says("size")(lambda a: a._array.size)
says("zeros_like")(lambda a: wrap(np.zeros_like(np.asarray(a._array))))
says("ones_like")(lambda a: wrap(np.ones_like(np.asarray(a._array))))
says("empty_like")(lambda a: wrap(np.empty_like(np.asarray(a._array))))
says("full_like")(lambda a, fill_value: wrap(np.full_like(np.asarray(a._array), fill_value)))
for _name in "atleast_1d atleast_2d atleast_3d fliplr flipud nan_to_num real imag".split():
    says(_name)(lambda a, _name=_name: word(_name)(a))
    TABLE["numpy", _name] = TABLE["numpy", _name][0], ["a"]
