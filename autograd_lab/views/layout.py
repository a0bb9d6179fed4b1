"""Where the boxes go: by Graphviz, positions only. Boxes in, numbers out; a label never enters DOT.

pygraphviz (``pip install "autograd-lab[svg]"``) if it is there, else a ``dot`` on the PATH, else ``layered.py``. The page has
the same DOT text and the same rounding, so a picture looks the same whoever placed it. A group that is not open is one box
(folding.py), and each set of open groups has a layout of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ..trace.picture import Picture
from ..trace.wire import Layout
from .folding import Cards, all_open, cards, first_open
from .layered import detours, nested
from .style import DRAWN, gaps

INCH = 72
DETOURS = 1000  # ranks passed by edges: Graphviz takes 0.2 s for these, and a minute for ten times as many


def placed(picture: Picture) -> Picture:
    """The picture with the layout it is first seen in; unchanged if it has one already or has too many cards to be drawn."""
    if picture.layouts:
        return picture
    open = first_open(picture)
    shown = cards(picture, open)
    if len(shown.boxes) > DRAWN:
        return picture
    return replace(picture, layouts=(_place(shown, open, None),))


def place(picture: Picture, engine: str | None = None, open: Sequence[str] | None = None) -> Layout:
    """The Layout of a picture with these groups open; None for all of them.

    ``engine`` is "pygraphviz", "dot" or "layered"; None takes the first of them that is there, and "layered" for a graph with
    so many long edges (a weight used at each of a hundred turns) that Graphviz would take minutes.
    """
    open = all_open(picture) if open is None else open
    return _place(cards(picture, open), open, engine)


def _place(shown: Cards, open: Sequence[str], engine: str | None) -> Layout:
    edges = [(a, b, ids) for (a, b), ids in shown.merged.items()]
    engine = engine or ("layered" if detours(shown.boxes, edges) > DETOURS else available())
    if engine == "layered":
        gap, rank_gap = gaps(len(shown.boxes))
        out = nested(shown.boxes, edges, shown.parents, shown.frames, gap * INCH, rank_gap * INCH)
    else:
        out = _read(_ENGINES[engine](dot_text(shown)), shown)
    return {**out, "open": sorted(open)}


@lru_cache(maxsize=1)
def available() -> str:
    """The best engine on this machine."""
    try:
        import pygraphviz  # noqa: F401
    except ImportError:
        return "dot" if shutil.which("dot") else "layered"
    return "pygraphviz"


def dot_text(shown: Cards) -> str:
    """DOT with numbered boxes of fixed size, clusters around those of an open group, and nothing else in it."""
    number = {name: i for i, name in enumerate(shown.boxes)}
    gap, rank_gap = gaps(len(shown.boxes))
    lines = [
        f"digraph{{rankdir=LR;nodesep={gap};ranksep={rank_gap};splines=true;"
        'node[shape=box,fixedsize=true,label=""];edge[arrowhead=none];'
    ]
    inside: dict[str, list[str]] = {}
    for name, parent in shown.parents.items():
        inside.setdefault(parent, []).append(name)

    def emit(path: str) -> None:
        for name in inside.get(path, ()):
            w, h = shown.boxes[name]
            lines.append(f"n{number[name]}[width={w / INCH:.4f},height={h / INCH:.4f}];")
        for i, frame in enumerate(shown.frames):
            if frame.rpartition("/")[0] == path:
                lines.append(f"subgraph cluster_{i}{{margin=20;")
                emit(frame)
                lines.append("}")

    emit("")
    for a, b in shown.merged:
        lines.append(f"n{number[a]}->n{number[b]}[weight={3 if a[0] == b[0] == 'n' else 1}];")
    return "\n".join([*lines, "}"])


def _by_pygraphviz(text: str) -> dict[str, Any]:
    import pygraphviz

    with _quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = pygraphviz.AGraph(string=text)
        try:
            return json.loads(graph.draw(format="json0", prog="dot") or b"{}")
        finally:
            graph.close()


def _by_dot(text: str) -> dict[str, Any]:
    done = subprocess.run(["dot", "-Tjson0"], input=text.encode(), capture_output=True, check=True)
    return json.loads(done.stdout)


_ENGINES = {"pygraphviz": _by_pygraphviz, "dot": _by_dot}


@contextmanager
def _quiet() -> Iterator[None]:
    """Graphviz writes its advice to the process's stderr, which a notebook shows under the cell."""
    try:
        saved = os.dup(2)
    except OSError:
        yield
        return
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def _read(json0: dict[str, Any], shown: Cards) -> Layout:
    x0, y0, x1, y1 = map(float, json0["bb"].split(","))
    names = list(shown.boxes)

    def flip(x: float, y: float) -> list[float]:  # Graphviz's y grows upwards
        return [_round(x - x0), _round(y1 - y)]

    out: Layout = {"open": [], "w": _round(x1 - x0), "h": _round(y1 - y0), "nodes": {}, "frames": {}, "edges": []}
    by_gvid = {}
    for thing in json0.get("objects", ()):
        if thing["name"].startswith("cluster_"):
            left, bottom, right, top = map(float, thing["bb"].split(","))
            frame = shown.frames[int(thing["name"][8:])]
            out["frames"][frame] = [*flip(left, top), _round(right - left), _round(top - bottom)]
            continue
        name = by_gvid[thing["_gvid"]] = names[int(thing["name"][1:])]
        out["nodes"][name] = [*flip(*map(float, thing["pos"].split(","))), *shown.boxes[name]]
    for edge in json0.get("edges", ()):
        a, b = by_gvid[edge["tail"]], by_gvid[edge["head"]]
        pairs = [pair.split(",") for pair in edge["pos"].split() if pair[0] not in "es"]
        points = [number for x, y in pairs for number in flip(float(x), float(y))]
        out["edges"].append({"ids": shown.merged[a, b], "a": a, "b": b, "p": points})
    return out


def _round(value: float) -> int:
    """Halves go up, as in JavaScript."""
    return int(value + 0.5) if value >= 0 else -int(0.5 - value)
