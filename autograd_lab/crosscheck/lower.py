"""From a recorded graph to a Program: its operations in order, with the operands they had, ready to run somewhere else.

The graph's edges say where each operand came from, so in-place operations, stale views and detached values need no analysis
here: what has no edge is a constant, held at the value it had. Values are copied when they are heard, because an in-place
operation may write over them later.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core import PRIMITIVES, Tensor, births, no_grad
from ..core.dtypes import DIFFERENTIABLE
from ..core.function import Function
from ..core.inplace import CopySlices
from ..core.layout import dtype_of_base
from ..core.limits import limits_of
from ..core.namespaces import NUMPY
from ..core.node import AccumulateGrad, Output, Refusing
from ..core.tensor import wrap
from ..trace.progress import each
from .hearing import DIRTY
from .oracles import aligned, follow, put
from .roots import Root
from .triangles import slope_of

NOT_NOTED = (
    "this graph was recorded while births were not noted, so its operations cannot be run again. "
    "Check the function instead, check(f, x), or record the graph after %load_ext autograd_lab "
    "(in a script: inside `with autograd_lab.core.births.noting():`)."
)

FROM_OUTSIDE = (
    "the function uses a result that was computed outside of it, by operations that were not noted. "
    "Give it to the function as an argument, compute it inside, or detach it."
)
REENTRANT = (
    "check() asks for gradients as autograd.grad does, which checkpoint(use_reentrant=True) refuses, as in PyTorch. "
    "Check it with use_reentrant=False, whose gradients are the same."
)
CHECK_THE_FUNCTION = "So this graph cannot be run again: check the function instead, check(f, x)."


@dataclass(eq=False)
class Line:
    """One recorded operation. ``arrays[i]`` is operand i as it was; ``sources[i]`` its gathering point, None for a constant.

    ``path`` is set for an in-place operation on a view (a CopySlices node): operand 0 is then the view, and ``sources[0]``
    the base, which ``path`` leads from.
    """

    number: int  # 1 for the oldest
    node: Any
    op: Any  # a Primitive or a Function subclass
    arrays: tuple
    params: dict[str, Any]
    sources: tuple
    birth: Any = None
    out: Any = None  # the result as it was, when it was heard; of several, the first
    path: tuple | None = None
    base: Any = None  # with a path: the whole base before it was written to; None when only births told of it
    shape: tuple = ()  # of that base
    forgotten: frozenset = frozenset()  # operands whose values nobody kept; ``arrays`` has zeros there

    @property
    def name(self) -> str:
        return self.op.__name__ + ("_" if self.path is not None else "")

    @property
    def is_function(self) -> bool:
        return isinstance(self.op, type) and issubclass(self.op, Function)

    @property
    def inputs(self) -> tuple[str, ...]:
        """A name for each operand."""
        if self.is_function:
            setup = self.op.setup_context is not Function.setup_context
            every = list(inspect.signature(self.op.forward).parameters)[0 if setup else 1 :]
            names = tuple(name for i, name in enumerate(every) if f"arg{i}" not in self.params)
        else:
            names = self.op.inputs
        if len(names) != len(self.arrays):
            names = tuple(f"{names[0] if names else 'input'}[{i}]" for i in range(len(self.arrays)))
        return names

    @property
    def where(self) -> str:
        """``line 3`` of the user's source, or nothing."""
        line = self.birth.line if self.birth is not None else None
        return f"line {line}" if line else ""

    def operands(self) -> tuple:
        """What the node's edges lead from: as ``arrays``, but the whole base in place of a view that was written to."""
        if self.path is None:
            return self.arrays
        base = _alone(self.arrays[0], self.shape, self.path) if self.base is None else self.base
        return (base, *self.arrays[1:])

    def result(self):
        """What the operation gave: as heard where that is known, else computed again from its operands."""
        if self.out is None or self.node.outputs > 1 or getattr(self.node, "listed", False):
            return self.forward(*self.operands())
        return self.out if self.path is None else _laid(np.array(self.operands()[0], order="C"), self.out, self.path)

    def forward(self, *operands):
        """Our own forward on NumPy arrays. Floating casts leave the value alone, so that float64 stays float64."""
        if self.path is not None:
            base, *rest = operands
            part = self._forward(np.array(NUMPY.take_view(base, self.path)), *rest)
            return _laid(np.array(base, order="C"), part, self.path)
        return self._forward(*operands)

    def _forward(self, *arrays):
        if self.is_function:
            given, places = iter(arrays), len(arrays) + len(self.params)
            args = [
                self.params[k] if (k := f"arg{i}") in self.params else wrap(np.array(next(given))[()]) for i in range(places)
            ]
            with no_grad():
                out = self.op.apply(*args)
            return tuple(t._array for t in out if isinstance(t, Tensor)) if isinstance(out, tuple) else out._array
        if self.op.__name__ == "to" and np.dtype(self.params["dtype"]).kind == arrays[0].dtype.kind == "f":
            return arrays[0]
        if self.op.__name__ == "copy":  # casts to its first operand's type
            return np.array(np.broadcast_to(arrays[1], arrays[0].shape), np.result_type(*arrays))
        return self.op.forward(NUMPY, *arrays, **self.params)


def _alone(part, shape, path):
    """A base of that shape with nothing in it but what ``path`` leads to."""
    return _laid(np.zeros(shape, dtype_of_base(np.asarray(part).dtype, path)), part, path)


def _laid(base, part, path):
    NUMPY.over_view(base, path, part)
    return base


@dataclass(eq=False)
class Program:
    """A recorded graph as straight-line code: ``lines`` oldest first, ``leaves`` (sinks) and ``roots`` (gathering points)."""

    lines: list[Line]
    leaves: list[Any]  # AccumulateGrad
    roots: tuple
    values: list = field(default_factory=list)  # of the leaves when recording began
    heard: list = field(default_factory=list, repr=False)  # keeps what the lines point at alive

    def __post_init__(self):
        self.line_of = {line.node: line for line in self.lines}

    @property
    def eps(self) -> float:
        """The coarsest machine epsilon of all results."""
        return eps_of(*(line.out for line in self.lines if line.out is not None))

    @functools.cached_property
    def functions(self) -> list[str]:
        """Names of the user's own Functions, whose backward nobody else knows; compiled functions are none."""
        return [line.name for line in self.lines if line.is_function and not hasattr(line.op, "compiled")]

    @functools.cached_property
    def written(self) -> dict[tuple[Line, int], Any]:
        """How far an operand had moved from what its source computed, where it had: it was written to without being recorded
        (under no_grad, through ``.data``). PyTorch's gradient takes such a write for a constant added."""
        recorded: dict = dict(zip(self.leaves, self.values))
        moved = {}
        for line in self.lines:
            if line.path is None or line.base is not None:
                recorded[line.node] = line.result()
            else:
                recorded[line.node] = line.forward(_find(recorded, line.sources[0]), *line.arrays[1:])
            for i, (array, source) in enumerate(zip(line.arrays, line.sources)):
                if source is None or i in line.forgotten:
                    continue
                was = _find(recorded, source)
                if line.path is not None and i == 0:
                    was = NUMPY.take_view(np.asarray(was), line.path)
                if not np.array_equal(was, array, equal_nan=True):
                    change = wide(array) - wide(was)
                    moved[line, i] = _alone(change, line.shape, line.path) if line.path is not None and i == 0 else change
        return moved

    def run(self, values: Iterable, apply: Callable, constant: Callable | None = None) -> list:
        """The roots' values, given the leaves'; ``apply(line, operands)`` computes one line, constants are widened."""
        known: dict = dict(zip(self.leaves, values))
        constant, written = constant or wide, self.written
        for line in each(self.lines, "running it again", unit="node"):
            operands = line.operands()
            args = [constant(a) if s is None else _find(known, s) for a, s in zip(operands, line.sources)]
            if written:
                args = [a + constant(written[line, i]) if (line, i) in written else a for i, a in enumerate(args)]
            known[line.node] = apply(line, args)
        return [_find(known, root) for root in self.roots]

    def on_numpy(self, values) -> list:
        """Our own forwards again, in float64, for differences: each moves with its operands as its gradient has it."""
        return self.run(values, slope_of)

    def on_jax(self, values, table, nudge: Callable | None = None) -> list:
        """The oracles of ``table``, line by line, each result ``nudge``d. Raises NoOracle at the first operation without one."""

        def apply(line, args):
            made = apply_oracle(line, table)(*args)
            if nudge is None:
                return made
            return tuple(map(nudge, made)) if isinstance(made, tuple) else nudge(made)

        return self.run(values, apply)

    def on_tensors(self, tensors, births_of: dict, nudge: Callable | None = None) -> list[Tensor]:
        """The engine again, which records a fresh graph, each result ``nudge``d; ``births_of`` is filled: new node -> the line it
        repeats. With a nudge casts between floating types leave the value alone, as all else is in double precision then."""

        def apply(line, args):
            args = [a if isinstance(a, Tensor) else wrap(a) for a in args]
            if nudge is not None and line.op.__name__ == "to" and _is_rounding(line.params["dtype"], args[0]._array.dtype):
                made = args[0]
            elif line.path is None:
                made = applied(line, args)
            else:
                base = args[0].clone()
                births_of[base._node] = line
                view = follow_tensors(base, line.path)
                from ..core.inplace import in_place

                in_place(line.op, view, *args[1:], **line.params)
                made = base
            for t in made if isinstance(made, tuple) else (made,):
                births_of[getattr(t._node, "node", t._node)] = line
            if nudge is None:
                return made
            return tuple(map(nudge, made)) if isinstance(made, tuple) else nudge(made)

        return self.run(tensors, apply, lambda array: wrap(wide(array)))


def _is_rounding(*dtypes) -> bool:
    """Whether a cast between these types only rounds."""
    return {np.dtype(dtype).kind for dtype in dtypes} <= {"f", "V"}


class NoOracle(LookupError):
    """An operation the cross-check knows nothing independent about; ``str()`` is its name."""


def apply_oracle(line: Line, table: dict) -> Callable:
    """The oracle of one line as a function of its operands, metadata filled in."""
    function = table.get(line.op.__name__) if PRIMITIVES.get(line.op.__name__) is line.op else None
    if function is None:
        raise NoOracle(line.op.__name__)

    def plain(*operands):
        out = function(*operands, **line.params)
        return aligned(line.result(), out) if line.op.__name__ == "eigh" else out

    def written(base, *rest):
        return put(table, base, plain(follow(table, base, line.path), *rest), line.path)

    return plain if line.path is None else written


def follow_tensors(x: Tensor, path) -> Tensor:
    """The view of ``x`` that ``path`` leads to."""
    for op, params in path:
        x = op.call(x, **params)
    return x


def applied(line: Line, tensors):
    """What the operation of ``line`` gives of other tensors."""
    if not line.is_function:
        return line.op.call(*tensors, **line.params)
    given = iter(tensors)
    args = [line.params[k] if (k := f"arg{i}") in line.params else next(given) for i in range(len(tensors) + len(line.params))]
    return line.op.apply(*args)


def _find(known, point):
    if type(point) is Output:
        return known[point.node][point.slot]
    made = known[point]
    return made[0] if isinstance(made, tuple) else made  # the only one of several that has a gradient, and so no slot


def eps_of(*arrays) -> float:
    """The coarsest machine epsilon among the floating arrays."""
    return max(
        (float(limits_of(a.dtype).eps) for a in map(np.asarray, arrays) if a.dtype.kind in DIFFERENTIABLE), default=2.3e-16
    )


def wide(array):
    """The array in double precision; integers and booleans as they are."""
    array = np.asarray(array)
    return array.astype({"f": np.float64, "V": np.float64, "c": np.complex128}.get(array.dtype.kind, array.dtype))[()]


def program_of(outputs: Iterable[Tensor | Root], kept: dict | None = None) -> Program:
    """The Program of a recorded graph, from what was ``heard`` or else from births. Raises RuntimeError when neither knows it."""
    roots = tuple(t._current() for t in outputs)
    nodes, leaves = reachable(roots)
    lines = [_line(i, node, kept) for i, node in enumerate(nodes, 1)]
    return Program(lines, leaves, roots, [leaf.array for leaf in leaves], list((kept or {}).values()))


def reachable(roots):
    """(nodes oldest first, sinks in the order of their first use): iteratively, a million operations are no deeper than one."""
    seen, nodes, leaves, todo = set(), [], [], list(roots)
    while todo:
        point = todo.pop()
        if point is None or point in seen:
            continue
        seen.add(point)
        if type(point) is AccumulateGrad:
            leaves.append(point)
        else:
            if type(point) is not Output:
                nodes.append(point)
            todo.extend(point.edges)
    nodes.sort(key=lambda node: node.seq)
    first_use = {leaf: i for i, leaf in reversed(list(enumerate(p for node in nodes for p in node.edges)))}
    leaves.sort(key=lambda leaf: first_use.get(leaf, -1))
    return nodes, leaves


def _line(number: int, node, kept: dict | None) -> Line:
    inner = node.inner if type(node) is CopySlices else node
    if isinstance(inner, Refusing):
        said = str(inner.error).rstrip(".")
        raise TypeError(f"nothing to check: {said}, in PyTorch neither: detach() what it is computed of.")
    birth, out, base, forgotten = births.birth_of(inner), None, None, frozenset()
    if kept is not None and id(inner) in kept:
        _, op, arrays, params, out, base = kept[id(inner)]
    elif birth is not None:
        op, params = birth.op, birth.params
        arrays = tuple(_remembered(k, s, birth) for k, s in zip(birth.inputs, _sources(inner, birth.inputs)))
        forgotten = frozenset(i for i, k in enumerate(birth.inputs) if k.value() is None)
    else:
        raise RuntimeError(NOT_NOTED if kept is None else FROM_OUTSIDE)
    if isinstance(op, type) and op.__module__ == f"{__name__.partition('.')[0]}.utils.checkpoint":
        raise TypeError(REENTRANT)
    sources = _sources(inner, arrays)
    line = Line(number, node, op, arrays, params, sources, birth, out, forgotten=forgotten)
    if getattr(inner, "dirty", ()) and not (inner is node and out is not None and _gives(line, out)):
        raise TypeError(DIRTY.format(op.__name__))
    if inner is not node:
        line.path, line.shape, line.base = node.path, node.shape, base
        line.sources = (node.edges[0], *sources[1:])
        if base is None and line.sources[0] is None:
            raise RuntimeError(f"{op.__name__} wrote into a constant whose value nobody kept. {CHECK_THE_FUNCTION}")
    return line


def _gives(line: Line, out) -> bool:
    """Whether its operands as they are now make ``out``."""
    made = line.forward(*line.arrays)
    return np.array_equal(made[0] if isinstance(made, tuple) else made, out, equal_nan=True)


def _sources(node, operands) -> tuple:
    return (*node.edges, *(None,) * (len(operands) - len(node.edges)))


def _remembered(kept, source, birth):
    value = kept.value()
    if value is None and source is None:
        line = f" (line {birth.line})" if birth.line else ""
        raise RuntimeError(
            f"a constant of {int(np.prod(kept.shape))} elements that went into {birth.op.__name__}{line} is gone or was written "
            f"over. {CHECK_THE_FUNCTION}"
        )
    return np.zeros(kept.shape, kept.dtype) if value is None else value
