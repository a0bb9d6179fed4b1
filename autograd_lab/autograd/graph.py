"""``torch.autograd.graph``: nodes, edges to ask gradients at, hooks on several tensors, and what is kept for backward."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from ..core.differentiate import GradientEdge
from ..core.face import mark_of
from ..core.hooks import RemovableHandle, running_pass
from ..core.inplace import bump
from ..core.node import GatheringPoint as Node
from ..core.node import Output, edge_of
from ..core.saved import allow_mutation_on_saved_tensors, disable_saved_tensors_hooks, save_on_cpu, saved_tensors_hooks
from ..core.tensor import Tensor
from .names import face as _face

__all__ = ["GradientEdge", "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks", "get_gradient_edge",
           "increment_version", "region_activation_memory_budget", "register_multi_grad_hook", "save_on_cpu",
           "saved_tensors_hooks", "set_override_stale_capture_stream",
           "set_warn_on_accumulate_grad_stream_mismatch"]  # fmt: skip

__getattr__, __dir__ = _face("graph", globals())


def get_gradient_edge(tensor) -> GradientEdge:
    """The place where ``tensor``'s gradient gathers: ``autograd.grad`` and ``backward`` take it in the tensor's stead."""
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    point = tensor._current()
    edge = GradientEdge(*edge_of(point), point if type(point) is Output else None)
    edge.like = tensor._array.shape, tensor._array.dtype
    return edge


def increment_version(tensor) -> None:
    """Count a write to ``tensor`` (or to each of several) that the engine could not see."""
    if not isinstance(tensor, (Tensor, Iterable)):
        raise RuntimeError("increment_version expect a Iterable[Tensor] as input")
    for t in (tensor,) if isinstance(tensor, Tensor) else tensor:
        bump(t)


class preserve_version_counter:
    """Writes to the tensor (or tensors) inside the block are not counted: nobody will notice them. Know what you do."""

    def __init__(self, tensors):
        self._tensors = (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)

    def __enter__(self):
        self._versions = [t._version for t in self._tensors]

    def __exit__(self, *exc):
        for t, version in zip(self._tensors, self._versions):
            counter: Any = t._shared_counter()
            counter[0] = version


def region_activation_memory_budget(budget: float) -> contextlib.AbstractContextManager[None]:
    """How much of what a compiled region saves it may keep, 0 to 1. Nothing is compiled here: the block runs as it is."""
    if not 0.0 <= budget <= 1.0:
        raise ValueError(f"torch.autograd.graph.region_activation_memory_budget: must be in [0, 1], got {budget}")
    return contextlib.nullcontext()


def set_override_stale_capture_stream(enabled: bool) -> None:
    """What a backward captured into a CUDA graph does with stale streams. There are no streams here."""


def set_warn_on_accumulate_grad_stream_mismatch(enabled: bool) -> None:
    """Whether to warn when a gradient is made on one CUDA stream and accumulated on another. There are no streams here."""


class _MultiHandle:
    """One handle over several."""

    def __init__(self, handles):
        self._handles = handles

    def remove(self) -> None:
        """Take all the hooks off again."""
        for handle in self._handles:
            handle.remove()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.remove()


_MultiHandle.__module__ = "torch.autograd.graph"


def _visited(run, marks) -> int:
    """How many of the nodes that ``marks`` stand for the pass visits."""
    order = {getattr(point, "mark", None) for point in run.order}
    return sum(mark in order for mark in marks)


def register_multi_grad_hook(tensors, fn: Callable, *, mode: str = "all") -> RemovableHandle:
    """Call ``fn`` once a pass has the gradients of ``tensors``.

    ``mode="all"``: with the list of gradients, None where the pass computes none. ``"any"``: with the first to arrive.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    tensors = list(tensors)
    if not all(t.requires_grad for t in tensors):
        raise AssertionError("Expected gradient function to be set")
    from _thread import allocate_lock

    lock = allocate_lock()
    if mode == "any":
        told: WeakSet = WeakSet()  # passes; not their ids, which those to come may have again

        def first(g):
            with lock:
                now = running_pass()
                if now in told:
                    return
                told.add(now)
            fn(g)

        return _MultiHandle([t.register_hook(first) for t in tensors])
    marks = [mark_of(getattr(point, "node", point)) for point in (t._current() for t in tensors)]
    arrived: WeakKeyDictionary = WeakKeyDictionary()  # pass -> gradients so far
    awaited: WeakKeyDictionary = WeakKeyDictionary()

    def note(i, g):
        run = running_pass()
        with lock:
            if run not in arrived:
                arrived[run] = [None] * len(tensors)
                awaited[run] = _visited(run, marks)
            arrived[run][i] = g
            awaited[run] -= 1
            complete = awaited[run] == 0
            grads = arrived.pop(run) if complete else None
        if complete:
            del awaited[run]
            fn(grads)

    return _MultiHandle([t.register_hook(lambda g, i=i: note(i, g)) for i, t in enumerate(tensors)])
