"""Moment: what is true of a graph after ``k`` steps of a pass. The page folds the same frames in ``render/state.ts``."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import NamedTuple

from ..trace.picture import PictureNode
from ..trace.recording import Recording
from ..trace.wire import Summary
from .text import clean, label


class Standing(NamedTuple):
    """Where a card is in time: its ``phase`` (waiting, ready, current, done, off), its place in the queue, what came and is gone."""

    phase: str
    place: int | None
    arrived: int
    expects: int
    freed: frozenset[str]
    failed: bool


class Flow(NamedTuple):
    """The largest gradient that left along a drawn edge; ``value`` None is None. ``whole``: all of its edges have theirs."""

    value: Summary | None
    now: bool
    whole: bool


class Moment:
    """A recording at step ``k``. IndexError unless that step was recorded."""

    def __init__(self, recording: Recording, k: int):
        frames = recording.frames
        if not 0 <= k < len(frames):
            raise IndexError(f"{len(frames) - 1} steps are recorded: choose one from 0 to {len(frames) - 1}, not {k}")
        self.recording, self.k, self.picture = recording, k, recording.picture
        self.grads: dict[str, Summary | None] = {row.node: row.grad for row in self.picture.tensors}
        self._flows: dict[str, tuple[Summary | None, int]] = {}
        self._arrived: dict[str, int] = {}
        self._visits: dict[str, int] = {}
        freed = set()
        source = {edge.id: edge.src for edge in self.picture.edges}
        norms = []
        for step, frame in enumerate(frames):
            norms += [g["norm"] for g in frame["edges"].values() if g is not None]
            if step > k:
                continue
            for id, g in frame["edges"].items():
                self._flows[id] = g, step
                self._arrived[source[id]] = self._arrived.get(source[id], 0) + 1
            self.grads.update(frame.get("grads", {}))
            freed.update(frame.get("freed", ()))
            if frame["node"] is not None:
                self._visits.setdefault(frame["node"], step)
        self.freed = frozenset(freed)
        self._place = {id: i for i, id in enumerate(frames[k]["ready"], 1)}
        self._blocked = {edge.id for edge in self.picture.edges if edge.blocked}
        sizes = [log10(n) for n in norms if not isinstance(n, str) and n > 0]
        low, high = (floor(min(sizes)), ceil(max(sizes))) if sizes else (0, 1)
        self.range = (low, high) if high > low else (low - 1, high + 1)

    @property
    def says(self) -> str:
        """The moment in a few words: "step 3 of 11, mul"."""
        node = self.picture.by_id.get(self.recording.frames[self.k]["node"] or "")
        where = "before backward" if node is None else f"{label(self.picture, node)}{'.grad' if node.kind == 'leaf' else ''}"
        return clean(f"step {self.k} of {self.recording.total}, {where}")

    def _failure(self) -> dict | None:
        failure = self.recording.failure
        return dict(failure) if failure is not None and self.k >= min(failure["step"], len(self.recording.frames) - 1) else None

    def _phase(self, node: PictureNode) -> str:
        if node.kind == "constant" or (not node.expects and node.id != self.picture.root):
            return "off"
        visit = self._visits.get(node.id)
        if visit is not None:
            return "current" if visit == self.k else "done"
        came = 0 < node.expects <= self._arrived.get(node.id, 0)
        return "ready" if node.id in self._place or came else "waiting"

    def of_node(self, id: str) -> Standing:
        """Where the node is."""
        node, failure = self.picture.by_id[id], self._failure()
        failed = failure is not None and failure["node"] == id
        return Standing(self._phase(node), self._place.get(id), self._arrived.get(id, 0), node.expects, self.freed, failed)

    def of_group(self, path: str) -> Standing:
        """Where the nodes of a folded group are, taken together."""
        inside = [n for n in self.picture.nodes if n.group is not None and (n.group == path or n.group.startswith(f"{path}/"))]
        phases = [self._phase(node) for node in inside]
        for phase in ("current", "ready"):
            if phase in phases:
                break
        else:
            live = [p for p in phases if p != "off"]
            phase = "off" if not live else "done" if all(p == "done" for p in live) else "waiting"
        places = [self._place[node.id] for node in inside if node.id in self._place]
        failure = self._failure()
        failed = failure is not None and any(node.id == failure["node"] for node in inside)
        return Standing(phase, min(places, default=None), 0, 0, self.freed, failed)

    def flow_along(self, ids: list[str]) -> Flow | None:
        """What came back along these edges, drawn as one; None if nothing has yet."""
        found = [self._flows[id] for id in ids if id in self._flows]
        if not found:
            return None
        value = max((g for g, _ in found), key=_size)
        return Flow(value, any(step == self.k for _, step in found), len(found) == len(set(ids) - self._blocked))


def _size(g: Summary | None) -> float:
    return -1.0 if g is None else float("inf") if isinstance(g["norm"], str) else g["norm"]
