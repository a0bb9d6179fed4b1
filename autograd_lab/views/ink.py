"""What a step puts on a standalone SVG: gradients on the edges, and on each card where it is in time.

Width is size, solid is positive, hollow is negative, stripes are both; magenta is NaN or infinity. As in ``render/line.ts`` and the
page's style sheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import hypot, log10

from ..trace.wire import Summary
from .moment import Flow, Standing
from .strokes import coord, number, only, rect, tone, words
from .style import BAD, BG, INK, INK2, INK3, LINE, MONO, NEG, POS, WASH2

STRIPE = 15  # px a stripe and its gap take on an edge of mixed signs
PIECES = 10  # straight pieces that a Bezier segment is measured by
HEAD = 5  # px that an arrow is longer than its line is wide
Point = tuple[float, float]


def gradient(p: list[float], flow: Flow, decades: tuple[int, int], small: bool) -> tuple[str, str]:
    """(the line with the gradient that came back along it, the number on it or ""). ``decades``: of the recording's norms."""
    points = [*zip(p[::2], p[1::2])][::-1]  # from output to input
    g = flow.value
    if g is None:
        line = f'<path d="{_path(points)}" fill="none" stroke="{INK3}" stroke-width="1.2"/>'
        return line, _number_on(points, "None", INK2, flow.now) if flow.now else ""
    kind, share = _kind(g), _negative_share(g)
    width = _width(g, kind, decades)
    body, tip = _headed(points, width)
    colour = {"bad": BAD, "zero": INK2, "negative": NEG, "mixed": INK2}.get(kind, POS)

    def stroke(colour: str, width: float, dashes: str = "") -> str:
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        return f'<path d="{body}" fill="none" stroke="{colour}" stroke-width="{coord(width)}"{dashed}/>'

    if kind == "negative":
        lines = stroke(NEG, width) + stroke(BG, max(1, width - 2.6))
    elif kind == "mixed":
        dashes = f"{coord(STRIPE * share)} {coord(STRIPE * (1 - share))}"
        lines = stroke(POS, width) + stroke(NEG, width, dashes) + stroke(BG, max(1, width - 2.6), dashes)
    else:
        lines = stroke(colour, width, {"bad": "3 3", "zero": "1 4"}.get(kind, ""))
    lines += f'<path d="{tip}" fill="{colour}"/>'
    content, colour = _said(g, flow.now, small)
    line = lines if flow.whole else f'<g opacity="0.55">{lines}</g>'
    return line, _number_on(points, content, colour, flow.now) if content else ""


def _kind(g: Summary) -> str:
    if g.get("nan") or g.get("inf") or isinstance(g["norm"], str):
        return "bad"
    if not g["norm"]:
        return "zero"
    share = _negative_share(g)
    return "negative" if share > 0.999 else "positive" if share < 0.001 else "mixed"


def _negative_share(g: Summary) -> float:
    numbers = [v for row in g["corner"] for v in row if not isinstance(v, str)]
    mass = sum(map(abs, numbers))
    return -sum(v for v in numbers if v < 0) / mass if mass else 0.0


def _width(g: Summary, kind: str, decades: tuple[int, int]) -> float:
    """3 to 7.5 px, by the norm's place among the recording's."""
    if kind in ("bad", "zero"):
        return 4.0 if kind == "bad" else 1.6
    low, high = decades
    return 3 + 4.5 * max(0.0, min(1.0, (log10(float(g["norm"])) - low) / (high - low)))


def _said(g: Summary, now: bool, small: bool) -> tuple[str, str]:
    """The number on an edge and its colour: a scalar's value with its sign, an array's norm in the current step."""
    if not g["shape"]:
        value = only(g) if g["corner"] else g["norm"]
        sign = "+" if not isinstance(value, str) and value > 0 else ""
        return (sign + number(value, 4), tone(value)) if small or now else ("", "")
    if g.get("nan") or g.get("inf"):
        return ("NaN" if g.get("nan") else "∞"), BAD
    return (number(g["norm"], 2), INK) if now else ("", "")


def _path(points: list[Point]) -> str:
    return f"M{_at(points[0])}C" + " ".join(map(_at, points[1:]))


def _at(point: Point) -> str:
    return f"{coord(point[0])},{coord(point[1])}"


def _headed(points: list[Point], width: float) -> tuple[str, str]:
    """The curve, cut where its arrow begins, and the arrow."""
    (x, y), long, half = points[-1], width + HEAD, width * 0.5 + 3
    bx, by = next(((a, b) for a, b in reversed(points[:-1]) if hypot(x - a, y - b) > 1e-6), (x + 1, y))
    size = hypot(x - bx, y - by)
    ux, uy = (x - bx) / size, (y - by) / size
    back = x - long * ux, y - long * uy
    sides = [(back[0] + s * half * uy, back[1] - s * half * ux) for s in (1, -1)]
    cut = x - (long - 1) * ux, y - (long - 1) * uy
    return _path([*points[:-1], cut]), f"M{_at(points[-1])}L{_at(sides[0])}L{_at(sides[1])}Z"


def _walk(points: list[Point]) -> Iterator[Point]:
    """Points along the curve, close enough for its length."""
    yield points[0]
    for i in range(0, len(points) - 3, 3):
        a, b, c, d = points[i : i + 4]
        for j in range(1, PIECES + 1):
            t = j / PIECES
            u = 1 - t
            yield tuple(u**3 * w + 3 * u * u * t * x + 3 * u * t * t * y + t**3 * z for w, x, y, z in zip(a, b, c, d))  # type: ignore[misc]


def _number_on(points: list[Point], content: str, colour: str, now: bool) -> str:
    steps = [*_walk(points)]
    lengths = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(steps)]
    whole = sum(lengths)
    way, place = 0.47 * whole, steps[0]
    for length, (a, b) in zip(lengths, pairwise(steps)):
        if way <= length:
            t = way / length if length else 0
            place = a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t
            break
        way -= length
    (x, y), width = place, len(content) * 6.9 + 8
    if whole < width + 24:
        y -= 13  # no room on the line: sit above it
    ground = rect(x - width / 2, y - 9, width, 18, f'rx="3" fill="{BG}" opacity="0.92"')
    return ground + words(x, y + 4, content, colour, 13 if now else 12, anchor="middle", font=MONO, bold=now)


def dressed(card: str, now: Standing, w: float, h: float) -> str:
    """A card as it stands: waiting thin, ready heavy with its place, current inverted and ringed, done grey with a tick."""
    out = card
    if now.phase == "current":
        out = _inverted(card)
        ring = f'rx="8" fill="none" stroke="{INK}" stroke-width="1.5" opacity="0.55"'
        out = rect(-4, -4, w + 8, h + 8, ring) + out
    elif now.phase == "done":
        out = card.replace(
            f'fill="{BG}" stroke="{INK2}" stroke-width="1.2"', f'fill="{WASH2}" stroke="{INK3}" stroke-width="1"'
        )
        out += f'<path transform="translate({coord(w - 3)},0)" d="M-7,0l3,3.4l6,-7" fill="none" stroke="{INK2}" stroke-width="1.8"/>'
    elif now.phase == "ready":
        out = card.replace(f'stroke="{INK2}" stroke-width="1.2"', f'stroke="{INK}" stroke-width="2.4"')
        if now.place is not None:
            out += f'<circle r="8.5" fill="{INK}" stroke="{BG}" stroke-width="1.5"/>'
            out += words(0, 3.7, str(now.place) if now.place <= 99 else "…", BG, 11, anchor="middle", bold=True)
    if now.failed:
        out += rect(0, 0, w, h, f'rx="4" fill="none" stroke="{BAD}" stroke-width="3"')
        out += f'<path d="M-4,-13L6,4H-14Z" fill="{BAD}" stroke="{BG}"/>' + words(
            -4, 2, "!", BG, 11, anchor="middle", bold=True
        )
    return out + _pips(now, w, h)


def _inverted(card: str) -> str:
    """The box black and what is written on it white; thumbnails keep their ground and their marks, chips stay what they are."""
    out = card.replace(f'fill="{BG}" stroke="{INK2}" stroke-width="1.2"', f'fill="{INK}" stroke="{INK}" stroke-width="2"')
    parts = out.replace("<text", "\n<text").split("\n")
    for i, part in enumerate(parts):
        if part.startswith("<text") and 'font-size="10"' not in part:
            head, end, rest = part.partition(">")
            for ink in (INK, INK2, INK3, POS, NEG):
                head = head.replace(f'fill="{ink}"', f'fill="{BG}"')
            parts[i] = head + end + rest
    return "".join(parts).replace(f'stroke="{LINE}"', f'stroke="{INK2}"')


def _pips(now: Standing, w: float, h: float) -> str:
    """Contributions that came, of those expected: why a node is not ready yet."""
    if now.expects < 2 or now.phase == "off":
        return ""
    if now.expects > 4:
        return words(w + 4, h / 2 + 4, f"{now.arrived}/{now.expects}", INK, 10.5)
    circles = []
    for i in range(now.expects):
        fill, edge = (INK, BG) if i < now.arrived else (BG, INK)
        y = h / 2 + (i - (now.expects - 1) / 2) * 11
        circles.append(f'<circle cx="{coord(w)}" cy="{coord(y)}" r="4" fill="{fill}" stroke="{edge}" stroke-width="1.4"/>')
    return "".join(circles)
