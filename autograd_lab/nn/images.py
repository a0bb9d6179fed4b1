"""Functions of images: convolution, pooling, sampling, borders."""

from __future__ import annotations

import functools
import math
import warnings

from ..core.ops import convolution as _conv
from ..core.ops import fractional as _fractional
from ..core.ops import image_shapes as _shapes
from ..core.ops import pooling as _pool
from ..core.ops import sampling_mistakes as _asked
from ..core.ops import told as _arguments
from ..core.ops.resampling import affine_grid, grid_sample, interpolate
from ..core.refusals import no_kernel
from ..core.signatures import kind_of
from ..core.tensor import Tensor

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "affine_grid",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "channel_shuffle",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "fold",
    "fractional_max_pool2d",
    "fractional_max_pool2d_with_indices",
    "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices",
    "grid_sample",
    "interpolate",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    "pad",
    "pixel_shuffle",
    "pixel_unshuffle",
    "unfold",
    "upsample",
    "upsample_bilinear",
    "upsample_nearest",
]

conv1d, conv2d, conv3d = (_conv.conv(n) for n in (1, 2, 3))
conv_transpose1d, conv_transpose2d, conv_transpose3d = (_conv.conv_transpose(n) for n in (1, 2, 3))
avg_pool1d, avg_pool2d, avg_pool3d = (_pool.avg_pool(n) for n in (1, 2, 3))
max_pool1d, max_pool2d, max_pool3d = (_pool.max_pool(n) for n in (1, 2, 3))
max_unpool1d, max_unpool2d, max_unpool3d = (_pool.max_unpool(n) for n in (1, 2, 3))
adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = (_pool.adaptive_avg_pool(n) for n in (1, 2, 3))
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = (_pool.adaptive_max_pool(n) for n in (1, 2, 3))


fractional_max_pool2d, fractional_max_pool3d = map(_fractional.fractional_max_pool, (2, 3))


def _with_indices(word):
    @functools.wraps(word)
    def with_indices(*args, **kwargs):
        kwargs.pop("return_indices", None)
        return word(*args, **kwargs, return_indices=True)

    with_indices.__name__ = with_indices.__qualname__ = f"{word.__name__}_with_indices"
    with_indices.__doc__ = f"``{word.__name__}`` and where the largest stand."
    return with_indices


max_pool1d_with_indices, max_pool2d_with_indices, max_pool3d_with_indices = map(
    _with_indices, (max_pool1d, max_pool2d, max_pool3d)
)
adaptive_max_pool1d_with_indices, adaptive_max_pool2d_with_indices, adaptive_max_pool3d_with_indices = map(
    _with_indices, (adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d)
)
fractional_max_pool2d_with_indices, fractional_max_pool3d_with_indices = map(
    _with_indices, (fractional_max_pool2d, fractional_max_pool3d)
)


def _lp_pool(n: int):
    mean = (avg_pool1d, avg_pool2d, avg_pool3d)[n - 1]

    def word(input, norm_type, kernel_size, stride=None, ceil_mode=False):
        cells = math.prod(_conv._each(kernel_size, n, "kernel_size"))
        out = mean(input**norm_type, kernel_size, stride, 0, ceil_mode)
        return ((out.sign() * out.abs().relu()) * cells) ** (1.0 / norm_type)

    word.__name__ = word.__qualname__ = f"lp_pool{n}d"
    word.__doc__ = f"The p-norm of every window over {n} spatial dimensions."
    return word


lp_pool1d, lp_pool2d, lp_pool3d = map(_lp_pool, (1, 2, 3))


def upsample(input: Tensor, size=None, scale_factor=None, mode: str = "nearest", align_corners: bool | None = None) -> Tensor:
    """``interpolate`` by an older name."""
    warnings.warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size=None, scale_factor=None) -> Tensor:
    """A larger image, each element repeated."""
    warnings.warn("`nn.functional.upsample_nearest` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input: Tensor, size=None, scale_factor=None) -> Tensor:
    """A larger image, straight lines between elements, corners on corners."""
    warnings.warn("`nn.functional.upsample_bilinear` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, "bilinear", align_corners=True)


def pad(input: Tensor, pad, mode: str = "constant", value: float | None = None) -> Tensor:
    """``input`` with a border: ``pad`` lists (before, after) from the last dimension on."""
    if not isinstance(pad, (tuple, list)):
        raise TypeError(f"pad(): argument 'pad' (position 2) must be tuple of ints, not {kind_of(pad)}")
    for i, p in enumerate(pad):
        if isinstance(p, float):
            raise TypeError(
                f"pad(): argument 'pad' (position 2) must be tuple of ints, but found element of type float at pos {i}"
            )
    sizes = [int(p) for p in pad]
    if len(sizes) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(sizes) > 2 * input._array.ndim:
        told = f"but got padding length {len(sizes)} and input of dimension {input._array.ndim}"
        raise RuntimeError(f"Padding length should be less than or equal to two times the input dimension {told}")
    if mode == "constant":
        if isinstance(value, complex):
            raise TypeError("pad(): argument 'value' (position 4) must be float, not complex")
        return _conv.pad_constant(input, sizes, value)
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    n = len(sizes)
    if n not in (2, 4, 6) or input._array.ndim not in (n // 2 + 1, n // 2 + 2):
        raise NotImplementedError(
            f"Padding size {n} is not supported for {input._array.ndim}D input tensor.\nSupported combinations for non-constant "
            "padding:\n  - 2D or 3D input: padding size = 2 (pads last dimension)\n  - 3D or 4D input: padding size = 4 (pads last 2 "
            "dimensions)\n  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
        )
    if input._array.dtype.kind == "b" and mode != "circular":
        raise no_kernel(f"{'reflection' if mode == 'reflect' else 'replication'}_pad{n // 2}d", input._array.dtype)
    _asked.bordering(input, sizes, mode, value)
    if mode == "circular":
        return _padded_around(input, sizes)
    places = []
    for i in range(len(sizes) // 2):
        before, after, dim = sizes[2 * i], sizes[2 * i + 1], input._array.ndim - 1 - i
        n = input._array.shape[dim]
        if mode == "reflect" and max(before, after) >= n:
            raise RuntimeError(
                f"Argument #4: Padding size should be less than the corresponding input dimension, but got: padding ({before}, "
                f"{after}) at dimension {dim} of input {list(input.shape)}"
            )
        places.insert(0, _PLACES[mode](n, before, after))
    return _arguments.told(
        _shapes.bordered("reflection" if mode == "reflect" else "replication", input, places), padding=tuple(pad)
    )


_PLACES = {"reflect": _shapes.reflected, "replicate": _shapes.replicated}


def _padded_around(input: Tensor, sizes) -> Tensor:
    """A border from the other side around: the image written into a larger one, then its sides, as PyTorch does it.

    The sides are copied from what is written already, so that a corner is the corner that lies opposite.
    """
    dims = [(-1 - i, sizes[2 * i], sizes[2 * i + 1]) for i in range(len(sizes) // 2)]  # the last first; negative sizes cut
    shape = list(input.shape)
    for dim, before, after in dims:
        shape[dim] += before + after
    out = input.new_empty(shape)
    middle, kept = out, input
    for dim, before, after in dims:
        length = shape[dim] - max(before, 0) - max(after, 0)
        middle, kept = middle.narrow(dim, max(before, 0), length), kept.narrow(dim, max(-before, 0), length)
    middle.copy_(kept)
    for dim, before, after in dims:
        if before > 0:
            out.narrow(dim, 0, before).copy_(out.narrow(dim, shape[dim] - before - max(after, 0), before))
        if after > 0:
            out.narrow(dim, shape[dim] - after, after).copy_(out.narrow(dim, max(before, 0), after))
    return out


def unfold(input: Tensor, kernel_size, dilation=1, padding=0, stride=1) -> Tensor:
    """(N, C, H, W) -> (N, C * kernel, windows): every window as a column."""
    names = {"kernel_size": kernel_size, "dilation": dilation, "padding": padding, "stride": stride}
    kernel, dilation, padding, stride = (_asked.pair(*v) for v in names.items())
    _asked.sliding(input, kernel, dilation, padding, stride)
    return _shapes.columns_of.call(input, kernel, dilation, padding, stride)


def fold(input: Tensor, output_size, kernel_size, dilation=1, padding=0, stride=1) -> Tensor:
    """(N, C * kernel, windows) -> (N, C, H, W): columns added up where their windows lie."""
    names = {"output_size": output_size, "kernel_size": kernel_size, "dilation": dilation, "padding": padding, "stride": stride}
    size, kernel, dilation, padding, stride = (_asked.pair(*v) for v in names.items())
    _asked.folding(input, size, kernel, dilation, padding, stride)
    return _shapes.image_of.call(input, tuple(size), kernel, dilation, padding, stride)


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """(..., C r², H, W) -> (..., C, H r, W r)."""
    _asked.shuffling("pixel_shuffle", input, upscale_factor)
    r, c = upscale_factor, input._array.shape[-3]
    if c % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but "
            f"input.size(-3)={c} is not divisible by {r * r}"
        )
    return _shapes.pixel_shuffle.call(input, r)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """(..., C, H r, W r) -> (..., C r², H, W)."""
    _asked.shuffling("pixel_unshuffle", input, downscale_factor)
    r, (h, w) = downscale_factor, input._array.shape[-2:]
    for word, n, dim in (("height", h, -2), ("width", w, -1)):
        if n % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {word} to be divisible by downscale_factor, but input.size({dim})={n} is not divisible by {r}"
            )
    return _shapes.pixel_unshuffle.call(input, r)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Channels of the groups in turn."""
    _asked.channels(input, groups)
    return _shapes.channel_shuffle.call(input, groups)
