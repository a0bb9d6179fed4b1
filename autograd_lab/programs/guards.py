"""What a captured function took from its surroundings, and whether it is still so: closures, globals, modules, attributes.

Tensors from outside are inputs and may hold other values each time; everything else that a function reads by name was read at
capture, so a program is right only while those names still mean the same, and NumPy's arrays among them hold the same.
"""

from __future__ import annotations

import sys
import types
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ..core import Tensor, dtypes, scopes
from ..core.grad_mode import is_recording

_PLAIN = (bool, int, float, complex, str, bytes, type(None))
COMPARED = 1 << 20  # elements; of a larger array only which one it is


def signature_of(args) -> tuple | None:
    """What a program depends on: shapes, dtypes and flags of tensors, Python values as they are; None for what has no name."""
    key: list = [is_recording(), dtypes.default]

    def note(value):
        if isinstance(value, Tensor):
            array = value._array
            kind, device = type(array), getattr(array, "device", None)
            key.append((type(value), array.shape, array.dtype, value.requires_grad, kind, device))
        elif isinstance(value, (list, tuple)):
            key.append((type(value), len(value)))
            for v in value:
                note(v)
        elif isinstance(value, dict):
            key.append((dict, tuple(value)))
            for v in value.values():
                note(v)
        elif isinstance(value, np.ndarray):
            key.append((value.shape, value.dtype.str, value.tobytes()))
        elif isinstance(value, (bool, int, float, complex, str, type(None))):
            key.append((type(value), repr(value)))
        else:
            hash(value)
            key.append(value)

    try:
        for value in args:
            note(value)
    except TypeError:
        return None
    return tuple(key)


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


_ITEM, _CELL, _ATTRIBUTE, _SLOT = "owner[key]", "owner.cell_contents", "vars(owner)[key]", "object.__getattribute__(owner, key)"
_DEFAULTS, _HAS = "owner.__defaults__", "key in vars(owner)"
_LOOKS: dict[str, Callable] = {
    text: eval(f"lambda owner, key: {text}") for text in (_ITEM, _CELL, _ATTRIBUTE, _SLOT, _DEFAULTS, _HAS)
}
MISSING = KeyError, IndexError, ValueError, AttributeError


class Watch:
    """Everything a function reads by name, as it is now; ``holds()`` tells whether it still is."""

    def __init__(self, function: Callable):
        self.places: list[Place] = []
        self._seen: set[int] = set()
        self._seen_classes: set[int] = set()
        self._function(function)

    def holds(self) -> bool:
        """Whether every name means what it meant."""
        return all(place.holds() for place in self.places)

    def changed(self) -> str:
        """What to call the first name that means something else; empty if none does."""
        return next((str(place.key or "a name") for place in self.places if not place.holds()), "")

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
        elif isinstance(value, (staticmethod, classmethod)):
            self._follow(value.__func__)
        elif isinstance(value, property):
            self._follow(value.fget)
        elif isinstance(value, type):
            self._class(value)
        elif isinstance(value, (list, tuple, deque)):
            for i in range(len(value)):
                self._note(_ITEM, value, i)
        elif isinstance(value, dict):
            for key in list(value):
                self._note(_ITEM, value, key)
        elif not isinstance(value, (Tensor, types.ModuleType, *_PLAIN)) and not _is_a_librarys(value):
            self._object(value)

    def _object(self, value):
        if hasattr(value, "_modules"):
            self._note(_HAS, value, "forward")  # a layer's own, in place of its class's
        for name in list(getattr(value, "__dict__", ())):
            self._note(_ATTRIBUTE, value, name)
        for kind in type(value).__mro__:
            for name, member in vars(kind).items():
                if isinstance(member, types.MemberDescriptorType):  # of __slots__
                    self._note(_SLOT, value, name)
        self._class(type(value))

    def _class(self, kind: type):
        """What a class of the user's, or one that it is derived from, has for all its objects: numbers and methods."""
        for of in kind.__mro__:
            if id(of) in self._seen_classes or _is_a_library(of.__module__):
                continue
            self._seen_classes.add(id(of))
            for name, member in list(vars(of).items()):
                if (name[:2] != "__" or name == "__call__") and not isinstance(member, _DESCRIPTORS):
                    self._note(_ATTRIBUTE, of, name)

    def _module(self, module: types.ModuleType, names: set[str]):
        """Of a module of the user's what a function may read there."""
        for name in names & vars(module).keys():
            self._note(_ATTRIBUTE, module, name)
            if isinstance(inner := vars(module)[name], types.ModuleType) and not _is_a_library(inner.__name__):
                self._module(inner, names - {name})

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
        names = set(_globals_of(function.__code__))
        for name in sorted(names & scope.keys()):
            self._note(_ITEM, scope, name)
            if isinstance(module := scope[name], types.ModuleType) and not _is_a_library(module.__name__):
                self._module(module, names)
        for cell in function.__closure__ or ():
            self._note(_CELL, cell)
        self._note(_DEFAULTS, function)
        for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._follow(default)


def _snapshot(value):
    """What to compare with later: plain values by what they are, containers by their length, sets and arrays by what is in
    them, anything else by identity."""
    if isinstance(value, (list, tuple, dict, deque)):
        return Length(value)
    if type(value) is set:
        return Members(value)
    return Elements(value) if type(value) is np.ndarray and value.size <= COMPARED else value


class Length:
    """A container, and how long it was."""

    def __init__(self, value):
        self.of, self.length = value, len(value)


class Elements:
    """What an array held."""

    def __init__(self, array: np.ndarray):
        self.held = array.copy()

    def are_in(self, now: Any) -> bool:
        if type(now) is not np.ndarray or now.dtype != self.held.dtype or now.shape != self.held.shape:
            return False
        return bool(((now == self.held) | ((now != now) & (self.held != self.held))).all())


class Members:
    """What was in a set."""

    def __init__(self, value: set):
        self.held = frozenset(value)

    def are_in(self, now: Any) -> bool:
        return type(now) is set and now == self.held


def is_still(now: Any, then: Any) -> bool:
    """Whether ``now`` is what the snapshot ``then`` was made of, or a number or text equal to it."""
    if type(then) is Length:
        return now is then.of and len(now) == then.length
    if type(then) in (Elements, Members):
        return then.are_in(now)
    return now is then or (type(now) in _PLAIN and type(now) is type(then) and repr(now) == repr(then))


_DESCRIPTORS = types.MemberDescriptorType, types.GetSetDescriptorType


def _is_a_librarys(value) -> bool:
    layer = hasattr(value, "_parameters") and hasattr(value, "_modules")
    return not layer and _installed(type(value).__module__)


def _is_a_library(name: str) -> bool:
    """Whether a module's code is not the user's: this package's, or one that was installed."""
    return name.partition(".")[0] == __name__.partition(".")[0] or _installed(name)


def _installed(name: str) -> bool:
    file = getattr(sys.modules.get(name), "__file__", None) or ""
    return "site-packages" in file or name.partition(".")[0] in sys.stdlib_module_names - {"__main__"}


def _globals_of(code) -> Iterator[str]:
    """Every name a function, and those written inside it, may look up."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _globals_of(inner)
