"""Filling parameters with their first values: PyTorch's rules and its random numbers."""

from __future__ import annotations

import math
import warnings

import numpy as np

from ..core import random
from ..core.absent import missing
from ..core.grad_mode import no_grad
from ..core.ops.draws import drawable
from ..core.overrides import exchanged
from ..core.signatures import kind_of
from ..core.telling import tell
from ..core.tensor import Tensor


def _filled(tensor: Tensor, array) -> Tensor:
    """``array`` in ``tensor``, in place and unrecorded."""
    with no_grad():
        tensor.copy_(Tensor.wrap(np.reshape(array, tensor._array.shape)))
    return tensor


def _numbers(word: str, **given) -> None:
    """Raise, as ``word`` of a tensor would, unless all that is given are numbers."""
    for place, (name, value) in enumerate(given.items(), 1):
        if not isinstance(value, (int, float, np.number)) and (
            not isinstance(value, Tensor) or value.ndim or value.requires_grad
        ):
            raise TypeError(f"{word}(): argument '{name}' (position {place}) must be float, not {kind_of(value)}")


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator=None) -> Tensor:
    """Uniform on [a, b)."""
    drawable("uniform_", tensor)
    _numbers("uniform_", **{"from": a, "to": b})
    return _filled(tensor, random.source(generator).uniform(tensor._array.size, tensor._array.dtype, a, b))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator=None) -> Tensor:
    """Normal of that mean and standard deviation."""
    drawable("normal_", tensor)
    _numbers("normal_", mean=mean, std=std)
    return _filled(tensor, random.source(generator).normal(tensor._array.size, tensor._array.dtype, mean, std))


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator=None
) -> Tensor:
    """Normal, what lies outside of [a, b] drawn again; from uniform numbers where [a, b] holds less than 0.3 of the normals."""
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be incorrect.",
            stacklevel=2,
        )
    source, n, dtype = random.source(generator), tensor._array.size, tensor._array.dtype
    low, high = ((1.0 + math.erf((x - mean) / std / math.sqrt(2.0))) / 2.0 for x in (a, b))
    if high - low > 0.3:
        made = source.normal(n, dtype, mean, std)
        while (outside := (made < dtype.type(a)) | (made > dtype.type(b))).any():
            made = np.where(outside, source.normal(n, dtype, mean, std), made)
        return _filled(tensor, made)
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2  # of the density's logarithm within [a, b]
    made, pending = np.zeros(n, dtype), np.ones(n, bool)
    while pending.any():
        proposed = source.uniform(n, dtype, a, b)
        made = np.where(pending, proposed, made)
        density = ((proposed - dtype.type(mean)) / dtype.type(std)) ** 2 * dtype.type(-0.5) - dtype.type(peak)
        with np.errstate(divide="ignore"):
            pending &= np.log(source.uniform(n, dtype)) > density
    return _filled(tensor, made)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Every element ``val``, in place."""
    with no_grad():
        return tensor.fill_(val)


def zeros_(tensor: Tensor) -> Tensor:
    """Every element 0, in place."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Every element 1, in place."""
    return constant_(tensor, 1.0)


def eye_(tensor: Tensor) -> Tensor:
    """1 on the diagonal of a matrix, 0 elsewhere."""
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    return _filled(tensor, np.eye(*tensor.shape, dtype=tensor._array.dtype))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Kernels that hand their input on: 1 in the middle of channel i's kernel for input i."""
    if tensor.ndim not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    out, into, *kernel = tensor.shape
    if out % groups:
        raise ValueError("dim 0 must be divisible by groups")
    array, middle = np.zeros(tensor.shape, tensor._array.dtype), tuple(k // 2 for k in kernel)
    for group in range(groups):
        for i in range(min(out // groups, into)):
            array[(group * (out // groups) + i, i, *middle)] = 1
    return _filled(tensor, array)


def calculate_gain(nonlinearity: str, param=None) -> float:
    """The factor by which a nonlinearity wants its weights larger."""
    if nonlinearity == "leaky_relu":
        if param is not None and (isinstance(param, bool) or not isinstance(param, (int, float))):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    linear = "linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d sigmoid".split()
    gains = dict.fromkeys(linear, 1) | {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75}
    if nonlinearity not in gains:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return gains[nonlinearity]


def _fans(tensor: Tensor) -> tuple[int, int]:
    """(inputs, outputs) that one element of a weight connects."""
    if tensor.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


_calculate_fan_in_and_fan_out = _fans


def _fan(tensor: Tensor, mode: str) -> int:
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode.lower()} not supported, please use one of ['fan_in', 'fan_out']")
    return _fans(tensor)[mode.lower() == "fan_out"]


def _empty(tensor: Tensor) -> bool:
    if 0 in tensor.shape:
        tell("Initializing zero-element tensors is a no-op")
        return True
    return False


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator=None
) -> Tensor:
    """Uniform with the variance that keeps signals their size through rectifiers (He et al. 2015)."""
    if _empty(tensor):
        return tensor
    bound = math.sqrt(3) * (calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode)))
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator=None
) -> Tensor:
    """Normal with that variance."""
    if _empty(tensor):
        return tensor
    return normal_(tensor, 0, calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode)), generator)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator=None) -> Tensor:
    """Uniform with the variance that keeps signals and gradients their size (Glorot and Bengio 2010)."""
    bound = math.sqrt(3) * (gain * math.sqrt(2 / float(sum(_fans(tensor)))))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator=None) -> Tensor:
    """Normal with that variance."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / float(sum(_fans(tensor)))), generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator=None) -> Tensor:
    """A random orthogonal matrix, from the QR decomposition of a normal one (Saxe et al. 2013); dimensions 1 on laid flat."""
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if not tensor._array.size:
        return tensor
    rows, columns = tensor.shape[0], tensor._array.size // tensor.shape[0]
    drawn = random.source(generator).normal(rows * columns, tensor._array.dtype).reshape(rows, columns)
    q, r = np.linalg.qr(drawn.T if rows < columns else drawn)
    q = q * np.sign(np.diag(r))
    with no_grad():
        return _filled(tensor, q.T if rows < columns else q).mul_(gain)


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator=None) -> Tensor:
    """A normal matrix of which the fraction ``sparsity`` of every column is 0 (Martens 2010)."""
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    array = random.source(generator).normal(rows * columns, tensor._array.dtype, 0, std).reshape(rows, columns)
    for column in range(columns):
        array[random.source().permutation(rows)[:zeros], column] = 0
    return _filled(tensor, array)


# ---------------------------------------------------------------------- the older names


def _older(name: str):
    def fill(*args, **kwargs):
        warnings.warn(f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`.", FutureWarning, stacklevel=2)
        return globals()[f"{name}_"](*args, **kwargs)

    fill.__name__ = fill.__qualname__ = name
    fill.__doc__ = f"Deprecated: ``{name}_``."
    return fill


OLDER = """constant dirac eye kaiming_normal kaiming_uniform normal orthogonal sparse uniform xavier_normal xavier_uniform""".split()
globals().update({name: _older(name) for name in OLDER})
exchanged(globals(), ["constant_", "kaiming_uniform_", "normal_", "uniform_"])  # those that PyTorch lets ask


def __getattr__(name: str):
    raise missing("torch.nn.init", name)
