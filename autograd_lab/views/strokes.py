"""The parts that a standalone SVG is drawn with: numbers, lines of text, thumbnails of arrays. Strings in, markup out, all escaped."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from ..trace.wire import Num, Summary
from .style import BAD, BG, INK2, INK3, LINE, NEG, POS, WASH


def coord(value: float) -> str:
    """At most one decimal, no trailing zero."""
    return f"{value:.1f}".removesuffix(".0")


def only(summary: Summary) -> Num:
    """The value of a scalar."""
    return summary["corner"][0][0]


def tone(value: Num) -> str:
    """The colour of a number: its sign, or failure."""
    return BAD if isinstance(value, str) else POS if value > 0 else NEG if value < 0 else INK2


def number(value: Num, digits: int) -> str:
    """A true minus sign, at most ``digits`` significant digits."""
    if isinstance(value, str):
        return {"nan": "NaN", "inf": "∞", "-inf": "−∞"}[value]
    text = f"{abs(value):.{digits}g}".replace("e+0", "e").replace("e-0", "e−").replace("e+", "e").replace("e-", "e−")
    return ("−" if value < 0 else "") + text


def clip(text: str, letters: int) -> str:
    """At most so many letters."""
    return text if len(text) <= letters else text[: max(1, letters - 1)] + "…"


def words(x, y, text: str, fill: str, size: float, *, anchor: str = "", font: str = "", bold: bool = False) -> str:
    """One line of text at a place; ``fill`` is its colour."""
    more = f' text-anchor="{anchor}"' if anchor else ""
    more += f' font-family="{font}"' if font else ""
    more += ' font-weight="600"' if bold else ""
    return f'<text x="{coord(x)}" y="{coord(y)}" font-size="{size}" fill={quoteattr(fill)}{more}>{escape(text)}</text>'


def rule(y: float, w: float) -> str:
    """A dividing line over the width of a card."""
    return f'<path d="M0,{coord(y)}H{coord(w)}" stroke="{LINE}"/>'


def hinton(summary: Summary, positive: str, negative: str, x: float, y: float, w: float, h: float) -> str:
    """Area is size, solid is positive, hollow is negative, a dot is zero, a cross is NaN."""
    rows = summary["corner"]
    if not rows or not rows[0]:
        return ""
    columns = len(rows[0])
    cell = min(w / columns, h / len(rows), 14)
    left, top = x + (w - cell * columns) / 2, y + (h - cell * len(rows)) / 2
    most = max((abs(v) for row in rows for v in row if not isinstance(v, str)), default=0) or 1e-30
    out = [rect(left, top, cell * columns, cell * len(rows), f'fill="{WASH}"')]
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            out.append(_mark(value, left + (j + 0.5) * cell, top + (i + 0.5) * cell, cell, most, positive, negative))
    return "".join(out)


def _mark(value: Num, cx: float, cy: float, cell: float, most: float, positive: str, negative: str) -> str:
    if value == "nan":
        d = cell * 0.3
        x, a, b, d = coord(cx - d), coord(cy - d), coord(cy + d), coord(2 * d)
        return f'<path d="M{x},{a}l{d},{d}M{x},{b}l{d},-{d}" stroke="{BAD}" stroke-width="1.4"/>'
    if isinstance(value, str):
        return words(cx, cy + cell * 0.3, "∞", BAD, round(cell, 1), anchor="middle")
    if not value:
        return f'<circle cx="{coord(cx)}" cy="{coord(cy)}" r="0.6" fill="{INK3}"/>'
    side = max(1.6, cell * 0.9 * (abs(value) / most) ** 0.5)
    if value > 0:
        return rect(cx - side / 2, cy - side / 2, side, side, f'fill="{positive}"')
    side = max(0.4, side - 1.1)  # the outline of a hollow mark adds to its size
    return rect(cx - side / 2, cy - side / 2, side, side, f'fill="{BG}" stroke="{negative}" stroke-width="1.1"')


def rect(x: float, y: float, w: float, h: float, more: str) -> str:
    """A rectangle; ``more`` is its other attributes."""
    return f'<rect x="{coord(x)}" y="{coord(y)}" width="{coord(w)}" height="{coord(h)}" {more}/>'
