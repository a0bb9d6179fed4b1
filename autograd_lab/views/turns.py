"""Turns: what each page said last, for messages that come in another order than they were sent.

JupyterLab sends what widgets say to a thread of their own (a subshell of the kernel), but not before that is there: what was
said until then waits for the cell that runs, and is heard after what was said later. So a page counts what it says of its
place in a pass, and what it is told carries the count that was heard: either end can tell what is out of date.
"""

from __future__ import annotations

from typing import Any

PAGES = 8  # of which the counts are kept


class Turns:
    """The highest count heard of each page, those of the pages that spoke last."""

    def __init__(self) -> None:
        self._heard: dict[str, int] = {}

    def is_late(self, turn: Any) -> bool:
        """Note this ``(page, count)``; whether the page said something later that was heard before. What has no turn is not."""
        if not (isinstance(turn, (list, tuple)) and len(turn) == 2):
            return False
        page, count = turn
        if not (isinstance(page, str) and len(page) <= 32 and isinstance(count, int)):
            return False
        before = self._heard.pop(page, count)
        self._heard[page] = max(before, count)
        if len(self._heard) > PAGES:
            del self._heard[next(iter(self._heard))]
        return count < before

    def to_wire(self) -> dict[str, int]:
        """The counts by page, as messages carry them."""
        return dict(self._heard)
