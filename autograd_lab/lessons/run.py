"""Run lesson notebooks again and record their outputs: ``python -m autograd_lab.lessons.run notebooks/*.ipynb``.

A notebook is the source; only its outputs are rewritten, so that two runs give the same bytes. ``--check`` writes nothing
and fails with a diff where a run would change a file. Needs nbclient and ipykernel (``pip install "autograd-lab[dev]"``).
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from pathlib import Path

# A widget's view is a random number to a model that is not saved; a table in HTML says what its text says.
NOT_RECORDED = ("application/vnd.jupyter.widget-view+json", "text/html")


def executed(path: Path) -> str:
    """The text of the notebook at ``path`` with the outputs of a fresh run, cell by cell in a kernel of its own.

    Raises nbclient's CellExecutionError if a cell raises.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", coalesce_streams=True, record_timing=False,
        resources={"metadata": {"path": str(path.resolve().parent)}},
    )  # fmt: skip
    here = str(Path(__file__).parents[2])  # the kernel's autograd_lab is this one, installed or not
    client.execute(env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))})
    return nbformat.writes(tidied(notebook)) + "\n"


def tidied(notebook):
    """``notebook`` without what differs from run to run or from machine to machine: widget models, versions."""
    for key in [*notebook.metadata]:
        if key not in ("autograd_lab", "kernelspec", "language_info"):
            del notebook.metadata[key]
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            for mime in NOT_RECORDED:
                output.get("data", {}).pop(mime, None)
                output.get("metadata", {}).pop(mime, None)
    return notebook


def main(arguments: list[str] | None = None) -> int:
    """Run each notebook named on the command line; 0 if all is well, 1 if ``--check`` found a difference."""
    parser = argparse.ArgumentParser(
        prog="python -m autograd_lab.lessons.run", description="Run lesson notebooks again and record their outputs."
    )
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a run would change a file")
    options = parser.parse_args(arguments)
    differing = 0
    for path in options.notebooks:
        before, after = path.read_text(encoding="utf-8"), executed(path)
        same = before == after
        print(f"{path}: {'as recorded' if same else 'differs' if options.check else 'recorded'}")
        if options.check and not same:
            differing += 1
            lines = before.splitlines(), after.splitlines()
            print("\n".join(difflib.unified_diff(*lines, "recorded", "run", lineterm="", n=1)))
        elif not same:
            path.write_text(after, encoding="utf-8")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
