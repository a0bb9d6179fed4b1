"""``profile``: how often each operation ran and how long it took, forwards and backwards, in PyTorch's table.

While a profile is open it watches every operation, those of backward rules too (``core.dispatch``); otherwise nothing of this
exists. An event is a call that ran and was timed. What PyTorch's table lists inside one (``aten::to``, ``aten::empty``) and
NumPy does within it stands there too, by name and without a time (`INSIDE`). The annotations are evaluated, not strings, so
that ``inspect.signature`` prints what PyTorch's does.
"""

import json
from contextlib import ContextDecorator, ExitStack
from time import perf_counter_ns
from typing import Any

from ..core import births, scopes
from ..core.absent import missing
from ..core.backward import BackwardPass
from ..core.dispatch import FUSED, OnTensors, run, watching, word_of
from ..core.node import Output
from ..core.primitive import Primitive
from ..core.tensor import Tensor
from .profiler_types import ProfilerActivity

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "profile", "record_function"]

WIDTH, GAP = 12, 2  # of a column of numbers, and between columns


def _time(us: float) -> str:
    return f"{us / 1e6:.3f}s" if us >= 1e6 else f"{us / 1e3:.3f}ms" if us >= 1e3 else f"{us:.3f}us"


def _share(us: float, whole: float) -> str:
    return f"{us * 100.0 / whole:.2f}%" if whole else "NaN"


def _as_text(name):
    return property(lambda self: _time(getattr(self, name)))


class _Times:
    """What one event and the sum of several have in common: ``key``, ``count`` and microseconds."""

    key: str
    count: int
    cpu_time_total: float
    self_cpu_time_total: float
    input_shapes: Any

    cpu_time = property(lambda self: self.cpu_time_total / self.count if self.count else 0.0)
    cpu_time_str, cpu_time_total_str, self_cpu_time_total_str = map(
        _as_text, ("cpu_time", "cpu_time_total", "self_cpu_time_total")
    )


class Interval:
    """A stretch of time in microseconds since the profile was opened."""

    def __init__(self, start: float, end: float):
        self.start, self.end = start, end

    def elapsed_us(self) -> float:
        return self.end - self.start


class FunctionEvent(_Times):
    """One call: its name, when it ran, and the calls inside it."""

    count, thread = 1, 1

    def __init__(self, number: int, name: str, parent: "FunctionEvent | None", start: float, shapes, seq: int):
        self.id, self.name, self.cpu_parent, self.sequence_nr = number, name, parent, seq
        self.input_shapes, self.time_range, self.cpu_children = shapes, Interval(start, start), []
        if parent is not None:
            parent.cpu_children.append(self)

    key = property(lambda self: self.name)
    cpu_time_total = property(lambda self: self.time_range.elapsed_us())
    self_cpu_time_total = property(lambda self: self.cpu_time_total - sum(e.cpu_time_total for e in self.cpu_children))

    def __repr__(self) -> str:
        return (
            f"<FunctionEvent id={self.id} name={self.name} cpu_time={self.cpu_time_str} start_us={self.time_range.start} "
            f"end_us={self.time_range.end} cpu_children={[e.id for e in self.cpu_children]} input_shapes={self.input_shapes} "
            f"seq_nr={self.sequence_nr}>"
        )


class FunctionEventAvg(_Times):
    """Several calls together."""

    def __init__(self, key: str, shapes=None, cpu_parent: FunctionEvent | None = None):
        self.key, self.input_shapes, self.cpu_parent, self.count = key, shapes, cpu_parent, 0
        self.cpu_time_total = self.self_cpu_time_total = 0.0

    def add(self, event) -> "FunctionEventAvg":
        """Count ``event`` too."""
        self.count += event.count
        self.cpu_time_total += event.cpu_time_total
        self.self_cpu_time_total += event.self_cpu_time_total
        return self

    def __repr__(self) -> str:
        shapes = "" if self.input_shapes is None else self.input_shapes
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={self.self_cpu_time_total_str} cpu_time={self.cpu_time_str}  "
            f"self_cuda_time=0.000us cuda_time=0.000us input_shapes={shapes} cpu_memory_usage=0 cuda_memory_usage=0>"
        )


class EventList(list):
    """Events in the order in which they began; it prints as a table."""

    self_cpu_time_total = property(lambda self: sum(e.self_cpu_time_total for e in self))

    def __str__(self) -> str:
        return self.table()

    def table(self, sort_by=None, row_limit=100, max_src_column_width=75, max_name_column_width=55, max_shapes_column_width=80,
              header=None, top_level_events_only=False) -> str:  # fmt: skip
        """The events as text, one a line; ``sort_by`` names an attribute such as ``"self_cpu_time_total"``, largest first."""
        if not self:
            return ""
        events = sorted(self, key=lambda e: getattr(e, sort_by), reverse=True) if sort_by is not None else self
        limit = max_name_column_width
        wide = min(max(len(e.key) for e in events) + 4, limit or 10**6)
        columns = ["Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg", "# of Calls"]
        widths = [wide, *[WIDTH] * 6]
        if with_shapes := any(e.input_shapes for e in events):
            columns.append("Input Shapes")
            widths.append(min(max(len(str(e.input_shapes)) for e in events) + 4, max_shapes_column_width or 10**6))
        rule = "".join("-" * w + " " * GAP for w in widths)
        double = "=" * (len(rule) - GAP)
        whole = self.self_cpu_time_total

        def line(cells):
            return "".join(f"{cell: >{w}}" + " " * GAP for cell, w in zip(cells, widths))

        lines = [] if header is None else [double, header]
        if top_level_events_only:
            lines += [double, "This report only display top-level ops statistics"]
        lines += [rule, line(columns), rule]
        shown = [e for e in events if not (top_level_events_only and e.cpu_parent is not None)]
        for e in shown[: row_limit if row_limit >= 0 else None]:
            name = e.key[: limit - 3] + "..." if limit is not None and len(e.key) >= limit - 3 else e.key
            cells = [name, _share(e.self_cpu_time_total, whole), e.self_cpu_time_total_str, _share(e.cpu_time_total, whole),
                     e.cpu_time_total_str, e.cpu_time_str, str(e.count)]  # fmt: skip
            lines.append(line([*cells, str(e.input_shapes)[: widths[-1]]] if with_shapes else cells))
        return "\n".join([*lines, rule, f"Self CPU time total: {_time(whole)}", ""])

    def key_averages(self, group_by_input_shape=False, group_by_stack_n=0, group_by_overload_name=False) -> "EventList":
        """One entry for each name (and, if asked, shapes of operands), in the order of their first calls."""
        found: dict = {}
        for e in self:
            shapes = e.input_shapes if group_by_input_shape else None
            key = e.key, str(shapes)
            if key not in found:
                found[key] = FunctionEventAvg(e.key, shapes, e.cpu_parent)
            found[key].add(e)
        return EventList(found.values())

    def total_average(self) -> FunctionEventAvg:
        """All calls together, called ``Total``."""
        total = FunctionEventAvg("Total")
        for e in self:
            total.add(e)
        return total

    def export_chrome_trace(self, path) -> None:
        """Write the events as JSON that Chromium's ``chrome://tracing`` and Perfetto read."""
        told = [{"name": e.name, "ph": "X", "ts": e.time_range.start, "dur": e.cpu_time_total, "tid": e.thread, "pid": "CPU functions",
                 "args": {}} for e in self]  # fmt: skip
        with open(path, "w") as file:
            json.dump({"traceEvents": told}, file)


_open: list["profile"] = []  # the profiles that are running, outermost first


class _Call:
    """While entered, an event of every profile that is running."""

    def __init__(self, name: str, operands=(), seq: int = -1, at: int | None = None):
        self.name, self.operands, self.seq, self.at = name, operands, seq, at  # at: the moment, if it takes no time

    def __enter__(self):
        self.begun = [(profile, profile._begin(self.name, self.operands, self.seq, self.at)) for profile in _open]
        return self

    def __exit__(self, *exc):
        now = perf_counter_ns() if self.at is None else self.at
        for profile, event in self.begun:
            profile._finish(event, now)


class _TimedPass(OnTensors):
    """A backward pass whose visits are events; stands before the class of pass that would have run."""

    __slots__ = ()

    def _turn(self, point, g):
        if g is None or type(point) is Output:
            return super()._turn(point, g)  # pyright: ignore[reportAttributeAccessIssue]
        with _Call("autograd::engine::evaluate_function: " + point.name(), seq=getattr(point, "seq", -1)):
            return super()._turn(point, g)  # pyright: ignore[reportAttributeAccessIssue]

    def _apply(self, node, g):
        with _Call(node.name(), seq=node.seq):
            return super()._apply(node, g)

    def _fused(self, word, node, g):
        with _Call("aten::" + word):
            return BackwardPass._apply(self, node, g)  # pyright: ignore[reportArgumentType]

    def _sink(self, sink, g):
        with _Call(sink.name()):
            return super()._sink(sink, g)


def _answer(op, args, params):
    """Run ``op`` as if nobody watched, as an event."""
    if type(op) is Primitive:
        op.build()  # writing its code at first use is none of the call
    word = word_of(op) if op.__name__ == "to" else word_of(op).removeprefix("_")
    with _Call("aten::" + word, args):
        out = run(op, args, params)
        _inside(INSIDE.get(word, ()))
        if any(_converts(x, out) for x in args if type(x) in (int, float)) and op.elementwise:
            _inside((_CONVERTED,))
        if op.__name__ == "pow_scalar" and [*args[1:], *params.values()] == [1]:
            _inside(("copy_",))
    return out


def _told(word, args, out) -> None:
    """What is no primitive, as an event that took no time of its own."""
    if word in FUSED.values():
        return
    word = {"tensor": "lift_fresh"}.get(word) or word.partition(".")[0]
    with _Call("aten::" + word):
        _inside(INSIDE.get(word, ()))


# What PyTorch's table lists inside a call. NumPy does these things within the call, or need not do them: such events take no
# time of their own, so the times that are shown are the times that were measured.
_CONVERTED = ("to", ("_to_copy", "empty_strided", "copy_"))  # a Python number becomes a tensor of the other's dtype
_SUM, _STRIDED, _EMPTY_LIKE = ("sum", "as_strided", "fill_"), ("as_strided",), ("empty_like", "empty_strided")
INSIDE = dict.fromkeys("expand transpose permute select slice unsqueeze squeeze narrow diagonal unfold".split(), _STRIDED) | {
    "pow": ("result_type", "to"), "sum": _SUM[1:], "mean": (_SUM, ("div_", _CONVERTED)), "relu": ("clamp_min",),
    "t": (("transpose", *_STRIDED),), "mm": ("resolve_conj",) * 3, "softmax": ("_softmax",), "log_softmax": ("_log_softmax",),
    "ones_like": (_EMPTY_LIKE, "fill_"), "detach": ("~detach",), "zeros": ("empty", "zero_"), "ones": ("empty", "fill_"),
    "rand": ("empty", "uniform_"), "randn": ("empty", "normal_"), "zeros_like": (_EMPTY_LIKE, "zero_"),
    "abs": ("empty", "abs"), "clone": (_EMPTY_LIKE, "copy_"),
}  # fmt: skip


def _inside(calls, at: int | None = None) -> None:
    """Events within the one that is open: each a name, or a tuple of a name and what is within it; ``~`` marks no ATen call."""
    at = perf_counter_ns() if at is None else at
    for call in calls:
        name, within = (call, ()) if isinstance(call, str) else (call[0], call[1:])
        with _Call(name[1:] if name[0] == "~" else "aten::" + name, at=at):
            _inside(within, at)


def _converts(number, out) -> bool:
    """Whether PyTorch makes another dtype of a Python number to combine it: it starts as float64 or int64."""
    return isinstance(out, Tensor) and out.dtype.name != ("float64" if type(number) is float else "int64")


class profile:
    """Time every operation and every backward function inside the block; print it for a table.

    ``function_events`` are the calls in order, ``key_averages()`` their sums by name, ``total_average()`` the sum of all.
    ``record_shapes=True`` keeps the shapes of operands. Memory, FLOPs, stacks and devices are not measured here: asking for
    them raises NotImplementedError.

    >>> import autograd_lab as torch
    >>> x = torch.tensor([1., 2.], requires_grad=True)
    >>> with profile() as prof:
    ...     (x ** 2).sum().backward()
    >>> [e.key for e in prof.key_averages()][:2]
    ['aten::pow', 'aten::result_type']
    """

    def __init__(
        self, enabled=True, *, use_cuda=False, use_device=None, record_shapes=False, with_flops=False, profile_memory=False,
        with_stack=False, with_modules=False, use_kineto=False, use_cpu=True, experimental_config=None, acc_events=False,
        custom_trace_id_callback=None, post_processing_timeout_s: float | None = None,
        activity_filters: dict[ProfilerActivity, set[str]] | None = None,
    ):  # fmt: skip
        asked = {"use_cuda": use_cuda, "use_device": use_device, "with_flops": with_flops, "profile_memory": profile_memory,
                 "with_stack": with_stack, "with_modules": with_modules, "activity_filters": activity_filters}  # fmt: skip
        refused = [name for name, value in asked.items() if value]
        if refused:
            raise NotImplementedError(
                f"profile(): {', '.join(refused)} is not measured here; leave it out to profile times on the CPU"
            )
        self.enabled, self.record_shapes, self.entered = bool(enabled), record_shapes, False
        self.function_events: EventList | None = None
        self._events, self._inside = EventList(), []

    def __enter__(self):
        if not self.enabled:
            return None
        if self.entered:
            raise RuntimeError("Profiler context manager is not reentrant")
        self.entered = True
        self._hooks = ExitStack()
        if not _open:
            self._hooks.enter_context(watching(_answer, _told, _TimedPass))
        _open.append(self)
        self._begun = perf_counter_ns()
        return self

    def __exit__(self, *exc):
        if self.enabled:
            _open.remove(self)
            self._hooks.close()
            self.function_events = self._events
        return False

    def _begin(self, name, operands, seq, at) -> FunctionEvent:
        shapes = [list(t.shape) if isinstance(t, Tensor) else [] for t in operands] if self.record_shapes else []
        parent = self._inside[-1] if self._inside else None
        event = FunctionEvent(len(self._events) + 1, name, parent, 0.0, shapes, seq)
        self._events.append(event)
        self._inside.append(event)
        event.time_range.start = event.time_range.end = ((perf_counter_ns() if at is None else at) - self._begun) / 1e3
        return event

    def _finish(self, event, now) -> None:
        event.time_range.end = (now - self._begun) / 1e3
        self._inside.remove(event)

    def _found(self) -> EventList:
        return EventList() if self.function_events is None else self.function_events

    def __repr__(self) -> str:
        return "<unfinished torch.autograd.profile>" if self.function_events is None else repr(self.function_events)

    def __str__(self) -> str:
        return "<unfinished torch.autograd.profile>" if self.function_events is None else str(self.function_events)

    self_cpu_time_total = property(lambda self: self._found().self_cpu_time_total)

    def table(self, sort_by=None, row_limit=100, max_src_column_width=75, max_name_column_width=55, max_shapes_column_width=80,
              header=None, top_level_events_only=False) -> str:  # fmt: skip
        """Every call as a line of text; see EventList.table."""
        return self._found().table(sort_by, row_limit, max_src_column_width, max_name_column_width, max_shapes_column_width,
                                   header, top_level_events_only)  # fmt: skip

    def key_averages(self, group_by_input_shape=False, group_by_stack_n=0, group_by_overload_name=False) -> EventList:
        """The calls by name."""
        return self._found().key_averages(group_by_input_shape, group_by_stack_n, group_by_overload_name)

    def total_average(self) -> FunctionEventAvg:
        """All calls together."""
        return self._found().total_average()

    def export_chrome_trace(self, path) -> None:
        """Write the calls as JSON for ``chrome://tracing``."""
        self._found().export_chrome_trace(path)


class record_function(ContextDecorator):
    """A block, or a decorated function, as an event called ``name`` of the profiles that are running.

    A picture of a large graph folds what was made in it into one card of that name.
    """

    def __init__(self, name: str, args: str | None = None):
        self.name, self.args = name, args
        self._open: list = []

    def __enter__(self):
        scope = None if births.note is None else scopes.enter(str(self.name))
        self._open.append((_Call(self.name).__enter__(), scope))
        return self

    def __exit__(self, *exc):
        call, scope = self._open.pop()
        if scope is not None:
            scope.leave()
        call.__exit__(*exc)


def __getattr__(name: str):
    raise missing("torch.autograd.profiler", name)
