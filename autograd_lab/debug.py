"""Instruments that cost something and find something; off, they cost nothing.

``check_mutation`` finds writes that autograd cannot see. A tensor counts its writes, and backward refuses a saved value that
was written over; but a write through NumPy, or through ``.data``, goes by the counter, and the gradient is wrong in silence, in
PyTorch too. While the check is on, each saved array is remembered by a hash of its content, and looked at again before it is
used. Nothing of the engine is changed for that: operations are listened to, and the nodes they make get a class that looks first.
"""

from __future__ import annotations

import functools
import hashlib
import weakref
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .core import births
from .core.exchange import Exchange
from .core.face import NodeType, Points
from .core.hindsight import line
from .core.node import FREED, Node
from .core.saved_words import words_of
from .core.tensor import Tensor

__all__ = ["check_mutation", "is_check_mutation_enabled"]

LENT = 256  # how many calls of numpy() are remembered

_on = False
_saved: Any = Points()  # node -> Saved
_lent: deque = deque(maxlen=LENT)  # (the array, weakly; its memory; the place) of what was given to NumPy


class Saved(NamedTuple):
    """What is remembered of one node."""

    hashes: dict[str, bytes]  # name of a saved value -> hash of its content
    place: tuple  # (code, index of the instruction)
    last_write: Any  # the newest write, and the newest loan to NumPy, that there had been by then
    last_loan: Any


class check_mutation:
    """Raise in backward when a saved value was written to unseen: through NumPy, or through ``.data``.

    As a context manager: on inside the block, then as it was before. As a call: on from now, until ``check_mutation(False)``.
    What was recorded while it was off is not looked at. It costs a hash of every saved array when it is saved and again when
    it is used. The error is a RuntimeError that names the saved value and its operation, the line that saved it, and the line
    that wrote to it or gave its memory to NumPy.

    >>> import autograd_lab as torch
    >>> from autograd_lab import debug
    >>> w = torch.tensor([2.0], requires_grad=True)
    >>> with debug.check_mutation():
    ...     loss = (w * w).sum()
    ...     out = w.data.mul_(10)
    ...     try:
    ...         loss.backward()
    ...     except RuntimeError as error:
    ...         print(str(error)[:64])
    MulBackward0 saved a tensor for backward, other of shape [1], an
    """

    def __init__(self, mode: bool = True):
        self._before = _on
        _switch(mode)

    def __enter__(self):
        return None

    def __exit__(self, *exc):
        _switch(self._before)


def is_check_mutation_enabled() -> bool:
    """Whether ``check_mutation`` is on."""
    return _on


def _switch(on: bool) -> None:
    global _on
    if on and not _on:
        births.listen(_remember)
        births.tell_memory = True
        Tensor.numpy = _lending_numpy
    elif not on and _on:
        births.unlisten(_remember)
        births.tell_memory = False
        del Tensor.numpy  # Exchange's is found again
    _on = on


# ---------------------------------------------------------------------- what is remembered


def _remember(op, inputs, params, out, node) -> None:
    """An operation was recorded: hash what its node keeps."""
    if node is None:
        return
    hashes = {name: _hash(array) for name, array in _arrays(node)}
    if hashes:
        _saved[node] = Saved(hashes, births.place(), next(births.writes(), None), _lent[-1] if _lent else None)
        if not issubclass(type(node), _Looking):
            node.__class__ = _looking(type(node))


def _arrays(node: Any) -> Iterator[tuple[str, np.ndarray]]:
    """(name, array) of all that ``node`` keeps and others may write to, leaving out what autograd itself will refuse."""
    if hasattr(node, "kept"):  # a Function's: (tensor, array of an output, version, slot)
        kept: Any = node.kept or ()
        for i, (tensor, array, version, slot) in enumerate(kept):
            counter = node.results[slot][2] if tensor is None and array is not None else getattr(tensor, "_counter", None)
            yield from _as_array(f"saved_tensors[{i}]", tensor if array is None else array, counter, version)
        return
    values = getattr(node, "values", None)
    if values is FREED or node.primitive is None:
        return
    for name in node.primitive.holds:
        if values is not None:  # an operation on a list, or with several results
            value, versions = values[name], node.versions.get(name)
            if isinstance(value, (tuple, list)):
                versions = versions if isinstance(versions, list) else [0] * len(value)
                counters = node.counters if name == "out" else [getattr(t, "_counter", None) for t in value]
                for i, (one, counter, version) in enumerate(zip(value, counters or [None] * len(value), versions)):
                    yield from _as_array(f"{name}[{i}]", one, counter, version)
            else:
                counter = (node.counters or [None])[0] if name == "out" else getattr(value, "_counter", None)
                yield from _as_array(name, value, counter, versions or 0)
        else:
            value = getattr(node, name)
            counter = node.counter if name == "out" else getattr(value, "_counter", None)
            yield from _as_array(name, value, counter, getattr(node, name + "_version", 0))


def _as_array(name: str, value: Any, counter, version: int) -> Iterator[tuple[str, np.ndarray]]:
    array = getattr(value, "_array", value)
    if isinstance(array, np.ndarray) and not (type(counter) is list and counter[0] != version):
        yield name, array


def _hash(array: np.ndarray) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data, digest_size=16).digest()


# ---------------------------------------------------------------------- what is looked at


class _Looking(Node if TYPE_CHECKING else object):
    """Mixed into a node's class: what is saved is looked at before the rules read it."""

    __slots__ = ()

    def apply(self, g, keep):
        _look(self)
        return super().apply(g, keep)

    def apply_tensors(self, g, keep):
        _look(self)
        return super().apply_tensors(g, keep)

    def visit(self, g, keep, grads):
        _look(self)
        super().visit(g, keep, grads)

    def visit_tensors(self, g, keep, grads):
        _look(self)
        super().visit_tensors(g, keep, grads)


@functools.cache
def _looking(cls: type[Node]) -> type[Node]:
    made = NodeType(cls.__name__, (_Looking, cls), {"__slots__": ()})
    made.__module__ = cls.__module__
    return made


def _look(node) -> None:
    """Raise if what ``node`` keeps is not what it was."""
    if not _on or node not in _saved:
        return
    saved = _saved[node]
    for name, array in _arrays(node):
        if name in saved.hashes and _hash(array) != saved.hashes[name]:
            raise _changed(node, name, array, saved)


def _changed(node, name: str, array, saved: Saved) -> RuntimeError:
    mine, dot, position = name.partition("[")
    theirs = {"out": "result"} | {own.name: word for word, own in words_of(node).items() if own.how is None}
    name = theirs.get(mine, mine) + dot + position
    error = RuntimeError(
        f"{node.name()} saved a tensor for backward, {name} of shape {list(array.shape)}, and its content has "
        "changed since without being counted as a write. NumPy and .data write so; the gradient would be wrong. Write through "
        "the tensor itself (under no_grad where nothing is to be recorded), or keep a copy with .clone() before."
    )
    told = [f"The value was saved for backward at {where}"] if (where := line(*saved.place)) else []
    if (written := _written(array, saved)) is not None:
        told.append(written)
    if told:
        error.add_note("\n" + ", and ".join(told) + ".")
    return error


def _written(array, saved: Saved) -> str | None:
    """Where memory of ``array`` was last written to since by way of another tensor, or else given to NumPy."""
    for write in births.writes():
        if write is saved.last_write:
            break
        if write.memory is not None and _overlap(write.memory, array) and (where := line(write.code, write.lasti)):
            return f"written over at {where}"
    since = True
    for loan in reversed(_lent):
        lent, memory, place = loan
        since = since and loan is not saved.last_loan
        if (since or lent() is not None) and _overlap(memory, array) and (where := line(*place)):
            return f"its memory was given to NumPy at {where}"
    return None


def _overlap(memory: tuple[int, int], array) -> bool:
    first, last = np.lib.array_utils.byte_bounds(array)
    return memory[0] < last and first < memory[1]


def _lending_numpy(self, *, force: bool = False) -> np.ndarray:
    array = Exchange.numpy(self, force=force)
    _lent.append((weakref.ref(array), np.lib.array_utils.byte_bounds(array), births.place()))
    return array
