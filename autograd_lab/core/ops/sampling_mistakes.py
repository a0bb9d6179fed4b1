"""What words that rearrange and resize images ask of their arguments, in PyTorch's sentences."""

from __future__ import annotations

import math
import operator

from ..refusals import no_kernel
from ..signatures import refuse_inner
from .image_mistakes import demand, in_words

# ---------------------------------------------------------------------- columns


def sliding(x, kernel, dilation, padding, stride) -> None:
    """Windows of an image: sizes fit, and a window fits into the image."""
    if x._array.ndim < 3:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-x.dim()}, {x.dim() - 1}], but got {x.dim()})")
    _sliding(kernel, dilation, padding, stride)
    told = "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: "
    demand(x._array.ndim in (3, 4) and all(x._array.shape[-3:]), f"{told}{list(x.shape)}")
    spatial = x._array.shape[-2:]
    found = blocks(spatial, kernel, dilation, padding, stride)
    if min(found) < 1:
        raise RuntimeError(
            f"Given input with spatial size {spatial}, kernel_size={kernel}, dilation={dilation}, padding={padding}, calculated shape "
            f"of the array of sliding blocks as {found}, but its components must be at least one."
        )
    if x._array.dtype.kind in "iu":
        raise no_kernel("im2col_out_cpu", x._array.dtype)


def blocks(spatial, kernel, dilation, padding, stride) -> tuple[int, ...]:
    """How many windows fit along each dimension."""
    sizes = zip(spatial, kernel, dilation, padding, stride)
    return tuple((size + 2 * p - d * (k - 1) - 1) // s + 1 for size, k, d, p, s in sizes)


def folding(x, size, kernel, dilation, padding, stride) -> None:
    """Columns of windows: they have a window's elements, and there are as many as fit into the image."""
    _sliding(kernel, dilation, padding, stride)
    told = "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: "
    demand(x._array.ndim in (2, 3) and all(x._array.shape[-2:]), f"{told}{list(x.shape)}")
    rows, columns = x._array.shape[-2:]
    if rows % math.prod(kernel):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={rows} and kernel_size={kernel}."
        )
    found = blocks(size, kernel, dilation, padding, stride)
    if math.prod(found) != columns or min(found) < 1:
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={kernel}, dilation={dilation}, padding={padding}, stride={stride}, expected size of "
            f"input's dimension 2 to match the calculated number of sliding blocks {found[0]} * {found[1]} = {math.prod(found)}, but got "
            f"input.size(2)={columns}."
        )
    if x._array.dtype.kind in "iu":
        raise no_kernel("col2im_out_cpu", x._array.dtype)


def pair(name: str, value) -> tuple[int, ...]:
    """Two whole numbers, or one for both."""
    value = (value, value) if isinstance(value, int) else tuple(value)
    demand(len(value) == 2, f"It is expected {name} equals to 2, but got size {len(value)}")
    return tuple(map(operator.index, value))


def _sliding(kernel, dilation, padding, stride) -> None:
    for what, name, values in (
        ("kernel size", "kernel", kernel),
        ("stride", "stride", stride),
        ("dilation", "dilation", dilation),
    ):
        demand(min(values) > 0, f"{what} should be greater than zero, but got {in_words(2, name, values)}")
    demand(min(padding) >= 0, f"padding should be non-negative, but got {in_words(2, 'pad', padding)}")


# ---------------------------------------------------------------------- channels


def shuffling(word: str, x, factor: int) -> None:
    """A factor of at least 1, and an image with channels."""
    demand(
        x._array.ndim > 2,
        f"{word} expects input to have at least 3 dimensions, but got input with {x._array.ndim} dimension(s)",
    )
    name = "upscale_factor" if word == "pixel_shuffle" else "downscale_factor"
    demand(factor > 0, f"{word} expects a positive {name}, but got {factor}")


def channels(x, groups: int) -> None:
    """Groups of as many channels each."""
    demand(x._array.ndim > 2, f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(x.shape)}")
    demand(groups > 0, f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    c = x._array.shape[1]
    demand(c % groups == 0, f"Number of channels must be divisible by groups. Got {c} channels and {groups} groups.")


# ---------------------------------------------------------------------- sizes


def resizing(x, wanted, mode: str) -> None:
    """Both images have elements, of a dtype that the mode mixes."""
    spatial, n, shape = x._array.shape[2:], len(wanted), list(x.shape)
    if min(*spatial, *wanted) < 1:
        given, made = (", ".join(f"{axis}: {size}" for axis, size in zip("DHW"[3 - n :], v)) for v in (spatial, wanted))
        and_ = "and " if n == 1 else ""
        raise RuntimeError(f"Input and output sizes should be greater than 0, but got input ({given}) {and_}output ({made})")
    demand(x._array.shape[1], f"Non-empty {n + 2}D data tensor expected but got a tensor with sizes {shape}")
    dtype = x._array.dtype
    if dtype.kind not in "biu" or (dtype == "uint8" and mode.startswith("nearest")):
        return
    if dtype == "uint8":
        raise NotImplementedError(f"interpolate: mode='{mode}' is not supported for uint8; resize x.float(), then round it")
    weights = {"bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}.get(mode, mode.removesuffix("-exact"))
    plane = n == 2 and mode in ("nearest", "nearest-exact", "bilinear")
    exact = mode.replace("-exact", "_exact") if plane and mode == "nearest-exact" else mode
    kernel = f"upsample_{exact}2d_channels_last" if plane else f"compute_indices_weights_{weights}"
    raise no_kernel(kernel, dtype)


def counts(size, n: int) -> list[int]:
    """The whole numbers of a size, one for each dimension. TypeError of fractions."""
    given = list(size) if isinstance(size, (tuple, list)) else [size] * n
    try:
        return [operator.index(s) for s in given]
    except TypeError:
        kinds = [type(s) for s in given]
        told = f"expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got size with types {kinds}"
        raise TypeError(told) from None


_INNER = "+T:input; I?:output_size; {}F?:scale_factors | +T:input; I:output_size; {}"


def inner(mode: str, x, size, align_corners) -> None:
    """Raise what PyTorch's word for the ``mode`` says of sizes, or of a switch where it has one, of another kind."""
    n = x._array.ndim - 2
    if isinstance(size, (tuple, list)):
        counts(size, n)
    sizes = () if size is None else size if isinstance(size, (tuple, list)) else (size,)
    if type(align_corners) in (bool, type(None)) and all(type(s) is int and s < 2**63 for s in sizes):
        return  # it takes longer to ask than to compute
    listed = size if isinstance(size, (tuple, list)) or size is None else [size] * n
    scales = [1.0] * n if size is None else None
    if mode in ("nearest", "nearest-exact"):
        word = f"upsample_nearest{n}d" if mode == "nearest" else f"_upsample_nearest_exact{n}d"
        refuse_inner(word, _INNER.format("", "f?:scales=None"), (x, listed, scales))
    elif mode != "area":
        switch = False if align_corners is None else align_corners
        written = _INNER.format("b:align_corners; ", "b:align_corners; f?:scales=None")
        refuse_inner(f"upsample_{mode}{n}d", written, (x, listed, switch, scales))


# ---------------------------------------------------------------------- places


def sampling(x, grid) -> None:
    """A grid of as many coordinates as the image has dimensions, of the image's batch and dtype."""
    (mine, theirs), n = (list(t.shape) for t in (x, grid)), x._array.ndim - 2
    said = "grid_sampler(): expected"
    both = f"input with sizes {mine} and grid with sizes {theirs}"
    demand(mine[:1] == theirs[:1], f"{said} grid and input to have same batch size, but got {both}")
    demand(theirs[-1] == n, f"{said} grid to have size {n} in last dimension, but got grid with sizes {theirs}")
    for dim, size in enumerate(mine[2:], 2):
        told = f"{said} input to have non-empty spatial dimensions, but input has sizes {mine} with dimension {dim} being empty"
        demand(size, told)
    demand(n in (2, 3) and grid._array.ndim == n + 2, f"{said} {'4D' if n == 2 else '5D'} input and grid with same number of "
           f"dimensions, but got {both}")  # fmt: skip
    if x._array.dtype.kind in "biuc":
        raise no_kernel("grid_sampler_2d_cpu_kernel_impl" if n == 2 else "grid_sampler3d_cpu", x._array.dtype)
    demand(x.dtype is grid.dtype, f"expected scalar type {x.dtype.kind} but found {grid.dtype.kind}")


def mapping(theta, size) -> None:
    """A batch of affine maps of the plane or of space, for a size with elements."""
    if theta._array.dtype.kind in "biu":
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    n = len(size) - 2
    if n not in (2, 3):
        told = "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively."
        raise NotImplementedError(f"{told} Got size {size}.")
    if theta._array.ndim != 3 or theta._array.shape[1:] != (n, n + 1):
        shape = f"Nx{n}x{n + 1}"
        raise ValueError(f"Expected a batch of {n}D affine matrices of shape {shape} for size {size}. Got {theta.shape}.")
    if min(size[2:]) < 1 or min(size) < 1:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")


# ---------------------------------------------------------------------- borders


def bordering(x, sizes, mode: str, value) -> None:
    """An image with elements; borders go round it no more than once and leave something of it."""
    demand(not value, f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode != "circular":
        if not all(x._array.shape[x._array.ndim - len(sizes) // 2 - 1 :]):
            n = len(sizes) // 2 + 1
            told = f"Expected {n}D or {n + 1}D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input"
            raise RuntimeError(f"{told}, but got: {list(x.shape)}")
    for i in range(len(sizes) // 2):
        before, after, n = sizes[2 * i], sizes[2 * i + 1], x._array.shape[-1 - i]
        if mode == "circular":
            demand(max(before, after) <= n, "Padding value causes wrapping around more than once.")
            demand(n + before + after > 0 or not (before or after), "Negative padding value is resulting in an empty dimension")
        else:
            told = f"Trying to create tensor with negative dimension {n + before + after}: "
            demand(
                n + before + after >= 0, f"{told}{[*x.shape[: x.dim() - 1 - i], n + before + after, *x.shape[x.dim() - i :]]}"
            )
