"""What a check leaves as it found it: everything of the user's that the checked function can reach and may write to.

A check runs the function several times, and a layer in train mode writes each time: BatchNorm to its averages, a counter to
itself, a dropout to the generator. What is found from the function (its closure, the globals that its code names, the object it
is a method of, what a `functools.partial` holds, layers of layers) is remembered, and put back at the end. Not between the
runs, or a function that gives another value each time would not be seen to.

Tensors are put back whole: numbers, version, history, ``.grad``. Of layers, optimisers and the user's own objects the attributes
are, and the dicts and lists in these. Variables and lists that a function changes directly stay changed.
"""

from __future__ import annotations

import functools
import random
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..core import Tensor
from ..core.device import is_here
from ..core.node import AccumulateGrad
from ..core.random import Generator
from . import draws

MANY = 20_000  # objects, and then the search ends
_OURS = __name__.partition(".")[0]


@contextmanager
def left_as_found(*roots) -> Iterator[None]:
    """After the block random generators go on, and everything reached from ``roots`` is, as it was before."""
    state, back = draws.random_state(), [_kept(value, within) for value, within in _reached(roots)]
    try:
        yield
    finally:
        for restore in back:
            if restore is not None:
                restore()
        draws.draw_from(state)


def _reached(roots) -> Iterator[tuple[Any, bool]]:
    """(value, whether it is an attribute of an object, or within one), each once."""
    waiting, seen = [(root, False) for root in reversed(roots)], {}
    while waiting and len(seen) < MANY:
        value, within = waiting.pop()
        if id(value) in seen or isinstance(value, (str, bytes, int, float, complex, type(None))):
            continue
        seen[id(value)] = value  # kept, so that no id is given twice
        yield value, within
        within = within or _has_state(value)
        waiting += [(inner, within) for inner in _parts(value)]


# ---------------------------------------------------------------------- what is remembered


def _kept(value, within: bool) -> Callable[[], Any] | None:
    """What puts ``value`` back as it is now; None where nothing of it may change."""
    if isinstance(value, Tensor):
        return _tensor_kept(value)
    if isinstance(value, Generator):
        return functools.partial(value.set_state, value.get_state())
    if isinstance(value, random.Random):
        return functools.partial(value.setstate, value.getstate())
    if type(value).__module__.startswith("numpy.random") and hasattr(value, "bit_generator"):
        return functools.partial(setattr, value.bit_generator, "state", value.bit_generator.state)
    if _has_state(value):
        return functools.partial(_refilled, vars(value), dict(vars(value)))
    if within and isinstance(value, (dict, list)):
        return functools.partial(_refilled, value, value.copy())
    return None


def _refilled(container, before) -> None:
    same = len(container) == len(before) and all(a is b for a, b in zip(_entries(container), _entries(before)))
    if not same:
        container.clear()
        container.extend(before) if isinstance(container, list) else container.update(before)


def _entries(container) -> Iterator:
    yield from container
    if isinstance(container, dict):
        yield from container.values()


def _tensor_kept(t: Tensor) -> Callable[[], None]:
    array, node, more, version = t._array, t._node, t._more, t._counter
    numbers = array if isinstance(array, np.generic) else array.copy()
    count = version[0] if type(version) is list else 0
    sink = (node.grad, node.array, node.dtype, node.wanted) if type(node) is AccumulateGrad else None
    rare = None if more is None else {name: getattr(more, name) for name in more.__slots__}

    def restore():
        if numbers is not array:
            _written_back(array, numbers)
        t._array, t._node, t._more = array, node, more
        if type(node) is AccumulateGrad and sink is not None:
            node.grad, node.array, node.dtype, node.wanted = sink
        for name, value in (rare or {}).items():
            setattr(more, name, value)
        if type(t._counter) is list:
            t._counter[0] = count

    return restore


def _written_back(array, numbers) -> None:
    if is_here(array):
        if array.flags.writeable and array.tobytes() != numbers.tobytes():
            array[...] = numbers
    elif not np.array_equal(array.on_host(), numbers.on_host(), equal_nan=numbers.dtype.kind in "fc"):
        array[...] = numbers


# ---------------------------------------------------------------------- what leads where


def _parts(value) -> Iterator[Any]:
    """What ``value`` holds, or a call of it may read."""
    if isinstance(value, Tensor):
        if value._more is not None:
            yield from (value._more.base, value._more.grad)
        if type(value._node) is AccumulateGrad:
            yield value._node.grad
    elif isinstance(value, types.FunctionType):
        if not _is_foreign(value.__module__):
            yield from _read_by(value)
    elif isinstance(value, types.MethodType):
        yield from (value.__self__, value.__func__)
    elif isinstance(value, functools.partial):
        yield from (value.func, value.args, value.keywords)
    elif isinstance(value, dict):
        yield from list(value.values())
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from list(value)
    elif isinstance(value, type):
        if not _is_foreign(value.__module__):
            yield from (getattr(v, "__func__", v) for v in list(vars(value).values()) if not isinstance(v, type))
    elif _has_state(value):
        yield from list(vars(value).values())
        yield from type(value).__mro__
    elif hasattr(value, "__wrapped__"):  # a compiled function
        yield value.__wrapped__


def _read_by(function: types.FunctionType) -> Iterator[Any]:
    """What is in its closure and defaults, and the globals, and names in modules of the user's, that its code names."""
    yield from vars(function).values()
    yield from (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    names = list(_names_in(function.__code__))
    for name in names:
        found = function.__globals__.get(name)
        if not isinstance(found, types.ModuleType):
            yield found
        elif not _is_foreign(found.__name__):
            yield from (vars(found)[inner] for inner in names if inner in vars(found))


def _names_in(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names_in(constant)


def _has_state(value) -> bool:
    """A layer, an optimiser, or an object of a class of the user's."""
    kind = type(value)
    if isinstance(value, (type, types.FunctionType, types.ModuleType)) or not hasattr(value, "__dict__"):
        return False
    return hasattr(kind, "named_parameters") or "param_groups" in vars(value) or not _is_foreign(kind.__module__)


@functools.cache
def _is_foreign(module: str | None) -> bool:
    """Whether a module is Python's, this package's or an installed one: code that keeps nothing of the user's."""
    root = (module or "").partition(".")[0]
    if root in sys.stdlib_module_names or root in ("", _OURS, "builtins"):
        return True
    file = getattr(sys.modules.get(root), "__file__", None) or ""
    return "site-packages" in file or "dist-packages" in file
