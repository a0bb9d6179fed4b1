"""A forward along one element as a small drawing: the bend, the slope our rule claims and the slope the witness claims.

The line is what was computed; ours is solid and thick, the witness's dashed, and where the two one-sided slopes disagree the
wedge between them is filled: every slope inside it is a subgradient, and which one is returned is a convention.
"""

from __future__ import annotations

from html import escape
from math import isfinite
from typing import Any

from .strokes import coord
from .style import BAD, INK2, INK3, LINE, WASH2

W, H, PAD = 260, 150, 12
ROOM = 0.35  # of the height, kept on both sides of the element for slopes that leave the line
NIL = 1e-6  # differences cannot tell a slope this small from none
BENT = 1e-3  # one-sided slopes that differ by less are one slope


def drawn(curve: Any, wrong: bool) -> str:
    """The drawing as SVG text; ``wrong``: our slope is a mistake and not a convention. ``curve``: a ``crosscheck.curves.Curve``."""
    known = [y for y in curve.y if y is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    if high - low < 1e-12 * max(1.0, abs(low), abs(high)):
        low, high = low - 1, high + 1
    room = ROOM * (high - low)
    low, high, reach = min(low, -room), max(high, room), curve.x[-1] - curve.at

    def place(dx: float, y: float) -> tuple[float, float]:
        return (
            PAD + (W - 2 * PAD) * (dx + reach) / (2 * reach),
            H - PAD - (H - 2 * PAD) * (y - low) / (high - low),
        )

    def along(slope: float, sign: int) -> tuple[float, float]:
        """Where the tangent is at most so far to one side, inside the drawing."""
        dx = min(0.75 * reach, (high if slope * sign > 0 else -low) / abs(slope)) if slope else 0.75 * reach
        return place(sign * dx, slope * sign * dx)

    parts = [_path([place(-reach, 0), place(reach, 0)], f'stroke="{LINE}"')]
    x, _ = place(0, 0)
    parts.append(f'<path d="M{coord(x)},{PAD}V{H - PAD}" stroke="{LINE}" stroke-dasharray="2 3"/>')
    if bent(curve):
        dx = min(0.4 * reach, room / max(abs(curve.left), abs(curve.right)))
        for sign in (-1, 1):
            wedge = [place(0, 0), place(sign * dx, sign * dx * curve.left), place(sign * dx, sign * dx * curve.right)]
            parts.append(f'<path d="{_d(wedge)}Z" fill="{WASH2}"/>')
    run: list[tuple[float, float]] = []
    for value, y in zip(curve.x, curve.y):
        if y is None:
            parts.append(_path(run, f'stroke="{INK3}" stroke-width="2"'))
            run = []
        else:
            run.append(place(value - curve.at, y))
    parts.append(_path(run, f'stroke="{INK3}" stroke-width="2"'))
    parts.append(_tangent(curve.theirs, along, f'stroke="{INK2}" stroke-width="1.6" stroke-dasharray="5 4"'))
    parts.append(_tangent(curve.ours, along, f'stroke="{BAD if wrong else INK2}" stroke-width="2.6"'))
    cx, cy = place(0, 0)
    parts.append(f'<circle cx="{coord(cx)}" cy="{coord(cy)}" r="3.4" fill="{BAD if wrong else INK2}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{W}" height="{H}" viewBox="0 0 {W} {H}" role="img" fill="none" '
        f'stroke-linejoin="round"><title>{escape(said(curve))}</title>{"".join(parts)}</svg>'
    )


def bent(curve: Any) -> bool:
    """Whether the forward has two slopes at this element."""
    if not (isfinite(curve.left) and isfinite(curve.right)):
        return False
    return abs(curve.left - curve.right) > BENT * max(1e-9, abs(curve.left), abs(curve.right))


def said(curve: Any) -> str:
    """The drawing in words."""
    at = f"{curve.input}{list(curve.index) if curve.index else ''} = {curve.at:.4g}"
    return (
        f"around {at} the forward has {slopes(curve)}; autograd_lab says {curve.ours:.6g}, {curve.witness} {curve.theirs:.6g}"
    )


def slopes(curve: Any) -> str:
    """The slope of the forward in words, or both where there are two."""
    if not bent(curve):
        return f"slope {_measured(curve.right)}"
    return f"slope {_measured(curve.left)} on the left and {_measured(curve.right)} on the right"


def _measured(slope: float) -> str:
    return f"{slope:.4g}" if abs(slope) > NIL else "0"


def _tangent(slope: float, along, look: str) -> str:
    return _path([along(slope, -1), along(slope, 1)], look) if isfinite(slope) else ""


def _path(points: list[tuple[float, float]], look: str) -> str:
    return f'<path d="{_d(points)}" {look}/>' if len(points) > 1 else ""


def _d(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{coord(x)},{coord(y)}" for x, y in points)
