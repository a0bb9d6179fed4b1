"""Primitives with a list of inputs (``cat``) or several outputs (``split``, ``max`` over a dim, ``eigh``).

They are rare and move much data a call, so they are interpreted, not specialised; otherwise they are declared alike. A
rule gets ``g`` as a tuple, one gradient per output with zeros for those nobody used; a variadic input's rule returns one
gradient for each of its tensors.
"""

from __future__ import annotations

import numpy as np

from . import births, dtypes, errors, forward, low_precision
from .mistakes import NUMPYS, explained
from .namespaces import NUMPY, TENSORS
from .node import FREED, Node, Output
from .primitive import RUNTIME, Primitive, changed, operand
from .saved import Packed
from .tensor import Tensor, wrap


class SeveralNode(Node):
    """A node that keeps its values in a dict by name, with the version at which each tensor was saved."""

    __slots__ = ("values", "versions", "likes", "listed")

    outputs = property(lambda self: len(self.likes))

    def apply(self, g, keep):
        grads = self._grads(NUMPY, g, False)
        if not keep:
            self.release()
        return grads

    def apply_tensors(self, g, keep):
        grads = self._grads(TENSORS, g, True)
        if not keep:
            self.release()
        return grads

    def _grads(self, xp, g, as_tensor):
        op = self.primitive
        if self.values is FREED:
            raise errors.second_time(self)
        saved = {name: self._unsave(name, as_tensor) for name in op.saves}
        if low_precision.LOW and not as_tensor:
            low = next((x.dtype for x in (g if self.outputs > 1 else [g]) if x is not None), None)
            if low is not None and low.num in low_precision.LOW:
                return low_precision.narrow(self._by_rules(xp, *low_precision.wide((g, saved)), as_tensor), low)
        return self._by_rules(xp, g, saved, as_tensor)

    def _by_rules(self, xp, g, saved, as_tensor):
        op = self.primitive
        if self.listed and self.outputs == 1:
            g = [g]
        elif self.listed:
            g = [self._zeros(like, as_tensor) if x is None else x for x, like in zip(g, self.likes)]
        grads = [op.rules[name](xp, g, saved) if name in op.rules else None for name in op.inputs]
        return tuple(grads[0] if op.variadic else grads)

    def _zeros(self, like, as_tensor):
        zeros = np.zeros(*like)
        return wrap(zeros) if as_tensor else zeros

    def _unsave(self, name, as_tensor):
        value = self.values[name]
        if self.primitive.variadic and name in self.primitive.inputs:
            return value if as_tensor else [getattr(t, "_array", t) for t in value]
        if type(value) is Packed:
            return value.restore(self if name == "out" else None, as_tensor)
        if name == "out":
            if isinstance(value, tuple) and type(value[0]) is Packed:
                points = [Output(self, i, np.empty(*like)) for i, like in enumerate(self.likes)]
                return tuple(v.restore(p if like[1].kind in dtypes.DIFFERENTIABLE else None, as_tensor)
                             for v, p, like in zip(value, points, self.likes))  # fmt: skip
            if not as_tensor:
                return value
            if self.outputs == 1:
                return wrap(value, self)
            return tuple(wrap(v, Output(self, i, v) if v.dtype.kind in dtypes.DIFFERENTIABLE else None) for i, v in enumerate(value))
        if isinstance(value, Tensor):
            if value._counter is not None and value._counter[0] != self.versions[name]:
                raise changed(self, name)
            return value if as_tensor else value._array
        return value

    def release(self):
        if self.primitive.holds:
            self.values = FREED
        return self.primitive.holds


class Several(Primitive):
    """``@several``: see the module's docstring. ``view``: (i, params) -> the step that leads from x to output i."""

    def __init__(self, forward, *, name=None, step=None):
        super().__init__(forward, name=name)
        self.step = step
        self.call = self.dispatch
        TENSORS.register(self.__name__, self.call)

    def postpone(self):
        """Nothing is generated, so nothing to write anew."""

    def build(self):
        self.node_type = type(self.node_name, (SeveralNode,), {"__slots__": (), "primitive": self})
        self.node_type.__module__ = "builtins"

    def dispatch(self, *tensors, **params):
        if self.interpreter is not None:
            return self.interpreter(self, tensors, params)
        if self.params and len(params) < len(self.params):
            params = self.params | params
        fetched = [operand(t) for t in tensors]
        arrays = [f[1] for f in fetched]
        low = None
        if low_precision.LOW and self.step is None:  # views compute nothing
            *arrays, low = low_precision.widened(*arrays)
        try:
            made = self.forward(NUMPY, *arrays, **params)
        except NUMPYS as error:
            raise explained(self, error, tuple(arrays), params) from None
        if low is not None:
            made = low_precision.narrow(made, low)
        arrays_out = made if isinstance(made, tuple) else (made,)
        outs = [wrap(a) for a in arrays_out]
        node = None
        if any(f[2] is not None for f in fetched) and RUNTIME["recording"]():
            if self.node_type is None:
                self.build()
            node = object.__new__(self.node_type)
            node.seq, node.hooks, node.edges = RUNTIME["draw"](), None, tuple(f[2] for f in fetched)
            node.listed = isinstance(made, tuple)  # a tuple of one is a tuple
            node.likes = [(a.shape, a.dtype) for a in arrays_out]
            node.values, node.versions = {}, {}
            for name in self.saves:
                node.values[name] = self._value(name, tensors, arrays, params, made)
                if name in self.inputs and not self.variadic:
                    counter = fetched[self.inputs.index(name)][3]
                    node.versions[name] = 0 if counter is None else counter[0]
            for slot, out in enumerate(outs):
                if out._array.dtype.kind in dtypes.DIFFERENTIABLE:
                    out._node = node if len(outs) == 1 else Output(node, slot, out._array)
        if self.step is not None:
            for slot, out in enumerate(outs):
                tensors[0]._lend(out, self.step(slot, out._array, params))
                if out._more is not None:
                    out._more.origin, out._more.slot = out._more.origin or self.node_name.removesuffix("Backward0"), slot
        if forward.is_open:
            forward.push(self, [f[0] for f in fetched], params, outs, node)
        if births.note is not None:
            for out in outs[:1] if node is not None else outs:  # a node's birth tells of its first output
                births.note(self, tuple(f[0] for f in fetched), params, out, node)
        if RUNTIME["inference_open"]:
            for out in outs:
                RUNTIME["mark_inference"](out)
        return tuple(outs) if isinstance(made, tuple) else outs[0]

    def _value(self, name, tensors, arrays, params, made):
        if name == "out":
            return made
        if name in params:
            return params[name]
        owner, _, what = name.partition("_")
        if self.variadic:
            return [getattr(a, what) for a in arrays] if what else tensors
        i = self.inputs.index(owner)
        return getattr(arrays[i], what) if what else tensors[i]


def several(**options):
    """``@several(...)``: turn a forward function into a primitive with many inputs or outputs."""
    return lambda forward: Several(forward, **options)
