"""Sample calls of every operation: small, awkward, and the same in either library.

A sample is a function of a library ``m`` and a maker of inputs ``t``: ``t(3, 4)`` is a leaf of that shape with numbers between
-1 and 1, ``t(3, low=0.1, high=2)`` between others. Numbers depend on the position of the call only, so both libraries get the same.
"""

from __future__ import annotations

import importlib
import inspect

import numpy as np

TOPICS = ("elementwise", "reductions", "shapes", "indexing", "algebra", "special", "nn", "layers", "derived", "complex")


class Maker:
    """Makes the inputs of one call and remembers them in ``leaves``."""

    def __init__(self, m, dtype: str):
        self.m, self.dtype, self.leaves = m, getattr(m, dtype), []

    def __call__(self, *shape, low=-1.0, high=1.0, apart=False, grad=True):
        """A leaf; with ``apart`` no two elements are closer than a tenth of the range over their number, nor is any near 0."""
        r = np.random.default_rng(len(self.leaves) + 7)
        n = int(np.prod(shape))
        data = (r.permutation(n) + r.uniform(0.3, 0.7, n)) / max(n, 1) if apart else r.uniform(0, 1, n)
        made = self.m.tensor((low + (high - low) * data).reshape(shape), dtype=self.dtype)
        self.leaves.append(made)
        return made.requires_grad_() if grad else made

    def turned(self, *shape, **options):
        """A matrix's transpose: not contiguous."""
        return self(*shape[::-1], **options).t()

    def ints(self, *shape, low=0, high=5, dtype="int64"):
        """Integers; no gradient."""
        data = np.random.default_rng(3).integers(low, high, shape)
        return self.m.tensor(data, dtype=getattr(self.m, dtype))

    def bools(self, *shape):
        return self.ints(*shape, high=2, dtype="bool")

    def const(self, *data, dtype=None):
        """A tensor of the numbers given."""
        return self.m.tensor(data[0] if len(data) == 1 else list(data), dtype=getattr(self.m, dtype) if dtype else self.dtype)


def unary(name, low=-1.0, high=1.0, method=True):
    """Calls of a function of one variable: a matrix, a scalar, nothing, a transpose."""
    options = {"low": low, "high": high}
    yield lambda m, t: find(m, name)(t(3, 4, **options))
    yield lambda m, t: find(m, name)(t(**options))
    yield lambda m, t: find(m, name)(t(0, 3, **options))
    if method:
        yield lambda m, t: getattr(t.turned(2, 3, **options), name)()


def binary(name, low=-1.0, high=1.0):
    """Calls of a function of two variables: alike, broadcast both ways, a scalar, nothing, a transpose."""
    options = {"low": low, "high": high}
    yield lambda m, t: find(m, name)(t(3, 4, **options), t(3, 4, **options))
    yield lambda m, t: find(m, name)(t(4, 1, **options), t(3, **options))
    yield lambda m, t: find(m, name)(t(2, 3, **options), t(**options))
    yield lambda m, t: find(m, name)(t(0, 3, **options), t(1, 3, **options))
    yield lambda m, t: getattr(t.turned(2, 3, **options), name.rpartition(".")[2])(t(2, 3, **options))


def find(m, name):
    for part in name.split("."):
        m = getattr(m, part)
    return m


def collect() -> dict[str, list]:
    """{word: its samples} of all topics. A topic's table is ``SAMPLES`` in ``samples_<topic>.py``."""
    table = {}
    for topic in TOPICS:
        for name, samples in importlib.import_module(f".samples_{topic}", __package__).SAMPLES.items():
            assert name not in table, f"{name} has samples in two files"
            table[name] = list(samples) if not inspect.isfunction(samples) else [samples]
    return table
