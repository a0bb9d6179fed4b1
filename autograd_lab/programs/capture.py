"""From a function to lines: call it once on stand-ins, write down what happens, and append our backward to it.

`captured` is the block in which that happens; `Capture` writes down.

Every line is computed as it is written, so shapes, dtypes and branches are those of real values. The gradients are the
engine's own rules in the engine's order, newest line first, so that the sums come out as they do there, bit for bit.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..core import PRIMITIVES, Tensor, births, function, inplace
from ..core.device import looked_at
from ..core.grad_mode import is_recording
from ..core.mirrors import MIRRORED, mirror, reflect
from ..core.mistakes import NUMPYS, explained
from ..core.namespaces import NUMPY
from ..core.node import AccumulateGrad
from ..core.ops import create
from ..core.primitive import interpreted_by, operand
from ..core.rules import unsent
from ..core.tensor import wrap
from ..crosscheck.again import walks_graphs
from .draws import Drawn, written_down
from .lines import Apply, Call, Guard, Held, Line, Rule, Var, Write, add, filled, step_to, vars_in
from .looks import Seen
from .standin import StandIn, Store, Traced, Unable
from .turns import Answers, here, turn


class Input:
    """A value that is given anew for each run: argument number ``position``, or what ``tensor`` from outside holds then."""

    def __init__(self, var: Var, position: int | None, tensor: Any, name: str = ""):
        self.var, self.position, self.tensor, self.name = var, position, tensor, name

    def __repr__(self):
        return self.name or f"input {self.position}"


class Capture:
    """The lines of one call."""

    def __init__(self):
        self.lines: list[Line] = []
        self.inputs: list[Input] = []
        self.stores: list[Store] = []  # those that began as an input
        self.known: dict[int, tuple] = {}  # id of a real tensor -> (the tensor, its stand-in)
        self.constants: set[Var] = set()
        self.draws = Drawn(self.lines)
        self.seen = Seen(self.inputs)
        self.over = False  # a stand-in that is still there when all is written down shows what it showed last

    # ------------------------------------------------------------------ writing down
    def add(self, line: Line, wants: bool = False) -> tuple[Var, ...]:
        """Compute the line and write it down."""
        args = [a.example if type(a) is Var else filled(a, EXAMPLES) for a in line.args]
        made = line.compute(NUMPY, *args, **filled(line.params, EXAMPLES)) if line.params else line.compute(NUMPY, *args)
        if isinstance(made, tuple):
            line.single, line.outs = False, tuple(_var_of(m, wants) for m in made)
        else:
            line.outs = (_var_of(made, wants),)
        return self._written(line)

    def _written(self, line: Line) -> tuple[Var, ...]:
        line.place = births.place()
        self.lines.append(line)
        return line.outs

    def call(self, line: Line):
        """Write down a function of arrays, given Traced or plain ones; a Traced, or several."""
        line.args, line.params = self.plain(line.args), self.plain(line.params)
        outs = tuple(Traced(self, v) for v in self.add(line))
        return outs[0] if line.single else outs

    def view(self, var: Var, path) -> Var:
        """The part of ``var`` that a chain of views leads to: as lines that are differentiable one by one."""
        for op, params in path:
            line = Apply(op, (var,), self.plain(op.params | params))
            line.edges = (var,)
            (var,) = self.add(line, var.wants)
        return var

    def stopped(self, var: Var) -> Var:
        """The same value without a history."""
        return self.add(Call(np.positive, (var,), {}) if var.dtype.kind != "b" else Call("copy", (var,), {}))[0]

    def guard(self, kind, var: Var, expected) -> None:
        """Python has seen ``var``: the program holds only where it is the same. Random numbers never are."""
        if kind != "bool" and self.draws.reach(var):
            raise Unable("it looks at random numbers, which are others in each run")
        if var not in self.constants and not any(type(x) is Guard and x.args[0] is var and x.kind == kind for x in self.lines):
            self.lines.append(Guard(kind, var, expected))

    def write(self, store: Store, path, value: Any, unrecorded: bool) -> None:
        """Put ``value`` where ``path`` leads in the store, as a new value of the whole."""
        old, value = store.var, value if isinstance(value, Var) else self.constant(value)
        if len(path) == 1 and path[0][0].__name__ == "select" and any(True for _ in vars_in(path[0][1])):
            line = Apply(PRIMITIVES["index_put"], (old, value), path[0][1])
        elif path:
            line = Write(old, value, self.path_known(path))
        elif value.shape == old.shape and value.dtype == old.dtype:
            line = None if _lie_alike(value.example, store.memory) else Write(old, value, ())  # sums go as memory does
        else:
            line = Apply(PRIMITIVES["copy"], (old, value), {})
        new = value
        if line is not None:
            line.edges = (old, value)
            (new,) = self.add(line, old.wants or value.wants)
        if unrecorded and (old.wants or new.wants):
            line = Held((old, new))
            line.edges = (old, None)
            (new,) = self.add(line, old.wants)
        if store.origin is not None and new.wants:
            raise Unable("it writes a value with a gradient into a tensor from outside")
        store.var, store.version = new, store.version + 1
        store.memory[...] = new.example
        reflect(store.memory)

    def path_known(self, path) -> tuple:
        """``path`` with the numbers themselves where it leads to a place that a tensor tells: the program holds for those."""
        known = _Guarded(self)
        return tuple((op, filled(params, known)) for op, params in path)

    def constant(self, array) -> Var:
        """A value that is the same in each run, computed once: ``passes.py`` folds it."""
        (var,) = self.add(Call(np.array, (array,), {}))
        self.constants.add(var)
        return var

    # ------------------------------------------------------------------ operands
    def made(self, array) -> StandIn:
        """What stands for a tensor that the function makes, of ``array``."""
        return StandIn(self, Store(array.at if isinstance(array, Traced) else self.constant(array)))

    def input(self, array, wants: bool, position=None, tensor=None, name="") -> StandIn:
        """A new input, and what stands for it."""
        given = Input(Var(_plain(np.array(array)[()]), wants), position, tensor, name)
        self.inputs.append(given)
        store = Store(given.var, given)
        self.stores.append(store)
        return StandIn(self, store)

    def stand_in_for(self, value: Tensor) -> StandIn:
        """What stands for a tensor: itself, or a new input for one from outside."""
        if isinstance(value, StandIn) and value.capture is self:
            return value
        if id(value) not in self.known:
            if isinstance(value._array, Traced):  # a word made it of arrays by itself
                made = StandIn(self, Store(value._array.at))
            else:
                point = value._current()
                if point is not None and type(point) is not AccumulateGrad:
                    raise Unable("it uses a result that was computed outside of it and has a history there")
                if value._more is not None and value._is_view():
                    raise Unable("it uses a view of a tensor from outside")
                made = self.input(looked_at(value._array), point is not None, tensor=value)
            self.known[id(value)] = value, made
        return self.known[id(value)][1]

    def var_of(self, value, dtype=None) -> Any:
        """The Var of an operand; constants stay arrays."""
        if isinstance(value, Traced):
            return value.at
        if isinstance(value, Tensor):
            return self.stand_in_for(value).now
        return np.asarray(value, dtype)

    def plain(self, value: Any) -> Any:
        """Operands and metadata with Vars in place of tensors and of what is traced."""
        if isinstance(value, (Traced, Tensor)):
            return self.var_of(value)
        if type(value) in (tuple, list):
            return type(value)(map(self.plain, value))
        if type(value) is dict:
            return {k: self.plain(v) for k, v in value.items()}
        if type(value) is slice:
            return slice(self.plain(value.start), self.plain(value.stop), self.plain(value.step))
        if isinstance(value, np.ndarray):
            value = value.copy()  # a constant, whatever becomes of the user's array
        return value

    # ------------------------------------------------------------------ what a primitive answers
    def answer(self, op, args, params):
        """What the primitive ``op`` returns here: stand-ins."""
        n = len(args) if op.variadic else len(op.inputs)
        operands = args[:n]
        values = self._operands(op, operands)
        for v in values:
            dtype = v.dtype
            if dtype.itemsize < 4 and dtype.kind in "fcV":
                raise Unable("it computes in a type of 16 bits, which rounds after every operation")
        if op.params or params:
            params = self.plain(dict(op.params) | dict(zip(op.params, args[n:])) | params)
        if (view := self._view(op, operands, params)) is not None:
            return view
        line = Apply(op, tuple(values), params)
        names = op.inputs * len(values) if op.variadic else op.inputs
        wanted = [isinstance(v, Var) and v.wants and name in op.rules for v, name in zip(values, names)]
        wants = any(wanted) and is_recording()
        if wants:
            line.edges = tuple(v if w else None for v, w in zip(values, wanted))
        try:
            outs = tuple(StandIn(self, Store(v)) for v in self.add(line, wants))
        except NUMPYS as error:
            arrays = tuple(v.example if isinstance(v, Var) else v for v in values)
            raise explained(op, error, arrays, params) from None
        return outs[0] if line.single else outs

    def _operands(self, op, operands) -> list:
        values = []
        for i, x in enumerate(operands):
            if type(x) is StandIn and x.capture is self:
                values.append(x.now)
                continue
            if isinstance(x, (Tensor, Traced)):
                values.append(self.var_of(x))
                continue
            other = operands[1 - i] if op.elementwise and len(operands) == 2 else None
            like = wrap(self.var_of(other).example) if isinstance(other, (Tensor, Traced)) else None
            values.append(operand(x, like)[1])
        return values

    def _view(self, op, operands, params):
        """Stand-ins that share their operand's memory, where the engine's results would; None for a copy."""
        step = getattr(op, "step", None)
        follows = MIRRORED.get(op.__name__)
        if not (op.view or step is not None or follows):
            return None
        x = self.stand_in_for(operands[0]) if isinstance(operands[0], Tensor) else None
        if x is None:
            return None
        looks = mirror(x.seen, follows) if follows else op.forward(NUMPY, x.seen, **filled(params, EXAMPLES))
        every = looks if isinstance(looks, tuple) else (looks,)
        if not every or not (follows or all(np.may_share_memory(look, x.seen) for look in every)):
            return None
        steps = [(op, params)] if step is None else [step(i, look, params) for i, look in enumerate(every)]
        stopped = x.stopped or not is_recording()
        outs = tuple(StandIn(self, x.store, (*x.path, s), look, stopped, x) for s, look in zip(steps, every))
        for out in outs:
            _ = out.now  # written down now and not when it is read: the order of lines is the order in which gradients add up
        return outs if isinstance(looks, tuple) else outs[0]

    # ------------------------------------------------------------------ our backward
    def gradients(self, outputs: Sequence[Var], seeds: Sequence[Var], leaves: Sequence[Var]) -> list[Var | None]:
        """Append the backward of ``outputs``: the gradient of each of ``leaves``, None where none arrives."""
        grads: dict[Var, Var] = {}

        def gather(var, g):
            if var not in grads:
                grads[var] = g
                return
            old, line = grads[var], Call(add, (grads[var], g), {})
            if old.shape == g.shape and old.dtype == g.dtype and type(old.example) is type(g.example):
                line.outs = (Var(g.example),)  # as good an example as the sum: a large leaf that is read often has many sums
                (grads[var],) = self._written(line)
            else:
                (grads[var],) = self.add(line)

        for var, seed in zip(outputs, seeds):
            gather(var, seed)
        kept = set(leaves)
        for line in reversed([x for x in self.lines if x.edges]):
            found = [grads.get(v) if v in kept else grads.pop(v, None) for v in line.outs]
            if all(g is None for g in found):
                continue
            for var, g in self._sent(line, found):
                gather(var, g)
        return [None if v not in grads else self._cast(grads[v], v.dtype) for v in leaves]

    def _real(self, g):
        return self.add(Call(np.real, (g,), {}))[0]

    def _cast(self, g, dtype):
        g = self._real(g) if g.dtype.kind == "c" and dtype.kind != "c" else g
        return g if g.dtype == dtype else self.add(Call("astype", (g, dtype), {}))[0]

    def _sent(self, line: Line, found):
        """(operand, contribution) for each operand that wants one."""
        if isinstance(line, Held):
            yield line.edges[0], found[0]
        elif isinstance(line, Write):
            base, part = line.edges
            if base.wants:
                zeros = np.zeros(part.shape, part.dtype)
                yield base, self.add(Write(found[0], zeros, line.path))[0]
            if isinstance(part, Var) and part.wants:
                inside = self.add(Call(step_to, (found[0], line.path), {}))[0]
                yield part, self.add(Call(np.ascontiguousarray, (inside,), {}))[0] if inside.shape else inside
        elif isinstance(line, Apply):
            yield from self._by_rules(line, found)

    def _by_rules(self, line: Apply, found):
        op = line.op
        g = found[0]
        if not line.single:  # zeros for the outputs that nobody used
            g = [np.zeros(v.shape, v.dtype) if x is None else x for x, v in zip(found, line.outs)]
        known: dict[str, Any] = dict(line.params, out=line.outs[0] if line.single else line.outs)
        known.update([(op.inputs[0], list(line.args))] if op.variadic else zip(op.inputs, line.args))
        listed = op.variadic or not line.single
        for i, (var, name) in enumerate(zip(line.edges, op.inputs * len(line.edges) if op.variadic else op.inputs)):
            if var is None or op.rules[name].function is unsent:
                continue
            values = tuple([known[read] if read in known else _told(known, read) for read in op.rules[name].reads])
            rule = Rule(line, i, (g,), {"values": values}, None) if listed else Rule(line, i, (g, *values), {}, line.fit(i))
            made = self.add(rule)[0]
            yield var, self._real(made) if made.dtype.kind == "c" and var.dtype.kind != "c" else made


def _told(known: dict, read: str):
    """``x_shape`` or ``x_dtype``: what a rule reads of an operand that is not kept, of a list of them one by one."""
    name, _, what = read.rpartition("_")
    value = known[name]
    return [getattr(v, what) for v in value] if type(value) is list else getattr(value, what)


class _Examples(dict):
    """Every Var has its example."""

    def __missing__(self, var):
        return var.example


class _Guarded(dict):
    """Every Var is what it was at capture, and the program holds only where it is that again."""

    def __init__(self, capture: Capture):
        self.capture = capture

    def __missing__(self, var):
        self.capture.guard("number", var, np.array(var.example))
        return operator.index(var.example)


EXAMPLES = _Examples()


def _var_of(made, wants: bool) -> Var:
    made = _plain(made)
    return Var(made, wants and made.dtype.kind in "fc")


def _lie_alike(x, y) -> bool:
    return all(n < 2 or a == b for n, a, b in zip(x.shape, x.strides, y.strides))


def _plain(value):
    return value if isinstance(value, (np.ndarray, np.generic)) else np.asarray(value)[()]


@contextmanager
def captured() -> Iterator[Capture]:
    """Inside the block every operation of ours is written down in the yielded Capture."""
    capture = Capture()

    def replace(op, x, args, params, recorded):  # a stand-in is written to, also where the function has the tensor itself
        written(op, capture.stand_in_for(x), args, params, recorded)

    def refuse(kind, *_):
        raise Unable(f"it calls {kind.__name__}, a Function, whose backward is no line of a program")

    with turn(), interpreted_by(Answers(capture.answer).answer), written_down(capture), np.errstate(all="ignore"):
        written, recorded = inplace._replace, function._record
        inplace._replace, create.wrap = here(replace, written), here(capture.made, wrap)  # type: ignore[assignment]
        function._record = here(refuse, recorded)
        try:
            yield capture
        except Unable:
            raise
        except Exception as error:
            if walks_graphs(error):
                raise Unable("it calls backward() or grad() itself") from error
            raise
        finally:
            inplace._replace, create.wrap, function._record = written, wrap, recorded
            capture.over = True
