"""The graph that is defined first: places without values, and the words that make them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import core as lab

float16, float32, float64 = np.dtype("f2"), np.dtype("f4"), np.dtype("f8")
int32, int64, bool_ = np.dtype("i4"), np.dtype("i8"), np.dtype("?")


class Graph:
    """Every operation defined so far; names are counted here."""

    def __init__(self):
        self.operations: list[Tensor] = []
        self.variables: list[Variable] = []
        self._names: dict[str, int] = {}

    def name_for(self, word: str) -> str:
        """``MatMul``, then ``MatMul_1``."""
        n = self._names.get(word, 0)
        self._names[word] = n + 1
        return f"{word}_{n}" if n else word


_graph = Graph()


sessions: list[Any] = []  # those whose blocks we are in, the innermost last


def get_default_graph() -> Graph:
    """The graph that operations are added to."""
    return _graph


def reset_default_graph() -> None:
    """Begin with an empty graph."""
    global _graph
    _graph = Graph()


class Tensor:
    """A place in the graph: ``compute(*values)`` of what its ``inputs`` will be. It has no value until a session runs it."""

    __array_priority__ = 100

    def __init__(self, word: str, compute: Callable | None, *inputs):
        self.compute, self.inputs = compute, inputs
        self.name = _graph.name_for(word) + ":0"
        _graph.operations.append(self)

    def __repr__(self):
        return f"<tf.Tensor '{self.name}'>"

    def __bool__(self):
        raise TypeError(
            "Using a `tf.Tensor` as a Python `bool` is not allowed. Its value is not known while the graph is defined: "
            "that is what defining first means."
        )

    def __iter__(self):
        raise TypeError("'Tensor' object is not iterable: its size is not known while the graph is defined.")

    def eval(self, feed_dict=None, session: Any = None):
        """``session.run(self, feed_dict)``, of the innermost ``with Session()`` if none is given."""
        if session is None:
            if not sessions:
                raise ValueError(
                    "Cannot evaluate tensor using `eval()`: No default session is registered. "
                    "Call it inside of `with Session() as session:`, or say which, eval(session=session)"
                )
            session = sessions[-1]
        return session.run(self, feed_dict)

    __hash__ = object.__hash__


class Variable(Tensor):
    """A tensor that a session keeps from run to run. ``initial``: what the initializer will compute."""

    def __init__(self, initial, name: str = "Variable", dtype=None, trainable: bool = True):
        self.initial, self.trainable = _tensor(initial, dtype), trainable
        super().__init__(name, None)
        _graph.variables.append(self)

    def assign(self, value) -> Tensor:
        """Put ``value`` in the variable when this is run; gives the new value."""
        made = Tensor("Assign", lambda old, new: new, self, _tensor(value))
        made.writes = self  # type: ignore[attr-defined]
        return made

    def assign_add(self, value) -> Tensor:
        return self.assign(self + value)

    def assign_sub(self, value) -> Tensor:
        return self.assign(self - value)


def placeholder(dtype, shape=None, name: str = "Placeholder") -> Tensor:
    """What is fed at each run. ``shape``: None for any, with None for the sizes that may differ."""
    made = Tensor(name, None)
    made.dtype, made.shape = np.dtype(dtype), shape  # type: ignore[attr-defined]
    return made


def constant(value, dtype=None, shape=None, name: str = "Const") -> Tensor:
    """The same value at each run; Python's floats are float32."""
    array = np.asarray(value, dtype)
    if dtype is None and array.dtype == np.float64 and not isinstance(value, (np.ndarray, np.generic)):
        array = array.astype(np.float32)
    if dtype is None and array.dtype == np.int64 and not isinstance(value, (np.ndarray, np.generic)):
        array = array.astype(np.int32)
    if shape is not None:
        array = np.broadcast_to(array, shape).copy()
    return _of_dtype(array.dtype, Tensor(name, lambda: lab.tensor(array)))


def _of_dtype(dtype, t: Tensor) -> Tensor:
    t.dtype = np.dtype(dtype)  # type: ignore[attr-defined]
    return t


def _tensor(value, dtype=None):
    return value if isinstance(value, Tensor) else constant(value, dtype)


def _number(value):
    """Python numbers stay numbers: they take the other operand's dtype."""
    return value if isinstance(value, (Tensor, int, float)) else constant(value)


def operation(word: str, compute: Callable) -> Callable:
    """A word of the graph's that computes ``compute`` of its operands."""

    def operation(*operands, name: str | None = None):
        return Tensor(name or word, compute, *map(_number, operands))

    operation.__name__ = operation.__qualname__ = word.lower()
    operation.__doc__ = f"{word}, elementwise, when it is run."
    return operation


add = operation("Add", lambda x, y: x + y)
subtract = operation("Sub", lambda x, y: x - y)
multiply = operation("Mul", lambda x, y: x * y)
divide = operation("RealDiv", lambda x, y: x / y)
pow = operation("Pow", lambda x, y: x**y)
negative = operation("Neg", lambda x: -x)
square = operation("Square", lambda x: x * x)
exp, log = operation("Exp", lambda x: x.exp()), operation("Log", lambda x: x.log())
sqrt, abs = operation("Sqrt", lambda x: x.sqrt()), operation("Abs", lambda x: x.abs())
tanh, sigmoid = operation("Tanh", lambda x: x.tanh()), operation("Sigmoid", lambda x: x.sigmoid())
stop_gradient = operation("StopGradient", lambda x: x.detach())
greater, less = operation("Greater", lambda x, y: x > y), operation("Less", lambda x, y: x < y)
identity = operation("Identity", lambda x: x)


def _pairwise(word: str):
    """maximum or minimum, where a number is an operand like any other."""
    method = word.lower()

    def compute(x, y):
        x, y = (v if isinstance(v, lab.Tensor) else lab.tensor(v) for v in (x, y))
        return getattr(x, method)(y)

    return operation(word, compute)


maximum, minimum = _pairwise("Maximum"), _pairwise("Minimum")

for _name, _word in {"add": add, "sub": subtract, "mul": multiply, "truediv": divide, "pow": pow}.items():
    setattr(Tensor, f"__{_name}__", lambda x, y, _word=_word: _word(x, y))
    setattr(Tensor, f"__r{_name}__", lambda x, y, _word=_word: _word(y, x))
for _name, _word in {"neg": negative, "gt": greater, "lt": less, "abs": abs}.items():
    setattr(Tensor, f"__{_name}__", _word)


def matmul(a, b, name: str = "MatMul") -> Tensor:
    """The product of two matrices, when it is run."""
    return Tensor(name, lambda a, b: a @ b, _tensor(a), _tensor(b))


Tensor.__matmul__ = matmul  # type: ignore[attr-defined]


def _reduction(word: str, compute: Callable) -> Callable:
    def reduction(x, axis=None, keepdims: bool = False, name: str | None = None):
        return Tensor(name or word, lambda x: compute(x, axis, keepdims), _tensor(x))

    reduction.__doc__ = f"{word} over ``axis`` (None: over everything), when it is run."
    return reduction


reduce_sum = _reduction("Sum", lambda x, axis, keep: x.sum() if axis is None and not keep else x.sum(axis, keep))
reduce_mean = _reduction("Mean", lambda x, axis, keep: x.mean() if axis is None and not keep else x.mean(axis, keep))
reduce_max = _reduction("Max", lambda x, axis, keep: x.amax() if axis is None and not keep else x.amax(axis, keep))


def reshape(x, shape, name: str = "Reshape") -> Tensor:
    """The same elements in another shape, when it is run."""
    return Tensor(name, lambda x: x.reshape(tuple(shape)), _tensor(x))


def transpose(x, perm=None, name: str = "transpose") -> Tensor:
    """The dimensions in the order ``perm``, reversed if None, when it is run."""
    return Tensor(name, lambda x: x.permute(*(perm or range(x.ndim)[::-1])), _tensor(x))


def zeros(shape, dtype=float32, name: str = "zeros") -> Tensor:
    """Zeros."""
    return constant(np.zeros(shape, dtype), name=name)


def ones(shape, dtype=float32, name: str = "ones") -> Tensor:
    """Ones."""
    return constant(np.ones(shape, dtype), name=name)


def random_normal(shape, mean=0.0, stddev=1.0, dtype=float32, name: str = "random_normal") -> Tensor:
    """Normal numbers, others at each run."""
    made = lab.dtypes.BY_NUMPY[np.dtype(dtype)]
    return _of_dtype(dtype, Tensor(name, lambda: lab.randn(*shape, dtype=made) * stddev + mean))


def random_uniform(shape, minval=0.0, maxval=1.0, dtype=float32, name: str = "random_uniform") -> Tensor:
    """Uniform numbers, others at each run."""
    made = lab.dtypes.BY_NUMPY[np.dtype(dtype)]
    return _of_dtype(dtype, Tensor(name, lambda: lab.rand(*shape, dtype=made) * (maxval - minval) + minval))


class Gradient(Tensor):
    """d ys / d x: lines of the same program, written down when it is."""

    def __init__(self, ys: list[Tensor], xs: list[Tensor], which: int):
        super().__init__("gradients", None)
        self.ys, self.xs, self.which = ys, xs, which


def gradients(ys, xs) -> list[Any]:
    """The gradient of the sum of ``ys`` with respect to each of ``xs``: new places in the graph, to be used like any other.

    None for one that ``ys`` are not computed from. TypeError for what is no tensor of the graph.
    """
    ys, xs = ([*some] if isinstance(some, (list, tuple)) else [some] for some in (ys, xs))
    for t in (*ys, *xs):
        if not isinstance(t, Tensor):
            raise TypeError(
                f"gradients() is of tensors of the graph with respect to others, and {t!r} is of type {type(t).__name__}"
            )
    behind = places_behind(ys)
    if any(isinstance(t, Gradient) for t in behind):
        raise NotImplementedError(
            "the gradient of a gradient is not defined here: use autograd_lab.grad(..., create_graph=True), whose graph is dynamic"
        )
    return [Gradient(ys, xs, i) if x in behind else None for i, x in enumerate(xs)]


class Initializer(Tensor):
    """What gives variables their initial values when it is run."""

    def __init__(self, variables):
        super().__init__("init", None)
        self.variables = variables


def global_variables_initializer() -> Tensor:
    """Running it gives every variable its initial value."""
    return Initializer(list(_graph.variables))


initialize_all_variables = global_variables_initializer


def inputs_of(t: Tensor) -> list[Tensor]:
    """The places that ``t`` is computed from."""
    return [*t.ys, *t.xs] if isinstance(t, Gradient) else [i for i in t.inputs if isinstance(i, Tensor)]


def places_behind(wanted) -> set[Tensor]:
    """Everything that ``wanted`` depends on, and itself."""
    seen, todo = set(), list(wanted)
    while todo:
        t = todo.pop()
        if t not in seen:
            seen.add(t)
            todo += inputs_of(t)
    return seen
