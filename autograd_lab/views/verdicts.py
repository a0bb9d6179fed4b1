"""A Picture with a verdict on each card: what a cross-check found, where it found it.

A tick is drawn in ink, because agreement is what is expected; a wrong node has the colour of failure and a thick frame. No
verdict is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import escape

from ..trace.picture import Picture
from .layout import place
from .style import BAD, BG, INK2, SANS
from .svg import MARGIN, svg

SIGNS = {"agrees": "✓", "convention": "≈", "MISMATCH": "✗", "overflow": "∞"}  # anything else was not compared
UNKNOWN = "–"
Box = tuple[float, float, float, float]  # left, top, width, height, in pixels of the drawing


def sign_of(verdict: str) -> str:
    """One character."""
    return SIGNS.get(verdict, UNKNOWN)


def marked(picture: Picture, marks: Mapping[str, tuple[str, str]]) -> tuple[str, dict[str, Box]]:
    """(the drawing as SVG text, where each marked card is in it); ``marks``: id of a node -> (verdict, a sentence).

    >>> import autograd_lab as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> drawing, boxes = marked(Picture.of(x * x, names={"x": x}), {"n0": ("MISMATCH", "it is 5, the oracle says 6")})
    >>> "✗" in drawing and "the oracle says 6" in drawing, list(boxes)
    (True, ['n0'])
    """
    picture = replace(picture, layouts=(place(picture),))  # no group folded: every verdict is on its card
    nodes = picture.layouts[0]["nodes"]
    found = [_mark(list(nodes[node]), verdict, said) for node, (verdict, said) in marks.items() if node in nodes]
    boxes = {}
    for node in marks:
        if node in nodes:
            x, y, w, h = nodes[node]
            boxes[node] = (x - w / 2 + MARGIN, y - h / 2 + MARGIN, w, h)
    return svg(picture).removesuffix("</svg>") + "".join(found) + "</svg>", boxes


def _mark(box: list[float], verdict: str, said: str) -> str:
    x, y, w, h = box
    wrong = verdict == "MISMATCH"
    left, top, right = x - w / 2, y - h / 2, x + w / 2
    size = f'x="{left - 3:g}" y="{top - 3:g}" width="{w + 6:g}" height="{h + 12:g}"'  # around the chips below the card, too
    frame = f'<rect {size} rx="6" fill="none" stroke="{BAD}" stroke-width="3"/>'
    circle = f'<circle cx="{right:g}" cy="{top:g}" r="9" fill="{BAD if wrong else BG}" stroke="{BAD if wrong else INK2}"/>'
    sign = (
        f'<text x="{right:g}" y="{top + 4:g}" text-anchor="middle" font-family="{SANS}" font-size="12" '
        f'fill="{BG if wrong else INK2}">{sign_of(verdict)}</text>'
    )
    return f"<g><title>{escape(said)}</title>{frame if wrong else ''}{circle}{sign}</g>"
