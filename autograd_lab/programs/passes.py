"""What need not be computed: dead lines, the same thing twice, what never changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np

from ..core.namespaces import NUMPY
from ..core.primitive import Primitive
from .lines import Line, Var, filled, vars_in

FOLDED = 1 << 16  # elements; a constant larger than this is cheaper to make than to keep


def simplified(lines: list[Line], needed: Iterable[Var]) -> tuple[list[Line], dict[Var, object]]:
    """(the lines that are left, what became of Vars: another Var that is the same, or a constant).

    Common subexpressions are shared and constants folded going forwards; what nobody needs is dropped going back.
    """
    became: dict[Var, object] = {}
    seen: dict = {}
    kept = []
    for line in lines:
        key, reads = _key(line)
        if not became.keys().isdisjoint(reads):
            line.args, line.params = filled(line.args, _Same(became)), filled(line.params, _Same(became))
            key, reads = _key(line)
        if line.keeps:
            kept.append((line, reads))
        elif not reads and all(v.example.size <= FOLDED for v in line.outs):
            made = line.compute(NUMPY, *line.args, **line.params)
            became |= zip(line.outs, (made,) if line.single else made)
        elif key in seen:
            became |= zip(line.outs, seen[key].outs)
        else:
            seen[key] = line
            kept.append((line, reads))
    alive = set(vars_in(filled(list(needed), _Same(became))))
    left = []
    for line, reads in reversed(kept):
        if line.keeps or not alive.isdisjoint(line.outs):
            alive.update(reads)
            left.append(line)
    return left[::-1], became


def _key(line: Line) -> tuple[tuple, list[Var]]:
    """(equal for lines that compute the same, the Vars it reads)."""
    reads: list[Var] = []

    def read(var):
        reads.append(var)
        return var

    args = [read(a) if type(a) is Var else frozen(a, read) for a in line.args]
    return (frozen(line.key()), *args, frozen(line.params, read) if line.params else None), reads


class _Same(dict):
    """Every Var is itself unless something became of it."""

    def __init__(self, became):
        self.became = became

    def __missing__(self, var):
        return self.became.get(var, var)


# Hashable, and equal only to what computes the same; most of a long program's operands are.
_DTYPES = (type(np.dtype("f8")), type(np.dtype("f4")))
_THEMSELVES = {str, int, type(None), type, Primitive, np.ufunc, FunctionType, BuiltinFunctionType, *_DTYPES}


def frozen(value, var: Callable[[Var], Any] | None = None):
    """A hashable stand-in: equal for operands that are the same. ``var`` says what stands for a Var, itself if not given."""
    kind = type(value)
    if kind in _THEMSELVES:
        return value
    if kind is Var:
        return value if var is None else var(value)
    if kind is tuple:
        return tuple([frozen(v, var) for v in value])
    if kind is list:
        return "list", *[frozen(v, var) for v in value]
    if kind is dict:
        return tuple([(k, frozen(v, var)) for k, v in value.items()])
    if kind is slice:
        return "slice", frozen(value.start, var), frozen(value.stop, var), frozen(value.step, var)
    if isinstance(value, (np.ndarray, np.generic)):
        return kind.__name__, value.shape, value.dtype.str, value.tobytes() if value.size <= 4096 else id(value)
    if isinstance(value, (bool, float, complex)):
        return kind.__name__, repr(value)  # 1, 1.0 and True are equal to Python
    try:
        hash(value)
    except TypeError:
        return id(value)
    return value
