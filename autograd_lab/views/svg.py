"""A Picture as one standalone SVG: for GitHub, nbconvert, papers. The same cards as on the page, at rest.

Deterministic, without ids, classes, scripts or style sheets: every colour and size is written where it is used, because
the text may stand in an ``<img>`` or beside other drawings. All text is escaped, and clipped to its card.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from ..trace.picture import Picture, PictureNode
from ..trace.wire import Num, Summary
from .style import BAD, BG, INK, INK2, INK3, LINE, MONO, NEG, POS, SANS, WASH
from .text import clean, graph_text, headline, label, shape_text

MARGIN = 14
LETTER = {"name": 8.3, "sub": 6.4, "mono": 7.6, "chip": 6.1}  # average widths, a little generous
SMALL = 14  # nodes up to which saved tensors are named on their chips


def svg(picture: Picture) -> str:
    """The drawing, as text, folded as its first layout is. ValueError if the picture has no layout: ``layout.placed`` gives it one."""
    if not picture.layouts:
        raise ValueError("this picture has no positions: give it some with autograd_lab.views.layout.placed(picture).")
    layout = picture.layouts[0]
    w, h = layout["w"] + 2 * MARGIN, layout["h"] + 2 * MARGIN
    body = [_frame(picture, path, *box) for path, box in layout["frames"].items()]
    blocked = {edge.id for edge in picture.edges if edge.blocked}
    body += [_edge(edge["p"], blocked.issuperset(edge["ids"])) for edge in layout["edges"]]
    retained = {row.node for row in picture.tensors if row.retains_grad}
    grads = {row.node: row.grad for row in picture.tensors}
    small = len(picture.nodes) <= SMALL
    members = _members(picture) if picture.groups else {}
    for id, (x, y, width, height) in layout["nodes"].items():
        if id.startswith("g:"):
            card = _group(picture, id[2:], width, height, members)
            body.append(f'<g transform="translate({_n(x - width / 2)},{_n(y - height / 2)})">{card}</g>')
            continue
        node = picture.by_id[id]
        card = _Card(picture, node, width, height, node.id in retained, grads.get(node.id), small)
        body.append(f'<g transform="translate({_n(x - width / 2)},{_n(y - height / 2)})">{card.draw()}</g>')
    title = f"{clean(picture.title)}: {headline(picture)}"
    view = f"{-MARGIN} {-MARGIN} {_n(w)} {_n(h)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(w)}" height="{_n(h)}" viewBox="{view}" '
        f'role="img" font-family="{SANS}" font-size="12.5" fill="{INK}">'
        f"<title>{escape(title)}</title><desc>{escape(graph_text(picture))}</desc>"
        f'<rect x="{-MARGIN}" y="{-MARGIN}" width="{_n(w)}" height="{_n(h)}" fill="{BG}"/>{"".join(body)}</svg>'
    )


def _n(value: float) -> str:
    """At most one decimal, no trailing zero."""
    return f"{value:.1f}".removesuffix(".0")


def _edge(p: list[float], blocked: bool) -> str:
    path = f"M{_n(p[0])},{_n(p[1])}C" + " ".join(_n(v) for v in p[2:])
    if blocked:  # dotted, and a bar where the gradient would have to leave
        bar = f'<path d="M{_n(p[0] + 5)},{_n(p[1] - 5)}v10" stroke="{INK3}" stroke-width="1.4"/>'
        return f'<path d="{path}" fill="none" stroke="{INK3}" stroke-width="1" stroke-dasharray="1 3"/>{bar}'
    x, y = p[-2], p[-1]
    tip = f'<path d="M{_n(x)},{_n(y)}l-6,-3v6z" fill="{INK3}"/>'
    return f'<path d="{path}" fill="none" stroke="{INK3}" stroke-width="1.2"/>{tip}'


def _members(picture: Picture) -> dict[str, int]:
    """How many nodes each group holds that a gradient reaches."""
    found: dict[str, int] = {}
    for node in picture.nodes:
        path = (node.group or "") if node.kind != "constant" else ""
        while path:
            found[path] = found.get(path, 0) + 1
            path = path.rpartition("/")[0]
    return found


def _group(picture: Picture, path: str, w: float, h: float, members: dict[str, int]) -> str:
    """A folded group: a stack of cards."""
    group = next(group for group in picture.groups if group["id"] == path)
    facts = f"<title>{escape(clean(path))}  {escape(clean(group.get('what', '')))}</title>"
    look = f'rx="4" fill="{BG}" stroke="{INK2}" stroke-width="1.2"'
    stack = _rect(6, -5, w - 12, h, look) + _rect(3, -2.5, w - 6, h, look) + _rect(0, 0, w, h, look)
    name = _text(10, 24, _clip(clean(group["name"]), 12), INK, 13.5, bold=True)
    return facts + stack + name + _text(10, 43, f"{members.get(path, 0)} nodes", INK2, 11.5)


def _frame(picture: Picture, path: str, x: float, y: float, w: float, h: float) -> str:
    """The outline of an open group, with its name."""
    group = next(group for group in picture.groups if group["id"] == path)
    name = _text(x + 10, y + 13, clean(group["name"]), INK2, 10.5)
    return _rect(x, y, w, h, f'rx="6" fill="{WASH}" stroke="{LINE}"') + name


class _Card:
    """One node, drawn at the origin."""

    def __init__(
        self, picture: Picture, node: PictureNode, w: float, h: float, retained: bool, grad: Summary | None, small: bool
    ):
        self.picture, self.node, self.w, self.h = picture, node, w, h
        self.retained, self.grad, self.small = retained, grad, small
        self.is_scalar = not node.value["shape"]
        self.body = h - (38 if retained and node.is_op else 0)

    def draw(self) -> str:
        parts = [self._box()]
        if self.node.kind == "constant":
            parts += self._constant()
        elif self.node.kind == "leaf":
            parts += self._leaf()
        else:
            parts += self._operation()
        return "".join(parts)

    def _box(self) -> str:
        node = self.node
        facts = f"{self.picture.expression(node) or label(self.picture, node)}  {node.fn or node.kind}"
        facts += f"  {shape_text(node.value['shape']) if node.value['shape'] else 'scalar'} {node.dtype}"
        rx = 13 if node.kind == "leaf" else self.h / 2 if node.kind == "constant" else 4
        stroke = f'stroke="{INK3}" stroke-dasharray="3 3"' if node.kind == "constant" else f'stroke="{INK2}"'
        w, h = _n(self.w), _n(self.h)
        card = f'<rect width="{w}" height="{h}" rx="{_n(rx)}" fill="{BG}" {stroke} stroke-width="1.2"/>'
        sides = f'<path d="M4,0V{h}M{_n(self.w - 4)},0V{h}" stroke="{LINE}"/>' if node.kind == "function" else ""
        return f"<title>{escape(clean(facts))}</title>{card}{sides}"

    def _constant(self) -> list[str]:
        name, value = clean(self.node.name), self.node.value
        if self.is_scalar:
            shown = _number(_only(value), 3 if name else 4) if value["corner"] else ""
            text = f"{_clip(name, 4)} {shown}".strip() or "const"
            return [_text(self.w / 2, self.h / 2 + 4, text, INK2, 12, anchor="middle", font=MONO)]
        return [
            _text(12, self.h / 2 + 4, _clip(name or "const", 5), INK2, 13.5, bold=bool(name)),
            _hinton(value, INK2, INK2, self.w - 45, 5, 38, self.h - 10),
        ]

    def _leaf(self) -> list[str]:
        name, value, w = clean(self.node.name) or "leaf", self.node.value, self.w
        if self.is_scalar:
            shown = _number(_only(value), 3 if len(name) > 3 else 4) if value["corner"] else ""
            room = (w - 26 - len(shown) * LETTER["mono"]) / LETTER["name"]
            parts = [
                _text(11, 18, _clip(name, int(room)), INK, 13.5, bold=True),
                _text(w - 11, 18, shown, INK2, 12, anchor="end", font=MONO),
            ]
            return [*parts, _rule(26, w), _text(11, 43, ".grad", INK2, 11.5), self._grad(w - 11, 43, w - 46, 29, 38, 20)]
        return [
            _text(12, 24, _clip(name, 5), INK, 13.5, bold=True), _hinton(value, INK, INK, w - 45, 5, 38, 29),
            _rule(39, w), _text(12, 62, ".grad", INK2, 11.5), self._grad(w - 10, 62, w - 46, 43, 38, 30),
        ]  # fmt: skip

    def _operation(self) -> list[str]:
        node, w = self.node, self.w
        title, op = label(self.picture, node), clean(node.op)
        parts = self._scalar(title, op) if self.is_scalar else [
            _text(8, 16, _clip(title, 10), INK, 13.5 if len(title) < 10 else 11.5, bold=bool(node.name)),
            *([_text(8, 36, _clip(op, 6), INK2, 11.5)] if title != op else []),
            _hinton(node.value, INK, INK, w - 50, 21, 44, 25),
        ]  # fmt: skip
        if self.retained:
            top = self.body
            pin = f'<path d="M7,{_n(top + 10)}h5v4l2,2h-4v5h-1v-5h-4l2,-2z" fill="{INK2}"/>'
            parts += [_rule(top, w), pin, _text(18, top + 20, ".grad", INK2, 11.5)]
            parts.append(self._grad(w - 9, top + 20, w - 40, top + 5, 34, 28))
        return [*parts, *self._chips()]

    def _scalar(self, title: str, op: str) -> list[str]:
        node, w = self.node, self.w
        shown = _number(_only(node.value), 4) if node.value["corner"] else ""
        shown = f"= {shown}" if node.name and shown else shown
        room, size = int((w - 14) / LETTER["name"]), 13.5 if node.name else 12
        parts = [_text(9, 18, _clip(title, room), INK, size, bold=bool(node.name))]
        if node.name and len(title) * LETTER["name"] + len(op) * LETTER["sub"] <= w - 24:
            parts.append(_text(w - 9, 18, op, INK2, 11.5, anchor="end"))
        return [*parts, _text(9, 35, shown, INK2, 12, font=MONO)]

    def _grad(self, x: float, y: float, left: float, top: float, w: float, h: float) -> str:
        """The .grad row's content: a number, a thumbnail, or None."""
        if self.grad is None:
            return _text(x, y, "None", INK3, 11.5, anchor="end")
        if not self.grad["shape"]:
            value = _only(self.grad)
            return _text(x, y, _number(value, 4), _tone(value), 12, anchor="end", font=MONO, bold=True)
        return _hinton(self.grad, POS, NEG, left, top, w, h)

    def _chips(self) -> list[str]:
        """Saved tensors, on the lower edge of the node that keeps them."""
        parts, x = [], 8.0
        for saved in self.picture.saved_by.get(self.node.id, ()):
            stale = saved.now != saved.version
            text = clean(saved.name)[:12] + (f" v{saved.version}≠v{saved.now}" if stale else "") if self.small else ""
            width = 9 + len(text) * LETTER["chip"] if text else 9
            if x > 8 and x + width > self.w and not stale:
                break  # the description names them all
            fill, height = BAD if stale else INK2, 13 if self.small else 9
            top = self.h - height / 2
            parts.append(_rect(x, top, width, height, f'rx="2" fill="{fill}"'))
            if text:
                parts.append(_text(x + width / 2, self.h + 3.5, text, BG, 10, anchor="middle", font=MONO))
            x += width + 4
        return parts


def _only(summary: Summary) -> Num:
    return summary["corner"][0][0]


def _tone(value: Num) -> str:
    return BAD if isinstance(value, str) else POS if value > 0 else NEG if value < 0 else INK2


def _number(value: Num, digits: int) -> str:
    """A true minus sign, at most ``digits`` significant digits."""
    if isinstance(value, str):
        return {"nan": "NaN", "inf": "∞", "-inf": "−∞"}[value]
    text = f"{abs(value):.{digits}g}".replace("e+0", "e").replace("e-0", "e−").replace("e+", "e").replace("e-", "e−")
    return ("−" if value < 0 else "") + text


def _clip(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: max(1, letters - 1)] + "…"


def _text(x, y, text: str, fill: str, size: float, *, anchor: str = "", font: str = "", bold: bool = False) -> str:
    more = f' text-anchor="{anchor}"' if anchor else ""
    more += f' font-family="{font}"' if font else ""
    more += ' font-weight="600"' if bold else ""
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="{size}" fill={quoteattr(fill)}{more}>{escape(text)}</text>'


def _rule(y: float, w: float) -> str:
    return f'<path d="M0,{_n(y)}H{_n(w)}" stroke="{LINE}"/>'


def _hinton(summary: Summary, positive: str, negative: str, x: float, y: float, w: float, h: float) -> str:
    """Area is size, solid is positive, hollow is negative, a dot is zero, a cross is NaN."""
    rows = summary["corner"]
    if not rows or not rows[0]:
        return ""
    columns = len(rows[0])
    cell = min(w / columns, h / len(rows), 14)
    left, top = x + (w - cell * columns) / 2, y + (h - cell * len(rows)) / 2
    most = max((abs(v) for row in rows for v in row if not isinstance(v, str)), default=0) or 1e-30
    out = [_rect(left, top, cell * columns, cell * len(rows), f'fill="{WASH}"')]
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            out.append(_mark(value, left + (j + 0.5) * cell, top + (i + 0.5) * cell, cell, most, positive, negative))
    return "".join(out)


def _mark(value: Num, cx: float, cy: float, cell: float, most: float, positive: str, negative: str) -> str:
    if value == "nan":
        d = cell * 0.3
        x, a, b, d = _n(cx - d), _n(cy - d), _n(cy + d), _n(2 * d)
        return f'<path d="M{x},{a}l{d},{d}M{x},{b}l{d},-{d}" stroke="{BAD}" stroke-width="1.4"/>'
    if isinstance(value, str):
        return _text(cx, cy + cell * 0.3, "∞", BAD, round(cell, 1), anchor="middle")
    if not value:
        return f'<circle cx="{_n(cx)}" cy="{_n(cy)}" r="0.6" fill="{INK3}"/>'
    side = max(1.6, cell * 0.9 * (abs(value) / most) ** 0.5)
    if value > 0:
        return _rect(cx - side / 2, cy - side / 2, side, side, f'fill="{positive}"')
    side = max(0.4, side - 1.1)  # the outline of a hollow mark adds to its size
    return _rect(cx - side / 2, cy - side / 2, side, side, f'fill="{BG}" stroke="{negative}" stroke-width="1.1"')


def _rect(x: float, y: float, w: float, h: float, more: str) -> str:
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}" {more}/>'
