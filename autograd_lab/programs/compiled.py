"""``compile``: a function that captures itself as a program when it is first called, and again when it has to.

A program holds for the shapes and dtypes it was captured with, for the branches Python took, and while the names the function
reads mean the same. Each call looks for a program that fits; where none does, the function is captured once more, at most
`PATHS` times for one set of shapes, and as often in a row while names keep changing. What cannot be captured runs as it always
did, and says why, once.
"""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..amp import is_autocast_enabled
from ..core import Tensor, births, forward, grad, scopes
from ..core.device import is_here
from ..core.function import BackwardCFunction, Function, FunctionNode
from ..core.grad_mode import is_inference_mode_enabled, is_recording
from ..core.primitive import RUNTIME, Primitive
from ..core.saved import Packed, current
from ..core.tensor import wrap
from ..core.transforms import transforms
from .draws import draw_on, states_of
from .entry import entry_of
from .guards import Watch, signature_of
from .looks import shared_again
from .nests import as_like, closed, flat
from .numpy_code import NumpyCode
from .program import Program
from .standin import Unable

PATHS = 8


def compile(model: Callable | None = None, **options) -> Callable:
    """``compile(f)`` or ``@compile``: ``f``, captured as a program for each set of shapes, dtypes and branches it meets.

    The result takes and returns tensors as ``f`` does, and ``backward()`` goes through it: forward and backward are each one
    straight NumPy function with memory made beforehand, bitwise what the engine computes. Tensors that ``f`` takes from
    outside are read anew at each call. ``programs`` lists what was captured. PyTorch's options are accepted and do nothing.

    Results that are inputs, or views of inputs or of one another, are so here too. What ``f`` looks at of a tensor besides its
    numbers (``is_leaf``, strides, ...), the default dtype and what it reads by name may change: it is captured again. Numbers
    from Python's and NumPy's own generators, the clock, the environment, what an iterator gives next and the hooks of all
    modules are read once, at capture.

    >>> import autograd_lab as torch
    >>> @torch.compile
    ... def f(x):
    ...     return (x * x if x.sum() > 0 else -x).sum()
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> f(x).backward()
    >>> x.grad
    tensor([2., 4.])
    >>> _ = f(-x)
    >>> len(f.programs)
    2
    """
    if model is None:
        return functools.partial(compile, **options)
    if not callable(model):
        raise TypeError(f"compile() takes a function or a module, and {model!r} is of type {type(model).__name__}")
    return Compiled(model)


class Compiled:
    """A function and the programs it has been captured as. Make one with `compile`."""

    def __init__(self, function: Callable):
        self.function = function
        self.entries: list[tuple[Callable, Program]] = []  # asked first, the last that fitted in front
        self.known: dict[tuple, list[tuple[Program, Watch]]] = {}
        self.by_keywords: dict[tuple, Compiled] = {}
        self.refused: dict[tuple, str] = {}  # signature -> why it runs as it is
        self.in_vain: dict[tuple, int] = {}  # signature -> captures in a row that fitted no second call
        functools.update_wrapper(self, function)

    @property
    def programs(self) -> list[Program]:
        """The programs captured so far."""
        return [program for every in self.known.values() for program, _ in every]

    def __getattr__(self, name):  # of a module: its parameters() and the like
        if name.startswith("__") or "function" not in vars(self):
            raise AttributeError(name)
        return getattr(self.function, name)

    def __reduce__(self):  # a copy captures anew: the programs read the tensors of this one
        return Compiled, (self.function,)

    def __get__(self, instance, owner=None):
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args, **kwargs):
        if kwargs:
            return self._with_keywords(args, kwargs)
        if Primitive.interpreter is not None or transforms.get() or is_inference_mode_enabled() or is_autocast_enabled("cpu"):
            return self.function(*args)
        for i, (enter, program) in enumerate(self.entries):
            entered = enter(args)
            if entered is not None:
                result = _called(self, program, args, *entered)
                if result is not _OTHER_BRANCH:
                    if i:
                        self.entries.insert(0, self.entries.pop(i))
                    return result
        return self._looked_for(args)

    def _looked_for(self, args):
        """The call in the long way: by the signature of its arguments, and with a capture if no program fits."""
        signature = signature_of(args)
        if signature is None or signature in self.refused:
            return self.function(*args)
        paths = self.known.setdefault(signature, [])
        for program, watch in paths:
            if watch.holds() and _inputs_hold(program):
                result = _called(self, program, args, *_given(program, args))
                if result is not _OTHER_BRANCH:
                    if self.in_vain.pop(signature, 0) > 1:
                        self._enter(program, watch, args)
                    return result
        changed = next((watch.changed() for _, watch in paths if not watch.holds()), "")
        paths[:] = [(program, watch) for program, watch in paths if watch.holds() and _inputs_hold(program)]
        known = self.programs
        self.entries = [(enter, program) for enter, program in self.entries if any(program is p for p in known)]
        if len(paths) >= PATHS:
            return self._refuse(signature, f"it took {PATHS} different ways through its branches", args)
        if changed:
            self.in_vain[signature] = times = self.in_vain.get(signature, 0) + 1
            if times == PATHS:
                why = f"it found another {changed!r} in each of {PATHS} calls in a row (numbers in a tensor may change)"
                return self._refuse(signature, why, args)
        return self._captured(signature, args)

    def _with_keywords(self, args, kwargs):
        names = tuple(sorted(kwargs))
        if names not in self.by_keywords:
            function = self.function

            def positional(*all_args):
                return function(
                    *all_args[: len(all_args) - len(names)], **dict(zip(names, all_args[len(all_args) - len(names) :]))
                )

            self.by_keywords[names] = Compiled(functools.update_wrapper(positional, function))
        return self.by_keywords[names](*args, *(kwargs[name] for name in names))

    def _captured(self, signature, args):
        try:
            watch = Watch(self.function)
            program = Program.capture(self.function, *args)
        except Unable as error:
            return self._refuse(signature, str(error), args)
        except Exception as error:  # the function's own, or one of a stand-in's: the function itself will tell
            result = self.function(*args)
            self.refused[signature] = why = f"{type(error).__name__}: {error}"
            _warn(self, why)
            return result
        if any(alias is not None and alias.base is None for alias in program.aliases):
            return self._refuse(signature, "it returns views that share memory, and not what they are views of", args)
        result = _called(self, program, args, *_given(program, args))
        if result is _OTHER_BRANCH:  # not even for the values it was captured with (nan compared with itself)
            return self._refuse(signature, "it does not take the same branches twice", args)
        self.known[signature].append((program, watch))
        if self.in_vain.get(signature, 0) < 2:  # else once it fits a second call, of which the long way is told
            self._enter(program, watch, args)
        return result

    def _enter(self, program: Program, watch: Watch, args) -> None:
        """Have ``program`` asked first, if a way in can be written for it."""
        enter = entry_of(program, watch, args) if isinstance(program.code, NumpyCode) else None
        if enter is not None:
            self.entries.insert(0, (enter, program))

    def _refuse(self, signature, why, args):
        self.refused[signature] = why
        _warn(self, why)
        return self.function(*args)

    def __repr__(self):
        return f"<compiled {getattr(self.function, '__name__', self.function)}: {len(self.programs)} programs>"


_OTHER_BRANCH = object()


def _warn(compiled, why):
    name = getattr(compiled.function, "__name__", type(compiled.function).__name__)
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and scopes.is_ours(frame.f_code):
        frame, level = frame.f_back, level + 1
    warnings.warn(f"{name} runs without being compiled: {why}", UserWarning, stacklevel=level)


def _inputs_hold(program: Program) -> bool:
    for i in program.inputs:
        if i.tensor is not None:
            array = i.tensor._array
            here = is_here(array)
            if (array.ndim or not here) and here is not isinstance(program.code, NumpyCode):
                return False
            if array.shape != i.var.shape or array.dtype != i.var.dtype or (i.var.wants and not i.tensor.requires_grad):
                return False
            if not i.var.wants and i.tensor.requires_grad and i.var.dtype.kind in "fc" and is_recording():
                return False
    return True


class _Lease:
    """Buffers, until nobody needs what is in them."""

    def __init__(self, program: Program):
        self.program, self.buffers = program, program.take()

    def __del__(self):
        self.program.give(self.buffers)


def _given(program: Program, args) -> tuple:
    """(the tensors of the program's inputs, their arrays) in a call with ``args``."""
    tensors = [t for t in flat(args) if isinstance(t, Tensor)]
    return [tensors[i.position] if i.position is not None else i.tensor for i in program.inputs], program.arrays(args)


def _called(compiled: Compiled, program: Program, args, inputs, arrays):
    """The result of a call, recorded as one node; _OTHER_BRANCH if a guard does not hold."""
    if program.effects and program.written_twice(inputs):
        return compiled.function(*args)
    if program.looks and not all(look.holds(inputs[program.inputs.index(look.given)]) for look in program.looks):
        return _OTHER_BRANCH
    states = states_of(program.generators) if program.generators else []
    lease = _Lease(program)
    try:
        made = program.code.forward(arrays, lease.buffers)
    except Exception:  # NumPy's (an index out of bounds): the function itself will say it in our words
        draw_on(states)
        return compiled.function(*args)
    if type(made) is int:
        draw_on(states)
        return _OTHER_BRANCH
    outs, kept = made
    values = program.handed_out(outs, args)
    if not (program.leaves and is_recording()):
        return _with_views(program, map(wrap, values), inputs)
    ran = _Ran(compiled, program, args, states, lease, kept, values)
    if (
        len(values) == 1
        and program.wanted
        and not program.aliases
        and births.note is None
        and not forward.is_open
        and current() is None
    ):
        return closed(program.result, iter((_recorded(_node_of(compiled), ran, inputs),)))
    results = _node_of(compiled).apply(ran, *inputs)
    return _with_views(program, results if isinstance(results, tuple) else (results,), inputs)


def _with_views(program: Program, results: Iterable[Tensor], inputs):
    """The function's result: ``results``, and for what it returned as views of one another or of its inputs such views."""
    if program.aliases:
        results = shared_again(tuple(results), program.aliases, inputs, program.inputs)
    return closed(program.result, iter(results))


_draw: Any = RUNTIME["draw"]


def _recorded(function: Any, ran: _Ran, inputs) -> Tensor:
    """What ``function.apply(ran, *inputs)`` gives where there is one result and nobody watches, in a third of the time."""
    (value,), ran.values = ran.values, None
    node: Any = object.__new__(function._node_type)
    counter = [0]
    node.kept = tuple([(t, None, 0 if t._counter is None else t._version, 0) for t in inputs])
    node.kept_forward = node.dirty = node.not_differentiable = ()
    node.hooks, node.materialize, node.tensors_among, node.ran = None, True, None, ran
    node.needs_input_grad, node.inputs_like = ran.program.flags
    node.results = [(value.shape, value.dtype, counter)]
    node.edges = tuple([t._node if t._more is None else t._current() for t in inputs])
    node.seq = _draw()
    return wrap(value, node, counter)


class _ProgramNode(FunctionNode):
    """The node of a compiled function: its backward on arrays, without the checks that a user's own Function needs."""

    __slots__ = ("ran",)
    kept: Any

    def apply(self, g, keep):
        kept = self.kept
        if kept is None or self.outputs > 1 or any(type(entry[0]) is Packed for entry in kept):
            return super().apply(g, keep)
        tensors = []
        for t, _, version, _ in kept:
            if t is None or (t._counter is not None and t._counter[0] != version):
                return super().apply(g, keep)
            tensors.append(t)
        program = self.ran.program
        (like,) = program.seeds
        found = self.ran.gradients(tensors, (g if type(g) is type(like.example) else as_like(g, like.example),))
        if not keep:
            self.kept = None
        sent = [None] * len(tensors)
        for i, found_for_it in zip(program.places, found):
            sent[i] = found_for_it
        return tuple(sent)


class _Ran:
    """What one call leaves for its backward."""

    def __init__(self, compiled, program, args, states, lease, kept, values):
        self.compiled, self.program, self.args, self.states, self.lease, self.kept = (
            compiled,
            program,
            args,
            states,
            lease,
            kept,
        )
        self.values = values  # for the node that is being made

    def gradients(self, tensors, seeds):
        """Our backward's arrays, for each of the program's leaves."""
        if self.kept is None:  # a second time: backward has used the memory of what forward had kept
            self.again(tensors)
        kept, self.kept = self.kept, None
        return self.program.code.backward(kept, seeds, self.lease.buffers)

    def again(self, tensors):
        now = states_of(self.program.generators)
        draw_on(self.states)
        outs, self.kept = self.program.code.forward(self.arrays(tensors), self.lease.buffers)
        draw_on(now)
        return outs

    def arrays(self, tensors) -> list:
        """The tensors' arrays, scalars where the program has scalars."""
        examples = [i.var.example for i in self.program.inputs]
        return [t._array if type(t._array) is type(e) else as_like(t._array, e) for t, e in zip(tensors, examples)]


def _forward(ctx, ran: _Ran, *tensors):
    values, ran.values = ran.values, None
    if values is None:  # somebody runs this node's forward again, with other tensors
        ran = _Ran(ran.compiled, ran.program, ran.args, ran.states, _Lease(ran.program), None, None)
        values = [np.array(v) for v in ran.again(tensors)[: len(ran.program.outputs)]]
    ctx.ran = ran
    ctx.save_for_backward(*tensors)
    outs = tuple([wrap(v) for v in values])
    ctx.mark_non_differentiable(*(t for i, t in enumerate(outs) if i not in ran.program.wanted))
    return outs[0] if len(outs) == 1 else outs


def _backward(ctx, *gradients):
    ran, tensors = ctx.ran, ctx.saved_tensors
    program = ran.program
    wanted = [gradients[i] for i in program.wanted]
    if is_recording():  # create_graph: the function itself, whose every operation can be differentiated again
        return (None, *_through_the_engine(ran, tensors, wanted))
    seeds = [as_like(g._array, v.example) for g, v in zip(wanted, program.seeds)]
    found = dict(zip(program.leaves, ran.gradients(tensors, seeds)))
    return (None, *(None if found.get(i) is None else wrap(found[i]) for i in program.inputs))


def _through_the_engine(ran: _Ran, tensors, wanted):
    program = ran.program
    result = ran.compiled.function(*ran.args)
    outs = [t for t in flat(result) if isinstance(t, Tensor)]
    leaves = [t for t, i in zip(tensors, program.inputs) if i.var.wants]
    found = iter(grad([outs[i] for i in program.wanted], leaves, wanted, create_graph=True, allow_unused=True))
    return [next(found) if i.var.wants else None for i in program.inputs]


def _node_of(compiled: Compiled) -> type[Function]:
    """The Function that a compiled function records, called by its name."""
    if "_node" not in vars(compiled):
        name = "".join(c for c in getattr(compiled.function, "__name__", "function") if c.isalnum() or c == "_")
        body = {"forward": staticmethod(_forward), "backward": staticmethod(_backward), "compiled": True}
        made: Any = type(f"Compiled_{name or 'lambda'}", (Function,), body)
        node = {"__slots__": (), "function": made, "__module__": "torch.autograd.function"}
        made._node_type = type(made.__name__ + "Backward", (_ProgramNode, BackwardCFunction), node)
        vars(compiled)["_node"] = made
    return vars(compiled)["_node"]
