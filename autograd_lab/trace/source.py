"""Where in the user's source something was made: the cell, the line, the columns, and the variable it was assigned to.

Lines come from ``linecache`` by the code object's file name, never from a notebook's history: under a test runner the
history does not hold the cell. Columns are counted in characters; Python counts them in UTF-8 bytes.
"""

from __future__ import annotations

import ast
import functools
import linecache
import os
import re
import sys
from collections.abc import Iterable, Mapping
from types import CodeType
from typing import NamedTuple

UNNAMED = "<string>"  # any code that was compiled without a file's name; Python 3.13 has that of ``python -c`` under it
LONG = 300  # lines: of a longer file only the part that made the graph is shown


class Place(NamedTuple):
    """A span in one source file. Lines count from 1; columns count characters from 0, in the first line only."""

    filename: str
    line: int
    span: tuple[int, int] | None
    bounds: tuple[int, int, int, int]  # first line, last line, first byte, last byte: how ``ast`` counts


class Sources:
    """The source files of one graph: spans, names and text, each file read and parsed once."""

    def __init__(self):
        self._positions: dict[CodeType, list] = {}
        self._names: dict[str, Mapping[tuple, str | list[str]]] = {}
        self._lines: dict[str, list[str]] = {}

    def place(self, code: CodeType | None, lasti: int) -> Place | None:
        """The Place of an instruction; None when the code tells no line."""
        if code is None:
            return None
        positions = self._positions.get(code)
        if positions is None:
            positions = self._positions[code] = list(code.co_positions())
        first, last, start, end = positions[lasti // 2]
        if first is None:
            return None
        if last is None or start is None or end is None:
            return Place(code.co_filename, first, None, (first, first, -1, -1))
        line = self._line(code.co_filename, first)
        ascii = line.isascii()
        column = start if ascii else len(line.encode()[:start].decode(errors="replace"))
        stop = len(line) if last != first else end if ascii else len(line.encode()[:end].decode(errors="replace"))
        return Place(code.co_filename, first, (column, stop), (first, last, start, end))

    def text(self, place: Place | None) -> str:
        """The expression at ``place``; "" unless it stands in one line."""
        if place is None or place.span is None or place.bounds[0] != place.bounds[1]:
            return ""
        return self._line(place.filename, place.line)[slice(*place.span)]

    def line(self, place: Place) -> str:
        """The line at ``place``, or the first of its lines."""
        return self._line(place.filename, place.line)

    def assigned(self, place: Place | None) -> str | list[str]:
        """The variable that the expression at ``place`` is assigned to, a list for ``a, b = ...``, "" for none.

        An in-place operation names what it writes to: ``e += 1``, ``e.mul_(2)`` and ``e[0] = 1`` give "e".
        """
        if place is None:
            return ""
        if place.filename not in self._names:
            self._names[place.filename] = _assignments("\n".join(self._all(place.filename)))
        return self._names[place.filename].get(place.bounds, "")

    def label(self, filename: str) -> str:
        """``In [3]`` for a notebook cell, the file's name for a file."""
        shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
        number = getattr(getattr(shell, "compile", None), "_filename_map", {}).get(filename)
        return f"In [{number}]" if number is not None else os.path.basename(filename)

    def excerpt(self, places: Iterable[Place]) -> tuple[list[str], list[tuple[str, int, int, str]]]:
        """(lines to show, parts): a part is (file name, row of its first line, that line's number, label).

        Files in the order given; above each, if there are several, a comment line with its label.
        """
        used: dict[str, list[int]] = {}
        for place in places:
            used.setdefault(place.filename, []).extend((place.line, place.bounds[1]))
        shown = [(name, lines) for name, lines in used.items() if self._all(name)]
        text: list[str] = []
        parts = []
        for name, lines in shown:
            whole, first = self._all(name), 1
            if len(whole) > LONG:
                first = max(1, min(lines) - 2)
                whole = whole[first - 1 : max(lines) + 2][:LONG]
            label = self.label(name)
            if len(shown) > 1:
                text += ([""] if text else []) + [f"# {label}"]
            parts.append((name, len(text), first, label))
            text += whole
        return text, parts

    def _all(self, filename: str) -> list[str]:
        if filename not in self._lines:
            known = [] if filename == UNNAMED else linecache.getlines(filename)
            lines = [line.rstrip("\r\n") for line in known]
            while lines and not lines[-1].strip():
                lines.pop()
            self._lines[filename] = lines
        return self._lines[filename]

    def _line(self, filename: str, number: int) -> str:
        lines = self._all(filename)
        return lines[number - 1] if 0 < number <= len(lines) else ""


@functools.lru_cache(maxsize=32)  # a cell or file is drawn, stepped and checked many times
def _assignments(text: str) -> Mapping[tuple, str | list[str]]:
    """The bounds of every assigned expression, with what it is assigned to."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return {}
    found: dict[tuple, str | list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            target = node.targets[-1]
            if isinstance(target, (ast.Tuple, ast.List)):
                names = [_name(t) for t in target.elts]
                if isinstance(node.value, (ast.Tuple, ast.List)) and len(node.value.elts) == len(names):
                    found.update({_bounds(v): n for v, n in zip(node.value.elts, names)})
                else:
                    found[_bounds(node.value)] = names
            else:
                found[_bounds(node.value)] = _name(target)
                if (before := _before(node.value, "requires_grad_")) is not None:  # the tensor was made there
                    found[_bounds(before)] = _name(target)
                if isinstance(target, ast.Subscript):  # x[0] = ...: the write itself stands at the target
                    found[_bounds(target)] = _name(target.value)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            found[_bounds(node.value)] = _name(node.target)
        elif isinstance(node, ast.AugAssign):
            found[_bounds(node)] = _name(node.target)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and re.search(r"[^_]_$", node.func.attr):
            found.setdefault(_bounds(node), _name(node.func.value))
    return found


def _before(node: ast.expr, method: str) -> ast.expr | None:
    """What ``method`` is called on, if ``node`` is such a call."""
    called = node.func if isinstance(node, ast.Call) else None
    return called.value if isinstance(called, ast.Attribute) and called.attr == method else None


def _bounds(node) -> tuple[int, int, int, int]:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def _name(target: ast.expr) -> str:
    return ast.unparse(target) if isinstance(target, (ast.Name, ast.Attribute, ast.Subscript)) else ""
