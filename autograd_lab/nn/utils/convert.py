"""All parameters as one vector, and back."""

from __future__ import annotations

from ...core.ops.later import function as _function
from ...core.tensor import Tensor
from ..modules.conv import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d
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


def _laid(module, kinds, memory_format):
    for m in module.modules():
        if isinstance(m, kinds):
            m.weight.data = m.weight.detach().clone().contiguous(memory_format=memory_format)
    return module


def convert_conv2d_weight_memory_format(module, memory_format):
    """Lay the weights of all two-dimensional convolutions in ``module`` out as ``memory_format``."""
    return _laid(module, (Conv2d, ConvTranspose2d), memory_format)


def convert_conv3d_weight_memory_format(module, memory_format):
    """Lay the weights of all three-dimensional convolutions in ``module`` out as ``memory_format``."""
    return _laid(module, (Conv3d, ConvTranspose3d), memory_format)
