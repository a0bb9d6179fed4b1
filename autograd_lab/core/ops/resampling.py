"""Images of another size: every spatial dimension is multiplied by a matrix of weights."""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np

from ..device import beside
from ..layout import as_array
from ..node import apart, called
from ..primitive import PRIMITIVES, primitive
from ..telling import tell
from . import sampling_mistakes
from .convert import must_be
from .masked import level_of
from .told import told


def _applied(xp, x, matrices):
    """``matrices[i]`` times the i-th spatial dimension."""
    n, made, product = len(x.shape) - len(matrices), x, xp.matmul
    while True:
        for i, m in enumerate(matrices):
            made = xp.swap(product(xp.swap(made, n + i, len(x.shape) - 1), m.T), n + i, len(x.shape) - 1)
        if product is not xp.matmul or not isinstance(made, np.ndarray) or np.isfinite(made).all():
            return made
        made, product = x, _product_of_neighbours


def _product_of_neighbours(x, m):
    """``x @ m`` that passes over the zeros of m: what is infinite or nan reaches its neighbours only."""
    out = np.zeros((*x.shape[:-1], m.shape[1]), np.result_type(x, m))
    for k, weights in enumerate(m):
        reached = np.flatnonzero(weights)
        out[..., reached] += x[..., k, None] * weights[reached]
    return out


@functools.cache
def resample(node: str):
    """The primitive of that node name: x with its last dimensions multiplied by matrices (new size, old size)."""

    def forward(xp, x, *, matrices):
        return _applied(xp, x, matrices)

    def to_x(xp, g, matrices):
        return getattr(xp, word)(g, [m.T for m in matrices])

    def to_x_kept(xp, g, x, matrices):  # x for nobody: it is saved, so that a write is noticed, as in PyTorch
        return to_x(xp, g, matrices)

    word = node.removesuffix("Backward0").lower() + "_by"
    forward.__name__, forward.__doc__ = word, "The last dimensions multiplied by matrices (new size, old size)."
    op = primitive(forward, name=node)
    if node.startswith("Adaptive"):
        op.vjp("x", recorded=level_of(node))(to_x_kept)
    else:
        op.vjp("x")(to_x)
    return op


NODES = [*(f"AdaptiveAvgPool{n}DBackward0" for n in (2, 3)), *(f"UpsampleNearest{n}DBackward0" for n in (1, 2, 3)),
         *(f"UpsampleNearestExact{n}DBackward0" for n in (1, 2, 3)), "UpsampleLinear1DBackward0", "UpsampleBilinear2DBackward0",
         "UpsampleTrilinear3DBackward0", "UpsampleBicubic2DBackward0", "UpsampleBilinear2DAaBackward0",
         "UpsampleBicubic2DAaBackward0"]  # fmt: skip
for _node in NODES:
    resample(_node)

# ---------------------------------------------------------------------- interpolation


def _nearest(size, out, scale, exact):
    step = 1 / scale if scale else size / out
    at = np.floor((np.arange(out) + (0.5 if exact else 0)) * step).astype(int)
    return np.eye(size)[np.minimum(at, size - 1)]


def _positions(size, out, scale, align_corners):
    """Where each new element lies among the old ones."""
    if align_corners:
        return np.arange(out) * ((size - 1) / (out - 1) if out > 1 else 0)
    return (np.arange(out) + 0.5) * (1 / scale if scale else size / out) - 0.5


def _linear(size, out, scale, align_corners):
    at = np.maximum(_positions(size, out, scale, align_corners), 0)
    low = np.minimum(np.floor(at).astype(int), size - 1)
    weight = (at - low)[:, None]
    eye = np.eye(size)
    return eye[low] * (1 - weight) + eye[np.minimum(low + 1, size - 1)] * weight


def cubic_weights(t, a=-0.75):
    """Keys' weights of the four neighbours at a distance ``t`` after the second."""

    def near(d):
        return ((a + 2) * d - (a + 3)) * d * d + 1

    def far(d):
        return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a

    return far(t + 1), near(t), near(1 - t), far(2 - t)


def _cubic(size, out, scale, align_corners):
    at = _positions(size, out, scale, align_corners)
    low = np.floor(at).astype(int)
    eye, total = np.eye(size), 0
    for k, weight in enumerate(cubic_weights(at - low)):
        total = total + eye[np.clip(low - 1 + k, 0, size - 1)] * weight[:, None]
    return total


def _blurred(size, out, scale, align_corners, cubic):
    """Weights of a filter that is as wide as the new elements lie apart, so that none between them is passed over.

    The filter is the triangle, or Keys' cubic with a = -1/2: Turkowski, "Filters for common resampling tasks" (1990).
    """
    step = (size - 1) / (out - 1) if align_corners and out > 1 else 0 if align_corners else 1 / scale if scale else size / out
    wide = max(step, 1)
    apart = np.abs((np.arange(size) + 0.5 - (np.arange(out)[:, None] + 0.5) * step) / wide)
    reach = 2 if cubic else 1
    if cubic:
        near = (1.5 * apart - 2.5) * apart * apart + 1
        weights = np.where(apart < 1, near, ((-0.5 * apart + 2.5) * apart - 4) * apart + 2)
    else:
        weights = 1 - apart
    weights = np.where(apart < reach, weights, 0)
    return weights / weights.sum(1, keepdims=True)


def _unsupported(input, mode) -> NotImplementedError:
    return NotImplementedError(
        f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input._array.ndim}D) for the modes: nearest | linear | "
        f"bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})"
    )


def interpolate(input, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None,
                antialias=False):  # fmt: skip
    """An image of another size: modes nearest, nearest-exact, linear, bilinear, trilinear, bicubic, area."""
    spatial = input._array.shape[2:]
    n = len(spatial)
    if align_corners is not None and mode in ("nearest", "area", "nearest-exact"):
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    given = size if size is not None else scale_factor
    if isinstance(given, (tuple, list)) and len(given) != n:
        what, whose, letter = (
            ("output size", "output", "o") if size is not None else ("scale_factor of shape", "scale_factor", "s")
        )
        raise ValueError(
            f"Input and {whose} must have the same number of spatial dimensions, but got input with spatial dimensions of "
            f"{list(spatial)} and {what} {'of ' * (letter == 'o')}{given}. Please provide input tensor in (N, C, d1, d2, ...,dK) "
            f"format and {what.removesuffix(' of shape')} in ({letter}1, {letter}2, ...,{letter}K) format."
        )
    if antialias and not (mode in ("bilinear", "bicubic") and n == 2):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )
    if (size is None) == (scale_factor is None):
        raise ValueError("only one of size or scale_factor should be defined" if size is not None else
                         "either size or scale_factor should be defined")  # fmt: skip
    scales = (None,) * n
    sampling_mistakes.inner(mode, input, size, align_corners)
    if size is None:
        scales = (
            tuple(float(s) for s in scale_factor) if isinstance(scale_factor, (tuple, list)) else (float(scale_factor),) * n
        )
        wanted = [math.floor(s * f) for s, f in zip(spatial, scales)]
        scales = (None,) * n if recompute_scale_factor else scales
    else:
        wanted = sampling_mistakes.counts(size, n)
    if mode == "area":
        from . import pooling

        return pooling.adaptive_avg_pool(n)(input, wanted)
    names = {"nearest": "Nearest", "nearest-exact": "NearestExact", "linear": "Linear", "bilinear": "Bilinear",
             "trilinear": "Trilinear", "bicubic": "Bicubic"}  # fmt: skip
    dims = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}
    if mode in dims and n in (1, 2, 3) and dims[mode] != n and mode != "bicubic":
        raise NotImplementedError(f"Got {n + 2}D input, but {mode} mode needs {dims[mode] + 2}D input")
    if mode not in names or dims.get(mode, n) != n:
        raise _unsupported(input, mode)
    if n not in (1, 2, 3):
        raise _unsupported(input, mode)
    sampling_mistakes.resizing(input, wanted, mode)
    matrices = []
    for s, w, f in zip(spatial, wanted, scales):
        if antialias:
            m = _blurred(s, w, f, bool(align_corners), mode == "bicubic")
        elif mode.startswith("nearest"):
            m = _nearest(s, w, f, mode == "nearest-exact")
        else:
            m = (_cubic if mode == "bicubic" else _linear)(s, w, f, bool(align_corners))
        matrices.append(m.astype(input._array.dtype))
    out = resample(f"Upsample{names[mode]}{n}D{'Aa' * antialias}Backward0")(input, matrices)
    scales = {"scales": scales[0]} if n == 1 else dict(zip(("scales_d", "scales_h", "scales_w")[-n:], scales))
    corners = {} if mode.startswith("nearest") else {"align_corners": bool(align_corners)}
    return told(out, output_size=tuple(wanted), self_sym_sizes=tuple(input._array.shape), **scales, **corners)


# ---------------------------------------------------------------------- sampling at any place


def _said_of_corners(align_corners, word, at) -> None:
    if align_corners is not None:
        must_be(bool, word, "align_corners", align_corners, at)
    else:
        tell(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
            "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details."
        )


def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    """The image at the places of ``grid``, whose last dimension is (x, y) in [-1, 1]; made of gathers and weights.

    ``mode`` is bilinear, nearest or (of 4-dimensional inputs) bicubic; ``padding_mode`` zeros, border or reflection.
    """
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '" + str(mode) + "'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: '"
            + str(padding_mode) + "'"
        )  # fmt: skip
    _said_of_corners(align_corners, "grid_sampler", 5)
    sampling_mistakes.sampling(input, grid)
    spatial = input._array.shape[2:]
    n = len(spatial)
    if mode == "bicubic" and n != 2:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    taps = []  # along each dimension: (where, the share of the whole or None for 1)
    for i, size in enumerate(spatial):
        place = grid[..., n - 1 - i]
        place = (place + 1) / 2 * (size - 1) if align_corners else ((place + 1) * size - 1) / 2
        taps.append(_taps(place, size, mode, padding_mode, bool(align_corners)))
    batch = np.arange(input._array.shape[0]).reshape((-1,) + (1,) * n)
    moved = input.movedim(1, -1)
    total = grid[..., :1] * 0 if mode == "nearest" and grid.requires_grad else None  # its slope is 0, not nothing
    for chosen in itertools.product(*taps):
        inside, key, weight = True, [batch], None
        for size, (where, share) in zip(spatial, chosen):
            inside = inside & (where >= 0) & (where < size)
            key.append(np.clip(np.nan_to_num(where), 0, size - 1).astype(int))
            weight = share if weight is None else weight * share
        part = PRIMITIVES["index"].call(moved, tuple(key))
        scale = as_tensor_of(inside, input)
        scale = scale if weight is None else weight * scale
        part = part * scale.unsqueeze(-1)
        total = part if total is None else total + part
    return apart(called(total.movedim(-1, 1), f"GridSampler{n}DBackward0"))


def _taps(place, size, mode, padding_mode, align_corners):
    """The elements along one dimension that a place between them is made of, and their shares."""
    if mode == "bicubic":  # the border bends the neighbours, not the place
        low = np.floor(place._array)
        shares = cubic_weights(place - as_tensor_of(low, place))
        return [(_bent(low - 1 + k, size, padding_mode, align_corners), share) for k, share in enumerate(shares)]
    if padding_mode == "border":
        place = hard_limit(place, 0, size - 1)
    elif padding_mode == "reflection":
        place = _reflected(place, size, align_corners)
    if mode == "nearest":
        return [(np.round(place._array), None)]
    low = np.floor(place._array)
    share = place - as_tensor_of(low, place)
    return [(low, 1 - share), (low + 1, share)]


def _bent(where, size, padding_mode, align_corners):
    """Positions of elements, those outside brought inside as ``padding_mode`` says."""
    if padding_mode == "reflection":
        low, span = (0.0, size - 1.0) if align_corners else (-0.5, float(size))
        away = np.abs(where - low)
        turns, rest = np.divmod(away, span) if span else (away * 0, away * 0)
        where = np.where(turns % 2 == 0, rest, span - rest) + low
    return where if padding_mode == "zeros" else np.clip(where, 0, size - 1)


def as_tensor_of(array, like):
    """A constant tensor of ``array`` in the dtype of ``like``."""
    from ..tensor import wrap

    return wrap(beside(as_array(array, like._array.dtype), like._array))


def hard_limit(x, low, high):
    """x limited to [low, high], with slope 0 at the limits."""
    from .activations import hardtanh

    return hardtanh.call(x, low, high)


def _reflected(place, size, align_corners):
    """The place mirrored at the borders until it lies inside."""
    low, span = (0.0, float(size - 1)) if align_corners else (-0.5, float(size))
    if span == 0:
        return place * 0
    away = (place - low).abs()
    turns = np.floor(away._array / span)
    rest = away - as_tensor_of(turns * span, place)
    even = as_tensor_of(turns % 2 == 0, place)
    return hard_limit(even * rest + (1 - even) * (span - rest) + low, 0, size - 1)


def affine_grid(theta, size, align_corners=None):
    """Places for ``grid_sample`` that an affine map of the plane or of space gives."""
    size = tuple(size)
    _said_of_corners(align_corners, "affine_grid_generator", 3)
    sampling_mistakes.mapping(theta, size)
    spatial = size[2:]
    if align_corners and min(spatial) == 1:
        tell(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when align_corners=True. This is not an intended "
            "use case of affine_grid. See the documentation of affine_grid for details."
        )
    axes = []
    for s in spatial:
        line = np.linspace(-1, 1, s) if s > 1 else np.zeros(1)
        axes.append(line if align_corners else line * (s - 1) / s)
    grid = np.stack([*reversed(np.meshgrid(*axes, indexing="ij")), np.ones(tuple(spatial))], -1)
    out = affine_grid_generator.call(theta, beside(as_array(grid, theta._array.dtype), theta._array))
    return told(out, size=size, align_corners=bool(align_corners))


@primitive
def affine_grid_generator(xp, theta, *, base):
    """The places ``base``, with a 1 behind their coordinates, mapped by each matrix of theta."""
    flat = xp.reshape(base, (1, -1, base.shape[-1]))
    return xp.reshape(xp.matmul(flat, xp.mT(theta)), (theta.shape[0], *base.shape[:-1], base.shape[-1] - 1))


@affine_grid_generator.vjp("theta")
def affine_grid_theta(xp, g, base, theta_shape):
    places = base.reshape(-1, base.shape[-1])
    return xp.matmul(xp.mT(xp.reshape(g, (theta_shape[0], -1, base.shape[-1] - 1))), places)
