"""Pooling: the mean or the largest of every window; windows of adaptive pooling differ in size."""

from __future__ import annotations

import functools
import math
import operator

import numpy as np

from ..device import beside, looked_at, values_of
from ..mistakes import dimension
from ..namespaces import NUMPY, TENSORS
from ..node import apart
from ..places import watch
from ..primitive import primitive
from ..refusals import no_kernel
from ..several import several
from ..tensor import wrap
from ..too_large import checked_longs
from . import image_mistakes
from .convolution import _each, extent, pad_constant, windows_of
from .create import leaf
from .index import along
from .masked import level, level_of
from .resampling import resample
from .scattering import scatter_at
from .told import told_of_windows

# ---------------------------------------------------------------------- means


@primitive(name="AvgPool2DBackward0", overload=("len(kernel) == 3", "AvgPool3DBackward0"))
def mean_windows(xp, x, *, kernel, stride, weights):
    """The sum of every window, times the weight of that window."""
    seen = windows_of.forward(xp, x, kernel=kernel, stride=stride, dilation=(1,) * len(kernel))
    if xp is NUMPY and math.prod(kernel) <= _FEW:  # NumPy adds whole planes faster than it sums many short windows
        total = functools.reduce(operator.add, (seen[(..., *at)] for at in np.ndindex(*kernel)))
    else:
        total = xp.sum(seen, tuple(range(-len(kernel), 0)), False)
    return total * weights


_FEW = 64  # elements of a window


_LEVELS = {n: level(f"avg_pool{n}d_backward") for n in (2, 3)}
TENSORS.register("avg_pool_backward", lambda grad, x: _LEVELS[3 if x.ndim == 5 else 2].call(grad, x))


@mean_windows.vjp("x", recorded="avg_pool_backward")
def mean_windows_x(xp, g, x, x_shape, kernel, stride, weights):  # x is saved as in PyTorch, so that a write to it is noticed
    counts = tuple(g.shape)
    g = xp.expand(xp.reshape(g * weights, counts + (1,) * len(kernel)), counts + tuple(kernel))
    return xp.windows_back(g, tuple(x_shape), kernel, stride, (1,) * len(kernel))


def _ceiled(size, kernel, stride, padding, dilation, ceil_mode):
    """(how many windows, how much to pad behind so that they fit)."""
    whole = size + 2 * padding
    count = extent(whole, kernel, stride, dilation)
    if ceil_mode:
        count = -((dilation * (kernel - 1) + 1 - whole) // stride) + 1
        if (count - 1) * stride >= size + padding:
            count -= 1
    return count, max((count - 1) * stride + dilation * (kernel - 1) + 1 - whole, 0) + padding


def _is_one(output_size):
    return isinstance(output_size, int) and output_size == 1


def _ranked(word, n):
    """``word`` for images and batches of them; a line is pooled as a plane one row high, as in PyTorch."""

    @functools.wraps(word)
    def outer(input, *args, **kwargs):
        if n > 1 and input._array.ndim <= n and word.__name__.startswith("adaptive_avg") and _is_one(*args, **kwargs):
            if input._array.ndim < n:  # PyTorch takes the mean of the last dimensions, whatever lies before
                raise dimension(-n, input._array.ndim)
            return input.mean(tuple(range(-n, 0)), True)
        if input._array.ndim not in (n + 1, n + 2):
            raise image_mistakes.rank(word.__name__, input, n)
        return word(input, *args, **kwargs)

    outer.__qualname__ = word.__name__
    return outer


def _whole(input, n):
    """The batch of images that checks speak of: one, of an image alone."""
    return input if input._array.ndim == n + 2 else wrap(input._array[None])


def _in_plane(n, x, pooled):
    """``pooled(x)``, by way of a plane one row high for a line."""
    if n > 1:
        return pooled(x)
    out = pooled(x.unsqueeze(-2))
    return tuple(o.squeeze(-2) for o in out) if isinstance(out, tuple) else out.squeeze(-2)


def avg_pool(n):
    """The word for ``n`` spatial dimensions."""

    def word(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
        image_mistakes.pooling_sizes(f"avg_pool{n}d", n, kernel_size=kernel_size, stride=stride, padding=padding)
        kernel = _each(kernel_size, n, "kernel_size")
        given = () if stride is None or stride in ((), []) else _each(stride, n, "stride")
        stride = given or kernel
        padding = _each(padding, n, "padding")
        whole, spatial = _whole(input, n), input._array.shape[-n:]
        image_mistakes.pooling(f"avg_pool{n}d", whole, kernel, stride, padding, (1,) * n)
        if isinstance(divisor_override, float):
            raise TypeError(f"avg_pool{n}d(): argument 'divisor_override' must be int, not float")
        checked_longs(divisor_override)
        if divisor_override == 0:
            raise RuntimeError("divisor must be not zero")
        found = [_ceiled(*v, 1, ceil_mode) for v in zip(spatial, kernel, stride, padding)]
        image_mistakes.fitting(f"avg_pool{n}d", whole, [windows for windows, _ in found])
        x = input
        if any(padding) or any(after for _, after in found):
            x = pad_constant(input, [p for (_, after), before in reversed(list(zip(found, padding))) for p in (before, after)])
        sizes = []
        for size, k, s, p, (count, _) in zip(spatial, kernel, stride, padding, found):
            start = np.arange(count) * s - p
            end = np.minimum(start + k, size + p)
            sizes.append(end - start if count_include_pad else np.minimum(end, size) - np.maximum(start, 0))
        cells = np.ones((1,) * n)
        for i, size in enumerate(sizes):
            cells = cells * size.reshape([-1 if i == j else 1 for j in range(n)])
        if input._array.dtype.kind in "biu":
            return _whole_means(x, kernel, stride, cells if divisor_override is None else divisor_override)
        weights = (1 / cells if divisor_override is None else np.full(cells.shape, 1 / divisor_override)).astype(x._array.dtype)
        asked = {"kernel_size": kernel, "stride": given if n > 1 else stride, "padding": padding}
        words = {"ceil_mode": ceil_mode, "count_include_pad": count_include_pad, "divisor_override": divisor_override}
        kernel, stride = (kernel, stride) if n > 1 else ((1, *kernel), (1, *stride))
        return _in_plane(n, x, lambda x: told_of_windows(mean_windows.call(x, kernel, stride, weights), n, asked, **words))

    word.__name__, word.__doc__ = f"avg_pool{n}d", f"The mean of every window over {n} spatial dimensions."
    return _ranked(word, n)


def _whole_means(x, kernel, stride, cells):
    """Means of integers, cut off towards 0."""
    if x._array.dtype != np.int64:
        raise no_kernel(f"avg_pool{max(len(kernel), 2)}d", x._array.dtype)
    total = mean_windows.call(x, kernel, stride, np.int64(1))
    return leaf(np.trunc(total._array / cells).astype(np.int64))


# ---------------------------------------------------------------------- largest


def chosen_of(node):
    n = 3 if "3D" in node else 2

    def chosen(xp, x, *, index):
        lead, places = tuple(x.shape[:-n]), math.prod(index.shape[-n:])
        flat = xp.reshape(x, (*lead, math.prod(x.shape[-n:])))
        values = xp.take(flat, along(index.reshape(*lead, places), len(lead)))
        return xp.reshape(values, index.shape), index.copy()

    def chosen_x(xp, g, x, x_shape, index):  # x is saved as in PyTorch, so that a write to it is noticed
        lead, places = tuple(x_shape[:-n]), math.prod(index.shape[-n:])
        key = along(index.reshape(*lead, places), len(lead))
        flat = xp.scatter(xp.reshape(g[0], (*lead, places)), (*lead, math.prod(x_shape[-n:])), key)
        return xp.reshape(flat, tuple(x_shape))

    chosen.__name__, chosen.__doc__ = node.removesuffix("Backward0").lower(), "(the largest of every window, where it is)."
    op = several(name=node)(chosen)
    op.vjp("x", recorded=level_of(node))(chosen_x)
    return op


_LARGEST = {n: chosen_of(f"MaxPool{n}DWithIndicesBackward0") for n in (2, 3)}
_ADAPTIVE = {n: chosen_of(f"AdaptiveMaxPool{n}DBackward0") for n in (2, 3)}


def _picked(primitives, n, input, index, windows=None, **words):
    """(the elements of ``input`` at ``index``, that), by the primitive for ``n`` dimensions."""
    index = index if n > 1 else np.expand_dims(index, -2)
    return _in_plane(n, input, lambda x: told_of_windows(primitives[max(n, 2)](x, index=index), n, windows or {}, **words))


def _windows(array, kernel, stride, dilation):
    return windows_of.forward(NUMPY, array, kernel=kernel, stride=stride, dilation=dilation)


def largest(seen):
    """Where the largest stands along the last dimension: the first of equals, but the last nan, as in PyTorch."""
    best = seen.argmax(-1)
    chosen = np.take_along_axis(seen, best[..., None], -1)[..., 0]
    is_nan = chosen != chosen
    return np.where(is_nan, seen.shape[-1] - 1 - (seen != seen)[..., ::-1].argmax(-1), best) if np.any(is_nan) else best


def max_pool(n):
    """The word for ``n`` spatial dimensions."""
    name = f"max_pool{n}d"

    def word(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        image_mistakes.pooling_sizes(name, n, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation)
        kernel = _each(kernel_size, n, "kernel_size")
        given = () if stride is None or stride in ((), []) else _each(stride, n, "stride")
        stride = given or kernel
        padding, dilation = _each(padding, n, "padding"), _each(dilation, n, "dilation")
        whole, spatial, lead = _whole(input, n), input._array.shape[-n:], input._array.ndim - n
        image_mistakes.pooling(name, whole, kernel, stride, padding, dilation)
        lowest = image_mistakes.lowest(name, input._array.dtype, return_indices)
        sizes = list(zip(spatial, kernel, stride, padding, dilation))
        image_mistakes.fitting(name, whole, [_ceiled(*v, ceil_mode)[0] for v in sizes])
        around = [(v[3], _ceiled(*v, ceil_mode)[1]) for v in sizes]
        image = np.pad(values_of(input), [*[(0, 0)] * lead, *around], constant_values=lowest)
        numbers = np.pad(np.arange(math.prod(spatial)).reshape(spatial), around, constant_values=-1)
        seen = _windows(image, kernel, stride, dilation)
        places = _windows(numbers, kernel, stride, dilation)
        counts = seen.shape[: lead + n]
        cells = math.prod(kernel)
        best = largest(seen.reshape(*counts, cells))
        places = places.reshape(*counts[lead:], cells)
        index = np.take_along_axis(np.broadcast_to(places, (*counts, cells)), best[..., None], -1)[..., 0]
        if (index < 0).any():  # nothing inside is above the border
            first = np.take_along_axis(places, (places >= 0).argmax(-1)[..., None], -1)[..., 0]
            index = np.where(index < 0, first, index)
        asked = {"kernel_size": kernel, "stride": given if n > 1 else stride, "padding": padding, "dilation": dilation}
        values, where = _picked(_LARGEST, n, input, index, asked, ceil_mode=bool(ceil_mode))
        if return_indices:
            return values, where
        return values if values.requires_grad else apart(values)  # a line is seen as a plane only for the sake of a gradient

    word.__name__, word.__doc__ = name, f"The largest of every window over {n} spatial dimensions."
    return _ranked(word, n)


def _unpooled(n):
    def unpooled(xp, x, *, index, size):
        """x at the places ``index`` of an image of ``size``, 0 elsewhere."""
        lead, key = x.shape[: len(x.shape) - n], _flat(index, n)
        empty = beside(xp.zeros((*lead, math.prod(size)), x.dtype), x)
        return xp.reshape(scatter_at.forward(xp, empty, xp.reshape(x, (*lead, -1)), key=key), (*lead, *size))

    def unpooled_x(xp, g, x_shape, index):
        return xp.reshape(xp.take(xp.reshape(g, (*g.shape[: len(g.shape) - n], -1)), _flat(index, n)), x_shape)

    unpooled.__name__ = f"maxunpool{n}d"
    op = primitive(unpooled, name=f"MaxUnpool{n}DBackward0")
    op.vjp("x")(unpooled_x)
    return op


def _flat(index, n):
    """``index`` into images laid flat, as a key."""
    lead = index.shape[: index.ndim - n]
    return along(index.reshape(*lead, -1), len(lead))


_BACK = {n: _unpooled(n) for n in (2, 3)}


def max_unpool(n):
    """The word for ``n`` spatial dimensions."""

    def word(input, indices, kernel_size, stride=None, padding=0, output_size=None):
        kernel = _each(kernel_size, n, "kernel_size")
        stride = kernel if stride is None or stride in ((), []) else _each(stride, n, "stride")
        padding = _each(padding, n, "padding")
        lead = input._array.ndim - n
        spatial = input._array.shape[lead:]
        default = [((s - 1) * t + k - 2 * p, t) for s, t, k, p in zip(spatial, stride, kernel, padding)]
        image_mistakes.unpooling(input, indices, n, default, output_size)
        if output_size is None:
            output_size = [size for size, _ in default]
        output_size = [int(s) for s in output_size][-n:]
        at = looked_at(indices._array)
        outside = (at < 0) | (at >= math.prod(output_size))
        if outside.any():
            size = "x".join(map(str, [*output_size, *(1,) * (n == 1)]))
            raise RuntimeError(f"Found an invalid max index: {at[outside].flat[0]} (output volumes are of size {size})")
        size, at = tuple(output_size) if n > 1 else (*output_size, 1), at if n > 1 else at[..., None]
        seen = indices.unsqueeze(-1) if n == 1 else indices
        out = _BACK[max(n, 2)].call(input.unsqueeze(-1) if n == 1 else input, at, size)
        watch(out, seen)
        return out.squeeze(-1) if n == 1 else out

    word.__name__ = word.__qualname__ = f"max_unpool{n}d"
    word.__doc__ = f"Each largest element back at its place over {n} dimensions, 0 elsewhere."
    return word


# ---------------------------------------------------------------------- adaptive


def bins(size: int, out: int):
    """Where ``out`` nearly equal windows of a dimension begin and end."""
    i = np.arange(out)
    return i * size // out, -(-(i + 1) * size // out)


def _sizes(output_size, spatial):
    n = len(spatial)
    checked_longs(output_size)
    wanted = (output_size,) * n if isinstance(output_size, int) or output_size is None else tuple(output_size)
    return [s if w is None else int(w) for w, s in zip(wanted, spatial)]


def adaptive_avg_pool(n):
    """The word for ``n`` spatial dimensions."""

    def word(input, output_size):
        image_mistakes.adaptive(f"adaptive_avg_pool{n}d", _whole(input, n), n, output_size)
        spatial, matrices = input._array.shape[-n:], []
        wanted = _sizes(output_size, spatial)
        if set(wanted) == {1}:
            return _in_plane(n, input, lambda x: x.mean((-1, -2) if n < 3 else (-1, -2, -3), True))
        for size, out in zip(spatial, wanted):
            start, end = bins(size, out)
            inside = (np.arange(size) >= start[:, None]) & (np.arange(size) < end[:, None])
            matrices.append((inside / np.maximum(end - start, 1)[:, None]).astype(input._array.dtype))
        matrices = matrices if n > 1 else [np.ones((1, 1), input._array.dtype), *matrices]
        return _in_plane(n, input, lambda x: resample(f"AdaptiveAvgPool{max(n, 2)}DBackward0")(x, matrices))

    word.__name__, word.__doc__ = (
        f"adaptive_avg_pool{n}d",
        f"Means of nearly equal windows, as many as asked for, over {n} dimensions.",
    )
    return _ranked(word, n)


def adaptive_max_pool(n):
    """The word for ``n`` spatial dimensions."""

    def word(input, output_size, return_indices=False):
        image_mistakes.adaptive(f"adaptive_max_pool{n}d", _whole(input, n), n, output_size)
        lead, spatial = input._array.shape[:-n], input._array.shape[-n:]
        wanted = _sizes(output_size, spatial)
        index = np.empty((*lead, *wanted), np.int64)
        numbers = np.arange(math.prod(spatial)).reshape(spatial)
        edges, array = [bins(s, w) for s, w in zip(spatial, wanted)], looked_at(input._array)
        for place in np.ndindex(*wanted):
            part = tuple(slice(start[p], end[p]) for p, (start, end) in zip(place, edges))
            seen = array[(..., *part)].reshape(*lead, numbers[part].size)
            index[(..., *place)] = numbers[part].reshape(-1)[largest(seen)]
        values, where = _picked(_ADAPTIVE, n, input, beside(index, input._array))
        return (values, where) if return_indices else values

    word.__name__, word.__doc__ = f"adaptive_max_pool{n}d", f"The largest of nearly equal windows over {n} dimensions."
    return _ranked(word, n)
