"""Making tensors: from data, by shape, at random. All take ``dtype``, ``device`` (the CPU) and ``requires_grad``."""

from __future__ import annotations

import math
from operator import index

import numpy as np

from .. import births, dtypes, grad_mode, random, too_large
from ..complexes import imaginary_lost
from ..device import beside, on_host, placed
from ..layout import laid_by
from ..mistakes import broadcast
from ..namespaces import NUMPY
from ..primitive import PRIMITIVES
from ..refusals import no_kernel
from ..signatures import kind_of
from ..size import Size
from ..telling import tell, tell_once
from ..tensor import UNTRACKED, Tensor, wrap
from . import data_mistakes, lists_of_data, spaced


def leaf(array, requires_grad=False, device=None):
    """A leaf around ``array`` on ``device``; an inference tensor when made in inference mode."""
    out = wrap(array if device is None else placed(array, device))
    if grad_mode.is_inference_mode_enabled():
        out._counter = UNTRACKED
    if requires_grad:
        if array.dtype.kind not in dtypes.DIFFERENTIABLE:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        out._set_flag(True)
    if births.note is not None:
        births.note("tensor", (), {}, out, None)
    return out


def free(t: Tensor) -> Tensor:
    """A leaf over t's memory that requires a gradient: nobody else's, and tracked even if t was made in inference mode."""
    out = t.detach()
    if out.is_inference():
        out = wrap(out._materialise())
    return out.requires_grad_()


COPIED = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than {}(sourceTensor)."
)


def tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False):
    """A new leaf holding a copy of ``data``; Python floats become float32.

    >>> tensor([1, 2.5], requires_grad=True)
    tensor([1.0000, 2.5000], requires_grad=True)
    """
    own, whole = None, type(data) is int
    if isinstance(data, Tensor):
        tell(COPIED.format("torch.tensor"))
        device, own, data = device or data.device, data._array.dtype, on_host(data._array)
    elif isinstance(data, (list, tuple)):
        data, own, whole = lists_of_data.read(data)
    from_numpy = isinstance(data, (np.ndarray, np.generic))
    if from_numpy:
        data_mistakes.check_array(np.asarray(data), dtype is not None)
    try:
        array = np.array(data)
    except ValueError:
        raise data_mistakes.explained(data, dtype) from None
    if (array.dtype.kind not in "biufc" and array.dtype not in dtypes.BY_NUMPY) or (
        not from_numpy and (array.dtype.kind == "u" or (whole and array.dtype.kind == "f" and array.size))
    ):
        array = data_mistakes.of_large_integers(data, dtype, whole)
    if dtype is not None and from_numpy:
        imaginary_lost(array, wanted := dtypes.as_numpy(dtype))
        array = NUMPY.cast(array, wanted)
    elif dtype is not None:
        array = data_mistakes.fitting_cast(array, dtype)
    elif from_numpy:
        dtypes.meet(array.dtype)
    elif own is not None:
        array = array.astype(own, copy=False)
    elif array.dtype.kind == "f" and not from_numpy:
        array = array.astype(dtypes.default.numpy)
    elif array.dtype.kind == "c" and not from_numpy:
        array = array.astype(dtypes.of_number(1j))
    return leaf(array[()] if array.ndim == 0 else array, requires_grad, device)


def as_tensor(data, *, dtype=None, device=None):
    """``data`` as a tensor, sharing memory where possible."""
    if isinstance(data, Tensor):
        return data if dtype is None and device is None else data.to(device, dtype)
    if isinstance(data, np.ndarray) and (dtype is None or dtypes.as_numpy(dtype) == data.dtype):
        data_mistakes.check_array(data)
        dtypes.meet(data.dtype)
        return leaf(_writable(data), device=device)
    return tensor(data, dtype=dtype, device=device)


def from_numpy(array):
    """A tensor over the array's own memory."""
    if not isinstance(array, np.ndarray):
        name = f"numpy.{type(array).__name__}" if isinstance(array, np.generic) else type(array).__name__
        raise TypeError(f"expected np.ndarray (got {name})")
    data_mistakes.check_array(array)
    dtypes.meet(array.dtype)
    return leaf(_writable(array))


def _writable(array):
    """``array``, or a copy of one that is read-only: tensors may be written to."""
    if array.flags.writeable:
        return array
    tell_once(READ_ONLY)  # as in PyTorch
    return array.copy()


READ_ONLY = (
    "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means writing to this tensor will "
    "result in undefined behavior. You may want to copy the array to protect its data or make it writable before converting it to a "
    "tensor. This type of warning will be suppressed for the rest of this program. Here the tensor has such a copy."
)


def negative(shape) -> RuntimeError:
    return RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")


def _shape(size):
    return tuple(index(n) for n in (size[0] if len(size) == 1 and isinstance(size[0], (tuple, list)) else size))


def _lies_otherwise(x) -> bool:
    """Whether x's elements lie in memory without overlaps, but not by rows."""
    steps = getattr(x, "strides", ())  # an array of JAX's has none: there, elements lie in order
    return bool(steps) and not x.flags.c_contiguous and 0 not in steps and x.size > 0


def _laid_as(x, made):
    """``made`` with the order of x's dimensions in memory, where x has one: PyTorch's ``torch.preserve_format``.

    Elements keep their order in memory: random numbers are drawn in that order.
    """
    if not _lies_otherwise(x):
        return laid_by(made, (x,)) if type(x) is type(made) is np.ndarray and 0 in x.strides and x.ndim > 1 else made
    axes = sorted(range(x.ndim), key=lambda d: -x.strides[d])
    return made.reshape([x.shape[d] for d in axes]).transpose([axes.index(d) for d in range(x.ndim)])


def _laid_out(made, memory_format):
    """``made`` in the memory format asked for."""
    if memory_format is None:
        return made
    from .memory_formats import arrange  # which needs operations that need this file

    return arrange(made, memory_format)


def _beside(x, device):
    """The device asked for, or else x's."""
    return device if device is not None or type(x._array) is np.ndarray else x.device


def _maker(name, make, doc):
    """``name`` and ``name_like`` from ``make(shape, dtype, generator)``."""

    def create(*args, size=None, dtype=None, device=None, requires_grad=False, generator=None, layout=None, pin_memory=False,
               memory_format=None):  # fmt: skip
        if size is None and not args:
            raise TypeError("a size is missing")
        shape = _shape(args if size is None else (size,))
        if any(n < 0 for n in shape):
            if name == "zeros":
                raise RuntimeError("zeros: Dimension size must be non-negative.")
            raise negative(shape)
        made = make(shape, dtypes.as_numpy(dtype) or dtypes.default.numpy, random.source(generator))
        return _laid_out(leaf(made, requires_grad, device), memory_format)

    def create_like(input, *, dtype=None, device=None, requires_grad=False, generator=None, layout=None, pin_memory=False,
                    memory_format=None):  # fmt: skip
        x = input
        drawing = _one_by_one if make is _normal and _lies_otherwise(x._array) else make
        made = drawing(x._array.shape, dtypes.as_numpy(dtype) or x._array.dtype, random.source(generator))
        return _laid_out(leaf(_laid_as(x._array, made), requires_grad, _beside(x, device)), memory_format)

    for function, word in (create, name), (create_like, name + "_like"):  # in tracebacks too
        function.__name__, function.__code__ = word, function.__code__.replace(co_name=word)
    create.__doc__, create_like.__doc__ = doc, f"As ``{name}``, with x's shape and dtype."
    return create, create_like


def _uniform(shape, dtype, generator):
    if dtype.kind in "biu":
        raise no_kernel("check_uniform_bounds", dtype)
    return generator.uniform(dtypes.count(shape), dtype).reshape(shape)


def _normal(shape, dtype, generator):
    if dtype.kind in "biu":
        raise no_kernel("normal_kernel_cpu", dtype)
    return generator.normal(dtypes.count(shape), dtype).reshape(shape)


def _one_by_one(shape, dtype, generator):
    """Normal numbers for memory that does not lie by rows: PyTorch draws them singly."""
    return generator.normals(dtypes.count(shape)).astype(dtype).reshape(shape)


zeros, zeros_like = _maker("zeros", lambda shape, dtype, _: np.zeros(shape, dtype), "All 0.")
ones, ones_like = _maker("ones", lambda shape, dtype, _: np.ones(shape, dtype), "All 1.")
empty, empty_like = _maker("empty", lambda shape, dtype, _: np.zeros(shape, dtype), "Uninitialised; here all 0.")
rand, rand_like = _maker("rand", _uniform, "Uniform on [0, 1): PyTorch's numbers.")
randn, randn_like = _maker("randn", _normal, "Standard normal: PyTorch's numbers.")


def full(size, fill_value, *, dtype=None, device=None, requires_grad=False):
    """All ``fill_value``."""
    fill_value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    shape = _shape((size,) if isinstance(size, (tuple, list)) else (tuple(size),))
    if any(n < 0 for n in shape):
        raise negative(shape)
    d = dtypes.as_numpy(dtype) or dtypes.of_number(fill_value)
    return leaf(np.full(shape, dtypes.fitted(fill_value, d)), requires_grad, device)


def full_like(
    x, fill_value, *, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False, memory_format=None
):
    """All ``fill_value``, with x's shape and dtype."""
    d = dtypes.as_numpy(dtype) or x._array.dtype
    made = leaf(np.full(x._array.shape, dtypes.fitted(fill_value, d)), requires_grad, _beside(x, device))
    return _laid_out(made, memory_format)


def eye(n, m=None, *, dtype=None, device=None, requires_grad=False):
    """1 on the diagonal."""
    for name, size in ("n", n), ("m", n if m is None else m):
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    return leaf(np.eye(n, m, dtype=dtypes.as_numpy(dtype) or dtypes.default.numpy), requires_grad, device)


def arange(start=None, end=None, step=1, *, dtype=None, device=None, requires_grad=False):
    """start, start + step, ... up to but without end."""
    start, end = (0, start) if end is None else (0 if start is None else start, end)
    start, end, step = (n.item() if isinstance(n, Tensor) else n for n in (start, end, step))
    if end is None:
        raise TypeError("arange() received an invalid combination of arguments - got (), but expected one of:")
    if any(isinstance(n, complex) and n.imag for n in (start, end, step)):
        raise dtypes.unfit(np.dtype("f8"))
    wanted = dtypes.as_numpy(dtype)
    if wanted is not None and wanted.kind in "bc":
        raise no_kernel("arange_cpu", wanted)
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    start, end, step = spaced.whole(wanted, start, end, step)
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    own = max((dtypes.of_number(v) for v in (start, end, step)), key=lambda d: dtypes.RANK[d.kind])
    return leaf(np.arange(start, end, step).astype(wanted or own), requires_grad, device)


def linspace(start, end, steps, *, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False):
    """``steps`` values from start to end, both included."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    start, end = spaced.ends("linspace", start, end)
    wanted = dtypes.as_numpy(dtype) or dtypes.of_number(start + end + 0.0)
    start, end = spaced.whole(wanted, start, end)
    if wanted.itemsize == 2 and wanted.kind in "fV" and steps > 1:
        return leaf(spaced.in_16_bits(start, end, steps, wanted), requires_grad, device)
    return leaf(np.linspace(start, end, steps).astype(wanted), requires_grad, device)


def randint(low, high=None, size=None, *, dtype=None, device=None, generator=None, requires_grad=False):
    """Integers in [low, high); ``randint(high, size)`` starts at 0."""
    if size is None:
        low, high, size = 0, low, high
    n = dtypes.count(shape := _shape((tuple(size),)))
    if any(length < 0 for length in shape):
        raise negative(shape)
    if not (too_large.is_long(low) and too_large.is_long(high)):
        raise too_large.not_a_long()
    if high <= low:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    made = random.source(generator).integers(low, high, n).reshape(shape)
    return leaf(made.astype(dtypes.as_numpy(dtype) or np.int64), requires_grad, device)


def randint_like(input, low, high=None, *, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False,
                 memory_format=None):  # fmt: skip
    """Integers in [low, high) in input's shape and dtype; ``randint_like(input, high)`` starts at 0."""
    low, high = (0, low) if high is None else (low, high)
    made = randint(low, high, input._array.shape, dtype=dtype or input.dtype)._array
    return _laid_out(leaf(_laid_as(input._array, made), requires_grad, _beside(input, device)), memory_format)


def randperm(n, *, dtype=None, device=None, generator=None):
    """0 .. n-1 in random order."""
    if n < 0:
        raise negative((n,))
    return leaf(random.source(generator).permutation(n).astype(dtypes.as_numpy(dtype) or np.int64), device=device)


def normal(mean, std=1.0, size=None, *, generator=None, dtype=None, device=None, requires_grad=False, layout=None,
           pin_memory=False):  # fmt: skip
    """Normal numbers of a mean and a standard deviation, each a number or a tensor, whose dtype they have; its gradients are 0."""
    generator, d = random.source(generator), dtypes.as_numpy(dtype) or dtypes.default.numpy
    if isinstance(std, Tensor):
        if std._array.dtype.kind == "c":
            raise RuntimeError("normal expects standard deviation to be non-complex")
        if np.any(std._array < 0):
            raise RuntimeError("normal expects all elements of std >= 0.0")
    elif std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    if size is not None:
        return leaf(generator.normal(dtypes.count(size), d, mean, std).reshape(size), requires_grad, device)
    given = [t for t in (mean, std) if isinstance(t, Tensor)]
    d = given[0]._array.dtype
    if d.kind not in dtypes.DIFFERENTIABLE:
        raise no_kernel("normal_kernel_cpu", d)
    shape = broadcast(np.shape(_plain(mean)), np.shape(_plain(std)))
    from ..flat_writes import overwritten  # which needs the operations that are declared by now

    made = leaf((beside(_normal(shape, d, generator), given[0]._array) * _plain(std) + _plain(mean)).astype(d))
    if not any(t.requires_grad for t in given):
        return made
    kind = 3 if len(given) == 2 else 1 if given[0] is mean else 2
    first = given[0] if given[0]._array.shape == shape else given[0].expand(shape)
    return overwritten(first, made._array, f"NormalBackward{kind}", *given[1:])


def bernoulli(input, p=None, *, generator=None):
    """1 with probability ``input`` elementwise, else 0; with a number ``p``, 1 with that probability everywhere."""
    if p is not None:
        return zeros_like(input).bernoulli_(p, generator=generator)
    chances = input._array
    if chances.dtype.kind in "biuc":
        raise no_kernel(f"bernoulli_tensor_cpu_{'self' if chances.dtype.kind == 'c' else 'p'}_", chances.dtype)
    if not np.all((chances >= 0) & (chances <= 1)):
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false. The elements are probabilities.")
    draws = random.source(generator).uniform(chances.size, chances.dtype).reshape(chances.shape)
    made = (beside(draws, chances) < chances).astype(chances.dtype)
    if not input.requires_grad:
        return leaf(made)
    from ..flat_writes import overwritten  # which needs the operations that are declared by now

    return overwritten(input, made, "BernoulliBackward0")


def _plain(x):
    return getattr(x, "_array", x)


MAKERS = """arange as_tensor asarray bernoulli empty empty_like eye from_numpy full full_like linspace normal ones ones_like rand
            rand_like randint randint_like randn randn_like randperm zeros zeros_like""".split()  # what users call, besides tensor


class _TypedTensor:
    """``FloatTensor([1, 2])``: a tensor of one dtype, from data or of a shape."""

    def __init__(self, name, d):
        self.name, self.dtype = name, d

    def __repr__(self):
        return f"<class 'torch.{self.name}'>"

    def __call__(self, *data, **others):
        if others and others.keys() - {"device"}:
            told = ", ".join((*map(kind_of, data), *(f"{name}={kind_of(value)}" for name, value in others.items())))
            raise TypeError(f"new() received an invalid combination of arguments - got ({told}), but expected one of:")
        if data and isinstance(data[0], Tensor) and data[0].dtype is not self.dtype:
            raise TypeError(data_mistakes.other_options(self.dtype, data[0].dtype))
        if data and not isinstance(data[0], (Tensor, np.ndarray, list, tuple, int, str)):
            raise TypeError(f"new(): data must be a sequence (got {kind_of(data[0])})")
        if any(type(n) is int and n < 0 for n in data):
            raise negative(data)
        if data and isinstance(data[0], Tensor):
            return PRIMITIVES["alias"].call(data[0])
        if data and (isinstance(data[0], Size) or all(type(n) is int for n in data)):
            return zeros(*data, dtype=self.dtype)
        return tensor(data[0] if data else [], dtype=self.dtype)

    def __instancecheck__(self, x):
        return isinstance(x, Tensor) and x.dtype is self.dtype


_TYPED = {"Float": "float32", "Double": "float64", "Half": "float16", "Long": "int64", "Int": "int32", "Short": "int16",
          "Char": "int8", "Byte": "uint8", "Bool": "bool", "BFloat16": "bfloat16"}  # fmt: skip
TYPED = {f"{kind}Tensor": _TypedTensor(f"{kind}Tensor", dtypes.BY_NAME[name]) for kind, name in _TYPED.items()}
