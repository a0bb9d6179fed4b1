"""Activations as modules: each is its function with the settings it was made with."""

from __future__ import annotations

import inspect
import warnings

from ...core import empty
from ...core.tensor import Tensor
from .. import functional
from ..parameter import Parameter
from .module import Module


def _activation(name: str, function, shown: str = "", check=None, renamed=(), **settings):
    """A module around ``function``. ``settings`` are what ``__init__`` takes, in order, and what ``function`` is called with;
    ``shown`` is the text of ``repr``, to which ``inplace=True`` is added where it is set; ``renamed``: pairs of a setting's
    name of old, which ``__init__`` takes too, last, and its name."""
    takes = inspect.Signature(
        [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
        + [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=d) for n, d in settings.items()]
        + [inspect.Parameter(old, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None) for old, _ in renamed]
    )

    def __init__(self, *args, **given):
        Module.__init__(self)
        try:
            bound = takes.bind(self, *args, **given)
        except TypeError as error:
            told, most = str(error), len(takes.parameters)
            if told == "too many positional arguments":
                least = "" if most == 1 else "from 1 to "
                told = f"takes {least}{most} positional argument{'s' * (most > 1)} but {len(args) + 1} were given"
            raise TypeError(f"{name}.__init__() {told}") from None
        bound.apply_defaults()
        for old, new in renamed:
            if bound.arguments[old] is not None:
                told = f"keyword argument `{old}` is deprecated and renamed to `{new}`"
                warnings.warn(told, FutureWarning, stacklevel=2)
                bound.arguments[new] = bound.arguments[old]
        for setting in settings:
            setattr(self, setting, bound.arguments[setting])
        if check is not None:
            check(self)

    def forward(self, input: Tensor) -> Tensor:
        return function(input, **{setting: getattr(self, setting) for setting in settings})

    def extra_repr(self) -> str:
        told = shown.format(**{setting: getattr(self, setting) for setting in settings})
        return told + ", " * bool(told) + "inplace=True" if getattr(self, "inplace", False) else told

    forward.__qualname__ = f"{name}.forward"
    __init__.__signature__ = takes  # type: ignore[attr-defined]
    doc = f"{function.__doc__.splitlines()[0]}"
    made = {"__init__": __init__, "forward": forward, "extra_repr": extra_repr, "__doc__": doc, "__module__": __name__}
    return type(name, (Module,), made)


ReLU = _activation("ReLU", functional.relu, inplace=False)
ReLU6 = _activation("ReLU6", functional.relu6, inplace=False)
SELU = _activation("SELU", functional.selu, inplace=False)
SiLU = _activation("SiLU", functional.silu, inplace=False)
Mish = _activation("Mish", functional.mish, inplace=False)
Tanh = _activation("Tanh", functional.tanh)
Sigmoid = _activation("Sigmoid", functional.sigmoid)
LogSigmoid = _activation("LogSigmoid", functional.logsigmoid)
Softsign = _activation("Softsign", functional.softsign)
Tanhshrink = _activation("Tanhshrink", functional.tanhshrink)
ELU = _activation("ELU", functional.elu, "alpha={alpha}", alpha=1.0, inplace=False)
CELU = _activation("CELU", functional.celu, "alpha={alpha}", alpha=1.0, inplace=False)
GELU = _activation("GELU", functional.gelu, "approximate={approximate!r}", approximate="none")
GLU = _activation("GLU", functional.glu, "dim={dim}", dim=-1)


def _rising(hardtanh) -> None:
    if hardtanh.max_val <= hardtanh.min_val:
        raise AssertionError(f"max_val ({hardtanh.max_val}) must be greater than min_val ({hardtanh.min_val})")


Hardtanh = _activation(
    "Hardtanh", functional.hardtanh, "min_val={min_val}, max_val={max_val}", _rising,
    [("min_value", "min_val"), ("max_value", "max_val")], min_val=-1.0, max_val=1.0, inplace=False)  # fmt: skip
LeakyReLU = _activation(
    "LeakyReLU", functional.leaky_relu, "negative_slope={negative_slope}", negative_slope=0.01, inplace=False
)
Hardshrink = _activation("Hardshrink", functional.hardshrink, "{lambd}", lambd=0.5)
Softshrink = _activation("Softshrink", functional.softshrink, "{lambd}", lambd=0.5)
Softplus = _activation("Softplus", functional.softplus, "beta={beta}, threshold={threshold}", beta=1.0, threshold=20.0)
Softmax = _activation("Softmax", functional.softmax, "dim={dim}", dim=None)
Softmin = _activation("Softmin", functional.softmin, "dim={dim}", dim=None)
LogSoftmax = _activation("LogSoftmax", functional.log_softmax, "dim={dim}", dim=None)


class Threshold(Module):
    """x where above the threshold, else ``value``."""

    def __init__(self, threshold: float, value: float, inplace: bool = False):
        super().__init__()
        self.threshold, self.value, self.inplace = threshold, value, inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}, value={self.value}" + ", inplace=True" * self.inplace


class Hardsigmoid(Module):
    """x / 6 + 1 / 2 limited to [0, 1]."""

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.hardsigmoid(input, self.inplace)


class Hardswish(Hardsigmoid):
    """x * hardsigmoid(x)."""

    def forward(self, input: Tensor) -> Tensor:
        return functional.hardswish(input, self.inplace)


class Softmax2d(Module):
    """softmax over the channels of (N, C, H, W) or (C, H, W)."""

    def forward(self, input: Tensor) -> Tensor:
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead")
        return functional.softmax(input, -3)


class RReLU(Module):
    """x where positive; else x times a slope drawn from [lower, upper) while training, their mean otherwise."""

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False):
        super().__init__()
        self.lower, self.upper, self.inplace = lower, upper, inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}" + ", inplace=True" * self.inplace


class PReLU(Module):
    """x where positive, else x times a trained slope: one, or one a channel."""

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device=None, dtype=None):
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(empty(num_parameters, dtype=dtype, device=device))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Every slope as at first."""
        self.weight.data.fill_(self.init)

    def forward(self, input: Tensor) -> Tensor:
        return functional.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"
