"""``why(x)``: why ``x.grad`` is None, in one sentence.

The answer is read off the tensor, the graphs the learner's variables lead to, and births. No pass is logged: a pass that
fills ``.grad`` frees what its nodes saved, and ``.grad`` remembers being set to None, so what is left on the graph tells
whether one has been there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..core import dtypes
from ..core.births import Birth, birth_of
from ..core.node import FREED
from ..core.tensor import Tensor
from .cuts import cut_below
from .names import caller_namespace, named_tensors
from .source import Sources


class Why(NamedTuple):
    """The cause in a word or two, the sentence, and the line of the learner's that did it, where one did."""

    cause: str
    text: str
    line: int | None = None

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__


def why(x: Tensor, name: str | None = None) -> Why:
    """Say why ``x.grad`` is None (or that it is not), what did it, and what to do.

    ``name`` is what to call ``x``; without it, the caller's variable. Raises TypeError if ``x`` is not a Tensor.

    >>> import autograd_lab as torch
    >>> a = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> loss = (a * a).sum()
    >>> why(a)
    a.grad is None: no backward() has run on a graph that uses a.
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"why() explains the .grad of a Tensor, and this is of type {type(x).__name__}")
    names = caller_namespace()
    if name is None:
        name = next((found for found, tensor in named_tensors(names) if tensor is x), "x")
    cause, says, place = _cause(x, name, names)
    sources = Sources()
    found = sources.place(*place) if place else None
    line, at = None if found is None else found.line, ""
    if found is not None:
        cell, text = sources.label(found.filename), sources.line(found).strip()
        told = (f"{cell}: " if cell.startswith("In [") else "") + f"`{text}`"
        at = f" at line {line}" + (f" ({told})" if text else "")
    if cause == "filled":
        return Why(cause, says, None)
    return Why(cause, f"{name}.grad is None: {says.format(at=at)}", line)


def _cause(x: Tensor, name: str, names: Mapping[str, Any]) -> tuple[str, str, tuple | None]:
    """(cause, sentence with a place for the line, place in the source)."""
    grad = _grad(x)
    if grad is not None:
        if not np.any(grad._array):
            return "filled", f"{name}.grad is not None: a gradient arrived, and it is 0 everywhere.", None
        return "filled", f"{name}.grad is not None: a gradient has arrived.", None
    if x._array.dtype.kind not in dtypes.DIFFERENTIABLE:
        says = f"{name} holds {x.dtype.name} numbers, and only floating point tensors can require a gradient."
        return "not floating", f"{says} Make it from 1.0 instead of 1, or with {name}.float().", None
    if not x.requires_grad:
        return _without_history(x, name)
    users = _users(x, names)
    walked = any(_is_freed(node) for node in users)
    if not x.is_leaf:
        return _in_the_middle(x, name, walked, users)
    cleared = getattr(x._node, "cleared", None)
    if cleared is not None:
        return "cleared", "it was filled, and set to None{at} since (zero_grad() does that too).", cleared
    if walked:
        says = f"the graph that uses {name} was walked for other gradients only: by autograd.grad(), or with inputs=."
        return "restricted", says, None
    cut = cut_below(x, name, names)
    if cut is not None and (cut.used or not users):
        says = f"no backward() has run on a graph that uses {name}, and none can through {cut.name}, which was {cut.how}{{at}}."
        return "cut", says, cut.place
    if not users:
        return "unused", f"no variable here was computed from {name}. Compute a loss from it, then call backward().", None
    return "not walked", f"no backward() has run on a graph that uses {name}.", None


def _grad(x: Tensor) -> Tensor | None:
    """``x.grad`` without the warning for non-leaves."""
    return x.grad if x.is_leaf or x.retains_grad else None


def _without_history(x: Tensor, name: str) -> tuple[str, str, tuple | None]:
    birth = birth_of(x)
    if birth is None or birth.op == "tensor":
        says = f"{name} does not require a gradient. Make it with requires_grad=True, or call {name}.requires_grad_()."
        return "switched off", says, _place(birth)
    if isinstance(birth.op, str):
        cut = "detach()" if birth.op == "detach" else ".data" if birth.op == "data" else birth.op
        return "detached", f"{name} was cut from its history by {cut}{{at}}, so no gradient is sent to it.", _place(birth)
    if birth.blocked == "no_grad" and any(kept.blocked is not None for kept in birth.inputs):
        return "no_grad", f"{name} was computed{{at}} from what had been computed under no_grad.", _place(birth)
    if birth.blocked == "no_grad":
        return "no_grad", f"{name} was computed under no_grad{{at}}, so nothing was recorded.", _place(birth)
    if birth.blocked is not None:
        return "detached", f"{name} was computed{{at}} from a tensor that had been cut from its history.", _place(birth)
    return "constants", f"nothing that {name} was computed from{{at}} requires a gradient.", _place(birth)


def _in_the_middle(x: Tensor, name: str, walked: bool, users: set) -> tuple[str, str, tuple | None]:
    if not x.retains_grad:
        says = f"{name} is no leaf, so backward() passes its gradient on and keeps none. "
        return "not a leaf", says + f"Call {name}.retain_grad() before backward().", None
    if walked:
        return "retained too late", f"backward() had passed through before {name}.retain_grad() was called.", None
    if users and not any(map(_holds, users)):
        says = f"either no backward() has run on a graph that uses {name}, or it ran before {name}.retain_grad()."
        return "not walked since", says, None  # these nodes save nothing, so nothing on them tells of a pass
    return "not walked", f"no backward() has run on a graph that uses {name}.", None


def _place(birth: Birth | None) -> tuple | None:
    return None if birth is None else (birth.code, birth.lasti)


def _users(x: Tensor, names: Mapping[str, Any]) -> set:
    """The nodes that a gradient would come from on its way to ``x``, as far as the learner's variables lead to them."""
    consumers: dict[Any, list] = {}
    todo: list[Any] = [tensor._current() for _, tensor in named_tensors(names) if tensor is not x and tensor.requires_grad]
    seen = set(todo)
    while todo:
        node = todo.pop()
        for point in getattr(node, "edges", ()):
            if point is not None:
                consumers.setdefault(point, []).append(node)
                if point not in seen:
                    seen.add(point)
                    todo.append(point)
    return _reachable(consumers.get(x._current(), ()), consumers)


def _reachable(start: Iterable, links: Mapping[Any, list]) -> set:
    found, todo = set(start), list(start)
    while todo:
        for point in links.get(todo.pop(), ()):
            if point not in found:
                found.add(point)
                todo.append(point)
    return found


def _is_freed(node) -> bool:
    """Whether a pass has been through ``node`` and released what it had saved."""
    return any(getattr(node, name, None) is FREED for name in _holds(node))


def _holds(node) -> tuple[str, ...]:
    """The names under which ``node`` keeps what a pass releases."""
    return getattr(getattr(node, "primitive", None), "holds", ())
