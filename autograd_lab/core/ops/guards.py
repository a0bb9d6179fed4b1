"""What is said of a call that does not fit: Python's words for operators, PyTorch's for methods and functions.

An operator answers ``NotImplemented`` to what is neither tensor nor number, so that the other operand's type is asked, and then
Python refuses. A method or function is ``guarded``: when it fails, signatures.py says what PyTorch would have said.
"""

from __future__ import annotations

import functools
from types import FunctionType

import numpy as np

from ..exchange import Exchange
from ..guarded import guarded
from ..tensor import Tensor

OPERANDS = (Tensor, int, float, complex, np.generic, np.ndarray)
HOT = frozenset(
    "tanh sum mm backward detach numel dim size item".split()
)  # called at every step of training: spared the 0.1 us


def operating(word):
    """``word`` as an operator."""

    def operator(x, *others):
        for y in others:
            if not isinstance(y, OPERANDS):
                return NotImplemented
        return word(x, *others)

    return functools.update_wrapper(operator, word)


def guard() -> None:
    """Guard the methods that Tensor has by now."""
    for name, method in (*vars(Exchange).items(), *list(vars(Tensor).items())):
        if isinstance(method, FunctionType) and name not in HOT and not name.startswith("_"):
            setattr(Tensor, name, guarded("m", name, method))
