"""Pooling as modules: the largest, the mean or the norm of every window."""

from __future__ import annotations

from ...core.tensor import Tensor
from .. import functional
from .module import Module
from .utils import each


def _sorts(base, name: str, says: str):
    """The modules of one sort for one, two and three dimensions."""
    return tuple(
        type(f"{name}{n}d", (base,), {"dimensions": n, "__doc__": says.format(n), "__module__": __name__}) for n in (1, 2, 3)
    )


class _Pool(Module):
    dimensions: int
    word: str

    def _function(self):
        return getattr(functional, f"{self.word}{self.dimensions}d")


class _MaxPool(_Pool):
    word = "max_pool"

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, return_indices: bool = False, ceil_mode: bool = False):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation, self.return_indices, self.ceil_mode = padding, dilation, return_indices, ceil_mode

    def forward(self, input: Tensor):
        return self._function()(input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode,
                                self.return_indices)  # fmt: skip

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class _AvgPool(_Pool):
    word = "avg_pool"

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode: bool = False, count_include_pad: bool = True,
                 divisor_override: int | None = None):  # fmt: skip
        super().__init__()
        if self.dimensions == 1:
            kernel_size, stride, padding = (None if v is None else each(v, 1) for v in (kernel_size, stride, padding))
        self.kernel_size, self.stride, self.padding = kernel_size, kernel_size if stride is None else stride, padding
        self.ceil_mode, self.count_include_pad, self.divisor_override = ceil_mode, count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        divisor = () if self.dimensions == 1 else (self.divisor_override,)  # of which a line's has none
        return self._function()(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, *divisor
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _LPPool(_Pool):
    word = "lp_pool"

    def __init__(self, norm_type: float, kernel_size, stride=None, ceil_mode: bool = False):
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        return self._function()(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, ceil_mode={self.ceil_mode}"


class _MaxUnpool(_Pool):
    word = "max_unpool"

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        n = self.dimensions
        self.kernel_size, self.padding = each(kernel_size, n), each(padding, n)
        self.stride = self.kernel_size if stride is None else each(stride, n)

    def forward(self, input: Tensor, indices: Tensor, output_size=None) -> Tensor:
        return self._function()(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AdaptiveAvgPool(_Pool):
    word = "adaptive_avg_pool"

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return self._function()(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class _AdaptiveMaxPool(_AdaptiveAvgPool):
    word = "adaptive_max_pool"

    def __init__(self, output_size, return_indices: bool = False):
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Tensor):
        return self._function()(input, self.output_size, self.return_indices)


class _FractionalMaxPool(_Pool):
    word = "fractional_max_pool"

    def __init__(self, kernel_size, output_size=None, output_ratio=None, return_indices: bool = False, _random_samples=None):
        super().__init__()
        name, n = type(self).__name__, self.dimensions
        for word, size in (("kernel_size", kernel_size), ("output_size", output_size)):
            if (isinstance(size, int) and size <= 0) or (isinstance(size, tuple) and not all(k > 0 for k in size)):
                raise ValueError(f"{word} must be greater than zero (got {size})")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output size, or a pooling ratio")
        self.kernel_size = each(kernel_size, n)
        self.output_size = None if output_size is None else each(output_size, n)
        self.output_ratio = None if output_ratio is None else each(output_ratio, n)
        if self.output_ratio is not None and not all(0 < ratio < 1 for ratio in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)

    def forward(self, input: Tensor):
        return self._function()(input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices,
                                self._random_samples)  # fmt: skip


_, FractionalMaxPool2d, FractionalMaxPool3d = _sorts(
    _FractionalMaxPool, "FractionalMaxPool", "The largest of windows that lie at random places over {} dimensions."
)
MaxPool1d, MaxPool2d, MaxPool3d = _sorts(_MaxPool, "MaxPool", "The largest of every window over {} dimensions.")
AvgPool1d, AvgPool2d, AvgPool3d = _sorts(_AvgPool, "AvgPool", "The mean of every window over {} dimensions.")
LPPool1d, LPPool2d, LPPool3d = _sorts(_LPPool, "LPPool", "The p-norm of every window over {} dimensions.")
MaxUnpool1d, MaxUnpool2d, MaxUnpool3d = _sorts(_MaxUnpool, "MaxUnpool", "The largest back at their places over {} dimensions.")
AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d = _sorts(
    _AdaptiveAvgPool, "AdaptiveAvgPool", "Means of as many windows as asked for over {} dimensions."
)
AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d = _sorts(
    _AdaptiveMaxPool, "AdaptiveMaxPool", "The largest of as many windows as asked for over {} dimensions."
)
