"""Random counts: how many events of a rate, how many successes of some trials. PyTorch's own numbers after ``manual_seed``.

Small means are counted by multiplying or adding up waiting times (Knuth; Devroye, 1986), large ones by Hörmann's transformed
rejection: "The transformed rejection method for generating Poisson random variables" (1993, PTRS) and "The generation of
binomial random variates" (1993, BTRS).
"""

from __future__ import annotations

import math

import numpy as np

from ..device import on_the_host
from ..flat_writes import overwritten
from ..mistakes import broadcast
from ..refusals import no_kernel
from .create import leaf
from .draws import _fine
from .underivable import underivable


def _draws(generator):
    """A function of no arguments: the next number in [0, 1)."""
    return lambda: float(_fine(generator, 1)[0])


def _poisson(rate: float, draw) -> int:
    """Events in a unit of time, of which ``rate`` are expected."""
    if not rate > 0:
        return 0
    if rate < 10:
        events, product, limit = 0, draw(), math.exp(-rate)
        while product > limit:
            events, product = events + 1, product * draw()
        return events
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha, certain = 1.1239 + 1.1328 / (b - 3.4), 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = draw() - 0.5, draw()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= certain:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        if math.log(v * inverse_alpha / (a / us**2 + b)) <= k * math.log(rate) - rate - math.lgamma(k + 1):
            return k


@on_the_host
def poisson(input, generator=None):
    """Poisson distributed, of the mean ``input`` elementwise; its gradients are 0."""
    rates = input._array
    if rates.dtype.kind not in "fV":
        raise no_kernel("poisson_cpu", rates.dtype)
    if not np.all(rates >= 0):
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    draw = _draws(generator)
    made = np.array([_poisson(float(rate), draw) for rate in rates.reshape(-1)]).astype(rates.dtype).reshape(rates.shape)
    return overwritten(input, made, "PoissonBackward0") if input.requires_grad else leaf(made[()])


def _stirling(k: float) -> float:
    """log k! less Stirling's approximation of it."""
    return math.lgamma(k + 1) - ((k + 0.5) * math.log(k + 1) - (k + 1) + 0.5 * math.log(2 * math.pi))


def _binomial(trials: float, chance: float, draw) -> float:
    """Successes of ``trials``, each of probability ``chance``."""
    if trials <= 0 or chance <= 0:
        return 0.0
    if chance >= 1:
        return trials
    if math.isnan(trials) or math.isnan(chance):
        return math.nan
    if chance > 0.5:
        return trials - _binomial(trials, 1 - chance, draw)
    if trials * chance < 10:
        spent, successes = 0.0, -1
        while spent <= trials:
            spent, successes = spent + math.ceil(math.log(draw()) / math.log1p(-chance)), successes + 1
        return successes
    deviation = math.sqrt(trials * chance * (1 - chance))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * chance
    certain, odds, alpha = 0.92 - 4.2 / b, chance / (1 - chance), (2.83 + 5.1 / b) * deviation
    mode = math.floor((trials + 1) * chance)
    while True:
        u, v = draw() - 0.5, draw()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + trials * chance + 0.5)
        if us >= 0.07 and v <= certain:
            return k
        if not 0 <= k <= trials:
            continue
        limit = (mode + 0.5) * math.log((mode + 1) / (odds * (trials - mode + 1)))
        limit += (trials + 1) * math.log((trials - mode + 1) / (trials - k + 1))
        limit += (k + 0.5) * math.log(odds * (trials - k + 1) / (k + 1))
        limit += _stirling(mode) + _stirling(trials - mode) - _stirling(k) - _stirling(trials - k)
        if math.log(v * alpha / (a / us**2 + b)) <= limit:
            return k


@on_the_host
def binomial(count, prob, generator=None):
    """Successes of ``count`` trials of probability ``prob`` each, elementwise. Not differentiated, as in PyTorch."""
    for name, t in ("count", count), ("prob", prob):
        if t._array.dtype.kind not in "fV":
            raise ValueError(f"binomial only supports floating-point dtypes for {name}, got: {t.dtype.kind}")
    shape = broadcast(count._array.shape, prob._array.shape)
    trials, chances = (np.broadcast_to(t._array, shape).reshape(-1).tolist() for t in (count, prob))
    draw = _draws(generator)
    made = np.array([_binomial(n, p, draw) for n, p in zip(trials, chances)]).astype(count._array.dtype).reshape(shape)
    return underivable("aten::binomial", leaf(made[()]), count, prob)


WORDS = ["binomial", "poisson"]
