"""Declare an operation once: its forward, and one gradient rule per input.

    @primitive(elementwise=True)
    def mul(xp, x, y):
        return x * y

    @mul.partial("x")
    def mul_dx(xp, y):
        return y

``xp`` is the namespace the body computes in: NumPy's, jax.numpy's, or the tensor operations themselves. Positional
arguments are arrays, keyword-only ones are metadata. The names a rule reads are what the node saves: an input, ``out``,
``<input>_shape``, ``<input>_dtype`` or a keyword.

Why code is generated. Walking this declaration at every call costs 2.5 us a node; a function written for the one
primitive costs 0.7. So, as ``dataclasses`` does, the declaration is read once and turned into two plain functions, a
dispatcher and an ``apply``. They are meant to be read: ``print(mul.source)``.
"""

from __future__ import annotations

import itertools
import linecache
import re
import types
from collections.abc import Callable
from contextlib import contextmanager

import numpy as np
from numpy import ndarray

from . import births, complexes, dtypes, errors, grad_mode, low_precision, refusals
from .building import one_at_a_time
from .codegen import apply_source, dispatcher_source, names_of, node_slots, parameters_of, visit_source
from .device import OPENED
from .face import WORDS, saved_words
from .layout import in_order, laid_by, nested_in_order
from .mistakes import NUMPYS, explained
from .more import More
from .namespaces import NUMPY, TENSORS, sum_to
from .node import FREED, Node, add_to, is_turned
from .overwritten import changed, outdated
from .places import has_arrays, heed, pass_on
from .rules import Rule, Ruled, unsent
from .saved import Packed
from .tensor import UNTRACKED, Tensor, wrap
from .too_large import not_a_scalar

PRIMITIVES: dict[str, Primitive] = {}


def _first_call(*args, _primitive, **params):
    if _primitive.interpreter is not None:
        for name in _primitive.inputs[len(args) :] if params else ():  # operands that were named
            if name not in params:
                break
            args = (*args, params.pop(name))
        return _primitive.interpreter(_primitive, args, params)
    _primitive.build()
    return _primitive.call(*args, **params)


class Primitive(Ruled):
    """An operation: a forward, a rule for each differentiable input, and what those rules read.

    ``elementwise``: operands are promoted by PyTorch's rules and broadcast, and gradients are brought back.
    ``floating``: integers in, default floating dtype out. ``view``: the result shares its input's memory.
    ``into``: a NumPy ufunc that can write the result over the first input, for in-place use when nothing is recorded.
    ``name``: PyTorch's node name where it is not ``<Name>Backward0``; ``overload``: a condition on the metadata, as text,
    and the node's name where it holds. ``holomorphic``: whether its rules are written for a derivative in the complex sense
    (complexes.py); False where conjugates are their own.
    """

    interpreter: Callable | None = None  # see interpreted_by
    also: tuple[str, ...] = ()  # slots of its nodes that no rule reads

    def __init__(
        self, forward, *, elementwise=False, floating=False, view=False, into=None, name=None, overload=None, holomorphic=True
    ):
        self.forward, self.__doc__, self.__name__ = forward, forward.__doc__, forward.__name__.rstrip("_")
        arrays, self.params, self.variadic = parameters_of(forward)
        self.inputs = arrays[1:]
        self.elementwise, self.floating, self.view, self.into = elementwise, floating, view, into
        self.holomorphic = holomorphic
        self.rules = {}
        self.tangent: Callable | None = None
        self.node_name, self.overload = name or f"{''.join(map(str.title, self.__name__.split('_')))}Backward0", overload
        self.node_type = self.source = None
        # with or without a line that notes births, those for 16-bit floats, complex numbers, devices -> (source, code, defaults)
        self.written: dict[tuple[bool, bool, bool, bool], tuple] = {}
        self.call = types.FunctionType(_first_call.__code__, RUNTIME, self.__name__)
        self.call.__doc__ = self.__doc__
        self.postpone()
        PRIMITIVES[self.__name__] = self
        TENSORS.register(self.__name__, self.call)

    def vjp(self, name: str, recorded: str | None = None, beside: int = 1):
        """Declare the rule that carries ``g``, the gradient of the output, to the input called ``name``."""

        def declare(rule):
            return self._declare(name, Rule(rule, names_of(rule)[2:], False, recorded, beside))

        return declare

    def unsent(self, name: str, *reads: str) -> None:
        """Declare that the input called ``name`` is on the graph and is sent no gradient; nodes save what it would have read."""
        self._declare(name, Rule(unsent, reads, False))

    def partial(self, name: str):
        """Declare d out / d ``name`` of an elementwise operation; the gradient is ``g`` times it."""

        def declare(d):
            return self._declare(name, Rule(d, names_of(d)[1:], True))

        return declare

    def jvp(self, tangent):
        """Declare forward mode by hand: ``tangent(xp, tangents, out, *inputs, **params)``. Partials give it for free."""
        self.tangent = tangent
        return tangent

    def pushforward(self, xp, tangents, out, *inputs, **params):
        """The output's tangent, from ``.jvp`` or from the partials."""
        if self.tangent is not None:
            return self.tangent(xp, tangents, out, *inputs, **params)
        known = dict(zip(self.inputs, inputs)) | self.params | params | {"out": out}
        terms = [self.rules[n](xp, t, known) for n, t in zip(self.inputs, tangents) if t is not None and n in self.rules]
        if not all(self.rules[n].is_partial for n in self.rules):
            raise NotImplementedError(f"{self.__name__} has no forward-mode rule: add one with @{self.__name__}.jvp")
        return sum(terms[1:], terms[0])

    def _declare(self, name, rule):
        inputs, params = self.inputs, self.params
        for read in rule.reads if name in inputs else (name,):
            if read in inputs or read in params or read == "out":
                continue
            if read[:-6] not in inputs or read[-6:] not in ("_shape", "_dtype"):
                known = (*inputs, *params, "out", *(f"{i}{s}" for i in inputs for s in ("_shape", "_dtype")))
                raise TypeError(f"the rule for {name!r} of {self.__name__} reads {read!r}; it may read {', '.join(known)}")
        self.rules[name] = rule
        self.forget()
        self.node_type = None  # its slots follow from what the rules read
        self.written.clear()
        self.postpone()
        return rule.function

    # ------------------------------------------------------------------ using it

    def postpone(self):
        """Make ``call`` a stub that builds at first use: building all at import would cost 45 ms.

        The function object stays and only its code changes, so methods, operators and namespaces hold it from the start.
        """
        self.call.__code__, self.call.__defaults__ = _first_call.__code__, None
        self.call.__kwdefaults__ = {"_primitive": self}

    @one_at_a_time
    def build(self) -> None:
        """Make ``call`` the dispatcher for this declaration, with a line that notes births if anyone wants them."""
        RUNTIME["note"] = births.note
        wanted = births.note is not None, bool(low_precision.LOW), bool(complexes.MET), bool(OPENED)
        if wanted not in self.written:
            self.written[wanted] = self._write(*wanted)
        self.source, code, defaults = self.written[wanted]
        if self.interpreter is None:  # or another thread has asked since that all be answered otherwise
            self.call.__code__, self.call.__defaults__, self.call.__kwdefaults__ = code, defaults, None

    def _write(self, noting: bool, low: bool, turning: bool, away: bool):
        """Write the node class, the dispatcher and ``apply``; (source, the dispatcher's code, its defaults)."""
        cls = self.node_type
        if cls is None:
            namespace, _, name = self.node_name.rpartition("::")
            parts = {"__slots__": node_slots(self), "primitive": self, **saved_words(set(self.saves) - WORDS)}
            parts |= {"_namespace": namespace + "::"} if namespace else {}
            self.node_type = cls = type(name, (Node,), parts)
            cls.__module__ = "builtins"  # prints as PyTorch's: <class 'MulBackward0'>
        if self.overload is not None:
            RUNTIME[f"{self.__name__}__Overload_"] = other = type(self.overload[1], (cls,), {"__slots__": ()})
            other.__module__ = "builtins"
        rules = (write(self, low=low, turning=turning) for write in (apply_source, visit_source))
        source = "\n\n".join((dispatcher_source(self, noting, low, away), *rules))
        self._compile(source, f"<autograd_lab {self.__name__}>", ("apply", "visit"))
        if turning and "apply_tensors" in vars(cls):
            self.write_on_tensors()
        made = RUNTIME.pop("call__" + self.__name__)
        return source, made.__code__, made.__defaults__

    @one_at_a_time
    def write_on_tensors(self) -> None:
        """Write ``apply`` and ``visit`` once more, with the tensor operations as namespace: for the first ``create_graph``."""
        source = "\n\n".join(write(self, True, turning=bool(complexes.MET)) for write in (apply_source, visit_source))
        self._compile(source, f"<autograd_lab {self.__name__} on tensors>", ("apply_tensors", "visit_tensors"))

    def _compile(self, source: str, filename: str, works) -> None:
        """Give the node class the functions of ``source`` called ``works``."""
        linecache.cache[filename] = len(source), None, source.splitlines(True), filename  # a traceback shows the line
        scope = {"Node_": self.node_type, "forward": self.forward, "primitive": self}
        for name, rule in self.rules.items():
            scope |= {f"{name}_rule": rule.function, f"{name}_by_columns_rule": getattr(rule.function, "by_columns", None)}
        exec(compile(_bind(source, scope, self.__name__), filename, "exec"), RUNTIME)
        for work in works:
            setattr(self.node_type, work, RUNTIME.pop(f"{work}__{self.__name__}"))

    def __call__(self, *args, **params):
        return self.call(*args, **params)

    def unsave(self, node, name: str, as_tensor: bool = True):
        """A saved value, checked: not freed, not overwritten since. A saved output becomes a tensor of its node again."""
        value = getattr(node, name)
        if value is FREED:
            raise errors.second_time(node)
        if name in self.places and node.watched is not None:
            heed(node)
        if isinstance(value, Packed):
            return value.restore(places_of_outputs.get(node, node) if name == "out" else None, as_tensor)
        if name == "out":
            if node.counter[0] != node.out_version:
                raise changed(node, name)
            if as_tensor:
                return output_tensor(node, value)
        elif isinstance(value, Tensor):
            if value._counter is not None and value._counter[0] != getattr(node, name + "_version"):
                outdated(node, name)
            return value if as_tensor else value._array
        return value

    def __repr__(self) -> str:
        return f"<primitive {self.__name__}({', '.join(self.inputs)})>"


def primitive(forward=None, **options):
    """``@primitive`` or ``@primitive(elementwise=True, ...)``: turn a forward function into a Primitive."""
    return Primitive(forward, **options) if forward is not None else lambda f: Primitive(f, **options)


@contextmanager
def interpreted_by(run: Callable):
    """Inside the block every primitive answers ``run(primitive, args, params)``, so users' functions run by other means."""
    before = _answer_by(run)
    try:
        yield
    finally:
        Primitive.interpreter = before


@one_at_a_time
def _answer_by(run: Callable) -> Callable | None:
    before, Primitive.interpreter = Primitive.interpreter, run
    for op in PRIMITIVES.values():
        op.postpone()
    return before


_OWN = r"(?m)^def (\w+)|\b(Node_|Overload_|forward|primitive|\w+_rule)\b"


def _bind(source: str, scope: dict, name: str) -> str:
    """Give the generated text its own names in the shared RUNTIME: constants of a primitive become ``<name>__constant``.

    What it asks of NUMPY becomes a name too, ``NUMPY_relu``: a look at an object with a ``__getattr__`` takes ten times as long.
    """
    RUNTIME.update({f"{name}__{key}": value for key, value in scope.items()})
    source = re.sub(_OWN, lambda found: f"def {found[1]}__{name}" if found[1] else f"{name}__{found[2]}", source)
    return re.sub(r"\bNUMPY\.(\w+)", _of_numpys, source)


def _of_numpys(found) -> str:
    name = f"NUMPY_{found[1]}"
    RUNTIME[name] = getattr(NUMPY, found[1])
    return name


# ---------------------------------------------------------------------- what generated code calls on its rarer paths

_constants: dict = {}
_REAL = frozenset((float, int))
places_of_outputs: dict = {}  # node -> where its output stands, if not at the node: of a write to a view, while it is walked


def operand(value, like=None, exact=False, foreign=False):
    """(what to save, array, gathering point, version counter) of anything a user may pass as an operand.

    The common case, a plain tensor, never comes here. A Python number takes the other operand's dtype, as in PyTorch,
    unless its own category is higher; it is kept in a small cache, because ``array * 0-d array`` costs half of
    ``array * float``. ``exact``: beside a 16-bit float it is a float32. TypeError for what is neither tensor nor number, or,
    if ``foreign``, None for its array.
    """
    if exact and type(value) in (float, int) and isinstance(like, Tensor) and like._array.dtype.num in low_precision.LOW:
        constant = np.array(value, "f4")
        return constant, constant, None, None
    if type(value) in _REAL and type(like) is Tensor and like._array.dtype.kind == "f":  # by far the commonest constants
        array = like._array
        if type(array) is not ndarray:
            constant = array.dtype.type(value)
            return constant, constant, None, None
        constant = _constants.get((value, array.dtype.num))
        if constant is not None:
            return constant, constant, None, None
    if isinstance(value, Tensor):
        if (more := value._more) is not None and (more.watched or (more.base is not None and more.stamp != value._counter[0])):
            value._refresh()
        return value, value._array, value._node, value._counter
    if isinstance(value, (int, float, complex, np.bool_)):  # np.float64 is a float
        other = like._array if isinstance(like, Tensor) else None
        own = dtypes.of_number(value)
        if other is None:
            dtype = own
        else:
            dtype = other.dtype if dtypes.RANK[own.kind] <= dtypes.RANK[other.dtype.kind] else own
            if type(other) is not ndarray:
                constant = dtype.type(value)
                return constant, constant, None, None
        constant = _constants.get((value, dtype.num))
        if constant is None:
            if type(value) is int and not -(2**63) <= value < 2**64:
                raise not_a_scalar(value)
            constant = (
                np.array(value).astype(dtype) if dtype.kind in "iu" and isinstance(value, int) else np.array(value, dtype)
            )
            if len(_constants) < 4096 and value != 0:  # 0.0 and -0.0 are one key
                _constants[value, dtype.num] = constant
        return constant, constant, None, None
    if isinstance(value, (ndarray, np.generic)):
        dtypes.meet(value.dtype)
        return wrap(value), value, None, None
    if foreign:
        return value, None, None, None
    raise TypeError(f"expected a Tensor or a number, got {type(value).__name__}")


def reconcile(x, y):
    """Promote two arrays to PyTorch's common dtype; (x, y, fit), fit being None when no gradient needs bringing back."""
    if x.dtype is y.dtype:
        return x, y, None if x.shape == y.shape else ((x.shape, x.dtype), (y.shape, y.dtype))
    fit = (x.shape, x.dtype), (y.shape, y.dtype)
    dtype = dtypes.promote(x.dtype, x.ndim, y.dtype, y.ndim)
    return x.astype(dtype, copy=False), y.astype(dtype, copy=False), fit


def refit(grad, like):
    """Bring a gradient back to its input's (shape, dtype): undo broadcasting by summing, promotion by casting."""
    shape, dtype = like
    if grad.shape != shape:
        grad = sum_to(NUMPY, grad, shape)
    if grad.dtype is dtype:
        return grad
    return (grad.real if grad.dtype.kind == "c" != dtype.kind else grad).astype(dtype)


def refit_tensor(grad, like):
    """``refit`` in the tensor namespace."""
    shape, dtype = like
    if grad._array.shape != shape:
        grad = sum_to(TENSORS, grad, shape)
    return grad if grad._array.dtype is dtype else TENSORS.cast(grad, dtype)


def settled(out, operands):
    """``out``, laid out as PyTorch's; marked, if that is not by rows, so that whoever takes it as an operand asks again."""
    made = out._array
    if type(made) is ndarray and made.ndim > 1:
        out._array = made = laid_by(made, operands)
        if not made.flags.c_contiguous and out._more is None:
            out._more = More()
    return out


def output_tensor(node, out):
    """A saved output as a tensor of its node again."""
    return wrap(out, places_of_outputs.get(node, node), node.counter)


def as_floating(primitive, operands, params):
    """What ``primitive`` makes of integers: computed in the default dtype, where NumPy takes float16 for the short ones."""
    wanted = dtypes.default.numpy
    compute = low_precision.F4 if wanted.num in low_precision.LOW else wanted
    arrays = [getattr(x, "_array", x).astype(compute) for x in operands]
    return primitive.forward(NUMPY, *arrays, **params).astype(wanted)


def mark_inference(out):
    """Inside inference mode: give the tensor a version counter that refuses to be read, so that nothing can save it."""
    if grad_mode.is_inference_mode_enabled():
        out._counter = UNTRACKED


RUNTIME: dict[str, object] = {
    "Tensor": Tensor, "ndarray": ndarray, "generic": np.generic, "NUMPY": NUMPY, "FREED": FREED,
    "new": object.__new__, "draw": itertools.count().__next__, "recording": grad_mode.is_recording,
    "inference_open": False, "mark_inference": mark_inference,
    "operand": operand, "reconcile": reconcile, "refit": refit, "refit_tensor": refit_tensor, "add_to": add_to, "is_turned": is_turned,
    "output_tensor": output_tensor, "changed": changed, "outdated": outdated, "TENSORS": TENSORS, "heed": heed, "pass_on": pass_on,
    "LOW": low_precision.LOW, "wide": low_precision.wide, "narrow": low_precision.narrow, "widened": low_precision.widened,
    "lowered": low_precision.lowered, "lacking": low_precision.lacking, "without": low_precision.without,
    "has_arrays": has_arrays, "NUMPYS": NUMPYS, "explained": explained, "second_time": errors.second_time, "as_floating": as_floating,
    "in_order": in_order, "nested_in_order": nested_in_order, "settled": settled, "turn": complexes.turn, "refused": refusals.refused,
    "is_complex": complexes.is_complex, "of_a_bool": refusals.of_a_bool, "by_zero": refusals.by_zero, "differing": refusals.differing,
}  # fmt: skip
