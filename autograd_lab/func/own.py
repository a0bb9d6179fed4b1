"""A transform's own tensors: what its function is called with, what is recorded of them, and what may be seen of that afterwards."""

from __future__ import annotations

from contextlib import contextmanager

from ..core import forward
from ..core.captured import captured
from ..core.grad_mode import enable_grad, inference_mode, is_inference_mode_enabled, is_recording
from ..core.node import AccumulateGrad
from ..core.ops.create import free
from ..core.tensor import Tensor
from ..core.transforms import running
from .trees import leaves, mapped


@contextmanager
def transforming(word: str, func=None, replaced=(), passed=()):
    """Inside the block a transform is running: what is computed is recorded, and Functions must be ready for it.

    ``func``, if given, is what will be called, with tensors of the transform's own for those ``replaced``, and those
    ``passed``; what else it has it may not write to. Given is whether what comes of it is recorded by those around.
    """
    trees = () if func is None else (replaced, passed)
    held = captured(func, *([t for t in leaves(tree) if isinstance(t, Tensor)] for tree in trees)) if trees else {}
    recorded = is_recording()
    with running(word, held), inference_mode(False) if is_inference_mode_enabled() else enable_grad():
        yield recorded


def parted(args, numbers, kwargs):
    """The arguments at ``numbers``, and the others."""
    return [args[n] for n in numbers], [*(arg for n, arg in enumerate(args) if n not in numbers), kwargs]


def own_of(t: Tensor) -> Tensor:
    """What a function is called with for ``t``: a view of it where it is part of a graph, else a leaf over its memory."""
    return t.view_as(t) if t.requires_grad else _moving_with(t, free(t))


def _moving_with(t: Tensor, out: Tensor, change=lambda tangent: tangent) -> Tensor:
    """``out``, with what ``change`` makes of the tangent of ``t``, if it has one."""
    if forward.is_open and out is not t and (tangent := forward.tangent_of(t)) is not None:
        forward.set_tangent(out, change(tangent))
    return out


def released(tree, own: list[Tensor], recorded: bool = True):
    """``tree`` without the graphs that lead nowhere but to the transform's own tensors; unless ``recorded``, without any."""
    points = {t._node for t in own if t.is_leaf}

    def leads_out(t) -> bool:
        todo, seen = [t._current()], set()
        while todo:
            point = todo.pop()
            if point is None or point in seen or point in points:
                continue
            if type(point) is AccumulateGrad:
                return True
            seen.add(point)
            todo.extend(point.edges)
        return False

    def alone(t):
        return t.detach() if t.requires_grad and not (recorded and leads_out(t)) else t

    return mapped(lambda t: _moving_with(t, alone(t), alone), tree)


def reaches(out: Tensor, own: list[Tensor]):
    """For each of ``own``: whether ``out`` was computed from it."""
    points, todo, seen = {t._current() for t in own}, [out._current()], set()
    while todo:
        point = todo.pop()
        if point is not None and point not in seen:
            seen.add(point)
            todo.extend(point.edges)
    return [point in seen for point in points]
