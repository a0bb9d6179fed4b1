"""What functions of nn ask of their arguments, in PyTorch's words."""

from __future__ import annotations

from ..core.signatures import kind_of
from ..core.tensor import Tensor


def tensors(word: str, **given) -> None:
    """The arguments are tensors."""
    for at, (name, value) in enumerate(given.items(), 1):
        if not isinstance(value, Tensor):
            raise TypeError(f"{word}(): argument '{name}' (position {at}) must be Tensor, not {kind_of(value)}")


def sized(*given) -> None:
    """The arguments are tensors, of which a loss asks the size."""
    for value in given:
        if not isinstance(value, Tensor):
            raise AttributeError(f"'{type(value).__name__}' object has no attribute 'size'")


def number(word: str, name: str, value) -> None:
    """The second argument is a number."""
    if not isinstance(value, (int, float)):
        raise TypeError(f"{word}(): argument '{name}' (position 2) must be Number, not {kind_of(value)}")


def per_channel(input: Tensor, **given: Tensor | None) -> None:
    """What is given has one number for each channel of ``input``."""
    for name, t in given.items():
        if t is not None and t._array.shape != (input.shape[1],):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of shape "
                f"{list(t.shape)} and input of shape {list(input.shape)}"
            )
