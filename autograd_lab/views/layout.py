"""Where the boxes go: by Graphviz, positions only. Boxes in, numbers out; a label never enters DOT.

pygraphviz (``pip install "autograd-lab[svg]"``) if it is there, else a ``dot`` on the PATH, else ``layered.py``. The page has
the same DOT text and the same rounding, so a picture looks the same whoever placed it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ..trace.picture import Picture
from ..trace.wire import Layout
from .layered import detours, lay_out
from .style import DRAWN, box, gaps

INCH = 72
DETOURS = 1000  # ranks passed by edges: Graphviz takes 0.2 s for these, and a minute for ten times as many


def placed(picture: Picture) -> Picture:
    """The picture with its layout; unchanged if it has one already or is too large to be drawn."""
    if picture.layouts or len(picture.nodes) > DRAWN:
        return picture
    return replace(picture, layouts=(place(picture),))


def place(picture: Picture, engine: str | None = None) -> Layout:
    """The Layout of a picture.

    ``engine`` is "pygraphviz", "dot" or "layered"; None takes the first of them that is there, and "layered" for a graph with
    so many long edges (a weight used at each of a hundred turns) that Graphviz would take minutes.
    """
    retained = {row.node for row in picture.tensors if row.retains_grad}
    boxes = {node.id: box(node, retained) for node in picture.nodes}
    merged: dict[tuple[str, str], list[str]] = {}
    for edge in picture.edges:
        merged.setdefault((edge.src, edge.dst), []).append(edge.id)
    edges = [(a, b, ids) for (a, b), ids in merged.items()]
    engine = engine or ("layered" if detours(boxes, edges) > DETOURS else available())
    if engine == "layered":
        gap, rank_gap = gaps(len(boxes))
        return lay_out(boxes, edges, gap * INCH, rank_gap * INCH)
    text = dot_text(boxes, merged)
    return _read(_ENGINES[engine](text), boxes, merged)


@lru_cache(maxsize=1)
def available() -> str:
    """The best engine on this machine."""
    try:
        import pygraphviz  # noqa: F401
    except ImportError:
        return "dot" if shutil.which("dot") else "layered"
    return "pygraphviz"


def dot_text(boxes: dict[str, tuple[int, int]], merged: dict[tuple[str, str], list[str]]) -> str:
    """DOT with numbered boxes of fixed size and nothing else in it."""
    number = {name: i for i, name in enumerate(boxes)}
    gap, rank_gap = gaps(len(boxes))
    lines = [
        f"digraph{{rankdir=LR;nodesep={gap};ranksep={rank_gap};splines=true;"
        'node[shape=box,fixedsize=true,label=""];edge[arrowhead=none];'
    ]
    lines += [f"n{number[name]}[width={w / INCH:.4f},height={h / INCH:.4f}];" for name, (w, h) in boxes.items()]
    for a, b in merged:
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


def _read(json0: dict[str, Any], boxes, merged) -> Layout:
    x0, y0, x1, y1 = map(float, json0["bb"].split(","))
    names = list(boxes)

    def flip(x: float, y: float) -> list[float]:  # Graphviz's y grows upwards
        return [_round(x - x0), _round(y1 - y)]

    out: Layout = {"open": [], "w": _round(x1 - x0), "h": _round(y1 - y0), "nodes": {}, "frames": {}, "edges": []}
    by_gvid = {}
    for thing in json0.get("objects", ()):
        name = by_gvid[thing["_gvid"]] = names[int(thing["name"][1:])]
        out["nodes"][name] = [*flip(*map(float, thing["pos"].split(","))), *boxes[name]]
    for edge in json0.get("edges", ()):
        a, b = by_gvid[edge["tail"]], by_gvid[edge["head"]]
        pairs = [pair.split(",") for pair in edge["pos"].split() if pair[0] not in "es"]
        points = [number for x, y in pairs for number in flip(float(x), float(y))]
        out["edges"].append({"ids": merged[a, b], "a": a, "b": b, "p": points})
    return out


def _round(value: float) -> int:
    """Halves go up, as in JavaScript."""
    return int(value + 0.5) if value >= 0 else -int(0.5 - value)
