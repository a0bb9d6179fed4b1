"""``TorchFunctionMode``: a block in which every function and method is a mode's ``__torch_function__`` first.

Outside of such blocks nothing is asked and nothing paid: while a mode is entered, in whatever thread, methods and properties of
Tensor are exchanged for ones that ask, guarded words forget what they have found to fit, and the rest are told to ask.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import MethodType
from typing import Any

from .building import one_at_a_time
from .overrides import ASIDE, MET, MODES, asked_of, handled, tell_of_modes, words
from .tensor import Tensor

_entered = 0
_NOTHING: Any = object()


class TorchFunctionMode:
    """Inside the block every function and method is ``__torch_function__(func, types, args, kwargs)``.

    ``func(*args, **(kwargs or {}))`` is what it means otherwise; what the method calls is seen by the modes outside this one.

    >>> import autograd_lab as torch
    >>> class Names(TorchFunctionMode):
    ...     def __torch_function__(self, func, types, args=(), kwargs=None):
    ...         print(torch.overrides.resolve_name(func))
    ...         return func(*args, **(kwargs or {}))
    >>> with Names():
    ...     y = torch.ones(2).exp() + 1
    torch.ones
    torch.Tensor.exp
    torch.Tensor.add
    """

    inner: TorchFunctionMode

    def __torch_function__(self, func, types, args=(), kwargs=None):
        raise NotImplementedError

    def __enter__(self):
        push_mode(self)
        return self

    def __exit__(self, exc_type, exc_val, exc_tb):
        pop_mode()

    @classmethod
    def push(cls, *args, **kwargs):
        """The mode itself, with a warning: ``with Mode()`` is enough."""
        told = "`Mode.push()` is no longer necessary and can be replaced with just `with Mode()`"
        warnings.warn(told, UserWarning, stacklevel=2)
        return cls(*args, **kwargs)


class BaseTorchFunctionMode(TorchFunctionMode):
    """A mode in which everything means what it means otherwise."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


def push_mode(mode) -> None:
    """Enter ``mode``, inside of those that are entered."""
    _count(+1)
    MODES.set((*MODES.get(), mode))


def pop_mode():
    """Leave the innermost mode, and return it."""
    *rest, mode = MODES.get()
    MODES.set(tuple(rest))
    _count(-1)
    return mode


@contextmanager
def pop_mode_temporarily() -> Iterator[Any]:
    """Inside the block the innermost mode, which is given, is not entered."""
    mode = pop_mode()
    try:
        yield mode
    finally:
        push_mode(mode)


@one_at_a_time
def _count(change: int) -> None:
    """There is one mode more, or one less, in some thread: everything asks from the first to the last."""
    global _entered
    before, _entered = _entered, _entered + change
    if not before:
        _begin()
    elif not _entered:
        _end()


def _begin() -> None:
    for name, _ in words():
        own = vars(Tensor).get(name, _NOTHING)
        found = getattr(Tensor, name) if own is _NOTHING else own
        setattr(Tensor, name, (_Property if isinstance(found, property) else _Word)(name, found, own is not _NOTHING))
    for met in MET:
        ASIDE[id(met)] = set(met)
        met.clear()
    ASIDE.setdefault(0, set())
    tell_of_modes(True)


def _end() -> None:
    for name, _ in words():
        word = vars(Tensor)[name]
        if word.was_own:
            setattr(Tensor, name, word.own)
        else:
            delattr(Tensor, name)
    for met in MET:
        met |= ASIDE.get(id(met), set())
    ASIDE.clear()
    tell_of_modes(False)


class _Word:
    """Stands on Tensor for a method while a mode is entered; the class itself has the method as ever."""

    def __init__(self, name: str, own, was_own: bool):
        self.name, self.own, self.was_own = name, own, was_own

    def __get__(self, x, cls=None):
        own = self._found()
        if x is None or not MODES.get():
            return own.__get__(x, cls)
        return MethodType(self._ask, x)

    def _found(self):
        if not callable(self.own):  # it is declared now that it is used, and puts itself on the class
            self.own = self.own.__get__(None, Tensor)
            setattr(Tensor, self.name, self)
        return self.own

    def _ask(self, x, *args, **kwargs):
        return asked_of(self.name, x, args, kwargs)


class _Property:
    """The same for a property."""

    def __init__(self, name: str, own: property, was_own: bool):
        self.own, self.was_own = own, was_own

    def __get__(self, x, cls=None):
        if x is None or not MODES.get():
            return self.own.__get__(x, cls)
        return handled(self.own.__get__, (x,), (x,), None, plain=True)

    def __set__(self, x, value):
        if not MODES.get():
            self.own.__set__(x, value)
        else:
            handled(self.own.__set__, (x,), (x, value), None, plain=True)

    def __delete__(self, x):
        self.own.__delete__(x)
