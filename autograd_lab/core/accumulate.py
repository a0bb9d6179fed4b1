"""Adding a gradient into a leaf's ``.grad``."""

from __future__ import annotations

from _thread import RLock, _count
from sys import getrefcount

import numpy as np
from numpy import ndarray

from . import errors
from .grad_mode import UNTRACKED, counter_of_new, inference_mode, is_inference_mode_enabled, is_layout_enforced, is_recording
from .hooks import hooks_of
from .namespaces import TENSORS
from .node import AccumulateGrad, check_called
from .tensor import wrap

_accumulating = RLock()


def take_in(sink, g, shared: bool):
    """Add ``g`` into the leaf's ``.grad``: in place, so that it stays the same tensor.

    The first to come is made ``.grad`` without a copy, unless its memory is ``shared`` (10 us a megabyte) or lies otherwise
    than the leaf's own. One thread at a time: NumPy lets go of the interpreter's lock while it adds. While there is only
    one, nobody is kept out: a lock takes 0.17 us, and a thread that is in here starts no other.
    """
    if not sink.wanted:
        return
    if _count():  # threads beside the main one; `threading.active_count()` takes 20 times as long
        with _accumulating:
            _take_in(sink, g, shared)
    elif (
        sink.grad is None
        and not shared
        and g.dtype is sink.dtype
        and (type(g) is not ndarray or (g.base is None and g.strides == sink.array.strides))
        and not inference_mode.open_anywhere
    ):
        sink.grad = wrap(g)  # by far the commonest, said without another call
    else:
        _take_in(sink, g, shared)


def _call(sink, *gradients):
    """Add a gradient into ``.grad``, a new tensor while recording, and call the leaf's hooks for that: no others, as in PyTorch."""
    check_called(sink, gradients)
    (g,) = gradients
    if not sink.wanted:
        return ()
    if g is None:
        pass
    elif is_recording():
        sink.grad = TENSORS.copy(wrap(g._array), g) if sink.grad is None else sink.grad + g
    elif sink.grad is None:
        take_in(sink, g._array, shared=True)
    else:
        sink.grad.add_(g)
    for hook in () if sink.hooks is None else list(sink.hooks.post_accumulate.values()):
        hook(sink.variable)
    return ()


AccumulateGrad.__call__ = _call  # here and not in node.py because a sink makes tensors


def clear_grad(leaf, set_to_none: bool) -> None:
    """Forget ``leaf.grad``, or make it zeros: the same tensor, outside of any graph."""
    g = leaf.grad
    if g is None:
        return
    if set_to_none:
        leaf.grad = None
        return
    if g.grad_fn is None:
        g.requires_grad_(False)
    else:
        g.detach_()
    g.zero_()


def let_go() -> None:
    """After an interruption: Ctrl-C may come when the sum is made and the lock not yet given back."""
    while _accumulating._is_owned():  # pyright: ignore[reportAttributeAccessIssue]
        _accumulating.release()


def _take_in(sink, g, shared):
    total = sink.grad
    if total is None:
        if not shared and type(g) is ndarray and (base := g.base) is not None and _is_whole(g, base):
            g = base if getrefcount(base) == _SEEN_ONCE else g
            del base
        if type(g) is ndarray and (
            shared or g.base is not None or (g.ndim > 1 and g.strides != sink.array.strides and is_layout_enforced())
        ):
            g = _laid_out(g, sink.array)
        g = g if g.dtype is sink.dtype or sink.dtype is None else g.astype(sink.dtype)
        sink.grad = wrap(g, None, counter_of_new())
        return
    if type(total._array) is ndarray:
        total._array += g
    else:
        total._array = total._array + g
    if total._counter is None:
        total._counter = [1]
    elif total._counter is UNTRACKED and not is_inference_mode_enabled():  # PyTorch, too, says so when it has added
        raise RuntimeError(errors.INFERENCE_IN_PLACE)
    elif not total.is_inference():
        total._counter[0] += 1


def _is_whole(g, base) -> bool:
    """Whether g is all of the array ``base``, seen as it lies: what has been transposed twice."""
    return (
        type(base) is ndarray
        and base.base is None
        and base.shape == g.shape
        and base.strides == g.strides
        and base.dtype is g.dtype
    )


def _seen_once() -> int:
    """What is counted to an array of which there is one view and one name."""
    g = np.zeros((2, 2))[...]
    base = g.base
    return getrefcount(base)


_SEEN_ONCE = _seen_once()


def _laid_out(g, leaf):
    """A copy of ``g`` with the strides of ``leaf`` if that fills its memory without gaps or overlaps, else in order."""
    if type(leaf) is ndarray and not leaf.flags.c_contiguous and leaf.shape == g.shape:
        step = leaf.itemsize
        for stride, size in sorted(zip(leaf.strides, leaf.shape)):
            if size != 1 and stride != step:
                return g.copy()
            step *= size
        out = np.empty_like(leaf, g.dtype)
        out[...] = g
        return out
    return g.copy()


# ---------------------------------------------------------------------- what CPython counts to a gradient nobody else holds


def held_in_a_run(backward_pass) -> int:
    """What a sink counts in ``run()`` for a gradient that nobody else holds. It differs between versions of Python."""
    counted = []

    class Counting(AccumulateGrad):
        __slots__ = ()

        def visit(self, g, keep, grads):
            references = getrefcount(g)
            counted.append(references)

    _try(backward_pass, Counting(wrap(np.zeros(1))))
    return counted[0]


def held_beside_hooks(backward_pass) -> int:
    """The same where a sink has hooks: what is counted of the array in the tensor that hooks are given."""
    counted = []

    class Counting(backward_pass):
        __slots__ = ()

        def _run_tensor_hooks(self, hooks, t):
            counted.append(getrefcount(t._array))
            return t

    sink = AccumulateGrad(wrap(np.zeros(1)))
    hooks_of(sink)
    _try(Counting, sink)
    return counted[0]


def held_by_a_name() -> int:
    """What is counted of a value that one local name holds."""
    value = wrap(None)
    return getrefcount(value)


def _try(kind, sink):
    trial = kind((), ())
    trial._order = [sink]
    trial.grads = {sink: np.zeros(1)}
    trial.run()
