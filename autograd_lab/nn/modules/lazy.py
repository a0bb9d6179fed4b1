"""Layers that learn their input's width from the first input, and then are what they stand for."""

from __future__ import annotations

from typing import Any

from ...core.tensor import Tensor
from ..parameter import UninitializedBuffer, UninitializedParameter, is_lazy
from .batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from .conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from .linear import Linear

__all__: list[str] = []


class _Lazy:
    """Stands before the class it becomes; ``_widen(width)`` says what follows from the input's width."""

    becomes: Any

    def _wait(self, dtype) -> None:
        """Put tensors without a shape in place of those made for a width of 0."""
        for name, p in self._parameters.items():
            if p is not None:
                self._parameters[name] = UninitializedParameter(dtype=dtype)
        for name, b in self._buffers.items():
            if b is not None and b.dim():
                self._buffers[name] = UninitializedBuffer(dtype=dtype)

    def has_uninitialized_params(self) -> bool:
        """Whether some tensor still waits for its shape."""
        return any(is_lazy(t) for t in (*self._parameters.values(), *self._buffers.values()))

    def reset_parameters(self) -> None:
        """Draw the parameters anew, once there are some."""
        if getattr(self, "_known", False) and not self.has_uninitialized_params():
            super().reset_parameters()  # type: ignore[misc]

    def _fill(self, shapes: dict[str, tuple[int, ...]]) -> None:
        for place in (self._parameters, self._buffers):
            for name, t in place.items():
                if is_lazy(t):
                    t.materialize(shapes[name])

    def initialize_parameters(self, input: Tensor) -> None:
        """Take the width of ``input`` and draw the parameters."""
        if self.has_uninitialized_params():
            self._fill(self._widen(self._width(input)))
            self.becomes.reset_parameters(self)

    def __call__(self, *args, **kwargs):
        self.initialize_parameters(*args[:1], **kwargs)
        self.__class__ = self.becomes
        return self(*args, **kwargs)

    def _load_from_state_dict(self, state_dict, prefix, *rest):
        shapes = {n: tuple(state_dict[prefix + n].shape) for n in (*self._parameters, *self._buffers)
                  if prefix + n in state_dict and not is_lazy(state_dict[prefix + n])}  # fmt: skip
        for place in (self._parameters, self._buffers):
            for name, t in place.items():
                if is_lazy(t) and name in shapes:
                    t.materialize(shapes[name])
        super()._load_from_state_dict(state_dict, prefix, *rest)  # type: ignore[misc]
        if shapes.get("weight") and not self.has_uninitialized_params():
            self._learn(shapes["weight"])

    def _width(self, input: Tensor) -> int:
        return input.shape[-1]

    def _widen(self, width: int) -> dict[str, tuple[int, ...]]:
        raise NotImplementedError

    def _learn(self, weight: tuple[int, ...]) -> None:
        """Take the width from the shape of a weight that was loaded."""
        raise NotImplementedError


class LazyLinear(_Lazy, Linear):
    """Linear of as many inputs as the first input has.

    >>> import autograd_lab as torch
    >>> layer = torch.nn.LazyLinear(2)
    >>> _ = layer(torch.ones(1, 5))
    >>> layer
    Linear(in_features=5, out_features=2, bias=True)
    """

    becomes = Linear

    def __init__(self, out_features: int, bias: bool = True, device=None, dtype=None):
        super().__init__(0, out_features, bias, device, dtype)
        self._wait(dtype)

    def _widen(self, width):
        self.in_features = width
        return {"weight": (self.out_features, width), "bias": (self.out_features,)}

    def _learn(self, weight):
        self.in_features = weight[1]


class _LazyConv(_Lazy):
    def __init__(self, out_channels: int, kernel_size, *args, dtype=None, **kwargs):
        super().__init__(0, out_channels, kernel_size, *args, dtype=dtype, **kwargs)  # type: ignore[call-arg]
        self._wait(dtype)

    def _width(self, input):
        n = self.dimensions
        if input.dim() not in (n + 1, n + 2):
            raise RuntimeError(
                f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {type(self).__name__}, but got input of size: "
                f"{input.shape}"
            )
        return input.shape[-n - 1]

    def _widen(self, width):
        if width % self.groups:
            raise ValueError("in_channels must be divisible by groups")
        self.in_channels = width
        into, out = width // self.groups, self.out_channels
        lead = (width, out // self.groups) if self.transposed else (out, into)
        return {"weight": (*lead, *self.kernel_size), "bias": (out,)}

    def _learn(self, weight):
        self.in_channels = weight[0] if self.transposed else weight[1] * self.groups


class _LazyNorm(_Lazy):
    def __init__(self, *args, dtype=None, **kwargs):
        super().__init__(0, *args, dtype=dtype, **kwargs)  # type: ignore[call-arg]
        self._wait(dtype)

    def _width(self, input):
        self._check_input_dim(input)
        return input.shape[
            1 if input.dim() == self.ranks[-1] or (self.ranks == (2, 3) and isinstance(self, BatchNorm1d)) else 0
        ]

    def _widen(self, width):
        self.num_features = width
        return dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (width,))

    def _learn(self, weight):
        self.num_features = weight[0]


class _LazyInstanceNorm(_LazyNorm):
    def __init__(self, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True, track_running_stats: bool = True, device=None,
                 dtype=None, *, bias: bool = True):  # fmt: skip
        super().__init__(eps, momentum, affine, track_running_stats, device, dtype=dtype, bias=bias)


def _lazy(base, kind):
    """``Lazy<Kind>``, which becomes ``kind``."""
    doc = f"{kind.__name__} of as many channels as the first input has."
    name = f"Lazy{kind.__name__}"
    __all__.append(name)
    return type(name, (base, kind), {"becomes": kind, "__doc__": doc, "__module__": __name__})


__all__.append("LazyLinear")
LazyConv1d, LazyConv2d, LazyConv3d = (_lazy(_LazyConv, kind) for kind in (Conv1d, Conv2d, Conv3d))
LazyConvTranspose1d, LazyConvTranspose2d, LazyConvTranspose3d = (
    _lazy(_LazyConv, kind) for kind in (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)
)
LazyBatchNorm1d, LazyBatchNorm2d, LazyBatchNorm3d = (_lazy(_LazyNorm, kind) for kind in (BatchNorm1d, BatchNorm2d, BatchNorm3d))
LazyInstanceNorm1d, LazyInstanceNorm2d, LazyInstanceNorm3d = (
    _lazy(_LazyInstanceNorm, kind) for kind in (InstanceNorm1d, InstanceNorm2d, InstanceNorm3d)
)
