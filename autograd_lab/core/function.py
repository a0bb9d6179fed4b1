"""``Function``: an operation whose backward the user writes. Its ``ctx``, which is its node, is in context.py.

A second kind of Node. It is generic where primitives are specialised (1.8 us a call against 0.7), because its forward and
backward are arbitrary Python working on tensors.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from typing import NamedTuple

import numpy as np

from . import births, dtypes, errors, forward, grad_mode
from .context import BackwardCFunction, FunctionCtx, FunctionNode
from .inplace import bump, rebase
from .node import AccumulateGrad, Output
from .primitive import PRIMITIVES, RUNTIME
from .saved import Packed, current
from .tensor import Tensor, wrap
from .transforms import transforms

__all__ = ["BackwardCFunction", "Function", "FunctionCtx", "FunctionNode", "once_differentiable"]


class Function:
    """Base class to create custom `autograd.Function`.

    Subclass with static ``forward(ctx, ...)`` and ``backward(ctx, *gradients)``, or with ``forward(...)`` and
    ``setup_context(ctx, inputs, output)``; call ``YourFunction.apply(...)``, never an instance. ``jvp(ctx, *tangents)`` is for
    forward mode.

    >>> import autograd_lab as torch
    >>> class Square(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return 2 * x * g
    >>> x = torch.tensor([3.0], requires_grad=True)
    >>> Square.apply(x).backward()
    >>> x.grad
    tensor([6.])
    """

    generate_vmap_rule = False

    def __init__(self, *args):
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should invoke them "
            "on the class itself. Instantiating an autograd function will raise an error in a future version of PyTorch.",
            DeprecationWarning, stacklevel=2)  # fmt: skip

    def __call__(self, *args):
        raise RuntimeError(errors.LEGACY_FUNCTION)

    @staticmethod
    def forward(*args, **kwargs):
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx, inputs, output):
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx, *gradients):
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward "
            "mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx, *tangents):
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info, in_dims, *args):
        raise NotImplementedError("To use autograd.Function with vmap, you must either override the vmap staticmethod or set "
                                  "generate_vmap_rule=True.")  # fmt: skip

    @classmethod
    def apply(cls, *args, **kwargs):
        """Run forward without recording, and record one node for the whole of it. Keyword arguments are arguments too."""
        if cls.setup_context is not Function.setup_context and kwargs:
            bound = inspect.signature(cls.forward).bind(*args, **kwargs)
            bound.apply_defaults()
            args, kwargs = bound.args, {}
        if transforms.get():
            if _is_batched(cls):
                return _by_its_own_rule(cls, args)
            _refuse_transform(cls)
        node = object.__new__(cls.__dict__.get("_node_type") or _node_type(cls))
        node.kept, node.kept_forward, node.dirty, node.not_differentiable = (), (), (), ()
        node.hooks, node.materialize, node.results = None, True, []
        given = (*args, *kwargs.values()) if kwargs else args
        tensors = [a if isinstance(a, Tensor) else None for a in given]
        node.needs_input_grad = tuple(t is not None and t.requires_grad for t in tensors)
        with grad_mode.no_grad():
            if cls.setup_context is not Function.setup_context:
                out = cls.forward(*args, **kwargs)
                cls.setup_context(node, args, out)
            else:
                out = cls.forward(node, *args, **kwargs)
        outputs = list(out) if isinstance(out, tuple) else [out]
        pushed = forward.push_function(cls, node, given, outputs) if forward.is_open else None
        _check_marks(node, outputs)
        for t in node.dirty:
            bump(t)  # beside the writes it counted itself, as PyTorch does
        recorded = any(node.needs_input_grad) and grad_mode.is_recording()
        inputs = {id(t) for t in tensors if t is not None}
        if cls.setup_context is not Function.setup_context:
            _check_saved(node, inputs.intersection(map(id, outputs)))
        for i, t in enumerate(outputs):  # an input handed back unchanged becomes a view of it; a dirty one stays itself
            if isinstance(t, Tensor) and id(t) in inputs:
                constant = not recorded or any(t is n for n in node.not_differentiable)
                if any(t is d for d in node.dirty) and not (constant and t.requires_grad):
                    continue
                with grad_mode.no_grad():
                    outputs[i] = t.detach() if constant and t.requires_grad else PRIMITIVES["alias"].call(t)
                if constant:
                    node.not_differentiable = (*node.not_differentiable, outputs[i])
        if recorded:
            _record(cls, node, given, tensors, outputs)
        if pushed:
            forward.attach([t for t in outputs if isinstance(t, Tensor)], pushed)
        return tuple(outputs) if isinstance(out, tuple) else outputs[0]


def _check_saved(node, returned: set[int]) -> None:
    """Raise if an input that forward returned as it is was saved: the output will be another tensor."""
    if any(id(t) in returned and not any(t is d for d in node.dirty) for t in node.kept):
        raise RuntimeError(
            "An input that has been returned as-is as output is being saved for backward. This is not supported if you override "
            "setup_context. You should return and save a view of the input instead, e.g. with x.view_as(x) or setup ctx inside the "
            "forward function itself."
        )


def _check_marks(node, outputs) -> None:
    for t in node.dirty:
        if not isinstance(t, Tensor):
            raise RuntimeError(f"mark_dirty can only accept variables, but argument \n\nis of type {type(t).__name__}")
        if not any(t is o for o in outputs):
            raise RuntimeError(errors.DIRTY_NOT_RETURNED)
    for t in node.not_differentiable:
        if not isinstance(t, Tensor):
            raise RuntimeError(f"mark_non_differentiable only accepts variable arguments, but got \n\n{type(t).__name__}")


def _record(cls, node, given, tensors, outputs) -> None:
    """Give ``node`` its edges and what it keeps, and the outputs their places at it."""
    for i, t in enumerate(node.kept):
        if t is not None and not isinstance(t, Tensor):
            raise TypeError(f"save_for_backward can only save variables, but argument {i} is of type {type(t).__name__}")
    for t in node.dirty:
        _check_dirty(t, outputs)
    node.edges = tuple(t._node if any(t is d for d in node.dirty) else t._current() for t in tensors if t is not None)
    node.inputs_like = [None if t is None else (t._array.shape, t._array.dtype) for t in tensors]
    node.seq = RUNTIME["draw"]()
    found = [t for t in outputs if isinstance(t, Tensor)]
    node.tensors_among = None if len(found) == len(outputs) else tuple(isinstance(t, Tensor) for t in outputs)
    slots = {}
    for slot, t in enumerate(found):
        node.results.append((t._array.shape, t._array.dtype, t._shared_counter()))
        slots[id(t)] = slot
    live = [
        (slot, t)
        for slot, t in enumerate(found)
        if t._array.dtype.kind in dtypes.DIFFERENTIABLE and not any(t is n for n in node.not_differentiable)
    ]
    kept = node.kept
    if any(t is not None and t.is_inference() for t in kept):
        raise RuntimeError(errors.INFERENCE_SAVED)
    for slot, t in live:
        point = node if len(found) == 1 else Output(node, slot, t._array)
        if any(t is d for d in node.dirty):
            rebase(t, node if t._is_view() else point)
            continue
        t._node = point
        if t._is_view():  # what stands at this node cannot follow its base
            t._more.origin, t._more.stamp = "several" if len(live) > 1 else "Function", t._counter[0]
    # an output is kept as an array, or node and output would own each other
    node.kept = tuple(
        (None, None, 0, 0) if t is None
        else (None, t._array, t._version, slots[id(t)]) if id(t) in slots
        else (t, None, t._version, 0) for t in kept
    )  # fmt: skip
    if node.kept and (hooks := current()) is not None:
        node.kept = tuple(
            entry if t is None else (Packed(t, *hooks, None if id(t) in slots else t._node), None, 0, slots.get(id(t), -1))
            for t, entry in zip(kept, node.kept)
        )
    if births.note is not None and found:
        constants = {f"arg{i}": a for i, (a, t) in enumerate(zip(given, tensors)) if t is None}
        births.note(cls, tuple(t for t in tensors if t is not None), constants, found[0], node)


def _check_dirty(t, outputs) -> None:
    """Raise what PyTorch raises if ``t`` must not be written to by a Function."""
    if type(t._node) is AccumulateGrad:  # views too: of a constant, or made in no_grad
        raise RuntimeError(errors.LEAF_DIRTY)
    if t._is_view():
        if t._more.origin is not None:
            raise errors.fixed_view(t._more.origin, t._node)
        if type(t._base._node) is AccumulateGrad:
            raise RuntimeError(errors.LEAF_VIEW_IN_PLACE)
        if sum(isinstance(o, Tensor) for o in outputs) > 1:
            raise RuntimeError(errors.DIRTY_VIEW_OF_SEVERAL)


_EXTENDING = "For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"


def _refuse_transform(cls):
    """Raise what PyTorch raises when a Function is used inside ``func.grad``, ``vmap`` and their like but is not ready for it."""
    if cls.setup_context is Function.setup_context:
        raise RuntimeError(
            "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it must override the "
            f"setup_context staticmethod. {_EXTENDING}"
        )
    if not {"vmap", "jacfwd"}.isdisjoint(transforms.get()) and not cls.generate_vmap_rule and cls.vmap is Function.vmap:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it does not have vmap support. Please override and implement the vmap "
            f"staticmethod or set generate_vmap_rule=True. {_EXTENDING}"
        )
    if transforms.get()[-1] in ("jvp", "jacfwd") and cls.jvp is Function.jvp:
        cls.jvp(None)


def _is_batched(cls) -> bool:
    """Whether the innermost transform is a vmap that ``cls`` has a rule of its own for."""
    if transforms.get()[-1] != "vmap" or cls.vmap is Function.vmap or cls.setup_context is Function.setup_context:
        return False
    if cls.generate_vmap_rule:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it has both generate_vmap_rule=True and an overridden vmap staticmethod. "
            f"Please set generate_vmap_rule=False or delete the overridden vmap staticmethod to avoid ambiguity. {_EXTENDING}"
        )
    return True


class VmapInfo(NamedTuple):
    """What a ``vmap`` staticmethod is told of the batch."""

    batch_size: int
    randomness: str


def _by_its_own_rule(cls, args):
    """The ``vmap`` staticmethod on a batch of this one example: here the examples come one after the other."""
    token = transforms.set(transforms.get()[:-1])
    try:
        batch = [a[None] if isinstance(a, Tensor) else a for a in args]
        dims = tuple(0 if isinstance(a, Tensor) else None for a in args)
        made = cls.vmap(VmapInfo(1, "error"), dims, *batch)
    finally:
        transforms.reset(token)
    if not (isinstance(made, tuple) and len(made) == 2):
        raise RuntimeError(
            "Expected the vmap staticmethod to have two returns, an output and out_dims with pytree structure compatible with the "
            f"output. Got a {type(made)} instead"
        )
    out, where = made
    where = where if isinstance(where, tuple) else (where,) * (len(out) if isinstance(out, tuple) else 1)
    taken = [t if d is None else t.select(d, 0) for t, d in zip(out if isinstance(out, tuple) else (out,), where)]
    return tuple(taken) if isinstance(out, tuple) else taken[0]


def _node_type(cls):
    """``<Name>Backward``, made once per Function."""
    made = type(cls.__name__ + "Backward", (FunctionNode, BackwardCFunction), {"__slots__": (), "function": cls})
    made.__module__, made.pushes = "torch.autograd.function", cls.jvp not in (Function.jvp, _Transposed.jvp)
    cls._node_type = made
    return made


def once_differentiable(fn):
    """Decorate a backward that cannot itself be differentiated: a gradient of its gradients is refused."""

    @functools.wraps(fn)
    def wrapped(ctx, *gradients):
        with grad_mode.no_grad():
            made = fn(ctx, *gradients)
        if not grad_mode.is_recording() or not any(isinstance(g, Tensor) and g.requires_grad for g in gradients):
            return made
        found = made if isinstance(made, tuple) else (made,)
        return _Refusing.apply(*(g if g is None else g.detach().requires_grad_() for g in found))

    return wrapped


class _Refusing(Function):
    """What stands behind gradients that cannot be differentiated."""

    @staticmethod
    def forward(ctx, *gradients):
        made = tuple(g if g is None else g.clone() for g in gradients)
        return made if len(made) > 1 else made[0]

    @staticmethod
    def backward(ctx, *gradients):
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


_Refusing._node_type = type(
    "Error", (FunctionNode,), {"__slots__": (), "function": _Refusing, "_namespace": "torch::autograd::"}
)
_Refusing._node_type.__module__ = "builtins"


class _Transposed(Function):
    """Nothing, whose backward is the ``jvp`` of ``node``: forward derivatives are taken of what a backward pass is linear in."""

    generate_vmap_rule = True

    @staticmethod
    def forward(node, *gradients):
        return tuple(wrap(np.zeros(*like)) for like in node.inputs_like if like is not None)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.node = inputs[0]

    @staticmethod
    def backward(ctx, *tangents):
        node, given = ctx.node, iter(tangents)
        with forward.undisturbed():
            made = node.function.jvp(node, *(None if like is None else next(given) for like in node.inputs_like))
        return None, *(made if isinstance(made, tuple) else (made,))

    @staticmethod
    def jvp(ctx, *tangents):
        raise AssertionError("it is on no path from primals to tangents")


def _by_jvp(node, gradients):
    made = (wrap(np.zeros(shape, dtype)) if g is None else g for g, (shape, dtype, _) in zip(gradients, node.results))
    return _Transposed.apply(node, *made)


FunctionNode.by_jvp = staticmethod(_by_jvp)
FunctionNode.unwritten = staticmethod(Function.backward)
Function.__module__ = "torch.autograd.function"
