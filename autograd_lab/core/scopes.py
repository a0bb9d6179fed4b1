"""Inside what an operation ran: the modules, labelled blocks and functions of the user's that were being called.

Paid for while births are noted, and not otherwise: a call of a module or an entered ``record_function`` is one ``Scope``
more, an operation made inside a function remembers by which calls it was reached. What becomes of it is for a picture to
say (trace/nesting.py): here are only code objects, places in them and weak references.
"""

from __future__ import annotations

import os
import sys
import weakref
from contextvars import ContextVar
from types import CodeType
from typing import Any

DEEP = 96  # calls deep up to which it is told where an operation ran: beyond, recursion is left as one heap
_PACKAGE = os.path.dirname(os.path.dirname(__file__))  # pathlib would be a fifth of the package's import
NEWLOCALS = 2  # the flag that code of functions has, and code of a cell, a script or a class has not

_inside: ContextVar[Scope | None] = ContextVar("inside", default=None)
KNOWN: dict[str, bool] = {}  # file name -> whether it is the package's
_last: tuple[list, tuple] = [], ()  # the chain found last
_call: CodeType | None = None  # the code that calls modules: what lies beyond it belongs to the scope outside


class Scope:
    """One call of a module, or one labelled block that was entered.

    ``of`` is the module, weakly, None for a block; ``name`` the label, or the module's class. ``chain`` are the calls of the
    user's between the module call around it and here, as ``chain_from`` gives them.
    """

    __slots__ = ("chain", "name", "of", "parent")

    parent: Scope | None
    chain: tuple
    of: Any
    name: str

    def leave(self) -> None:
        """It is over."""
        _inside.set(self.parent)


def enter(name: str, module: Any = None) -> Scope:
    """A new Scope, in force until its ``leave()``: of a module's call, or of a block called ``name``."""
    scope = Scope()
    scope.parent, scope.name = _inside.get(), name
    scope.of = None if module is None else weakref.ref(module)
    frame = sys._getframe(1)
    if module is not None:
        frame = frame.f_back  # past the call of the module itself
    scope.chain = chain_from(frame)
    _inside.set(scope)
    return scope


def calls_modules(function):
    """A decorator for the one method that calls modules."""
    global _call
    _call = function.__code__
    return function


def where(frame) -> tuple[Scope | None, tuple]:
    """(the innermost Scope, the user's calls since the innermost module call) of an operation made in ``frame``."""
    scope = _inside.get()
    if frame is None or not frame.f_code.co_flags & NEWLOCALS:
        return scope, ()
    return scope, chain_from(frame.f_back)


def chain_from(frame) -> tuple:
    """``(code, index, code, index, ...)`` of the user's calls, innermost first, up to a module's call or the top of the code.

    Nothing where there are too many of them. Operations made one after another in the same call share one tuple: each of its
    own would be one object more a node for the garbage collector to scan.
    """
    global _last
    found: list[Any] = []
    known, call = KNOWN.get, _call
    for _ in range(DEEP):
        if frame is None:
            break
        code = frame.f_code
        ours = known(code.co_filename)
        if ours is None:
            ours = is_ours(code)
        if not ours:
            found += code, frame.f_lasti
            if not code.co_flags & NEWLOCALS:
                break
        elif code is call:
            break
        frame = frame.f_back
    else:
        return ()
    last = _last
    if found != last[0]:
        last = _last = found, tuple(found)
    return last[1]


def first_outside(frame):
    """The innermost frame, from ``frame`` outward, of code outside this package; None if there is none."""
    known = KNOWN.get
    while frame is not None:
        ours = known(frame.f_code.co_filename)
        if not ours and (ours is False or not is_ours(frame.f_code)):
            return frame
        frame = frame.f_back
    return None


def is_ours(code: CodeType) -> bool:
    """Whether this is code of the package: written, or generated."""
    name = code.co_filename
    found = KNOWN.get(name)
    if found is None:
        found = KNOWN[name] = name.startswith((_PACKAGE, "<autograd_lab"))
    return found
