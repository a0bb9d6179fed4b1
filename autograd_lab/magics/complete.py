"""Tab completion of an ``%autograd`` line: words first, then the learner's tensors and functions."""

from __future__ import annotations

from typing import Any

from ..core.tensor import Tensor
from .command import COMMANDS


def suggestions(line: str, names: dict[str, Any]) -> list[str]:
    """What may stand at the end of ``line``.

    >>> suggestions("%autograd ch", {})
    ['check']
    """
    words = line.split()
    begun = words[-1] if words and not line[-1:].isspace() else ""
    complete = words[1:] if not begun else words[1:-1]
    if not complete:
        options = [*COMMANDS, "--help"]
    elif complete[0] not in COMMANDS or _wanted(complete) in ("", "FILE"):
        options = []
    else:
        wants_function = complete[0] == "check" and len(complete) == 1
        options = [
            name
            for name, value in names.items()
            if not name.startswith("_") and (isinstance(value, Tensor) or (wants_function and _is_users_function(value)))
        ]
    return sorted(option for option in options if option.startswith(begun))


def _wanted(complete: list[str]) -> str:
    """What the usage calls the argument that comes next; the last one may be given several times."""
    arguments = COMMANDS[complete[0]].arguments.split()
    return arguments[min(len(complete), len(arguments)) - 1] if arguments else ""


def _is_users_function(value: Any) -> bool:
    return callable(value) and getattr(value, "__module__", None) == "__main__"
