"""Under ``vmap`` PyTorch has all examples in one tensor, so a function cannot look at the value of one, nor write one into what all
share: here it could, and is refused.

Which tensors depend on an example nobody notes while the examples are run, for it would cost each operation. Only where a function
does look at a value, or writes, is its first example run once more, with every operation heard of, and what may not be done with
what depends on the example is refused in PyTorch's words (looks.py). With a constant it is allowed there as here.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from sys import _getframe
from typing import Any

import numpy as np

from ..core import births, random
from ..core.exchange import copy_of
from ..core.tensor import Tensor, wrap
from ..core.transforms import transforms
from .looks import FLOW, ITEM, OF_DATA, OF_PACKAGE, OF_TENSORS, WITHIN, concerns

_OWN = __name__.partition(".")[0] + "."

_watches: ContextVar[tuple[Watch, ...]] = ContextVar("watches", default=())
_opening, _open = threading.Lock(), 0
_plain: dict[tuple, Any] = {}  # (Tensor or the package, word) -> what stood there itself under that word
_ABSENT = object()
_fine: weakref.WeakSet = weakref.WeakSet()  # functions in which nothing was refused


class Watch:
    """One ``vmap`` whose first example is running, of ``size``. ``looked``: somebody has done what may not be done with what depends on
    one; ``known``: what does, once asked."""

    def __init__(self, size: int):
        self.size, self.looked = size, False
        self.known: dict | None = None

    def __enter__(self):
        global _open
        self._before = _watches.get()
        _watches.set((*self._before, self))
        with _opening:
            _open += 1
            if _open == 1:
                for (owner, word), look in _looks().items():
                    _plain[owner, word] = vars(owner).get(word, _ABSENT)
                    setattr(owner, word, look)
        return self

    def __exit__(self, *exc):
        global _open
        _watches.set(self._before)
        with _opening:
            _open -= 1
            if not _open:
                for (owner, word), plain in _plain.items():
                    if plain is _ABSENT:
                        delattr(owner, word)
                    else:
                        setattr(owner, word, plain)

    def first(self, call: Callable, given: list, batched: list[bool]):
        """What ``call(given)`` gives; RuntimeError if it looks at what depends on an example, those of ``given`` that are ``batched``."""
        state = random.get_rng_state() if random.refusal is None else None  # or nothing is drawn
        again = [wrap(copy_of(x._array)) if own else x for x, own in zip(given, batched)]  # it may write over them
        try:
            return call(given)
        finally:
            if self.looked:
                self._refuse(functools.partial(call, again), [x for x, own in zip(again, batched) if own], state)

    def _refuse(self, call, examples, state):
        after = None
        if state is not None:
            after = random.get_rng_state()
            random.set_rng_state(state)
        self.known = {}
        for example in examples:
            self._depends(example)
        try:
            with births.heard_by(self._hear):
                call()
        finally:
            self.looked, self.known = False, None
            if after is not None:
                random.set_rng_state(after)

    def _hear(self, op, inputs, params, out, node):
        given = (*inputs, *params.values()) if op != "tensor" else _arguments()
        if any(map(self.depends, given)):
            self._depends(out)

    def _depends(self, t: Tensor):
        assert self.known is not None
        self.known.update({id(t): t, id(t._array): t._array})  # kept, so that no other gets this id

    def refusal(self, rule, args: tuple):
        """What to raise for a call with these arguments; None if it is allowed."""
        told = rule(self.depends, self.size, args) if callable(rule) else rule if self.depends(args[0]) else None
        return WITHIN if told in (ITEM, FLOW) and transforms.get()[-1] != "vmap" else told

    def depends(self, value) -> bool:
        """Whether ``value`` is, or has the memory of, what depends on the example."""
        if isinstance(value, (tuple, list)):
            return any(map(self.depends, value))
        if self.known is None or not isinstance(value, (Tensor, np.ndarray)):
            return False
        return id(value) in self.known or id(getattr(value, "_array", None)) in self.known


def first_of(size: int, func: Callable, call: Callable, given: list, batched: list[bool]):
    """``Watch(size).first(...)``; a function in which nothing was refused once is not watched again."""
    known = False
    with contextlib.suppress(TypeError):  # of a thing that cannot be referred to weakly, or has no hash
        known = func in _fine
    if known:
        return call(given)
    with Watch(size) as watch:
        made = watch.first(call, given, batched)
    with contextlib.suppress(TypeError):
        _fine.add(func)
    return made


@functools.cache
def _looks() -> dict[tuple, Any]:
    """(Tensor or the package, word) -> what stands there while a ``vmap`` runs."""
    package = sys.modules[_OWN[:-1]]
    found: dict[tuple, Any] = {(Tensor, word): _looking(getattr(Tensor, word), rule) for word, rule in OF_TENSORS.items()}
    found |= {(package, word): _looking(getattr(package, word), rule) for word, rule in OF_PACKAGE.items()}
    (read, write), data = OF_DATA, vars(Tensor)["data"]
    always = _looking(data.fset, lambda *_: write)
    return found | {(Tensor, "data"): property(_looking(data.fget, read), always, None, data.__doc__)}


def _is_own(frame) -> bool:
    """Whether the frame runs code of this package, written or generated."""
    return frame.f_globals.get("__name__", _OWN).startswith(_OWN)


def _arguments() -> list:
    """What the functions of this package that are running were given: births tell of a comparison's result, not of what it compared."""
    found, frame = [], _getframe(2)
    while frame is not None and _is_own(frame):
        found += frame.f_locals.values()
        frame = frame.f_back
    return found


def _looking(plain, rule):
    """``plain``, which refuses what its rule refuses (looks.py)."""

    @functools.wraps(plain)
    def look(*args, **kwargs):
        if not _is_own(_getframe(1)):
            for watch in _watches.get():
                given = (*args, *kwargs.values())
                if watch.known is None:
                    watch.looked = watch.looked or concerns(rule, given)
                elif (told := watch.refusal(rule, given)) is not None:
                    raise told if isinstance(told, Exception) else RuntimeError(told)
        return plain(*args, **kwargs)

    return look
