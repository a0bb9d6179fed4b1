"""A lesson notebook read as data, and its code run under any engine.

This is how a lesson is held to the truth: the same questions are asked of PyTorch, and of engines that err.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import types
from pathlib import Path
from typing import NamedTuple

from .outcome import outcome
from .question import Question, predict
from .repair import Repair, repair


class Run(NamedTuple):
    """What a run of a lesson's code asked and printed."""

    asked: list[Question]
    printed: dict[str, str]  # by cell
    repairs: dict[str, tuple]  # by cell: the request, the broken function, the checks


class Lesson:
    """One lesson notebook: ``number``, ``notebook`` (its JSON), ``cells``."""

    def __init__(self, path: Path):
        self.path = path
        self.notebook = json.loads(path.read_text(encoding="utf-8"))
        self.cells = self.notebook["cells"]
        self.number = int(path.name[:2])

    @property
    def code(self) -> list[dict]:
        return [cell for cell in self.cells if cell["cell_type"] == "code"]

    def tags(self, kind: str = "") -> list[str]:
        return [tag for cell in self.cells for tag in cell["metadata"]["tags"] if tag.startswith(kind)]

    def run(self, torch) -> Run:
        """Run all code cells with ``torch``, autograd_lab or PyTorch, as the engine; magics are left out.

        What only the lab has (graph, step, leaves, check) is there as far as a question may ask for it: the number of steps.
        """
        face = Face(torch)
        names = {"__name__": "__main__", "torch": face}
        printed = {}
        for cell in self.code:
            face.cell = cell["id"]
            source = re.sub(r"(?m)^(import autograd_lab as torch|%.*)$", "", "".join(cell["source"]))
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(source, f"{self.path.name}:{cell['id']}", "exec"), names)
            printed[cell["id"]] = out.getvalue()
        return Run(face.asked, printed, face.repaired)


class Face:
    """An engine's module with the lab's own words beside it; every question and repair is noted."""

    def __init__(self, torch):
        self.__torch, self.cell = torch, ""
        self.asked: list[Question] = []
        self.repaired: dict[str, tuple] = {}
        self.lessons = types.SimpleNamespace(predict=self.predict, repair=self.repair, outcome=outcome)
        self.step = Steps
        self.graph = self.leaves = self.check = lambda *args, **options: None

    def predict(self, *args, **options):
        self.asked.append(predict(*args, **options))
        return self.asked[-1]

    def repair(self, *args) -> Repair:
        self.repaired[self.cell] = args
        return repair(*args)

    def __getattr__(self, name):
        return getattr(self.__torch, name)


class Steps:
    """How many steps a walk from ``x`` takes: one for each node that ``next_functions`` leads to."""

    def __init__(self, x, gradient=None, question=None):
        found, todo = {x.grad_fn}, [x.grad_fn]
        while todo:
            new = {node for node, _ in todo.pop().next_functions if node is not None} - found
            found |= new
            todo += new
        self.count = len(found)

    def __len__(self):
        return self.count

    def log(self):
        """Prints nothing: the text is the lab's own."""
