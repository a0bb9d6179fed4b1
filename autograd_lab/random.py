"""``torch.random``: the source of random numbers by name."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from .core.absent import missing as _missing
from .core.random import default as default_generator
from .core.random import get_rng_state, manual_seed, set_rng_state

__all__ = ["default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state"]


def seed() -> int:
    """Start anew from a seed nobody chose, and return it."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the numbers started from."""
    return default_generator.initial_seed()


@contextlib.contextmanager
def fork_rng(devices=None, enabled: bool = True, device_type: str = "cuda") -> Iterator[None]:
    """Go on after the block as if no number had been drawn in it.

    >>> import autograd_lab as torch
    >>> _ = torch.manual_seed(0)
    >>> with torch.random.fork_rng():
    ...     _ = torch.rand(5)
    >>> torch.rand(2)
    tensor([0.4963, 0.7682])
    """
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)


def __getattr__(name: str):
    raise _missing("torch.random", name)
