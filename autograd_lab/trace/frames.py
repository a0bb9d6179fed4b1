"""How a BackwardStep becomes a Frame: ids for nodes, summaries for arrays, and the things that happened in their order."""

from __future__ import annotations

from bisect import insort
from copy import copy

from ..core.node import AccumulateGrad, Output
from . import failure as failures
from . import rules
from .failure import array_of
from .kept import Kept
from .picture import PictureEdge
from .summary import summarise
from .wire import Frame

QUEUE = 32  # of the nodes that are ready, how many a frame names; it says how many more there are
STOPS = {"inplace": "a saved tensor was modified in place", "freed": "its saved tensors were freed by an earlier backward"}


class FrameWriter:
    """Writes Frames; witness of the pass while it steps. Of arrays it holds what ``kept`` holds, small ones."""

    def __init__(self, recording, backward_pass, frees: bool):
        self.recording, self.picture, self.run, self.frees = recording, recording.picture, backward_pass, frees
        picture = self.picture
        self.ids = picture.points
        self.missing = {node.id: node.expects for node in picture.nodes}
        self.arrived = dict.fromkeys(self.missing, 0)
        self.passed: dict[str, None] = {}
        self.freed: list[str] = []  # since the last frame
        self.alive: dict[str, set[str]] = {}
        self.size: dict[str, int] = {}
        for saved in picture.saved:
            self.alive.setdefault(saved.buffer, set()).add(saved.id)
            self.size[saved.buffer] = max(saved.bytes, self.size.get(saved.buffer, 0))
        self.bytes = sum(self.size.values())
        self.sinks: list[str] = []  # ready leaves, first come first
        self.ops: list[tuple[int, str]] = []  # ready operations, (-seq, id): newest first
        self.current: _Visit | None = None
        self.kept = Kept(not backward_pass.keep)

    def carried_on(self, recording, backward_pass) -> FrameWriter:
        """A writer that knows what this one has seen, for another recording of the same picture."""
        other = copy(self)
        other.recording, other.run, other.current = recording, backward_pass, None
        other.missing, other.arrived, other.passed = dict(self.missing), dict(self.arrived), dict(self.passed)
        other.freed = list(self.freed)
        other.alive = {buffer: set(holders) for buffer, holders in self.alive.items()}
        other.sinks, other.ops = list(self.sinks), list(self.ops)
        other.kept = self.kept.forked(not backward_pass.keep)
        return other

    # ---------------------------------------------------------------- what the pass tells
    def visiting(self, point, g) -> None:
        """A point's turn has come; g is None where nothing has."""
        if type(point) is Output:
            return
        visit = self.current = _Visit(point)
        visit.g = g
        if g is None and not self._runs_for_nothing(self.ids[point]):
            return
        self.kept.visit(self.ids[point], point)
        if type(point) is AccumulateGrad:
            self._remember(visit, point.grad)
            return
        if point.hooks is not None and point.hooks.retain:
            visit.retaining = _retaining(point)
            self._remember(visit, None if visit.retaining is None else visit.retaining._more.grad)
        visit.terms = rules.terms(point, self.picture.inputs[self.ids[point]], self._label, _arrays(g))

    def _remember(self, visit, grad) -> None:
        """What ``.grad`` is before the step; summarised now, because accumulating writes over it."""
        if grad is not None:
            visit.prior, visit.before = summarise(grad._array), grad._array
            self.kept.array(f"prior:{len(self.recording.frames)}", grad)

    def passed_over(self, point) -> None:
        """Nothing has come to a point, and it has sent nothing on."""
        self.current = None
        me = self.ids[point]
        self._dequeue(me)
        self._pass_over(me)
        self._free(me)

    def hooked(self, hook, g, slot) -> None:
        """A tensor hook at an output, or a prehook, has run; g is the gradient after it, None where nothing has come."""
        if self.current is not None and g is not None and not isinstance(g, (list, tuple)):
            self.current.hooks.append((hook, array_of(g), slot))

    # ---------------------------------------------------------------- frames
    def before(self) -> Frame:
        """Frame 0: the seed, the queue, the bytes held."""
        root = self.picture.root
        seeds = list(self.run.grads.values())
        self._enqueue(root)
        frame: Frame = {"step": 0, "node": None, "edges": {}, "ready": [], "bytes": 0, "events": []}
        if seeds:
            frame["seed"] = {"node": root, "value": summarise(array_of(seeds[0]))}
        return self._finish(frame)

    def after(self, step) -> Frame:
        """The Frame of a step that has been taken."""
        visit, frame = self._begin(step.node)
        me = self.ids[step.node]
        self.current = None
        self._dequeue(me)
        self._tell_hooks(frame, visit)
        if step.grad_in is not None:
            self.kept.arrive(me, step.grad_in)
        if type(step.node) is AccumulateGrad:
            self._tell_accumulation(frame, visit, step)
        else:
            self._tell_gradients(frame, visit, step)
        return self._finish(frame)

    def failed(self, error: BaseException) -> Frame:
        """The Frame of a step that raised."""
        visit = self.current
        if visit is None:
            raise error
        self.current = None
        _, frame = self._begin(visit.point, visit)
        self._tell_hooks(frame, visit)
        me = self.ids[visit.point]
        self._dequeue(me)
        failure = failures.of_error(error, self.picture, visit.point, frame["step"], visit.terms)
        self.recording.failure = failure
        frame["events"].append({"kind": "error", "text": STOPS.get(failure["kind"], f"{type(error).__name__}: {error}"[:200])})
        return self._finish(frame)

    def _begin(self, point, visit=None) -> tuple[_Visit, Frame]:
        visit = visit or self.current or _Visit(point)
        me = self.ids[point]
        frame: Frame = {"step": len(self.recording.frames), "node": me, "edges": {}, "ready": [], "bytes": 0, "events": []}
        arrays = _arrays(visit.g)
        if isinstance(arrays, list):
            frame["g"] = next((summarise(g) for g in arrays if g is not None), {"shape": [], "norm": 0, "corner": [[0]]})
            frame["slots"] = [None if g is None else summarise(g) for g in arrays]
        elif arrays is not None:
            frame["g"] = summarise(arrays)
            self.kept.array(f"g:{frame['step']}", arrays)
        if self.arrived[me] > 1:
            frame["events"].append({"kind": "sum", "text": f"{self.arrived[me]} contributions summed"})
        return visit, frame

    def _tell_hooks(self, frame: Frame, visit: _Visit) -> None:
        before = [*frame.get("slots", [frame.get("g")])]
        for i, (hook, g, slot) in enumerate(visit.hooks):
            line, after = self._line_of(hook), summarise(g)
            self.kept.array(f"hook:{frame['step']}:{i}", g)
            frame.setdefault("hooks", []).append({"line": line or 0, "after": after})
            name = getattr(hook, "__name__", type(hook).__name__)
            where = f"hook of line {self.picture.line_number(line)}" if line else f"hook {name}"
            frame["events"].append(
                {"kind": "hook", "text": f"{where} {'read' if after == before[slot] else 'changed'} the gradient"}
            )
            before[slot] = after

    def _tell_accumulation(self, frame: Frame, visit: _Visit, step) -> None:
        me, sink = self.ids[step.node], step.node
        if not sink.wanted:
            return
        name = self.picture.by_id[me].name or "leaf"
        results = getattr(self.run, "results", None)
        total = sink.grad if results is None else results[sink]
        frame["grads"] = {me: summarise(array_of(total))}
        self.kept.array(f"grad:{me}", total)
        if visit.prior is not None:
            frame["prior"] = visit.prior
            text = f"{name}.grad was not None: the earlier backward's gradient stays in the sum"
            frame["events"].append({"kind": "warning", "text": text})
        frame["events"].append({"kind": "accumulate", "text": f"{name}.grad {'=' if visit.prior is None else '+='} g"})

    def _tell_gradients(self, frame: Frame, visit: _Visit, step) -> None:
        me = self.ids[step.node]
        if visit.retaining is not None:
            kept = visit.retaining._more.grad
            if hasattr(self.run, "results"):
                g = array_of(step.grad_in)
                kept = g if visit.before is None else visit.before + g
            frame["grads"] = {me: summarise(array_of(kept))}
            self.kept.array(f"grad:{me}", kept)
            if visit.prior is not None:
                frame["prior"] = visit.prior
            name = self.picture.label(self.picture.by_id[me])
            frame["events"].append({"kind": "retain", "text": f"{name}.grad kept (retain_grad)"})
        frame["rules"] = [term.wire for term in visit.terms]
        for term in visit.terms:
            self.kept.array(f"local:{term.wire['edge']}", term.local)
        finite_before = step.grad_in is None or failures.is_finite(step.grad_in)
        for edge in self.picture.inputs[me]:
            if edge.blocked is not None:
                continue
            sent = array_of(step.grads_out[edge.slot]) if edge.slot < len(step.grads_out) else None
            frame["edges"][edge.id] = None if sent is None else summarise(sent)
            self.kept.array(f"edge:{edge.id}", sent)
            self._deliver(edge.src, sent is not None)
            if sent is not None and finite_before and self.recording.failure is None and not failures.is_finite(sent):
                self._tell_nan(frame, visit, edge, step, sent)
        self._free(me)

    def _tell_nan(self, frame: Frame, visit: _Visit, edge: PictureEdge, step, sent) -> None:
        term = next((t for t in visit.terms if t.wire["edge"] == edge.id), None)
        node = self.picture.by_id[self.ids[step.node]]
        g = array_of(step.grad_in)
        self.recording.failure = failures.of_nan(self.picture, node, frame["step"], edge, g, sent, term)
        born = "NaN" if (sent != sent).any() else "infinity"
        frame["events"].append({"kind": "error", "text": f"{born} born here"})

    # ---------------------------------------------------------------- queue and memory
    def _finish(self, frame: Frame) -> Frame:
        frame["ready"] = (self.sinks + [i for _, i in self.ops[: QUEUE + 1]])[:QUEUE]
        more = len(self.sinks) + len(self.ops) - len(frame["ready"])
        if more:
            frame["more"] = more
        if not self.run.grads:  # nothing is left but to pass over what is left
            for me in self.passed:
                self._free(me)
        if self.freed:
            frame["freed"], self.freed = self.freed, []
            frame["events"].append({"kind": "free", "text": "saved tensors freed"})
        frame["bytes"] = self.bytes
        return frame

    def _deliver(self, src: str, came: bool) -> None:
        """One contribution has come, or will never come; the last one makes its receiver ready, if any has come."""
        self.missing[src] -= 1
        self.arrived[src] += came
        if not self.missing[src]:
            if self.arrived[src] or self._runs_for_nothing(src):
                self._enqueue(src)
            else:
                self._pass_over(src)

    def _pass_over(self, me: str) -> None:
        """No gradient comes to this node, and it sends none on. What it would have sent never comes either."""
        passed = [me]
        for node in passed:  # the list grows while it is read: a long chain may end in None
            if node in self.passed:
                continue
            self.passed[node] = None
            for edge in self.picture.inputs[node]:
                if edge.blocked is None:
                    self.missing[edge.src] -= 1
                    if not self.missing[edge.src]:
                        if self.arrived[edge.src] or self._runs_for_nothing(edge.src):
                            self._enqueue(edge.src)
                        else:
                            passed.append(edge.src)

    def _runs_for_nothing(self, me: str) -> bool:
        """Whether a node is called though nothing has come: a Function is given zeros, and may send something on."""
        return self.picture.by_id[me].kind == "function"

    def _enqueue(self, me: str) -> None:
        node = self.picture.by_id[me]
        if node.kind == "leaf":
            self.sinks.append(me)
        else:
            insort(self.ops, (-(node.seq or 0), me))

    def _dequeue(self, me: str) -> None:
        if me in self.sinks:
            self.sinks.remove(me)
        elif (entry := (-(self.picture.by_id[me].seq or 0), me)) in self.ops:
            self.ops.remove(entry)

    def _free(self, me: str) -> None:
        """What a node saved is let go, if the pass frees."""
        for saved in self.picture.saved_by.get(me, ()) if self.frees else ():
            holders = self.alive[saved.buffer]
            if saved.id in holders:
                holders.discard(saved.id)
                self.freed.append(saved.id)
                if not holders:
                    self.bytes -= self.size[saved.buffer]

    # ---------------------------------------------------------------- small print
    def _label(self, edge: PictureEdge) -> str:
        """The value at the far end of an edge, in a rule: its variable without a version, or a short expression."""
        node = self.picture.by_id[edge.src]
        if edge.out is not None:
            return self.picture.source_label(edge)
        if node.name:
            name, _, version = node.name.rpartition(" v")
            return name if version.isdigit() else node.name
        if node.kind == "constant":
            label = self.picture.label(node)
            return edge.arg if label == "constant" else label
        text = "" if node.id in self.picture.on_the_way else self.picture.expression(node)
        return text if 0 < len(text) <= 12 else edge.arg

    def _line_of(self, hook) -> int | None:
        """The line of a hook in the picture's source, None if it stands elsewhere."""
        code = getattr(hook, "__code__", None)
        return None if code is None else self.picture.row_of(code.co_filename, code.co_firstlineno)


def _retaining(point):
    """The tensor whose ``retain_grad()`` waits at this point, None if it is gone."""
    tensors = (keep.tensor() for keep in point.hooks.retain.values())
    return next((tensor for tensor in tensors if tensor is not None), None)


def _arrays(g):
    """What arrived, as an array, or as a list of arrays at a node with several outputs."""
    return [None if x is None else array_of(x) for x in g] if isinstance(g, list) else None if g is None else array_of(g)


class _Visit:
    """What is known of a step before it has been taken."""

    __slots__ = ("before", "g", "hooks", "point", "prior", "retaining", "terms")

    def __init__(self, point):
        self.point, self.g, self.hooks, self.terms = point, None, [], []
        self.prior = self.before = self.retaining = None
