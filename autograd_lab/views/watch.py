"""``watch(x)``: the graph of a name, drawn again after each cell that changes it.

What is watched is a name of the notebook, not an object: ``loss = ...`` in a later cell makes another tensor, and it is that
one the reader wants to see. One output shows it, where the watch was made, and is updated in place.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ..core.tensor import Tensor
from ..trace.names import caller_namespace, named_tensors
from ..trace.picture import Picture
from .cells import after_cells
from .graph import Graph

MOST = 2_000  # nodes: a larger graph takes a second to draw, which no cell should wait for
_watches: dict[str, Watch] = {}  # by name, those of this session


class Watch:
    """One watched name. ``graph`` is its Graph as it was last drawn, None while there is none; ``says`` why not.

    Shown in a notebook it is the graph, now and after each later cell. Elsewhere ``look()`` looks again.
    """

    def __init__(self, name: str, names: Mapping[str, Any]):
        self.name, self.graph, self.says, self.drawn = name, None, "", 0
        self._names, self._display, self._facts, self._seen = names, uuid.uuid4().hex, None, False
        self.look()

    name: str
    graph: Graph | None
    says: str
    drawn: int

    def look(self) -> bool:
        """Draw the graph if it is another one now: other nodes, values, ``.grad`` or versions. Whether it was drawn."""
        facts, picture, says = self._now()
        if facts == self._facts and says == self.says:
            return False
        self._facts, self.says = facts, says
        self.graph = None if picture is None else Graph(picture)
        self.drawn += 1
        return True

    def _now(self) -> tuple[Any, Picture | None, str]:
        try:
            value = eval(self.name, {}, self._names)  # an entry or an attribute too: losses[0], model.weight
        except Exception:
            return None, None, f"{self.name} is not there {'any more' if self._seen else 'yet'}"
        self._seen = True
        if not isinstance(value, Tensor):
            return None, None, f"{self.name} is no Tensor now, but of type {type(value).__name__}"
        if not value.requires_grad:
            return None, None, f"{self.name} has no graph now: it does not require grad"
        try:
            picture = Picture.of(value, self._names, self.name)
        except Exception as error:  # never the learner's cell's trouble
            return None, None, f"{self.name} could not be drawn: {error}"
        if len(picture.nodes) > MOST:
            return None, None, f"{self.name} has {len(picture.nodes):,} nodes now, too many to draw after every cell"
        return picture.to_wire(), picture, ""

    def stop(self) -> None:
        """Let the drawing stay as it is."""
        if _watches.get(self.name) is self:
            del _watches[self.name]
        if not _watches:
            after_cells(_after_cell, False)

    @property
    def is_on(self) -> bool:
        """Whether it is still followed."""
        return _watches.get(self.name) is self

    def __repr__(self) -> str:
        return f"watching {self.name}: {self.says}" if self.graph is None else f"watching {self.name}\n{self.graph!r}"

    def _bundle(self) -> dict[str, Any]:
        bundle = {} if self.graph is None else self.graph._repr_mimebundle_()
        return bundle | {"text/plain": repr(self)}

    def _ipython_display_(self) -> None:
        self._show(False)

    def _show(self, again: bool) -> None:
        from IPython.display import publish_display_data

        publish_display_data(self._bundle(), transient={"display_id": self._display}, update=again)


def watch(x: Tensor | str, names: Mapping[str, Any] | None = None) -> Watch:
    """Show the graph of ``x`` and draw it again after every cell that changes it, until ``unwatch``.

    ``x`` is a tensor that has a name in the calling code, or that name, such as ``"loss"`` or ``"losses[0]"``; the name is what
    is followed. A name that is not there yet is waited for. ``names`` are the variables to look in instead. Watching a name
    again replaces its watch. Outside a notebook nothing is drawn by itself: ``look()`` and print.

    TypeError for something else, RuntimeError if it does not require grad, ValueError for a tensor without a name, SyntaxError
    for a string that is no expression.

    >>> import autograd_lab as torch
    >>> w = torch.tensor(3.0, requires_grad=True)
    >>> loss = w * w
    >>> watched = torch.watch(loss)
    >>> loss = loss + w
    >>> watched.look(), len(watched.graph.picture.operations)
    (True, 2)
    >>> torch.unwatch("loss")
    """
    names = caller_namespace() if names is None else names
    if isinstance(x, str):
        name = x
        try:
            x = eval(name, {}, names)
        except (NameError, LookupError, AttributeError):  # the cell that makes it was not run yet
            return _follow(name, names)
    else:
        name = next((name for name, tensor in named_tensors(names) if tensor is x), "")
    if not isinstance(x, Tensor):
        raise TypeError(f"watch() follows a Tensor, and this is of type {type(x).__name__}.")
    if not name:
        raise ValueError("this tensor has no name in the calling code, and a watch follows a name: assign it first.")
    if not x.requires_grad:
        raise RuntimeError(f"{name} does not require grad, so there is no graph to watch.")
    return _follow(name, names)


def _follow(name: str, names: Mapping[str, Any]) -> Watch:
    made = _watches[name] = Watch(name, names)
    after_cells(_after_cell)
    return made


def unwatch(name: str | None = None) -> None:
    """Stop watching ``name``, or everything; what is drawn stays. KeyError if that name is not watched."""
    if name is not None and name not in _watches:
        watched = ", ".join(_watches) or "nothing"
        raise KeyError(f"{name} is not watched; watched: {watched}")
    for watched in [_watches[name]] if name is not None else list(_watches.values()):
        watched.stop()


def _after_cell(*_: Any) -> None:
    for watched in list(_watches.values()):
        if watched.look():
            watched._show(True)
