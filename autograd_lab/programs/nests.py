"""The nests of lists, tuples and dicts that a function's arguments and results come in, taken apart and put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..core import Tensor
from ..crosscheck.arguments import opened
from .lines import Var
from .standin import Traced, Unable

if TYPE_CHECKING:
    from .capture import Capture


class Output:
    """Where a tensor was in the function's result."""

    def __init__(self, var, view=None):
        self.var, self.view = var, view  # the stand-in, until it is known whose memory that shows


def opened_call(function, args) -> tuple[list[str], list[Tensor], Callable]:
    """(a name for each tensor, the tensors, a function that puts others in their places)."""
    found = [(name, t) for name, t in opened(function, args) if isinstance(t, Tensor)]
    tensors = [t for _, t in found]

    def rebuilt(others: Sequence):
        given = iter(others)

        def put(value):
            if isinstance(value, Tensor):
                return next(given)
            if isinstance(value, (list, tuple)):
                made = [put(v) for v in value]
                return type(value)(*made) if hasattr(value, "_fields") else type(value)(made)
            return {k: put(v) for k, v in value.items()} if isinstance(value, dict) else value

        return tuple(put(a) for a in args)

    return [n for n, _ in found], tensors, rebuilt


def tensors_of(args) -> list:
    """The tensors and arrays among the arguments, in order."""
    return [v for v in flat(list(args)) if isinstance(v, (Tensor, np.ndarray, np.generic)) or hasattr(v, "__array__")]


def flat(value) -> list:
    """What is in a nest of lists, tuples and dicts, in order."""
    if isinstance(value, (list, tuple)):
        return [leaf for v in value for leaf in flat(v)]
    return [leaf for v in value.values() for leaf in flat(v)] if isinstance(value, dict) else [value]


def results_of(value, written: Capture):
    """The function's result with an Output in place of each tensor."""
    if isinstance(value, (Tensor, Traced)):
        stand_in = written.stand_in_for(value) if isinstance(value, Tensor) else None
        return Output(written.var_of(value), stand_in)
    if isinstance(value, (list, tuple)):
        made = [results_of(v, written) for v in value]
        return type(value)(*made) if hasattr(value, "_fields") else type(value)(made)
    if isinstance(value, dict):
        return {k: results_of(v, written) for k, v in value.items()}
    if value is None or isinstance(value, (bool, int, float, complex, str)):
        return value
    raise Unable(f"it returns a {type(value).__name__}")


def outputs_in(result) -> list[Output]:
    """The Outputs of a result, in order."""
    return [v for v in flat(result) if isinstance(v, Output)]


def closed(result, values: Iterator):
    """The result with a value in the place of each Output."""
    if isinstance(result, Output):
        return next(values)
    if isinstance(result, (list, tuple)):
        made = [closed(v, values) for v in result]
        return type(result)(*made) if hasattr(result, "_fields") else type(result)(made)
    return {k: closed(v, values) for k, v in result.items()} if isinstance(result, dict) else result


def became_of(value, became):
    """What the passes have made of a Var."""
    return became.get(value, value) if isinstance(value, Var) else value


def own_copy(array):
    """The same values in memory of their own."""
    return np.array(array)[()] if not isinstance(array, np.ndarray) else array.copy()


def as_like(array, like):
    """0-d arrays as the scalars they were at capture, and the other way round."""
    if hasattr(array, "on_host"):  # on a device there are no scalars
        return array
    return np.asarray(array) if isinstance(like, np.ndarray) else np.asarray(array)[()]
