"""What a captured function took from its surroundings, and whether it is still so: closures, globals, modules, attributes.

Tensors from outside are inputs and may hold other values each time; everything else that a function reads by name was read at
capture, so a program is right only while those names still mean the same.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from ..core import Tensor, scopes

_PLAIN = (bool, int, float, complex, str, bytes, type(None))


class Watch:
    """Everything a function reads by name, as it is now; ``holds()`` tells whether it still is."""

    def __init__(self, function: Callable):
        self.places: list[tuple[Callable, object]] = []
        self._seen: set[int] = set()
        self._function(function)

    def holds(self) -> bool:
        """Whether every name means what it meant."""
        return all(_is_still(look(), then) for look, then in self.places)

    def _note(self, look: Callable):
        try:
            value = look()
        except (KeyError, ValueError, AttributeError):
            return
        self.places.append((_or_gone(look), _snapshot(value)))
        self._follow(value)

    def _follow(self, value):
        if id(value) in self._seen or len(self.places) > 10_000:
            return
        self._seen.add(id(value))
        if isinstance(value, (types.FunctionType, types.MethodType)):
            self._function(value)
        elif isinstance(value, (list, tuple)):
            for i in range(len(value)):
                self._note(lambda i=i: value[i])
        elif isinstance(value, dict):
            for key in list(value):
                self._note(lambda key=key: value[key])
        elif (
            not isinstance(value, (Tensor, type, types.ModuleType)) and hasattr(value, "__dict__") and not _is_a_librarys(value)
        ):
            self._object(value)

    def _object(self, value):
        for name in list(vars(value)):
            self._note(lambda name=name: vars(value)[name])
        for name in ("forward", "__call__"):
            called = getattr(type(value), name, None)
            if isinstance(called, types.FunctionType):
                self._function(called)

    def _function(self, function: Any):
        if isinstance(function, types.MethodType):
            self._follow(function.__self__)
            function = function.__func__
        if not isinstance(function, types.FunctionType):
            if hasattr(function, "__dict__") and not isinstance(function, type):
                self._follow(function)
            return
        if scopes.is_ours(function.__code__):
            return
        self._seen.add(id(function))
        scope = function.__globals__
        for name in _globals_of(function.__code__):
            if name in scope:
                self._note(lambda name=name: scope[name])
        for cell in function.__closure__ or ():
            self._note(lambda cell=cell: cell.cell_contents)
        for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._follow(default)


def _or_gone(look):
    def found():
        try:
            return look()
        except (KeyError, IndexError, ValueError, AttributeError):
            return _GONE

    return found


_GONE = object()


def _snapshot(value):
    """What to compare with later: plain values by what they are, containers by their length, anything else by identity."""
    if isinstance(value, (list, tuple, dict)):
        return _Length(value)
    return value


class _Length:
    def __init__(self, value):
        self.of, self.length = value, len(value)


def _is_still(now: Any, then: Any) -> bool:
    if type(then) is _Length:
        return now is then.of and len(now) == then.length
    return now is then or (type(now) in _PLAIN and type(now) is type(then) and repr(now) == repr(then))


def _is_a_librarys(value) -> bool:
    module = sys.modules.get(type(value).__module__)
    file = getattr(module, "__file__", None) or ""
    layer = hasattr(value, "_parameters") and hasattr(value, "_modules")
    return not layer and (
        "site-packages" in file or type(value).__module__.partition(".")[0] in sys.stdlib_module_names - {"__main__"}
    )


def _globals_of(code) -> Iterator[str]:
    """Every name a function, and those written inside it, may look up."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _globals_of(inner)
