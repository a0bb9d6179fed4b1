"""Which cards a picture shows while some of its groups are folded, and which groups are open at first.

One branch of groups is open at a time: a group and those around it, told by a breadcrumb. The page has the same in
``boxes.ts`` and ``layout.ts``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from ..trace.groups import LAYER
from ..trace.picture import Picture
from .style import GROUP, box

FOLDED = 150  # nodes up to which a picture is shown as it is
FEW = 8  # cards up to which a folded picture says too little: then the one group that holds most of it is open at first,
MAIN = 40  # if that makes no more cards than these


@dataclass
class Cards:
    """What is drawn: boxes by id, ``g:path`` for a folded group; lines between them; in which open group each stands."""

    boxes: dict[str, tuple[int, int]] = field(default_factory=dict)
    merged: dict[tuple[str, str], list[str]] = field(default_factory=dict)  # (from, to) -> the edges that are one line
    parents: dict[str, str] = field(default_factory=dict)
    frames: list[str] = field(default_factory=list)  # the open groups, outer before inner


def all_open(picture: Picture) -> list[str]:
    """Every group: the picture as it is."""
    return [group["id"] for group in picture.groups]


def cards(picture: Picture, open: Collection[str]) -> Cards:
    """The cards and lines with exactly these groups open. With all of them open no frames are shown but those of layers."""
    flat = len(open) == len(picture.groups)
    layers = {group["id"] for group in picture.groups if group.get("kind") == LAYER}
    retained = {row.node for row in picture.tensors if row.retains_grad}
    out, shown, known = Cards(), {}, set(open)
    for node in picture.nodes:
        key, parent = _folded(node.id, _layer(node.group, layers) if flat else node.group, known)
        shown[node.id] = key
        if key not in out.boxes:
            out.boxes[key] = GROUP if key.startswith("g:") else box(node, retained)
            out.parents[key] = parent
    for edge in picture.edges:
        a, b = shown[edge.src], shown[edge.dst]
        if a != b:
            out.merged.setdefault((a, b), []).append(edge.id)
    shown_as = layers if flat else known
    out.frames = [group["id"] for group in picture.groups if group["id"] in shown_as]
    return out


def _layer(group: str | None, layers: set[str]) -> str | None:
    """The layer a group is in."""
    first = (group or "").partition("/")[0]
    return first if first in layers else None


def _folded(id: str, group: str | None, open: set[str]) -> tuple[str, str]:
    """(the outermost closed group a node is in, else the node itself; the open group that stands in)."""
    if not group:
        return id, ""
    parts = group.split("/")
    for i in range(len(parts)):
        path = "/".join(parts[: i + 1])
        if path not in open:
            return f"g:{path}", "/".join(parts[:i])
    return id, group


def first_open(picture: Picture) -> list[str]:
    """What is open when the picture is first seen: all of a small one; of a large one, while few cards show, the group that
    holds most of it."""
    if len(picture.nodes) <= FOLDED or not picture.groups:
        return all_open(picture)
    sizes: dict[str, int] = {}
    for node in picture.nodes:
        path = node.group or ""
        while path:
            sizes[path] = sizes.get(path, 0) + 1
            path = path.rpartition("/")[0]
    open: list[str] = []
    while True:
        inside = open[-1] if open else ""
        here = [path for path in sizes if path.rpartition("/")[0] == inside]
        main = max(here, key=sizes.__getitem__, default=None)
        if main is None or sizes[main] * 2 <= len(picture.nodes) or len(cards(picture, open).boxes) > FEW:
            return open
        if len(cards(picture, [*open, main]).boxes) > MAIN:
            return open
        open.append(main)
