"""Wrong engines: backward passes that make one known mistake each.

A pass is defined by a few points, and a mistake is one of them done wrong: where a pass begins (``__init__``), where
gradients gather (``_gather``), what a node does (``_apply``), where a gradient ends (``_sink``), and which walk it is
(``run``). Nobody writes a wrong answer down: it is what such a pass computes.

They are slow and they look at births, which tell an operation's operands where a right pass needs only what was saved.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.backward import BackwardPass
from ..core.births import birth_of
from ..core.namespaces import NUMPY, sum_to
from ..core.tensor import Tensor, wrap


class WrongPass(BackwardPass):
    """A pass whose every visit goes through the definition, where a subclass can err."""

    def run(self) -> None:
        while self.step() is not None:
            pass


def variant(cls: type[WrongPass], **attributes) -> type[WrongPass]:
    """``cls`` with some of its class attributes set otherwise."""
    return type(cls.__name__, (cls,), attributes)


# ---------------------------------------------------------------------- where gradients gather


class OnePath(WrongPass):
    """Where several contributions meet, keep only number ``kept`` (the last one if there are fewer).

    ``senders``, if given: a dictionary that is told which nodes sent something to each place, in the order of their turns.
    """

    kept = 0
    senders: dict | None = None

    def __init__(self, *args, **options):
        self.came = {}
        super().__init__(*args, **options)

    def _gather(self, point, grad):
        number = self.came[point] = self.came.get(point, -1) + 1
        if number <= self.kept:
            self.grads[point] = grad
        if self.senders is not None and self.position:
            self.senders.setdefault(point, []).append(self.order[self.position - 1])


class PathMissing(WrongPass):
    """Where several contributions meet, lose number ``lost``."""

    lost = 0

    def __init__(self, *args, **options):
        self.came = {}
        super().__init__(*args, **options)

    def _gather(self, point, grad):
        parts = self.came.setdefault(point, [])
        parts.append(grad)
        counted = [part for i, part in enumerate(parts) if i != self.lost or len(parts) == 1]
        total = counted[0]
        for part in counted[1:]:
            total = total + part
        self.grads[point] = total


# ---------------------------------------------------------------------- where it begins


class Negated(WrongPass):
    """Start from minus the gradient of the output."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.grads = {point: -grad for point, grad in self.grads.items()}


# ---------------------------------------------------------------------- what a node does


def _name(node) -> str:
    return node.primitive.__name__ if node.primitive is not None else ""


def _operands(node) -> list:
    """The arrays a node's operation was given, as births remember them; empty where they do not."""
    birth = birth_of(node)
    values = [] if birth is None else [kept.value() for kept in birth.inputs]
    return [] if any(value is None for value in values) else values


def _fitting(grad, like):
    """``grad`` brought to the shape of ``like``: summed if larger, repeated if smaller."""
    grad = np.asarray(grad)
    if grad.size < like.size:
        return np.broadcast_to(grad, like.shape) if not grad.ndim else like * 0 + grad
    return sum_to(NUMPY, grad, like.shape)


class WrongRule(WrongPass):
    """Replace what some nodes send; ``wrong`` returns the new gradients, or nothing to leave a node right."""

    def _apply(self, node, g):
        if self.create_graph or node.outputs > 1 or node.primitive is None:
            return super()._apply(node, g)
        right = node.apply(g, True)
        sent = self.wrong(node, g, right) or right
        if not self.keep:
            node.release()
        kept = (None if old is None else np.asarray(new, old.dtype) for old, new in zip(right, sent))
        return tuple(new if new is None or new.ndim else new[()] for new in kept)

    def wrong(self, node, g, right):
        raise NotImplementedError


class OwnFactor(WrongRule):
    """A product sends each factor the factor itself instead of the other one."""

    def wrong(self, node, g, right):
        values = _operands(node) if _name(node) == "mul" else []
        return [None if r is None else _fitting(g * v, r) for r, v in zip(right, values)]


class MinusForgotten(WrongRule):
    """A subtraction sends what arrives, without the minus."""

    def wrong(self, node, g, right):
        return [None if r is None else _fitting(g, r) for r in right] if _name(node) in ("sub", "rsub", "neg") else []


class LocalOnly(WrongRule):
    """A node sends its local derivative and forgets to multiply by what arrives."""

    def wrong(self, node, g, right):
        return node.apply(np.ones_like(g), True)


class ArrivingOnly(WrongRule):
    """A node passes on what arrives and forgets its local derivative."""

    def wrong(self, node, g, right):
        return [None if r is None else _fitting(g, r) for r in right]


class MeanWithoutN(WrongRule):
    """A mean sends everyone the whole gradient, not one n-th of it."""

    def wrong(self, node, g, right):
        return [right[0] * (right[0].size // g.size)] if _name(node).startswith("mean") else []


class SumWithN(WrongRule):
    """A sum divides by the number of its elements, as a mean does."""

    def wrong(self, node, g, right):
        return [right[0] / (right[0].size // g.size)] if _name(node).startswith("sum") else []


class PowerKept(WrongRule):
    """The derivative of x**n taken as n * x**n."""

    def wrong(self, node, g, right):
        return [right[0] * x for x in _operands(node)] if _name(node) == "pow_scalar" else []


class FactorForgotten(WrongRule):
    """The derivative of x**n taken as x**(n - 1)."""

    def wrong(self, node, g, right):
        birth = birth_of(node)
        n = birth.params["exponent"] if birth is not None and _name(node) == "pow_scalar" else 0
        return [right[0] / n] if n else []


class FlagsIgnored(WrongPass):
    """Constants get a gradient too: the rule is run for inputs that do not ask for one."""

    def _apply(self, node, g):
        birth = birth_of(node)
        if birth is not None and node.primitive is not None:
            known = _everything(node.primitive, birth)
            for name, edge, kept in zip(node.primitive.inputs, node.edges, birth.inputs):
                tensor, rule = kept.tensor(), node.primitive.rules.get(name)
                if edge is None and tensor is not None and rule is not None:
                    found = wrap(_fitting(rule(NUMPY, g, known), tensor._array).astype(tensor._array.dtype))
                    more = tensor._get_more()
                    more.grad = found if more.grad is None else more.grad + found
        return super()._apply(node, g)


def _everything(primitive, birth) -> dict:
    """All that a rule may read, by the names rules use."""
    known = {**birth.params, "out": birth.out.value()}
    for name, kept in zip(primitive.inputs, birth.inputs):
        known |= {name: kept.value(), f"{name}_shape": kept.shape, f"{name}_dtype": kept.dtype}
    return known


class KeptEverywhere(WrongPass):
    """Every tensor on the way keeps its gradient in ``.grad``, not only leaves."""

    def _visit(self, node, g):
        birth = birth_of(node)
        tensor = birth.out.tensor() if birth is not None else None
        if tensor is not None and g is not None:
            tensor._get_more().grad = wrap(g)
        return super()._visit(node, g)


# ---------------------------------------------------------------------- which saved values it may use


class VersionsIgnored(WrongPass):
    """A saved value is used as it is now, whatever its version counter says."""

    def _apply(self, node, g):
        for name, value in _saved(node):
            setattr(node, f"{name}_version", node.counter[0] if name == "out" else value._version)
        return super()._apply(node, g)


class ValuesWhenSaved(VersionsIgnored):
    """A saved value is used as it was when it was saved, as if the node had kept a copy."""

    def _apply(self, node, g):
        for name, value in _saved(node):
            was = _remembered(node, name)
            if was is not None:
                setattr(node, name, was if name == "out" else wrap(was, value._node))
        return super()._apply(node, g)


class EveryWriteCounted(WrongPass):
    """A saved value that was written to stops the pass, also where the version counter did not see the write."""

    def _apply(self, node, g):
        for name, value in _saved(node):
            was = _remembered(node, name)
            if was is not None and not np.array_equal(was, value if name == "out" else value._array):
                raise RuntimeError(f"{name} has been written to")
        return super()._apply(node, g)


def _saved(node) -> Iterator[tuple[str, Any]]:
    """(name, value) of what ``node`` has saved under a version: tensors, and the array of its output."""
    for name in node.primitive.holds if node.primitive is not None else ():
        value = getattr(node, name)
        if isinstance(value, Tensor) or (name == "out" and isinstance(value, (np.ndarray, np.generic))):
            yield name, value


def _remembered(node, name: str):
    """The array that ``name`` was when the operation ran, if births kept a copy of it."""
    birth = birth_of(node)
    if birth is None:
        return None
    return (birth.out if name == "out" else birth.inputs[node.primitive.inputs.index(name)]).array


# ---------------------------------------------------------------------- where a gradient ends


class Replaced(WrongPass):
    """``.grad`` is overwritten, not added to."""

    def _sink(self, sink, g):
        sink.grad = None
        return super()._sink(sink, g)


class Stale(WrongPass):
    """What ``.grad`` held before this pass stays as it is."""

    def _sink(self, sink, g):
        return g if sink.grad is not None else super()._sink(sink, g)


class EveryElement(WrongPass):
    """Every element of the leaf moves at once instead of one."""

    def _sink(self, sink, g):
        return super()._sink(sink, g * 0 + g.sum())


class FirstElement(WrongPass):
    """Only the first element of the leaf moves instead of every one."""

    def _sink(self, sink, g):
        only = np.zeros_like(g)
        only.flat[:1] = np.asarray(g).flat[:1]
        return super()._sink(sink, only if only.ndim else only[()])


class OwnValue(WrongPass):
    """The leaf's own value stands where its gradient should."""

    def _sink(self, sink, g):
        return super()._sink(sink, np.array(sink.array)[()])


class RootValue(WrongPass):
    """The value of the result stands where the gradient should."""

    def __init__(self, roots, gradients, **options):
        self.root = roots[0]._array
        super().__init__(roots, gradients, **options)

    def _sink(self, sink, g):
        return super()._sink(sink, np.array(self.root, g.dtype)[()] if self.root.shape == g.shape else g)


class OtherLeaf(WrongPass):
    """Each leaf gets the gradient of the leaf ``shift`` places further."""

    shift = 1

    def __init__(self, *args, **options):
        self.held = []
        super().__init__(*args, **options)

    def _sink(self, sink, g):
        self.held.append((sink, g))
        return g

    def run(self) -> None:
        super().run()
        for i, (sink, own) in enumerate(self.held):
            g = self.held[(i + self.shift) % len(self.held)][1]
            super()._sink(sink, g if np.shape(g) == np.shape(own) else own)
