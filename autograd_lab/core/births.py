"""Where everything came from: the operation, its operands and the line of the user's that made it.

Off, nothing is noted and nothing is paid: no test, no word of memory. ``start()`` writes every dispatcher anew with one
more line, a call of ``note`` (codegen.py), about 1 us an operation; notebooks have it on, scripts do not. Then the graph
is also a tape: a Birth holds what a picture needs (line, constants, value) and what the cross-check needs to run the same
operations somewhere else.

Births hang on what they describe, weakly: a node's dies with the node, a constant's with the tensor. Nothing large is kept
alive: an array of more than ``SMALL`` elements is remembered by a weak reference to its tensor.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

SMALL = 1024  # elements; 8 kB in float64
_PACKAGE = str(Path(__file__).parent.parent)

note: Callable | None = None  # what dispatchers outside the generated code call; None while nothing is noted


class Kept(NamedTuple):
    """An operand or a result, remembered: its array if small, a weak reference to its tensor otherwise."""

    array: Any  # a NumPy array or scalar, None when it was too large to keep
    tensor: Callable[[], Any]  # the tensor, or None once it is gone
    shape: tuple[int, ...]
    dtype: Any  # a NumPy dtype

    def value(self):
        """The array, or None when nobody holds it any more."""
        if self.array is not None:
            return self.array
        tensor = self.tensor()
        return None if tensor is None else tensor._array


class Birth(NamedTuple):
    """How one value came to be."""

    op: Any  # the Primitive, the Function subclass, or a word: "detach", "data", "tensor"
    inputs: tuple[Kept, ...]  # the operands in order
    params: dict[str, Any]  # the metadata it was called with
    out: Kept
    recorded: bool  # False: made under no_grad, or from constants only
    code: CodeType | None  # with ``lasti``, the place in the user's source
    lasti: int

    @property
    def line(self) -> int | None:
        """The line number in ``filename`` (1-based)."""
        return None if self.code is None else self.span[0]

    @property
    def filename(self) -> str | None:
        return None if self.code is None else self.code.co_filename

    @property
    def span(self) -> tuple[int | None, int | None, int | None, int | None]:
        """(first line, last line, first column, last column) of the expression; columns count UTF-8 bytes."""
        if self.code is None:
            return None, None, None, None
        for position, found in enumerate(self.code.co_positions()):
            if position == self.lasti // 2:
                return found
        return None, None, None, None


_births: dict[int, tuple[weakref.ref, Birth]] = {}


def birth_of(thing) -> Birth | None:
    """The birth of a node, or of a tensor that has no node; None if it was not noted."""
    found = _births.get(id(thing))
    return found[1] if found is not None and found[0]() is thing else None


def is_noting() -> bool:
    return note is not None


def start() -> None:
    """Note the birth of everything from now on."""
    global note
    if note is None:
        note = _note
        _rewrite()


def stop() -> None:
    """Note nothing any more; what was noted stays until its nodes and tensors are gone."""
    global note
    if note is not None:
        note = None
        _rewrite()


@contextmanager
def noting() -> Iterator[None]:
    """Note births inside the block."""
    was_on = is_noting()
    start()
    try:
        yield
    finally:
        if not was_on:
            stop()


def _rewrite():
    from .primitive import PRIMITIVES

    for op in PRIMITIVES.values():
        op.postpone()


def _no_tensor():
    return None


def _keep(value) -> Kept:
    array = getattr(value, "_array", value)
    tensor = _no_tensor if array is value else weakref.ref(value)
    return Kept(array if array.size <= SMALL else None, tensor, array.shape, array.dtype)


def _note(op, inputs: tuple, params: dict, out, node) -> None:
    """Remember that ``op`` made ``out``; ``node`` is what was recorded, if anything was."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith((_PACKAGE, "<autograd_lab")):
        frame = frame.f_back
    where = (None, 0) if frame is None else (frame.f_code, frame.f_lasti)
    birth = Birth(op, tuple(map(_keep, inputs)), params, _keep(out), node is not None, *where)
    thing = out if node is None else node
    key = id(thing)
    _births[key] = weakref.ref(thing, lambda _, key=key: _births.pop(key, None)), birth
