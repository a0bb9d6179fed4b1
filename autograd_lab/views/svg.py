"""A Picture as one standalone SVG: for GitHub, nbconvert, papers. The same cards as on the page, at rest.

Deterministic, without ids, classes, scripts or style sheets: every colour and size is written where it is used, because
the text may stand in an ``<img>`` or beside other drawings. All text is escaped, and clipped to its card.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from ..trace.picture import Picture, PictureNode
from ..trace.wire import Summary
from .ink import dressed, gradient
from .moment import Moment, Standing
from .strokes import clip, coord, hinton, number, only, rect, rule, tone, words
from .style import BAD, BG, INK, INK2, INK3, LINE, MONO, NEG, POS, REGION, SANS, WASH, WASH2
from .text import clean, graph_text, headline, label, shape_text

MARGIN = 14
LETTER = {"name": 8.3, "sub": 6.4, "mono": 7.6, "chip": 6.1}  # average widths, a little generous
SMALL = 14  # nodes up to which saved tensors are named on their chips


def svg(picture: Picture, moment: Moment | None = None) -> str:
    """The drawing, as text, folded as its first layout is: at rest, or as it stands at a moment of a pass over it.

    ValueError if the picture has no layout: ``layout.placed`` gives it one.
    """
    if not picture.layouts:
        raise ValueError("this picture has no positions: give it some with autograd_lab.views.layout.placed(picture).")
    layout = picture.layouts[0]
    w, h = layout["w"] + 2 * MARGIN, layout["h"] + 2 * MARGIN
    body = [_frame(picture, path, *box) for path, box in layout["frames"].items()]
    blocked = {edge.id for edge in picture.edges if edge.blocked}
    small = len(picture.nodes) <= SMALL
    over: list[str] = []  # numbers, above the cards
    for edge in layout["edges"]:
        flow = None if moment is None else moment.flow_along(edge["ids"])
        if moment is None or flow is None:
            body.append(_edge(edge["p"], blocked.issuperset(edge["ids"])))
        else:
            line, label_of_it = gradient(edge["p"], flow, moment.range, small)
            body.append(line)
            over.append(label_of_it)
    retained = {row.node for row in picture.tensors if row.retains_grad}
    grads = {row.node: row.grad for row in picture.tensors} if moment is None else moment.grads
    members = _members(picture) if picture.groups else {}
    for id, (x, y, width, height) in layout["nodes"].items():
        if id.startswith("g:"):
            card = _group(picture, id[2:], width, height, members)
            now = None if moment is None else moment.of_group(id[2:])
        else:
            node = picture.by_id[id]
            now = None if moment is None else moment.of_node(id)
            if node.mode is not None:
                body.append(_region(node.mode, x, y, width, height))
                width, height, y = width - REGION[0], height - REGION[1], y + REGION[1] / 4
            card = _Card(picture, node, width, height, node.id in retained, grads.get(node.id), small, now).draw()
        card = card if now is None else dressed(card, now, width, height)
        body.append(f'<g transform="translate({coord(x - width / 2)},{coord(y - height / 2)})">{card}</g>')
    body += over
    title = f"{clean(picture.title)}: {headline(picture) if moment is None else moment.says}"
    view = f"{-MARGIN} {-MARGIN} {coord(w)} {coord(h)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{coord(w)}" height="{coord(h)}" viewBox="{view}" '
        f'role="img" font-family="{SANS}" font-size="12.5" fill="{INK}">'
        f"<title>{escape(title)}</title><desc>{escape(graph_text(picture))}</desc>"
        f'<rect x="{-MARGIN}" y="{-MARGIN}" width="{coord(w)}" height="{coord(h)}" fill="{BG}"/>{"".join(body)}</svg>'
    )


def _edge(p: list[float], blocked: bool) -> str:
    path = f"M{coord(p[0])},{coord(p[1])}C" + " ".join(coord(v) for v in p[2:])
    if blocked:  # dotted, and a bar where the gradient would have to leave
        bar = f'<path d="M{coord(p[0] + 5)},{coord(p[1] - 5)}v10" stroke="{INK3}" stroke-width="1.4"/>'
        return f'<path d="{path}" fill="none" stroke="{INK3}" stroke-width="1" stroke-dasharray="1 3"/>{bar}'
    x, y = p[-2], p[-1]
    tip = f'<path d="M{coord(x)},{coord(y)}l-6,-3v6z" fill="{INK3}"/>'
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
    stack = rect(6, -5, w - 12, h, look) + rect(3, -2.5, w - 6, h, look) + rect(0, 0, w, h, look)
    name = words(10, 24, clip(clean(group["name"]), 12), INK, 13.5, bold=True)
    return facts + stack + name + words(10, 43, f"{members.get(path, 0)} nodes", INK2, 11.5)


def _frame(picture: Picture, path: str, x: float, y: float, w: float, h: float) -> str:
    """The outline of an open group, with its name."""
    group = next(group for group in picture.groups if group["id"] == path)
    name = words(x + 10, y + 13, clean(group["name"]), INK2, 10.5)
    return rect(x, y, w, h, f'rx="6" fill="{WASH}" stroke="{LINE}"') + name


def _region(mode: str, x: float, y: float, w: float, h: float) -> str:
    """The shade around what was made in a mode."""
    left, top = x - w / 2, y - h / 2
    name = words(x, top + 16, mode, INK2, 11.5, anchor="middle")
    return rect(left, top, w, h, f'rx="8" fill="{WASH2}" stroke="{INK2}" stroke-dasharray="2 3"') + name


class _Card:
    """One node, drawn at the origin."""

    def __init__(
        self, picture: Picture, node: PictureNode, w: float, h: float, retained: bool, grad: Summary | None, small: bool,
        now: Standing | None = None,
    ):  # fmt: skip
        self.picture, self.node, self.w, self.h, self.now = picture, node, w, h, now
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
        w, h = coord(self.w), coord(self.h)
        card = f'<rect width="{w}" height="{h}" rx="{coord(rx)}" fill="{BG}" {stroke} stroke-width="1.2"/>'
        sides = f'<path d="M4,0V{h}M{coord(self.w - 4)},0V{h}" stroke="{LINE}"/>' if node.kind == "function" else ""
        return f"<title>{escape(clean(facts))}</title>{card}{sides}"

    def _constant(self) -> list[str]:
        name, value = clean(self.node.name), self.node.value
        if self.is_scalar:
            shown = number(only(value), 3 if name else 4) if value["corner"] else ""
            called = [words(self.w / 2, 14, clip(name, 8), INK2, 11.5, anchor="middle")] if name and shown else []
            middle = 28 if called else self.h / 2 + 4
            return [*called, words(self.w / 2, middle, shown or clip(name or "const", 8), INK2, 12, anchor="middle", font=MONO)]
        title = name or "constant"
        if len(title) <= 3:
            drawn = hinton(value, INK2, INK2, self.w - 45, 5, 38, self.h - 10)
            return [words(14, self.h / 2 + 4, title, INK2, 13.5, bold=True), drawn]
        drawn = hinton(value, INK2, INK2, self.w / 2 - 19, 18, 38, self.h - 22)  # under the name, which would reach it
        return [words(self.w / 2, 13, clip(title, 9), INK2, 11.5, bold=bool(name), anchor="middle"), drawn]

    def _leaf(self) -> list[str]:
        name, value, w = clean(self.node.name) or "leaf", self.node.value, self.w
        if self.is_scalar:
            shown = number(only(value), 3 if len(name) > 3 else 4) if value["corner"] else ""
            room = (w - 26 - len(shown) * LETTER["mono"]) / LETTER["name"]
            parts = [
                words(11, 18, clip(name, int(room)), INK, 13.5, bold=True),
                words(w - 11, 18, shown, INK2, 12, anchor="end", font=MONO),
            ]
            return [*parts, rule(26, w), words(11, 43, ".grad", INK2, 11.5), self._grad(w - 11, 43, w - 46, 29, 38, 20)]
        return [
            words(12, 24, clip(name, 5), INK, 13.5, bold=True), hinton(value, INK, INK, w - 45, 5, 38, 29),
            rule(39, w), words(12, 62, ".grad", INK2, 11.5), self._grad(w - 10, 62, w - 46, 43, 38, 30),
        ]  # fmt: skip

    def _operation(self) -> list[str]:
        node, w = self.node, self.w
        title, op = label(self.picture, node), clean(node.op)
        parts = self._scalar(title, op) if self.is_scalar else [
            words(8, 16, clip(title, 10), INK, 13.5 if len(title) < 10 else 11.5, bold=bool(node.name)),
            *([words(8, 36, clip(op, 6), INK2, 11.5)] if title != op else []),
            hinton(node.value, INK, INK, w - 42, 21, 36, 25) if title != op and len(op) > 4
            else hinton(node.value, INK, INK, w - 50, 21, 44, 25),
        ]  # fmt: skip
        if self.retained:
            top = self.body
            pin = f'<path d="M7,{coord(top + 10)}h5v4l2,2h-4v5h-1v-5h-4l2,-2z" fill="{INK2}"/>'
            parts += [rule(top, w), pin, words(18, top + 20, ".grad", INK2, 11.5)]
            parts.append(self._grad(w - 9, top + 20, w - 40, top + 5, 34, 28))
        return [*parts, *self._chips()]

    def _scalar(self, title: str, op: str) -> list[str]:
        node, w = self.node, self.w
        shown = number(only(node.value), 4) if node.value["corner"] else ""
        shown = f"= {shown}" if node.name and shown else shown
        room, size = int((w - 14) / LETTER["name"]), 13.5 if node.name else 12
        parts = [words(9, 18, clip(title, room), INK, size, bold=bool(node.name))]
        if node.name and len(title) * LETTER["name"] + len(op) * LETTER["sub"] <= w - 24:
            parts.append(words(w - 9, 18, op, INK2, 11.5, anchor="end"))
        return [*parts, words(9, 35, shown, INK2, 12, font=MONO)]

    def _grad(self, x: float, y: float, left: float, top: float, w: float, h: float) -> str:
        """The .grad row's content: a number, a thumbnail, or None."""
        if self.grad is None:
            return words(x, y, "None", INK3, 11.5, anchor="end")
        if not self.grad["shape"]:
            value = only(self.grad)
            return words(x, y, number(value, 4), tone(value), 12, anchor="end", font=MONO, bold=True)
        return hinton(self.grad, POS, NEG, left, top, w, h)

    def _chips(self) -> list[str]:
        """Saved tensors, on the lower edge of the node that keeps them."""
        parts, x = [], 8.0
        for saved in self.picture.saved_by.get(self.node.id, ()):
            freed = self.now is not None and saved.id in self.now.freed
            stale = saved.now != saved.version and (self.now is None or self.now.failed)
            text = clean(saved.name)[:12] + (f" v{saved.version}≠v{saved.now}" if stale else "") if self.small else ""
            width = 9 + len(text) * LETTER["chip"] if text else 9
            if x > 8 and x + width > self.w and not stale:
                break  # the description names them all
            fill, height = BAD if stale else INK2, 13 if self.small else 9
            top = self.h - height / 2
            look = f'fill="{BG}" stroke="{INK3}" stroke-dasharray="2 2"' if freed else f'fill="{fill}"'
            parts.append(rect(x, top, width, height, f'rx="2" {look}'))
            if text:
                tint = INK2 if freed else BG
                parts.append(words(x + width / 2, self.h + 3.5, text, tint, 10, anchor="middle", font=MONO))
            if freed and text:
                parts.append(f'<path d="M{coord(x + 3)},{coord(self.h)}h{coord(width - 6)}" stroke="{INK2}"/>')
            x += width + 4
        return parts
