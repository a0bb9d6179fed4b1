"""Calling a module with other tensors than its own."""

from __future__ import annotations

from contextlib import contextmanager

from ...core.tensor import Tensor
from ..modules.module import Module


@contextmanager
def with_tensors(module: Module, tensors: dict, strict: bool = False):
    """Inside the block the module uses these tensors instead of its own of those names."""
    if strict:
        _refuse_others(module, tensors)
    before = []
    try:
        for path, tensor in tensors.items():
            if tensor is not None and not isinstance(tensor, Tensor):
                raise TypeError(f"{tensor} is not an instance of torch.Tensor")
            if not path:
                raise KeyError('tensor name can\'t be empty string ""')
            owner, _, name = path.rpartition(".")
            holder = module.get_submodule(owner)
            place = next((p for p in (holder._parameters, holder._buffers) if name in p), None)
            if place is None:
                continue  # PyTorch puts the tensor there as an attribute, which nothing reads
            before.append((place, name, place[name]))
            place[name] = tensor
        yield
    finally:
        for place, name, tensor in reversed(before):
            place[name] = tensor


def _refuse_others(module: Module, tensors: dict) -> None:
    """Raise unless ``tensors`` has the names of the module's parameters and buffers, and no others."""
    own = {name for named in (module.named_parameters, module.named_buffers) for name, _ in named(remove_duplicate=False)}
    told = [
        f"\n\t{what} key(s): {', '.join(map(repr, sorted(names)))}."
        for what, names in (("Unexpected", tensors.keys() - own), ("Missing", own - tensors.keys()))
        if names
    ]
    if told:
        raise RuntimeError(f"Error(s) in reparametrizing for {type(module).__name__}:{''.join(told)}")
