"""What functions of nn ask of their arguments, in PyTorch's words."""

from __future__ import annotations

import numpy as np

from ..core.dtypes import BY_NUMPY
from ..core.grad_mode import is_recording
from ..core.mistakes import broadcast
from ..core.refusals import differing, no_kernel
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


def constants(word: str, **given: Tensor | None) -> None:
    """What is given has no derivative in PyTorch's ``word``, so it may not ask for one."""
    for name, t in given.items():
        if t is not None and t.requires_grad and is_recording():
            raise RuntimeError(
                f"The function '{word}' is not differentiable with respect to argument '{name}'. This input cannot have requires_grad True."
            )


WEIGHTS = "weight tensor should be defined either for all {} classes or no classes but got weight tensor of shape: {}"


def check_classes(input: Tensor, target: Tensor, weight: Tensor | None) -> None:
    """Raise what PyTorch raises unless ``target`` has a class for every place of ``input``."""
    shape, wanted = tuple(target.shape), (*input.shape[:1], *input.shape[2:])
    if input.ndim == 0:
        raise ValueError(f"Expected 1 or more dimensions (got {input.ndim})")
    if input.ndim == 1:
        if len(shape) > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        _check_whole(target)
        if shape and shape[0] != 1:
            raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {shape[0]}")
    elif shape[:1] != wanted[:1]:
        given = shape[0] if shape else 0
        raise ValueError(f"Expected input batch_size ({input.shape[0]}) to match target batch_size ({given}).")
    elif input.ndim == 2 and len(shape) > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    elif input.ndim == 4 and len(shape) != 3:
        raise RuntimeError(f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {len(shape)}")
    elif shape != wanted:
        raise RuntimeError(f"Expected target size {list(wanted)}, got {list(shape)}")
    _check_whole(target)
    classes = input.shape[0 if input.ndim == 1 else 1]
    if weight is not None and tuple(weight.shape) != (classes,):
        raise RuntimeError(WEIGHTS.format(classes, list(weight.shape)))


def _check_whole(target: Tensor) -> None:
    """Raise PyTorch's sentence unless ``target`` can count classes."""
    if target._array.dtype not in (np.int64, np.uint8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target.dtype.kind}")


def of_floats(kernel: str, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both, one of integers in the other's dtype; PyTorch has these losses of integers only where the other is floating."""
    whole = [t._array.dtype.kind in "biu" for t in (input, target)]
    wide = np.result_type(input._array.dtype, target._array.dtype)
    if all(whole) or (kernel and wide.kind == "c"):
        raise no_kernel(kernel, wide)
    return input.to(target.dtype) if whole[0] else input, target.to(input.dtype) if whole[1] else target


def whole_targets(input: Tensor, target: Tensor) -> None:
    """Raise where targets of integers or booleans stand beside scores: PyTorch multiplies the scores into 1 - target."""
    if target._array.dtype.kind == "b":
        differing(target._array, target._array)
    if target._array.dtype.kind in "iu":
        raise RuntimeError(f"result type {input.dtype.kind} can't be cast to the desired output type {target.dtype.kind}")


def written_over(input: Tensor, target: Tensor) -> None:
    """Raise where a loss that PyTorch writes into ``input``'s place is of another shape or kind, by what ``target`` is."""
    shape = broadcast(input._array.shape, target._array.shape)
    if shape != input._array.shape:
        told = f"output with shape {list(input.shape)} doesn't match the broadcast shape {list(shape)}"
        raise RuntimeError(told)
    if target._array.dtype.kind == "c" and input._array.dtype.kind != "c":
        wide = np.result_type(input._array.dtype, target._array.dtype)
        raise RuntimeError(f"result type {BY_NUMPY[wide].kind} can't be cast to the desired output type {input.dtype.kind}")


def check_variance(var) -> None:
    """TypeError unless a variance that is no tensor is a float, of which alone PyTorch makes a tensor."""
    if isinstance(var, int):
        told = "any() received an invalid combination of arguments - got (bool), but expected one of:\n * var: Tensor or float"
        raise TypeError(told)
    if not isinstance(var, float):
        raise TypeError(f"'<' not supported between instances of '{kind_of(var)}' and 'int'")
