"""Under ``vmap`` PyTorch has all examples in one tensor, so a function cannot look at the value of one: here it could, and is refused.

Which tensors depend on an example nobody notes while the examples are run, for it would cost each operation. Only where a function
does look at a value is its first example run once more, with every operation heard of, and what looks at a value that depends on
the example is refused in PyTorch's words. Looking at a constant is allowed there as here.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from contextvars import ContextVar
from sys import _getframe

import numpy as np

from ..core import births, random
from ..core.function import transforms
from ..core.tensor import Tensor

_ITEM = (
    "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a Tensor, please try to "
    "rewrite what you're doing with other operations."
)
_FLOW = (
    "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't support that yet: choose "
    "with torch.where instead."
)
_WITHIN = (
    "vmap: It looks like you're either (1) calling .item() on a Tensor or (2) attempting to use a Tensor in some data-dependent "
    "control flow or (3) encountering this error in PyTorch internals. For both, use other operations: torch.where to choose."
)
_STORAGE = "Cannot access data pointer of Tensor that doesn't have storage"
_WORDS = {"item": _ITEM, "__float__": _ITEM, "__int__": _ITEM, "__complex__": _ITEM, "__index__": _ITEM, "__bool__": _FLOW,
          "__contains__": _ITEM, "tolist": _STORAGE, "numpy": _STORAGE, "__array__": _STORAGE}  # fmt: skip
_OWN = __name__.partition(".")[0] + "."

_watches: ContextVar[tuple[Watch, ...]] = ContextVar("watches", default=())
_opening, _open = threading.Lock(), 0
_plain: dict[str, Callable | None] = {}  # what stood on Tensor itself under those words


class Watch:
    """One ``vmap`` that is running. ``looked``: somebody has looked at a value; ``known``: what depends on the example, once asked."""

    def __init__(self):
        self.looked = False
        self.known: dict | None = None

    def __enter__(self):
        global _open
        self._before = _watches.get()
        _watches.set((*self._before, self))
        with _opening:
            _open += 1
            if _open == 1:
                for word, look in _looks().items():
                    _plain[word] = vars(Tensor).get(word)
                    setattr(Tensor, word, look)
        return self

    def __exit__(self, *exc):
        global _open
        _watches.set(self._before)
        with _opening:
            _open -= 1
            if not _open:
                for word, plain in _plain.items():
                    if plain is None:
                        delattr(Tensor, word)
                    else:
                        setattr(Tensor, word, plain)

    def first(self, call: Callable, examples):
        """What ``call()`` gives; RuntimeError if it looks at what depends on ``examples``, the tensors it is given."""
        state = random.get_rng_state() if random.refusal is None else None  # or nothing is drawn
        try:
            return call()
        finally:
            if self.looked:
                self._refuse(call, examples, state)

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

    def depends(self, value) -> bool:
        """Whether ``value`` is, or has the memory of, what depends on the example."""
        if isinstance(value, (tuple, list)):
            return any(map(self.depends, value))
        if self.known is None or not isinstance(value, (Tensor, np.ndarray)):
            return False
        return id(value) in self.known or id(getattr(value, "_array", None)) in self.known


@functools.cache
def _looks() -> dict[str, Callable]:
    return {word: _looking(getattr(Tensor, word), told) for word, told in _WORDS.items()}


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


def _looking(plain, told: str):
    @functools.wraps(plain)
    def look(self, *args, **kwargs):
        if not _is_own(_getframe(1)):
            for watch in _watches.get():
                if watch.known is None:
                    watch.looked = True
                elif watch.depends(self):
                    raise RuntimeError(told if transforms.get()[-1] == "vmap" or told is _STORAGE else _WITHIN)
        return plain(self, *args, **kwargs)

    return look
