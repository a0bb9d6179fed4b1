"""Filling parameters with their first values: PyTorch's rules and its random numbers."""

from __future__ import annotations

import math

from ..core import random
from ..core.grad_mode import no_grad
from ..core.tensor import Tensor


def _filled(t: Tensor, array) -> Tensor:
    with no_grad():
        t.copy_(Tensor.wrap(array.reshape(t._array.shape)))
    return t


def uniform_(t: Tensor, a: float = 0.0, b: float = 1.0) -> Tensor:
    """Uniform on [a, b)."""
    return _filled(t, random.default.uniform(t._array.size, t._array.dtype, a, b))


def normal_(t: Tensor, mean: float = 0.0, std: float = 1.0) -> Tensor:
    """Normal of that mean and standard deviation."""
    return _filled(t, random.default.normal(t._array.size, t._array.dtype, mean, std))


def constant_(t: Tensor, val: float) -> Tensor:
    """Every element ``val``, in place."""
    with no_grad():
        return t.fill_(val)


def zeros_(t: Tensor) -> Tensor:
    """Every element 0, in place."""
    return constant_(t, 0.0)


def ones_(t: Tensor) -> Tensor:
    """Every element 1, in place."""
    return constant_(t, 1.0)


def calculate_gain(nonlinearity: str, param=None) -> float:
    """The factor by which a nonlinearity wants its weights larger."""
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    gains = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75}
    if nonlinearity not in gains:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return gains[nonlinearity]


def _fans(t: Tensor) -> tuple[int, int]:
    """(inputs, outputs) that one element of a weight connects."""
    if t.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = 1
    for n in t.shape[2:]:
        field *= n
    return t.shape[1] * field, t.shape[0] * field


def _fan(t: Tensor, mode: str) -> int:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return _fans(t)[mode == "fan_out"]


def kaiming_uniform_(t: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Tensor:
    """Uniform with the variance that keeps signals their size through rectifiers (He et al. 2015)."""
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) / math.sqrt(_fan(t, mode))
    return uniform_(t, -bound, bound)


def kaiming_normal_(t: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Tensor:
    """Normal with that variance."""
    return normal_(t, 0, calculate_gain(nonlinearity, a) / math.sqrt(_fan(t, mode)))


def xavier_uniform_(t: Tensor, gain: float = 1.0) -> Tensor:
    """Uniform with the variance that keeps signals and gradients their size (Glorot and Bengio 2010)."""
    bound = math.sqrt(3) * gain * math.sqrt(2 / sum(_fans(t)))
    return uniform_(t, -bound, bound)


def xavier_normal_(t: Tensor, gain: float = 1.0) -> Tensor:
    """Normal with that variance."""
    return normal_(t, 0, gain * math.sqrt(2 / sum(_fans(t))))
