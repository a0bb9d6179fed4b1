"""One thread at a time captures: what stands in the engine's place meanwhile is for that thread alone.

Operations of other threads wait until the function is written down, and the rest of what they do goes on as ever. A function
that waits, while it is captured, for another thread that computes would wait for ever: that thread's operation says so instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock, get_ident

PATIENCE = 30.0  # seconds
_turn = RLock()


@contextmanager
def turn() -> Iterator[None]:
    """Inside the block no other thread captures."""
    with _turn:
        yield


def here(ours: Callable, elsewhere: Callable) -> Callable:
    """``ours`` in the thread that asks now, ``elsewhere`` in others."""
    thread = get_ident()

    def call(*args, **params):
        return (ours if get_ident() == thread else elsewhere)(*args, **params)

    return call


class Answers:
    """``ours`` for operations of this thread; those of others wait. ``answer`` as a bound method stays itself on a class."""

    def __init__(self, ours: Callable):
        self.ours, self.thread = ours, get_ident()

    def answer(self, op, args, params):
        """What the operation makes."""
        return (self.ours if get_ident() == self.thread else _later)(op, args, params)


def _later(op, args, params):
    """What ``op`` makes when nobody captures any more."""
    if not _turn.acquire(timeout=PATIENCE):
        raise RuntimeError(
            f"{op.__name__} has waited {PATIENCE:g} s for a function that another thread captures: "
            "a compiled function must not wait for threads that compute. Let it run uncompiled, or compile what they call"
        )
    _turn.release()
    return op.call(*args, **params)
