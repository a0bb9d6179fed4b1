"""What the user calls things: the variables of the calling code, and of the containers those variables hold."""

from __future__ import annotations

import sys
from collections import ChainMap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..core.node import Output
from ..core.tensor import Tensor

_PACKAGE = str(Path(__file__).parent.parent)
MANY = 5_000  # of a container's entries, how many are looked at: a millisecond's worth
_MACHINERY = {"IPython", "traitlets", "decorator", "ipykernel"}
_SHELL = {"In", "Out", "exit", "quit", "get_ipython"}


def caller_namespace() -> Mapping[str, Any]:
    """The variables that the innermost code outside this package can see: its locals, then its globals."""
    frame = sys._getframe(1)
    while frame is not None and _is_machinery(frame):
        frame = frame.f_back
    if frame is None:
        return {}
    if frame.f_locals is frame.f_globals:
        return frame.f_globals
    return ChainMap(dict(frame.f_locals), frame.f_globals)


def _is_machinery(frame) -> bool:
    """This package, or the shell that runs a magic for the user."""
    module = frame.f_globals.get("__name__", "")
    return frame.f_code.co_filename.startswith((_PACKAGE, "<autograd_lab")) or str(module).split(".")[0] in _MACHINERY


def named_tensors(namespace: Mapping[str, Any]) -> Iterator[tuple[str, Tensor]]:
    """(name, tensor) for the tensors of a namespace: variables first, then what dicts, lists, modules and objects hold.

    A dict's entry goes by its key, a list's by ``ws[0]``, a module's parameter by ``model.0.weight``. Names that begin with
    an underscore, and a shell's own, are left out.
    """
    containers = []
    scopes = namespace.maps if isinstance(namespace, ChainMap) else [namespace]
    for name in dict.fromkeys(name for scope in scopes for name in list(scope)):
        if not isinstance(name, str) or name.startswith("_") or name in _SHELL:
            continue
        value = namespace.get(name)
        if isinstance(value, Tensor):
            yield name, value
        elif isinstance(value, (dict, list, tuple)) or (_is_ours(value) and not isinstance(value, type)):
            containers.append((name, value))
    for name, value in containers:
        for inner, tensor in _inside(name, value):
            if isinstance(tensor, Tensor):
                yield inner, tensor


def _is_ours(value) -> bool:
    """Something with tensors as attributes: a module, or an instance of a class of the user's."""
    return callable(getattr(type(value), "named_parameters", None)) or type(value).__module__ == "__main__"


def _inside(name: str, value) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key in list(value)[:MANY]:
            yield (key if isinstance(key, str) else f"{name}[{key!r}]"), value[key]
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value[:MANY]):
            yield f"{name}[{i}]", item
    elif callable(getattr(type(value), "named_parameters", None)):
        for inner, item in value.named_parameters():
            yield f"{name}.{inner}", item
    else:
        for inner, item in list(getattr(value, "__dict__", {}).items())[:MANY]:
            yield f"{name}.{inner}", item


class Names:
    """Names by gathering point, by tensor and by version counter. Strong references: for the time of one survey."""

    def __init__(self, namespace: Mapping[str, Any]):
        self.by_point: dict[Any, list[tuple[str, Tensor]]] = {}
        self.by_tensor: dict[int, str] = {}
        self.by_counter: dict[int, tuple[str, Tensor]] = {}
        self._kept = []
        for name, tensor in named_tensors(namespace):
            if id(tensor) in self.by_tensor:
                continue
            self._kept.append(tensor)
            self.by_tensor[id(tensor)] = name
            point = tensor._current()
            if point is not None:
                self.by_point.setdefault(key_of(point), []).append((name, tensor))
            if type(tensor._counter) is list:
                self.by_counter.setdefault(id(tensor._counter), (name, tensor))

    def at(self, point) -> tuple[str, Tensor | None]:
        """(name, tensor) of the first variable at a gathering point; ("", None) if there is none."""
        return self.by_point.get(key_of(point), [("", None)])[0]


def key_of(point):
    """What identifies a gathering point: an Output may be made anew, its node and slot stay."""
    return (point.node, point.slot) if type(point) is Output else point


def shortened(text: str, letters: int) -> str:
    """At most so many letters, the last of them an ellipsis where some are left out.

    >>> shortened("weights", 7), shortened("weights", 6)
    ('weights', 'weigh…')
    """
    return text if len(text) <= letters else f"{text[: letters - 1]}…"
