"""What is being checked: a function with its arguments, or a graph that is already there. Both become a recorded Program.

Verdicts on rules are passed in float64: arguments are copied and widened, the function is called on the copies and recorded.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core import BackwardPass, Tensor, dtypes, enable_grad, grad
from ..core.dtypes import DIFFERENTIABLE
from ..core.function import Function
from ..core.node import AccumulateGrad
from ..core.tensor import wrap
from ..trace.names import caller_namespace, named_tensors
from . import outside
from .again import StandIn
from .arguments import Arguments, walked
from .compare import largest
from .draws import draw_from, drew, random_state, same_draws
from .hearing import heard
from .lower import Program, eps_of, program_of, reachable, wide
from .observed import captured
from .outside import narrower, widened
from .roots import Root
from .untouched import left_as_found


@dataclass(eq=False)
class Subject:
    """A recorded run. ``names[i]``, ``values[i]`` belong to ``program.leaves[i]``; ``call`` runs the function again on as many
    tensors as it has ``arguments`` (None for a graph); ``captured`` are the sinks of tensors it took from outside."""

    name: str
    program: Program
    outputs: list[Tensor]
    gradients: list[Tensor]
    names: list[str]
    values: list[Any]
    call: Callable | None = None
    captured: tuple = ()
    nodes: int = 0  # of the graph it was given, which may be one less for each view that was written
    function: Callable | None = None  # as it was called: of a module, the copy that was widened
    arguments: Arguments | None = None
    chosen: frozenset = frozenset()  # which of the results are ``outputs``
    own: np.dtype | None = None  # the user's floating dtype, where it is narrower than what was checked in
    around: Callable = nullcontext  # within which the function runs: what it takes from outside is widened there
    refused: bool = False  # to run on wider arguments: the check is in the dtype of its inputs

    @functools.cached_property
    def _met(self) -> list[Tensor]:
        """What it takes from outside, where that is narrower than float64."""
        call = self.call
        assert call is not None
        values = [*map(np.asarray, self.values)]
        if all(v.dtype.itemsize >= 8 for v in values if v.dtype.kind in DIFFERENTIABLE):  # as it runs, so do stand-ins
            return []
        own = values[: len(values) - len(self.captured)]
        with same_draws(random_state()):
            return outside.met_by(lambda: call([leaf_of(v) for v in own]))

    @property
    def on_stand_ins(self) -> Callable:
        """``call`` for stand-ins, which hold float64: what it takes from outside does so too, or it would refuse the two together.

        What it keeps of them in its layers is taken out again: no run after it may meet one.
        """
        assert self.call is not None
        call = self.call
        if met := self._met:  # asked now: where stand-ins are, every operation is theirs
            call = functools.partial(call, within=lambda: outside.holding(met, np.dtype(np.float64)))

        def run(tensors):
            with left_as_found(self.function):
                return call(tensors)

        return run

    def changed(self, gradients) -> str:
        """What our engine gives otherwise when the function is called again at the same place; empty if nothing."""
        outputs, points = self._called(self.values)
        if not all(np.array_equal(a._array, b._array, equal_nan=True) for a, b in zip(outputs, self.outputs)):
            return "it returned another value the second time"
        found = self._pulled(outputs, points, self.values)
        same = all(np.array_equal(a, b, equal_nan=True) for a, b in zip(found, gradients))
        if not same and not set(self.captured) <= {*reachable([t._current() for t in outputs])[1]}:
            return "it makes a tensor that requires a gradient anew in each run: give it as an argument"
        return "" if same else "its gradient was another the second time"

    def gradients_at(self, values) -> list:
        """Our gradients when the function is called with other values for its own leaves."""
        return self._pulled(*self._called(values), values)

    def _called(self, values) -> tuple[list[Tensor], list]:
        assert self.call is not None
        tensors = [leaf_of(v) for v in values[: len(values) - len(self.captured)]]
        with enable_grad():
            return self.call(tensors), [*(t._node for t in tensors), *self.captured]

    def _pulled(self, outputs, points, values) -> list:
        with self.around():
            run = BackwardPass(outputs, self.gradients, capture=points)
            run.run()
        return captured(run, points, values)

    def engine(self, values) -> tuple[Program, list]:
        """The same operations at other leaves: (the new recording, our gradients there)."""
        with heard() as kept:
            outputs, points, found = self._at(values)
        program = program_of(outputs, kept)
        program.leaves, program.values = points, list(values)
        return program, found

    @functools.cached_property
    def functions_inside(self) -> list[str]:
        """Of a gradient: the Functions it is a gradient of, which are no part of its own graph."""
        every = [op for _, op, *_ in self.program.heard] if hasattr(self.function, "of") else []
        return [
            op.__name__ for op in every if isinstance(op, type) and issubclass(op, Function) and not hasattr(op, "compiled")
        ]

    @functools.cached_property
    def noise(self) -> float:
        """How far values and gradients move when the engine's every result is nudged, per nudge: no JAX is asked, and every
        Function can be. Costs three runs."""
        h = max(1e-8, 4 * eps_of(*self.values, *(line.out for line in self.program.lines if line.out is not None)))
        still, *moved = (self._nudged(size, seed) for seed, size in ((0, 0.0), (1, h), (2, h)))
        return max(largest(a - b) / h for those in moved for a, b in zip(those, still))

    def _nudged(self, size: float, seed: int) -> list:
        """Values and gradients of the same operations in double precision, every result moved by about ``size``, relatively."""
        draws = np.random.default_rng(seed)

        def nudge(t: Tensor) -> Tensor:
            array = t._array
            by = np.asarray(1 + size * draws.standard_normal(array.shape))
            return t * wrap(by.astype(array.dtype)[()]) if array.dtype.kind in DIFFERENTIABLE else t

        outputs, _, found = self._at([*map(wide, self.values)], nudge)
        return [*(t._array for t in outputs), *found]

    def _at(self, values, nudge: Callable | None = None) -> tuple[list[Tensor], list, list]:
        """(results, sinks, our gradients) of the operations run again by the engine on new leaves."""
        tensors = [leaf_of(v) for v in values]
        with enable_grad():
            outputs = self.program.on_tensors(tensors, {}, nudge)
            gradients = [wrap(np.asarray(g._array, o._array.dtype)[()]) for o, g in zip(outputs, self.gradients)]
        points = [t._node for t in tensors]
        run = BackwardPass(outputs, gradients, retain_graph=True, capture=points)
        run.run()
        return outputs, points, captured(run, points, [t._array for t in tensors])


def of_function(function: Callable, args: tuple, dtype) -> Subject:
    """Call ``function`` on widened copies of ``args`` and record it. Raises TypeError for what cannot be checked.

    Where it refuses those, what it takes from outside is widened too; where that is no help, nothing is.
    """
    state, found = random_state(), None
    try:
        found = _recorded(function, args, dtype)
        if all(widened(v, dtype).dtype == v.dtype for v in map(np.asarray, found.values)):
            return found
    except RuntimeError:
        if dtype is None:
            raise
    draw_from(state)
    called = _copy_of(function, None) if hasattr(function, "named_parameters") else _applied(function)
    plain = Arguments(called, args, None)
    met = outside.met_by(lambda: called(*plain.filled([leaf_of(array) for array in plain.arrays])))
    called_once, draws = random_state(), drew(state)
    draw_from(state)
    narrow = [t for t in met if widened(t._array, dtype).dtype != t._array.dtype]
    try:
        return _recorded(function, args, dtype, lambda: outside.holding(narrow, dtype, makes=not draws))
    except RuntimeError:
        if found is not None:  # of two types, which it takes
            draw_from(called_once)
            return found
        draw_from(state)
        found = _recorded(function, args, None)
        found.refused = True
        return found


def _applied(function):
    return function.apply if isinstance(function, type) and issubclass(function, Function) else function


def _recorded(function: Callable, args: tuple, dtype, around: Callable = nullcontext) -> Subject:
    name = getattr(function, "__name__", None) or type(getattr(function, "__wrapped__", function)).__name__
    given, function = [], _applied(function)
    if hasattr(function, "named_parameters"):
        given = [p._array for _, p in function.named_parameters()]
        function = _copy_of(function, dtype)
    arguments = Arguments(function, args, dtype)
    own = narrower([*given, *arguments.given], dtype)

    def call(tensors, within):
        with within():
            return _tensors_in(function(*arguments.filled(tensors)), name)

    tensors = [leaf_of(array) for array in arguments.arrays]
    with enable_grad(), heard() as kept:
        every = call(tensors, around)
    outputs = [t for t in every if t.requires_grad]
    if not outputs:
        raise TypeError(
            f"nothing to check: the result of {name} does not depend on any tensor that requires a gradient. "
            "Give it a floating point tensor, and return what is computed from it (not .detach(), .item() or under no_grad)."
        )
    with around():
        program = program_of(outputs, kept)
        sinks = [t._node for t in tensors]
        taken = tuple(leaf for leaf in program.leaves if leaf not in set(sinks))
        values = [*arguments.arrays, *(leaf.array for leaf in taken)]
    names = [*arguments.names, *_names_of(taken, function)]
    program.leaves, program.values = [*sinks, *taken], values
    chosen = frozenset(i for i, t in enumerate(every) if t.requires_grad)

    def again(tensors, within=around):
        return [t for i, t in enumerate(call(tensors, within)) if i in chosen]

    cotangents = _cotangents(outputs)
    more = {"function": function, "arguments": arguments, "chosen": chosen, "own": own, "around": around}
    return Subject(name, program, outputs, cotangents, names, values, again, taken, **more)


def _copy_of(module, dtype):
    """The module with parameters and buffers of its own, widened, so that verdicts on rules are passed in ``dtype``.

    A result that it keeps, which it computes anew (``nn.utils.weight_norm``), is copied without its history.
    """
    kept = [t for m in module.modules() for t in vars(m).values() if isinstance(t, Tensor) and not t.is_leaf]
    copied = copy.deepcopy(module, {id(t): t.detach().clone() for t in kept}).cpu()  # where verdicts are passed
    return copied if dtype is None else copied.to(dtype=dtypes.BY_NUMPY[dtype])


def of_graph(tensor: Tensor | Root, dtype) -> Subject:
    """Record the operations that made ``tensor`` again, on widened copies of its leaves. Raises RuntimeError when births were off."""
    if not tensor.requires_grad:
        raise TypeError(
            "nothing to check: this tensor does not require a gradient, so no graph leads to it. "
            "Check a function instead, check(f, x), or give its leaves requires_grad=True."
        )
    before = program_of([tensor])
    space = caller_namespace()
    unnamed = getattr(tensor, "called", "the graph")
    name = next((n for n, t in named_tensors(space) if t is tensor), unnamed)
    values = [widened(leaf.array, dtype) for leaf in before.leaves]
    tensors = [leaf_of(v) for v in values]
    line_of: dict = {}
    with enable_grad(), heard() as kept:
        outputs = before.on_tensors(tensors, line_of)
    program = program_of(outputs, kept)
    program.leaves, program.values = [t._node for t in tensors], values
    for line in program.lines:
        if line.node in line_of:
            line.birth = line_of[line.node].birth
    own = narrower([leaf.array for leaf in before.leaves], dtype)
    names = _named(before.leaves, space)
    return Subject(name, program, outputs, _cotangents(outputs), names, values, nodes=len(before.lines), own=own)


def _tensors_in(result, name) -> list[Tensor]:
    found = [t for _, t in walked("", result) if t is not None]
    wrong = [type(t).__name__ for t in found if not isinstance(t, Tensor)]
    if wrong or not found:
        what = "nothing" if result is None or not wrong else f"{'an' if wrong[0][0] in 'aeiouAEIOU' else 'a'} {wrong[0]}"
        raise TypeError(
            f"{name} returned {what}, and only tensors can be checked: let it return the tensor itself (not .item() or .numpy())"
        )
    return found


def _cotangents(outputs) -> list[Tensor]:
    made = weights([t._array.shape for t in outputs])
    return [wrap(np.asarray(w, t._array.dtype)[()]) for w, t in zip(made, outputs)]


def weights(shapes) -> list[np.ndarray]:
    """1 for a single number; otherwise fixed random weights, so that no element's error cancels another's."""
    seed = np.random.default_rng(2)
    if len(shapes) == 1 and np.prod(shapes[0], dtype=int) == 1:
        return [np.ones(shapes[0])]
    return [seed.uniform(0.5, 1.5, shape) for shape in shapes]


def gradient_of(function: Callable, order: int) -> Callable:
    """The ``order``-th gradient of ``function``, of all its tensors, as a function of the same arguments."""
    if not callable(function):
        raise TypeError("order=2 differentiates a function again: of a graph, check a gradient made with create_graph=True")
    inner = function if order == 1 else gradient_of(function, order - 1)
    kept: list[bool] = []  # which of the gradients are results, as our engine had it last

    @functools.wraps(function, updated=())
    def gradient(*args):
        tensors = [t for _, t in walked("", args) if isinstance(t, Tensor) and t.requires_grad]
        outputs = [t for t in _tensors_in(inner(*args), "it") if t.requires_grad]
        found = grad(outputs, tensors, _cotangents(outputs), create_graph=True, allow_unused=True)
        if not isinstance(tensors[0], StandIn):  # which do not know whether JAX's gradient depends on anything
            kept[:] = [g is not None and g.requires_grad for g in found]
        found = [g for g, keeps in zip(found, kept) if keeps]
        if not found:
            raise TypeError(
                f"nothing to check: the gradient of {gradient.__name__} was recorded as a constant, so it has no gradient itself. "
                "Where it is none, the backward of a Function reads what is detached, or is once_differentiable."
            )
        return found

    vars(gradient)["of"] = inner
    gradient.__name__ = getattr(function, "__name__", type(function).__name__)
    return gradient


def leaf_of(array) -> Tensor:
    """A new leaf around a copy of ``array``."""
    tensor = wrap(np.array(array)[()])
    _ = tensor.dtype.numpy  # the first complex one has the operations written anew, with their conjugates
    tensor._set_flag(True)
    return tensor


def _names_of(outside, function) -> list[str]:
    """Names of tensors the function took from its closure, its module or its own attributes."""
    code = getattr(function, "__code__", None)
    space = {}
    if code is not None:
        space = {n: function.__globals__[n] for n in code.co_names if n in function.__globals__}
        for name, cell in zip(code.co_freevars, function.__closure__ or ()):
            with suppress(ValueError):  # not assigned yet
                space[name] = cell.cell_contents
    elif hasattr(function, "named_parameters"):
        space = dict(function.named_parameters())
    return _named(outside, space)


def _named(leaves: list[AccumulateGrad], space) -> list[str]:
    names = {}
    for name, t in named_tensors(space):
        names.setdefault(t._node, name)
    return [names.get(leaf, f"leaf {i}") for i, leaf in enumerate(leaves, 1)]
