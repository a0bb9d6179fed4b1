"""``%load_ext autograd_lab``: the magics ``%autograd`` and ``%%autograd``. The only floor that knows IPython.

Reading order: ``command.py`` (what a word is), ``words.py`` (the words), ``scope.py`` (what a name means), ``made.py``
(what a cell made), ``complete.py`` (Tab).
"""

from __future__ import annotations

from ..core import births
from . import words  # noqa: F401  (declares the commands)
from .command import UsageError, details, find, overview
from .complete import suggestions
from .made import SHOWN, roots
from .scope import Scope

__all__ = ["UsageError", "load_ipython_extension", "run_line"]


def run_line(line: str, names: dict):
    """Carry out what stands after ``%autograd``; help is printed, anything else returned. Raises UsageError."""
    word, _, rest = line.strip().partition(" ")
    if word in ("", "--help", "-h", "help", "?"):
        print(overview())
        return None
    found = find(word)
    if rest.strip() in ("--help", "-h", "?"):
        print(details(found))
        return None
    try:
        return found.run(Scope(names), *found.split(rest))
    except ImportError as error:  # an optional package: the sentence names the extra
        raise UsageError(str(error)) from None


def run_cell(line: str, cell: str, shell) -> None:
    """Run ``cell`` as if nothing stood above it, then draw the graphs of what it made. Raises UsageError for a word in line."""
    if line.strip():
        word = line.strip()
        raise UsageError(f"%%autograd takes nothing after it, and got {word!r}. Words go on a line: %autograd {word}")
    names = shell.user_ns
    before = {name: id(value) for name, value in names.items()}
    result = shell.run_cell(cell)
    number_as_shown(shell)
    if not result.success:
        return  # its traceback has been shown
    from IPython.display import display

    import autograd_lab

    found = roots(before, names, result.result)
    if not found:
        print("Nothing to draw: the cell made no tensor that requires a gradient.")
    for tensor in [*found.values()][:SHOWN]:
        display(Scope(names).call(autograd_lab.graph, tensor))
    if len(found) > SHOWN:
        print("Also made:", ", ".join([*found][SHOWN:]), "(draw one with %autograd graph NAME)")


def number_as_shown(shell) -> None:
    """Let what this cell ran be labelled with the cell's own number: IPython counts on before a cell runs, not after."""
    number = len(shell.history_manager.input_hist_parsed) - 1
    cells = getattr(shell.compile, "_filename_map", {})
    for filename, counted in cells.items():
        if counted > number > 0:
            cells[filename] = number


def load_ipython_extension(ipython) -> None:
    """Register the magics and their completion, and note births from now on. Loading twice does nothing more."""
    from IPython.core.error import UsageError as ShownAsOneLine

    def autograd(line, cell=None):
        """%autograd --help lists what it can do."""
        try:
            return run_line(line, ipython.user_ns) if cell is None else run_cell(line, cell, ipython)
        except UsageError as error:
            raise ShownAsOneLine(str(error)) from None

    def complete(_, event):
        return suggestions(event.line, ipython.user_ns)

    ipython.register_magic_function(autograd, "line_cell", "autograd")
    ipython.set_hook("complete_command", complete, str_key="%autograd")
    births.start()
