"""Primitives with a list of inputs (``cat``) or several outputs (``split``, ``max`` over a dim, ``eigh``).

They are rare and move much data a call, so they are interpreted, not specialised; otherwise they are declared alike. A
rule gets ``g`` as a tuple, one gradient per output with zeros for those nobody used; a variadic input's rule returns one
gradient for each of its tensors.
"""

from __future__ import annotations

import numpy as np

from . import births, complexes, dtypes, errors, forward, low_precision
from .complexes import MET
from .device import OPENED, beside
from .face import WORDS, saved_words
from .layout import IN_ORDER, in_order
from .mistakes import NUMPYS, explained
from .namespaces import NUMPY, TENSORS
from .node import FREED, Node, Output
from .overwritten import short_name
from .places import heed, pass_on, watch
from .primitive import RUNTIME, Primitive, operand
from .refusals import refused
from .saved import Packed
from .tensor import Tensor, wrap


class SeveralNode(Node):
    """A node that keeps its values in a dict by name, with the version at which each tensor was saved.

    ``counters`` are those of the outputs, where a rule reads them.
    """

    __slots__ = ("values", "versions", "counters", "likes", "listed", "outputs", "watched")

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
        if self.watched is not None:
            heed(self)
        saved = {name: self._unsave(name, as_tensor) for name in op.saves}
        if low_precision.LOW and not as_tensor:
            low = next((x.dtype for x in (g if self.outputs > 1 else [g]) if x is not None), None)
            if low is not None and low.num in low_precision.LOW:
                return low_precision.narrow(self._by_rules(xp, *low_precision.wide((g, saved)), as_tensor), low)
        if as_tensor and self.watched is not None:
            since = RUNTIME["draw"]()
            grads = self._by_rules(xp, g, saved, as_tensor)
            for grad in grads:
                if grad is not None:
                    pass_on(self, grad, since)
            return grads
        return self._by_rules(xp, g, saved, as_tensor)

    def _by_rules(self, xp, g, saved, as_tensor):
        if not (complexes.MET and self.primitive.holomorphic and complexes.is_complex(g)):
            return self._by_own_rules(xp, g, saved, as_tensor)
        return tuple(map(complexes.turn, self._by_own_rules(xp, complexes.turn(g), saved, as_tensor)))

    def _by_own_rules(self, xp, g, saved, as_tensor):
        op = self.primitive
        if self.listed and self.outputs == 1:
            g = [g]
        elif self.listed and not op.told:
            there = next(getattr(x, "_array", x) for x in g if x is not None)
            g = [self._zeros(like, as_tensor, there) if x is None else x for x, like in zip(g, self.likes)]
        grads = [op.rules[name](xp, g, saved) if name in op.rules else None for name in op.inputs]
        if as_tensor:
            rules = [op.rules.get(name) for name in op.inputs]
            grads = [grad if rule is None or rule.recorded is None or grad is None
                     else getattr(TENSORS, rule.recorded)(grad, saved[rule.reads[0]]) for rule, grad in zip(rules, grads)]  # fmt: skip
        return tuple(grads[0] if op.variadic else grads)

    def _zeros(self, like, as_tensor, beside_g):
        zeros = beside(np.zeros(*like), beside_g)
        return wrap(zeros) if as_tensor else zeros

    def _unsave(self, name, as_tensor):
        value = self.values[name]
        if name == "out":
            return self._unsave_outputs(value, as_tensor)
        if self.primitive.variadic and name in self.primitive.inputs:
            return [self._checked(t, version, as_tensor) for t, version in zip(value, self.versions[name])]
        return self._checked(value, self.versions.get(name), as_tensor)

    def _checked(self, value, version, as_tensor):
        if isinstance(value, Packed):
            return value.restore(None, as_tensor)
        if isinstance(value, Tensor):
            if value._counter is not None and value._counter[0] != version:
                made_by = short_name(value._node) if value.grad_fn is not None else None
                raise self._changed(value._array, value._counter, version, made_by, value.output_nr)
            return value if as_tensor else value._array
        return value

    def _unsave_outputs(self, value, as_tensor):
        if not isinstance(value, tuple):
            self._check_output(value, 0)
            if type(value) is Packed:
                return value.restore(self, as_tensor)
            return wrap(value, self) if as_tensor else value
        points = [self if self.outputs == 1 else Output(self, i, np.empty(*like)) for i, like in enumerate(self.likes)]
        points = [p if like[1].kind in dtypes.DIFFERENTIABLE else None for p, like in zip(points, self.likes)]
        if type(value[0]) is Packed:
            return tuple(v.restore(p, as_tensor) for v, p in zip(value, points))
        shown = map(wrap, value, points) if as_tensor else value
        return Outputs(shown, lambda i: self._check_output(value[i], i))

    def _check_output(self, value, slot):
        if self.counters is not None and type(value) is not Packed and self.counters[slot][0]:
            made_by = short_name(self) if value.dtype.kind in dtypes.DIFFERENTIABLE else None
            raise self._changed(value, self.counters[slot], 0, made_by, slot)

    def _changed(self, array, counter, expected, made_by, slot):
        error = errors.modified(dtypes.kept_name(array.dtype), array.shape, made_by, counter[0], expected, slot)
        from .hindsight import of_change

        return of_change(error, self, counter, expected)

    def apply_none(self, keep, create_graph):
        if self.values is FREED:
            raise errors.second_time(self)
        if not keep:
            self.release()
        return (None,) * len(self.edges)

    def release(self):
        if self.primitive.holds or self.primitive.places:
            self.values, self.watched = FREED, None
        return self.primitive.holds


class Outputs(tuple):
    """A node's outputs, each checked when a rule reads it: what no rule reads may be written over."""

    def __new__(cls, values, check):
        made = super().__new__(cls, values)
        made.check = check
        return made

    def __getitem__(self, i):
        self.check(i)
        return super().__getitem__(i)

    def __iter__(self):
        return (self[i] for i in range(len(self)))


class Several(Primitive):
    """``@several``: see the module's docstring. ``step``: (i, params) -> the step that leads from x to output i.

    ``told``: the rules are told which outputs nobody used, by None, where a gradient of zeros would be divided by zero.
    """

    def __init__(self, forward, *, name=None, step=None, holomorphic=True, told=False):
        super().__init__(forward, name=name, holomorphic=holomorphic)
        self.step, self.told = step, told
        self.call = self.dispatch
        TENSORS.register(self.__name__, self.call)

    def postpone(self):
        """Nothing is generated, so nothing to write anew."""

    def build(self):
        parts = {"__slots__": (), "primitive": self, **saved_words(set(self.saves) - WORDS)}
        self.node_type = type(self.node_name, (SeveralNode,), parts)
        self.node_type.__module__ = "builtins"

    def unsave(self, node, name: str, as_tensor: bool = True):
        """A saved value, checked: not freed, not overwritten since."""
        if node.values is FREED:
            raise errors.second_time(node)
        return node._unsave(name, as_tensor)

    def dispatch(self, *tensors, **params):
        if self.interpreter is not None:
            return self.interpreter(self, tensors, params)
        if self.params and len(params) < len(self.params):
            params = self.params | params
        fetched = [operand(t) for t in tensors]
        arrays = [f[1] for f in fetched]
        if OPENED and len(arrays) > 1:
            RUNTIME["together"](*arrays)
        if MET and arrays and (error := refused(self.__name__, arrays[0].dtype)) is not None:
            raise error
        low = None
        if low_precision.LOW and self.step is None:  # views compute nothing
            if self.__name__ in low_precision.WITHOUT:
                low_precision.lacking(self.__name__, *arrays)
            *arrays, low = low_precision.widened(*arrays)
        try:
            made = self.forward(NUMPY, *arrays, **params)
        except NUMPYS as error:
            raise explained(self, error, tuple(arrays), params) from None
        if low is not None:
            made = low_precision.narrow(made, low)
        if self.__name__ in IN_ORDER:
            made = tuple(map(in_order, made)) if isinstance(made, tuple) else in_order(made)
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
            # how many gradients it takes: none for indices, which come last
            node.outputs = 1 + max((i for i, like in enumerate(node.likes) if like[1].kind in dtypes.DIFFERENTIABLE), default=0)
            node.values, node.versions, node.counters, node.watched = {}, {}, None, None
            for name in self.saves:
                node.values[name] = self._value(name, tensors, arrays, params, made)
                if name in self.inputs:
                    versions = [0 if counter is None else counter[0] for *_, counter in fetched]
                    node.versions[name] = versions if self.variadic else versions[self.inputs.index(name)]
                elif name == "out" and self.step is None:
                    node.counters = [out._shared_counter() for out in outs]
            for slot, out in enumerate(outs):
                if out._array.dtype.kind in dtypes.DIFFERENTIABLE:
                    out._node = node if node.outputs == 1 else Output(node, slot, out._array)
        if node is not None and self.places:  # the indices it chose by are its second output, and users may write to them
            shape = params["index"].shape
            watch(outs[0], outs[1], key_of=lambda index: index.reshape(shape))
        if self.step is not None:
            for slot, out in enumerate(outs):
                tensors[0]._lend(out, self.step(slot, out._array, params))
                if out._more is not None:
                    out._more.slot = slot
                    if RUNTIME["recording"]():
                        out._more.origin = errors.short(self.node_name)
        if forward.is_open:
            forward.push(self, [f[0] for f in fetched], params, outs, node)
        if births.note is not None:
            for out in outs[:1] if node is not None else outs:  # a node's birth tells of its first output
                births.note(self, tuple(f[0] for f in fetched), params, out, node)
        if RUNTIME["inference_open"] and self.step is None:  # views are what they are views of
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
