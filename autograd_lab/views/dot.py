"""A Picture as a ``graphviz.Digraph``, for those who want to style or render it themselves.

Here labels are part of DOT, so they are escaped: whatever a variable or a line of source holds stays text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..trace.picture import Picture, PictureNode
from .style import BG, INK, INK3
from .text import clean, label, shape_text, value_text

if TYPE_CHECKING:
    import graphviz


def digraph(picture: Picture) -> graphviz.Digraph:
    """The graph as a Digraph: values run left to right; lines without a gradient are dotted and say why.

    ImportError with the command that helps if the ``graphviz`` package is missing. Rendering also needs a ``dot`` program.
    """
    try:
        import graphviz
    except ImportError as error:
        raise ImportError("to_graphviz() needs the package graphviz: pip install graphviz") from error
    out = graphviz.Digraph(
        graphviz.escape(clean(picture.title)), graph_attr={"rankdir": "LR", "ranksep": "0.5", "nodesep": "0.3"},
        node_attr={"fontname": "Helvetica", "fontsize": "11", "shape": "box", "color": INK, "fillcolor": BG, "style": "filled"},
        edge_attr={"color": INK3, "arrowsize": "0.6"},
    )  # fmt: skip
    for node in picture.nodes:
        lines = [graphviz.escape(line) for line in _lines(picture, node)]
        style = {"leaf": "rounded,filled", "constant": "dashed,filled"}.get(node.kind, "filled")
        tooltip = graphviz.escape(clean(picture.expression(node) or node.op))
        out.node(node.id, label="\\n".join(map(str, lines)), style=style, tooltip=tooltip)
    for edge in picture.edges:
        if edge.blocked:
            out.edge(edge.src, edge.dst, style="dotted", label=edge.blocked if edge.blocked != "constant" else None)
        else:
            out.edge(edge.src, edge.dst)
    return out


def _lines(picture: Picture, node: PictureNode) -> list[str]:
    value = value_text(node.value) if node.value["corner"] else shape_text(node.value["shape"])
    if node.kind == "constant":
        return [f"{clean(node.name)} = {value}" if node.name else value]
    if node.kind == "leaf":
        row = next((row for row in picture.tensors if row.node == node.id), None)
        return [f"{label(picture, node)} = {value}", f".grad {value_text(row.grad if row else None)}"]
    saved = ", ".join(clean(s.name) for s in picture.saved_by.get(node.id, ()))
    lines = [f"{label(picture, node)} = {value}", node.fn or node.op]
    return [*lines, f"saves {saved}"] if saved else lines
