"""A layered layout in plain Python: for where no Graphviz is at hand, and for graphs that would take it minutes.

Every box stands as near to what uses it as it can, because in these graphs everything leads to one result; columns are
ordered by barycentres. An edge that spans many ranks (a weight used at every turn of a loop) takes a lane below the drawing,
one lane for each box it starts from. The result has the form of Graphviz's, so whoever draws cannot tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ..trace.wire import Layout

SWEEPS = 8
FAR = 8  # ranks: an edge that spans more takes a lane, or n turns of a loop would cost n * n places
PAD, TITLE = 16, 6  # pixels: around what stands in a frame, and more above it
LANE, CORNER = 12, 6  # pixels: between lanes, and of their rounded corners


def lay_out(
    boxes: Mapping[str, tuple[int, int]], edges: Sequence[tuple[str, str, list[str]]], gap: float, rank_gap: float
) -> Layout:
    """Places for ``boxes`` (id -> width, height) joined by ``edges`` (from, to, ids); gaps in pixels."""
    ranks = _ranks(boxes, edges)
    columns: list[list[str]] = [[] for _ in range(max(ranks.values(), default=0) + 1)]
    sizes = dict(boxes)
    chains: list[list[str]] = []  # each edge as the boxes it runs through: thin ones keep long edges off the cards
    for a, b, ids in edges:
        between = [f"{ids[0]}:{r}" for r in range(ranks[a] + 1, ranks[b])] if ranks[b] - ranks[a] <= FAR else []
        for r, name in zip(range(ranks[a] + 1, ranks[b]), between):
            ranks[name], sizes[name] = r, (0, 6)
        chains.append([a, *between, b])
    for name, rank in ranks.items():
        columns[rank].append(name)
    left: dict[str, list[str]] = {name: [] for name in sizes}
    right: dict[str, list[str]] = {name: [] for name in sizes}
    for chain in chains:
        for a, b in pairwise(chain):
            right[a].append(b)
            left[b].append(a)
    _order(columns, left, right)
    y = _heights(columns, sizes, left, right, gap)
    x, width = {}, 0.0
    for column in columns:
        wide = max((sizes[n][0] for n in column), default=0)
        for name in column:
            x[name] = width + wide / 2
        width += wide + rank_gap
    width = max(0.0, width - rank_gap)
    top = min((y[n] - sizes[n][1] / 2 for n in y), default=0.0)
    height = max((y[n] + sizes[n][1] / 2 for n in y), default=0.0) - top
    far = dict.fromkeys(a for a, b, _ in edges if ranks[b] - ranks[a] > FAR)
    lanes = {name: (height + LANE * (i + 1), rank_gap / 2 + 3 * (i % 3 - 1)) for i, name in enumerate(far)}
    height += LANE * len(lanes)
    out: Layout = {"open": [], "w": round(width), "h": round(height), "nodes": {}, "frames": {}, "edges": []}
    for name, (w, h) in boxes.items():
        out["nodes"][name] = [round(x[name]), round(y[name] - top), w, h]
    for (a, b, ids), chain in zip(edges, chains):
        start, end = (x[a] + sizes[a][0] / 2, y[a] - top), (x[b] - sizes[b][0] / 2, y[b] - top)
        if ranks[b] - ranks[a] > FAR:
            p = _lane(start, end, *lanes[a])
        else:
            p = _curve([start, *((x[n], y[n] - top) for n in chain[1:-1]), end])
        out["edges"].append({"ids": ids, "a": a, "b": b, "p": p})
    return out


def nested(
    boxes: Mapping[str, tuple[int, int]],
    edges: Sequence[tuple[str, str, list[str]]],
    parents: Mapping[str, str],
    frames: Sequence[str],
    gap: float,
    rank_gap: float,
) -> Layout:
    """The same with frames around the boxes of open groups: each is laid out by itself and stands as one box in what is around it.

    ``parents`` says in which of ``frames`` (paths, outer before inner) a box stands, "" for none. Lines that cross a frame
    run straight.
    """
    inner: dict[str, Layout] = {}

    def holder(name: str, inside: str) -> str:
        """The box or frame, directly inside ``inside``, that holds a box."""
        found, around = name, parents[name]
        while around != inside:
            found, around = f"frame:{around}", around.rpartition("/")[0]
        return found

    def within(name: str, frame: str) -> bool:
        return not frame or parents[name] == frame or parents[name].startswith(f"{frame}/")

    for frame in [*reversed(frames), ""]:
        here = {name: size for name, size in boxes.items() if parents[name] == frame}
        for path in frames:
            if path.rpartition("/")[0] == frame:
                here[f"frame:{path}"] = round(inner[path]["w"] + 2 * PAD), round(inner[path]["h"] + 2 * PAD + TITLE)
        merged: dict[tuple[str, str], list[str]] = {}
        for a, b, ids in edges:
            if within(a, frame) and within(b, frame):
                ends = holder(a, frame), holder(b, frame)
                if ends[0] != ends[1]:
                    merged.setdefault(ends, []).extend(ids)
        inner[frame] = lay_out(here, [(a, b, ids) for (a, b), ids in merged.items()], gap, rank_gap)
    out: Layout = {"open": [], "w": inner[""]["w"], "h": inner[""]["h"], "nodes": {}, "frames": {}, "edges": []}
    wanted = {(a, b): ids for a, b, ids in edges}

    def put(frame: str, dx: float, dy: float) -> None:
        for name, (x, y, w, h) in inner[frame]["nodes"].items():
            if not name.startswith("frame:"):
                out["nodes"][name] = [x + dx, y + dy, w, h]
                continue
            left, top = round(x + dx - w / 2), round(y + dy - h / 2)
            out["frames"][name[6:]] = [left, top, w, h]
            put(name[6:], left + PAD, top + PAD + TITLE)
        for edge in inner[frame]["edges"]:
            if (ids := wanted.pop((edge["a"], edge["b"]), None)) is not None:
                p = [v + (dy if i % 2 else dx) for i, v in enumerate(edge["p"])]
                out["edges"].append({"ids": ids, "a": edge["a"], "b": edge["b"], "p": p})

    put("", 0, 0)
    for (a, b), ids in wanted.items():
        (x, y, w, _), (u, v, s, _) = out["nodes"][a], out["nodes"][b]
        out["edges"].append({"ids": ids, "a": a, "b": b, "p": _curve([(x + w / 2, y), (u - s / 2, v)])})
    return out


def detours(boxes: Mapping[str, tuple[int, int]], edges: Sequence[tuple[str, str, list[str]]]) -> int:
    """How many ranks edges pass through without stopping there: what Graphviz's time grows with."""
    ranks = _ranks(boxes, edges)
    return sum(ranks[b] - ranks[a] - 1 for a, b, _ in edges)


def _ranks(boxes, edges) -> dict[str, int]:
    """Every box left of what uses it, and right before the first of them."""
    incoming: dict[str, list[str]] = {name: [] for name in boxes}
    waiting = dict.fromkeys(boxes, 0)
    for a, b, _ in edges:
        incoming[b].append(a)
        waiting[a] += 1
    levels = dict.fromkeys(boxes, 0)  # the longest way to the end
    ready = [name for name, count in waiting.items() if not count]
    left = [name for name in boxes if waiting[name]]
    done = set()
    while ready or left:
        if not ready:  # folded groups may lead to each other in a circle: go on with the one that is used last
            while left and left[-1] in done:
                left.pop()
            if not left:
                break
            ready = [left.pop()]
        for name in ready:  # the list grows while it is read
            if name in done:
                continue
            done.add(name)
            for before in incoming[name]:
                if before not in done:
                    levels[before] = max(levels[before], levels[name] + 1)
                    waiting[before] -= 1
                    if not waiting[before]:
                        ready.append(before)
        ready = []
    most = max(levels.values(), default=0)
    return {name: most - level for name, level in levels.items()}


def _order(columns, left, right) -> None:
    """Sort each column by the mean place of its neighbours, from left to right and back."""
    place = {name: i for column in columns for i, name in enumerate(column)}
    for sweep in range(SWEEPS):
        beside = right if sweep % 2 == 0 else left
        for column in reversed(columns) if sweep % 2 == 0 else columns:
            mean = {n: sum(place[m] for m in beside[n]) / len(beside[n]) if beside[n] else place[n] for n in column}
            column.sort(key=mean.__getitem__)
            for i, name in enumerate(column):
                place[name] = i


def _heights(columns, sizes, left, right, gap) -> dict[str, float]:
    """Each box as near to the mean height of its neighbours as the boxes above and below it allow."""
    y: dict[str, float] = {}
    for column in columns:
        at = 0.0
        for name in column:
            y[name] = at + sizes[name][1] / 2
            at += sizes[name][1] + gap
    for sweep in range(SWEEPS):
        for column in reversed(columns) if sweep % 2 == 0 else columns:
            wish = {}
            for name in column:
                near = (right if sweep % 2 == 0 else left)[name] or left[name] or right[name]
                wish[name] = sum(y[m] for m in near) / len(near) if near else y[name]
            _settle(column, wish, sizes, gap, y)
    return y


def _settle(column, wish, sizes, gap, y) -> None:
    """Put a column's boxes at their wishes; those that would overlap are moved together, as one block, to their mean."""
    blocks: list[list] = []  # [names, sum of wished tops of the block, height]
    for name in column:
        block = [[name], wish[name] - sizes[name][1] / 2, sizes[name][1]]
        while blocks and blocks[-1][1] + blocks[-1][2] + gap > block[1]:
            names, top, height = blocks.pop()
            n, m = len(names), len(block[0])
            top = (top * n + (block[1] - height - gap) * m) / (n + m)
            block = [names + block[0], top, height + gap + block[2]]
        blocks.append(block)
    for names, top, _ in blocks:
        for name in names:
            y[name] = top + sizes[name][1] / 2
            top += sizes[name][1] + gap


def _curve(stops: list[tuple[float, float]]) -> list[float]:
    """Start, then Bezier triples: level at every stop, so that an edge enters and leaves a card straight."""
    points: list[float] = [round(stops[0][0]), round(stops[0][1])]
    for (x0, y0), (x1, y1) in pairwise(stops):
        middle = (x0 + x1) / 2
        points += [round(v) for v in (middle, y0, middle, y1, x1, y1)]
    return points


def _lane(start: tuple[float, float], end: tuple[float, float], lane: float, gap: float) -> list[float]:
    """Down between two columns, along the lane, and up between two columns, so that no card is crossed."""
    (x0, y0), (x1, y1), r = start, end, CORNER
    left, right = x0 + gap, x1 - gap
    corners = [
        ((left, y0), (left, y0 + r)), ((left, y0 + r), (left, lane - r)), ((left, lane), (left + r, lane)),
        ((left + r, lane), (right - r, lane)), ((right, lane), (right, lane - r)), ((right, lane - r), (right, y1 + r)),
        ((right, y1), (x1, y1)),
    ]  # fmt: skip
    points: list[float] = [round(x0), round(y0)]
    for bend, stop in corners:
        points += [round(v) for v in (*bend, *bend, *stop)]
    return points
