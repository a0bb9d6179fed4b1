"""What is said of a normalisation that cannot be: in PyTorch's words, before anything is computed."""

from __future__ import annotations

import numpy as np

from ..core.refusals import floats_only
from ..core.signatures import kind_of
from ..core.tensor import Tensor


def parameters(word: str, first: int, **given) -> None:
    """Weights and their like are tensors or None; ``first`` is the position of the first."""
    for at, (name, t) in enumerate(given.items(), first):
        if t is not None and not isinstance(t, Tensor):
            raise TypeError(f"{word}(): argument '{name}' (position {at}) must be Tensor, not {kind_of(t)}")


def floating(input: Tensor, kernel: str, *parameters: Tensor | None) -> None:
    """Integers have no mean of their own dtype; parameters have the input's dtype, or float32 all of them beside 16 bits."""
    floats_only(kernel, input)
    dtype, given = input._array.dtype, [t for t in parameters if t is not None]
    others = [t for t in given if t._array.dtype != dtype]
    if others and others[0] is not given[0]:
        raise RuntimeError(f"expected scalar type {input.dtype.kind} but found {others[0].dtype.kind}")
    if any(t._array.dtype != np.float32 for t in given if others):
        raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")
    if others and dtype.itemsize != 2:
        raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")


def shape_of(word: str, normalized_shape) -> tuple[int, ...]:
    """``normalized_shape`` as a tuple of at least one integer."""
    if not isinstance(normalized_shape, (tuple, list)):
        told = f"must be tuple of ints, not {kind_of(normalized_shape)}"
        raise TypeError(f"{word}(): argument 'normalized_shape' (position 2) {told}")
    for at, n in enumerate(normalized_shape):
        if isinstance(n, (str, float)):
            told = f"must be tuple of ints, but found element of type {kind_of(n)} at pos {at}"
            raise TypeError(f"{word}(): argument 'normalized_shape' (position 2) {told}")
    if not normalized_shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            "normalized_shape = []"
        )
    return tuple(normalized_shape)


def both_or_neither(running_mean, running_var) -> None:
    """Means and variances are followed together."""
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")


def batch(input: Tensor, momentum, **statistics: Tensor | None) -> None:
    """A batch has channels, as many as the statistics."""
    if isinstance(momentum, str):
        raise TypeError(f"batch_norm(): argument 'momentum' (position 7) must be float, not {kind_of(momentum)}")
    if input.ndim < 2:
        for name, t in statistics.items():
            if t is not None and t._array.size:
                raise RuntimeError(f"{name} should contain 0 elements not {t._array.size}")
    floating(input, "batch_norm", *(statistics[name] for name in ("weight", "bias", "running_mean", "running_var")))


def groups(input: Tensor, num_groups) -> None:
    """A positive number of groups, of more than one element each."""
    if not isinstance(num_groups, int):
        raise TypeError(f"group_norm(): argument 'num_groups' (position 2) must be int, not {kind_of(num_groups)}")
    if num_groups < 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if num_groups == 0:
        raise ZeroDivisionError("integer division or modulo by zero")
    n, c, *rest = input.shape
    size = n * c // num_groups
    for m in rest:
        size *= m
    if size == 1:
        told = [n * c // num_groups, num_groups, *rest]
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {told}")


def instance(input: Tensor, running_mean, running_var, use_input_stats: bool) -> None:
    """Statistics are there if they are needed, as many as there are channels."""
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    both_or_neither(running_mean, running_var)
    for name, t in (("running_mean", running_mean), ("running_var", running_var)):
        if t is not None and input.ndim > 1 and t._array.size != input.shape[1]:
            raise RuntimeError(f"{name} should contain {input.shape[1]} elements not {t._array.size}")


def neighbours(input: Tensor, size) -> None:
    """Channels beside each other, in a window of at least one."""
    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality                          input (got {input.ndim} dimensions)")
    if size <= 0:
        raise RuntimeError(f"kernel size should be greater than zero, but got kH: {size} kW: 1")
