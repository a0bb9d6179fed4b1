"""Where everything came from: the operation, its operands and the line of the user's that made it.

Off, nothing is noted and nothing is paid: no test, no word of memory. ``start()`` writes every dispatcher anew with one
more line, a call of ``note`` (codegen.py), whose price ``make bench ARGS=noting`` tells; notebooks have it on, scripts do
not. Then the graph is also a tape: a Birth holds what a picture needs (line, constants, value) and what the cross-check
needs to run the same operations somewhere else.

Births hang on what they describe, weakly: a node's dies with the node, a constant's with the tensor. Nothing large is kept
alive: an array of more than ``SMALL`` elements is remembered by a weak reference to its tensor, and by its corner, which is
what a picture shows of it. Small arrays are copied, or a later in-place operation would change what is told of the past.

In-place operations leave a second trace, a Write: an error about a modified tensor can then name the line that modified it.
"""

from __future__ import annotations

import sys
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

from . import scopes
from .face import Mark, mark_of
from .hooks import running_pass
from .node import GatheringPoint

SMALL = 1024  # elements; 8 kB in float64
CORNER = 8  # rows and columns that are kept of what is larger
WRITES = 4096  # how many in-place operations are remembered: one entry keeps a counter, not an array

note: Callable | None = None  # what dispatchers call for each operation; None while nobody wants to know
_listeners: list[Callable] = []  # who else wants to know: saved-tensor hooks, forward mode, anomaly mode
_noting = False
tell_memory = False  # whether a Write says which bytes it wrote to


class Kept(NamedTuple):
    """An operand or a result, remembered: a copy of its array if small, its corner and a weak reference otherwise."""

    array: Any  # a NumPy array or scalar as it was, None when it was too large to keep
    tensor: Callable[[], Any]  # the tensor, or None once it is gone
    shape: tuple[int, ...]
    dtype: Any  # a NumPy dtype
    version: int = 0  # the tensor's, when it was remembered
    corner: Any = None  # of an array too large to keep, the first 8 of the last two axes (leading axes laid flat)
    blocked: str | None = None  # why no gradient reaches it although it was computed: "detached", "no_grad"
    source: Callable[[], Any] | None = None  # the mark of the node or sink it was detached from, or None once that is gone

    def value(self):
        """The array, or None when nobody holds it any more or it has been written over."""
        if self.array is not None:
            return self.array
        tensor = self.tensor()
        return None if tensor is None or _version(tensor) != self.version else tensor._array


class Layer:
    """All that one pass with ``create_graph`` makes: a graph above the one it walks. ``root()`` is the mark of where it began."""

    __slots__ = ("root",)

    def __init__(self, root: Mark):
        self.root = weakref.ref(root)


class Birth(NamedTuple):
    """How one value came to be."""

    op: Any  # the Primitive, the Function subclass, or a word: "detach", "data", "tensor"
    inputs: tuple[Kept, ...]  # the operands in order
    params: dict[str, Any]  # the metadata it was called with
    out: Kept
    recorded: bool  # False: made under no_grad, or from constants only
    code: CodeType | None  # with ``lasti``, the place in the user's source
    lasti: int
    blocked: str | None = None  # of what was not recorded although an operand wanted a gradient: see Kept
    source: Callable[[], Any] | None = None
    scope: scopes.Scope | None = None  # of what was recorded: the module call or block it ran in
    chain: tuple = ()  # and the calls of the user's that led to ``code`` from there: see scopes.where
    layer: Layer | None = None  # of what a pass with create_graph made: the pass,
    maker: Callable[[], Any] | None = None  # and the mark of the node or sink whose turn it was, or None once that is gone

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


class Write(NamedTuple):
    """One in-place operation."""

    counter: list  # the version counter of the memory it wrote to
    version: int  # the version it made
    before: Callable[[], Any]  # the mark of the point whose value was overwritten (the base's, for a view); None: none, or gone
    after: Callable[[], Any]  # the mark of the point of the new value; None when nothing was recorded
    code: CodeType | None
    lasti: int
    memory: tuple[int, int] | None = None  # the bytes written to, from and up to; only while `tell_memory`

    span = Birth.span


_writes: deque[Write] = deque(maxlen=WRITES)


class _Gone(weakref.ref):
    """A weak reference to a tensor without a node, and its birth; a node or sink holds its own."""

    __slots__ = ("birth", "key")


def _forget(gone: _Gone) -> None:
    if _births.get(gone.key) is gone:
        del _births[gone.key]


_births: dict[int, _Gone] = {}


def birth_of(thing) -> Birth | None:
    """The birth of a node, or of a tensor that has no node; None if it was not noted."""
    holder = thing if isinstance(thing, GatheringPoint) else _births.get(id(thing))
    birth = getattr(holder, "birth", None)
    if birth is None or (holder is not thing and holder() is not thing):
        return None
    if type(birth) is list:
        holder.birth = birth = _told(*birth)
    return birth


def is_noting() -> bool:
    return _noting


def start() -> None:
    """Note the birth of everything from now on."""
    _set(True)


def stop() -> None:
    """Note nothing any more; what was noted stays until its nodes and tensors are gone."""
    _set(False)


def _set(noting: bool) -> None:
    global _noting
    if noting is not _noting:
        _noting = noting
        _rewrite()


def listen(listener: Callable) -> None:
    """Call ``listener(op, inputs, params, out, node)`` at every operation from now on, noting or not."""
    _listeners.append(listener)
    _rewrite()


def unlisten(listener: Callable) -> None:
    """Take ``listener`` off again."""
    _listeners.remove(listener)
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


@contextmanager
def heard_by(listener: Callable) -> Iterator[None]:
    """Note births inside the block, and call ``listener(op, inputs, params, out, node)`` at each while its operands live."""
    with noting():
        listen(listener)
        try:
            yield
        finally:
            unlisten(listener)


def _rewrite():
    """Make ``note`` what it must be now, and let every dispatcher write itself anew at its next call."""
    global note
    told = ([_note] if _noting else []) + _listeners
    if len(told) < 2:
        note = told[0] if told else None
    else:

        def note(*birth):
            for tell in told:
                tell(*birth)

    from .primitive import PRIMITIVES

    for op in PRIMITIVES.values():
        op.postpone()


def write_of(counter: list | None, version: int) -> Write | None:
    """The in-place operation that brought the memory behind ``counter`` to ``version``; None if it was not noted."""
    return next((w for w in reversed(_writes) if w.counter is counter and w.version == version), None)


def writes() -> Iterator[Write]:
    """The last in-place operations, newest first."""
    return reversed(_writes)


def _nothing():
    return None


def _version(tensor) -> int:
    counter = tensor._counter
    return counter[0] if type(counter) is list else 0


def _keep(value) -> Kept:
    """Remember a tensor, or the array or scalar that a Python number became, as it is now."""
    raw: list = []
    _remember(raw, (value,))
    return _kept(*raw)


def _remember(raw: list, values) -> None:
    """Put four facts about each value on ``raw``: array, weak reference, version, and None or (shape, corner, blocked, source).

    Runs at every operation of a notebook, so it puts down what would be lost and leaves the rest to ``birth_of``; and
    all in one list, because every object more that lives as long as a node is one more for the garbage collector to scan.
    """
    for value in values:
        array = getattr(value, "_array", None)
        if array is None:  # a constant, which nobody can write to
            raw += (value, _nothing, 0, None)
            continue
        counter, extra, large = value._counter, None, type(array) is np.ndarray and array.size > SMALL
        blocked, source = _blocked(value) if value._node is None and _births else (None, None)
        if large or blocked is not None:
            extra = (array.shape, array.dtype, _corner(array) if large else None, blocked, source)
        if large:
            array = None
        elif type(array) is np.ndarray:
            array = array.copy()
        raw += (array, weakref.ref(value), counter[0] if type(counter) is list else 0, extra)


def _kept(array, tensor, version, extra) -> Kept:
    shape, dtype, corner, blocked, source = extra or (array.shape, array.dtype, None, None, None)
    return Kept(array, tensor, shape, dtype, version, corner, blocked, source)


def _told(op, params, recorded, code, lasti, blocked, source, scope, chain, made, *facts) -> Birth:
    """The Birth that ``_note`` put down as a list."""
    out, *inputs = (_kept(*facts[i : i + 4]) for i in range(0, len(facts), 4))
    return Birth(op, tuple(inputs), params, out, recorded, code, lasti, blocked, source, scope, chain, *made)


def _corner(array):
    """The first rows and columns of a large array, leading axes laid flat."""
    if not array.flags.c_contiguous:  # laying it flat would copy all of it
        array = array[(slice(None, CORNER),) * array.ndim]
    return array.reshape(-1, array.shape[-1])[:CORNER, :CORNER].copy()


def place() -> tuple[CodeType | None, int]:
    """Where the innermost code outside this package stands: (code, index of the instruction)."""
    return _place(2)


def _place(depth: int) -> tuple[CodeType | None, int]:
    """The innermost place outside this package, at least ``depth`` calls up: (code, index of the instruction)."""
    frame = scopes.first_outside(sys._getframe(depth))
    return (None, 0) if frame is None else (frame.f_code, frame.f_lasti)


def _note(op, inputs: tuple, params: dict, out, node) -> None:
    """Remember that ``op`` made ``out``; ``node`` is what was recorded, if anything was."""
    frame = scopes.first_outside(sys._getframe(2))  # past this and the dispatcher that called it
    code, lasti = (None, 0) if frame is None else (frame.f_code, frame.f_lasti)
    blocked = source = scope = None
    chain: tuple = ()
    made: tuple = ()
    if node is None:
        blocked, source = _obstacle(op, inputs)
    else:
        scope, chain = scopes.where(frame)
        run = running_pass()
        if run is not None and run.create_graph:
            made = _made_in(run)
    raw = [op, params, node is not None, code, lasti, blocked, source, scope, chain, made]
    _remember(raw, (out, *inputs))
    if node is not None:
        node.birth = raw
    else:
        _births[id(out)] = gone = _Gone(out, _forget)
        gone.key, gone.birth = id(out), raw
        if op == "tensor" and out._node is not None:
            out._node.birth = raw


def _made_in(run) -> tuple[Layer, Callable[[], Any]]:
    """(the pass's Layer, the mark of the point whose turn it is) for what a pass with ``create_graph`` makes."""
    if run.layer is None:
        run.layer = Layer(_mark_at(run.order[0]))
    return run.layer, weakref.ref(_mark_at(run.order[run.position - 1]))


def _mark_at(point) -> Mark:
    return mark_of(getattr(point, "node", point))  # an Output is made anew, its node stays


def _obstacle(op, inputs: tuple):
    """Why what ``op`` made of ``inputs`` was not recorded although one of them wants a gradient: (blocked, source)."""
    blocked = source = None
    for value in inputs:
        before = _blocked(value)
        if before[0] is not None:  # the source only while it is the same value
            blocked, source = before if type(op) is str else (before[0], None)
        elif getattr(value, "_node", None) is not None:
            blocked = "detached" if type(op) is str else "no_grad"
            source = weakref.ref(_mark_at(value._node)) if type(op) is str else None
    return blocked, source


def _blocked(value):
    """(blocked, source) of a tensor without a node, from its birth."""
    gone = _births.get(id(value))
    if gone is None or gone() is not value:
        return None, None
    birth = gone.birth
    return (birth[5], birth[6]) if type(birth) is list else (birth.blocked, birth.source)


def note_leaf(leaf) -> None:
    """A tensor has become a leaf that wants a gradient: its sink, which outlives it in a graph, is told of its birth."""
    birth = birth_of(leaf)
    if birth is not None:
        leaf._node.birth = birth


def note_write(x, before) -> None:
    """Remember that x has just been written to; ``before`` is the gathering point its memory's owner had until then."""
    if type(x._counter) is list:
        owner = x if x._more is None or x._more.base is None else x._more.base
        after = owner._node
        recorded = after is not None and after is not before
        _writes.append(
            Write(x._counter, x._counter[0], _nothing if before is None else weakref.ref(mark_of(before)),
                  weakref.ref(mark_of(after)) if recorded else _nothing, *_place(2),
                  np.lib.array_utils.byte_bounds(x._array) if tell_memory else None)
        )  # fmt: skip
