"""Making tensors: from data, by shape, at random."""

from __future__ import annotations

import numpy as np

from .. import births, dtypes, grad_mode
from ..tensor import UNTRACKED, Tensor, wrap

_generator = None


def generator():
    """The source of random numbers, made on first use: importing ``numpy.random`` takes 10 ms."""
    global _generator
    if _generator is None:
        _generator = np.random.default_rng()
    return _generator


def leaf(array, requires_grad=False):
    """A leaf around ``array``; an inference tensor when made in inference mode."""
    out = wrap(array)
    if grad_mode.is_inference_mode_enabled():
        out._counter = UNTRACKED
    if requires_grad:
        if array.dtype.kind not in "fc":
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        out._set_flag(True)
    if births.note is not None:
        births.note("tensor", (), {}, out, None)
    return out


def tensor(data, *, dtype=None, device=None, requires_grad=False):
    """A new leaf holding a copy of ``data``; Python floats become float32."""
    if isinstance(data, Tensor):
        data = data._array
    elif isinstance(data, (list, tuple)):
        data = _lists(data)
    array = np.array(data)
    if dtype is not None:
        array = array.astype(dtypes.as_numpy(dtype))
    elif array.dtype.kind == "f" and not isinstance(data, (np.ndarray, np.generic)):
        array = array.astype(dtypes.default.numpy)
    elif array.dtype.kind == "c" and not isinstance(data, (np.ndarray, np.generic)):
        array = array.astype("c8")
    return leaf(array[()] if array.ndim == 0 else array, requires_grad)


def _lists(data):
    return [_lists(d) if isinstance(d, (list, tuple)) else d._array if isinstance(d, Tensor) else d for d in data]


def as_tensor(data, dtype=None):
    """``data`` as a tensor, sharing memory where possible."""
    return data if isinstance(data, Tensor) and dtype is None else tensor(data, dtype=dtype)


def from_numpy(array):
    """A tensor over the array's own memory."""
    return wrap(array)


def _shape(size):
    return tuple(size[0]) if len(size) == 1 and isinstance(size[0], (tuple, list)) else tuple(int(n) for n in size)


def _maker(name, make, doc):
    def create(*size, dtype=None, device=None, requires_grad=False):
        array = make(_shape(size)).astype(dtypes.as_numpy(dtype) or dtypes.default.numpy)
        return leaf(array, requires_grad)

    def create_like(x, *, dtype=None, device=None, requires_grad=False):
        return leaf(np.asarray(make(x._array.shape)).astype(dtypes.as_numpy(dtype) or x._array.dtype), requires_grad)

    create.__name__, create.__doc__ = name, doc
    create_like.__name__, create_like.__doc__ = name + "_like", f"As ``{name}``, with x's shape and dtype."
    return create, create_like


zeros, zeros_like = _maker("zeros", np.zeros, "All 0.")
ones, ones_like = _maker("ones", np.ones, "All 1.")
empty, empty_like = _maker("empty", np.zeros, "Uninitialised; here all 0.")
rand, rand_like = _maker("rand", lambda s: np.asarray(generator().random(s)), "Uniform on [0, 1).")
randn, randn_like = _maker("randn", lambda s: np.asarray(generator().standard_normal(s)), "Standard normal.")


def full(size, fill_value, *, dtype=None, requires_grad=False):
    """All ``fill_value``."""
    return leaf(np.full(tuple(size), fill_value, dtypes.as_numpy(dtype) or dtypes.of_number(fill_value)), requires_grad)


def full_like(x, fill_value, *, dtype=None, requires_grad=False):
    """All ``fill_value``, with x's shape and dtype."""
    return leaf(np.full(x._array.shape, fill_value, dtypes.as_numpy(dtype) or x._array.dtype), requires_grad)


def eye(n, m=None, *, dtype=None, requires_grad=False):
    """1 on the diagonal."""
    return leaf(np.eye(n, m, dtype=dtypes.as_numpy(dtype) or dtypes.default.numpy), requires_grad)


def arange(start, end=None, step=1, *, dtype=None, requires_grad=False):
    """start, start + step, ... up to but without end."""
    start, end = (0, start) if end is None else (start, end)
    own = np.result_type(*(dtypes.of_number(v) for v in (start, end, step)))
    return leaf(np.arange(start, end, step).astype(dtypes.as_numpy(dtype) or own), requires_grad)


def linspace(start, end, steps, *, dtype=None, requires_grad=False):
    """``steps`` values from start to end, both included."""
    return leaf(np.linspace(start, end, steps).astype(dtypes.as_numpy(dtype) or dtypes.default.numpy), requires_grad)


def randint(low, high=None, size=(), *, dtype=None):
    """Integers in [low, high)."""
    low, high = (0, low) if high is None else (low, high)
    return leaf(generator().integers(low, high, size).astype(dtypes.as_numpy(dtype) or np.int64))


def manual_seed(seed: int):
    """Start the random numbers anew. The numbers are NumPy's, not PyTorch's."""
    global _generator
    _generator = np.random.default_rng(seed)
    return _generator


class _TypedTensor:
    """``FloatTensor([1, 2])``: a tensor of one dtype, from data or of a shape."""

    def __init__(self, d):
        self.dtype = d

    def __call__(self, *data):
        if data and all(type(n) is int for n in data):
            return zeros(*data, dtype=self.dtype)
        return tensor(data[0] if data else [], dtype=self.dtype)


FloatTensor, DoubleTensor, LongTensor = (_TypedTensor(dtypes.BY_NAME[n]) for n in ("float32", "float64", "int64"))
