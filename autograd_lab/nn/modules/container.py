"""Modules of modules, and of parameters: in a row, as a list, as a dict."""

from __future__ import annotations

import itertools
import operator
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from ...core.tensor import Tensor
from ..parameter import Parameter
from .module import Module


class _Row(Module):
    """Modules numbered from 0 on: what Sequential and ModuleList share."""

    def _place(self, i) -> str:
        """The name of number ``i``, counted from the end if negative."""
        n, i = len(self), operator.index(i)
        if not -n <= i < n:
            raise IndexError(f"index {i} is out of range")
        return next(itertools.islice(self._modules, i % n, None))

    def _set_row(self, modules) -> None:
        self._modules.clear()
        self._modules.update((str(i), m) for i, m in enumerate(modules))

    def __getitem__(self, i) -> Any:
        return self._modules[self._place(i)]

    def __setitem__(self, i: int, module: Module) -> None:
        setattr(self, self._place(i), module)

    def __delitem__(self, i) -> None:
        names = list(self._modules)[i] if isinstance(i, slice) else [self._place(i)]
        for name in names:
            delattr(self, name)
        self._set_row(self._modules.copy().values())

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def append(self, module: Module):
        """Add one at the end."""
        self.add_module(str(len(self)), module)
        return self

    def insert(self, index: int, module: Module) -> Any:
        """Put one before number ``index``; those behind it move on."""
        modules = list(self)
        modules.insert(index, module)
        self._set_row(modules)

    def pop(self, key):
        """Take one out and return it."""
        module = self[key]
        del self[key]
        return module


class Sequential(_Row):
    """Modules one after the other; also from an OrderedDict of named ones."""

    def __init__(self, *args):
        super().__init__()
        named = args[0].items() if len(args) == 1 and isinstance(args[0], OrderedDict) else enumerate(args)
        for name, module in named:
            self.add_module(str(name), module)

    def forward(self, input):
        for module in self:
            input = module(input)
        return input

    def __getitem__(self, i) -> Any:
        if isinstance(i, slice):
            return type(self)(OrderedDict(list(self._modules.items())[i]))
        return super().__getitem__(i)

    def insert(self, index: int, module: Module):
        """Put one before number ``index``; those behind it move on."""
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}")
        n = len(self._modules)
        if not -n <= index <= n:
            raise IndexError(f"Index out of range: {index}")
        super().insert(index, module)
        return self

    def extend(self, sequential):
        """Add those of another at the end."""
        for module in list(sequential):
            self.append(module)
        return self

    def __add__(self, other):
        if not isinstance(other, Sequential):
            raise ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")
        return Sequential(*self, *other)

    def __iadd__(self, other):
        if not isinstance(other, Sequential):
            raise ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")
        return self.extend(other)

    def __mul__(self, times: int):
        if not isinstance(times, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(times)}")
        if times <= 0:
            raise ValueError(f"Non-positive multiplication factor {times} for {type(self)}")
        return Sequential(*(list(self) * times))

    __rmul__ = __mul__

    def __imul__(self, times: int):
        self._set_row((self * times)._modules.values())
        return self


class ModuleList(_Row):
    """A list of modules that are found as its children; it does not compute."""

    def __init__(self, modules: Iterable[Module] | None = None):
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __getitem__(self, i) -> Any:
        if isinstance(i, slice):
            return type(self)(list(self)[i])
        return super().__getitem__(i)

    def extend(self, modules: Iterable[Module]):
        """Add several at the end."""
        if not isinstance(modules, Iterable):
            raise TypeError(f"ModuleList.extend should be called with an iterable, but got {type(modules).__name__}")
        for module in list(modules):
            self.append(module)
        return self

    def __add__(self, other):
        return type(self)([*self, *other])

    def __iadd__(self, modules):
        return self.extend(modules)

    def _children_text(self):
        """Equal neighbours as one: ``(0-2): 3 x Linear(...)``."""
        told, at = [], 0
        for text, same in itertools.groupby(map(repr, self)):
            n = len(list(same))
            told.append(f"({at}): {text}" if n == 1 else f"({at}-{at + n - 1}): {n} x {text}")
            at += n
        return told

    def __repr__(self):
        return f"{self._get_name()}()" if not len(self) else super().__repr__()


class ModuleDict(Module):
    """A dict of modules that are found as its children."""

    def __init__(self, modules=None):
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules)

    def __contains__(self, key):
        return key in self._modules

    def clear(self) -> None:
        """Remove all."""
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """Take one out and return it."""
        return self._modules.pop(key)

    def keys(self):
        return self._modules.keys()

    def values(self):
        return self._modules.values()

    def items(self):
        return self._modules.items()

    def update(self, modules) -> None:
        """Add those of a mapping or of (key, module) pairs."""
        _update(self, modules, "ModuleDict")


def _update(self, given: Any, name: str) -> None:
    if not isinstance(given, Iterable):
        raise TypeError(
            f"{name.replace('ParameterDict', 'ParametersDict')}.update should be called with an iterable of key/value pairs, but got "
            + type(given).__name__
        )
    if isinstance(given, (ModuleDict, ParameterDict, Mapping)):
        pairs = given.items() if isinstance(given, (OrderedDict, ModuleDict, ParameterDict)) or name == "ModuleDict" else sorted(
            given.items())  # fmt: skip
        for key, value in pairs:
            self[key] = value
        return
    for i, two in enumerate(given):
        if not isinstance(two, Iterable):
            raise TypeError(f"{name} update sequence element #{i} should be Iterable; is{type(two).__name__}")
        pair = tuple(two)
        if len(pair) != 2:
            raise ValueError(f"{name} update sequence element #{i} has length {len(pair)}; 2 is required")
        self[pair[0]] = pair[1]


# ---------------------------------------------------------------------- parameters


def _described(key, value, name) -> str:
    if not isinstance(value, Tensor):
        return f"({key}): Object of type: {type(value).__name__}"
    kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
    return f"({key}): {kind} containing: [{name(value)} of size {'x'.join(map(str, value.shape))}]"


def _as_parameter(value):
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


class ParameterList(Module):
    """A list of parameters that are found as its own; tensors become parameters, anything else is kept as it is."""

    def __call__(self, *args, **kwargs):
        raise RuntimeError("ParameterList should not be called.")

    def __init__(self, values=None):
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def _name(self, i) -> str:
        i = operator.index(i)
        if not -self._size <= i < self._size:
            raise IndexError(f"index {i} is out of range")
        return str(i % self._size)

    def __getitem__(self, i) -> Any:
        if isinstance(i, slice):
            return type(self)(self[j] for j in range(*i.indices(self._size)))
        return getattr(self, self._name(i))

    def __setitem__(self, i: int, value) -> None:
        setattr(self, self._name(i), _as_parameter(value))

    def __len__(self):
        return self._size

    def __iter__(self):
        return iter(self[i] for i in range(self._size))

    def append(self, value):
        """Add one at the end."""
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values):
        """Add several at the end."""
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(f"ParameterList.extend should be called with an iterable, but got {type(values).__name__}")
        for value in list(values):
            self.append(value)
        return self

    __iadd__ = extend

    def extra_repr(self) -> str:
        return "\n".join("  " + _described(i, value, lambda t: t.dtype) for i, value in enumerate(self))


class ParameterDict(Module):
    """A dict of parameters that are found as its own; tensors become parameters, anything else is kept as it is."""

    def __call__(self, *args, **kwargs):
        raise RuntimeError("ParameterDict should not be called.")

    def __init__(self, parameters=None):
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def _checked(self, key: str) -> str:
        if not isinstance(key, str):
            raise TypeError(
                f"Index given to ParameterDict cannot be used as a key as it is not a string (type is '{type(key).__name__}')."
            )
        return key

    def __getitem__(self, key: str) -> Any:
        return getattr(self, self._checked(key))

    def __setitem__(self, key: str, value) -> None:
        self._keys[self._checked(key)] = None
        setattr(self, key, _as_parameter(value))

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __len__(self):
        return len(self._keys)

    def __iter__(self):
        return iter(self._keys)

    def __reversed__(self):
        return reversed(list(self._keys))

    def __contains__(self, key):
        return key in self._keys

    def keys(self):
        return self._keys.keys()

    def values(self):
        return (self[k] for k in self._keys)

    def items(self):
        return ((k, self[k]) for k in self._keys)

    def get(self, key: str, default=None):
        """The parameter of that name, or ``default``."""
        return self[key] if key in self._keys else default

    def setdefault(self, key: str, default=None):
        """The parameter of that name, ``default`` put there first if there is none."""
        if key not in self._keys:
            self[key] = default
        return self[key]

    def pop(self, key: str):
        """Take one out and return it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self):
        """Take out the last (key, parameter)."""
        key = next(reversed(self._keys))
        return key, self.pop(key)

    def clear(self) -> None:
        """Remove all."""
        for key in list(self._keys):
            del self[key]

    def copy(self) -> ParameterDict:
        """Another dict of the same parameters."""
        return ParameterDict(OrderedDict(self.items()))

    def fromkeys(self, keys, default=None) -> ParameterDict:
        """A new dict with these keys and one value."""
        return ParameterDict((k, default) for k in keys)

    def update(self, parameters) -> None:
        """Add those of a mapping or of (key, parameter) pairs."""
        _update(self, parameters, "ParameterDict")

    def __or__(self, other) -> ParameterDict:
        made = self.copy()
        made.update(other)
        return made

    def __ior__(self, other) -> ParameterDict:
        self.update(other)
        return self

    def extra_repr(self) -> str:
        return "\n".join("  " + _described(key, value, lambda t: t.data.type()) for key, value in self.items())
