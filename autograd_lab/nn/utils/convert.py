"""All parameters as one vector, and back."""

from __future__ import annotations

from ...core.ops.later import function as _function
from ...core.tensor import Tensor
from ..modules.utils import typename


def parameters_to_vector(parameters) -> Tensor:
    """The elements of all parameters in one dimension; recorded, so that gradients flow back."""
    return _function("cat")([p.reshape(-1) for p in parameters])


def vector_to_parameters(vec: Tensor, parameters) -> None:
    """Let each parameter's data be its part of ``vec``, sharing its memory."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {typename(vec)}")
    at = 0
    for p in parameters:
        n = p.numel()
        p.data = vec[at : at + n].view(p.shape).data
        at += n
