"""What a check found, and how it reads: one row per comparison, one per leaf, one per fault. Plain data.

The text is stable, so that notebooks can be compared with it: errors that pass print as ``<4``, digits appear only on failure.
"""

from __future__ import annotations

import html
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .verdicts import NodeVerdict

AGREES, CONVENTION, MISMATCH, OVERFLOW, IMPURE = "agrees", "convention", "MISMATCH", "overflow", "impure"
SUFFICES, COARSE = "suffices", "loses digits"  # of the user's own type: says nothing about any rule
JUDGED = (AGREES, CONVENTION, MISMATCH, OVERFLOW)  # verdicts that something was compared for


ROW_HEADER = ["against", "what", "verdict", "worst", "where"]
LEAF_HEADER = ["leaf", "against", "max abs", "max rel", "ulps", "verdict"]
NOTHING = "nothing was compared, so nothing is confirmed: report.ok is False"


# How a report looks: Report -> HTML, as a part of a page or as a page of its own. The views, which stand above, know how;
# whoever has both puts it here.
drawing: Callable[[Any], str] | None = None
page: Callable[[Any], str] | None = None


class Finding(NamedTuple):
    """One wrong node. ``kind``: ``"forward"``, ``"gradient"`` (of operand ``input``), ``"sum"`` (contributions to its value);
    of a graph whose rules are all right, ``"edge"`` (its value gets what it should not, or not what it should) or ``"lost"``
    (the graph that was recorded does not have it); ``"backward"``: of a Function, which ``order=2`` differentiates."""

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
        name, (ours, theirs) = self.name, _apart(self.ours, self.theirs)
        if self.kind == "forward":
            return f"{name}, forward: {at} {ours}, {self.witness} {theirs}"
        if self.kind in ("edge", "lost"):
            what = (
                "every rule agrees and the graph does not"
                if self.kind == "edge"
                else "the graph that was recorded does not have it"
            )
            return f"{name}, gradient of its value: {what}: {at} {ours}, {self.witness} {theirs}"
        if self.kind == "sum":
            place = f" at [{', '.join(map(str, self.index))}]" if self.index else ""
            return f"{name}, {self.input}: the contributions sent add up to {theirs}, {ours} arrived{place}"
        if self.kind == "backward":
            return f"{name}, its derivative by {self.input}: {at} {ours}, {self.witness} {theirs}"
        return (
            f"{name}, gradient of {self.input}: incoming gradient agrees, outgoing does not: {at} {ours}, "
            f"{self.witness} {theirs}"
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

    @property
    def told(self) -> str:
        """``w.grad, relative error 0.1``."""
        return f"{self.name}.grad, relative error {self.max_rel:.2g}"


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
        self.by_node: list[NodeVerdict] = []  # oldest first; of a large graph only the nodes that have something to tell

    @property
    def verdicts(self) -> dict[str, NodeVerdict]:
        """What was found at each card of the graph's picture: id -> NodeVerdict."""
        return {found.card: found for found in self.by_node if found.card is not None}

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
            *_aligned(ROW_HEADER, self.cells()),
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
        leaves = ["", *_aligned(LEAF_HEADER, self.leaf_cells())] if self.leaves else []
        return "\n".join([str(self), *leaves])

    def cells(self) -> list[list[str]]:
        """The rows as text, in the columns of ``ROW_HEADER``."""
        return [[row.against, row.what, row.verdict, units_text(row.worst, self.factor), row.where] for row in self.rows]

    def leaf_cells(self) -> list[list[str]]:
        """The leaves as text, in the columns of ``LEAF_HEADER``."""
        return [_leaf_cells(leaf) for leaf in self.leaves]

    def save(self, path: str | os.PathLike) -> None:
        """Write the report to a file that needs no kernel and no network: .html as it looks in a notebook, .txt as it prints.

        ValueError for another ending; RuntimeError where nothing that draws is loaded (``autograd_lab.check`` loads it).
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind == ".txt":
            path.write_text(f"{self.table()}\n", encoding="utf-8")
        elif kind in (".html", ".htm"):
            if page is None:
                raise RuntimeError("nothing that draws is loaded: use autograd_lab.check, or save as .txt.")
            path.write_bytes(page(self).encode("utf-8", "replace"))
        else:
            raise ValueError(f"cannot tell how to save {path.name!r}: end it with .html or .txt.")

    def _repr_html_(self) -> str:
        return drawing(self) if drawing is not None else f"<pre>{html.escape(self.table())}</pre>"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}


def units_text(worst: float | None, factor: float) -> str:
    """An error in units of rounding error, in digits only where it is a failure."""
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


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _apart(ours, theirs) -> tuple[str, str]:
    """The two numbers, in so many digits that they differ, where they do."""
    pair = [complex(x) if isinstance(x, complex) else float(x) for x in (ours, theirs)]
    texts = ((f"{pair[0]:.{digits}g}", f"{pair[1]:.{digits}g}") for digits in range(6, 18))
    return next((found for found in texts if found[0] != found[1]), (f"{pair[0]:.6g}", f"{pair[1]:.6g}"))
