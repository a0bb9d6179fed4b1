"""``export(path, x)``: a backward pass as one file that anybody can open and step through."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.tensor import Tensor
from ..trace.progress import Progress
from ..trace.recording import Recording, rehearse
from .graph import Graph
from .html import HEIGHT, Iframe, write
from .stepper import Stepper


def export(
    path: str | os.PathLike,
    x: Tensor | Stepper | Graph | Recording,
    gradient=None,
    *,
    retain_graph=None,
    create_graph=False,
    names: Mapping[str, Any] | None = None,
    title: str | None = None,
    as_iframe: bool = False,
    height: int = HEIGHT,
) -> Iframe | None:
    """Write one HTML file that shows the graph of ``x`` and plays every step of its backward pass, without a network.

    What is recorded of a tensor is a rehearsal of ``x.backward(gradient, retain_graph=..., create_graph=...)``: no ``.grad`` is
    filled and nothing is freed, but tensor hooks, prehooks and ``Function.backward`` run. Of a stepper it is the steps it has
    taken, then a rehearsal of the rest; of a graph the picture alone; a ``trace.Recording`` is played as it is. ``names`` are
    those of ``graph``. Values are in the file as summaries: 4 digits, at most a corner of a large array.

    With ``as_iframe`` the file is returned too, as an output of ``height`` pixels that nbconvert keeps.

    Raises what ``backward`` raises before it begins; TypeError for another ``x``, or for arguments of a pass where ``x`` has
    its own; ValueError unless ``path`` ends with .html; RuntimeError if the front end was not built.
    """
    with Progress("exporting"):
        recording = _recording(x, gradient, retain_graph, create_graph, names)
        write(Path(path), recording, title)
        return Iframe(recording, title, height) if as_iframe else None


def _recording(x, gradient, retain_graph, create_graph, names) -> Recording:
    if isinstance(x, Tensor):
        return rehearse(x, gradient, retain_graph=retain_graph, create_graph=create_graph, names=names)
    if gradient is not None or retain_graph is not None or create_graph or names is not None:
        raise TypeError(f"gradient, retain_graph, create_graph and names go with a tensor: this {type(x).__name__} has its own")
    if isinstance(x, Stepper):
        return x.recording.foreseen()
    if isinstance(x, Graph):
        return Recording(x.picture)
    if isinstance(x, Recording):
        return x
    raise TypeError(f"export() takes a Tensor, a Stepper, a Graph or a Recording, and this is of type {type(x).__name__}")
