"""Colours and box sizes, once. The page has the same in its own files; a test compares the sizes.

Hue means the sign of a gradient, or failure, and nothing else. A standalone SVG takes literal light colours: as an ``<img>``
it cannot see the host's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ..trace.picture import PictureNode

BG, INK, INK2, INK3, LINE, WASH, WASH2 = "#ffffff", "#1f2328", "#57606a", "#8a939c", "#d4d9de", "#f3f5f7", "#e6e9ec"
POS, NEG, BAD = "#0a5cad", "#a84400", "#b3005e"
SANS = "'DejaVu Sans', 'Segoe UI', Helvetica, Arial, sans-serif"
MONO = "'DejaVu Sans Mono', Menlo, Consolas, monospace"

CAP = 1000  # cards up to which a picture is a static drawing
DRAWN = 1500  # cards up to which the page draws it, and nodes above which it shows the list beside the folded picture
SHOWN = 20_000  # nodes beyond which there is text only
GROUP = (116, 60)  # a folded group's card
RETAINED = 38  # what a .grad row adds to an operation's card
REGION = (24, 34)  # what the shade of a mode and its name take around a card


def box(node: PictureNode, retained: Collection[str]) -> tuple[int, int]:
    """(width, height) of a card with what is around it, in pixels. It depends on the kind and on scalar or not, never on a label."""
    if node.mode is not None:
        width, height = box(replace(node, mode=None), retained)
        return width + REGION[0], height + REGION[1]
    scalar = not node.value["shape"]
    if node.kind == "constant":
        return (68, 34) if scalar else (96, 44)
    if node.kind == "leaf":
        return (96, 52) if scalar else (100, 78)
    width, height = (88, 46) if scalar else (94, 52)
    return width, height + (RETAINED if node.id in retained else 0)


def gaps(boxes: int) -> tuple[float, float]:
    """Space between boxes in a rank, less of it in large graphs, and between ranks, for the number of an edge; in inches."""
    return (0.2 if boxes > 60 else 0.34), 0.74
