"""What a check says of each node, as plain data for whoever draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..trace.rules import formula
from ..trace.source import Place, Sources
from .curves import Curve
from .local import Local
from .lower import Line, Program
from .report import AGREES, CONVENTION, MISMATCH, OVERFLOW, Finding


class NodeVerdict(NamedTuple):
    """One node: ``units`` is its worst error in units of its own rounding error, None where nothing was compared.

    ``rules``: (operand, formula) of each rule that ran. ``source``: its line of the user's code, "" where nobody knows;
    ``where`` says in which cell or file that is. ``findings``: in sentences, what is wrong with it. ``card`` is its id in the
    report's picture.
    """

    number: int  # 1 for the oldest
    op: str
    verdict: str
    units: float | None
    findings: tuple[Finding, ...] = ()
    curve: Curve | None = None
    rules: tuple[tuple[str, str], ...] = ()
    line: int | None = None
    source: str = ""
    where: str = ""
    card: str | None = None


def node_verdicts(
    program: Program, local: Local, findings: Sequence[Finding], cards: Mapping[Any, str], only: bool
) -> list[NodeVerdict]:
    """A NodeVerdict for every line that was judged, oldest first; with ``only``, for those that have something to tell."""
    said: dict[int, list[Finding]] = {}
    for finding in findings:
        said.setdefault(finding.number, []).append(finding)
    sources, out = Sources(), []
    for line in program.lines:
        if line.node not in local.verdicts:
            continue
        verdict, units = local.verdicts[line.node]
        mine = tuple(said.get(line.number, ()))
        curve = local.curves.get(line.number)
        if only and not mine and curve is None:
            continue
        text, where = _source(line, sources)
        out.append(
            NodeVerdict(
                line.number, line.name, MISMATCH if mine else verdict, units, mine, curve, _rules(line),
                line.birth.line if line.birth is not None else None, text, where, cards.get(line.node),
            )
        )  # fmt: skip
    return out


def of_nodes(local: Local, whole: tuple | None) -> tuple:
    """(verdict, worst, where) of the row about single nodes; a leaf that is off although every node is right counts too."""
    if local.findings:
        first = local.findings[0]
        return MISMATCH, local.worst, f"node {first.number} {first.op}" if first.number else first.op
    if whole is not None and whole[0] == MISMATCH:
        return MISMATCH, whole[1], whole[2]
    missing = [f"{name}: {why}" for name, why in local.without_oracle.items()]
    small = [f"not compared: {'; '.join(missing)}"] if missing else []
    if local.overflow:
        return OVERFLOW, None, "; ".join([local.overflow, *small])
    if local.kinks:
        many = "1 element" if local.kinks == 1 else f"{local.kinks} elements"
        says = local.kink_text or "ours lies between the one-sided slopes"
        return CONVENTION, local.worst, "; ".join([f"{many} at kinks: {says}", *small])
    return AGREES, local.worst, "; ".join(small)


def _rules(line: Line) -> tuple[tuple[str, str], ...]:
    rules = getattr(line.op, "rules", {})
    if line.is_function:
        return (("its inputs", f"{line.name}.backward(ctx, g)"),)
    if line.op.variadic:
        return ()
    wanted = [name for name, source in zip(line.op.inputs, line.sources) if source is not None and name in rules]
    return tuple((name, formula(rules[name])) for name in wanted)


def _source(line: Line, sources: Sources) -> tuple[str, str]:
    birth = line.birth
    number, name = (birth.line, birth.filename) if birth is not None else (None, None)
    if not number or not name:
        return "", ""
    text = sources.line(Place(name, number, None, (number, number, -1, -1))).strip()
    return text, f"{sources.label(name)}, line {number}" if text else ""
