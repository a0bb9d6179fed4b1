"""What a check found, and how it reads: one row per comparison, one per leaf, one per fault. Plain data.

The text is stable, so that notebooks can be compared with it: errors that pass print as ``<4``, digits appear only on failure.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any, NamedTuple

AGREES, CONVENTION, MISMATCH, OVERFLOW, IMPURE = "agrees", "convention", "MISMATCH", "overflow", "impure"
SUFFICES, COARSE = "suffices", "loses digits"  # of the user's own type: says nothing about any rule
JUDGED = (AGREES, CONVENTION, MISMATCH, OVERFLOW)  # verdicts that something was compared for


NOTHING = "nothing was compared, so nothing is confirmed: report.ok is False"


# How a picture is drawn with a mark on each node: (picture, {node id: (verdict, text)}) -> HTML. The views, which stand above,
# know how; whoever has both puts it here.
drawing: Callable | None = None


class Finding(NamedTuple):
    """One wrong node. ``kind``: ``"forward"``, ``"gradient"`` (of operand ``input``), ``"sum"`` (contributions to its value);
    of a graph whose rules are all right, ``"edge"`` (its value gets what it should not, or not what it should) or ``"lost"``
    (the graph that was recorded does not have it)."""

    number: int  # of the node, 1 for the oldest; 0 for a leaf
    op: str
    kind: str
    input: str
    index: tuple[int, ...]
    ours: Any
    theirs: Any
    units: float
    line: int | None
    source: str | None = None  # the file or cell of ``line``
    witness: str = "the oracle says"
    rule: str | None = None  # ours, of a gradient: what it says in its own words

    @property
    def name(self) -> str:
        """``node 3 tanh (line 7)``."""
        where = f" (line {self.line})" if self.line else ""
        return f"node {self.number} {self.op}{where}" if self.number else f"{self.op}{where}"

    def __str__(self) -> str:
        at = f"[{', '.join(map(str, self.index))}] is" if self.index else "it is"
        name = self.name
        if self.kind == "forward":
            return f"{name}, forward: {at} {_number(self.ours)}, {self.witness} {_number(self.theirs)}"
        if self.kind in ("edge", "lost"):
            what = (
                "every rule agrees and the graph does not"
                if self.kind == "edge"
                else "the graph that was recorded does not have it"
            )
            return f"{name}, gradient of its value: {what}: {at} {_number(self.ours)}, {self.witness} {_number(self.theirs)}"
        if self.kind == "sum":
            place = f" at [{', '.join(map(str, self.index))}]" if self.index else ""
            return f"{name}, {self.input}: the contributions sent add up to {_number(self.theirs)}, {_number(self.ours)} arrived{place}"
        return (
            f"{name}, gradient of {self.input}: incoming gradient agrees, outgoing does not: {at} {_number(self.ours)}, "
            f"{self.witness} {_number(self.theirs)}"
        )


class Row(NamedTuple):
    """One comparison. ``worst``: the largest error found in units of rounding error, above `Report.factor` a failure."""

    against: str
    what: str
    verdict: str
    worst: float | None = None
    where: str = ""
    seconds: float = 0.0


class Leaf(NamedTuple):
    """One leaf's gradient against one oracle. ``max_rel`` and ``ulps`` are relative to the largest element."""

    name: str
    against: str
    max_abs: float
    max_rel: float
    ulps: float
    verdict: str


class Report:
    """The outcome of a check: ``rows``, ``leaves``, ``findings``; true if something was compared and nothing is a MISMATCH.

    ``worst`` is the largest error of all rows in units of rounding error (above ``factor`` is a failure), None when every
    row was skipped. ``str(report)`` is the table of rows, ``report.table()`` adds the leaves.
    """

    def __init__(self, name, nodes, inputs, dtype, factor, rows, leaves=(), findings=()):
        self.name, self.nodes, self.inputs, self.dtype, self.factor = name, nodes, inputs, dtype, factor
        self.rows: list[Row] = list(rows)
        self.leaves: list[Leaf] = list(leaves)
        self.findings: list[Finding] = list(findings)
        self.picture: Any = None  # of the graph that was recorded, where it is small
        self.verdicts: dict[str, tuple[str, float | None]] = {}  # id of its node -> (verdict, error in units)

    @property
    def ok(self) -> bool:
        """Whether something was compared and nothing is a MISMATCH. A convention or an overflow is not one.

        A check in which every row was skipped has found nothing, and is not ok: a test that relies on it would rely on air.
        """
        return self.compared and not any(row.verdict == MISMATCH for row in (*self.rows, *self.leaves))

    @property
    def compared(self) -> bool:
        """Whether any witness gave a verdict."""
        return any(row.verdict in JUDGED for row in (*self.rows, *self.leaves))

    def __bool__(self) -> bool:
        return self.ok

    @property
    def worst(self) -> float | None:
        judged = (row.worst for row in self.rows if row.worst is not None and row.verdict not in (SUFFICES, COARSE))
        return max(judged, default=None)

    @property
    def heading(self) -> str:
        return f"check of {self.name}: {_count(self.nodes, 'node')}, {_count(self.inputs, 'input')}, {self.dtype}"

    def __str__(self) -> str:
        lines = [
            self.heading,
            *_aligned(["against", "what", "verdict", "worst", "where"], [self._cells(row) for row in self.rows]),
        ]
        lines += [f"  {'first' if i == 0 else 'also'}: {finding}" for i, finding in enumerate(self.findings[:3])]
        if len(self.findings) > 3:
            lines.append(f"  and {len(self.findings) - 3} more in report.findings")
        if not self.compared:
            lines.append(f"  {NOTHING}")
        return "\n".join(lines)

    __repr__ = __str__

    def table(self) -> str:
        """The rows and, leaf by leaf, the gradients of the whole function: largest absolute and relative error, ulps, verdict."""
        header = ["leaf", "against", "max abs", "max rel", "ulps", "verdict"]
        return "\n".join([str(self), "", *_aligned(header, [_leaf_cells(leaf) for leaf in self.leaves])])

    def _cells(self, row: Row) -> list[str]:
        return [row.against, row.what, row.verdict, _worst(row.worst, self.factor), row.where]

    def _repr_html_(self) -> str:
        said = [f"{finding}{f'. Our rule: {finding.rule}' if finding.rule else ''}" for finding in self.findings]
        said += [] if self.compared else [NOTHING]
        first = "".join(f"<p style='margin:4px 0'>{html.escape(text)}</p>" for text in said)
        parts = [_html_table(["against", "what", "verdict", "worst", "where"], [self._cells(r) for r in self.rows], 2), first]
        if self.leaves:
            header = ["leaf", "against", "max abs", "max rel", "ulps", "verdict"]
            parts.append(_html_table(header, [_leaf_cells(leaf) for leaf in self.leaves], 5))
        if self.picture is not None and drawing is not None:
            parts.append(drawing(self.picture, self._marks()))
        return f"<div class='autograd-lab-check'><p style='margin:4px 0'>{html.escape(self.heading)}</p>{''.join(parts)}</div>"

    def _marks(self) -> dict[str, tuple[str, str]]:
        """For each node of the picture (verdict, what to say of it)."""
        said = {number: str(finding) for finding in reversed(self.findings) if (number := finding.number)}
        marks = {}
        for number, (node, (verdict, units)) in enumerate(self.verdicts.items(), 1):
            size = "" if units is None else f", {_worst(units, self.factor)} units of its rounding error"
            marks[node] = verdict, said.get(number, f"{verdict}{size}") if verdict == MISMATCH else f"{verdict}{size}"
        return marks

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}


def _worst(worst, factor) -> str:
    if worst is None:
        return ""
    return f"<{factor:g}" if worst <= factor else f"{worst:.2g}"


def _leaf_cells(leaf: Leaf) -> list[str]:
    numbers = (f"{leaf.max_abs:.1e}", f"{leaf.max_rel:.1e}", f"{leaf.ulps:.0f}" if leaf.ulps < 1e6 else f"{leaf.ulps:.0e}")
    return [leaf.name, leaf.against, *numbers, leaf.verdict]


def _aligned(header: list[str], rows: list[list[str]]) -> list[str]:
    """A table in fixed-width text; a last column that is empty everywhere is left out."""
    if not any(row[-1] for row in rows):
        header, rows = header[:-1], [row[:-1] for row in rows]
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in (header, *rows)]


def _html_table(header, rows, verdict_column) -> str:
    cell = "padding:2px 10px 2px 0;text-align:left;vertical-align:top"
    head = "".join(f"<th style='{cell};font-weight:600'>{html.escape(h)}</th>" for h in header)
    body = ""
    for row in rows:
        bold = "font-weight:600" if row[verdict_column] == MISMATCH else ""
        body += (
            f"<tr style='background:none;{bold}'>" + "".join(f"<td style='{cell}'>{html.escape(c)}</td>" for c in row) + "</tr>"
        )
    table = "border-collapse:collapse;margin:4px 0;font-size:inherit"
    return f"<table style='{table}'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _number(x) -> str:
    return f"{complex(x):.6g}" if isinstance(x, complex) else f"{float(x):.6g}"
