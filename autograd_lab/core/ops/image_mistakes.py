"""What convolution and pooling ask of their sizes before they compute, in PyTorch's sentences.

NumPy answers some of these calls (a negative padding, a kernel of no size) and refuses others in words nobody searches for.
"""

from __future__ import annotations

import math

import numpy as np

from .. import dtypes
from ..refusals import no_kernel

NAMES = ("depth", "height", "width")
COUNTS = {2: "two", 3: "three"}


def demand(fits, sentence: str) -> None:
    """Raise unless it ``fits``."""
    if not fits:
        raise RuntimeError(sentence)


def of_each(n: int, prefix: str, values, sep=" ") -> str:
    """``dH: 1 dW: 2``: a value for each of the last ``n`` dimensions; those of a line are PyTorch's of a plane one row high."""
    given = (1, *values) if n == 1 else values
    return sep.join(f"{prefix}{axis}: {v}" for axis, v in zip("HW" if n < 3 else "THW", given))


def in_words(n: int, what: str, values, sep=" ", missing=1) -> str:
    """``stride_height: 1 stride_width: 2``."""
    given = (missing, *values) if n == 1 else values
    return sep.join(f"{what}_{name}: {v}" for name, v in zip(NAMES[-len(given) :], given))


# ---------------------------------------------------------------------- convolution


def weights(weight, groups: int) -> None:
    """A kernel has elements, and its first dimension makes groups."""
    demand(groups > 0, "non-positive groups is not supported")
    first, shape = weight._array.shape[0], list(weight.shape)
    demand(
        first >= groups,
        f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size {shape} instead",
    )
    demand(
        first % groups == 0,
        f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size [{shape}] instead",
    )


def convolving(weight, stride, padding, dilation, transposed: bool) -> None:
    """Steps go forward, borders add, kernels have elements."""
    n, kernel = len(stride), weight._array.shape[2:]
    demand(all(s > 0 for s in stride), "non-positive stride is not supported")
    demand(all(p >= 0 for p in padding), "negative padding is not supported")
    demand(all(d >= 0 for d in dilation), "dilation should be greater than zero")
    if 0 in dilation:
        told = in_words(n, "dilation", dilation, ", ") if transposed else list((1,) * (n == 1) + tuple(dilation))
        raise RuntimeError(f"dilation should be greater than zero, but got {told}")
    if 0 in kernel:
        told = f": {' x '.join(map(str, kernel))} (TxHxW)" if n == 3 else f" {in_words(n, 'kernel', kernel)}"
        raise RuntimeError(f"kernel size should be greater than zero, but got{told}")


def transposing(spatial, made, stride, more, dilation) -> None:
    """What is added to a transposed convolution's result is less than a step; the result has elements."""
    n = len(stride)
    demand(all(m >= 0 for m in more), "negative output_padding is not supported")
    if any(m >= s and m >= d for m, s, d in zip(more, stride, dilation)):
        told = " ".join(
            (in_words(n, "output_padding", more, missing=0), in_words(n, "stride", stride), in_words(n, "dilation", dilation))
        )
        raise RuntimeError(f"output padding must be smaller than either stride or dilation, but got {told}")
    if any(size < 1 for size in made):
        given, out = (" x ".join(map(str, ((1,) if n == 1 else ()) + tuple(v))) for v in (spatial, made))
        raise RuntimeError(
            f"Given input size per channel: ({given}). Calculated output size per channel: ({out}). Output size is too small"
        )


# ---------------------------------------------------------------------- pooling


def pooling_sizes(word: str, n: int, **given) -> None:
    """Each argument is one number or one for each dimension."""
    for name, value in given.items():
        if value is None or isinstance(value, int) or len(value) in (1, n) or (name == "stride" and not len(value)):
            continue
        if word == "max_pool1d":
            said = (
                "None, an int, list of ints, or"
                if name == "stride"
                else "an int, list of ints" + (", or" if name == "padding" else " or")
            )
            raise RuntimeError(f"max_pool1d() {name} must be {said} tuple of ints of size 1 but got size {len(value)}")
        if n == 1:
            raise RuntimeError(f"{word}() argument '{name}' should contain one int (got {len(value)})")
        either = "" if word == "avg_pool3d" else "either "
        omitted = "omitted, " if name == "stride" else ""
        must = "must be either" if name == "dilation" else f"must {either}be"
        raise RuntimeError(f"{word}: {name} {must} {omitted}a single int, or a tuple of {COUNTS[n]} ints")


def pooling(word: str, x, kernel, stride, padding, dilation) -> None:
    """Windows have elements, steps go forward, borders are narrower than half a window, and the image has elements."""
    n, shape = len(kernel), list(x.shape)
    if word == "max_pool1d":
        for name, (value,), least in (
            ("kernel_size", kernel, 1),
            ("stride", stride, 1),
            ("padding", padding, 0),
            ("dilation", dilation, 1),
        ):
            how = "be non-negative" if name == "padding" else "be greater than zero"
            demand(value >= least, f"max_pool1d() {name} must {how}, but got {value}")
        if 2 * padding[0] > kernel[0]:
            told = f"but got padding={padding[0]} and kernel_size={kernel[0]}"
            raise RuntimeError(f"max_pool1d() padding should be at most half of kernel size, {told}")
        told = f"max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:{shape}"
        demand(x._array.shape[1], told)
        return
    demand(0 not in stride, "stride should not be zero")
    if n < 3 and word.startswith("avg"):
        halves(kernel, padding, dilation)
    demand(all(k > 0 for k in kernel), f"kernel size should be greater than zero, but got {of_each(n, 'k', kernel)}")
    demand(all(s > 0 for s in stride), f"stride should be greater than zero, but got {of_each(n, 'd', stride)}")
    if any(d <= 0 for d in dilation):
        raise RuntimeError(f"dilation should be greater than zero, but got {of_each(n, 'dilation', dilation)}")
    halves(kernel, padding, dilation)
    if n < 3 and not all(x._array.shape[1:]):
        seen = shape if n == 2 else [*shape[:2], 1, *shape[2:]]
        raise RuntimeError(f"Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:{seen}")
    if n == 3 and not all(x._array.shape[1:]):
        at = x._array.shape[1:].index(0)
        raise RuntimeError(
            f"{word}(): Expected input's non-batch dimensions to have positive length, but input has a shape of {shape} and "
            f"non-batch dimension {at} has length zero!"
        )


def lowest(word: str, dtype, return_indices: bool):
    """What no element is less than. NotImplementedError of dtypes that are not pooled."""
    if dtype.kind == "b" or (dtype.kind in "iuc" and word == "max_pool1d" and not return_indices):
        raise no_kernel("max_pool1d_impl" if word == "max_pool1d" else word, dtype)
    return np.iinfo(dtype).min if dtype.kind in "iu" else -math.inf


def rank(word: str, x, n: int) -> RuntimeError:
    """The error of an image of too few or too many dimensions."""
    shape, wanted = list(x.shape), f"{n + 1}D or {n + 2}D"
    if word == "max_pool1d":
        told = f"max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:{shape}"
    elif n == 1:
        told = f"Expected 2 to 3 dimensions, but got {x.dim()}-dimensional tensor for argument #1 'self' (while checking arguments for "
        told += f"{word})"
    elif "adaptive" in word:
        told = f"{word}(): Expected {wanted} tensor, but got{':' * ('max' in word)} {shape}"
    else:
        told = f"non-empty {wanted} (batch mode) tensor expected for input"
    return RuntimeError(told)


def unpooling(x, indices, n: int, default, output_size) -> None:
    """Indices lie as the elements do and are whole; a size that is asked for is near the ``default`` and may have the lead's too."""
    if output_size is not None:
        if len(output_size) not in (n, n + 2):
            told = f"{n} or {n + 2} elements, but it has a length of '{len(output_size)}'"
            raise ValueError(f"output_size should be a sequence containing {told}")
        for dim, (size, (plain, step)) in enumerate(zip(output_size[-n:], default)):
            if not plain - step < size < plain + step:
                told = f"dim {dim} must be between {plain - step} and {plain + step}"
                raise ValueError(f'invalid output_size "{output_size[-n:]}" ({told})')
    if indices._array.dtype != np.int64:
        kind = dtypes.BY_NUMPY[indices._array.dtype].kind
        raise RuntimeError(f"elements in indices should be type int64 but got: {kind}")
    mine, theirs = ([*t.shape, *(1,) * (n == 1)] for t in (x, indices))
    told = (
        f"Expected shape of indices to be same as that of the input tensor ({mine}) but got indices tensor with shape: {theirs}"
    )
    demand(mine == theirs, told)


def fitting(word: str, x, counts) -> None:
    """At least one window fits."""
    if min(counts) > 0:
        return
    if word == "max_pool1d":
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {counts[0]}")
    lead = (x._array.shape[1], *(1,) * (len(counts) == 1))
    given, out = ("x".join(map(str, (*lead, *v))) for v in (x._array.shape[2:], [max(c, 0) for c in counts]))
    raise RuntimeError(f"Given input size: ({given}). Calculated output size: ({out}). Output size is too small")


def halves(kernel, padding, dilation) -> None:
    """A border is at most half a window."""
    for p, k, d in zip(padding, kernel, dilation):
        demand(p >= 0, f"pad must be non-negative, but got pad: {p}")
        told = f"but got pad={p}, kernel_size={k} and dilation={d}"
        demand(2 * p <= k, f"pad should be at most half of effective kernel size, {told}")


def adaptive(word: str, x, n: int, output_size) -> None:
    """The result has as many sizes as the image has dimensions, none of them negative; the image has elements, floating ones."""
    shape = list(x.shape)
    if isinstance(output_size, bool):
        raise TypeError(f"{word}(): argument 'output_size' (position 2) must be tuple of ints, not bool")
    if not isinstance(output_size, int) and output_size is not None:
        count = len(output_size)
        if n == 1:
            demand(count == 1, f"{word}() argument 'output_size' should contain one int (got {count})")
        elif "max" in word:
            demand(count == n, f"{word}(): internal error: output_size.size() must be {n}")
        else:
            demand(count == n, f"{word}: output_size must be {n}")
    sizes = (output_size,) * n if isinstance(output_size, int) or output_size is None else tuple(output_size)
    if any(s is not None and s < 0 for s in sizes):
        made = [*shape[:2], *(1,) * (n == 1), *sizes]
        if "max" in word:
            raise RuntimeError(f"Trying to create tensor with negative dimension {next(s for s in sizes if s < 0)}: {made}")
        plane = "adaptive_avg_pool2d" if n == 1 else word
        told = f"{sizes[0]}, {sizes[1]},{sizes[2]}" if n == 3 else ", ".join(map(str, (1, *sizes) if n == 1 else sizes))
        raise RuntimeError(f"{plane}: elements of output_size must be greater than or equal to 0 but received {{{told}}}")
    for dim, size in enumerate(x._array.shape[1:] if "max" in word else x._array.shape[2:], 1 if "max" in word else 2):
        if not size:
            raise RuntimeError(
                f"{word}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes {shape} with dimension "
                f"{dim} being empty"
            )
    if x._array.dtype.kind in "biu":
        raise no_kernel(f"{word[:-2]}{max(n, 2)}d", x._array.dtype)
