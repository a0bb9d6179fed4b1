"""Random numbers in programs: where a function that is captured draws some, a line draws them anew in each run.

A run on NumPy draws what the engine would, from the same generator. JAX has no generators, its numbers follow from a key:
there the same laws are drawn from by the key that the user gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import get_ident
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import random
from .lines import Draw, Line, Var
from .standin import Unable
from .turns import here

if TYPE_CHECKING:
    from .capture import Capture

METHODS = ("uniform", "normal", "normals", "integers", "permutation", "words", "words64")  # of a generator, that can be lines


def generators_of(lines: Sequence[Line]) -> tuple:
    """The generators that lines draw from, None for the default one."""
    return tuple(dict.fromkeys(line.generator for line in lines if isinstance(line, Draw)))


class Drawn:
    """What random numbers went into, in ``lines`` that are still being written."""

    def __init__(self, lines: list[Line]):
        self.lines, self.seen, self.found = lines, 0, set()

    def reach(self, var: Var) -> bool:
        """Whether ``var`` is computed from some."""
        new, self.seen = self.lines[self.seen :], len(self.lines)
        for line in new:
            if isinstance(line, Draw) or (self.found and not self.found.isdisjoint(line.vars())):
                self.found.update(line.outs)
        return var in self.found


def states_of(generators: Sequence) -> list[tuple]:
    """What puts generators back to where they are: for ``draw_on``."""
    return [(g, g.get_state()) for g in (random.default if g is None else g for g in generators)]


def draw_on(states: list[tuple]) -> None:
    """Let generators go on from where they were."""
    for generator, state in states:
        generator.set_state(state)


# ---------------------------------------------------------------------- while a function is captured


class Drawing(random.Generator):
    """A generator, the default one if none is given, of which a Capture writes down what is drawn."""

    def __init__(self, capture: Capture, real: random.Generator, generator: random.Generator | None = None):
        self.capture, self.real, self.generator = capture, real, None if generator is real else generator
        self.thread = get_ident()

    def __getattr__(self, name):
        raise Unable(f"it draws random numbers in a way that is not written down ({name})")


def _drawn(name: str) -> Callable:
    def draw(self, *args, **params):
        if get_ident() != self.thread:
            return getattr(self.real, name)(*args, **params)
        return self.capture.call(Draw(name, args, params, self.generator))

    draw.__name__ = name
    return draw


def _seeds(self, *_):
    raise Unable("it seeds the random numbers")


def _seeding(name: str) -> Callable:
    def seed(self, *args):
        return getattr(self.real, name)(*args) if get_ident() != self.thread else _seeds(self)

    seed.__name__ = name
    return seed


for _name in METHODS:
    setattr(Drawing, _name, _drawn(_name))
for _name in ("manual_seed", "seed", "get_state", "set_state"):
    setattr(Drawing, _name, _seeding(_name))


@contextmanager
def written_down(capture: Capture) -> Iterator[None]:
    """Inside the block draws become lines of ``capture``, and no generator may be seeded; after it all are where they were."""
    real, kind, source = random.default, random.Generator, random.source
    seeding = {name: getattr(kind, name) for name in ("manual_seed", "seed", "set_state")}
    before, met = real.get_state(), {}

    def drawing(generator=None):
        if generator is not None and generator is not real:
            met.setdefault(id(generator), (generator, generator.get_state()))
        return Drawing(capture, real, generator)

    random.default, random.source = Drawing(capture, real), drawing
    for name, method in seeding.items():
        setattr(kind, name, here(_seeds, method))
    try:
        yield
    finally:
        random.default, random.source = real, source
        for name, method in seeding.items():
            setattr(kind, name, method)
        draw_on([(real, before), *met.values()])


# ---------------------------------------------------------------------- by a key of JAX's


def by_key(lines: Sequence[Draw], key: Any) -> list:
    """What the lines draw, by JAX: each from a key of its own that follows from ``key``."""
    import jax

    laws = (_Laws(jax.random.fold_in(key, i)) for i in range(len(lines)))
    return [getattr(law, line.method)(*line.args, **line.params) for law, line in zip(laws, lines)]


class _Laws:
    """A generator's methods with one key of JAX's: the laws are the same, the numbers are JAX's."""

    def __init__(self, key: Any):
        import jax

        self.key, self.random, self.dtype = key, jax.random, jax.dtypes.canonicalize_dtype

    def uniform(self, n, dtype, low=0.0, high=1.0):
        dtype = np.dtype(dtype)
        if dtype.kind == "c":
            return self._paired(self.uniform(2 * n, dtype.type(0).real.dtype, low, high))
        return self.random.uniform(self.key, (n,), self.dtype(dtype), low, high)

    def normal(self, n, dtype, mean=0.0, std=1.0):
        dtype = self.dtype(dtype)  # of complex numbers each part has half the variance, as here
        return (self.random.normal(self.key, (n,), dtype) * std + mean).astype(dtype)

    def normals(self, n):
        return self.normal(n, np.float64)

    def integers(self, low, high, n):
        return self.random.randint(self.key, (n,), low, high, self.dtype(np.int64))

    def permutation(self, n):
        return self.random.permutation(self.key, n).astype(self.dtype(np.int64))

    def words(self, n):
        return self.random.bits(self.key, (n,), np.uint32).astype(self.dtype(np.uint64))

    def words64(self, n):
        if self.dtype(np.uint64).itemsize < 8:
            raise Unable("it draws whole numbers of 64 bits: call it within jax.enable_x64()")
        return self.random.bits(self.key, (n,), np.uint64)

    def _paired(self, parts):
        return parts[::2] + 1j * parts[1::2]
