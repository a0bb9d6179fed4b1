"""What a captured function took from its surroundings, and whether it is still so: closures, globals, modules, attributes.

Tensors from outside are inputs and may hold other values each time; everything else that a function reads by name was read at
capture, so a program is right only while those names still mean the same.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..core import Tensor, scopes

_PLAIN = (bool, int, float, complex, str, bytes, type(None))


class Place(NamedTuple):
    """Where something is read: ``text``, an expression of ``owner`` and ``key``; and what was there, as `_snapshot` keeps it."""

    text: str
    owner: Any
    key: Any
    then: object

    def holds(self) -> bool:
        try:
            return is_still(_LOOKS[self.text](self.owner, self.key), self.then)
        except MISSING:
            return False


_ITEM, _CELL, _ATTRIBUTE = "owner[key]", "owner.cell_contents", "vars(owner)[key]"
_LOOKS: dict[str, Callable] = {text: eval(f"lambda owner, key: {text}") for text in (_ITEM, _CELL, _ATTRIBUTE)}
MISSING = KeyError, IndexError, ValueError, AttributeError


class Watch:
    """Everything a function reads by name, as it is now; ``holds()`` tells whether it still is."""

    def __init__(self, function: Callable):
        self.places: list[Place] = []
        self._seen: set[int] = set()
        self._function(function)

    def holds(self) -> bool:
        """Whether every name means what it meant."""
        return all(place.holds() for place in self.places)

    def _note(self, text: str, owner: Any, key: Any = None):
        try:
            value = _LOOKS[text](owner, key)
        except MISSING:
            return
        self.places.append(Place(text, owner, key, _snapshot(value)))
        self._follow(value)

    def _follow(self, value):
        if id(value) in self._seen or len(self.places) > 10_000:
            return
        self._seen.add(id(value))
        if isinstance(value, (types.FunctionType, types.MethodType)):
            self._function(value)
        elif isinstance(value, (list, tuple)):
            for i in range(len(value)):
                self._note(_ITEM, value, i)
        elif isinstance(value, dict):
            for key in list(value):
                self._note(_ITEM, value, key)
        elif (
            not isinstance(value, (Tensor, type, types.ModuleType)) and hasattr(value, "__dict__") and not _is_a_librarys(value)
        ):
            self._object(value)

    def _object(self, value):
        for name in list(vars(value)):
            self._note(_ATTRIBUTE, value, name)
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
                self._note(_ITEM, scope, name)
        for cell in function.__closure__ or ():
            self._note(_CELL, cell)
        for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._follow(default)


def _snapshot(value):
    """What to compare with later: plain values by what they are, containers by their length, anything else by identity."""
    if isinstance(value, (list, tuple, dict)):
        return Length(value)
    return value


class Length:
    """A container, and how long it was."""

    def __init__(self, value):
        self.of, self.length = value, len(value)


def is_still(now: Any, then: Any) -> bool:
    """Whether ``now`` is what the snapshot ``then`` was made of, or a number or text equal to it."""
    if type(then) is Length:
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
