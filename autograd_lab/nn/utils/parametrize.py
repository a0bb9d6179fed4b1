"""Parameters that are functions of others: ``layer.weight`` computed, whenever it is read, from what is trained.

A parametrised module gets a class of its own, on which the tensor's name is a property; what is trained is
``module.parametrizations.<name>.original``.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from typing import Any

from ...core.absent import missing
from ...core.grad_mode import no_grad
from ...core.tensor import Tensor
from ..modules.container import ModuleDict, ModuleList
from ..modules.module import Module
from ..parameter import Parameter

_cache: dict[tuple[int, str], Tensor] = {}
_cached = 0


@contextmanager
def cached():
    """Inside the block a parametrised tensor is computed once, however often it is read."""
    global _cached
    _cached += 1
    try:
        yield
    finally:
        _cached -= 1
        if not _cached:
            _cache.clear()


def _keep(module: Module, name: str, tensor: Tensor, trained: bool) -> None:
    """``tensor`` as a parameter if what it stands for was one, else as a buffer."""
    if trained:
        module.register_parameter(name, tensor if isinstance(tensor, Parameter) else Parameter(tensor.detach()))
    else:
        module.register_buffer(name, tensor)


class ParametrizationList(ModuleList):
    """The functions of one tensor, in turn, and what they start from: ``original``, or ``original0``, ``original1``, ..."""

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False):
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        start: Any = original
        with no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    with suppress(NotImplementedError):  # it may say so for some of its settings
                        start = module.right_inverse(start)
        self.is_tensor, trained = isinstance(start, Tensor), isinstance(original, Parameter)
        self.ntensors = 1 if self.is_tensor else len(start)
        if self.is_tensor:
            if start.dtype is not original.dtype and not unsafe:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                    f"original.dtype: {original.dtype}\nright_inverse(original).dtype: {start.dtype}"
                )
            if trained and start is not original:
                original.data = start.data
            _keep(self, "original", original if trained else start, trained)
        else:
            for i, part in enumerate(start):
                if not isinstance(part, Tensor):
                    raise ValueError(
                        "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                        f"Got element {i} of the sequence with type {type(part).__name__}."
                    )
                _keep(self, f"original{i}", part, trained)
        if not unsafe:
            made = self()
            if not isinstance(made, Tensor):
                raise ValueError(f"A parametrization must return a tensor. Got {type(made).__name__}.")
            for what, mine, theirs in (("dtype", made.dtype, original.dtype), ("shape", made.shape, original.shape)):
                if mine != theirs and self.is_tensor:
                    raise ValueError(
                        f"Registering a parametrization may not change the {what} of the tensor, unless `unsafe` flag is enabled.\n"
                        f"unparametrized {what}: {theirs}\nparametrized {what}: {mine}"
                    )

    def _originals(self) -> list[Tensor]:
        return [self.original] if self.is_tensor else [getattr(self, f"original{i}") for i in range(self.ntensors)]

    def right_inverse(self, value: Tensor) -> None:
        """Set what is trained so that the tensor is ``value``."""
        with no_grad():
            start: Any = value
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                start = module.right_inverse(start)
            for original, new in zip(self._originals(), [start] if self.is_tensor else start):
                original.data = new.data if isinstance(original, Parameter) else new

    def forward(self) -> Tensor:
        """The tensor, computed."""
        first, *rest = self
        value = first(*self._originals())
        for module in rest:
            value = module(value)
        return value


def _is_parametrized_class(module: Module) -> bool:
    return getattr(type(module), "_unparametrized", None) is not None


def _give_class(module: Module) -> None:
    """A class of its own for ``module``, so that its properties are nobody else's."""
    base = type(module)

    def __deepcopy__(self, memo):
        made = object.__new__(type(self))
        memo[id(self)] = made
        made.__dict__.update(copy.deepcopy(self.__dict__, memo))
        own = type(self)
        made.__class__ = type(own.__name__, own.__bases__, dict(own.__dict__))
        return made

    module.__class__ = type(f"Parametrized{base.__name__}", (base,), {"_unparametrized": base, "__deepcopy__": __deepcopy__,
                                                                       "__module__": base.__module__})  # fmt: skip


def _give_property(module: Module, name: str) -> None:
    def get(self) -> Tensor:
        parametrization = self.parametrizations[name]
        if not _cached:
            return parametrization()
        key = id(self), name
        if key not in _cache:
            _cache[key] = parametrization()
        return _cache[key]

    def put(self, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(get, put))


def register_parametrization(module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False) -> Module:
    """Let ``module``'s tensor be ``parametrization`` of what is trained; returns the module.

    A ``right_inverse(value)`` of the parametrisation says from what ``value`` would come; without one it starts from the
    tensor as it is. ValueError if the module has no such tensor, or if shape or dtype would change and ``unsafe`` is not set.

    >>> import autograd_lab as torch
    >>> class Symmetric(torch.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    >>> layer = register_parametrization(torch.nn.Linear(3, 3), "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.T).all())
    True
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        parts = module.parametrizations[tensor_name]
        if not unsafe:
            now = getattr(module, tensor_name)
            new = parametrization(now)
            for what, mine, theirs in (("dtype", new.dtype, now.dtype), ("shape", new.shape, now.shape)):
                if mine != theirs:
                    raise ValueError(
                        f"Registering a parametrization may not change the {what} of the tensor, unless the `unsafe` flag is enabled.\n"
                        f"module.{tensor_name}.{what}: {theirs}\nparametrization(module.{tensor_name}).{what}: {mine}"
                    )
        parts.append(parametrization)
        parts.unsafe |= unsafe
    elif tensor_name in module._parameters or tensor_name in module._buffers:
        parts = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe=unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _give_class(module)
            module.parametrizations = ModuleDict()
        _give_property(module, tensor_name)
        module.parametrizations[tensor_name] = parts
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name '{tensor_name}'"
        )
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether the module has parametrised tensors, or that one."""
    found = getattr(module, "parametrizations", None)
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def type_before_parametrizations(module: Module) -> type:
    """The module's class, before parametrizations gave it one of its own."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """A plain tensor again: of the value it has now, or what it was computed from if not ``leave_parametrized``."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    parts = module.parametrizations[tensor_name]
    originals = parts._originals()
    trained = isinstance(originals[0], Parameter)
    if leave_parametrized:
        with no_grad():
            value = getattr(module, tensor_name)
        if parts.is_tensor and trained:
            originals[0].data = value.data
            value = originals[0]
    elif parts.is_tensor:
        value = originals[0]
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _keep(module, tensor_name, value, trained)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module)._unparametrized
    return module


def __getattr__(name: str):
    raise missing("torch.nn.utils.parametrize", name)
