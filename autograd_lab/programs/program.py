"""Program: a captured function as lines, forward and our backward, that run anywhere an array namespace does."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..core import Tensor, births, errors
from ..core.device import is_here, looked_at
from ..core.inplace import bump, in_place
from ..core.tensor import wrap
from ..crosscheck.lower import follow_tensors, program_of
from ..crosscheck.roots import root_of
from ..crosscheck.subject import leaf_of
from ..trace import Picture
from ..trace.names import caller_namespace, named_tensors
from . import capture
from .collector import collector_resting
from .draws import draw_on, generators_of, states_of
from .lines import Var
from .looks import LEFT, Alias, Look, aliases_of
from .nests import as_like, became_of, closed, flat, opened_call, outputs_in, own_copy, results_of, tensors_of
from .numpy_code import NumpyCode
from .on_engine import on_engine
from .passes import simplified
from .standin import Unable


class Run(NamedTuple):
    """What one run gave: NumPy arrays in the structure of the function's result, and a gradient for each differentiable input."""

    value: Any
    gradients: dict[str, np.ndarray | None]


class Program:
    """Straight-line code for one way through a function: ``lines``, the first ``split`` of them forward, the others backward.

    ``inputs`` are the tensors it was called with and those it took from outside, which are read anew at each run;
    ``outputs`` the results. Make one with `Program.capture(f, *args)`, or of a recorded graph with `Program.of(tensor)`.
    It holds for these shapes and dtypes and for the branches that were taken. In Theano's words, ``function(inputs, outputs)``.

    >>> import autograd_lab as torch
    >>> from autograd_lab.programs import Program
    >>> x = torch.tensor([0.5, 1.5], requires_grad=True)
    >>> program = Program.capture(lambda x: (x * x).sum(), x)
    >>> program.run(torch.tensor([1.0, 2.0]))
    Run(value=np.float32(5.0), gradients={'x': array([2., 4.], dtype=float32)})
    """

    def __init__(self, name: str, written: capture.Capture, result, differentiate: bool = True):
        self.name = name
        self.inputs = written.inputs
        self.result = result  # the nest that the function returned, an Output where a tensor was
        for out in outputs_in(result):
            out.view = None  # what the stand-in holds of the capture is not needed any more
        self.outputs = [out.var for out in outputs_in(result)]
        self.effects: list[tuple[Any, Any]] = [(s.origin, s.var) for s in written.stores if s.version]
        wanted = [v for v in self.outputs if isinstance(v, Var) and v.wants]
        if not differentiate:
            wanted = []
        self.leaves = [i for i in self.inputs if i.var.wants] if differentiate else []
        self.seeds = [Var(as_like(np.ones_like(v.example), v.example)) for v in wanted]
        before = len(written.lines)
        with np.errstate(all="ignore"):
            gradients = written.gradients(wanted, self.seeds, [i.var for i in self.leaves])
        needed = [*self.outputs, *gradients, *(v for _, v in self.effects)]
        forward = set(map(id, written.lines[:before]))
        self.lines, became = simplified(written.lines, [v for v in needed if isinstance(v, Var)])
        self.split = sum(id(line) in forward for line in self.lines)
        for i, line in enumerate(self.lines):
            for var in line.outs:
                var.number = i
                var.forget()
        for i, given in enumerate(self.inputs):
            given.var.number = -1 - i
        self.gradients = [became_of(v, became) for v in gradients]
        self.outputs = [became_of(v, became) for v in self.outputs]
        self.effects = [(origin, became_of(v, became)) for origin, v in self.effects]
        self.wanted = [i for i, out in enumerate(outputs_in(result)) if out.var in set(wanted)] if wanted else []
        self.arity = sum(i.position is not None for i in self.inputs)
        for i, leaf in enumerate(self.leaves):
            leaf.name = leaf.name or f"from outside {i}"
        ones = [v.example for v in self.seeds]
        self._ones = ones if all(v.size == 1 for v in ones) else None
        self._free: list[tuple] = []
        self.looks: list[Look] = []
        self.aliases: list[Alias | None] = []  # what each result is a view of; empty if none is

    # ------------------------------------------------------------------ making one
    @classmethod
    def capture(cls, function: Callable, *args) -> Program:
        """Call ``function`` once, on stand-ins, and write down what it does.

        Tensors among ``args`` (also in lists, tuples and dicts) become inputs, and so do those it takes from outside, a module's
        by their names; a gradient is computed for those that require one. Raises Unable, a sentence, when the function does
        something that no program can repeat.
        """
        names, tensors, rebuilt = opened_call(function, args)
        wants = [t.requires_grad for t in tensors]
        with collector_resting():
            with capture.captured() as written:
                stand_ins = [
                    written.input(looked_at(t._array), w, i, name=n) for i, (t, w, n) in enumerate(zip(tensors, wants, names))
                ]
                written.seen.arguments = tensors
                result = results_of(function(*rebuilt(stand_ins)), written)
                written.seen.arguments = ()
            aliases = aliases_of(outputs_in(result), written.inputs)
            if any(map(vars, stand_ins)):
                raise Unable("it sets an attribute of an argument")
            stand_ins.clear()
            written.known.clear()
            if written.seen.is_left(written.constants):
                raise Unable(LEFT)
            own = [nt for kept in ("named_parameters", "named_buffers") for nt in getattr(function, kept, tuple)()]
            called = {id(known): n for n, t in own for known in (t, t._array)}  # running averages come in other tensors
            for i in written.inputs:
                i.name = i.name or called.get(id(i.tensor)) or called.get(id(getattr(i.tensor, "_array", None)), "")
            program = cls(getattr(function, "__name__", type(function).__name__), written, result)
        program.looks, program.aliases = list(written.seen.looks.values()), aliases if any(aliases) else []
        given = [(tensors[i.position] if i.position is not None else i.tensor)._array for i in program.inputs]
        if not all(map(is_here, given)):
            from .on_device import DeviceCode, one_of

            vars(program)["code"] = DeviceCode(program, one_of(given))
        return program

    @classmethod
    def of(cls, tensor) -> Program:
        """The program of a graph that was recorded while births were noted: its leaves are the inputs.

        ``tensor``: the result, or a Recording or a Stepper of its backward pass. Raises RuntimeError for a graph recorded
        without births, TypeError for what is no graph.
        """
        root = root_of(tensor)
        if root is None:
            raise TypeError(
                f"Program.of() takes a tensor, a Recording or a Stepper, not {type(tensor).__name__}: "
                "of a function Program.capture(f, *args) makes one"
            )
        if isinstance(tensor, Tensor) and not tensor.requires_grad:
            raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn: it is of no graph")
        graph = program_of([root])
        names = _leaf_names(graph.leaves)

        def apply(line, args):
            if line.is_function:
                raise Unable(f"{line.name} is a Function, whose backward is no line of a program")
            if line.path is None:
                return line.op.call(*args, **line.params)
            base = args[0].clone()
            in_place(line.op, follow_tensors(base, line.path), *args[1:], **line.params)
            return base

        with collector_resting():
            with capture.captured() as written:
                leaves = [
                    written.input(looked_at(leaf.array), True, i, name=n)
                    for i, (leaf, n) in enumerate(zip(graph.leaves, names))
                ]
                result = results_of(graph.run(leaves, apply, np.asarray)[0], written)
            return cls("graph", written, result)

    # ------------------------------------------------------------------ running it on NumPy
    @cached_property
    def code(self) -> NumpyCode:
        """The NumPy function; ``code.source`` is its text."""
        outputs = [*self.outputs, *(v for _, v in self.effects)]
        return NumpyCode([i.var for i in self.inputs], self.lines, self.split, outputs, self.seeds, self.gradients)

    @property
    def source(self) -> str:
        """The NumPy code that ``run`` executes."""
        return self.code.source

    @cached_property
    def generators(self) -> tuple:
        """What it draws random numbers from, None for the default generator."""
        return generators_of(self.lines)

    @property
    def written(self) -> list[str]:
        """The names of the inputs that it writes to."""
        number = {id(given): k for k, given in enumerate(self.inputs)}
        return [origin.name or f"from outside {number[id(origin)]}" for origin, _ in self.effects]

    @cached_property
    def flags(self) -> tuple:
        """What a call's node says of its inputs: (which need a gradient, their shapes and dtypes), an argument of ours in front."""
        needed = (False, *(i.var.wants for i in self.inputs))
        return needed, [None, *((i.var.shape, i.var.dtype) for i in self.inputs)]

    @cached_property
    def places(self) -> list[int]:
        """Which input each gradient is for."""
        return [next(k for k, i in enumerate(self.inputs) if i is leaf) for leaf in self.leaves]

    def run(self, *args, gradient=None) -> Run:
        """The value and all gradients at other arguments of the same shapes: tensors or arrays. Bitwise what the engine gives.

        ``gradient``: of the result, where that is not a single number. ``ValueError`` for other shapes or dtypes, `Unable`
        where a branch that Python took would be taken differently.
        """
        arrays = self.arrays(args)
        self.refuse_shared(args)
        states = states_of(self.generators) if self.generators else []
        buffers = self.take()
        try:
            made = self.code.forward(arrays, buffers)
            if type(made) is int:
                draw_on(states)
                raise self.elsewhere()
            outs, kept = made
            grads = self.code.backward(kept, self._seeds(outs, gradient), buffers) if self.leaves else ()
            outs = self.handed_out(outs, args)
        finally:
            self._free.append(buffers)
        shared = self.code.shared[len(self.outputs) + len(self.effects) :]
        gradients = {
            leaf.name: None if g is None else own_copy(g) if s else g for leaf, g, s in zip(self.leaves, grads, shared)
        }
        return Run(closed(self.result, iter(outs)), gradients)

    def elsewhere(self) -> Unable:
        """What to raise where a guard does not hold."""
        return Unable(f"{self.name} takes another branch here: capture it again with these arguments")

    def take(self) -> tuple:
        """A set of buffers that nobody uses."""
        try:  # (another thread may have taken the last ones since)
            return self._free.pop()
        except IndexError:
            return self.code.buffers()

    def give(self, buffers: tuple) -> None:
        """Take buffers back."""
        self._free.append(buffers)

    def arrays(self, args) -> list:
        """The inputs' arrays for a call with ``args``: checked against what was captured."""
        given = [getattr(t, "_array", t) for t in tensors_of(args)]
        if len(given) != self.arity:
            raise ValueError(f"{self.name} was captured with {self.arity} tensors, not {len(given)}")
        found = []
        for i in self.inputs:
            array = given[i.position] if i.position is not None else i.tensor._array
            example = i.var.example
            self.expect(i, array, example)
            found.append(array if type(array) is type(example) else as_like(array, example))
        return found

    def expect(self, given: capture.Input, array, like) -> None:
        """ValueError, a sentence, unless ``array``, of an input, has the shape and dtype of ``like``."""
        if array.shape != like.shape or array.dtype != like.dtype:
            raise ValueError(
                f"{self.name} was captured with {given!r} of shape {list(like.shape)} and {like.dtype}, "
                f"not {list(array.shape)} and {array.dtype}: capture it again, or use autograd_lab.compile, which does"
            )

    def refuse_shared(self, args) -> None:
        """Unable, a sentence, where what it writes to one tensor of ``args`` would be seen in another."""
        if self.effects and self.written_twice([self.tensor_of(i, args) for i in self.inputs]):
            raise Unable(f"{self.name} writes to one of two tensors that share memory: call the function itself")

    def written_twice(self, inputs) -> bool:
        """Whether what it writes to one of its inputs may be seen in another: then they are not read as they were at first."""
        written, memory = {id(origin) for origin, _ in self.effects}, [getattr(t, "_array", t) for t in inputs]
        for i, a in enumerate(memory):
            if id(self.inputs[i]) in written:
                for k, b in enumerate(memory):
                    if i != k and (a is b or (type(a) is type(b) is np.ndarray and np.may_share_memory(a, b))):
                        return True
        return False

    def _seeds(self, outs, gradient) -> list:
        if gradient is None and self._ones is not None:
            return self._ones
        values = [outs[i] for i in self.wanted]
        if gradient is not None:
            given = gradient if isinstance(gradient, (list, tuple)) else [gradient]
            if len(given) != len(values):
                raise RuntimeError(f"got {len(values)} tensors and {len(given)} gradients")
            for k, (g, v) in enumerate(zip(given, values)):
                if np.shape(getattr(g, "_array", g)) != np.shape(v):
                    raise errors.wrong_shape(k, np.shape(getattr(g, "_array", g)), np.shape(v))
            return [as_like(np.asarray(getattr(g, "_array", g), v.dtype), v) for g, v in zip(given, values)]
        raise RuntimeError("grad can be implicitly created only for scalar outputs: give gradient=")

    def tensor_of(self, given: capture.Input, args) -> Any:
        """The tensor or array of an input in a call with ``args``."""
        return tensors_of(args)[given.position] if given.position is not None else given.tensor

    def handed_out(self, outs, args) -> list:
        """The results, none of which shares memory with an input, after writing back what the function wrote to its inputs."""
        results = [own_copy(r) if shared else r for r, shared in zip(outs[: len(self.outputs)], self.code.shared)]
        if self.effects:
            self.write_back([value.copy() for value in outs[len(self.outputs) :]], args)
        return results

    def write_back(self, values, args) -> None:
        """Put ``values``, in the order of ``effects``, into the inputs of a call with ``args`` that the function writes to."""
        for (origin, _), value in zip(self.effects, values):
            target = self.tensor_of(origin, args)
            if isinstance(target, Tensor):
                target._materialise()[...] = value
                bump(target)
            else:
                target[...] = value

    # ------------------------------------------------------------------ elsewhere
    def to_jax(self, whole: bool = False) -> Callable:
        """A pure function of JAX arrays, one per input, with our backward: ``jax.grad`` and ``jax.jit`` take it.

        What repeats in a long program, such as the steps of an unrolled recurrent network, is one loop there, compiled once.
        ``whole``: compile it in one piece, which XLA does faster code for and, beyond a thousand lines that are no loop, may
        never finish. Otherwise the rest is compiled in segments of at most 200 lines, cut where it repeats, equal ones once.
        Where a branch that Python took would be taken differently it raises `Unable`, and inside of ``jax.jit``, ``jax.grad``
        and the like, where nothing can be raised, its floating results and gradients are nan. What draws random numbers is
        called with ``key=jax.random.key(0)``: one key, the same numbers; their laws are those of here.
        What writes to its inputs, or to a module's running averages, gives a pair: its result and the new values, a dict by name
        (``jax.value_and_grad(..., has_aux=True)`` takes it). Float64 needs ``jax.enable_x64``. RuntimeError where JAX is not installed.
        """
        from .jax_code import JaxCode

        return JaxCode(self).function(whole)

    def shard(self, mesh, data="batch", axis=None) -> Callable:
        """The program on all devices of a ``jax.sharding.Mesh``: see `shard.shard`."""
        from .shard import shard

        return shard(self, mesh, data, axis)

    def on_engine(self, *args) -> Any:
        """Run the forward lines on the engine, which records them: the result can be drawn, stepped through and checked."""
        arrays = self.arrays(args) if args else [i.var.example for i in self.inputs]
        env: dict[Var, Tensor] = {}
        for i, array in zip(self.inputs, arrays):
            env[i.var] = leaf_of(array) if i.var.wants else wrap(np.array(array)[()])
        with births.noting():
            for line in self.lines[: self.split]:
                made = on_engine(line, env)
                env |= zip(line.outs, made if isinstance(made, tuple) else (made,))
        outs = [env[v] if isinstance(v, Var) else wrap(v) for v in self.outputs]
        return closed(self.result, iter(outs))

    @property
    def picture(self) -> Picture:
        """The program's graph, drawn. RuntimeError where no input requires a gradient: nothing is recorded then."""
        root = next((out for out in flat(self.on_engine()) if isinstance(out, Tensor) and out.requires_grad), None)
        if root is None:
            raise RuntimeError(f"{self.name} has no graph to draw: capture it with a tensor that requires a gradient")
        return Picture.of(root, names={})

    def __len__(self):
        return len(self.lines)

    def __repr__(self):
        return f"<Program {self.name}: {self.split} lines forward, {len(self.lines) - self.split} backward>"

    def __str__(self):
        names = {i.var: repr(i) for i in self.inputs} | dict.fromkeys(self.seeds, "g")

        def said(value):
            if isinstance(value, Var):
                return names.get(value, repr(value))
            if isinstance(value, (tuple, list)):
                return f"({', '.join(map(said, value))})"
            if isinstance(value, np.ndarray) and value.size > 4:
                return f"<{value.dtype} {list(value.shape)}>"
            return repr(value) if not isinstance(value, (np.ndarray, np.generic)) else str(value.tolist())

        text = [repr(self)]
        for i, line in enumerate(self.lines):
            if i == self.split:
                text.append("backward:")
            metadata = [f"{k}={said(v)}" for k, v in line.params.items()]
            targets = ", ".join(map(repr, line.outs))
            text.append(f"  {targets + ' = ' if targets else ''}{line.name}({', '.join([*map(said, line.args), *metadata])})")
        return "\n".join(text)


def _leaf_names(sinks) -> list[str]:
    names = {}
    for name, t in named_tensors(caller_namespace()):
        names.setdefault(t._node, name)
    return [names.get(sink, f"leaf {i}") for i, sink in enumerate(sinks, 1)]
