"""The chain rule by paths: what comes down each path from one node to another, and their sum.

The engine never forms these products: where paths meet it adds first, so that each edge is walked once. Readers check with
them. ``labextension/src/render/paths.ts`` walks the same paths in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .kept import Kept
from .picture import Picture, PictureEdge

MOST = 8  # paths that are written out


class PathSum(NamedTuple):
    """What ``path_sum`` found. ``paths`` are edges from the lower node up; ``products`` has an array for each, ``total`` is their sum.

    ``note`` is a sentence where ``.grad`` is not that sum, because a hook on the way gave the pass something else; else it is empty.
    """

    count: int
    paths: list[list[str]]
    products: list
    total: Any
    note: str = ""


def paths(picture: Picture, upper: str, lower: str, most: int = MOST) -> tuple[int, list[list[str]]]:
    """(how many paths lead from node ``upper`` down to ``lower``, each of them as its edges from below).

    No path is listed when there are more than ``most``: a billion cost no more than their edges.
    """
    uses: dict[str, list[PictureEdge]] = {}
    for edge in picture.edges:
        if edge.blocked is None:
            uses.setdefault(edge.src, []).append(edge)
    numbers = {node.id: -1 if node.seq is None else node.seq for node in picture.nodes if node.kind != "constant"}
    count = {upper: 1}
    for me in sorted(numbers, key=lambda me: -numbers[me]):
        if me != upper:
            count[me] = sum(count.get(edge.dst, 0) for edge in uses.get(me, ()))
    found = count.get(lower, 0)
    if not 0 < found <= most:
        return found, []
    listed: list[list[str]] = []
    stack: list[tuple[str, list[str]]] = [(lower, [])]
    while stack:
        me, path = stack.pop()
        if me == upper:
            listed.append(path)
        else:
            stack += [(e.dst, [*path, e.id]) for e in reversed(uses.get(me, [])) if count.get(e.dst)]
    return found, listed


def products(picture: Picture, kept: Kept, upper: str, listed: Sequence[Sequence[str]]) -> list:
    """For each path the product of its local Jacobians, applied to what stands at ``upper``: an array of the lower node's shape.

    At ``upper`` stands 1 if it is a single number, so that the product is d upper / d lower along this path; otherwise the
    gradient that arrived there (the rows of a whole Jacobian would have no place to be shown), so that it is this path's part
    of the lower node's gradient. Hooks on the way are not run. ValueError, a sentence, for a step that was not taken, or that
    cannot be taken again.
    """
    edges = {edge.id: edge for edge in picture.edges}
    out = []
    for path in listed:
        g = kept.start(upper)
        for name in reversed(path):
            edge = edges[name]
            sent = kept.push(edge, g)
            if sent is None:
                raise ValueError(f"no gradient comes from {picture.label(picture.by_id[edge.dst])}")
            source = kept.outputs(edge.src)
            g = [sent if i == (edge.out or 0) else None for i in range(source)]
        out.append(g[0] if len(g) == 1 else next(x for x in g if x is not None))
    return out


def path_sum(picture: Picture, kept: Kept, upper: str, lower: str) -> PathSum:
    """The paths from ``upper`` to ``lower``, what comes down each, and the sum. See ``products``.

    ValueError where there is no path, or where they are more than eight.
    """
    count, listed = paths(picture, upper, lower)
    if not count:
        ends = [picture.label(picture.by_id[me]) for me in (upper, lower)]
        raise ValueError(f"no path leads from {ends[0]} down to {ends[1]}")
    if not listed:
        raise ValueError(f"{count:,} paths are too many to write out")
    found = products(picture, kept, upper, listed)
    return PathSum(count, listed, found, sum(found[1:], start=found[0]))
