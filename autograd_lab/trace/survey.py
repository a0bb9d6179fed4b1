"""From a recorded graph to a Picture: one walk, without recursion, linear in the size of the graph.

The graph itself tells operations, leaves, edges and what is saved. Births, when they are noted (always in a notebook), tell
the rest: values, constants, source lines, why an edge carries no gradient. Without them the picture is the same graph with
less written on it; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from ..core import births, errors
from ..core.face import Points
from ..core.function import FunctionNode
from ..core.inplace import CopySlices
from ..core.node import AccumulateGrad, Output
from ..core.tensor import Tensor
from ..nn.parameter import Parameter
from .groups import GROUPED, Layers, groups_of
from .names import Names, caller_namespace, key_of, shortened
from .nesting import period
from .picture import Picture, PictureEdge, PictureNode, SavedTensor, TensorRow
from .progress import each
from .reading import as_written, dtype_name, operands, walk, word_of
from .saved import buffer_of, saved_tensors
from .source import Place, Sources
from .summary import number, partial_summary, summarise

SHORT = 9  # characters up to which an expression stands for a value without a name


def survey(x: Tensor, names: Mapping[str, Any] | None = None, title: str | None = None) -> Picture:
    """The Picture of the graph that ``x`` is the result of; ``Picture.of`` says what is raised."""
    if not isinstance(x, Tensor):
        kind = _a(type(x).__name__)
        raise TypeError(f"a graph belongs to a Tensor, but this is {kind}. Give the tensor an operation returned.")
    point = x._current()
    if point is None:
        raise RuntimeError(
            f"{errors.NO_GRAD_FN}. It has no graph: nothing it was computed from requires a gradient, or it was computed under "
            "no_grad. Make a leaf with requires_grad=True and compute from it."
        )
    return _Survey(point, caller_namespace() if names is None else names).picture(title)


def _a(word: str) -> str:
    return f"an {word}" if word[:1].lower() in "aeiou" else f"a {word}"


class _Survey:
    """The working state of one survey; strong references to the graph live only as long as it."""

    def __init__(self, root, namespace):
        self.root = root.node if type(root) is Output else root
        self.nodes, self.sinks = walk(self.root)
        self.names, self.sources, self.namespace = Names(namespace), Sources(), namespace
        points = [*self.nodes, *self.sinks]
        self.marked: dict[Any, Any] = {mark: point for point in points if (mark := getattr(point, "mark", None)) is not None}
        self.ids: dict[Any, str] = {node: f"n{i}" for i, node in enumerate(self.nodes)}
        self.births: dict[Any, Any] = {
            node: births.birth_of(node.inner if isinstance(node, CopySlices) else node) for node in self.nodes
        }
        self.sites = {(birth.code, birth.lasti) for birth in self.births.values() if birth is not None}
        self.places: dict[str, Place | None] = {}
        self.base: dict[str, str] = {}  # id -> the variable, without a version
        self.shown: dict[str, str] = {}  # id -> how the card is called: "e v0" for an earlier value of e
        self.tensors: dict[str, Tensor] = {}  # id -> the living tensor, where there is one
        self.values: dict[str, Any] = {}
        self.shapes: dict[str, tuple] = {}
        self.dtypes: dict[str, str] = {}
        self.order: list[tuple[str, str, Any]] = []  # (id, kind, node, sink or constant) in the order to draw
        self.edges: list[PictureEdge] = []
        self.constants: dict[Any, str] = {}
        self.modes: dict[str, str] = {}
        self.saved: list[SavedTensor] = []
        self.outside = 0
        made = {self.ids[node]: birth for node, birth in self.births.items() if birth is not None and birth.layer is not None}
        self.layers = {me: birth.layer for me, birth in made.items()}
        self._makers = {me: birth.maker() for me, birth in made.items()}

    def picture(self, title) -> Picture:
        for node in each(self.nodes, "drawing the graph", unit="node"):
            self._draw(node)
        if not self.nodes:
            self._leaf(self.root)
        self._name_operations()
        self._find_values()
        self._list_saved()
        made = [self.places.get(self.ids[node]) for node in self.nodes or [self.root]]
        text, parts = self.sources.excerpt(place for place in made if place is not None)
        rows = {name: row - first + 1 for name, row, first, _ in parts}  # what to add to a line's number in its own file
        expects: dict[str, int] = {}
        for edge in self.edges:
            if edge.blocked is None:
                expects[edge.src] = expects.get(edge.src, 0) + 1
        group, groups = self._groups()
        looked_at = each(self.order, "looking at the values", unit="node")
        nodes = tuple(self._card(*entry, rows, expects, group) for entry in looked_at)
        points = Points()  # weak, or a picture on the screen would keep its graph in memory
        for point, i in self.ids.items():
            points[point] = i
        source: Any = {"cell": parts[-1][3] if parts else "", "text": text}
        if len(parts) > 1 or (parts and parts[0][2] > 1):
            source["parts"] = [{"cell": label, "row": row, "first": first} for _, row, first, label in parts]
        name = self.shown.get(root := self.ids[self.root]) or self.sources.text(self.places.get(root))
        return Picture(
            title=title or shortened(name or self.root.name().rsplit("::")[-1], 80), root=root, source=source, nodes=nodes,
            edges=tuple(self.edges), saved=tuple(self.saved), tensors=tuple(self._rows(nodes)), groups=groups, points=points, files=rows,
        )  # fmt: skip

    # ---------------------------------------------------------------- cards and lines
    def _draw(self, node):
        """The lines into ``node``, the leaves and constants they come from, and the node itself."""
        me = self.ids[node]
        for slot, arg, point, kept in operands(node, self.births[node]):
            edge = f"e{len(self.edges)}"
            if point is not None:
                maker = point.node if type(point) is Output else point
                src = self._leaf(maker) if type(maker) is AccumulateGrad else self.ids[maker]
                several = point.slot if type(point) is Output else None
                self.edges.append(PictureEdge(edge, src, me, slot, arg, None, several))
                if kept is not None and src not in self.values and (value := kept.value()) is not None:
                    self.values[src] = value
                continue
            src, blocked = self._constant(kept)
            self.edges.append(PictureEdge(edge, src, me, slot, arg, blocked))
        self.order.append((me, "function" if isinstance(node, FunctionNode) else "op", node))

    def _leaf(self, sink) -> str:
        if sink not in self.ids:
            self.ids[sink] = self._outside("leaf", sink)
            me = self.ids[sink]
            self.values[me], self.shapes[me] = sink.array, sink.array.shape
            name, tensor = self.names.at(sink)
            tensor = tensor if tensor is not None else sink.owner()
            birth = births.birth_of(sink) or (births.birth_of(tensor) if tensor is not None else None)
            if birth is not None:
                self.places[me] = self.sources.place(birth.code, birth.lasti)
            self._call(me, name or _first(self.sources.assigned(self.places.get(me))))
            if tensor is not None:
                self.tensors[me] = tensor
        return self.ids[sink]

    def _constant(self, kept) -> tuple[str, str]:
        """(id of what stands at the other end of a line without gradient, why there is none)."""
        if kept is None:
            return self._outside("constant", None), "constant"
        maker = None if kept.source is None else self.marked.get(kept.source())
        if maker is not None:
            return self._leaf(maker) if type(maker) is AccumulateGrad else self.ids[maker], "detached"
        tensor, blocked = kept.tensor(), kept.blocked or "constant"
        key = (id(tensor), kept.version) if tensor is not None else object()  # a number is a new constant at each use
        if key not in self.constants:
            self.constants[key] = me = self._outside("constant", kept)
            self.values[me], self.shapes[me] = kept.value(), kept.shape
            if kept.blocked == "no_grad":
                self.modes[me] = "no_grad"
            if tensor is not None:
                name = self.names.by_tensor.get(id(tensor), "")
                birth = births.birth_of(tensor)
                if birth is not None:
                    self.places[me] = self.sources.place(birth.code, birth.lasti)
                    if not name and (birth.code, birth.lasti) not in self.sites:  # or what is assigned was computed from it
                        name = _first(self.sources.assigned(self.places[me]))
                self._call(me, name, f" v{kept.version}" if tensor._node is not None else "")
                if tensor._node is None:
                    self.tensors[me] = tensor
        return self.constants[key], blocked

    def _outside(self, kind, thing) -> str:
        """The id of a new leaf or constant."""
        me = f"t{self.outside}"
        self.outside += 1
        self.order.append((me, kind, thing))
        return me

    def _call(self, me, name, version=""):
        if name:
            self.base[me], self.shown[me] = name, name + version

    # ---------------------------------------------------------------- names
    def _name_operations(self):
        """Variables first, then what was written over, then the assignment in the source."""
        sites: dict[Any, list] = {}
        for node in each(self.nodes, "finding names", unit="node"):
            birth = self.births[node]
            me = self.ids[node]
            if birth is not None:
                self.places[me] = self.sources.place(birth.code, birth.lasti)
                if me not in self.layers:  # or the last of what a pass made would be taken for what it returned
                    sites.setdefault((birth.code, birth.lasti), []).append(node)
            found = [self.names.by_point.get(_slot_key(node, slot), [("", None)])[0] for slot in range(max(1, node.outputs))]
            if any(name for name, _ in found):
                self._call(me, _joined([name for name, _ in found]))
                self.tensors[me] = next(tensor for _, tensor in found if tensor is not None)
        for made in sites.values():
            name = self.sources.assigned(self.places[self.ids[made[0]]])
            if not name:
                continue
            turn = period([self.births[node].op for node in made])
            for node in made[turn - 1 :: turn]:  # of an operation made of several, the last one is assigned
                if self.ids[node] not in self.base:
                    self._call(self.ids[node], _joined(name[: max(1, node.outputs)]) if isinstance(name, list) else name)
        self._name_earlier_values()

    def _name_earlier_values(self):
        for write in births.writes():  # newest first
            after, before = self.marked.get(write.after()), self.marked.get(write.before())
            if after in self.ids and before in self.ids:
                name = self.base.get(self.ids[after]) or self.base.get(self.ids[before])
                if name:
                    self._call(self.ids[after], name, self.shown.get(self.ids[after], "")[len(name) :])
                    self._call(self.ids[before], name, f" v{write.version - 1}")
                    self.tensors.pop(self.ids[before], None)
        for node in self.nodes:  # births off: the counter of a saved output still tells whose memory it was
            me = self.ids[node]
            if me not in self.base:
                for saved in saved_tensors(node):
                    if saved.name == "out" and saved.is_stale and id(saved.counter) in self.names.by_counter:
                        self._call(me, self.names.by_counter[id(saved.counter)][0], f" v{saved.version}")

    # ---------------------------------------------------------------- values
    def _find_values(self):
        """The forward value of every operation: as noted, as saved, or as the variable still holds it."""
        for node in each(self.nodes, "finding values", unit="node"):
            me, birth = self.ids[node], self.births[node]
            if birth is None or isinstance(node, CopySlices):
                self._value_from_tensor(me)
                continue
            out = birth.out
            self.shapes[me], self.dtypes[me] = out.shape, dtype_name(out.dtype)
            value = out.value()
            if value is not None:
                self.values[me] = value
            if me not in self.tensors and (tensor := out.tensor()) is not None and tensor.grad_fn is node:
                self.tensors[me] = tensor
        for node in self.nodes:
            for saved in saved_tensors(node):
                src = self.ids[node] if saved.name.startswith("out") else self._source_of(node, saved)
                if src is not None and not saved.is_stale and self.values.get(src) is None and saved.name != "out[1]":
                    self.values[src] = saved.array
        for node in self.nodes:
            if self.values.get(self.ids[node]) is None:
                self._value_from_tensor(self.ids[node])

    def _value_from_tensor(self, me):
        tensor = self.tensors.get(me)
        if tensor is not None:
            self.values[me] = tensor._array

    def _source_of(self, node, saved) -> str | None:
        """The id of the value that ``node`` saved under that name."""
        if saved.tensor is None:
            return self.ids[node]
        point = saved.tensor._node
        point = point.node if type(point) is Output else point
        if point in self.ids:
            for edge in self._inputs(node):
                if edge.src == self.ids[point]:
                    return edge.src
        for edge in self._inputs(node):
            if edge.arg == saved.name or self.tensors.get(edge.src) is saved.tensor:
                return edge.src
        return self.ids.get(point)

    def _inputs(self, node) -> list[PictureEdge]:
        if not hasattr(self, "_edges_into"):
            self._edges_into: dict[str, list[PictureEdge]] = {}
            for edge in self.edges:
                self._edges_into.setdefault(edge.dst, []).append(edge)
        return self._edges_into.get(self.ids[node], [])

    # ---------------------------------------------------------------- what is saved, and the tables
    def _list_saved(self):
        buffers: dict[int, str] = {}
        for node in each(self.nodes, "finding saved tensors", unit="node"):
            for s in saved_tensors(node):
                of = self._source_of(node, s) or self.ids[node]
                memory = buffer_of(s.array)
                buffer = buffers.setdefault(id(memory), f"b{len(buffers)}")
                name = self._of_output(s) or self.base.get(of) or self._unnamed(of) or s.name
                size, shape, me = min(s.array.nbytes, memory.nbytes), list(s.array.shape), self.ids[node]
                self.saved.append(SavedTensor(f"s{len(self.saved)}", me, of, name, shape, size, buffer, s.version, s.now))

    def _of_output(self, saved) -> str:
        """The variable of the one output that was saved, where a node has several; "" for any other node."""
        if saved.name.startswith("out[") and saved.name != "out[0]":
            return saved.name
        point = saved.tensor._node if saved.tensor is not None else None
        return self.names.at(point)[0] if type(point) is Output else ""

    def _maker(self, me) -> str | None:
        """The node whose rule made an operation; "" if that is not in this picture, None if no rule did."""
        point = self.marked.get(self._makers.get(me))
        return self.ids.get(point, "") if me in self.layers else None

    def _unnamed(self, me) -> str:
        """A value without a name: its expression when that is short, else what it is."""
        if me[0] != "n":
            value = self.values.get(me)
            return str(number(value)) if value is not None and not value.ndim else "constant"
        text = "" if me in self.layers or me in self._on_the_way else self.sources.text(self.places.get(me))
        return text if 0 < len(text) <= SHORT else self._word(me)

    @cached_property
    def _on_the_way(self) -> set[str]:
        """Values that another operation of their own expression reads: what the expression says is not they."""
        places = ((edge.src, self.places.get(edge.src), self.places.get(edge.dst)) for edge in self.edges)
        return {me for me, place, reader in places if place is not None and place.span and place == reader}

    def _word(self, me) -> str:
        word = word_of(self.nodes[int(me[1:])])
        return word if me in self.layers else as_written(word, self.sources.text(self.places.get(me)))

    def _groups(self):
        """(group of each node that is in one, the groups): none but layers in a picture that is read at once."""
        large = len(self.order) > GROUPED
        if not large and not self.layers:
            return {}, ()
        operations = [(self.ids[node], self.births[node]) for node in self.nodes]
        words = {self.ids[node]: word_of(node) for node in self.nodes}
        leaves = {me: self.tensors.get(me) for me, kind, _ in self.order if kind == "leaf"}
        given = {me for me, tensor in leaves.items() if tensor is not None and not isinstance(tensor, Parameter)}
        layers = Layers({me: (layer, self._maker(me) or "") for me, layer in self.layers.items()}, self._layer_names(), leaves)

        def facts(me):
            return words[me], self.shapes.get(me)

        return groups_of(operations, self.edges, facts, given, self.namespace, self.sources, layers, large)

    def _layer_names(self) -> dict[Any, str]:
        """``backward of y``: each pass with ``create_graph`` by what it started from, if that is known here."""
        known = {key[0] if type(key) is tuple else key: names[0][0] for key, names in self.names.by_point.items()}
        variables = {mark: name for point, name in known.items() if (mark := getattr(point, "mark", None)) is not None}
        out = {}
        for layer in dict.fromkeys(self.layers.values()):
            root = layer.root()
            me = self.ids.get(self.marked.get(root), "")
            name = variables.get(root) or (me and (self.base.get(me) or self._unnamed(me)))
            out[layer] = f"backward of {name}" if name else "backward"
        return out

    def _card(self, me, kind, thing, rows, expects, group) -> PictureNode:
        value, birth = self.values.get(me), self.births[thing] if kind in ("op", "function") else None
        if value is not None:
            summary, dtype = summarise(value), dtype_name(value.dtype)
        else:
            kept = thing if kind == "constant" else birth and birth.out
            whole = not isinstance(thing, CopySlices)
            summary = partial_summary(self.shapes.get(me, ()), kept.corner if kept and whole else None)
            dtype = self.dtypes.get(me) or (dtype_name(kept.dtype) if kept else "")
        place = self.places.get(me)
        line = span = None
        if place is not None and place.filename in rows:
            line, span = place.line + rows[place.filename], list(place.span) if place.span else None
        op, fn, seq = {"leaf": "AccumulateGrad", "constant": "constant"}.get(kind, ""), None, None
        if kind in ("op", "function"):
            op = self._word(me)
            fn, seq = thing.name().split("::")[-1], int(me[1:])
        return PictureNode(
            id=me, kind=kind, op=op, name=shortened(self.shown.get(me, ""), 80), value=summary, dtype=dtype, expects=expects.get(me, 0),
            line=line, group=group.get(me), fn=fn, seq=seq, span=span, mode=self.modes.get(me), maker=self._maker(me),
        )  # fmt: skip

    def _rows(self, nodes):
        retained = {self.ids[n] for n in self.nodes if n.hooks is not None and n.hooks.retain}
        for node in nodes:
            tensor = self.tensors.get(node.id)
            if not (node.name or node.kind == "leaf" or node.id in retained):
                continue
            grad = None
            if node.kind == "leaf" and tensor is not None:
                grad = tensor.grad
            elif node.id in retained and tensor is not None and tensor._more is not None:
                grad = tensor._more.grad
            version = tensor._counter[0] if tensor is not None and type(tensor._counter) is list else 0
            if tensor is None and " v" in node.name and (number := node.name.rpartition(" v")[2]).isdigit():
                version = int(number)
            yield TensorRow(
                node=node.id, name=node.name, shape=node.value["shape"], dtype=node.dtype, is_leaf=not node.is_op,
                requires_grad=node.kind != "constant", retains_grad=node.id in retained, version=version,
                grad=None if grad is None else summarise(grad._array),
            )  # fmt: skip


def _slot_key(node, slot):
    return key_of(node) if node.outputs == 1 else (node, slot)


def _joined(names: list[str]) -> str:
    """``values, indices``: the names of several outputs, an underscore for one without a name."""
    while names and not names[-1]:
        names = names[:-1]
    return ", ".join(name or "_" for name in names)


def _first(name: str | list[str]) -> str:
    return name if isinstance(name, str) else ""
