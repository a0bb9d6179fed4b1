"""``graph(x)``: the computation graph of a tensor, shown at rest.

In a notebook it displays itself as a bundle: text for terminals and screen readers, an SVG for GitHub and nbconvert, and
our own JSON, from which the page draws the interactive picture, also without a kernel.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.tensor import Tensor
from ..trace.picture import Picture
from ..trace.recording import Recording
from ..trace.wire import MIME, output
from .dot import digraph
from .html import HEIGHT, Iframe, write
from .layout import placed
from .moment import Moment
from .style import CAP, SHOWN
from .svg import svg
from .text import graph_text

if TYPE_CHECKING:
    import graphviz


class Graph:
    """A Picture that can be looked at and saved. ``str(graph)`` is the whole graph as text."""

    def __init__(self, picture: Picture):
        self.picture = picture

    @property
    def _is_drawn(self) -> bool:
        return len(self.picture.nodes) <= SHOWN and any(len(layout["nodes"]) <= CAP for layout in self._placed.layouts[:1])

    @cached_property
    def _placed(self) -> Picture:
        return placed(self.picture)

    def to_graphviz(self) -> graphviz.Digraph:
        """The graph as a ``graphviz.Digraph``. ImportError if that package is missing."""
        return digraph(self.picture)

    def to_wire(self) -> dict[str, Any]:
        """The JSON that the page draws: a wire Recording with no frames."""
        return self._placed.to_wire() | {"frames": [], "failure": None}

    def to_svg(self, moment: Moment | None = None) -> str:
        """A standalone SVG, folded above 150 nodes: at rest, or as it stands at a ``Moment`` of a pass.

        ValueError where even folded more than 1,000 cards are left.
        """
        if not self._is_drawn:
            raise ValueError(
                f"{len(self.picture.nodes)} nodes are too many for a drawing ({CAP:,} at most): draw the graph of a smaller "
                "part, or save it as .json."
            )
        return svg(self._placed, moment)

    def save(self, path: str | os.PathLike) -> None:
        """Write the graph to a file; the ending says how: .html, .svg, .json, .dot, .png or .pdf.

        An .html file is the picture to be panned, zoomed and asked about, in one file that needs no network. ValueError for
        another ending. .png and .pdf need Graphviz: RuntimeError with what to install if there is none.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind == ".svg":
            path.write_text(self.to_svg(), encoding="utf-8")
        elif kind in (".html", ".htm"):
            write(path, Recording(self._placed))
        elif kind == ".json":
            path.write_text(json.dumps(self.to_wire(), allow_nan=False, ensure_ascii=False), encoding="utf-8")
        elif kind == ".dot":
            path.write_text(self.to_graphviz().source, encoding="utf-8")
        elif kind in (".png", ".pdf"):
            path.write_bytes(_render(self.to_graphviz(), kind[1:]))
        else:
            raise ValueError(f"cannot tell how to save {path.name!r}: end it with .html, .svg, .json, .dot, .png or .pdf.")

    def iframe(self, height: int = HEIGHT) -> Iframe:
        """The same page as an output that nbconvert keeps, of so many pixels."""
        return Iframe(Recording(self._placed), height=height)

    def __repr__(self) -> str:
        return graph_text(self.picture)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": repr(self)}
        if self._is_drawn:
            bundle["image/svg+xml"] = self.to_svg()
        if len(self.picture.nodes) <= SHOWN:
            bundle[MIME] = output(self.to_wire())
        return bundle


def _render(dot: graphviz.Digraph, kind: str) -> bytes:
    """A picture made by Graphviz itself."""
    if shutil.which("dot"):
        return dot.pipe(format=kind)
    try:
        import pygraphviz
    except ImportError:
        raise RuntimeError(
            f'a .{kind} is drawn by Graphviz, and there is none here: pip install "autograd-lab[svg]", or save as .svg.'
        ) from None
    drawing = pygraphviz.AGraph(string=dot.source)
    try:
        data = drawing.draw(format=kind, prog="dot")
    finally:
        drawing.close()
    if not data:
        raise RuntimeError(f"this Graphviz cannot write .{kind}: install the program dot, or save as .svg.")
    return data


def graph(x: Tensor, names: Mapping[str, Any] | None = None) -> Graph:
    """The computation graph that ``x`` is the result of.

    ``names`` maps variable names to tensors; by default the variables of the calling code are used. TypeError if ``x`` is
    not a Tensor, RuntimeError if it does not require grad.

    >>> import autograd_lab as torch
    >>> w = torch.tensor(3.0, requires_grad=True)
    >>> loss = (w * w).exp()
    >>> torch.graph(loss)  # doctest: +NORMALIZE_WHITESPACE
    Graph(2 operations, 1 leaf, 3 steps backward)
      loss  ExpBackward0    from mul           saves loss v0
      mul   MulBackward0    from w, w          saves w v0, w v0
      w     AccumulateGrad  leaf, shape ()
    """
    return Graph(Picture.of(x, names))
