"""What is said of a call that does not fit: Python's words for operators, PyTorch's for methods and functions.

An operator answers ``NotImplemented`` to what is neither tensor nor number, so that the other operand's type is asked, and then
Python refuses. A method or function is ``guarded``: when it fails, signatures.py says what PyTorch would have said.
"""

from __future__ import annotations

import functools
from types import FunctionType

import numpy as np

from .. import births, forward
from ..exchange import Exchange
from ..grad_mode import is_recording as _recording
from ..guarded import guarded
from ..inplace import written_by_numpy
from ..overrides import answered
from ..primitive import PRIMITIVES
from ..tensor import Tensor
from ..transforms import outside

OPERANDS = (Tensor, int, float, complex, np.generic, np.ndarray)
_NOTHING = object()
HOT = frozenset("tanh sum mm backward detach numel dim item".split())  # called at every step of training: spared the 0.1 us


def operating(word):
    """``word`` as an operator."""

    def operator(x, *others):
        for y in others:
            if not isinstance(y, OPERANDS):
                own = answered(getattr(Tensor, word.__name__, operator), (x, *others), {})
                return NotImplemented if own is None else own[0]
        return word(x, *others)

    return functools.update_wrapper(operator, word)


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
        setattr(Tensor, name, outside(name, getattr(Tensor, name)))
    Tensor.relu = _alone(Tensor.relu, PRIMITIVES["relu"].call)
