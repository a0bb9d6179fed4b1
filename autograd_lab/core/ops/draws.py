"""Random numbers written over a tensor, and draws from a distribution of categories: PyTorch's own numbers after ``manual_seed``.

What is drawn does not depend on what was there, so no gradient goes back: a node that sends zeros stands for the write.
"""

from __future__ import annotations

import math

import numpy as np

from .. import random
from ..device import beside, on_host, on_the_host
from ..flat_writes import overwritten
from ..inplace import in_place
from ..refusals import exception, floats_only, no_kernel
from ..tensor import Tensor, wrap

_HIGHEST = object()  # what ``random_(5)`` leaves out, where ``random_(5, None)`` says that there is no limit


_CONTINUOUS = "!{} distribution is a continuous probability distribution. dtype must be a floating point but you specified "
# word -> (kinds of numbers not drawn for, PyTorch's name of the kernel or its sentence, as in refusals.py)
_NOT_DRAWN = {
    "uniform_": ("biu", "check_uniform_bounds"), "normal_": ("biu", "normal_kernel_cpu"), "log_normal_": ("biuc", "log_normal_cpu"),
    "exponential_": ("biuc", _CONTINUOUS.format("Exponential")), "cauchy_": ("biuc", _CONTINUOUS.format("Cauchy")),
    "geometric_": ("c", "geometric_cpu"), "random_": ("c", "random_kernel_cpu"), "bernoulli_": ("c", "bernoulli_scalar_cpu_"),
}  # fmt: skip


def drawable(word: str, x: Tensor) -> None:
    """Raise for the kinds of numbers that PyTorch's ``word`` does not draw."""
    kinds, says = _NOT_DRAWN[word]
    if x._array.dtype.kind in kinds:
        of = x.dtype.in_c if word == "cauchy_" else x.dtype.kind
        raise exception(says + of if says.startswith("!") else says, x._array.dtype)


def _written(x: Tensor, values, node: str, other: Tensor | None = None) -> Tensor:
    """x with ``values`` in it, in PyTorch's order of drawing: as its elements lie when laid out by rows."""
    values = beside(values, x._array).reshape(x._array.shape).astype(x._array.dtype)
    return in_place(lambda x, *others: overwritten(x, values, node, *others), x, *(() if other is None else (other,)))


def _fine(generator, n: int) -> np.ndarray:
    """``n`` float64 in [0, 1), of 2**53 values."""
    return random.source(generator).uniform(n, np.dtype("f8"))


def uniform_(x, low=0.0, to=1.0, *, generator=None):
    """Uniform on [low, to)."""
    if low > to:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={to:g}")
    drawable("uniform_", x)
    return _written(x, random.source(generator).uniform(x._array.size, x._array.dtype, low, to), "UniformBackward0")


def normal_(x, mean=0.0, std=1.0, *, generator=None):
    """Normal numbers."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    drawable("normal_", x)
    return _written(x, random.source(generator).normal(x._array.size, x._array.dtype, mean, std), "NormalBackward0")


def log_normal_(x, mean=1.0, std=2.0, *, generator=None):
    """Exponentials of normal numbers."""
    if std <= 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    drawable("log_normal_", x)
    drawn = random.source(generator).normals(x._array.size) * std + mean
    return _written(x, np.exp(drawn), "LogNormalBackward0")


def bernoulli_(x, p=0.5, *, generator=None):
    """1 with probability p, a number or a tensor, else 0."""
    if isinstance(p, Tensor):
        floats_only("bernoulli_tensor_cpu_p_", p)
        for which, t in (("self", x), ("p", p)):
            if t._array.dtype.kind == "c":
                raise no_kernel(f"bernoulli_tensor_cpu_{which}_", t._array.dtype)
        draws = random.source(generator).uniform(x._array.size, p._array.dtype).reshape(x._array.shape)
        return _written(x, draws < on_host(p._array), "BernoulliBackward1", p)
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    drawable("bernoulli_", x)
    return _written(x, _fine(generator, x._array.size) < p, "BernoulliBackward2")


def exponential_(x, lambd=1.0, *, generator=None):
    """Exponentially distributed, with rate ``lambd``."""
    if lambd <= 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    drawable("exponential_", x)
    return _written(x, _exponential(generator, x._array.size) / lambd, "ExponentialBackward0")


def _exponential(generator, n: int) -> np.ndarray:
    return -np.log1p(-_fine(generator, n))


def geometric_(x, p, *, generator=None):
    """How many trials of probability p until the first success."""
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    drawable("geometric_", x)
    return _written(x, np.ceil(np.log(_fine(generator, x._array.size)) / math.log1p(-p)), "GeometricBackward0")


def cauchy_(x, median=0.0, sigma=1.0, *, generator=None):
    """Cauchy distributed."""
    if sigma <= 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    drawable("cauchy_", x)
    return _written(x, median + sigma * np.tan(np.pi * (_fine(generator, x._array.size) - 0.5)), "CauchyBackward0")


def random_(x, low=None, to=_HIGHEST, *, generator=None):
    """Integers: in [low, to), in [0, low), or all that the dtype holds exactly; those from low on where ``to`` is None."""
    generator, dtype, n = random.source(generator), x._array.dtype, x._array.size
    if low is None and to is not _HIGHEST:  # random_(to=5)
        low, to = to, _HIGHEST
    node = f"RandomBackward{2 if low is None else 1 if to is _HIGHEST else 0}"
    if low is not None and dtype.kind == "c":
        raise RuntimeError("check_random_bounds handles only integral, floating-point and boolean types")
    drawable("random_", x)
    if low is not None:
        low, high = (0, low) if to is _HIGHEST else (low, _above_all(dtype) if to is None else to)
        if low >= high:
            raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
        return _written(x, generator.integers(low, high, n), node)
    if dtype.kind in "fV":
        digits = _digits(dtype)
        return _written(x, (generator.words64(n) if digits > 32 else generator.words(n)) % np.uint64(2**digits + 1), node)
    if dtype == np.int64:
        return _written(x, generator.words64(n) % np.uint64(2**63), node)
    top = 2 if dtype.kind == "b" else np.iinfo(dtype).max + 1
    return _written(x, generator.words(n) % np.uint64(top), node)


def _digits(dtype) -> int:
    """Of a floating dtype, the binary digits of its significand."""
    return 8 if dtype.kind == "V" else {2: 11, 4: 24, 8: 53}[dtype.itemsize]


def _above_all(dtype) -> int:
    """One more than the largest integer that the dtype holds exactly with all integers below it."""
    if dtype.kind in "fV":
        return 2 ** _digits(dtype) + 1
    return 2 if dtype.kind == "b" else int(np.iinfo(dtype).max) + (dtype != np.int64)


@on_the_host
def multinomial(x, num_samples, replacement=False, *, generator=None):
    """``num_samples`` indices drawn from each row of weights, int64; each index once unless ``replacement``."""
    weights = x._array
    if weights.dtype.kind not in "fV":
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {x.dtype.kind}")
    if not 1 <= weights.ndim <= 2:
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if (weights.sum(-1) <= 0).any():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    if not replacement or num_samples == 1:
        scores = weights / _exponential(generator, weights.size).astype(weights.dtype).reshape(weights.shape)
        return wrap(np.argsort(-scores, -1, kind="stable")[..., :num_samples].astype(np.int64))
    rows = weights.reshape(-1, weights.shape[-1])
    draws = _fine(generator, len(rows) * num_samples).reshape(len(rows), num_samples)
    sums = np.cumsum(rows, -1)
    sums = sums / sums[:, -1:]
    found = np.stack([np.searchsorted(row, u) for row, u in zip(sums, draws)]) if len(rows) else draws
    return wrap(found.astype(np.int64).reshape(*weights.shape[:-1], num_samples))


def bind() -> None:
    """Hang them on Tensor."""
    for word in (uniform_, normal_, log_normal_, bernoulli_, exponential_, geometric_, cauchy_, random_, multinomial):
        setattr(Tensor, word.__name__, word)
    Tensor.bernoulli = lambda x, p=None, *, generator=None: bernoulli_(
        x.detach().clone(), x.detach() if p is None else p, generator=generator
    )
