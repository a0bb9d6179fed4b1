"""What happens between cells, where there are cells."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def after_cells(heard: Callable[..., Any], on: bool = True) -> None:
    """Call ``heard(result)`` after each cell from now on, or no longer; nothing where no shell runs cells."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return
    listening = heard in shell.events.callbacks["post_run_cell"]
    if on and not listening:
        shell.events.register("post_run_cell", heard)
    elif not on and listening:
        shell.events.unregister("post_run_cell", heard)
