"""``Function``: an operation whose backward the user writes, and ``ctx``, which carries things from one to the other.

A second kind of Node. It is generic where primitives are specialised (1.8 us a call against 0.7), because its forward and
backward are arbitrary Python working on tensors.
"""

from __future__ import annotations

import functools
import warnings
from contextvars import ContextVar

import numpy as np

from . import births, dtypes, errors, forward, grad_mode
from .inplace import bump, rebase
from .namespaces import TENSORS, sum_to
from .node import AccumulateGrad, Node, Output
from .primitive import RUNTIME, places_of_outputs
from .saved import Packed, current
from .tensor import Tensor, wrap


class FunctionCtx:
    """What a user's forward may ask of its ``ctx``."""

    __slots__ = ()

    def save_for_backward(self, *tensors):
        """Keep tensors for backward; checked against later in-place changes."""
        for i, t in enumerate(tensors):
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(f"save_for_backward can only save variables, but argument {i} is of type {type(t).__name__}")
        self.kept = tensors

    def save_for_forward(self, *tensors):
        """Keep tensors for ``jvp``, which finds them in ``ctx.saved_tensors``."""
        for i, t in enumerate(tensors):
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(f"save_for_forward can only save tensors, but argument {i} is of type {type(t).__name__}")
        self.kept_forward = tensors

    def mark_shared_storage(self, *pairs):
        """Nothing: memory that is shared is noticed. Kept for old code."""
        warnings.warn(
            "mark_shared_storage is deprecated. Tensors with shared storages are automatically tracked. Note that calls to "
            "`set_()` are not tracked", FutureWarning, stacklevel=2)  # fmt: skip

    def mark_dirty(self, *tensors):
        """Say which inputs forward has written over."""
        self.dirty = tensors

    def mark_non_differentiable(self, *tensors):
        """Say which outputs have no gradient."""
        self.not_differentiable = tensors

    def set_materialize_grads(self, value: bool):
        """False: backward gets None, not zeros, for outputs nobody used."""
        self.materialize = value


class BackwardCFunction:
    """What the nodes of all Functions have in common, by PyTorch's name for it."""

    __slots__ = ()


class FunctionNode(FunctionCtx, Node):
    """The node of one ``apply``; it is also the ``ctx`` that forward and backward are given, so users may set attributes.

    Every Function has a subclass of its own, ``<Name>Backward``.
    """

    __slots__ = ("kept", "kept_forward", "results", "dirty", "not_differentiable", "materialize", "needs_input_grad",
                 "inputs_like", "__dict__", "__weakref__")  # fmt: skip
    function = None

    class primitive:
        """What the pass asks of a node's primitive."""

        holds = ("saved_tensors",)

    @property
    def saved_tensors(self):
        """What was saved, each checked not to have been overwritten since."""
        if self.kept is None:
            raise errors.second_time(self)
        if not hasattr(self, "edges"):  # still in forward or jvp
            return self.kept_forward or self.kept
        out = []
        for t, array, version, slot in self.kept:
            if t is None and array is None:
                out.append(None)
                continue
            if type(t) is Packed:
                out.append(t.restore(self._point(slot) if slot >= 0 else None, True))
                continue
            counter = self.results[slot][2] if t is None else t._counter
            if counter is not None and counter[0] != version:
                holder = t if t is not None else wrap(array, self)
                maker = holder.grad_fn
                name = maker and errors.short(maker.name())
                raise errors.modified(holder.type(), holder.shape, name, counter[0], version)
            out.append(wrap(array, self._point(slot), counter) if t is None else t)
        return tuple(out)

    def _point(self, slot):
        return places_of_outputs.get(self, self) if self.outputs == 1 else Output(self, slot, np.empty(self.results[slot][0]))

    # ---- what the pass calls
    def __repr__(self):
        return f"<torch.autograd.function.{self.name()} object at {id(self):#x}>"

    def __getattr__(self, name):
        raise AttributeError(f"'{self.name()}' object has no attribute '{name}'")

    __dir__ = object.__dir__
    outputs = property(lambda self: len(self.results))

    def apply(self, g, keep):
        with grad_mode.no_grad():
            grads = self._call([None if x is None else wrap(x) for x in (g if self.outputs > 1 else [g])])
        if not keep:
            self.release()
        return tuple(None if t is None else t._array for t in grads)

    def apply_tensors(self, g, keep):
        grads = self._call(list(g) if self.outputs > 1 else [g])
        if not keep:
            self.release()
        return tuple(grads)

    def _call(self, gradients):
        if self.materialize:
            gradients = [wrap(np.zeros(r[0], r[1])) if x is None else x for x, r in zip(gradients, self.results)]
        rule = self.function.backward
        grads = (rule if rule is not Function.backward else self.function.vjp)(self, *gradients)
        grads = grads if isinstance(grads, tuple) else (grads,)
        name, wanted = self.name(), len(self.inputs_like)
        if len(grads) > wanted and all(x is None for x in grads[wanted:]):
            grads = grads[:wanted]
        if len(grads) != wanted:
            raise RuntimeError(
                f"function {name} returned an incorrect number of gradients (expected {wanted}, got {len(grads)})"
            )
        points, found = iter(self.edges), []
        for i, (x, like) in enumerate(zip(grads, self.inputs_like)):  # an edge for each tensor; what is None goes nowhere
            x = self._checked(i, x, None if like is None else next(points), like)
            if like is not None:
                found.append(x)
        return found

    def _checked(self, i, x, point, like):
        name = self.name()
        if x is None:
            return None
        if not isinstance(x, Tensor):
            raise RuntimeError(f"expected Variable or None (got {type(x).__name__})")
        if like is None:
            raise RuntimeError(
                f"function {name} returned a gradient different than None at position {i + 1}, but the corresponding forward "
                "input was not a Variable"
            )
        if point is None:
            return None
        shape, dtype = like
        if x._array.shape != shape:
            try:
                fits = np.broadcast_shapes(shape, x._array.shape) == x._array.shape
            except ValueError:
                fits = False
            if not fits:
                raise RuntimeError(
                    f"Function {name} returned an invalid gradient at index {i} - got {list(x.shape)} but expected shape "
                    f"compatible with {list(shape)}"
                )
            x = sum_to(TENSORS, x, shape)
        return x if x._array.dtype == dtype else TENSORS.cast(x, dtype)

    def release(self):
        self.kept = None if self.kept else self.kept
        return ("saved_tensors",)


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
        """Run forward without recording, and record one node for the whole of it."""
        if transforms.get():
            _refuse_transform(cls)
        node = object.__new__(cls.__dict__.get("_node_type") or _node_type(cls))
        node.kept, node.kept_forward, node.dirty, node.not_differentiable = (), (), (), ()
        node.hooks, node.materialize, node.results = None, True, []
        tensors = [a if isinstance(a, Tensor) else None for a in args]
        node.needs_input_grad = tuple(t is not None and t.requires_grad for t in tensors)
        with grad_mode.no_grad():
            if cls.setup_context is not Function.setup_context:
                out = cls.forward(*args, **kwargs)
                cls.setup_context(node, args, out)
            else:
                out = cls.forward(node, *args, **kwargs)
        outputs = out if isinstance(out, tuple) else (out,)
        pushed = forward.push_function(cls, node, args, outputs) if forward.is_open else None
        if not (any(node.needs_input_grad) and grad_mode.is_grad_enabled()):
            return out
        for t in node.dirty:
            if type(t._node) is AccumulateGrad:
                raise RuntimeError(errors.LEAF_DIRTY)
            bump(t)  # beside the writes it counted itself, as PyTorch does
        node.edges = tuple(t._current() for t in tensors if t is not None)
        node.inputs_like = [None if t is None else (t._array.shape, t._array.dtype) for t in tensors]
        node.seq = RUNTIME["draw"]()
        given = {id(t) for t in tensors if t is not None}
        returned = []
        for t in outputs:  # an input handed back unchanged becomes a new tensor; a dirty one stays itself
            if isinstance(t, Tensor) and id(t) in given and not any(t is d for d in node.dirty):
                t = wrap(t._array, None, t._shared_counter())
            returned.append(t)
        found = [t for t in returned if isinstance(t, Tensor)]
        slots = {}
        for slot, t in enumerate(found):
            counter = t._shared_counter()
            node.results.append((t._array.shape, t._array.dtype, counter))
            slots[id(t)] = slot
        kept = node.kept
        for slot, t in enumerate(found):
            differentiable = t._array.dtype.kind in dtypes.DIFFERENTIABLE and not any(t is n for n in node.not_differentiable)
            if not differentiable:
                continue
            point = node if len(found) == 1 else Output(node, slot, t._array)
            if any(t is d for d in node.dirty):
                rebase(t, point) if not t._is_view() else rebase(t, node)
            else:
                t._node = point
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
        if births.note is not None:
            constants = {f"arg{i}": a for i, (a, t) in enumerate(zip(args, tensors)) if t is None}
            births.note(cls, tuple(t for t in tensors if t is not None), constants, found[0], node)
        if pushed:
            forward.attach(found, pushed)
        return tuple(returned) if isinstance(out, tuple) else returned[0]


transforms: ContextVar[tuple[str, ...]] = ContextVar("transforms", default=())  # the func transforms that are running


def _refuse_transform(cls):
    """Raise what PyTorch raises when a Function is used inside ``func.grad``, ``vmap`` and their like but is not ready for it."""
    if cls.setup_context is Function.setup_context:
        raise RuntimeError(
            "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it must override the "
            "setup_context staticmethod. For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"
        )
    if "vmap" in transforms.get() and cls.vmap is Function.vmap and not cls.generate_vmap_rule:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it does not have vmap support. Please override and implement the vmap "
            "staticmethod or set generate_vmap_rule=True. For more details, please see "
            "https://pytorch.org/docs/main/notes/extending.func.html"
        )


def _node_type(cls):
    """``<Name>Backward``, made once per Function."""
    made = type(cls.__name__ + "Backward", (FunctionNode, BackwardCFunction), {"__slots__": (), "function": cls})
    made.__module__ = "torch.autograd.function"
    cls._node_type = made
    return made


def once_differentiable(backward):
    """Decorate a backward that cannot itself be differentiated."""

    @functools.wraps(backward)
    def wrapped(ctx, *gradients):
        with grad_mode.no_grad():
            return backward(ctx, *gradients)

    return wrapped


FunctionNode.__module__ = FunctionCtx.__module__ = Function.__module__ = "torch.autograd.function"
