"""A progress bar for whatever takes longer than a second: silent before, gone after.

The bar is tqdm's: a widget in a notebook, a line in a terminal, nothing where standard error is a file. It is imported when
it is needed; ``TQDM_DISABLE=1`` turns it off, as everywhere. What begins while something else is under way is a stage of it and
has no bar of its own: the one bar says which stage it is, from the first second to the end. Its time goes on also where nothing
can be counted, as while a package is imported or XLA compiles: a bar that stands still looks like work that does.
"""

from __future__ import annotations

import math
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Sized
from contextvars import copy_context
from time import perf_counter
from typing import Any, TypeVar

LONG = 1.0  # seconds that the whole may take without a bar
GLANCE = 0.25  # seconds after which the rest can be guessed
PULSE = 1.0  # seconds between two looks at the time, where nothing is counted
Thing = TypeVar("Thing")

_under_way = threading.local()  # its ``whole`` is the Progress that began first


class Progress:
    """How far a piece of work is: ``tick()`` after each of its ``total`` parts, in a ``with``. None: nobody knows how many.

    >>> with Progress("recording", total=3) as progress:
    ...     for _ in range(3):
    ...         progress.tick()
    >>> progress.done
    3
    """

    __slots__ = ("what", "total", "unit", "done", "_begun", "_next", "_bar", "_output", "_whole", "_clock")

    def __init__(self, what: str, total: int | None = None, unit: str = "step"):
        self.what, self.total, self.unit, self.done = what, total, unit, 0
        self._begun = perf_counter()
        self._next = self._begun + GLANCE
        self._bar: Any = None
        self._output: Any = None  # the bar's in a notebook, which would stay in its file
        self._whole = self  # what it is a stage of
        self._clock: _Clock | None = None

    def tick(self, parts: int = 1) -> None:
        """So many more parts are done."""
        self.done += parts
        whole = self._whole
        if whole._bar is not None:
            whole._bar.update(parts)
        elif (now := perf_counter()) > whole._next:
            self._look(now)

    def _look(self, now: float) -> None:
        """Show a bar if all of it will have taken long."""
        whole, spent = self._whole, now - self._begun
        rest = spent * (self.total / self.done - 1) if self.total is not None and self.done and spent >= GLANCE else 0.0
        if now - whole._begun + rest <= LONG:
            whole._next = now + GLANCE
            return
        self.show()

    def show(self) -> None:
        """Show a bar now: for what is known to take long, and cannot say how far it is."""
        whole = self._whole
        if whole._bar is not None:
            return
        if os.environ.get("TQDM_DISABLE"):  # ours to ask: tqdm does not, once it is told where to hide
            whole._next = math.inf
            return
        from tqdm.auto import tqdm

        bar: Any = tqdm  # of two classes
        options = {
            "desc": self.what,
            "total": self.total,
            "initial": self.done,
            "unit": self.unit,
            "leave": False,
            "miniters": 1,
        }
        if not in_notebook():
            whole._bar = bar(**options, disable=None)  # None: unless it is a terminal
        elif not _is_widget(tqdm):  # a kernel without ipywidgets
            whole._bar = bar(**options, disable=False)
        else:
            from IPython.display import display

            whole._bar = bar(**options, disable=False, display=False)
            whole._output = display(whole._bar.container, display_id=True)
        if not whole._bar.disable:
            whole._clock = _Clock(whole._bar)

    def __enter__(self) -> Progress:
        self._whole = getattr(_under_way, "whole", None) or self
        if self._whole is self:
            _under_way.whole = self
        elif self.total and (bar := self._whole._bar) is not None:
            bar.unit, bar.initial = self.unit, 0  # a rate is that of its stage
            bar.set_description(self.what, refresh=False)
            bar.reset(self.total)
        return self

    def __exit__(self, *_: object) -> None:
        if self._whole is not self:
            return
        _under_way.whole = None
        if self._clock is not None:
            self._clock.stop()  # before the bar goes, or it could be drawn once more
        if self._bar is not None:
            self._bar.close()
        if self._output is not None:
            self._output.update({}, raw=True)


class _Clock:
    """Draws a bar anew each second, in a thread of its own, until it is stopped."""

    def __init__(self, bar: Any):
        self._over = threading.Event()
        self._thread = threading.Thread(target=copy_context().run, args=(self._run, bar), daemon=True)
        self._thread.start()  # in this context: a kernel looks there for the cell that a message is of

    def _run(self, bar: Any) -> None:
        while not self._over.wait(PULSE):
            bar.refresh()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


def _is_widget(tqdm: type) -> bool:
    from tqdm.notebook import tqdm_notebook

    return issubclass(tqdm, tqdm_notebook)


def each(things: Iterable[Thing], what: str, total: int | None = None, unit: str = "step") -> Iterator[Thing]:
    """The same things, one after the other, with a bar when they take long.

    >>> list(each("ab", "spelling"))
    ['a', 'b']
    """
    with Progress(what, len(things) if total is None and isinstance(things, Sized) else total, unit) as progress:
        for thing in things:
            yield thing
            progress.tick()


def in_notebook() -> bool:
    """Whether this is a kernel: somebody is there to show a widget to."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None
