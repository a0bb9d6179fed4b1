"""Running a graph: what is asked for is captured as one program, and run on what is fed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..programs.capture import Capture, captured
from ..programs.lines import Call
from ..programs.nests import results_of
from ..programs.program import Program
from ..programs.standin import StandIn, Store
from .graph import Gradient, Initializer, Tensor, Variable, get_default_graph, inputs_of, places_behind, sessions


class Session:
    """Runs parts of the graph, and keeps the variables between runs. ``with Session() as sess:`` is the usual spelling."""

    def __init__(self, *_, **__):
        self.values: dict[Variable, np.ndarray] = {}
        self.programs: dict[tuple, tuple[Program, list[Tensor], list[tuple[Variable, int]]]] = {}
        self.is_closed = False

    def __enter__(self) -> Session:
        sessions.append(self)
        return self

    def __exit__(self, *_):
        sessions.remove(self)
        self.close()

    def close(self) -> None:
        """Forget variables and programs: nothing is run any more."""
        self.values, self.programs, self.is_closed = {}, {}, True

    def run(self, fetches, feed_dict=None) -> Any:
        """The values of ``fetches``, a tensor or a list, tuple or dict of them, as NumPy arrays; what they assign is kept.

        ``feed_dict``: placeholder -> what to feed. Raises ValueError for what does not fit, RuntimeError for a placeholder
        that is not fed and a variable that is not initialized, in TensorFlow's words.
        """
        self._refuse_if_closed()
        if isinstance(fetches, Initializer):
            for variable in fetches.variables:
                self.values[variable] = np.array(self.run(variable.initial))
            return None
        fed = self._fed(feed_dict)
        program, inputs, writes = self._program(fetches, fed)
        arrays = [fed[t] if t in fed else self.values[t] for t in inputs]  # type: ignore[index]
        made = program.run(*arrays).value
        values = made[: len(made) - len(writes)]
        for (variable, _), value in zip(writes, made[len(values) :]):
            self.values[variable] = np.array(value)
        return _placed(fetches, iter(values))

    def program(self, fetches, feed_dict=None) -> Program:
        """The program that ``run`` runs: to read, to draw (``.picture``), to take to a GPU (``.to_jax()``)."""
        self._refuse_if_closed()
        return self._program(fetches, self._fed(feed_dict))[0]

    def _refuse_if_closed(self) -> None:
        if self.is_closed:
            raise RuntimeError("Attempted to use a closed Session. Run inside of its `with` block, or make another Session()")

    def _fed(self, feed_dict) -> dict:
        return {t: _fitting(t, value, self._dtype_of(t)) for t, value in (feed_dict or {}).items()}

    def _dtype_of(self, t) -> np.dtype | None:
        """The dtype that ``t`` has; of what is computed the widest of the floating ones it is computed from, None without any."""
        if not isinstance(t, Tensor) or hasattr(t, "dtype"):
            return getattr(t, "dtype", None)
        if t in self.values:
            return self.values[t].dtype  # type: ignore[index]
        behind = [self.values[p].dtype if p in self.values else getattr(p, "dtype", None) for p in places_behind([t])]  # type: ignore[index]
        floating = [d for d in behind if d is not None and d.kind == "f"]
        return np.result_type(*floating) if floating else None

    def _program(self, fetches, fed):
        wanted = _tensors(fetches)
        inputs = _needed(wanted, fed)
        for t in inputs:
            if t in fed:
                continue
            if isinstance(t, Variable):
                if t not in self.values:
                    raise RuntimeError(
                        f"Attempting to use uninitialized value {t.name[:-2]}: run global_variables_initializer() first"
                    )
            else:
                raise RuntimeError(f"You must feed a value for placeholder tensor '{t.name[:-2]}' with dtype {t.dtype}")  # type: ignore[attr-defined]
        arrays = [fed[t] if t in fed else self.values[t] for t in inputs]  # type: ignore[index]
        key = tuple(wanted), tuple((t, a.shape, a.dtype) for t, a in zip(inputs, arrays))
        if key not in self.programs:
            self.programs[key] = _captured(wanted, inputs, arrays)
        return self.programs[key]


def _captured(wanted, inputs, arrays):
    """(the program, its inputs, the variables that its last results are put in)."""
    with captured() as written:
        stand_ins = [written.input(a, a.dtype.kind == "f", i, name=t.name[:-2]) for i, (t, a) in enumerate(zip(inputs, arrays))]
        values = _Values(written, dict(zip(inputs, stand_ins)))
        found = [values(t) for t in wanted]
        writes = [(t.writes, i) for i, t in enumerate(values.known) if hasattr(t, "writes")]
        found += [values.known[t] for t in list(values.known) if hasattr(t, "writes")]
        program = Program("run", written, results_of(found, written), differentiate=False)
    return program, inputs, writes


class _Values:
    """What each place of the graph is, as a stand-in: each once, however often it is used."""

    def __init__(self, written: Capture, known: dict):
        self.written, self.known = written, known

    def __call__(self, t):
        if not isinstance(t, Tensor):
            return t
        todo = [t]  # no recursion: a graph may be deep
        while todo:
            last = todo[-1]
            waiting = [i for i in inputs_of(last) if i not in self.known]
            if last in self.known or not waiting:
                todo.pop()
                if last not in self.known:
                    self._compute(last)
            else:
                todo += waiting
        return self.known[t]

    def _compute(self, t):
        if isinstance(t, Gradient):
            self._differentiate(t)
        else:
            self.known[t] = t.compute(*(self.known[i] if isinstance(i, Tensor) else i for i in t.inputs))

    def _differentiate(self, t: Gradient):
        ys, xs = ([self.written.var_of(self.known[i]) for i in some] for some in (t.ys, t.xs))
        seeds = [self.written.add(Call(np.ones_like, (y,), {}))[0] for y in ys]
        found = self.written.gradients(ys, seeds, xs)
        for place in get_default_graph().operations:  # its sisters come from the same pass
            if isinstance(place, Gradient) and place.ys is t.ys and place.xs is t.xs:
                g = found[place.which]
                if g is None:
                    (g,) = self.written.add(Call(np.zeros_like, (xs[place.which],), {}))
                self.known[place] = StandIn(self.written, Store(g))


def _needed(wanted, fed) -> list[Tensor]:
    """The placeholders and variables that what is wanted depends on, and what is fed in place of something else."""
    seen, found, todo = set(), [], list(wanted)
    while todo:
        t = todo.pop()
        if t in seen:
            continue
        seen.add(t)
        if t in fed or (t.compute is None and not isinstance(t, Gradient)):
            found.append(t)
        else:
            todo += inputs_of(t)
    return found


def _fitting(t, value, dtype) -> np.ndarray:
    if not isinstance(t, Tensor):
        raise TypeError(f"Cannot interpret feed_dict key as Tensor: {t!r}")
    array = np.asarray(value, dtype)
    shape = getattr(t, "shape", None)
    if shape is not None and (len(shape) != array.ndim or any(n not in (None, m) for n, m in zip(shape, array.shape))):
        said = ", ".join("?" if n is None else str(n) for n in shape)
        raise ValueError(f"Cannot feed value of shape {array.shape} for Tensor '{t.name}', which has shape '({said})'")
    return array


def _tensors(fetches) -> list[Tensor]:
    if isinstance(fetches, Tensor):
        return [fetches]
    if isinstance(fetches, (list, tuple, dict)):
        return [t for f in (fetches.values() if isinstance(fetches, dict) else fetches) for t in _tensors(f)]
    raise TypeError(f"Fetch argument {fetches!r} has invalid type {type(fetches).__name__}: fetch tensors of the graph")


def _placed(fetches, values):
    if isinstance(fetches, Tensor):
        return next(values)
    if isinstance(fetches, dict):
        return {name: _placed(f, values) for name, f in fetches.items()}
    return [_placed(f, values) for f in fetches] if isinstance(fetches, list) else tuple(_placed(f, values) for f in fetches)
