"""Where a Stepper's run stops: nodes, conditions, and functions of a Frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..core.tensor import Tensor
from ..trace.picture import Picture
from ..trace.stops import HELP, Test, condition, place
from ..trace.wire import Frame


class Stops:
    """The stops of one pass.

    ``wrong()`` says which nodes ``mismatch`` means: those whose rule a cross-check found wrong. It is asked when such a
    condition is set, while the graph is still there.
    """

    def __init__(self, picture: Picture, wrong: Callable[[], frozenset[str]]):
        self.picture, self._ask = picture, wrong
        self.wrong: frozenset[str] = frozenset()
        self._asked = False
        self.nodes: dict[str, None] = {}  # ids, in the order they were set
        self.when: list[str] = []
        self._tests: list[Test] = []

    def add(self, *where: Any) -> None:
        """Stop there, too. TypeError or ValueError for what is neither a place nor a condition, and then none is set."""
        for one, (node, test) in [(one, self._read(one)) for one in where]:
            if node is not None:
                self.nodes[node] = None
                continue
            self._tests.append(test)
            if isinstance(one, str):
                self.when.append(one.strip())

    def take(self, nodes: Iterable[Any], when: str) -> None:
        """What the page has; unknown nodes are left out. ValueError if ``when`` is not a condition."""
        tests = [self._condition(when)] if when.strip() else []
        self.nodes = {node: None for node in nodes if node in self.picture.by_id}
        self.when, self._tests = [when.strip()] if tests else [], tests

    def clear(self) -> None:
        """Stop nowhere."""
        self.nodes, self.when, self._tests = {}, [], []

    def joined(self, *where: Any) -> Stops:
        """These stops and more; they are left as they are."""
        more = Stops(self.picture, self._ask)
        more.wrong, more._asked = self.wrong, self._asked
        more.nodes, more.when, more._tests = dict(self.nodes), list(self.when), list(self._tests)
        more.add(*where)
        self.wrong, self._asked = more.wrong, more._asked  # a cross-check need not be made twice
        return more

    def reached(self, frame: Frame) -> bool:
        """Whether a run stops after this step."""
        return frame["node"] in self.nodes or any(test(frame, self.wrong) for test in self._tests)

    @property
    def names(self) -> tuple[str, ...]:
        """What they are: names of nodes, then conditions."""
        by_id = self.picture.by_id
        return (*(by_id[node].name or node for node in self.nodes), *self.when)

    def to_wire(self) -> dict[str, Any]:
        """``Stops`` of messages.ts."""
        return {"nodes": list(self.nodes), "when": " or ".join(self.when)}

    def _read(self, where: Any) -> tuple[str | None, Any]:
        if not isinstance(where, (str, Tensor)):
            if callable(where):
                return None, lambda frame, wrong: bool(where(frame))
            kind = type(where).__name__
            raise TypeError(f"a pass stops at a tensor, a name, a condition or a function of a Frame, not at a {kind}: {HELP}")
        node = place(self.picture, where)
        return (node, None) if node is not None else (None, self._condition(str(where)))

    def _condition(self, text: str) -> Test:
        test = condition(text)
        if "mismatch" in text.lower() and not self._asked:
            self.wrong, self._asked = self._ask(), True
        return test
