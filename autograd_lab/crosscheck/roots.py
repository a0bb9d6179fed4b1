"""Where a graph that is already there ends: the tensor itself, or the recording of its backward pass in place of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..core import Tensor
from ..core.node import Output
from ..trace import Recording

LOADED = (
    "this recording was loaded from a file, which keeps what can be looked at and no graph that could be run again. "
    "Take the tensor that it was made of, or the function."
)


class Root(NamedTuple):
    """Where the pass of a recording begins: what ``program_of`` needs of the tensor it was made of."""

    point: Any
    called: str
    requires_grad = True

    def _current(self):
        return self.point


def root_of(graph: Any) -> Tensor | Root | None:
    """The result of a graph: a Tensor, or where the pass of a Recording begins, also of the one that a Stepper shows.

    None for what is no graph. Raises RuntimeError for a recording that was loaded from a file.
    """
    if isinstance(graph, Tensor):
        return graph
    recording = getattr(graph, "recording", graph)
    if not isinstance(recording, Recording):
        return None
    if recording.backward_pass is None:
        raise RuntimeError(LOADED)
    point, picture = recording.backward_pass.order[0], recording.picture
    names = picture.by_id[picture.root].name.split(", ")  # of several outputs, the one it begins at
    return Root(point, names[point.slot if isinstance(point, Output) and len(names) > 1 else 0] or "the graph")
