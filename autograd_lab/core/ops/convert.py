"""What words do with their arguments before a primitive sees them: common dtypes, dimensions, names PyTorch also takes."""

from __future__ import annotations

import functools
import inspect

import numpy as np

from .. import dtypes, too_large
from ..device import OPENED
from ..mistakes import checked_dim, repeated
from ..primitive import PRIMITIVES, RUNTIME, Primitive
from ..return_types import returned
from ..signatures import kind_of, signatures_of
from ..tensor import Tensor, wrap

ALSO = {"axis": "dim", "keepdims": "keepdim", "axes": "dims"}  # NumPy's words, which PyTorch takes too
ALSO |= {"split_size": "split_size_or_sections"}  # a method's word, and a function's


def as_tensor(value, like):
    """``value`` as a tensor; a number takes the dtype it has beside the tensor ``like``."""
    if isinstance(value, Tensor):
        return value
    own = dtypes.of_number(value)
    if isinstance(like, Tensor) and dtypes.RANK[own.kind] <= dtypes.RANK[like._array.dtype.kind]:
        own = like._array.dtype
    elif isinstance(like, Tensor) and own.kind == "c" and like._array.dtype.kind in "fV":
        own = np.result_type(own, like._array.dtype)
    try:
        return wrap(np.asarray(value, own)[()])
    except OverflowError:
        raise too_large.not_a_scalar(value) from None


def alike(*operands):
    """Tensors and numbers in their common dtype, by PyTorch's rules."""
    tensors = [t for t in operands if isinstance(t, Tensor)]
    if OPENED:
        RUNTIME["together"](*(t._array for t in tensors))
    dtype, ndim = tensors[0]._array.dtype, tensors[0]._array.ndim
    for t in tensors[1:]:
        dtype, ndim = dtypes.promote(dtype, ndim, t._array.dtype, t._array.ndim), max(ndim, t._array.ndim)
    for number in operands:
        if not isinstance(number, Tensor) and dtypes.RANK[(own := dtypes.of_number(number)).kind] > dtypes.RANK[dtype.kind]:
            dtype = np.result_type(own, dtype) if own.kind == "c" and dtype.kind in "fV" else own
    try:
        return [PRIMITIVES["to"].call(t, dtype) if isinstance(t, Tensor) and t._array.dtype != dtype else
                t if isinstance(t, Tensor) else wrap(np.asarray(t, dtype)[()]) for t in operands]  # fmt: skip
    except OverflowError:
        for number in too_large.among(operands):
            raise too_large.not_a_scalar(number) from None
        raise


def by_kind(name, tensor, scalar, doc):
    """A word that records one node for a tensor as second operand and another for a number."""

    def word(x, other):
        if isinstance(other, Tensor) or not isinstance(x, Tensor):
            return tensor.call(as_tensor(x, other), other)
        x = widened(x, other)
        return scalar.call(x, other)

    word.__name__, word.__doc__ = name, doc
    return word


def widened(x, number):
    """x in the dtype that x and a Python number have together."""
    own = dtypes.of_number(number)
    if own.kind == "c" and x._array.dtype.kind in "fV":
        own = np.result_type(own, x._array.dtype)
    return x.to(dtype=own) if dtypes.RANK[own.kind] > dtypes.RANK[x._array.dtype.kind] else x


def by_number(word: str):
    """``word`` of a tensor and a floating number, as PyTorch's compositions call it: a node with one edge; integers become floats."""
    call = PRIMITIVES[f"{word}_number"].call
    return lambda x, number: call(widened(x, 1.0), number)


def dim_of(dim, ndim: int) -> int:
    """``dim`` counted from the front; PyTorch's IndexError outside of [-ndim, ndim - 1]. A scalar has one dimension, 0."""
    n = max(ndim, 1)
    if not -n <= dim < n:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")
    return dim % n


def dims_of(dim, ndim: int, twice: bool = False) -> tuple[int, ...]:
    """``dim`` (None for all, an int, or several) as a tuple counted from the front; ``twice``: one may be there more than once."""
    if dim is None or (isinstance(dim, (tuple, list)) and not len(dim)):
        return tuple(range(ndim))
    found = tuple(dim_of(int(d), ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,)))
    if len(found) > 1 and not twice and len(set(found)) < len(found):
        raise repeated(found)
    return found


def over(dim, x):
    """``dim`` as a tuple or a number; none of all is all, as in PyTorch, and a number has a dimension 0."""
    dim = tuple(dim) if isinstance(dim, list) else dim
    if not x._array.ndim and type(dim) is tuple:
        for d in dim:
            checked_dim(d, 1)
        if len(dim) > 1:
            raise repeated((0, 0))
        return ()
    return tuple(range(x._array.ndim)) if type(dim) is tuple and not dim else dim


def added_up(x, dtype, total):
    """``total(x)`` in ``dtype``; integers and booleans add up in int64, where NumPy's of uint8 are uint64."""
    whole = dtypes.BY_NAME["int64"]
    if dtype is None:
        return total(x.to(whole) if x._array.dtype.kind in "biu" else x)
    x = x.to(dtype)
    return total(x) if x._array.dtype.kind not in "biu" else total(x.to(whole)).to(dtype)


def pair(name):
    """The named tuple (values, indices) of that name."""
    return returned(name)


def sizes(args) -> tuple[int, ...]:
    """``(2, 3)`` from ``f(2, 3)`` or ``f((2, 3))``."""
    found = args[0] if len(args) == 1 and isinstance(args[0], (tuple, list)) else args
    return tuple(int(n) for n in found)


def _in_place_of(key: str, word: str, places: list[str]) -> str | None:
    """Our name of the operand that PyTorch calls ``key``, as in ``addmm(x, mat1=a, mat2=b)``: it stands in the same place."""
    for signature in signatures_of("f", word) or ():
        names = [p.name for p in signature.parameters if not p.keyword_only]
        if not signature.hidden and key in names[: len(places)] and places[names.index(key)] not in names:
            return places[names.index(key)]
    return None


def numpys(word: str, dim, keepdim, *, axis=None, keepdims=False) -> tuple:
    """(dim, keepdim) from NumPy's words for them. TypeError where both are given."""
    for given, theirs, key in ((dim is not None, axis is not None, "axis"), (keepdim, keepdims, "keepdims")):
        if given and theirs:
            raise TypeError(f"{word}() got an unexpected keyword argument '{key}'")
    return dim if axis is None else axis, keepdim or keepdims


_WITHOUT_OUT = frozenset(  # they are Python's in PyTorch, and give what they make
    """atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors cartesian_prod cdist einsum lobpcg meshgrid
       pca_lowrank split stft svd_lowrank unique unique_consecutive unravel_index""".split()
)


def face(function, name: str, space: str = ""):
    """What users call: ``function`` with PyTorch's other names for its parameters, and ``out=``.

    ``space`` tells ``linalg.norm`` from ``norm``.
    """
    if isinstance(function, Primitive):
        parameters = places = [*function.inputs, *function.params]
        made = functools.WRAPPER_ASSIGNMENTS
        call = function.call
    else:
        taken = inspect.signature(function).parameters
        parameters, made, call = list(taken), functools.WRAPPER_ASSIGNMENTS, function
        places = [n for n, p in taken.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    also = dict(zip(("input", "other", "exponent"), (*parameters[:1], *parameters[1:2], *parameters[1:2])))
    also |= {"self": parameters[0] if parameters else "self", **ALSO}
    also |= dict(zip("AB", places)) if space == "linalg." else {}
    takes_out, takes_none = "out" in parameters, not space and name in _WITHOUT_OUT
    call = _asking(space + name, call)

    def word(*args, **kwargs):
        if not kwargs:
            return call(*args)
        if takes_none and "out" in kwargs:
            raise TypeError(f"{name}() got an unexpected keyword argument 'out'")
        out = None if takes_out else kwargs.pop("out", None)
        if out is not None and not isinstance(out, (Tensor, tuple, list)):
            raise TypeError(f"{name}() got an unexpected keyword argument 'out'")
        for key in [k for k in kwargs if k not in parameters]:
            if (ours := also.get(key) or _in_place_of(key, space + name, places)) in parameters:
                if key in ALSO and (ours in kwargs or ours in places[: len(args)]):
                    raise TypeError(f"{name}() got an unexpected keyword argument '{key}'")
                kwargs[ours] = kwargs.pop(key)
        for place in places[len(args) :]:  # in its place, since what is asked before may have other names
            if place not in kwargs:
                break
            args = (*args, kwargs.pop(place))
        if out is None:
            return call(*args, **kwargs)
        from .out_dtypes import refuse_named
        from .outputs import follows, refuse_out, write_out

        refuse_out(space + name, out, (*args, *kwargs.values()))
        if "dtype" in parameters and isinstance(out, Tensor) and follows(space + name):
            refuse_named(space + name, kwargs.setdefault("dtype", out.dtype), out)
        result = call(*args, **kwargs)
        if isinstance(out, (tuple, list)):
            made = [write_out(space + name, o, r, True) for o, r in zip(out, result)]
            return type(result)(*made) if hasattr(result, "_fields") else tuple(made)
        return write_out(space + name, out, result)

    functools.update_wrapper(word, function, assigned=[a for a in made if a == "__doc__"])
    word.__name__ = word.__qualname__ = name
    return word


def must_be(kind: type, spoken: str, name: str, value, at: int | None = None) -> None:
    """TypeError in PyTorch's words, unless ``value``, the argument ``name`` of ``spoken``, is of a ``kind``; ``at``: its position."""
    if not isinstance(value, kind) and not (kind is bool and isinstance(value, np.bool_)):
        where = "" if at is None else f" (position {at})"
        raise TypeError(f"{spoken}(): argument '{name}'{where} must be {kind.__name__}, not {kind_of(value)}")


def _asking(name: str, call):
    """``call``, before which the word's preconditions are asked, if it has any."""
    from . import (  # noqa: F401  (they fill ASKED)
        deprecations,
        index_preconditions,
        kind_preconditions,
        matrix_preconditions,
        number_preconditions,
        preconditions,
    )

    ask = preconditions.ASKED.get(name)
    if ask is None:
        return call

    def asking(*args, **kwargs):
        ask(*args, **kwargs)
        return call(*args, **kwargs)

    return asking
