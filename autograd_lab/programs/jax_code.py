"""A program under XLA: the same lines with ``jax.numpy`` as their namespace, our backward included.

What repeats becomes a loop again (``loops.py``), the rest is compiled in segments, as ``segments.py`` cuts them. XLA did not
finish an elementwise chain of 3,000 operations in six minutes, while segments keep the time linear; those of equal structure,
the layers of a network, are compiled once. The backward is attached as a custom rule, so ``jax.grad`` of the function is our
gradient, kinks and all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.namespaces import NUMPY, Arrays
from ..crosscheck.devices import JaxNumpy, jax_is_missing, unmet
from .collector import collector_resting
from .draws import by_key
from .lines import Draw, Guard, Line, Var, jax_dtype
from .loops import Loop, Piece, Values, equal_in_a_row, loop_of, repeats
from .nests import closed
from .positions import Within, positions_in
from .segments import LONGEST, Forms, cut, letters_of, lifted

if TYPE_CHECKING:
    from .program import Program

MANY = 1000  # lines; a program of more is one that XLA spends seconds on
SMALL = 256  # elements of an array; on fewer the code of a piece takes less time than calling it, however bad it is


class JaxCode:
    """The forward and backward of a program as lists of segments, each a compiled function of what it reads."""

    @collector_resting()
    def __init__(self, program: Program):
        if missing := jax_is_missing():
            raise RuntimeError(f"{missing}, and what runs this program there is JAX. Program.run needs NumPy alone.")
        self.draws = [line for line in program.lines if isinstance(line, Draw)]
        self.program, self.xp = program, Arrays(JaxNumpy())
        self.shared: dict[Any, tuple] = {}  # structure of a segment -> its function compiled as others are, and alone
        self.drawn = [v for line in self.draws for v in line.outs]
        lines = [line for line in program.lines[: program.split] if not isinstance(line, (Draw, Guard))]
        back = program.lines[program.split :]
        made = {v for line in lines for v in line.outs} | {i.var for i in program.inputs} | set(self.drawn)
        self.kept: list[Any] = list(dict.fromkeys(v for line in back for v in line.vars() if v in made))
        self.guards = [line for line in program.lines[: program.split] if isinstance(line, Guard) and any(line.vars())]
        self.guards += positions_in(lines)
        ends = [v for v in (*program.outputs, *self.kept, *program.gradients) if isinstance(v, Var)]
        ends += [v for _, v in program.effects if isinstance(v, Var)]
        ends += [v for guard in self.guards for v in guard.vars()]
        self.many, self.forms = len(program.lines) > MANY, Forms()
        (lines, self.numbers), (back, more) = lifted(lines, self.forms), lifted(back, self.forms)
        self.numbers |= more
        self.homes: dict[Var, tuple] = {}  # where what a loop made lies
        self.forward = self._segments(lines, ends)
        self.kept = list(dict.fromkeys(self.homes[v][0] if v in self.homes else v for v in self.kept))
        self.backward = self._segments(back, [v for v in program.gradients if isinstance(v, Var)])
        read = {v for _, reads, _ in (*self.forward, *self.backward) for v in reads}
        self.numbers = {v: number for v, number in self.numbers.items() if v in read}

    def function(self, whole: bool) -> Callable:
        """A function of JAX arrays, one per input, that JAX can differentiate (with our backward), compile and shard."""
        import jax

        program = self.program
        inputs = [*(i.var for i in program.inputs), *self.drawn]
        ends = [*program.outputs, *(v for _, v in program.effects)]

        @jax.custom_vjp
        def run(*arrays):
            return forward(*arrays)[0]

        def forward(*arrays):
            env = self.run(self.forward, dict(zip(inputs, arrays)))
            outs = (jax.numpy.asarray(env[v] if isinstance(v, Var) else v) for v in ends)
            held = self.held(env)
            return (*(self._or_nan(held, v) for v in outs), held), ([env[v] for v in self.kept], arrays, held)

        def backward(kept, cotangents):
            values, arrays, held = kept
            env = dict(zip(self.kept, values)) | dict(zip(inputs, arrays))
            env |= zip(program.seeds, (_conjugate(cotangents[i]) for i in program.wanted))
            env = self.run(self.backward, env)
            found = {i: env[v] if isinstance(v, Var) else v for i, v in zip(program.leaves, program.gradients)}
            sent = [*map(found.get, program.inputs), *(None for _ in self.drawn)]
            return tuple(self._or_nan(held, _cotangent(g, a)) for g, a in zip(sent, arrays))

        run.defvjp(forward, backward)

        def called(*arrays, key=None):
            drawn = self._drawn_by(key) if self.draws else ()
            arrays = self._checked(arrays)
            *outs, held = (jax.jit(run) if whole else run)(*arrays, *drawn)
            if not _is_traced(held) and not held:
                raise self.refusal([*arrays, *drawn])
            value, written = closed(program.result, iter(outs)), outs[len(program.outputs) :]
            return (value, dict(zip(program.written, written))) if program.effects else value

        called.__name__ = program.name
        return called

    def with_gradients(self) -> Callable:
        """A function of the inputs' arrays and of ``draw()``'s, for results that are single numbers.

        It gives (results and what is written to inputs, gradients of the leaves, whether the guards hold).
        """
        program, inputs = self.program, [*(i.var for i in self.program.inputs), *self.drawn]
        ends = [*program.outputs, *(v for _, v in program.effects)]

        def run(*arrays):
            env = self.run(self.forward, dict(zip(inputs, arrays)))
            held = self.held(env)
            env |= {v: self.xp.np.ones_like(env[program.outputs[i]]) for v, i in zip(program.seeds, program.wanted)}
            env = self.run(self.backward, env)
            outs, grads = ([env[v] if isinstance(v, Var) else v for v in some] for some in (ends, program.gradients))
            return outs, grads, held

        return run

    def draw(self) -> list[np.ndarray]:
        """The random numbers of one run, in the order in which the function drew them: the same as here."""
        return [np.asarray(line.compute(NUMPY, *line.args, **line.params)) for line in self.draws]

    def _drawn_by(self, key) -> list:
        if key is None:
            raise TypeError(
                f"{self.program.name} draws random numbers, which JAX draws by keys: call it with key=jax.random.key(0), "
                "and with another key for other numbers"
            )
        return by_key(self.draws, key)

    def _or_nan(self, held, value):
        """``value``, or nan where Python would have decided otherwise: inside of what JAX traces nothing can be raised."""
        if not self.guards or not np.issubdtype(value.dtype, np.inexact):
            return value
        return self.xp.np.where(held, value, np.nan)

    def held(self, env) -> Any:
        """Whether Python would decide as it did at capture. Numbers that were computed may be off by their rounding."""
        held = self.xp.np.asarray(True)
        for guard in self.guards:
            held &= guard.holds_in(self.xp.np, env[guard.args[0]])
        return held

    def refusal(self, arrays) -> Exception:
        """What to raise for these values of the inputs and of the draws, for which a guard does not hold."""
        env = self.run(self.forward, dict(zip([*(i.var for i in self.program.inputs), *self.drawn], arrays)))
        for guard in self.guards:
            if isinstance(guard, Within) and not guard.holds(value := np.asarray(env[guard.args[0]])):
                return guard.error(value)
        return self.program.elsewhere()

    def _checked(self, arrays):
        program = self.program
        if len(arrays) == program.arity < len(program.inputs):  # what it takes from outside is read now
            arrays = [
                arrays[i.position] if i.position is not None else self.xp.np.asarray(_value_of(i.tensor._array))
                for i in program.inputs
            ]
        if len(arrays) != len(program.inputs):
            raise ValueError(f"{program.name} takes {program.arity} arrays, not {len(arrays)}")
        found = []
        for i, a in zip(program.inputs, arrays):
            like = np.broadcast_to(np.zeros((), jax_dtype(i.var.dtype)), i.var.shape)
            a = self.xp.np.asarray(_value_of(a), like.dtype if type(a) in (bool, int, float, complex) else None)
            program.expect(i, a, like)
            found.append(a)
        return found

    # ------------------------------------------------------------------ segments
    def _segments(self, lines: Sequence[Line], ends: list[Var]) -> list[tuple]:
        """(compiled functions, what they read, what they make) for each piece and each loop; ``ends`` are needed at the end."""
        letters = letters_of(lines, self.forms, set(ends))
        last = {v: i for i, line in enumerate(lines) for v in self.forms.of(line)[1]} | dict.fromkeys(ends, len(lines))
        found, done = [], 0

        def piece(start, size) -> Piece:
            return self._piece(lines[start : start + size], lambda v: last.get(v, -1) >= start + size)

        def cut_until(end):
            start = done
            for size in cut(letters[done:end]):
                found.append(self._compiled(piece(start, size)))
                start += size

        for start, size, rounds in repeats(letters) if len(lines) > LONGEST else ():
            pieces = [piece(start + k * size, size) for k in range(rounds)]
            for first, alike in equal_in_a_row(pieces):
                begin, end = start + first * size, start + (first + len(alike)) * size
                later = {v for piece in alike for v in piece.outs if last[v] >= end}
                loop = loop_of(alike, later, self.homes, self.numbers)
                if loop is not None:
                    cut_until(begin)
                    found.append(self._looped(loop, alike[0]))
                    done = end
        cut_until(len(lines))
        return found

    def _piece(self, lines: Sequence[Line], later: Callable[[Var], bool]) -> Piece:
        """Lines as one; ``later`` tells what is needed after them."""
        made = list(dict.fromkeys(v for line in lines for v in line.outs))
        own = set(made)
        reads = list(dict.fromkeys(v for line in lines for v in self.forms.of(line)[1] if v not in own))
        outs = [v for v in made if later(v)]
        number = {v: i for i, v in enumerate((*reads, *made))}
        forms = (self.forms.of(line) for line in lines)
        key = (
            tuple((form, *(number[v] for v in operands)) for form, operands in forms),
            tuple(number[v] for v in outs),
            tuple((v.shape, v.dtype) for v in reads),
        )
        return Piece(lines, reads, outs, key)

    def _compiled(self, piece: Piece) -> tuple:
        if piece.key not in self.shared:
            self.shared[piece.key] = self._both(piece, self._function(piece))
        return self.shared[piece.key], piece.reads, piece.outs

    def _looped(self, loop: Loop, piece: Piece) -> tuple:
        self.homes |= loop.homes
        self.numbers |= loop.numbers
        if loop.key not in self.shared:
            self.shared[loop.key] = self._both(piece, loop.made(self._function(piece)))
        return self.shared[loop.key], loop.reads, loop.outs

    def _both(self, piece: Piece, function: Callable) -> tuple[Callable, Callable]:
        """The function of a piece or of a loop of it: as part of what JAX traces, and by itself with our options."""
        import jax

        compiled = jax.jit(function)
        return compiled, jax.jit(function, compiler_options=_compiler_options(piece.lines)) if self.many else compiled

    def _function(self, piece: Piece) -> Callable:
        def segment(*values):
            env = dict(zip(piece.reads, values))
            for line in piece.lines:
                line.run(self.xp, env)
            return [env[v] for v in piece.outs]

        return segment

    def run(self, segments, env: dict) -> dict:
        """``env``, Vars with their values, with what the segments make of them."""
        alone = self.many and all(map(_lies_on_cpu, env.values()))
        env = Values(env | {v: unmet(number) for v, number in self.numbers.items()}, self.homes)
        for functions, reads, outs in segments:
            env |= zip(outs, functions[alone](*[env[v] for v in reads]))
        return env


def _value_of(array):
    """The array of JAX's in one on a device; one of NumPy's as JAX has not met it."""
    return array.value if hasattr(array, "on_host") else unmet(array)


def _compiler_options(lines: Sequence[Line]) -> dict[str, bool | int]:
    """What XLA is asked to leave out for a piece of a program of many lines: half of its time on a CPU, two thirds for small arrays.

    Its fusion emitters make no faster code of a few elementwise operations; unoptimised code is four times slower at a
    thousand elements, and as fast at sixty.
    """
    options: dict[str, bool | int] = {"xla_cpu_use_fusion_emitters": False}
    if sum(v.example.size for line in lines for v in line.outs) <= SMALL * len(lines):
        options["xla_backend_optimization_level"] = 0
    return {option: value for option, value in options.items() if _is_known(option, value)}


@cache
def _is_known(option: str, value: bool | int) -> bool:
    """Whether this version of XLA has the option."""
    import jax

    try:
        jax.jit(lambda x: x, compiler_options={option: value}).lower(0).compile()
    except jax.errors.JaxRuntimeError:
        return False
    return True


def _lies_on_cpu(value) -> bool:
    """Whether ``value`` is an array there, and not what JAX traces with: that is compiled where it is traced for."""
    return not _is_traced(value) and all(d.platform == "cpu" for d in getattr(value, "devices", set)())


def _is_traced(value) -> bool:
    from jax.core import Tracer

    return isinstance(value, Tracer)


def _cotangent(g, array):
    """What JAX expects: zeros where there is no gradient, of a type of its own for integers."""
    import jax

    if array.dtype.kind not in "fc":
        return np.zeros(array.shape, jax.dtypes.float0)
    if g is None:
        return jax.numpy.zeros_like(array)
    g = g if g.dtype == array.dtype and isinstance(g, jax.Array) else jax.numpy.asarray(g, array.dtype)
    return _conjugate(g if g.shape == array.shape else g.reshape(array.shape))


def _conjugate(g):
    """Of a real array the array itself: each function of JAX's that is called outside of a compiled one is compiled for itself."""
    return g.conj() if g.dtype.kind == "c" else g
