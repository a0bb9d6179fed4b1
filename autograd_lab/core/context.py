"""``ctx``, what a user's Function is given in forward and in backward; it is also the Function's node in the graph."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from . import dtypes, errors, forward, grad_mode
from .namespaces import TENSORS, sum_to
from .node import Node, Output
from .primitive import places_of_outputs
from .saved import Packed, SavedTensor
from .tensor import Tensor, wrap

# Whether a pass is half of a forward derivative: then what a Function sends on is the transpose of its jvp, not its backward.
by_jvp: ContextVar[bool] = ContextVar("by_jvp", default=False)


@contextmanager
def transposing():
    """Inside the block passes are halves of forward derivatives."""
    token = by_jvp.set(True)
    try:
        yield
    finally:
        by_jvp.reset(token)


class FunctionCtx:
    """What a user's forward may ask of its ``ctx``."""

    __slots__ = ()

    def save_for_backward(self, *tensors):
        """Keep tensors for backward; checked against later in-place changes."""
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
        if not isinstance(value, bool):
            raise TypeError("set_materialize_grads received an invalid combination of arguments - got (), but expected (bool)")
        self.materialize = value


class BackwardCFunction:
    """What the nodes of all Functions have in common, by PyTorch's name for it."""

    __slots__ = ()


_LISTED = """_input_metadata _raw_saved_tensors _register_hook_dict _sequence_nr _set_sequence_nr apply dirty_tensors mark_dirty
mark_non_differentiable mark_shared_storage materialize_grads metadata name needs_input_grad next_functions non_differentiable
register_hook register_prehook requires_grad save_for_backward save_for_forward saved_for_forward saved_tensors
saved_variables set_materialize_grads to_save""".split()


class FunctionNode(FunctionCtx, Node):
    """The node of one ``apply``; it is also the ``ctx`` that forward and backward are given, so users may set attributes.

    Every Function has a subclass of its own, ``<Name>Backward``.
    """

    __slots__ = ("kept", "kept_forward", "results", "dirty", "not_differentiable", "materialize", "needs_input_grad",
                 "inputs_like", "tensors_among", "__dict__", "__weakref__")  # fmt: skip
    function = unwritten = by_jvp = None  # the Function; the backward of one that has none; what stands for its backward
    pushes = False  # whether it has a jvp of its own

    class primitive:
        """What the pass asks of a node's primitive."""

        holds = ("saved_tensors",)

    @property
    def saved_tensors(self):
        """What was saved, each checked not to have been overwritten since."""
        if self.kept_forward and forward.is_pushing():
            return self.kept_forward
        if self.kept is None:
            raise errors.second_time(self)
        if not hasattr(self, "edges"):  # still in forward, or in jvp
            return (self.kept_forward or self.kept) if forward.is_pushing() else ()
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
                raise self._changed(
                    wrap(array, self) if t is None else t, t.output_nr if t is not None else slot, counter, version
                )
            out.append(wrap(array, self._point(slot), counter) if t is None else t)
        return tuple(out)

    def _changed(self, tensor, output_nr, counter, expected):
        made_by = errors.short(tensor.grad_fn.name()) if tensor.grad_fn is not None else None
        kind = dtypes.kept_name(tensor._array.dtype)
        from .hindsight import of_change

        error = errors.modified(kind, tensor.shape, made_by, counter[0], expected, output_nr)
        return of_change(error, self, counter, expected)

    @property
    def _raw_saved_tensors(self):
        if self.kept is None:
            raise errors.second_time(self)
        return tuple(SavedByFunction(self, i) for i in range(len(self.kept)))

    def _point(self, slot):
        return places_of_outputs.get(self, self) if self.outputs == 1 else Output(self, slot, np.empty(self.results[slot][0]))

    # ---- what the pass calls
    def __repr__(self):
        return f"<torch.autograd.function.{self.name()} object at {id(self):#x}>"

    def __getattr__(self, name):
        raise AttributeError(f"'{self.name()}' object has no attribute '{name}'")

    # what forward has said of them is told until the node stands in the graph
    to_save = property(lambda self: None if hasattr(self, "edges") else self.kept or None)
    saved_for_forward = property(lambda self: self.kept_forward or None)
    dirty_tensors = property(lambda self: None if hasattr(self, "edges") else self.dirty or None)
    non_differentiable = property(lambda self: None if hasattr(self, "edges") else self.not_differentiable or None)

    materialize_grads = property(None, FunctionCtx.set_materialize_grads)  # to write only, as in PyTorch

    @property
    def saved_variables(self):
        """``saved_tensors`` by its old name."""
        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors

    def __dir__(self):
        return sorted([*_LISTED, *self.__dict__])

    outputs = property(lambda self: len(self.results))

    def apply(self, g, keep):
        with grad_mode.no_grad():
            grads = self._call([None if x is None else wrap(x) for x in (g if self.outputs > 1 else [g])])
        if not keep:
            self.release()
        return tuple(None if t is None else t._array for t in grads)

    def apply_tensors(self, g, keep):
        gradients = list(g) if self.outputs > 1 else [g]
        grads = self.by_jvp(self, gradients) if by_jvp.get() and self.pushes else self._call(gradients)
        if not keep:
            self.release()
        return tuple(grads)

    def apply_none(self, keep, create_graph):
        """Its backward is called all the same, with zeros unless it has asked for None."""
        return (self.apply_tensors if create_graph else self.apply)(None if self.outputs == 1 else [None] * self.outputs, keep)

    def _call(self, gradients):
        if self.materialize:
            gradients = [wrap(np.zeros(r[0], r[1])) if x is None else x for x, r in zip(gradients, self.results)]
        if self.tensors_among is not None:  # what is no tensor has its place among the gradients too
            arriving = iter(gradients)
            gradients = [next(arriving) if is_tensor else None for is_tensor in self.tensors_among]
        rule, other = self.function.backward, self.function.vjp
        if rule is not self.unwritten and other is not self.unwritten:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement one of them."
            )
        grads = (rule if rule is not self.unwritten else other)(self, *gradients)
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
        if x._array.dtype.kind == "c" and dtype.kind != "c":
            raise RuntimeError(errors.COMPLEX_GRADIENT)
        return x if x._array.dtype == dtype else TENSORS.cast(x, dtype)

    def release(self):
        self.kept = None
        return ("saved_tensors",)


class SavedByFunction(SavedTensor):
    """``node._raw_saved_tensors[i]``: one place at which a Function has saved a tensor."""

    def _value(self):
        entry = self._node.kept[self._name]
        return entry[0] if type(entry[0]) is Packed else entry

    def _pack(self, pack_hook, unpack_hook):
        t, array, _, slot = self._node.kept[self._name]
        tensor = wrap(array, self._node._point(slot)) if t is None else t
        packed = Packed(tensor, pack_hook, unpack_hook, None if t is None else t._node)
        kept = list(self._node.kept)
        kept[self._name] = packed, None, 0, slot if t is None else -1
        self._node.kept = tuple(kept)

    def unpack(self) -> Tensor:
        return self._node.saved_tensors[self._name]


SavedByFunction.__module__ = "torch._C._autograd"
FunctionNode.__module__ = FunctionCtx.__module__ = "torch.autograd.function"
