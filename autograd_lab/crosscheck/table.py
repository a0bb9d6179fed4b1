"""``python -m autograd_lab.crosscheck.table``: every operation, its rules, and what it is checked against, as one page.

The page, ``core/ops/TABLE.md``, is written out of the declarations themselves: what a node is called and keeps, the rule for
each input as the picture shows it, what PyTorch and JAX say at a kink (conventions.py), and which table of oracles holds the
independent JAX function. A test fails when the page is older than the declarations.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import textwrap
from pathlib import Path
from typing import NamedTuple

from ..core import PRIMITIVES
from ..core.ops import later
from ..core.primitive import Primitive
from ..trace.rules import formula
from .conventions import CONVENTIONS
from .oracles import TOPICS, oracles

PACKAGE = (__package__ or "").partition(".")[0]
PAGE = Path(__file__).parents[1] / "core" / "ops" / "TABLE.md"
HEAD = """# Every operation and its rules

Written by `python -m autograd_lab.crosscheck.table` out of the declarations in this folder; change those, not this page.

`g` is the gradient of the output, `out` the output itself; a rule gives the gradient of the input named before it. What a rule
reads is what the node keeps. Inputs without a rule get no gradient. Where an operation has no slope, the column *kink* says
what comes instead, as in PyTorch, and what JAX says where it differs. *Oracle* names the file in `crosscheck/` with the JAX
function that the operation is compared with, which was written without looking at its rule. Rules too long for a line are given
in full below each table.
"""


class Row(NamedTuple):
    """One operation. ``rules``: input -> formula; ``long``: the functions of those that the formula only names."""

    op: str
    topic: str
    contract: str
    node: str
    rules: dict[str, str]
    saved: tuple[str, ...]
    kink: str
    oracle: str
    long: dict[str, str]


def rows() -> list[Row]:
    """A Row for every primitive of this package, topics by name, within one as they stand in its file (not as they were loaded)."""
    later.load_all()
    importlib.import_module("..nn.functional", __package__)
    tables, kinks = _where_oracles_are(), _kinks()
    found = [_row(p, kinks.get(name, ""), tables.get(name, "")) for name, p in PRIMITIVES.items() if _is_ours(p)]
    return sorted(found, key=lambda row: (row.topic, PRIMITIVES[row.op].forward.__code__.co_firstlineno, row.op))


def _is_ours(p: Primitive) -> bool:
    return p.forward.__module__.startswith(f"{PACKAGE}.core.ops.")


def _row(p: Primitive, kink: str, oracle: str) -> Row:
    rules, long = {}, {}
    for name, rule in p.rules.items():
        rules[name] = formula(rule)
        if rules[name].startswith(f"{rule.function.__name__}("):
            long[rule.function.__name__] = textwrap.dedent(inspect.getsource(rule.function)).strip()
            rules[name] = f"g * {rules[name]}" if rule.is_partial else rules[name]
    node = p.node_name if p.overload is None else f"{p.node_name}, {p.overload[1]} if {p.overload[0]}"
    contract = (inspect.getdoc(p.forward) or "").partition("\n")[0]
    return Row(p.__name__, p.forward.__module__.rpartition(".")[2], contract, node, rules, p.saves, kink, oracle, long)


def _where_oracles_are() -> dict[str, str]:
    """Name of a primitive -> the file that holds its oracle."""
    found = dict.fromkeys(oracles(), "oracles")
    for topic in TOPICS:
        found |= dict.fromkeys(importlib.import_module(f".oracles_{topic}", __package__).oracles(), f"oracles_{topic}")
    return found


def _kinks() -> dict[str, str]:
    return {row.op: f"{row.point}: {row.torch}" + (f" (JAX: {row.jax})" if row.jax != row.torch else "") for row in CONVENTIONS}


def markdown() -> str:
    """The page."""
    every = rows()
    parts = [HEAD.strip(), f"{len(every)} operations, {sum(len(row.rules) for row in every)} rules."]
    for topic in dict.fromkeys(row.topic for row in every):
        chosen = [row for row in every if row.topic == topic]
        module = importlib.import_module(f"{PACKAGE}.core.ops.{topic}")
        parts += [f"## [{topic}]({topic}.py)", (inspect.getdoc(module) or "").partition("\n\n")[0].replace("\n", " ")]
        parts.append("\n".join([_line(*COLUMNS), _line(*["---"] * len(COLUMNS)), *map(_cells, chosen)]))
        if long := {name: source for row in chosen for name, source in row.long.items()}:
            parts.append("```python\n" + "\n\n".join(long.values()) + "\n```")
    return "\n\n".join(parts) + "\n"


COLUMNS = ("operation", "what it is", "rules", "keeps", "node", "kink", "oracle")


def _cells(row: Row) -> str:
    rules = "<br>".join(f"{name}: {_code(text)}" for name, text in row.rules.items()) or "none"
    return _line(_code(row.op), row.contract, rules, ", ".join(map(_code, row.saved)), row.node, row.kink, row.oracle)


def _line(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _code(text: str) -> str:
    return f"`{text}`"


def main(arguments: list[str] | None = None) -> int:
    """Write the page; with ``--check`` only say whether it is up to date."""
    parser = argparse.ArgumentParser(prog="python -m autograd_lab.crosscheck.table", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the page is out of date")
    page = markdown()
    if parser.parse_args(arguments).check:
        return int(PAGE.read_text(encoding="utf-8") != page)
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
