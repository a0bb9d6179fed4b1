"""Picture: a graph as plain data. Cards, the lines between them, what is kept in memory, and where in the source it was made.

A Picture holds no array, no tensor and no node: it can be drawn, saved and compared when all of those are gone. It
remembers weakly which card stands for which node, so that a recording of a pass over the same graph can say whose step it
was.

>>> import autograd_lab as torch
>>> x = torch.tensor(3.0, requires_grad=True)
>>> picture = Picture.of((x * x).exp(), names={"x": x})
>>> [(node.id, node.op, node.name) for node in picture.nodes]
[('t0', 'AccumulateGrad', 'x'), ('n0', 'mul', ''), ('n1', 'exp', '')]
>>> [(edge.src, edge.dst, edge.arg) for edge in picture.edges]
[('t0', 'n0', 'x'), ('t0', 'n0', 'y'), ('n0', 'n1', 'x')]
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .progress import Progress, each
from .wire import WIRE, Group, Layout, Source, Summary

if TYPE_CHECKING:
    from ..core.tensor import Tensor


def _wire(thing, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """A dataclass as a wire object; the named fields are left out while they are None."""
    out = {name: getattr(thing, name) for name in thing.__dataclass_fields__}
    return {name: value for name, value in out.items() if value is not None or name not in optional}


def _from_wire(kind, data: Mapping[str, Any]):
    return kind(**{name: data[name] for name in kind.__dataclass_fields__ if name in data})


@dataclass(frozen=True, slots=True)
class PictureNode:
    """A card: an operation and the value it made, a leaf and its ``.grad``, or a constant.

    ``id`` is ``n0, n1, ...`` for operations in the order they ran, ``t0, t1, ...`` for leaves and constants in the order
    they were used. ``expects`` counts the gradient contributions it waits for. ``line`` counts from 1 in
    ``Picture.source["text"]``, ``span`` characters from 0. ``maker`` is the node whose rule made it in a pass with
    ``create_graph``, "" if that is not in the picture, None for what no pass made.
    """

    id: str
    kind: str
    op: str
    name: str
    value: Summary
    dtype: str
    expects: int
    line: int | None
    group: str | None = None
    fn: str | None = None
    seq: int | None = None
    span: list[int] | None = None
    mode: str | None = None
    maker: str | None = None

    @property
    def is_op(self) -> bool:
        """An operation, ours or a user's Function."""
        return self.kind in ("op", "function")


@dataclass(frozen=True, slots=True)
class PictureEdge:
    """One use of the value of ``src`` as argument ``slot``, called ``arg``, of ``dst``.

    ``blocked`` says why no gradient comes back this way: constant, detached, no_grad; None: one does. ``out`` is the
    output of ``src`` that is used, where it has several.
    """

    id: str
    src: str
    dst: str
    slot: int
    arg: str
    blocked: str | None
    out: int | None = None


@dataclass(frozen=True, slots=True)
class SavedTensor:
    """The value of ``of``, kept by ``node`` since ``version``; ``now`` is the version when the picture was taken.

    ``name`` is the variable, without a version. Equal ``buffer``s are one allocation.
    """

    id: str
    node: str
    of: str
    name: str
    shape: list[int]
    bytes: int
    buffer: str
    version: int
    now: int


@dataclass(frozen=True, slots=True)
class TensorRow:
    """One row of the tensor table; ``grad`` is ``.grad`` when the picture was taken, None is None."""

    node: str
    name: str
    shape: list[int]
    dtype: str
    is_leaf: bool
    requires_grad: bool
    retains_grad: bool
    version: int
    grad: Summary | None


@dataclass(frozen=True, repr=False)
class Picture:
    """A graph, drawn once: see the module's docstring. Make one with ``Picture.of(tensor)``."""

    title: str
    root: str
    source: Source
    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]
    saved: tuple[SavedTensor, ...]
    tensors: tuple[TensorRow, ...]
    groups: tuple[Group, ...] = ()
    layouts: tuple[Layout, ...] = ()
    points: Mapping[Any, str] = field(default_factory=lambda: MappingProxyType({}), repr=False, compare=False)
    files: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}), repr=False, compare=False)

    @classmethod
    def of(cls, x: Tensor, names: Mapping[str, Any] | None = None, title: str | None = None) -> Picture:
        """The graph that ``x`` is the result of.

        ``names`` maps variable names to tensors (or to dicts, lists, modules that hold some); None takes the variables of
        the calling code. TypeError if x is not a Tensor, RuntimeError if it does not require grad and so has no graph.
        """
        from .survey import survey

        with Progress("drawing the graph"):
            return survey(x, names, title)

    @cached_property
    def by_id(self) -> dict[str, PictureNode]:
        """The nodes by id."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def inputs(self) -> dict[str, list[PictureEdge]]:
        """The edges that end at each node, by argument position."""
        found: dict[str, list[PictureEdge]] = {node.id: [] for node in self.nodes}
        for edge in self.edges:
            found[edge.dst].append(edge)
        return found

    @cached_property
    def saved_by(self) -> dict[str, list[SavedTensor]]:
        """What each node keeps; nodes that keep nothing are not in it."""
        found: dict[str, list[SavedTensor]] = {}
        for saved in self.saved:
            found.setdefault(saved.node, []).append(saved)
        return found

    @property
    def operations(self) -> list[PictureNode]:
        """The operations, oldest first."""
        return [node for node in self.nodes if node.is_op]

    @property
    def leaves(self) -> list[PictureNode]:
        """The leaves that require a gradient, in the order they were first used."""
        return [node for node in self.nodes if node.kind == "leaf"]

    @property
    def steps(self) -> int:
        """How many steps a whole backward pass takes: one an operation, one a leaf."""
        return sum(node.kind != "constant" for node in self.nodes)

    @cached_property
    def key(self) -> str:
        """A short name for this drawing: the same structure has the same key."""
        facts = [(n.id, n.op, n.name, n.value["shape"]) for n in self.nodes], [(e.src, e.dst, e.slot) for e in self.edges]
        return f"{zlib.crc32(repr(facts).encode()):08x}"

    def label(self, node: PictureNode) -> str:
        """What to call a node: its variable, else its expression when that is short and the node made its value, else its operation."""
        if node.name:
            return node.name
        if node.kind == "constant":
            corner = node.value["corner"]
            return str(corner[0][0]) if not node.value["shape"] and corner else "constant"
        text = "" if node.id in self.on_the_way else self.expression(node)
        return text if 0 < len(text) <= 9 else node.op

    @cached_property
    def on_the_way(self) -> frozenset[str]:
        """Operations that an expression made on its way, for another one of it to read: the last one alone is called by it.

        What a pass made is all on the way: no expression says it.
        """
        found = {node.id for node in self.operations if node.maker is not None}
        places = {
            node.id: (node.line, *node.span)
            for node in self.operations
            if node.id not in found and node.line is not None and node.span is not None
        }
        for edge in self.edges:
            place = places.get(edge.src)
            if place is not None and place == places.get(edge.dst):
                found.add(edge.src)
        return frozenset(found)

    def source_label(self, edge: PictureEdge) -> str:
        """What to call the value that runs along an edge: of several outputs, the one it is."""
        node = self.by_id[edge.src]
        if edge.out is None:
            return self.label(node)
        names = node.name.split(", ")
        name = names[edge.out] if edge.out < len(names) else ""
        return name if name not in ("", "_") else f"{node.op}[{edge.out}]"

    def __repr__(self) -> str:
        return f"Picture({len(self.nodes)} nodes, {len(self.edges)} edges)"

    def expression(self, node: PictureNode) -> str:
        """The part of the source that made the node, "" if it is not known."""
        if node.line is None or node.span is None:
            return ""
        return self.source["text"][node.line - 1][slice(*node.span)]

    def line_number(self, line: int | None) -> int | None:
        """The number a user sees beside a line of ``source["text"]``: that in its own cell or file."""
        if line is None:
            return None
        for part in reversed(self.source.get("parts", ())):
            if part["row"] < line:
                return line - part["row"] + part["first"] - 1
        return line

    def row_of(self, filename: str, number: int) -> int | None:
        """The line of ``source["text"]`` that shows line ``number`` of a file; None if it is not shown."""
        row = self.files[filename] + number if filename in self.files else 0
        return row if 0 < row <= len(self.source["text"]) else None

    def to_wire(self) -> dict[str, Any]:
        """The wire object ``Picture`` of wire.py: JSON types only."""
        return {
            "wire": WIRE,
            "key": self.key,
            "title": self.title,
            "root": self.root,
            "source": self.source,
            "nodes": [
                _wire(node, ("fn", "seq", "span", "mode", "maker"))
                for node in each(self.nodes, "writing the graph", unit="node")
            ],
            "edges": [_wire(edge, ("out",)) for edge in self.edges],
            "groups": list(self.groups),
            "saved": [_wire(saved) for saved in self.saved],
            "tensors": [_wire(row) for row in self.tensors],
            "layouts": list(self.layouts),
        }

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Picture:
        """A Picture from what ``to_wire`` gave. ValueError if it is of another wire version."""
        if data.get("wire") != WIRE:
            was = data.get("wire")
            raise ValueError(f"this is wire version {was!r}; this autograd_lab reads version {WIRE}. Record it again.")
        return cls(
            title=data["title"],
            root=data["root"],
            source=data["source"],
            nodes=tuple(_from_wire(PictureNode, n) for n in data["nodes"]),
            edges=tuple(_from_wire(PictureEdge, e) for e in data["edges"]),
            saved=tuple(_from_wire(SavedTensor, s) for s in data["saved"]),
            tensors=tuple(_from_wire(TensorRow, t) for t in data["tensors"]),
            groups=tuple(data["groups"]),
            layouts=tuple(data["layouts"]),
        )
