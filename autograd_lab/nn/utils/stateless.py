"""Calling a module with other tensors than its own."""

from __future__ import annotations

from contextlib import contextmanager

from ..modules.module import Module


@contextmanager
def with_tensors(module: Module, tensors: dict, strict: bool = False):
    """Inside the block the module uses these tensors instead of its own of those names."""
    before = []
    try:
        for path, tensor in tensors.items():
            owner, _, name = path.rpartition(".")
            holder = module.get_submodule(owner)
            place = next((p for p in (holder._parameters, holder._buffers) if name in p), None)
            if place is None and not strict:
                continue  # PyTorch puts the tensor there as an attribute, which nothing reads
            if place is None:
                raise RuntimeError(f"Unexpected key '{path}': the module has no parameter or buffer of that name")
            before.append((place, name, place[name]))
            place[name] = tensor
        if strict and (missing := [n for n in module.state_dict() if n not in tensors]):
            raise RuntimeError(f"Missing key(s): {', '.join(missing)}")
        yield
    finally:
        for place, name, tensor in reversed(before):
            place[name] = tensor
