"""Forward mode: tangents that travel with tensors while a dual level is open.

Nothing here runs while no level is open. While one is, every operation is announced (births.py); if an operand carries a
tangent, the result gets one: by the primitive's ``jvp`` or partials where it has them, else from its vjp rules, which are
linear in ``g``, so that differentiating them with respect to ``g`` along the tangents *is* the pushforward. No operation
needs a forward rule of its own. Tangents are computed with tensor operations: forward over reverse and reverse over forward
follow.
"""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from itertools import count

import numpy as np

from . import births, dtypes, errors, grad_mode
from .complexes import is_complex, turn
from .face import Points
from .namespaces import TENSORS
from .tensor import Tensor, wrap, zeros_beside

is_open = False
_busy = False  # tangents are being computed: what that computes has none of its own
_order = count()  # in which tangents were set
# by id: tensors compare elementwise, so no weak dictionary
_tangents: dict[int, tuple[weakref.ref, Tensor | None, int]] = {}
_of_nodes = Points()  # for outputs a node keeps as arrays


def tangent_of(x) -> Tensor | None:
    """The tangent that travels with ``x``; of a view whose base has been written to since it is that part of the base's."""
    found, more = _entry(x), getattr(x, "_more", None)  # of an array there is none
    if found is not None and found[1] is None:
        return None
    if more is not None and more.base is not None and (whole := _entry(more.base)) is not None:
        if found is None or whole[2] > found[2]:
            with undisturbed():
                return TENSORS.take_view(whole[1], more.path) if whole[1] is not None else None
    return None if found is None else found[1]


def _entry(x):
    found = _tangents.get(id(x))
    return found if found is not None and found[0]() is x else None


def set_tangent(x: Tensor, tangent: Tensor | None) -> None:
    """Let ``tangent`` travel with ``x`` until the level is closed; None: no tangent, though its base may have one."""
    _tangents[id(x)] = weakref.ref(x, lambda _, key=id(x): _tangents.pop(key, None)), tangent, next(_order)


def open_level() -> None:
    """Start to carry tangents."""
    global is_open
    if is_open:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    is_open = True
    births.listen(_announced)
    from .primitive import RUNTIME

    RUNTIME["output_tensor"] = _output_with_tangent


def close_level() -> None:
    """Drop all tangents."""
    global is_open
    is_open = False
    births.unlisten(_announced)
    from .primitive import RUNTIME, output_tensor

    RUNTIME["output_tensor"] = output_tensor
    _tangents.clear()
    _of_nodes.clear()


def is_pushing() -> bool:
    """Whether what runs now computes tangents."""
    return _busy


@contextmanager
def undisturbed():
    """Inside the block nothing is pushed: what is computed there is about tangents."""
    global _busy
    before, _busy = _busy, True
    try:
        with grad_mode.enable_grad():
            yield
    finally:
        _busy = before


def _output_with_tangent(node, out):
    from .primitive import output_tensor

    made = output_tensor(node, out)
    if (tangent := _of_nodes.get(node)) is not None:
        set_tangent(made, tangent)
    return made


# ---------------------------------------------------------------------- pushing tangents through operations


def _announced(op, inputs, params, out, node) -> None:
    if not hasattr(op, "rules") or hasattr(op, "dispatch"):  # words, Functions and operations with several outputs: see below
        return
    push(op, inputs, params, (out,), node)


def push(op, inputs, params, outs, node) -> None:
    """Give ``outs`` their tangents if an input has one."""
    if _busy:
        return
    tangents = [tangent_of(x) for x in inputs]
    if all(t is None for t in tangents):
        return
    with undisturbed():
        made = _pushforward(op, inputs, tangents, params, outs)
    for out, tangent in zip(outs, made):
        if tangent is not None:
            set_tangent(out, tangent)
    if node is not None and len(outs) == 1:
        _of_nodes[node] = made[0]


def _pushforward(op, inputs, tangents, params, outs):
    if all(o._array.dtype.kind not in dtypes.DIFFERENTIABLE for o in outs):
        return (None,) * len(outs)
    inputs = [x if isinstance(x, Tensor) else wrap(x) for x in inputs]
    out = outs[0] if len(outs) == 1 else tuple(outs)
    if getattr(op, "variadic", False):
        known = {op.inputs[0]: inputs, op.inputs[0] + "_shape": [x._array.shape for x in inputs]}
        known[op.inputs[0] + "_dtype"] = [x._array.dtype for x in inputs]
    else:
        known = dict(zip(op.inputs, inputs))
        for name, x in zip(op.inputs, inputs):
            known |= {name + "_shape": x._array.shape, name + "_dtype": x._array.dtype}
    known |= op.params | params | {"out": out}
    if op.tangent is not None:
        return (op.tangent(TENSORS, tangents, out, *inputs, **op.params | params),)
    if op.rules and all(rule.is_partial for rule in op.rules.values()) and (op.holomorphic or not is_complex([*inputs, *outs])):
        terms = [_over(op.rules[name](TENSORS, t, known), out) for name, t in zip(op.inputs, tangents) if t is not None]
        return (sum(terms[1:], terms[0]),)
    return _through_vjp(op, tangents, known, outs)


def _over(term, out):
    """``term`` with the result's shape and dtype: a tangent is broadcast and promoted with its operand."""
    if term._array.shape != out._array.shape:
        term = TENSORS.expand(term, out._array.shape)
    return TENSORS.cast(term, out._array.dtype)


def _through_vjp(op, tangents, known, outs):
    """d/dg of sum(vjp(g) * tangent): the vjp is linear in g, so this is the jvp. Of complex numbers, the real inner product."""
    from .differentiate import grad

    live = [o for o in outs if o._array.dtype.kind in dtypes.DIFFERENTIABLE]
    gs = [zeros_beside(o).requires_grad_() for o in live]
    filled = iter(gs)
    g = tuple(next(filled) if o._array.dtype.kind in dtypes.DIFFERENTIABLE else None for o in outs)
    g = g if hasattr(op, "dispatch") and (len(outs) > 1) else g[0]
    total, turned = (
        None,
        op.holomorphic and is_complex(list(gs)),
    )  # see complexes.py: then the rule gives the conjugate of the vjp
    g = turn(g) if turned else g
    if getattr(op, "variadic", False):
        pairs = zip(tangents, op.rules[op.inputs[0]](TENSORS, g, known))
    else:
        pairs = ((t, op.rules[n](TENSORS, g, known)) for n, t in zip(op.inputs, tangents) if t is not None and n in op.rules)
    for tangent, pulled in pairs:
        if tangent is not None and pulled is not None:
            term = TENSORS.sum((pulled if turned else turn(pulled)) * tangent)
            term = term.real if term._array.dtype.kind == "c" else term
            total = term if total is None else total + term
    if total is None or not total.requires_grad:  # no way through: the derivative is zero
        return tuple(zeros_beside(o) for o in outs)
    found = iter(grad(total, gs, create_graph=True, allow_unused=True, materialize_grads=True))
    return tuple(_over(next(found), o) if o._array.dtype.kind in dtypes.DIFFERENTIABLE else None for o in outs)


def push_function(cls, ctx, args, outs):
    """What a user's ``jvp`` says of the outputs, one per output; None if no input carries a tangent."""
    tangents = [tangent_of(a) if isinstance(a, Tensor) else None for a in args]
    if _busy or all(t is None for t in tangents):
        return None
    if ctx.materialize:
        tangents = [
            zeros_beside(a) if t is None and isinstance(a, Tensor) and a._array.dtype.kind in dtypes.DIFFERENTIABLE else t
            for t, a in zip(tangents, args)
        ]
    with undisturbed():
        made = cls.jvp(ctx, *tangents)
    made = made if isinstance(made, tuple) else (made,)
    found = [o for o in outs if isinstance(o, Tensor)]
    if len(made) != len(found):
        raise RuntimeError(
            f"Function's jvp returned an invalid number of forward gradients (expected {len(found)} but got {len(made)})"
        )
    for i, (out, t) in enumerate(zip(found, made)):
        if t is not None and not isinstance(t, Tensor):
            raise RuntimeError(f"expected Variable or None (got {type(t).__name__}) for grad output {i}.")
        if t is not None and t._array.shape != out._array.shape:
            raise errors.tangent_shape(out._array.shape, t._array.shape)
    attach(found, made)
    return made


def attach(outs, tangents) -> None:
    """Let each tangent travel with its output."""
    for out, tangent in zip(outs, tangents):
        if tangent is not None:
            set_tangent(out, tangent)


def written(x: Tensor, result: Tensor) -> None:
    """After ``result`` was written over ``x``: its tangent is x's now, and lies in the base's if x is a view."""
    new, old = tangent_of(result), tangent_of(x)
    base = x._base
    if new is None and old is None and (base is None or tangent_of(base) is None):
        return
    with undisturbed():
        new = zeros_beside(x) if new is None else new
        if base is not None:
            whole = tangent_of(base)
            whole = wrap(np.zeros_like(base._array)) if whole is None else whole
            path = x._more.path
            inside = TENSORS.take_view(whole, path)
            set_tangent(base, whole + TENSORS.put_view(new - inside, base._array.shape, path))
        set_tangent(x, new)  # after its base's
