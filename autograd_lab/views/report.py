"""The report of a cross-check as HTML: its rows, the graph with a verdict on each card, and each node opened on demand.

Cards open without a script: over each lies the summary of a ``<details>``, whose contents appear below the graph. So a report
works without a kernel, in a saved notebook, in nbconvert's page and in the file that ``Report.save`` writes; where style
sheets are taken away (GitHub) the nodes are a list. The colours are the page's own, light or dark.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from html import escape
from typing import Any

from .curve import drawn, said, slopes
from .html import OFFLINE, document
from .style import BAD, BG, INK, INK2, INK3, LINE, NEG, POS, WASH, WASH2
from .verdicts import Box, marked, sign_of

TOLD = 8  # findings in sentences above the graph
MISMATCH, CONVENTION = "MISMATCH", "convention"
KEY = (
    "✓ agrees, ≈ a convention at a kink, ✗ wrong, ∞ overflows, – not compared. "
    "Click a card, or Tab and Space, for its rules and numbers."
)
TOKENS = {  # of the drawing: (light, dark), as on the page
    "bg": (f"var(--jp-layout-color1,{BG})", "var(--jp-layout-color1,#212121)"), "ink": (INK, "#e9edf1"),
    "ink2": (INK2, "#a9b3bd"), "ink3": (INK3, "#7d8790"), "line": (LINE, "#3d444b"), "wash": (WASH, "#2a2d31"),
    "wash2": (WASH2, "#383d43"), "pos": (POS, "#6cb8ff"), "neg": (NEG, "#ffab5c"), "bad": (BAD, "#ff7eb6"),
}  # fmt: skip
LITERAL = {"bg": BG, "ink": INK, "ink2": INK2, "ink3": INK3, "line": LINE, "wash": WASH, "wash2": WASH2, "pos": POS, "neg": NEG,
           "bad": BAD}  # fmt: skip
RULES = """
.agl-check{position:relative;direction:ltr;color:var(--k-ink);background:var(--k-bg);font-size:13px;line-height:1.45;text-align:left}
.agl-check p{margin:4px 0}
.agl-check table{border-collapse:collapse;margin:6px 0;font-size:inherit;font-variant-numeric:tabular-nums}
.agl-check th,.agl-check td{padding:2px 12px 2px 0;text-align:left;vertical-align:top;background:none;border:0}
.agl-check th,.agl-check b{font-weight:600}
.agl-check .wrong{color:var(--k-bad);font-weight:600}
.agl-check .quiet{color:var(--k-ink2);font-weight:400}
.agl-check code,.agl-check pre{font:12px/1.5 var(--jp-code-font-family,ui-monospace,Menlo,Consolas,monospace);
background:none;padding:0;margin:0;color:inherit;white-space:pre-wrap}
.agl-check .graph{position:relative;overflow-x:auto;margin-top:8px;padding-top:1px}
.agl-check .graph svg{display:block;max-width:none}
.agl-check .graph>details>summary{position:absolute;box-sizing:border-box;list-style:none;
color:transparent;forced-color-adjust:none;overflow:hidden;font-size:9px;border-radius:6px;cursor:pointer}
.agl-check .graph>details>summary::-webkit-details-marker{display:none}
.agl-check .graph>details>summary:hover{background:rgb(128 128 128/.13)}
.agl-check .graph>details[open]>summary{outline:2px solid var(--k-ink);outline-offset:10px}
.agl-check summary:focus-visible{outline:3px solid var(--jp-brand-color1,#1976d2)!important;outline-offset:3px}
.agl-check .node{display:flex;flex-wrap:wrap;gap:8px 28px;position:sticky;left:0;border-top:1px solid var(--k-line);
padding:8px 2px;margin-top:6px;max-width:900px}
.agl-check .node>div{flex:1 1 330px;min-width:0}
.agl-check .rows{overflow-x:auto}
.agl-check figure{margin:0;flex:0 0 260px}
.agl-check figcaption{font-size:12px}
.agl-check .dash{border-bottom:2px dashed}
.agl-check .solid{border-bottom:3px solid}
"""


def report_html(report: Any) -> str:
    """The report as a part of a page. ``report``: what ``check`` returns; of it only its plain data is read."""
    parts = [
        f"<p><b>{escape(report.heading)}</b></p>",
        _table(["against", "what", "verdict", "worst", "where"], report.cells(), 2),
    ]
    words = [f"{'first' if k == 0 else 'also'}: {finding}" for k, finding in enumerate(report.findings[:TOLD])]
    words += [f"and {len(report.findings) - TOLD} more in report.findings"] if report.findings[TOLD:] else []
    parts += [f"<p>{escape(sentence)}</p>" for sentence in words]
    if not report.compared:
        parts.append(f"<p class='wrong'>{escape(str(report).splitlines()[-1].strip())}</p>")
    if report.leaves:
        parts.append(_table(["leaf", "against", "max abs", "max rel", "ulps", "verdict"], report.leaf_cells(), 5))
    parts.append(_nodes(report))
    return f"<div class='agl-check autograd-lab-check'><style>{_tokens()}{RULES}</style>{''.join(parts)}</div>"


def report_page(report: Any) -> str:
    """The report as a page of its own, which runs no script and asks nothing of the network."""
    style = f"""
body{{margin:0 auto;max-width:1200px;padding:18px;font-family:system-ui,'Segoe UI',Helvetica,Arial,sans-serif;background:{BG}}}
footer{{margin-top:18px;font-size:12px;color:{INK2}}}
@media (prefers-color-scheme:dark){{body{{background:#212121}}footer{{color:#a9b3bd}}.agl-check.agl-check{{{_dark()}}}}}
"""
    body = f"<main>{report_html(report)}</main>\n<footer>{OFFLINE}</footer>"
    return document(report.heading, "style-src 'unsafe-inline'", style, body)


def _tokens() -> str:
    light = "".join(f"--k-{name}:{values[0]};" for name, values in TOKENS.items())
    dark = ",".join(f"{host} .agl-check" for host in ("[data-jp-theme-light='false']", ".vscode-dark", "html[theme='dark']"))
    return f"\n.agl-check{{{light}}}\n{dark}{{{_dark()}}}"


def _dark() -> str:
    return "".join(f"--k-{name}:{values[1]};" for name, values in TOKENS.items())


def _in_page_colours(drawing: str) -> str:
    """The literal colours of a standalone drawing become the page's; they stay where there is no style sheet."""
    for name, colour in LITERAL.items():
        drawing = drawing.replace(f'"{colour}"', f'"var(--k-{name},{colour})"')
    return drawing


def _nodes(report: Any) -> str:
    """The graph with its verdicts, and what there is to tell of each node; without a graph, the nodes alone."""
    opened = _first(report)
    group = f"check-{zlib.crc32(str((report.heading, report.findings, report.verdicts)).encode()):08x}"
    boxes: dict[str, Box] = {}
    drawing = ""
    if report.picture is not None:
        marks = {card: (found.verdict, _title(found, report.factor)) for card, found in report.verdicts.items()}
        drawing, boxes = marked(report.picture, marks)
        drawing = _in_page_colours(drawing)
    parts = []
    for found in report.by_node:
        box = boxes.get(found.card)
        if box is None and drawing:
            continue
        style = f" style='left:{box[0]:.0f}px;top:{box[1]:.0f}px;width:{box[2]:.0f}px;height:{box[3]:.0f}px'" if box else ""
        title = escape(_title(found, report.factor))
        state = " open" if found is opened else ""
        parts.append(
            f"<details name='{group}' data-verdict='{escape(found.verdict)}'{state}><summary{style} title='{title}'>{title}</summary>"
            f"{_node(found, report.factor)}</details>"
        )
    if not parts:
        return ""
    if not drawing:
        return "".join(parts)
    return f"<div class='graph'>{drawing}{''.join(parts)}</div><p class='quiet'>{KEY}</p>"


def _first(report: Any) -> Any:
    """The node to open: the first that is wrong, else the first at a kink."""
    wrong = {finding.number for finding in report.findings[:1]}
    at = [found for found in report.by_node if found.number in wrong]
    at += [found for found in report.by_node if found.verdict == MISMATCH]
    at += [found for found in report.by_node if found.curve is not None]
    return next(iter(at), None)


def _title(found: Any, factor: float) -> str:
    return f"{sign_of(found.verdict)} node {found.number} {found.op}: {_verdict(found, factor)}"


def _verdict(found: Any, factor: float) -> str:
    if found.units is None:
        return found.verdict
    if found.verdict == CONVENTION:
        return f"{CONVENTION}: there is no one right slope here, and libraries choose differently"
    allowed = f"{factor:g} are allowed" if found.units <= factor else f"fails above {factor:g}"
    return f"{found.verdict}, {found.units:.1g} units of its own rounding error ({allowed})"


def _node(found: Any, factor: float) -> str:
    wrong = found.verdict == MISMATCH
    head = f"<b>{sign_of(found.verdict)} node {found.number} {escape(found.op)}</b>"
    where = f" <span class='quiet'>{escape(found.where)}</span>" if found.where else ""
    rows = [f"<p{' class=wrong' if wrong else ''}>{head}{where}</p>"]
    if found.source:
        rows.append(f"<pre>{escape(found.source)}</pre>")
    rows.append(f"<p>{escape(_verdict(found, factor))}</p>")
    rows += [_numbers(finding) for finding in found.findings]
    blamed = {finding.input for finding in found.findings if finding.kind == "gradient"}
    if found.rules:
        rules = [
            [f"gradient of {name} =", code + ("   ← our rule, and it is wrong" if name in blamed else "")]
            for name, code in found.rules
        ]
        rows.append(_table([], rules, None, code=1))
    curve = found.curve
    if curve is None:
        return f"<div class='node'><div>{''.join(rows)}</div></div>"
    if curve.says:
        rows.append(f"<p>{escape(curve.says)}</p>")
    return f"<div class='node'><div>{''.join(rows)}</div>{_figure(curve, wrong)}</div>"


def _numbers(finding: Any) -> str:
    """Both numbers of a finding, and how far apart they are."""
    place = f" at {list(finding.index)}" if finding.index else ""
    what = {"forward": "its value", "sum": f"what arrived as {finding.input}", "gradient": f"gradient of {finding.input}"}
    try:
        gap = f"{abs(finding.ours - finding.theirs):.3g}"
    except TypeError:
        gap = ""
    rows = [
        [what.get(finding.kind, "gradient of its value") + place, _number(finding.ours)],
        ["the contributions sent add up to" if finding.kind == "sum" else finding.witness, _number(finding.theirs)],
    ]
    return _table([], [*rows, ["off by", gap]] if gap else rows, None)


def _number(value: Any) -> str:
    return f"{complex(value):.6g}" if isinstance(value, complex) else f"{float(value):.6g}"


def _figure(curve: Any, wrong: bool) -> str:
    element = f"{escape(curve.input)}{list(curve.index) if curve.index else ''} = {curve.at:.4g}"
    lines = [
        f"the forward around <code>{element}</code> has {slopes(curve)}",
        f"<span class='{'solid wrong' if wrong else 'solid'}'>autograd_lab</span> {curve.ours:.6g}",
        f"<span class='dash'>{escape(curve.witness)}</span> {curve.theirs:.6g}",
    ]
    drawing = _in_page_colours(drawn(curve, wrong))
    return f"<figure aria-label='{escape(said(curve), quote=True)}'>{drawing}<figcaption>{'<br>'.join(lines)}</figcaption></figure>"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], verdict: int | None, code: int | None = None) -> str:
    head = "".join(f"<th>{escape(h)}</th>" for h in header)
    body = ""
    for row in rows:
        bad = verdict is not None and row[verdict] == MISMATCH
        cells = (f"<td>{f'<code>{escape(c)}</code>' if k == code else escape(c)}</td>" for k, c in enumerate(row))
        body += f"<tr{' class=wrong' if bad else ''}>{''.join(cells)}</tr>"
    head = head and f"<thead><tr>{head}</tr></thead>"
    return (
        f"<div class='rows'><table>{head}<tbody>{body}</tbody></table></div>"  # in a narrow cell it scrolls, or it would be cut
    )
