"""Convolution in any number of dimensions: three products of an image, a kernel and a result, each the others' rule.

``convolve`` is the result from image and kernel, ``convolve_back`` the image from result and kernel, ``convolve_kernel`` the
kernel from image and result. Each is linear in both operands, so that the gradient of one is a call of another, again and
again. All read windows of the image (``windows_of``) and are one matrix product per group; where a group has one channel, see
depthwise.py.
"""

from __future__ import annotations

import math
import operator

import numpy as np

from .. import dtypes
from ..device import beside
from ..primitive import primitive
from ..signatures import kind_of
from ..telling import tell_once
from ..too_large import not_a_long
from . import depthwise, image_mistakes
from .masked import made_with
from .told import told

# ---------------------------------------------------------------------- windows: what convolution and pooling look through


def extent(size: int, kernel: int, stride: int, dilation: int) -> int:
    """How many windows fit."""
    return (size - dilation * (kernel - 1) - 1) // stride + 1


def places(shape, kernel, stride, dilation):
    """For each spatial dimension the positions (windows, places in a window), and the key that takes them all."""
    n, key = len(kernel), [slice(None)] * (len(shape) - len(kernel))
    for i, (size, k, s, d) in enumerate(zip(shape[-n:], kernel, stride, dilation)):
        at = np.arange(max(extent(size, k, s, d), 0))[:, None] * s + np.arange(k) * d
        axes = [1] * (2 * n)
        axes[i], axes[n + i] = at.shape
        key.append(at.reshape(axes))
    return tuple(key)


@primitive(name="Im2ColBackward0")
def windows_of(xp, x, *, kernel, stride, dilation):
    """(..., *spatial) -> (..., *windows, *kernel): every window of x."""
    if xp.np is not np or not x.size:
        return xp.take(x, places(x.shape, kernel, stride, dilation))
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation))
    n = len(kernel)
    seen = np.lib.stride_tricks.sliding_window_view(x, reach, tuple(range(-n, 0)))
    lead = (slice(None),) * (x.ndim - n)
    return seen[(*lead, *(slice(None, None, s) for s in stride), *(slice(None, None, d) for d in dilation))]


@windows_of.vjp("x")
def windows_x(xp, g, x_shape, kernel, stride, dilation):
    return xp.windows_back(g, tuple(x_shape), kernel, stride, dilation)


@primitive(name="Col2ImBackward0")
def windows_back(xp, g, *, shape, kernel, stride, dilation):
    """Every window's elements added up where they came from: the transpose of ``windows_of``."""
    n, out = len(kernel), beside(xp.zeros(shape, g.dtype), g)
    counts = g.shape[-2 * n : -n]
    for place, at in depthwise.taps(kernel, counts, stride, dilation):
        part = g[(..., *place)]
        if isinstance(out, np.ndarray):
            out[(..., *at)] += part
        else:
            out = out.at[(..., *at)].add(part)
    return out


@windows_back.vjp("g")
def windows_back_g(xp, g, kernel, stride, dilation):
    return xp.windows_of(g, kernel, stride, dilation)


# ---------------------------------------------------------------------- the three products


def _grouped(xp, x, groups):
    """(N, C, ...) -> (N, groups, C / groups, ...)."""
    return xp.reshape(x, (x.shape[0], groups, x.shape[1] // groups, *x.shape[2:]))


def _multiplied(weight, groups):
    """(groups * M, 1, *kernel) -> (groups, M, *kernel), where each group has one channel."""
    return weight.reshape(groups, len(weight) // groups, *weight.shape[2:])


def _padded(xp, x, padding):
    return xp.np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding))) if any(padding) else x


def _columns(xp, x, kernel, stride, padding, dilation, groups, counts=None):
    """Windows of the padded image (the first ``counts``) as matrices: (groups, N * windows, C / groups * kernel)."""
    x, n = _padded(xp, x, padding), len(kernel)
    seen = _grouped(xp, windows_of.forward(xp, x, kernel=kernel, stride=stride, dilation=dilation), groups)
    if counts is not None:
        seen = seen[(slice(None),) * 3 + tuple(slice(c) for c in counts)]
    order = (1, 0, *range(3, 3 + n), 2, *range(3 + n, 3 + 2 * n))
    counts = seen.shape[3 : 3 + n]
    flat = xp.reshape(xp.permute(seen, order), (groups, seen.shape[0] * math.prod(counts), seen.shape[2] * math.prod(kernel)))
    return flat, counts


def _kernels(xp, weight, groups):
    """(O, C / groups, *kernel) -> (groups, C / groups * kernel, O / groups)."""
    o, rest = weight.shape[0], math.prod(weight.shape[1:])
    return xp.permute(xp.reshape(weight, (groups, o // groups, rest)), (0, 2, 1))


def _results(xp, g, groups):
    """(N, O, *windows) -> (groups, N * windows, O / groups)."""
    n, o, windows = g.shape[0], g.shape[1], math.prod(g.shape[2:])
    return xp.reshape(
        xp.permute(xp.reshape(g, (n, groups, o // groups, windows)), (1, 0, 3, 2)), (groups, n * windows, o // groups)
    )


@primitive(name="ConvolutionBackward0")
def convolve(xp, x, weight, bias, *, stride, padding, dilation, groups):
    """(N, C, *spatial) and (O, C / groups, *kernel) -> (N, O, *windows), a bias (O,) or 0 added."""
    if depthwise.is_depthwise(xp, x.shape[1], groups):
        x = _padded(xp, x, padding)
        counts = tuple(map(extent, x.shape[2:], weight.shape[2:], stride, dilation))
        out = depthwise.result_of(x, _multiplied(weight, groups), counts, stride, dilation)
        return _shifted(xp, out.reshape(len(x), len(weight), *counts), bias)
    flat, counts = _columns(xp, x, weight.shape[2:], stride, padding, dilation, groups)
    out = xp.matmul(flat, _kernels(xp, weight, groups))
    n, o = x.shape[0], weight.shape[0]
    out = xp.permute(xp.reshape(out, (groups, n, math.prod(counts), o // groups)), (1, 0, 3, 2))
    return _shifted(xp, xp.reshape(out, (n, o, *counts)), bias)


def _shifted(xp, out, bias):
    return out + xp.reshape(bias, (1, -1, *(1,) * (out.ndim - 2))) if np.ndim(bias) else out


# Each rule has both operands saved, as PyTorch does, so that a write to either is noticed, whatever it reads of them.


@convolve.vjp("bias", recorded=made_with("ConvolutionBackward0", "bias"), beside=2)
def convolve_bias(xp, g, x, weight, bias_shape):
    return xp.sum(g, (0, *range(2, len(g.shape))), False) if bias_shape else xp.sum(g) * 0  # a number stands for none


@convolve.vjp("x")
def convolve_x(xp, g, weight, x, x_shape, stride, padding, dilation, groups):
    return xp.convolve_back(g, weight, 0.0, tuple(x_shape), stride, padding, dilation, groups)


@convolve.vjp("weight")
def convolve_weight(xp, g, x, weight, weight_shape, stride, padding, dilation, groups):
    return xp.convolve_kernel(x, g, tuple(weight_shape), stride, padding, dilation, groups)


@primitive(name="ConvolutionBackward0")
def convolve_back(xp, result, weight, bias, *, shape, stride, padding, dilation, groups):
    """The image of ``shape`` whose windows are the results times the kernels: a transposed convolution."""
    kernel, n, counts = weight.shape[2:], len(weight.shape) - 2, result.shape[2:]
    padded = (*shape[:2], *(s + 2 * p for s, p in zip(shape[2:], padding)))
    if depthwise.is_depthwise(xp, shape[1], groups):
        out = depthwise.image_of(_grouped(xp, result, groups), _multiplied(weight, groups), padded, stride, dilation)
    else:
        flat = xp.matmul(_results(xp, result, groups), xp.permute(_kernels(xp, weight, groups), (0, 2, 1)))
        seen = xp.reshape(flat, (groups, result.shape[0], *counts, weight.shape[1], *kernel))
        seen = xp.permute(seen, (1, 0, 2 + n, *range(2, 2 + n), *range(3 + n, 3 + 2 * n)))
        seen = xp.reshape(seen, (result.shape[0], shape[1], *counts, *kernel))
        out = windows_back.forward(xp, seen, shape=padded, kernel=kernel, stride=stride, dilation=dilation)
    out = xp.take(out, (..., *(slice(p, p + s) for p, s in zip(padding, shape[2:])))) if any(padding) else out
    return _shifted(xp, out, bias)


@convolve_back.vjp("bias", recorded=made_with("ConvolutionBackward0", "bias"), beside=2)
def convolve_back_bias(xp, g, result, weight, bias_shape):
    return xp.sum(g, (0, *range(2, len(g.shape))), False) if bias_shape else xp.sum(g) * 0  # a number stands for none


@convolve_back.vjp("result")
def convolve_back_result(xp, g, weight, result, result_shape, shape, stride, padding, dilation, groups):  # see saved_words.py
    whole = xp.convolve(g, weight, 0.0, stride, padding, dilation, groups)
    return xp.take(whole, (..., *(slice(n) for n in result_shape[2:])))


@convolve_back.vjp("weight")
def convolve_back_weight(xp, g, result, weight, weight_shape, stride, padding, dilation, groups):
    return xp.convolve_kernel(g, result, tuple(weight_shape), stride, padding, dilation, groups)


@primitive(name="ConvolutionBackward0")
def convolve_kernel(xp, x, result, *, shape, stride, padding, dilation, groups):
    """The kernels of ``shape`` as sums over windows times results."""
    if depthwise.is_depthwise(xp, x.shape[1], groups):
        out = depthwise.kernel_of(_padded(xp, x, padding), _grouped(xp, result, groups), shape[2:], stride, dilation)
        return out.reshape(shape)
    flat, _ = _columns(xp, x, shape[2:], stride, padding, dilation, groups, result.shape[2:])
    out = xp.matmul(xp.permute(_results(xp, result, groups), (0, 2, 1)), flat)
    return xp.reshape(out, shape)


@convolve_kernel.vjp("x")
def convolve_kernel_x(xp, g, result, x_shape, stride, padding, dilation, groups):
    return xp.convolve_back(result, g, 0.0, tuple(x_shape), stride, padding, dilation, groups)


@convolve_kernel.vjp("result")
def convolve_kernel_result(xp, g, x, result_shape, stride, padding, dilation, groups):
    whole = xp.convolve(x, g, 0.0, stride, padding, dilation, groups)
    return xp.take(whole, (..., *(slice(n) for n in result_shape[2:])))


# ---------------------------------------------------------------------- the words


_LARGEST = 2**63 - 1


def _each(value, n, name):
    """``value`` once for each spatial dimension."""
    if isinstance(value, int):
        if value > _LARGEST:
            raise not_a_long()
        return (value,) * n
    try:
        value = tuple(operator.index(v) for v in value)
    except TypeError:
        raise TypeError(f"argument '{name}' must be an int or a tuple of ints, not {kind_of(value)}") from None
    if len(value) == 1:
        return value * n
    if len(value) != n:
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {n} values to match the convolution dimensions, but got "
            f"{name}={list(value)}"
        )
    return value


def _checked(name, x, weight, bias, stride, n, groups, transposed=False):
    if x._array.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {name}, but got input of size: {list(x.shape)}"
        )
    if weight._array.ndim < 3:
        raise RuntimeError("weight should have at least three dimensions")
    if weight._array.ndim != n + 2 and n == 1:
        told = f"{weight._array.ndim}-dimensional weight {list(weight.shape)}, but got 3-dimensional input"
        sizes = [1] * (3 - x._array.ndim) + list(x.shape)
        raise RuntimeError(f"Expected {weight._array.ndim}-dimensional input for {told} of size {sizes} instead")
    if weight._array.ndim != n + 2:
        told = f"list of {weight._array.ndim - 2} values to match the convolution dimensions, but got stride={list(stride)}"
        raise RuntimeError(f"expected stride to be a single integer value or a {told}")
    image_mistakes.weights(weight, groups)
    channels, wanted = x._array.shape[-n - 1], weight._array.shape[0] if transposed else weight._array.shape[1] * groups
    how = "transposed=1" if transposed else f"groups={groups}"
    if channels != wanted:
        raise RuntimeError(
            f"Given {how}, weight of size {list(weight.shape)}, expected input{list(x.shape)} to have {wanted} channels, "
            f"but got {channels} channels instead"
        )
    made = weight._array.shape[1] * groups if transposed else weight._array.shape[0]
    if bias is not None and bias._array.shape != (made,):
        raise RuntimeError(
            f"Given {'transposed=1, ' * transposed}weight of size {list(weight.shape)}, expected bias to be 1-dimensional with "
            f"{made} elements, but got bias of size {list(bias.shape)} instead"
        )


def _check_alike(x, weight, bias):
    """Raise what PyTorch raises where dtypes differ."""
    own = x._array.dtype
    if bias is not None and bias._array.dtype != own:
        given, other = (dtypes.BY_NUMPY[d].kind.lower() for d in (own, bias._array.dtype))
        raise RuntimeError(f"Input type ({given}) and bias type ({other}) should be the same")
    if weight._array.dtype != own:
        given, other = (dtypes.BY_NUMPY[d].kind for d in (own, weight._array.dtype))
        raise RuntimeError(f"expected scalar type {given} but found {other}")


def _check_fit(x, weight, bias, padding, dilation):
    """Raise what PyTorch raises where a kernel is larger than the padded image, or dtypes differ."""
    _check_alike(x, weight, bias)
    sizes = [n + 2 * p for n, p in zip(x._array.shape[2:], padding)]
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, weight._array.shape[2:])]
    if any(n < r for n, r in zip(sizes, reach)):
        size, kernel = (" x ".join(map(str, v)) for v in (sizes, reach))
        raise RuntimeError(
            f"Calculated padded input size per channel: ({size}). Kernel size: ({kernel}). Kernel size can't be greater than actual "
            "input size"
        )


def conv(n):
    """The word for ``n`` spatial dimensions."""
    name = f"conv{n}d"

    def word(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        stride, dilation = _each(stride, n, "stride"), _each(dilation, n, "dilation")
        _checked(name, input, weight, bias, stride, n, groups)
        batched = input._array.ndim == n + 2
        x = input if batched else input.unsqueeze(0)
        if padding == "valid":
            padding = 0
        if padding == "same":
            if any(s != 1 for s in stride):
                raise RuntimeError("padding='same' is not supported for strided convolutions")
            total = [d * (k - 1) for d, k in zip(dilation, weight._array.shape[2:])]
            if any(t % 2 for t in total):
                tell_once(
                    "Using padding='same' with even kernel lengths and odd dilation may require a zero-padded copy of the input be created"
                )
                x = pad_constant(x, [p for t in reversed(total) for p in (0, t % 2)], 0)
            padding = [t // 2 for t in total]
        elif isinstance(padding, str):
            raise RuntimeError(f"Invalid padding string: {padding!r}")
        padding = _each(padding, n, "padding")
        image_mistakes.convolving(weight, stride, padding, dilation, False)
        _check_fit(x, weight, bias, padding, dilation)
        if not x._array.shape[1]:  # PyTorch makes no channels of none
            weight, bias = weight.narrow(0, 0, 0), None if bias is None else bias.narrow(0, 0, 0)
        out = convolve.call(x, weight, 0.0 if bias is None else bias, stride, padding, dilation, groups)
        return out if batched else out.squeeze(0)

    word.__name__ = word.__qualname__ = name
    word.__doc__ = f"Convolution over {n} spatial dimension{'s' * (n > 1)}: (N, C, ...) with kernels (O, C / groups, ...)."
    return word


def conv_transpose(n):
    """The word for ``n`` spatial dimensions."""
    name = f"conv_transpose{n}d"

    def word(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
        stride, padding, more, dilation = (_each(v, n, w) for v, w in zip(
            (stride, padding, output_padding, dilation), ("stride", "padding", "output_padding", "dilation")))  # fmt: skip
        _checked(name, input, weight, bias, stride, n, groups, True)
        image_mistakes.convolving(weight, stride, padding, dilation, True)
        batched = input._array.ndim == n + 2
        x = input if batched else input.unsqueeze(0)
        kernel = weight._array.shape[2:]
        spatial = tuple((size - 1) * s - 2 * p + d * (k - 1) + o + 1 for size, s, p, d, k, o in zip(
            x._array.shape[2:], stride, padding, dilation, kernel, more))  # fmt: skip
        _check_alike(x, weight, bias)
        image_mistakes.transposing(x._array.shape[2:], spatial, stride, more, dilation)
        shape = (x._array.shape[0], weight._array.shape[1] * groups, *spatial)
        out = convolve_back.call(x, weight, 0.0 if bias is None else bias, shape, stride, padding, dilation, groups)
        return out if batched else out.squeeze(0)

    word.__name__ = word.__qualname__ = name
    word.__doc__ = f"Transposed convolution over {n} spatial dimension{'s' * (n > 1)}: the gradient of conv{n}d with its input."
    return word


# ---------------------------------------------------------------------- padding


@primitive(name="ConstantPadNdBackward0")
def padded(xp, x, *, before, after, value):
    """x with ``value`` around it; negative sizes cut off."""
    cut = xp.take(x, tuple(slice(max(-b, 0), n - max(-a, 0)) for b, a, n in zip(before, after, x.shape)))
    return xp.np.pad(cut, [(max(b, 0), max(a, 0)) for b, a in zip(before, after)], constant_values=value)


@padded.vjp("x")
def padded_x(xp, g, before, after):
    return xp.padded(g, tuple(-b for b in before), tuple(-a for a in after), 0)


def pad_constant(x, pad, value=0):
    """x with ``value`` around it: ``pad`` lists (before, after) from the last dimension on."""
    lead = x._array.ndim - len(pad) // 2
    before = (0,) * lead + tuple(reversed([int(p) for p in pad[::2]]))
    after = (0,) * lead + tuple(reversed([int(p) for p in pad[1::2]]))
    if any(n + b + a < 0 for n, b, a in zip(x._array.shape, before, after)):
        raise RuntimeError("narrow(): length must be non-negative.")
    dtype, value = x._array.dtype, value or 0
    if dtype.kind == "u" and value < 0:
        raise dtypes.unfit(dtype)
    return told(padded.call(x, before, after, dtypes.held(value, dtype)), pad=tuple(map(int, pad)))
