"""Weights made of other parameters before each forward: by length and direction, or divided by the largest singular value."""

from __future__ import annotations

import numpy as np

from ...core.grad_mode import no_grad
from ...core.ops.create import randn
from ...core.ops.later import function as _function
from ...core.ops.norms import vector_norm
from ...core.telling import tell
from ...core.tensor import Tensor
from ..functional import normalize
from ..modules.module import Module
from ..parameter import Parameter


def _length(v: Tensor, dim: int | None) -> Tensor:
    """The norm over all dimensions but ``dim``, kept for broadcasting; over all if None."""
    return vector_norm(v, 2, tuple(d for d in range(v.dim()) if d != dim), dim is not None)


class WeightNorm:
    """``weight = g * v / |v|`` before each forward, from the parameters ``weight_g`` and ``weight_v``."""

    def __init__(self, name: str, dim: int | None):
        self.name, self.dim = name, dim

    def compute_weight(self, module: Module) -> Tensor:
        g, v = getattr(module, f"{self.name}_g"), getattr(module, f"{self.name}_v")
        return v * (g / _length(v, self.dim))

    def __call__(self, module: Module, inputs) -> None:
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Train a weight's lengths along ``dim`` and its directions apart (Salimans and Kingma 2016)."""
    tell("`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.", FutureWarning)
    if any(isinstance(hook, WeightNorm) and hook.name == name for hook in module._forward_pre_hooks.values()):
        raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    hook, weight = WeightNorm(name, dim), getattr(module, name)
    del module._parameters[name]
    module.register_parameter(f"{name}_g", Parameter(_length(weight, dim).data))
    module.register_parameter(f"{name}_v", Parameter(weight.data))
    setattr(module, name, hook.compute_weight(module))
    module.register_forward_pre_hook(hook)
    return module


def _removed(module: Module, kind, name: str, what: str):
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, kind) and hook.name == name:
            del module._forward_pre_hooks[key]
            return hook
    raise ValueError(f"{what} of '{name}' not found in {module}")


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """One parameter again, of the value it has now."""
    hook = _removed(module, WeightNorm, name, "weight_norm")
    with no_grad():
        weight = hook.compute_weight(module)
    delattr(module, name)
    del module._parameters[f"{name}_g"], module._parameters[f"{name}_v"]
    setattr(module, name, Parameter(weight.data))
    return module


class SpectralNorm:
    """``weight = weight_orig / sigma`` before each forward; sigma, the largest singular value, by power iteration."""

    def __init__(self, name: str, n_power_iterations: int, dim: int, eps: float):
        self.name, self.n_power_iterations, self.dim, self.eps = name, n_power_iterations, dim, eps

    def matrix(self, weight: Tensor) -> Tensor:
        if self.dim != 0:
            weight = weight.permute(self.dim, *(d for d in range(weight.dim()) if d != self.dim))
        return weight.reshape(weight.size(0), -1)

    def compute_weight(self, module: Module, iterate: bool) -> Tensor:
        weight = getattr(module, f"{self.name}_orig")
        u, v = getattr(module, f"{self.name}_u"), getattr(module, f"{self.name}_v")
        matrix = self.matrix(weight)
        if iterate:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v.copy_(normalize(matrix.t() @ u, dim=0, eps=self.eps))
                    u.copy_(normalize(matrix @ v, dim=0, eps=self.eps))
                u, v = u.clone(), v.clone()
        return weight / _function("dot")(u, matrix @ v)

    def __call__(self, module: Module, inputs) -> None:
        setattr(module, self.name, self.compute_weight(module, module.training))


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Divide a weight by its largest singular value (Miyato et al. 2018); one step of power iteration a forward."""
    if n_power_iterations <= 0:
        raise ValueError(f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}")
    if any(isinstance(hook, SpectralNorm) and hook.name == name for hook in module._forward_pre_hooks.values()):
        raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
    dim = int(type(module).__name__.startswith("ConvTranspose")) if dim is None else dim
    hook, weight = SpectralNorm(name, n_power_iterations, dim, eps), getattr(module, name)
    with no_grad():
        rows, columns = hook.matrix(weight).shape
        u, v = (normalize(randn(n, dtype=weight.dtype), dim=0, eps=eps) for n in (rows, columns))
    delattr(module, name)
    module.register_parameter(f"{name}_orig", weight)
    setattr(module, name, weight.data)
    module.register_buffer(f"{name}_u", u)
    module.register_buffer(f"{name}_v", v)
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """One parameter again, of the value it has now."""
    hook = _removed(module, SpectralNorm, name, "spectral_norm")
    with no_grad():
        weight = hook.compute_weight(module, False)
    delattr(module, name)
    for ending in ("_u", "_v", "_orig"):
        delattr(module, name + ending)
    module.register_parameter(name, Parameter(weight.detach()))
    return module


def skip_init(module_cls, *args, **kwargs) -> Module:
    """A module whose parameters nobody has drawn: all zeros here, and no random number is spent."""
    from ...core import random

    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    state = random.get_rng_state()
    made = module_cls(*args, **kwargs)
    random.set_rng_state(state)
    for p in made.parameters():
        p.data = Tensor.wrap(np.zeros_like(p._array))
    return made
