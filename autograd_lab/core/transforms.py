"""Which transforms of ``func`` are running, and what may not be called in a function that is being transformed."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from sys import _getframe
from types import MappingProxyType

transforms: ContextVar[tuple[str, ...]] = ContextVar("transforms", default=())  # the innermost last
outside: ContextVar[Mapping[int, object]] = ContextVar("outside", default=MappingProxyType({}))  # what they may not write to
OPEN: list[str] = []  # those of all threads: while there are none, nobody asks for more

_BACKWARD = (
    "backward() called inside a functorch transform. This is not supported, please use functorch.grad or functorch.vjp instead or "
    "call backward() outside of functorch transforms."
)
_WORD = (
    "You are attempting to call Tensor.{}() {}inside of a function being transformed by a functorch transform. This is unsupported, "
    "please attempt to use the functorch transforms (e.g. grad, vjp, jacrev, jacfwd, hessian) or call {}() outside of a function "
    "being transformed instead."
)
_PACKAGE = __name__.partition(".")[0] + "."
_OF_USERS = frozenset(_PACKAGE + name for name in ("autograd.functional", "nn.modules.module"))  # call it as users do


@contextmanager
def running(word: str, captured: Mapping[int, object] = MappingProxyType({})):
    """Inside the block the transform of that name is running. ``captured``: what its function may not write to (captured.py)."""
    token, outer = transforms.set((*transforms.get(), word)), outside.get()
    if captured:
        outside.set({**outer, **captured})
    OPEN.append(word)
    try:
        yield
    finally:
        OPEN.pop()
        outside.set(outer)
        transforms.reset(token)


def refuse_backward() -> None:
    """Raise if a transform is running."""
    if transforms.get():
        raise RuntimeError(_BACKWARD)


def forbidden(word: str, plain):
    """``plain``, a method of tensors, which may not be called in a function that is being transformed, but by the engine itself."""
    also = "(or perhaps using torch.autograd.functional.* APIs) " if word == "requires_grad_" else ""

    @functools.wraps(plain)
    def method(self, *args, **kwargs):
        if OPEN and transforms.get() and (word == "requires_grad_" or self.requires_grad):
            caller = _getframe(1).f_globals.get("__name__", _PACKAGE)
            if not caller.startswith(_PACKAGE) or caller in _OF_USERS:
                raise RuntimeError(_WORD.format(word, also, word))
        return plain(self, *args, **kwargs)

    return method
