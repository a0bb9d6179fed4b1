"""``torch.utils._python_dispatch``: a class that is handed every operation, those of backward rules too.

>>> import autograd_lab as torch
>>> class Names(TorchDispatchMode):
...     def __torch_dispatch__(self, func, types, args=(), kwargs=None):
...         print(func)
...         return func(*args, **(kwargs or {}))
>>> x = torch.tensor(2.0, requires_grad=True)
>>> with Names():
...     (x * x).backward()
aten.mul.Tensor
aten.ones_like
aten.mul.Tensor
aten.mul.Tensor
aten.add.Tensor
aten.detach
"""

from __future__ import annotations

from contextlib import ExitStack

from ..core import dispatch

__all__ = ["TorchDispatchMode"]

_modes: list[TorchDispatchMode] = []  # those that are entered, innermost last


class OpOverload:
    """An operation as a mode is given it: it prints as ``aten.mul.Tensor``; calling it runs it (in the mode outside this one)."""

    def __init__(self, name: str, run):
        self._name, self._run = name, run
        self.__name__ = name if "." in name else name + ".default"

    def name(self) -> str:
        """``aten::mul.Tensor``."""
        return "aten::" + self._name

    def __call__(self, *args, **kwargs):
        return self._run(args, kwargs)

    def __str__(self) -> str:
        return "aten." + self._name

    def __repr__(self) -> str:
        word, _, overload = self._name.partition(".")
        return f"<OpOverload(op='aten.{word}', overload='{overload or 'default'}')>"


def _hand_over(func, args, kwargs):
    """Give a call to the innermost mode, and to no mode while it answers but those outside it."""
    mode = _modes.pop()
    try:
        return mode.__torch_dispatch__(func, (), args, kwargs)
    finally:
        _modes.append(mode)


def _answer(op, args, params):
    if not _modes:
        return dispatch.run(op, args, params)
    name, _ = dispatch.spelled(op, args, params)
    return _hand_over(OpOverload(name, lambda args, kwargs: _answer(op, args, kwargs)), args, params)


def _told(word, args, out):
    if _modes:
        listed = ([list(_size(args))] if isinstance(args, dict) else list(args),)
        _hand_over(OpOverload(word, lambda args, kwargs: out), *listed, {})


def _size(given: dict):
    """The size that a function which makes tensors was asked for."""
    asked = given.get("size") or given.get("args") or ()
    return asked[0] if len(asked) == 1 and isinstance(asked[0], (tuple, list)) else asked


class TorchDispatchMode:
    """Inside the block every operation is ``__torch_dispatch__(func, types, args, kwargs)``, and its result what that returns.

    ``func(*args, **kwargs)`` runs the operation. It is handed over above autograd: what the method computes is recorded.
    """

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        raise NotImplementedError

    def __enter__(self):
        if not _modes:
            TorchDispatchMode._open = ExitStack()
            TorchDispatchMode._open.enter_context(dispatch.watching(_answer, _told))
        _modes.append(self)
        return self

    def __exit__(self, *exc):
        _modes.remove(self)
        if not _modes:
            TorchDispatchMode._open.close()

    _open: ExitStack
