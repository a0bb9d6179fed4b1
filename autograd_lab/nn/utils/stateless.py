"""Calling a module with other tensors than its own."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager

from ...core.telling import tell
from ...core.tensor import Tensor
from ..modules.module import Module


def functional_call(module: Module, parameters_and_buffers: dict, args=None, kwargs=None, *, tie_weights: bool = True,
                    strict: bool = False):  # fmt: skip
    """Deprecated: ``func.functional_call``."""
    tell(
        "`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be removed in a future version of PyTorch. "
        "Please use `torch.func.functional_call` instead which is a drop-in replacement.",
        FutureWarning,
    )
    return called_with(module, parameters_and_buffers, args, kwargs, tie_weights, strict)


def called_with(module: Module, dicts, args, kwargs, tie_weights: bool, strict: bool):
    """``module(*args, **kwargs)`` with the tensors of the dict (or dicts) in place of its own of those names."""
    if not isinstance(dicts, (dict, list, tuple)):
        raise ValueError(f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(dicts)}")
    if not isinstance(dicts, dict):
        if not all(isinstance(d, dict) for d in dicts):
            raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
        names = Counter(name for d in dicts for name in d)
        if repeated := [name for name, n in names.items() if n > 1]:
            raise ValueError(f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous")
    tensors = dicts if isinstance(dicts, dict) else {name: t for d in dicts for name, t in d.items()}
    if tie_weights:
        tensors = _with_ties(module, tensors)
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with with_tensors(module, tensors, strict):
        return module(*args, **(kwargs or {}))


def _with_ties(module, tensors: dict) -> dict:
    """``tensors``, each also under the other names that its parameter or buffer has. ValueError for two values of one."""
    ties: dict[int, list[str]] = {}
    for named in (module.named_parameters, module.named_buffers):
        for name, own in named(remove_duplicate=False):
            ties.setdefault(id(own), []).append(name)
    found = dict(tensors)
    for names in ties.values():
        given = [tensors[name] for name in names if name in tensors]
        if len(names) == 1 or not given:
            continue
        if len(given) > 1 and (len(given) < len(names) or any(value is not given[0] for value in given)):
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(names)}, which are tied. Consider using tie_weights=False"
            )
        found |= dict.fromkeys(names, given[0])
    return found


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


@contextmanager
def _reparametrize_module(module: Module, parameters_and_buffers: dict, tie_weights: bool = False, strict: bool = False):
    """``with_tensors`` by PyTorch's name, which training loops of others use."""
    tensors = _with_ties(module, parameters_and_buffers) if tie_weights else parameters_and_buffers
    with with_tensors(module, tensors, strict):
        yield
