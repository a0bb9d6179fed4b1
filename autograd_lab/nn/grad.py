"""The gradients of convolutions as words of their own, for those who write a backward by hand: ``conv2d_input``, ``conv2d_weight``."""

from __future__ import annotations

from ..core.differentiate import grad
from ..core.grad_mode import enable_grad, is_recording
from ..core.ops.create import zeros
from . import functional

__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]


def _words(n: int):
    convolve = getattr(functional, f"conv{n}d")

    def by_input(input_size, weight, grad_output, stride=1, padding=0, dilation=1, groups=1):
        with enable_grad():
            x = zeros(tuple(input_size), dtype=weight.dtype, device=weight.device, requires_grad=True)
            out = convolve(x, weight, None, stride, padding, dilation, groups)
        return grad(out, x, grad_output, create_graph=is_recording())[0]

    def by_weight(input, weight_size, grad_output, stride=1, padding=0, dilation=1, groups=1):
        with enable_grad():
            weight = zeros(tuple(weight_size), dtype=input.dtype, device=input.device, requires_grad=True)
            out = convolve(input, weight, None, stride, padding, dilation, groups)
        return grad(out, weight, grad_output, create_graph=is_recording())[0]

    by_input.__name__, by_weight.__name__ = f"conv{n}d_input", f"conv{n}d_weight"
    by_input.__doc__ = (
        f"The gradient of ``conv{n}d`` with respect to its input, of ``input_size``, given the weight and that of its output."
    )
    by_weight.__doc__ = (
        f"The gradient of ``conv{n}d`` with respect to its weight, of ``weight_size``, given the input and that of its output."
    )
    return by_input, by_weight


conv1d_input, conv1d_weight = _words(1)
conv2d_input, conv2d_weight = _words(2)
conv3d_input, conv3d_weight = _words(3)
