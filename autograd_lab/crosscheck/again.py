"""The user's function run again on JAX arrays: the one comparison that believes neither our rules nor our recorder.

A forgotten detach, a wrong rebasing after an in-place operation, an edge to the wrong value: none of these shows when a
recording is compared with itself. Here the function is called with stand-ins. They are Tensors to it, methods, operators and
composed words included, but every primitive is answered by its oracle on JAX arrays, and JAX differentiates what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core import PRIMITIVES, Tensor, errors
from ..core.dtypes import DIFFERENTIABLE
from ..core.grad_mode import is_recording
from ..core.mirrors import MIRRORED
from ..core.namespaces import NUMPY
from ..core.node import AccumulateGrad
from ..core.primitive import interpreted_by
from ..core.tensor import wrap
from ..trace.progress import Progress
from .lower import Program, wide
from .oracles import aligned, follow, put
from .tape import Tape


class Unable(Exception):
    """The function does something that stand-ins cannot follow; ``str()`` says what."""


class Store:
    """The memory a base and its views share: a JAX array, how often it has been written, whether a gradient flows through it."""

    __slots__ = ("array", "version", "wants")

    def __init__(self, array, wants=True):
        self.array, self.version, self.wants = array, 0, wants


class StandIn(Tensor):
    """A Tensor for the user's function, a view into a Store of JAX memory for us.

    ``path`` leads from the store to this view; ``layout`` is a NumPy array of the same memory order, which knows whether the
    next shape operation is a view or a copy; ``stopped`` whether this is a detached look at the memory; ``asked`` whether the
    function has asked for gradients by it (``requires_grad_()``).
    """

    __slots__ = ("again", "asked", "store", "path", "layout", "stopped", "_seen", "_value")

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, again: Again, store: Store, path=(), layout=None, stopped=False):
        self.again, self.store, self.path, self.stopped, self.asked = again, store, path, stopped, False
        self._node = self._counter = self._more = None
        self._seen = self._value = None
        self.layout = np.empty(store.array.shape, bool) if layout is None else layout

    @property
    def _array(self):  # shadows the slot: what our engine calls the array is a JAX array here
        import jax

        if self._seen != self.store.version:
            whole, again, path = self.store.array, self.again, self.path
            value = follow(again.table, whole, path)
            if self.stopped:
                value = another(jax.lax.stop_gradient(value), whole)
            elif path:
                value = another(value, whole)
                again.tape.note(lambda a: (follow(again.table, a, path),), (whole,), (value,))
            self._value, self._seen = value, self.store.version
        return self._value

    def _concrete(self) -> np.ndarray:
        import jax

        return np.asarray(jax.lax.stop_gradient(self._array))

    def _materialise(self):
        return Memory(self)

    def _apart(self, counter, word):
        return StandIn(self.again, self.store, self.path, self.layout, True)

    wants = property(lambda self: self.asked or (self.store.wants and not self.stopped))
    requires_grad = wants
    is_leaf = property(lambda self: not self.requires_grad)

    def _set_flag(self, flag):
        self.asked = flag

    def _current(self):
        return _OUTSIDE if self.wants else None

    @staticmethod
    def _gradients(outputs, inputs, seeds, create_graph, allow_unused, materialize_grads):
        """What ``autograd.grad`` gives of stand-ins: JAX's gradients."""
        again = next(t.again for t in (*outputs, *inputs) if isinstance(t, StandIn))
        return again.gradients(outputs, inputs, seeds, create_graph, allow_unused, materialize_grads)

    data = property(lambda self: self._apart(None, "data"))

    def retain_grad(self, *args):
        """Nothing to do: gradients of the middle are compared node by node."""

    def register_hook(self, hook):
        raise Unable("it registers hooks, which may change gradients")

    def item(self):
        return self._concrete().item()

    def tolist(self):
        return self._concrete().tolist()

    def numpy(self):
        return np.array(self._concrete())

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self._concrete(), dtype)

    def __bool__(self):
        return bool(self._concrete())

    __hash__ = Tensor.__hash__


_OUTSIDE = AccumulateGrad(wrap(np.zeros(())))  # where a value with a history stands for those who walk graphs: they see its end


class Memory:
    """What an in-place operation writes to: assignment makes a new array in the store."""

    def __init__(self, tensor: StandIn):
        self.tensor = tensor
        self.shape, self.dtype, self.flags = tensor.layout.shape, np.dtype(tensor.store.array.dtype), tensor.layout.flags
        self.itemsize, self.ndim, self.size = self.dtype.itemsize, tensor.layout.ndim, tensor.layout.size
        self.strides = tuple(s * self.itemsize for s in tensor.layout.strides)  # the layout's elements are bytes

    def __setitem__(self, everything, value):
        import jax

        t, taps, old, tape = self.tensor, self.tensor.again.taps, self.tensor.store.array, self.tensor.again.tape
        table, path = t.again.table, t.path
        new = put(table, old, value, path)
        if t.stopped or not is_recording():  # the value changes and its history does not
            change = jax.lax.stop_gradient(new - old)
            new = old + change
            tape.note(lambda a: (a + change,), (old,), (new,))
        else:
            t.store.wants = True
            put_there = new
            if taps is not None and t.path:
                (new,) = taps.made(taps.put(value), [new], True, written=True)
            tapped = None if new is put_there else new - put_there
            tape.note(lambda a, b: (_tapped(put(table, a, b, path), tapped),), (old, value), (new,))
        t.store.array, t.store.version = new, t.store.version + 1


class Again:
    """One run of the function on stand-ins. ``leaves`` maps the sinks of captured tensors to their JAX values; ``taps``
    (parting.py) hears of every value."""

    progress: Progress

    def __init__(
        self, table: dict[str, Callable], leaves: dict[AccumulateGrad, object], eigenvectors: Sequence = (), taps: Any = None
    ):
        self.table, self.leaves, self.taps = table, leaves, taps
        self.eigenvectors = iter(eigenvectors)  # ours, in order, for their signs
        self.tape = Tape()
        self.known: dict[int, tuple] = {}  # id of a real tensor -> (the tensor, its stand-in, its version then)

    def stand_in(self, value) -> StandIn:
        """A stand-in for a JAX array."""
        return StandIn(self, Store(value))

    def lift(self, value) -> Any:
        """The JAX array behind an operand; Python numbers stay what they are."""
        return value if isinstance(value, (int, float, complex, np.bool_)) else self.stand_in_for(value)._array

    def stand_in_for(self, value) -> StandIn:
        """The stand-in of a tensor the function captured or made by other means: a leaf under test, or a constant."""
        import jax.numpy as jnp
        from jax.lax import stop_gradient

        if isinstance(value, StandIn):
            return value
        if not isinstance(value, Tensor):
            return StandIn(self, Store(jnp.asarray(wide(value)), False))
        version = value._counter[0] if type(value._counter) is list else 0
        if id(value) in self.known:
            _, found, seen = self.known[id(value)]
            if version != seen:
                if found.store.version:
                    raise Unable("it writes to a tensor from outside in two ways")
                found.store.array, found._seen = jnp.asarray(wide(value._array)), None
                self.known[id(value)] = value, found, version
            return found
        point = value._current()
        if point in self.leaves:
            found = StandIn(self, Store(self.leaves[point]))
        elif point is not None and type(point) is not AccumulateGrad:
            raise Unable("it uses a result that was computed outside of it")
        else:
            array = value._array
            held = stop_gradient(array) if not isinstance(array, (np.ndarray, np.generic)) else jnp.asarray(wide(array))
            found = StandIn(self, Store(held, False))
        self.known[id(value)] = value, found, version
        return found

    def answer(self, op, args, params):
        """What the primitive ``op`` returns here: its oracle's answer, as stand-ins."""
        from jax.lax import stop_gradient

        self.progress.tick()
        if op.variadic:
            operands = args
        else:
            operands = args[: len(op.inputs)]
            params = dict(op.params) | dict(zip(op.params, args[len(op.inputs) :])) | params
        tensors = [x if isinstance(x, (int, float, complex, np.bool_)) else self.stand_in_for(x) for x in operands]
        params = {k: self._plain(v) for k, v in params.items()}
        oracle = self.table.get(op.__name__)
        if oracle is None or PRIMITIVES.get(op.__name__) is not op:
            raise Unable(f"{op.__name__} has no oracle")
        wants = is_recording() and any(t.wants for t in tensors if isinstance(t, StandIn))
        views = self._views(op, tensors, params)
        if views is not None:
            return views
        several = False
        ours = next(self.eigenvectors) if op.__name__ == "eigh" else None

        def run(*arrays):
            nonlocal several
            out = oracle(*arrays, **params)
            several = isinstance(out, tuple)
            out = out if ours is None else aligned(ours, out)
            return out if isinstance(out, tuple) else (out,)

        arrays = [t._array if isinstance(t, StandIn) else t for t in tensors]
        raw = [another(m if wants else stop_gradient(m), *arrays) for m in run(*arrays)]
        made = raw
        if self.taps is not None:
            made = self.taps.made(op.__name__, raw, wants)
        if wants:
            by = [None if m is r or m.dtype.kind not in DIFFERENTIABLE else m - r for m, r in zip(made, raw)]
            self.tape.note(lambda *there: tuple(map(_tapped, run(*there), by)), arrays, made)
        outs = tuple(StandIn(self, Store(m, wants and m.dtype.kind in DIFFERENTIABLE)) for m in made)
        return outs if several else outs[0]

    def _views(self, op, tensors, params):
        """Stand-ins that share their operand's memory, where our engine's results would; None for a copy."""
        step = getattr(op, "step", None)
        follows = op.__name__ in MIRRORED
        if not (op.view or step is not None or follows):
            return None
        (x,) = tensors
        layouts = x.layout if follows else op.forward(NUMPY, x.layout, **params)
        every = layouts if isinstance(layouts, tuple) else (layouts,)
        if not every or not all(np.may_share_memory(layout, x.layout) for layout in every):
            return None
        steps = [(op, params)] if step is None else [step(i, layout, params) for i, layout in enumerate(every)]
        stopped = x.stopped or not is_recording()
        outs = [StandIn(self, x.store, (*x.path, s), layout, stopped) for s, layout in zip(steps, every)]
        return tuple(outs) if isinstance(layouts, tuple) else outs[0]

    def gradients(self, outputs, inputs, seeds, create_graph: bool, allow_unused, materialize_grads: bool) -> tuple:
        """What ``autograd.grad`` gives, by JAX, as stand-ins."""
        import jax.numpy as jnp
        from jax.lax import stop_gradient

        outs, by = [self.lift(t) for t in outputs], [self.lift(t) for t in inputs]
        given = [None] * len(outs) if seeds is None else seeds if isinstance(seeds, (tuple, list)) else [seeds]
        for y, g in zip(outs, given):
            if g is None and y.size != 1:
                raise RuntimeError(errors.NOT_SCALAR)
        start = [jnp.ones_like(y) if g is None else jnp.asarray(self.lift(g), y.dtype) for y, g in zip(outs, given)]
        found = []
        for i, (g, x) in enumerate(zip(self.tape.gradients(outs, by, start), by)):
            if g is None and not (allow_unused or materialize_grads):
                raise errors.unused(i)
            g = jnp.zeros_like(x) if g is None and materialize_grads else g
            held = g if g is None or create_graph else another(stop_gradient(g), g)
            found.append(None if held is None else StandIn(self, Store(held, bool(create_graph))))
        return tuple(found)

    def _plain(self, value):
        """A parameter with masks and indices made NumPy arrays."""
        if isinstance(value, StandIn):
            return value._concrete()
        if isinstance(value, tuple):
            return tuple(self._plain(v) for v in value)
        return np.asarray(value) if type(value).__module__.startswith("jax") else value


def another(value, *others):
    """``value`` as an array of its own: outside of a trace ``stop_gradient`` gives back what it got, and so may an oracle."""
    import jax.numpy as jnp

    return jnp.array(value) if any(value is x for x in others) else value


def _tapped(value, by):
    """``value`` with what a tap added to it."""
    return value if by is None else value + by


def run_again(call: Callable, leaves: Sequence, captured: Sequence, table: dict, program: Program, taps: Any = None) -> tuple:
    """(values, pull): the function's results on stand-ins, and JAX's pullback from them to ``leaves`` (NumPy arrays).

    ``call(stand_ins, captured values)`` is the user's function as a function of its leaves. Raises Unable when the function
    cannot be followed.
    """
    import jax

    return jax.vjp(lambda *arrays: on_stand_ins(call, arrays, captured, table, program, taps), *leaves)


def on_stand_ins(
    call: Callable, arrays: Sequence, captured: Sequence, table: dict, program: Program, taps: Any = None
) -> tuple:
    """The function's results on stand-ins for ``arrays``, as JAX arrays."""
    ours = [line.result() for line in program.lines if line.name == "eigh"]
    again = Again(table, dict(zip(captured, arrays[len(arrays) - len(captured) :])), ours, taps)
    tensors = [again.stand_in(a) for a in arrays[: len(arrays) - len(captured)]]
    with (
        Progress("compiling and running it with JAX", len(program.lines), "node") as again.progress,
        interpreted_by(again.answer),
    ):
        return tuple(again.lift(t) for t in call(tensors))


def walks_graphs(error: BaseException) -> bool:
    """Whether the error came out of a backward pass: the function differentiates by itself, and stand-ins have no graph."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(("differentiate.py", "backward.py")):
            return True
        trace = trace.tb_next
    return False


def why_not(error: Exception) -> str:
    """Why the function could not be run again, from what it raised."""
    if isinstance(error, Unable):
        return str(error)
    if walks_graphs(error):
        return "it calls backward() or grad() itself"
    if type(error).__name__ in ("TracerArrayConversionError", "ConcretizationTypeError"):
        return "it reads values with NumPy, where JAX cannot follow"
    return f"it cannot run on JAX arrays ({type(error).__name__}: {first_line(error)})"


def first_line(error: BaseException) -> str:
    """The beginning of what it says."""
    return (str(error).splitlines() or [""])[0][:80]
