"""What is said of a call that does not fit: Python's words for operators, PyTorch's for methods and functions.

An operator answers ``NotImplemented`` to what is neither tensor nor number, so that the other operand's type is asked, and then
Python refuses. A method or function is ``guarded``: when it fails, signatures.py says what PyTorch would have said.
"""

from __future__ import annotations

import functools
import operator as _operator
from types import FunctionType

import numpy as np

from .. import births, dtypes, forward
from ..device import OPENED
from ..exchange import Exchange
from ..grad_mode import is_recording as _recording
from ..guarded import guarded
from ..inplace import written_by_numpy
from ..mistakes import mismatch
from ..overrides import of_operator
from ..primitive import PRIMITIVES, RUNTIME, settled
from ..refusals import no_kernel
from ..tensor import Tensor
from ..too_large import not_a_scalar
from ..transforms import forbidden
from .create import leaf

OPERANDS = (Tensor, int, float, complex, np.generic, np.ndarray)
_NOTHING = object()
HOT = frozenset("tanh sum mm backward detach numel dim item".split())  # called at every step of training: spared the 0.1 us


def operating(word, name: str):
    """``word`` as the operator ``name``."""

    def operator(x, *others):
        for y in others:
            if not isinstance(y, OPERANDS):
                return of_operator(name, x, *others)
        return word(x, *others)

    functools.update_wrapper(operator, word)
    operator.__name__, operator.__qualname__ = name, f"Tensor.{name}"
    return operator


_COMPARABLE = (int, float, complex, np.generic, np.ndarray)
_LEAST, _TOO_LARGE = -(2**63), 2**64
_ORDERINGS = ("__lt__", "__le__", "__gt__", "__ge__")


def compare(name: str, sign: str):
    """The operator ``name``, written ``sign``, that compares elements."""

    def comparison(x, y):
        x_array, turned = x._array, x._more is not None
        if isinstance(y, Tensor):
            y, turned = y._array, turned or y._more is not None
            if OPENED:
                RUNTIME["together"](x_array, y)
            if y.dtype is not x_array.dtype:
                common = dtypes.promote(x_array.dtype, x_array.ndim, y.dtype, y.ndim)
                x_array, y = x_array.astype(common), y.astype(common)
            if y.dtype.kind == "c" and name in _ORDERINGS:
                raise no_kernel(name.strip("_") + "_cpu", y.dtype)
        elif not isinstance(y, _COMPARABLE):
            return of_operator(
                name, x, y
            )  # if none, Python compares identities: ``x == None`` is False, ``x < None`` a TypeError
        elif isinstance(y, np.generic):  # as PyTorch takes it, for a Python number
            return comparison(x, y.item())
        elif type(y) is int and not _LEAST <= y < _TOO_LARGE:
            raise not_a_scalar(y)
        elif x_array.dtype.kind == "V" and type(y) in (int, float):
            y = x_array.dtype.type(y)
        elif (type(y) is complex or x_array.dtype.kind == "c") and name in _ORDERINGS:
            raise no_kernel(name.strip("_") + "_cpu", dtypes.of_number(1j))
        try:
            out = leaf(getattr(_operator, name)(x_array, y))
            return settled(out, (x_array, y) if isinstance(y, np.ndarray) else (x_array,)) if turned else out
        except ValueError:
            raise RuntimeError(mismatch(x._array.shape, np.shape(y))) from None
        except OverflowError:
            raise not_a_scalar(y) from None

    comparison.__name__, comparison.__doc__ = name, f"x {sign} y, elementwise, as booleans."
    return comparison


def _at_once(slow, kind: type, call):
    """``slow``, a guarded method, but ``call`` at once for a tensor and one ``kind``: of those there is nothing to ask."""

    def method(self, other=_NOTHING, /, *others, **kwargs):
        if type(other) is kind and type(self) is Tensor and not others and not kwargs:
            return call(self, other)
        return slow(self, *(() if other is _NOTHING else (other,)), *others, **kwargs)

    return functools.update_wrapper(method, slow)


def _over(slow, op, call):
    """``slow``, a guarded in-place method, but for two tensors ``call`` at once, or NumPy where that is all that happens."""

    def method(self, other=_NOTHING, /, *others, **kwargs):
        if type(other) is Tensor and type(self) is Tensor and not others and not kwargs:
            if _recording() or forward.is_open or births.note is not None or not written_by_numpy(op, self, other):
                return call(self, other)
            return self
        return slow(self, *(() if other is _NOTHING else (other,)), *others, **kwargs)

    return functools.update_wrapper(method, slow)


def _alone(slow, call):
    """``slow``, a guarded method, but ``call`` at once where there is nothing but the tensor."""

    def method(self, /, *others, **kwargs):
        return slow(self, *others, **kwargs) if others or kwargs else call(self)

    return functools.update_wrapper(method, slow)


def _sized(slow):
    """``slow``, a guarded ``size``, but at once what is asked for at every step of training."""

    def size(self, dim=None, /, *others, **named):
        if not others and not named:
            if dim is None:
                return self.shape
            if type(dim) is int:
                try:
                    return self._array.shape[dim]
                except IndexError:
                    pass
        return slow(self, dim, *others, **named) if dim is not None or others else slow(self, **named)

    return functools.update_wrapper(size, slow)


def guard() -> None:
    """Guard the methods that Tensor has by now."""
    as_they_are = {name: getattr(Tensor, name) for name in ("add_", "sub_", "mul_")}
    for name, method in (*vars(Exchange).items(), *list(vars(Tensor).items())):
        if isinstance(method, FunctionType) and name not in HOT and not name.startswith("_"):
            setattr(Tensor, name, guarded("m", name, method))
    Tensor.pow = _at_once(Tensor.pow, int, PRIMITIVES["pow_scalar"].call)
    for name, method in as_they_are.items():
        setattr(Tensor, name, _over(getattr(Tensor, name), PRIMITIVES[name[:-1]], method))
    Tensor.size = _sized(Tensor.size)
    for name in ("requires_grad_", "retain_grad"):
        setattr(Tensor, name, forbidden(name, getattr(Tensor, name)))
    Tensor.relu = _alone(Tensor.relu, PRIMITIVES["relu"].call)
