"""What Python sees of a tensor besides its numbers, shape and dtype; and which results are views of an input or of one another.

A program computes from numbers. Where a function has looked at ``x.is_leaf``, ``x.grad``, ``x._version``, strides or an
attribute of an input, the program holds only for tensors of which that is the same.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Container, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

import numpy as np

from ..core import Tensor, scopes
from ..core.node import AccumulateGrad
from ..crosscheck.lower import follow_tensors
from .lines import Var, filled, vars_in

if TYPE_CHECKING:
    from .capture import Input
    from .nests import Output
    from .standin import StandIn


def _without_grad(t: Tensor) -> bool:
    if type(t._node) is AccumulateGrad:
        return t._node.grad is None
    return t._more is None or t._more.grad is None


SEEN: dict[str, Callable[[Tensor], Any]] = {
    "is_leaf": lambda t: t.is_leaf,
    "grad_fn": lambda t: t.grad_fn is None,
    "grad": _without_grad,
    "_version": lambda t: t._version,
    "stride()": lambda t: t.stride(),
}


LEFT = (
    "it puts a tensor that it computes into a list, an attribute or the like, which no program does; "
    "what stands there from before this sentence has no graph"
)


class Look(NamedTuple):
    """``what`` was looked at, one of `SEEN` or the name of an attribute that users hang on a tensor, and what was ``seen``."""

    given: Input
    what: str
    seen: Any

    def holds(self, tensor: Tensor) -> bool:
        return seen_of(tensor, self.what) == self.seen


def seen_of(tensor: Tensor, what: str) -> Any:
    """What Python sees there: of an attribute whether it is there."""
    return SEEN[what](tensor) if what in SEEN else what in vars(tensor)


def asked_by_the_user() -> bool:
    """Whether the caller's caller is code of the user's."""
    return not scopes.is_ours(sys._getframe(2).f_code)


class Seen:
    """What the user's code looks at while it is captured with ``arguments``, and where it may have put stand-ins."""

    def __init__(self, inputs: list[Input]):
        self.inputs = inputs
        self.arguments: Sequence[Tensor] = ()  # those whose places the inputs have, while the function runs
        self.looks: dict[tuple, Look] = {}
        self.made: list[ref] = []  # to every stand-in

    def behind(self, x: StandIn) -> Tensor | None:
        """The user's tensor, if ``x`` stands for an input as it came."""
        given = x.store.origin
        return None if given is None or x.path or x.stopped or x.store.version or x.capture.over else self._tensor(given)

    def _tensor(self, given: Input) -> Tensor | None:
        return given.tensor if given.position is None else self.arguments[given.position] if self.arguments else None

    def look(self, x: StandIn, what: str) -> Any:
        """What is seen of the tensor that ``x`` stands for, which the program then holds for; None if it is no input."""
        tensor = self.behind(x)
        return None if tensor is None else self._look(x.store.origin, tensor, what)

    def _look(self, given: Any, tensor: Tensor, what: str) -> Any:
        seen = seen_of(tensor, what)
        self.looks[given, what] = Look(given, what, seen)
        return seen

    def look_at_strides(self) -> bool:
        """Those of every value follow from those of the inputs; False if an input has others here than where it comes from."""
        for given in self.inputs:
            tensor = self._tensor(given)
            if tensor is not None:
                steps = np.asarray(given.var.example).strides
                if any(n > 1 and a != b for n, a, b in zip(tensor.shape, steps, tensor._array.strides)):
                    return False
                self._look(given, tensor, "stride()")
        return True

    def is_left(self, constants: Container[Var]) -> bool:
        """Whether the function has put what it computes somewhere: nobody else knows a stand-in any more.

        One of ``constants`` may stay, such as the state that a layer makes when it is first called: it is a tensor like any.
        """

        def left():
            return any((x := r()) is not None and x.store.var not in constants for r in self.made)

        if not left():
            return False
        gc.collect()
        return left()


class Alias(NamedTuple):
    """A result that is a view: of an input, or of the result with that number.

    If ``base`` is None it is one of memory that is not handed out, and that another result shows too.
    """

    base: Input | int | None
    path: tuple
    stopped: bool


def aliases_of(outs: Sequence[Output], inputs: Sequence[Input]) -> list[Alias | None]:
    """For each result what it is a view of; None for one that shares its memory with nothing."""
    whole: dict[int, int] = {}
    for k, out in enumerate(outs):
        if out.view is not None and not out.view.path and not out.view.stopped:
            whole.setdefault(id(out.view.store), k)
    given = {i.var for i in inputs}
    found = [_alias(k, outs, whole, given) for k in range(len(outs))]
    for out in outs:
        out.view = None
    return found


def _alias(k: int, outs: Sequence[Output], whole: dict[int, int], given: set[Var]) -> Alias | None:
    view = outs[k].view
    if view is None:
        return None
    base = view.store.origin
    if base is None:
        base = whole.get(id(view.store))
        others = [o.view.seen for i, o in enumerate(outs) if i != k and o.view is not None and o.view.store is view.store]
        if base == k or not any(np.may_share_memory(view.seen, other) for other in others):
            return None
    if not given.issuperset(vars_in([params for _, params in view.path])):  # where it is was computed
        base = None
    return Alias(base, view.path, view.stopped)


def shared_again(results: Sequence[Tensor], aliases: Sequence[Alias | None], inputs: Sequence, of: Sequence[Input]) -> list:
    """``results`` with views in place of those that the function returned as views; ``inputs`` are the tensors of ``of``."""
    found, places = list(results), {i.var: t for i, t in zip(of, inputs)}
    for k, alias in enumerate(aliases):
        if alias is not None:
            base = results[alias.base] if isinstance(alias.base, int) else inputs[of.index(alias.base)]
            path = [(op, filled(params, _Numbers(places)) if any(vars_in(params)) else params) for op, params in alias.path]
            t = follow_tensors(base, path)
            found[k] = t.detach() if alias.stopped else t
    return found


class _Numbers(dict):
    """The positions that tensors tell."""

    def __getitem__(self, var):
        return super().__getitem__(var).item()
