"""Convolutions and transposed convolutions over one, two and three dimensions."""

from __future__ import annotations

import math

from ...core import empty
from ...core.size import Size
from ...core.tensor import Tensor
from .. import functional, init
from ..parameter import Parameter
from .module import Module
from .utils import each, under_its_own_name


class _Conv(Module):
    """Weight (out, in / groups, *kernel), transposed (in, out / groups, *kernel); both start uniform on +-1/sqrt(fan in)."""

    dimensions: int
    transposed = False

    def __init_subclass__(cls) -> None:
        under_its_own_name(cls, "__init__")

    def __init__(self, in_channels: int, out_channels: int, kernel_size, stride=1, padding=0, dilation=1, groups: int = 1,
                 bias: bool = True, padding_mode: str = "zeros", device=None, dtype=None, output_padding=0):  # fmt: skip
        super().__init__()
        n = self.dimensions
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups:
            raise ValueError("out_channels must be divisible by groups")
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of {{'valid', 'same'}}")
            if padding == "same" and any(s != 1 for s in each(stride, n)):
                raise ValueError("padding='same' is not supported for strided convolutions")
        modes = {"zeros", "reflect", "replicate", "circular"}
        if padding_mode not in modes:
            raise ValueError(f"padding_mode must be one of {modes}, but got padding_mode='{padding_mode}'")
        self.in_channels, self.out_channels, self.groups, self.padding_mode = in_channels, out_channels, groups, padding_mode
        self.kernel_size, self.stride, self.dilation = (each(v, n) for v in (kernel_size, stride, dilation))
        self.padding = padding if isinstance(padding, str) else each(padding, n)
        self.output_padding = each(output_padding, n)
        lead = (in_channels, out_channels // groups) if self.transposed else (out_channels, in_channels // groups)
        self.weight = Parameter(empty((*lead, *self.kernel_size), dtype=dtype, device=device))
        if bias:
            self.bias = Parameter(empty(out_channels, dtype=dtype, device=device))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = init._fans(self.weight)[0]
            if fan_in:
                init.uniform_(self.bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))

    def _around(self) -> list[int]:
        """The padding as ``pad`` wants it: (before, after) from the last dimension on."""
        if self.padding == "valid":
            return [0] * (2 * self.dimensions)
        if self.padding == "same":
            totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size)]
            return [p for t in reversed(totals) for p in (t // 2, t - t // 2)]
        return [p for p in reversed(self.padding) for _ in range(2)]

    def forward(self, input: Tensor) -> Tensor:
        convolve = getattr(functional, f"conv{self.dimensions}d")
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = functional.pad(input, self._around(), self.padding_mode), 0
        return convolve(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def extra_repr(self) -> str:
        told = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        n = self.dimensions
        if self.padding != (0,) * n:
            told.append(f"padding={self.padding}")
        if self.dilation != (1,) * n:
            told.append(f"dilation={self.dilation}")
        if self.output_padding != (0,) * n:
            told.append(f"output_padding={self.output_padding}")
        if self.groups != 1:
            told.append(f"groups={self.groups}")
        if self.bias is None:
            told.append("bias=False")
        if self.padding_mode != "zeros":
            told.append(f"padding_mode={self.padding_mode}")
        return ", ".join(told)


class Conv1d(_Conv):
    """Convolution of (N, C, L) or (C, L)."""

    dimensions = 1


class Conv2d(_Conv):
    """Convolution of (N, C, H, W) or (C, H, W)."""

    dimensions = 2


class Conv3d(_Conv):
    """Convolution of (N, C, D, H, W) or (C, D, H, W)."""

    dimensions = 3


class _ConvTranspose(_Conv):
    transposed = True

    def __init__(self, in_channels: int, out_channels: int, kernel_size, stride=1, padding=0, output_padding=0, groups: int = 1,
                 bias: bool = True, dilation=1, padding_mode: str = "zeros", device=None, dtype=None):  # fmt: skip
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device,
                         dtype, output_padding)  # fmt: skip

    def forward(self, input: Tensor, output_size=None) -> Tensor:
        convolve = getattr(functional, f"conv_transpose{self.dimensions}d")
        more = self.output_padding if output_size is None else self._more(input, list(output_size))
        return convolve(input, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation)

    def _more(self, input: Tensor, size: list[int]) -> tuple[int, ...]:
        """The output padding that makes the result ``size`` large."""
        n = self.dimensions
        lead = input.dim() - n
        if len(size) == lead + n:
            size = size[lead:]
        if len(size) != n:
            raise ValueError(
                f"ConvTranspose{n}D: for {input.dim()}D input, output_size must have {n} or {lead + n} elements (got {len(size)})"
            )
        low = [(input.size(d + lead) - 1) * s - 2 * p + e * (k - 1) + 1 for d, (s, p, e, k) in enumerate(
            zip(self.stride, self.padding, self.dilation, self.kernel_size))]  # fmt: skip
        high = [least + s - 1 for least, s in zip(low, self.stride)]
        if any(not least <= s <= most for least, s, most in zip(low, size, high)):
            raise ValueError(
                f"requested an output size of {size}, but valid sizes range from {low} to {high} (for an input of "
                f"{Size(input.shape[2:])})"
            )
        return tuple(s - least for s, least in zip(size, low))


class ConvTranspose1d(_ConvTranspose):
    """The gradient of Conv1d with its input, as a layer."""

    dimensions = 1


class ConvTranspose2d(_ConvTranspose):
    """The gradient of Conv2d with its input, as a layer."""

    dimensions = 2


class ConvTranspose3d(_ConvTranspose):
    """The gradient of Conv3d with its input, as a layer."""

    dimensions = 3
