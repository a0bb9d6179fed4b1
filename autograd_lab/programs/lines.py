"""What a program is made of: values, and lines that make values from values.

A line knows the function that computes it, as a function of an array namespace: NumPy's for the laptop, jax.numpy's for a
GPU or many of them. Lines are pure, a random draw excepted, so they can be shared, folded, left out and moved elsewhere.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..core import dtypes, random
from ..core.complexes import is_complex, turn
from ..core.layout import complex_step, laid_out, write_through
from ..core.limits import limits_of
from ..core.namespaces import NUMPY, sum_to
from ..core.primitive import Primitive
from ..crosscheck.devices import unmet


class Var:
    """One value of a program. ``example`` is what it was at capture: its shape, dtype and kind, never its answer.

    ``wants``: whether a gradient leads from it to an input. A Var is its own name: two are one only if they are the same.
    """

    __slots__ = ("example", "number", "wants")

    def __init__(self, example, wants: bool = False, number: int = -1):
        self.example, self.wants, self.number = example, wants, number

    shape = property(lambda self: np.shape(self.example))
    dtype = property(lambda self: self.example.dtype)

    def forget(self) -> None:
        """Let go of the example's memory; it keeps its shape, dtype and kind."""
        if isinstance(self.example, np.ndarray):
            self.example = np.broadcast_to(np.zeros((), self.dtype), self.shape)

    def __repr__(self):
        return f"v{self.number}"


class Line:
    """``outs = compute(xp, *args, **params)``; args and params hold Vars and constants, nested as they come.

    ``edges``: the Vars that the gradient of a differentiable line goes to, operand by operand; empty otherwise.
    """

    __slots__ = ("args", "edges", "outs", "params", "place", "single")
    keeps = False  # not to be left out, even if nobody uses what it makes
    name = ""

    def __init__(self, args: tuple, params: dict | None = None):
        self.args, self.params = args, params or {}
        self.outs: tuple[Var, ...] = ()
        self.edges: tuple = ()
        self.single = True
        self.place: tuple = (None, 0)

    def compute(self, xp: Any, *args: Any, **params: Any) -> Any:
        """The result, or a tuple of results, in the namespace ``xp``."""
        raise NotImplementedError

    def key(self) -> tuple:
        """What says that two lines with the same operands compute the same."""
        return (type(self),)

    def vars(self) -> Iterator[Var]:
        """The Vars it reads."""
        yield from vars_in((self.args, self.params))

    def of_operands(self, args: tuple, params: dict) -> Line:
        """The same line with other operands."""
        other = object.__new__(type(self))
        for kind in type(self).__mro__[:-1]:
            for name in kind.__slots__:
                setattr(other, name, getattr(self, name))
        other.args, other.params = args, params
        return other

    def run(self, xp, env: dict) -> None:
        """Compute in JAX's namespace ``xp`` with the values of ``env`` and put the results there."""
        made = self.compute(xp, *filled(self.args, env, unmet), **filled(self.params, env, unmet))
        for var, value in zip(self.outs, (made,) if self.single else made):
            env[var] = value


class Apply(Line):
    """A primitive applied to arrays, with PyTorch's promotion, as the engine's own dispatcher does it."""

    __slots__ = ("op",)

    def __init__(self, op: Primitive, args, params):
        super().__init__(args, params)
        self.op = op

    name = property(lambda self: self.op.__name__)

    @property
    def is_binary(self) -> bool:
        return self.op.elementwise and len(self.op.inputs) == 2

    def key(self):
        return (Apply, self.op)

    def compute(self, xp: Any, *args, **params):
        op = self.op
        if self.is_binary:
            dtype = self.common_dtype()
            if dtype is not None:
                args = tuple(a if a.dtype == dtype else a.astype(dtype) for a in args)
        if op.view and isinstance(args[0], np.generic):
            args = (np.asarray(args[0]), *args[1:])
        if op.floating and all(a.dtype.kind not in "fc" for a in args):
            wanted = dtypes.default.numpy  # integers in, the default dtype out
            return op.forward(xp, *(a.astype(wanted) for a in args), **params).astype(wanted)
        made = op.forward(xp, *args, **params)
        return laid_out(op, made, *self.laying(args, params)) if xp is NUMPY else made

    def laying(self, args, params) -> tuple:
        """The arrays whose layout decides that of the result."""
        return (params["mask"], *args) if self.op.elementwise and "mask" in params else args

    def common_dtype(self):
        """What both operands are cast to; None when they agree."""
        x, y = (a.example if isinstance(a, Var) else a for a in self.args)
        return None if x.dtype == y.dtype else dtypes.promote(x.dtype, x.ndim, y.dtype, y.ndim)

    def fit(self, i: int):
        """(shape, dtype) to bring a gradient of operand i back to, or None."""
        if not self.is_binary:
            return None
        x, y = (a.example if isinstance(a, Var) else a for a in self.args)
        if x.dtype == y.dtype and (x.shape == y.shape or not all(isinstance(a, Var) for a in self.args)):
            return None
        return [(x.shape, x.dtype), (y.shape, y.dtype)][i]


class Rule(Line):
    """The gradient of one operand of an Apply, by the engine's own rule: ``args`` are g and what the rule reads."""

    __slots__ = ("fit", "number", "of")

    def __init__(self, of: Apply, number: int, args, params, fit):
        super().__init__(args, params)
        self.of, self.number, self.fit = of, number, fit

    name = property(lambda self: f"{self.of.name}.{self.of.op.inputs[0 if self.of.op.variadic else self.number]}")

    @property
    def rule(self):
        op = self.of.op
        return op.rules[op.inputs[0 if op.variadic else self.number]]

    def key(self):
        return (Rule, self.of.op, self.number, self.fit)

    @property
    def is_complex(self) -> bool:
        """Whether what arrives is."""
        return is_complex(_examples(self.args[0]))

    def compute(self, xp: Any, g, *values, **known):
        rule, turned = self.rule, self.of.op.holomorphic and is_complex(g)  # core/complexes.py: between two conjugates
        g = turn(g) if turned else g
        if known:  # several outputs, or a list of operands
            made = rule.function(xp, g, *(known["values"]))
            made = made[self.number] if self.of.op.variadic else made
        elif rule.is_partial:
            made = g * rule.function(xp, *values)
        else:
            made = rule.function(xp, g, *values)
        made = turn(made) if turned else made
        return made if self.fit is None else _fitted(xp, made, self.fit)


def _examples(g):
    return [_examples(v) for v in g] if isinstance(g, (tuple, list)) else g.example if isinstance(g, Var) else g


def _fitted(xp, grad, fit):
    shape, dtype = fit
    if tuple(grad.shape) != tuple(shape):
        grad = sum_to(xp, grad, shape)
    if grad.dtype.kind == "c" and dtype.kind != "c":
        grad = grad.real
    return grad if grad.dtype == dtype else grad.astype(dtype)


_MOVES = {"sliding_window_view", "as_strided"}


class Call(Line):
    """A function of NumPy's, called by a word of ours that computes without a primitive: comparisons, masks, casts.

    ``method``: the name of an array method, or None; ``function`` is NumPy's then, or an operator.
    """

    __slots__ = ("function", "method")

    def __init__(self, function: Callable | str, args, params):
        super().__init__(args, params)
        self.function = function

    name = property(lambda self: self.function if isinstance(self.function, str) else getattr(self.function, "__name__", "?"))

    def key(self):
        return (Call, self.function)

    def compute(self, xp: Any, *args, **params):
        if isinstance(self.function, str):
            if self.function == "astype" and xp is not NUMPY:
                args, params = (
                    (args[0], jax_dtype(args[1] if len(args) > 1 else params["dtype"])),
                    {},
                )  # it has one order and copies
            return getattr(args[0], self.function)(*args[1:], **params)
        if self.function is operator.getitem and xp is not NUMPY:
            args = xp.np.asarray(args[0]), *args[1:]  # of a constant NumPy would take elements, and it knows no traced index
        if xp is NUMPY or self.function in (operator.getitem, add, step_to):
            return self.function(*args, **params) if self.function is not step_to else step_to(*args, xp=xp)
        if self.function.__name__ in _MOVES:  # let NumPy say which element goes where
            x, *rest = args
            return x.reshape(-1)[self.function(np.arange(x.size).reshape(x.shape), *rest, **params)]
        name = self.function.__name__
        theirs = next(filter(None, (getattr(m, name, None) for m in (xp.np, xp.np.linalg, xp._special()))), None)
        return theirs(*args, **params) if theirs is not None else self._on_the_host(self.function, args, params)

    def _on_the_host(self, function: Callable, args, params):
        """What JAX has no function for (Bessel's), computed by NumPy wherever the rest is: the values go there and back."""
        import jax

        leaves, tree = jax.tree.flatten((args, params))
        given = [v for v in leaves if isinstance(v, jax.Array)]

        def compute(*values):
            fetched = map(np.asarray, values)
            args, params = tree.unflatten([next(fetched) if isinstance(v, jax.Array) else v for v in leaves])
            made = function(*args, **params)
            return tuple(np.asarray(m, like.dtype) for m, like in zip((made,) if self.single else made, likes))

        likes = [jax.ShapeDtypeStruct(v.shape, jax.dtypes.canonicalize_dtype(v.dtype)) for v in self.outs]
        made = jax.pure_callback(compute, tuple(likes), *given, vmap_method="sequential")
        return made[0] if self.single else made


def jax_dtype(dtype):
    """The dtype that JAX has for it: without ``jax.enable_x64`` one of 32 bits."""
    import jax

    return jax.dtypes.canonicalize_dtype(dtype)


def add(old, new):
    """A contribution more."""
    return old + new


def step_to(x, path, xp=NUMPY):
    """The view of ``x`` that ``path``, a chain of (primitive, params), leads to."""
    return xp.take_view(np.asarray(x) if xp is NUMPY else x, path)


class Write(Line):
    """A copy of the base (first operand) with the second where ``path`` leads: an in-place operation on a view, without writing."""

    __slots__ = ("path",)
    name = "write"

    def __init__(self, base, part, path):
        super().__init__((base, part))
        self.path = path

    def key(self):
        return (Write, self.path)

    def compute(self, xp: Any, base, part):
        if xp is NUMPY:
            out = np.array(base)
            NUMPY.over_view(out, self.path, part)
            return out
        base = xp.np.asarray(base)
        if not self.path:  # all of it, in the base's layout, of which there is one only in JAX
            return xp.np.broadcast_to(part, base.shape).astype(base.dtype)
        return self._put(xp, base, part, self.path)

    def _put(self, xp, base, part, path):
        if complex_step(path) is not None:
            return write_through(xp, base, part, path, partial(self._put, xp))
        where = xp.take_view(np.arange(int(np.prod(base.shape))).reshape(base.shape), path)
        return base.reshape(-1).at[where.reshape(-1)].set(xp.np.ravel(part)).reshape(base.shape)


class Held(Line):
    """The second operand's value with the first one's history: what a write under ``no_grad`` leaves behind."""

    __slots__ = ()
    name = "held"

    def compute(self, xp: Any, history, value):
        return value


class Draw(Line):
    """Random numbers from a generator, None for the default one, in the order the function drew them."""

    __slots__ = ("generator", "method")
    keeps = True

    def __init__(self, method: str, args, params, generator: random.Generator | None = None):
        super().__init__(args, params)
        self.method, self.generator = method, generator

    name = property(lambda self: f"random.{self.method}")

    def key(self):
        return (Draw, id(self))

    def compute(self, xp: Any, *args, **params):
        source = self.generator or getattr(random.default, "real", random.default)  # the latter while a function is captured
        return getattr(source, self.method)(*args, **params)


class Guard(Line):
    """A number or an array that Python saw and may have decided by; ``expected`` is what it was. The program holds where it is so."""

    __slots__ = ("expected", "kind")
    keeps = True

    def __init__(self, kind: str, var: Var, expected):
        super().__init__((var,))
        self.kind, self.expected = kind, expected

    name = property(lambda self: f"guard {self.kind} {self.expected!r}")

    def key(self):
        return (Guard, id(self))

    def compute(self, xp: Any, value):
        return ()

    def holds(self, value) -> bool:
        """Whether ``value`` is what Python saw at capture."""
        return _same(bool(value) if self.kind == "bool" else np.asarray(value), self.expected)

    def holds_in(self, jnp: Any, value) -> Any:
        """The same as an array of JAX's, which computes a number to the last digits but not to the last."""
        if self.kind == "bool":
            return jnp.all(value.astype(bool) == self.expected)
        expected = np.asarray(self.expected)
        if expected.dtype.kind not in "fc":
            return jnp.all(value == expected)
        return jnp.allclose(value, expected, 64 * limits_of(expected.dtype).eps, 0, equal_nan=True)


def _same(value, expected) -> bool:
    value, expected = np.asarray(value), np.asarray(expected)
    return bool(np.array_equal(value, expected, equal_nan=value.dtype.kind in "fc"))


# ---------------------------------------------------------------------- nested operands


def filled(value: Any, env: Any, constant: Callable | None = None) -> Any:
    """``value`` with every Var replaced by what ``env`` has for it, and every NumPy array by what ``constant`` makes of it."""
    kind = type(value)
    if kind is Var:
        return env[value]
    if kind is tuple:
        return tuple([filled(v, env, constant) for v in value])
    if kind is list:
        return [filled(v, env, constant) for v in value]
    if kind is dict:
        return {k: filled(v, env, constant) for k, v in value.items()}
    if kind is slice:
        return slice(*(filled(v, env, constant) for v in (value.start, value.stop, value.step)))
    return constant(value) if constant and kind is np.ndarray else value


def vars_in(value: Any) -> Iterator[Var]:
    """Every Var in a nest of tuples, lists, dicts and slices."""
    kind = type(value)
    if kind is Var:
        yield value
    elif kind in (tuple, list):
        for v in value:
            yield from vars_in(v)
    elif kind is dict:
        for v in value.values():
            yield from vars_in(v)
    elif kind is slice:
        yield from vars_in((value.start, value.stop, value.step))
