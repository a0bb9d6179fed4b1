"""The table of ``%autograd`` words: one ``@command`` each, and the usage text and errors that follow from it.

    @command("graph", "NAME", "Draw the graph that made a tensor.")
    def graph(user, name):
        ...

declares ``%autograd graph NAME``. Arguments are Python expressions, divided at spaces outside brackets and quotes. A word
that takes exactly one gets the whole rest of the line, so ``%autograd graph a + b`` needs no brackets.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, NamedTuple


class UsageError(Exception):
    """A line that cannot be carried out; the message is one sentence for the learner, with a remedy."""


class Command(NamedTuple):
    """One word of ``%autograd``: its arguments as printed, its one-line help, and the function that carries it out."""

    word: str
    arguments: str
    help: str
    run: Callable[..., Any]

    @property
    def usage(self) -> str:
        return f"%autograd {self.word} {self.arguments}".rstrip()

    def split(self, line: str) -> list[str]:
        """The arguments in ``line``. Raises UsageError if there are too few or too many."""
        wanted = self.arguments.split()
        required = [argument for argument in wanted if not argument.startswith("[")]
        if len(wanted) == 1 and not wanted[0].endswith(("...", "...]")):
            found = [line.strip()] if line.strip() else []
        else:
            found = split_arguments(line)
        if len(found) < len(required):
            missing = required[len(found)].rstrip(".")
            raise UsageError(f"{self.word} needs {missing}. Usage: {self.usage}")
        if not wanted and found:
            raise UsageError(f"{self.word} takes nothing after it, and got {line.strip()!r}. Usage: {self.usage}")
        return found


COMMANDS: dict[str, Command] = {}


def command(word: str, arguments: str, help: str):
    """Declare ``%autograd <word> <arguments>``; the function takes the user's names (scope.py) and the arguments' texts."""

    def declare(run):
        COMMANDS[word] = Command(word, arguments, help, run)
        return run

    return declare


def find(word: str) -> Command:
    """The command called ``word``. Raises UsageError naming it and the nearest word there is."""
    if word in COMMANDS:
        return COMMANDS[word]
    near = difflib.get_close_matches(word, COMMANDS, 1, 0.5)
    hint = f" Did you mean %autograd {near[0]}?" if near else ""
    raise UsageError(f"%autograd has no word {word!r}.{hint} It has: {', '.join(COMMANDS)}. %autograd --help explains them.")


def overview() -> str:
    """What ``%autograd --help`` prints: the table, and how the cell magic works."""
    width = max(len(c.usage) for c in COMMANDS.values())
    lines = [f"  {c.usage:{width}}  {c.help}" for c in COMMANDS.values()]
    return "\n".join(
        [
            "%autograd WORD ...  see and trust gradients",
            "",
            *lines,
            f"  {'%%autograd':{width}}  Run the cell and draw the graph of what it made.",
            "",
            "NAME is a variable or an expression such as model.w or losses[0].",
            "%autograd WORD --help says more about one word.",
        ]
    )


def details(found: Command) -> str:
    """What ``%autograd WORD --help`` prints: the usage, the help line and the rest of the function's docstring."""
    import inspect

    doc = inspect.getdoc(found.run) or ""
    return "\n".join([found.usage, "", found.help, *(["", doc] if doc else [])])


def split_arguments(line: str) -> list[str]:
    """Divide ``line`` at spaces outside brackets and quotes.

    >>> split_arguments("f a[0, 1]  (b, c) 'd e'")
    ['f', 'a[0, 1]', '(b, c)', "'d e'"]
    """
    parts, depth, quote, start = [], 0, "", None
    for i, char in enumerate(line):
        if quote:
            quote = "" if char == quote and line[i - 1] != "\\" else quote
        elif char in "'\"":
            quote = char
        depth += 0 if quote else (char in "([{") - (char in ")]}")
        if char.isspace() and not quote and depth <= 0:
            if start is not None:
                parts.append(line[start:i])
            start = None
        elif start is None:
            start = i
    if start is not None:
        parts.append(line[start:].rstrip())
    return parts
