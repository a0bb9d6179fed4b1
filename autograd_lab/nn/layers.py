"""Layers: what has parameters or a training mode, and the activations as modules."""

from __future__ import annotations

import math
from collections import OrderedDict

from ..core.ops.create import empty, randn
from ..core.tensor import Tensor
from . import functional, init
from .module import Module
from .parameter import Parameter


class Linear(Module):
    """``x @ weight.T + bias``; weight (out, in) and bias (out,) start uniform on +-1/sqrt(in)."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True, device=None, dtype=None):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(empty(out_features, in_features, dtype=dtype, device=device))
        if bias:
            self.bias = Parameter(empty(out_features, dtype=dtype, device=device))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        return functional.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Embedding(Module):
    """A table of vectors, one for each of ``num_embeddings`` integers."""

    def __init__(self, num_embeddings: int, embedding_dim: int, device=None, dtype=None):
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.weight = Parameter(randn(num_embeddings, embedding_dim, dtype=dtype, device=device))

    def forward(self, input: Tensor) -> Tensor:
        return functional.embedding(input, self.weight)

    def extra_repr(self) -> str:
        return f"{self.num_embeddings}, {self.embedding_dim}"


class Identity(Module):
    """Its input."""

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input


class Flatten(Module):
    """Dimensions ``start_dim`` to ``end_dim`` as one."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Dropout(Module):
    """Zeros at random while training."""

    def __init__(self, p: float = 0.5, inplace: bool = False):
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        super().__init__()
        self.p, self.inplace = p, inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


# ---------------------------------------------------------------------- modules of modules


class Sequential(Module):
    """Modules one after the other; also from an OrderedDict of named ones."""

    def __init__(self, *modules):
        super().__init__()
        named = modules[0].items() if len(modules) == 1 and isinstance(modules[0], OrderedDict) else enumerate(modules)
        for name, module in named:
            self.add_module(str(name), module)

    def forward(self, input):
        for module in self._modules.values():
            input = module(input)
        return input

    def __getitem__(self, i):
        if isinstance(i, slice):
            return type(self)(OrderedDict(list(self._modules.items())[i]))
        return list(self._modules.values())[i]

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def append(self, module: Module) -> Sequential:
        """Add one at the end."""
        self.add_module(str(len(self)), module)
        return self


class ModuleList(Sequential):
    """A list of modules that are found as its children; it does not compute."""

    def __init__(self, modules=()):
        super().__init__(*modules)

    forward = Module.forward


class ModuleDict(Module):
    """A dict of modules that are found as its children."""

    def __init__(self, modules=None):
        super().__init__()
        for name, module in (modules or {}).items():
            self.add_module(name, module)

    def __getitem__(self, name: str) -> Module:
        return self._modules[name]

    def __setitem__(self, name: str, module: Module) -> None:
        self.add_module(name, module)

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules)

    def keys(self):
        return self._modules.keys()

    def values(self):
        return self._modules.values()

    def items(self):
        return self._modules.items()


# ---------------------------------------------------------------------- activations


def _activation(name: str, function, shown: str = "", **options):
    """A module around a function: its options are what ``__init__`` takes and what ``repr`` shows."""

    def __init__(self, *args, **given):
        Module.__init__(self)
        values = options | dict(zip(options, args)) | given
        if set(values) != set(options):
            raise TypeError(f"{name}.__init__() got an unexpected keyword argument '{(set(values) - set(options)).pop()}'")
        self.options = values

    def forward(self, input: Tensor) -> Tensor:
        return function(input, **self.options)

    def extra_repr(self) -> str:
        return shown.format(**self.options)

    made = type(
        name, (Module,), {"__init__": __init__, "forward": forward, "extra_repr": extra_repr, "__doc__": function.__doc__}
    )
    made.__module__ = __name__
    return made


ReLU = _activation("ReLU", lambda x, inplace: functional.relu(x, inplace), inplace=False)
Tanh = _activation("Tanh", functional.tanh)
Sigmoid = _activation("Sigmoid", functional.sigmoid)
SiLU = _activation("SiLU", lambda x, inplace: functional.silu(x, inplace), inplace=False)
GELU = _activation("GELU", functional.gelu, "approximate={approximate!r}", approximate="none")
LeakyReLU = _activation(
    "LeakyReLU", functional.leaky_relu, "negative_slope={negative_slope}", negative_slope=0.01, inplace=False
)
ELU = _activation("ELU", functional.elu, "alpha={alpha}", alpha=1.0, inplace=False)
Softplus = _activation("Softplus", functional.softplus, "beta={beta}, threshold={threshold}", beta=1.0, threshold=20.0)
Softmax = _activation("Softmax", functional.softmax, "dim={dim}", dim=None)
LogSoftmax = _activation("LogSoftmax", functional.log_softmax, "dim={dim}", dim=None)
