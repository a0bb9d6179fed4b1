"""Arguments that bring their own meaning of an operation, by ``__torch_function__``: whether there are any, and asking them."""

from __future__ import annotations

from ..core.tensor import Tensor

__all__ = ["handle_torch_function", "has_torch_function", "is_tensor_like"]


def is_tensor_like(inp) -> bool:
    """Whether ``inp`` is a Tensor, or has a ``__torch_function__``."""
    return isinstance(inp, Tensor) or hasattr(inp, "__torch_function__")


def _overloaded(arguments) -> list:
    """One argument of each type that has a ``__torch_function__``, subclasses before what they derive from."""
    found: list = []
    for argument in arguments:
        kind = type(argument)
        if hasattr(kind, "__torch_function__") and kind not in map(type, found):
            place = next((i for i, other in enumerate(found) if issubclass(kind, type(other))), len(found))
            found.insert(place, argument)
    return found


def has_torch_function(relevant_args) -> bool:
    """Whether one of the arguments has a ``__torch_function__`` of its own."""
    return bool(_overloaded(relevant_args))


def handle_torch_function(public_api, relevant_args, *args, **kwargs):
    """What the first ``__torch_function__`` answers that does not pass; TypeError if all pass."""
    asked = _overloaded(relevant_args)
    types = tuple(map(type, asked))
    for argument in asked:
        answer = argument.__torch_function__(public_api, types, args, kwargs)
        if answer is not NotImplemented:
            return answer
    raise TypeError(
        f"no implementation found for '{public_api.__module__}.{public_api.__name__}' on types that implement "
        f"__torch_function__: {[type(argument) for argument in asked]}"
    )
