"""Random numbers, the same again: a function that draws is run several times in a check."""

from __future__ import annotations

import pickle
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from ..core import random as core_random


def random_state() -> tuple:
    """Everything random that a function may draw from: our generator, Python's and NumPy's."""
    numpy_state = np.random.get_state() if "numpy.random" in sys.modules else None
    return core_random.get_rng_state(), random.getstate(), numpy_state


def drew(before: tuple) -> bool:
    """Whether our generator has drawn anything since ``before``."""
    return pickle.dumps(core_random.get_rng_state()) != pickle.dumps(before[0])


def draw_from(state: tuple) -> None:
    """Go on drawing from ``state``."""
    ours, python, numpy_state = state
    core_random.set_rng_state(ours)
    random.setstate(python)
    if numpy_state is not None:
        np.random.set_state(numpy_state)


@contextmanager
def same_draws(state: tuple) -> Iterator[None]:
    """Inside the block random numbers come as they did after ``state``; afterwards they go on as if nothing had been drawn."""
    now = random_state()
    draw_from(state)
    try:
        yield
    finally:
        draw_from(now)
