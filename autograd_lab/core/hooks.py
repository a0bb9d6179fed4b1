"""What users hang on the graph; it costs nothing until used.

One node's order is PyTorch's: tensor hooks as registered, then ``retain_grad`` stores, then node prehooks, the node,
node posthooks. A leaf's sink: tensor hooks, prehooks, accumulate, post-accumulate hooks, posthooks.
"""

from __future__ import annotations

import itertools
import warnings
from contextvars import ContextVar

from . import dtypes, errors

_handle_ids = itertools.count()
_FILLED = "can't replace a None gradient with a non-None value"


class RemovableHandle:
    """What registering a hook returns; ``remove()`` takes the hook off again.

    The hook is put into ``hooks_dict`` under ``id``, if it is given; ``extra_dict``: one or several dicts with an entry of that id.
    """

    def __init__(self, hooks_dict: dict, hook=None, *, extra_dict=()):
        self.id, self._where = next(_handle_ids), (hooks_dict, *([extra_dict] if isinstance(extra_dict, dict) else extra_dict))
        if hook is not None:
            hooks_dict[self.id] = hook

    def remove(self) -> None:
        for place in self._where:
            place.pop(self.id, None)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.remove()


RemovableHandle.__module__ = "torch.utils.hooks"  # `type(handle)` prints as PyTorch's does


def unserializable_hook(f):
    """The hook ``f``, which a pickle of its tensor may be without: nobody is warned."""
    f.__torch_unserializable__ = True
    return f


def warn_if_has_hooks(tensor) -> None:
    """Warn of each hook on ``tensor`` that a pickle of it is without."""
    hooks = getattr(tensor._current(), "hooks", None)
    for hook in () if hooks is None else hooks.tensor.values():
        if not getattr(hook, "__torch_unserializable__", False):
            warnings.warn(
                f"backward hook {hook!r} on tensor will not be serialized.  If this is expected, you can decorate the function with "
                "@torch.utils.hooks.unserializable_hook to suppress this warning",
                UserWarning,
                stacklevel=3,
            )


_passes: ContextVar[tuple] = ContextVar("passes", default=())
running_passes, set_running_passes = _passes.get, _passes.set


class running:
    """Inside the block ``run`` is the pass that is running: hooks may ask for it."""

    def __init__(self, run):
        self._run = run

    def __enter__(self):
        self._outer = _passes.get()
        _passes.set((*self._outer, self._run))

    def __exit__(self, *exc):
        _passes.set(self._outer)


def running_pass():
    """The innermost pass that is running a hook, or that is being observed, in this thread; None outside."""
    passes = _passes.get()
    return passes[-1] if passes else None


class Hooks:
    """The hooks at one gathering point, by the moment at which they run."""

    __slots__ = ("tensor", "retain", "pre", "post", "post_accumulate", "outputs")

    def __init__(self):
        self.tensor, self.retain, self.pre, self.post, self.post_accumulate = {}, {}, {}, {}, {}
        self.outputs: list[tuple[int, Hooks]] = []  # at a node of several outputs, those there, by slot: they run with the node

    def by_output(self) -> list[tuple[int, Hooks]]:
        """``outputs`` in the order in which tensors had their first hook."""
        return sorted(self.outputs, key=lambda at: next(iter(at[1].tensor), -1))


def hooks_of(point) -> Hooks:
    """The hooks of a node, sink or output, made on first use."""
    if point.hooks is None:
        point.unfold()
        point.hooks = Hooks()
        if (node := getattr(point, "node", None)) is not None:  # an Output
            hooks_of(node).outputs.append((point.slot, point.hooks))
    return point.hooks


def checked_tuple(hook, returned, before, may_fill: bool) -> list:
    """What a node's hook returned in place of the gradients ``before``: a tuple of as many, each of its size and type.

    ``may_fill``: also in place of None, as only the hooks of layers may.
    """
    if not isinstance(returned, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(returned).__name__}'")
    if len(returned) != len(before):
        raise errors.wrong_count(hook, len(returned), len(before))
    if not may_fill and any(old is None and new is not None for new, old in zip(returned, before)):
        raise RuntimeError(_FILLED)
    return [new if new is None or old is None else _replacing(hook, new, old) for new, old in zip(returned, before)]


def call_pre_hooks(hooks, gradients: list, witness) -> list:
    """Before a node runs: its ``gradients`` as its prehooks leave them; ``witness``, if any, is told of each."""
    for hook in list(hooks.pre.values()):
        new = hook(tuple(gradients))
        if new is not None:
            gradients = checked_tuple(hook, new, gradients, getattr(hook, "may_fill", False))
        if witness is not None:
            witness.hooked(hook, gradients[0] if len(gradients) == 1 else gradients, 0)
    return gradients


def call_node_hooks(node, into: tuple, out_of: tuple) -> tuple:
    """After ``node`` has run: ``into`` as its posthooks leave it, who are shown the gradients along the edges PyTorch's node has."""
    from .node import places_shown

    places = places_shown(node)
    shown = into if places is None else tuple(into[i] for i in places)
    for hook in list(node.hooks.post.values()):
        returned = hook(shown, out_of)
        if returned is not None:
            shown = tuple(checked_tuple(hook, returned, shown, getattr(hook, "may_fill", False)))
    if places is None:
        return shown
    at = dict(zip(places, shown))
    return tuple(at.get(i) for i in range(len(into)))


def call_sink_hooks(hooks, leaf, grad) -> None:
    """After ``grad`` has been added into ``leaf.grad``."""
    for hook in list(hooks.post_accumulate.values()):
        returned = hook(leaf)
        if returned is not None:
            raise TypeError(f"expected Variable, but hook returned '{type(returned).__name__}'")
    for hook in list(hooks.post.values()):
        hook((), (grad,))


def call_tensor_hook(hook, g, cast=None):
    """Run one hook on gradient tensor ``g``, or None; what it returns replaces ``g`` if size and type agree."""
    new = hook(g)
    return g if new is None else _replacing(hook, new, g)


def _replacing(hook, new, g):
    """``new`` instead of ``g``; raises unless it is a tensor of the same size and type."""
    if g is None:
        raise RuntimeError(_FILLED)
    if not isinstance(new, type(g)) and not hasattr(new, "_array"):
        raise TypeError(f"expected Variable, but hook returned '{type(new).__name__}'")
    name = getattr(hook, "__name__", type(hook).__name__)
    if new.shape != g.shape:
        raise RuntimeError(f"hook '{name}' has changed the size of value")
    if new._array.dtype != g._array.dtype:
        was, got = dtypes.type_name(g._array.dtype), dtypes.type_name(new._array.dtype)
        raise RuntimeError(f"hook '{name}' has changed the type of value (was {was} got {got})")
    return new
