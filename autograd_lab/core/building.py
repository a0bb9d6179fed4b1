"""One thread at a time writes operations: what is written goes through names that two threads would take from each other."""

from __future__ import annotations

import functools
from _thread import RLock  # that of `threading`, which would be a thirtieth of the package's import
from collections.abc import Callable

_lock = RLock()


def one_at_a_time(work: Callable) -> Callable:
    """``work``, by one thread at a time. Ctrl-C may come when the lock is taken and before it is given back: it is, then too."""

    @functools.wraps(work)
    def alone(*args):
        held = _lock._is_owned()  # pyright: ignore[reportAttributeAccessIssue]
        try:
            with _lock:
                return work(*args)
        except BaseException:
            while not held and _lock._is_owned():  # pyright: ignore[reportAttributeAccessIssue]
                _lock.release()
            raise

    return alone
