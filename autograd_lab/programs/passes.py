"""What need not be computed: dead lines, the same thing twice, what never changes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..core.namespaces import NUMPY
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
        line.args, line.params = filled(line.args, _Same(became)), filled(line.params, _Same(became))
        if line.keeps:
            kept.append(line)
            continue
        if not any(True for _ in line.vars()) and all(v.example.size <= FOLDED for v in line.outs):
            made = line.compute(NUMPY, *line.args, **line.params)
            became |= zip(line.outs, (made,) if line.single else made)
            continue
        key = frozen(line.key()), frozen(line.args), frozen(line.params)
        if key in seen:
            became |= zip(line.outs, seen[key].outs)
        else:
            seen[key] = line
            kept.append(line)
    alive = set(vars_in(filled(list(needed), _Same(became))))
    left = []
    for line in reversed(kept):
        if line.keeps or not alive.isdisjoint(line.outs):
            alive.update(line.vars())
            left.append(line)
    return left[::-1], became


class _Same(dict):
    """Every Var is itself unless something became of it."""

    def __init__(self, became):
        self.became = became

    def __missing__(self, var):
        return self.became.get(var, var)


_THEMSELVES = {Var, str, type(None), type}


def frozen(value):
    """A hashable stand-in: equal for operands that are the same."""
    if type(value) in _THEMSELVES:  # most are, in a program of many lines
        return value
    if isinstance(value, (tuple, list)):
        return type(value).__name__, tuple(map(frozen, value))
    if isinstance(value, dict):
        return tuple((k, frozen(v)) for k, v in value.items())
    if isinstance(value, slice):
        return "slice", frozen((value.start, value.stop, value.step))
    if isinstance(value, (np.ndarray, np.generic)):
        return type(value).__name__, value.shape, value.dtype.str, value.tobytes() if value.size <= 4096 else id(value)
    if isinstance(value, (bool, int, float, complex)):
        return type(value).__name__, repr(value)  # 1, 1.0 and True are equal to Python
    try:
        hash(value)
    except TypeError:
        return id(value)
    return value
