"""A program as plain NumPy: one straight function, every large result in a buffer that was made beforehand.

The same NumPy calls in the same order as the engine's, so the same bits; what is gone is everything between them. A rule
that is plain arithmetic, such as ``g * (1 - out * out)``, is taken apart into calls with ``out=``; any other is called as it is.
A buffer is used again as soon as nobody reads it any more.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..core.expressions import as_text
from ..core.layout import laid_out
from ..core.namespaces import NUMPY, sum_to
from ..core.products import function_for
from ..core.several import Several
from ..core.zeros import LARGE, ZERO, zeros_beside
from .lines import Apply, Call, Draw, Guard, Line, Rule, Var, add, filled

_SYMBOLS = {np.add: "+", np.subtract: "-", np.multiply: "*", np.true_divide: "/"}
_BINARY = {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.true_divide}
_COMPARE = {ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal, ast.Eq: np.equal,
            ast.NotEq: np.not_equal}  # fmt: skip
_BY_NAME = (np.maximum, np.minimum)  # NumPy wants their ``out`` by keyword


class Reg:
    """A local variable of the function that is written. ``roots``: the buffers whose memory it may be a view of."""

    __slots__ = ("buffer", "example", "name", "roots")

    def __init__(self, name: str, example, roots=()):
        self.name, self.example, self.roots = name, example, set(roots)
        self.buffer: int | None = None


class Step:
    """One NumPy call. ``kind``: ``ufunc`` and ``dot`` can write into a buffer, ``sum`` too, ``call`` cannot; or ``guard``."""

    __slots__ = ("args", "function", "kind", "outs", "params", "single")

    def __init__(self, kind, function, args, params, outs, single=True):
        self.kind, self.function, self.args, self.params, self.outs, self.single = kind, function, args, params, outs, single


class NumpyCode:
    """The function ``forward(inputs, buffers) -> (outputs, kept)`` and ``backward(kept, seeds, buffers) -> gradients``.

    ``forward`` returns a number instead, that of a guard, if one does not hold. ``buffers()`` makes a set of buffers: two
    calls may share one as soon as what the first one kept is no longer needed.
    """

    def __init__(
        self,
        inputs: Sequence[Var],
        lines: Sequence[Line],
        split: int,
        outputs: Sequence,
        seeds: Sequence[Var],
        gradients: Sequence,
    ):
        self.regs: dict[Var, Any] = {}
        self.scope: dict[str, object] = {"NUMPY": NUMPY, "ndarray": np.ndarray}
        self.names: dict[int, str] = {}
        self.steps: list[Step] = []
        self.guards = 0
        self.count = 0
        for var in (*inputs, *seeds):
            self.regs[var] = self._reg(var.example)
        given, seeded = ([self.regs[v] for v in some] for some in (inputs, seeds))
        for line in lines[:split]:
            self._lower(line)
        turn = len(self.steps)
        for line in lines[split:]:
            self._lower(line)
        given_set = set(given)
        outs, grads = ([filled(v, self.regs) if isinstance(v, Var) else v for v in some] for some in (outputs, gradients))
        # which results may share memory with an input or a constant, so that a copy must be handed out
        self.shared = [not isinstance(r, Reg) or r in given_set or not given_set.isdisjoint(r.roots) for r in (*outs, *grads)]
        kept = self._kept(turn, given, grads)
        self.likes = self._assign({r for r in (*outs, *grads, *given, *seeded) if isinstance(r, Reg)}, set(kept))
        self.source = self._write(turn, given, seeded, outs, kept, grads)
        exec(compile(self.source, "<autograd_lab program>", "exec"), self.scope)
        self.forward: Callable = self.scope["forward"]  # type: ignore[assignment]
        self.backward: Callable = self.scope["backward"]  # type: ignore[assignment]
        del self.regs, self.steps  # and with them as much memory as a run of the engine takes

    def buffers(self) -> tuple[np.ndarray, ...]:
        """Fresh memory for one run."""
        return tuple(np.empty_like(like) for like in self.likes)

    # ------------------------------------------------------------------ from lines to steps
    def _reg(self, example, roots=()) -> Reg:
        self.count += 1
        return Reg(f"v{self.count}", example, roots)

    def _emit(self, kind, function, args, params=None) -> Any:
        """One step: computed with the examples, and written down; the register (or registers) of its result."""
        params = params or {}
        with np.errstate(all="ignore"):
            value = function(*_examples(args), **_examples(params))
        several = isinstance(value, tuple)
        read = list(_regs((args, params)))
        outs = []
        for v in value if several else (value,):
            roots = set()
            if kind == "call" and isinstance(v, np.ndarray):  # may be a view of what it read
                roots = {root for r in read for root in (r, *r.roots) if _overlap(r.example, v)}
            outs.append(self._reg(v, roots))
        self.steps.append(Step(kind, function, args, params, outs, not several))
        return outs if several else outs[0]

    def _lower(self, line: Line) -> None:
        if isinstance(line, Guard):
            self.steps.append(Step("guard", line.holds, filled(line.args, self.regs), {"number": self.guards}, []))
            self.guards += 1
            return
        args, params = filled(line.args, self.regs), filled(line.params, self.regs)
        if isinstance(line, Draw):  # not computed here: a draw too many
            outs = [self._reg(v.example) for v in line.outs]
            self.steps.append(Step("call", line.compute, (NUMPY, *args), params, outs))
            self.regs |= zip(line.outs, outs)
            return
        made = None
        if isinstance(line, Apply):
            made = self._apply(line, args, params)
        elif isinstance(line, Rule) and not params:
            made = self._rule(line, args)
        elif isinstance(line, Call) and not params and (line.function is add or isinstance(line.function, np.ufunc)):
            made = self._ufunc(np.add if line.function is add else line.function, args)
        if made is None:
            made = self._emit("call", line.compute, (NUMPY, *args), params)
        self.regs |= zip(line.outs, made if isinstance(made, list) else [made])

    def _apply(self, line: Apply, args, params) -> Any:
        op = line.op
        if op.view or isinstance(op, Several):
            return None
        if op.floating and all(_example(a).dtype.kind not in "fc" for a in args):
            return None
        dtype = line.common_dtype() if line.is_binary else None
        if dtype is not None:
            args = tuple(a if _example(a).dtype == dtype else self._emit("call", _cast, (a, dtype)) for a in args)
        text = as_text(op.forward, "NUMPY", (*op.inputs, *op.params))
        if text is None:
            made = self._emit("call", op.forward, (NUMPY, *args), params)
        else:
            made = self._text(text, dict(zip(op.inputs, args)) | params)
        if not isinstance(made, list):
            laying = line.laying(args, params)
            if laid_out(op, made.example, *map(_example, laying)) is not made.example:
                made = self._emit("call", laid_out, (op, made, *laying))
        return made

    def _rule(self, line: Rule, args) -> Any:
        rule, op = line.rule, line.of.op
        reads = rule.reads if rule.is_partial else ("g", *rule.reads)
        if isinstance(op, Several) or line.is_complex:
            return None
        env = dict(zip(("g", *rule.reads), args))
        text = as_text(rule.function, "NUMPY", reads)
        if text is None:
            made = self._emit("call", rule.function, (NUMPY, *(env[name] for name in reads)))
        else:
            made = self._text(text, env)
        if rule.is_partial:
            made = self._ufunc(np.multiply, (env["g"], made))
        if line.fit is not None:
            shape, dtype = line.fit
            if np.shape(_example(made)) != tuple(shape):
                made = self._emit("call", sum_to, (NUMPY, made, shape))
            if _example(made).dtype != dtype:
                made = self._emit("call", _cast, (made, dtype))
        return made

    def _text(self, text: str, env: dict):
        """What an expression of ours computes, as steps."""
        made = self._node(ast.parse(text, mode="eval").body, env)
        return made if isinstance(made, Reg) else self._emit("call", _itself, (made,))

    def _node(self, node, env):
        if isinstance(node, ast.Name):
            return env[node.id]
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.BinOp):
            pair = self._node(node.left, env), self._node(node.right, env)
            if type(node.op) in _BINARY:
                return self._ufunc(_BINARY[type(node.op)], pair)
            return self._emit("call", operator.pow, pair)  # numpy takes shortcuts for squares and roots
        if isinstance(node, ast.UnaryOp):
            return self._ufunc(np.negative, (self._node(node.operand, env),))
        if isinstance(node, ast.Compare):
            return self._ufunc(_COMPARE[type(node.ops[0])], (self._node(node.left, env), self._node(node.comparators[0], env)))
        assert isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        return self._word(node.func.attr, tuple(self._node(a, env) for a in node.args))

    def _word(self, name: str, args):
        """``NUMPY.name(*args)``."""
        function = getattr(NUMPY, name)
        arrays = [_example(a) for a in args]
        if name == "relu" and type(arrays[0]) is np.ndarray:
            zero = zeros_beside(arrays[0]) if arrays[0].size >= LARGE else ZERO[arrays[0].dtype]
            return self._ufunc(np.maximum, (zero, args[0]))
        if name == "mm" and all(type(a) is np.ndarray for a in arrays):
            return self._emit("dot", function_for(*arrays), args)
        if isinstance(function, np.ufunc) and function.signature is None:
            return self._ufunc(function, args)
        return self._emit("call", function, args)

    def _ufunc(self, function, args):
        if not any(isinstance(a, Reg) for a in args):
            return function(*args)
        return self._emit("ufunc", function, args)

    # ------------------------------------------------------------------ memory
    def _kept(self, turn: int, given, grads) -> list[Reg]:
        """What the second part reads and the first one made, or was given."""
        made = {r for step in self.steps[:turn] for r in step.outs} | set(given)
        read = [r for step in self.steps[turn:] for r in _regs((step.args, step.params))]
        return list(dict.fromkeys(r for r in (*read, *grads) if isinstance(r, Reg) and r in made))

    def _assign(self, escaping: set[Reg], kept: set[Reg]) -> list[np.ndarray]:
        """Give buffers to what can be written into one, and does not leave the program; examples of all buffers."""
        last: dict[Reg, int] = {}
        for i, step in enumerate(self.steps):
            for r in _regs((step.args, step.params)):
                for root in (r, *r.roots):
                    last[root] = i
        leaves = {root for r in escaping for root in (r, *r.roots)}
        likes: list[np.ndarray] = []
        free: dict[tuple, list[int]] = {}
        dying: dict[int, list[Reg]] = {}
        for reg, i in last.items():
            dying.setdefault(i, []).append(reg)
        for i, step in enumerate(self.steps):
            if step.kind == "ufunc":  # may write over an operand it reads for the last time
                self._release(dying.pop(i, ()), free, step)
            if step.kind in ("ufunc", "dot") and step.outs[0] not in leaves:
                reg = step.outs[0]
                if type(reg.example) is np.ndarray and reg.example.size:
                    key = reg.example.shape, reg.example.dtype, reg.example.strides
                    if free.get(key):
                        reg.buffer = free[key].pop()
                    else:
                        reg.buffer = len(likes)
                        likes.append(np.empty_like(reg.example))
            self._release(dying.pop(i, ()), free, step)
        return likes

    def _release(self, regs, free, step) -> None:
        for reg in regs:
            if reg.buffer is not None and reg not in step.outs:
                example = reg.example
                free.setdefault((example.shape, example.dtype, example.strides), []).append(reg.buffer)

    # ------------------------------------------------------------------ writing
    def _write(self, turn, given, seeded, outs, kept, grads) -> str:
        memory = "".join(f"b{i}, " for i in range(len(self.likes)))
        unpack = [f"    {memory}= buffers"] if memory else []
        inputs = "".join(f"{r.name}, " for r in given)
        lines = ["def forward(inputs, buffers):", *([f"    {inputs}= inputs"] if inputs else []), *unpack]
        lines += [self._line(step) for step in self.steps[:turn]]
        lines += [f"    return ({self._tuple(outs)}), ({self._tuple(kept)})", ""]
        lines += ["def backward(kept, seeds, buffers):", *([f"    {self._tuple(kept)}= kept"] if kept else [])]
        lines += [f"    {self._tuple(seeded)}= seeds"] if seeded else []
        lines += [*unpack, *(self._line(step) for step in self.steps[turn:])]
        return "\n".join([*lines, f"    return ({self._tuple(grads)})"])

    def _tuple(self, values) -> str:
        return "".join(f"{self._arg(v)}, " for v in values)

    def _line(self, step: Step) -> str:
        if step.kind == "guard":
            return f"    if not {self._name(step.function)}({self._tuple(step.args)}): return {step.params['number']}"
        target = ", ".join(r.name for r in step.outs)
        function, args = step.function, [self._arg(a) for a in step.args]
        if function in _SYMBOLS and len(args) == 2 and type(step.outs[0].example) is not np.ndarray:
            return f"    {target} = {args[0]} {_SYMBOLS[function]} {args[1]}"  # of scalars: a tenth of the price
        buffer = step.outs[0].buffer if step.outs else None
        if buffer is not None:
            args.append(f"out=b{buffer}" if function in _BY_NAME or step.kind == "dot" else f"b{buffer}")
        args += [f"{k}={self._arg(v)}" for k, v in step.params.items()]
        comma = "," if len(step.outs) == 1 and not step.single else ""
        return f"    {target}{comma} = {self._name(function)}({', '.join(args)})"

    def _arg(self, value) -> str:
        if isinstance(value, Reg):
            return value.name
        if type(value) in (tuple, list) and any(True for _ in _regs(value)):
            inner = "".join(f"{self._arg(v)}, " for v in value)
            return f"({inner})" if type(value) is tuple else f"[{inner}]"
        if type(value) is dict and any(True for _ in _regs(value)):
            return "{" + "".join(f"{k!r}: {self._arg(v)}, " for k, v in value.items()) + "}"
        if type(value) is slice and any(True for _ in _regs(value)):
            return f"slice({self._arg(value.start)}, {self._arg(value.stop)}, {self._arg(value.step)})"
        if value is NUMPY:
            return "NUMPY"
        if value is None or type(value) in (bool, int, str) or (type(value) is float and np.isfinite(value)):
            return repr(value)
        return self._name(value, "c")

    def _name(self, value, letter="f") -> str:
        name = self.names.get(id(value))
        if name is None:
            said = getattr(value, "__name__", "")
            name = said if isinstance(value, np.ufunc) else f"{letter}{len(self.names)}"
            self.names[id(value)], self.scope[name] = name, value
        return name


def _cast(x, dtype):
    return x.astype(dtype)


def _itself(x):
    return x


def _examples(value: Any) -> Any:
    kind = type(value)
    if kind is Reg:
        return value.example
    if kind in (tuple, list):
        return kind([_examples(v) for v in value])
    if kind is dict:
        return {k: _examples(v) for k, v in value.items()}
    if kind is slice:
        return slice(_examples(value.start), _examples(value.stop), _examples(value.step))
    return value


def _regs(value: Any) -> Iterator[Reg]:
    kind = type(value)
    if kind is Reg:
        yield value
    elif kind in (tuple, list):
        for v in value:
            yield from _regs(v)
    elif kind is dict:
        for v in value.values():
            yield from _regs(v)
    elif kind is slice:
        yield from _regs((value.start, value.stop, value.step))


def _example(value):
    return value.example if isinstance(value, Reg) else value


def _overlap(a, b) -> bool:
    return isinstance(a, np.ndarray) and np.may_share_memory(a, b)
