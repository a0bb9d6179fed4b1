"""Gradient rules, and what follows from those of one operation: what its nodes save."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple


def unsent(xp, g, *saved):
    """The rule of an input that is on the graph and is sent no gradient."""
    return None


class Rule(NamedTuple):
    """How a gradient reaches one input: ``function`` and the saved names it reads. A partial is multiplied by g."""

    function: Callable
    reads: tuple[str, ...]
    is_partial: bool
    recorded: str | None = None  # the primitive that stands for this gradient where it is recorded itself
    beside: int = 1  # how many of ``reads`` that takes beside the gradient

    def __call__(self, xp, g, saved: dict):
        values = [saved[name] for name in self.reads]
        return g * self.function(xp, *values) if self.is_partial else self.function(xp, g, *values)


class Ruled:
    """What has a rule for some of its inputs.

    What follows from the rules is found when it is first asked for: while the package declares its operations nobody asks.
    """

    inputs: tuple[str, ...]
    params: dict[str, Any]
    view: bool
    rules: dict[str, Rule]

    def forget(self) -> None:
        """The rules have changed."""
        if "saves" in self.__dict__:  # which all the others ask for
            for name in ("saves", "holds", "places", "consulting"):
                self.__dict__.pop(name, None)

    @cached_property
    def saves(self) -> tuple[str, ...]:
        """All that the rules read, and so a node keeps."""
        return tuple(dict.fromkeys(read for r in self.rules.values() for read in sorted(r.reads, key=self._torchs)))

    @cached_property
    def holds(self) -> tuple[str, ...]:
        """The tensors among what is saved."""
        return tuple(name for name in self.saves if name in self.inputs or name == "out")

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The masks and indices among what is saved: freed like tensors, as in PyTorch."""
        return tuple(name for name in self.saves if name in ("mask", "key", "index") and not self.view)

    @cached_property
    def consulting(self) -> tuple[int, ...]:
        """The inputs whose rules read at places."""
        return tuple(i for i, x in enumerate(self.inputs) if x in self.rules and {*self.rules[x].reads} & {*self.places})

    def _torchs(self, read: str) -> tuple[bool, str]:
        """PyTorch saves, and looks over what it saved, in the order of its names, and the result last."""
        named = dict(zip(self.inputs, ("self", "other"))) if len(self.inputs) < 3 else {}
        return read == "out", named.get(read, read)
