"""Activation functions of neural networks. Values at kinks are PyTorch's."""

from __future__ import annotations

import math

from ..primitive import PRIMITIVES, primitive
from ..refusals import floats_only
from .convert import dim_of
from .masked import level, level_of

_call = {name: op.call for name, op in PRIMITIVES.items()}

for _name in ("leaky_relu", "hardtanh", "hardshrink", "softshrink"):
    level(f"{_name}_backward")


@primitive
def leaky_relu(xp, x, *, negative_slope):
    """x where positive, else negative_slope * x; that is its slope at 0 too."""
    return xp.where_mask(x > 0, x, x * negative_slope)


@leaky_relu.vjp("x", recorded="leaky_relu_backward")
def leaky_relu_x(xp, g, x, negative_slope):
    return xp.where_mask(x > 0, g, g * negative_slope)


@primitive
def elu(xp, x, *, alpha, scale, input_scale):
    """scale * x where positive, else scale * alpha * (exp(input_scale * x) - 1)."""
    return xp.where_mask(x > 0, x * scale, xp.expm1(xp.minimum(xp.same_kind(0, x), x) * input_scale) * (alpha * scale))


@elu.vjp("x")
def elu_x(xp, g, x, alpha, scale, input_scale):
    low = xp.exp(xp.where_mask(x > 0, 0, x) * input_scale) * (alpha * scale * input_scale)
    return xp.where_mask(x <= 0, g * low, g * scale)


@primitive
def celu(xp, x, *, alpha):
    """x where positive, else alpha * (exp(x / alpha) - 1)."""
    return elu.forward(xp, x, alpha=alpha, scale=1, input_scale=1 / alpha)


@celu.vjp("x")
def celu_x(xp, g, x, alpha):
    return elu_x(xp, g, x, alpha, 1, 1 / alpha)


_ROOT = math.sqrt(0.5)


@primitive
def gelu(xp, x, *, approximate):
    """x times the normal distribution function at x, or its tanh approximation."""
    if approximate == "tanh":
        return 0.5 * x * (1 + xp.tanh(_bent(x)))
    return 0.5 * x * (1 + xp.erf(x * _ROOT))


def _bent(x):
    return math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)


@gelu.vjp("x")
def gelu_x(xp, g, x, approximate):
    if approximate == "tanh":
        t = xp.tanh(_bent(x))
        return g * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x))
    return g * (0.5 * (1 + xp.erf(x * _ROOT)) + x * xp.exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi)))


@primitive
def silu(xp, x):
    """x * sigmoid(x)."""
    return x * xp.sigmoid(x)


@silu.partial("x")
def silu_dx(xp, x):
    s = xp.sigmoid(x)
    return s * (1 + x * (1 - s))


@primitive
def mish(xp, x):
    """x * tanh(softplus(x))."""
    return x * xp.tanh(softened(xp, x))


def softened(xp, x):
    """log(1 + exp(x)) without overflow."""
    return xp.maximum(x, xp.same_kind(0, x)) + xp.log1p(xp.exp(-abs(x)))


@mish.partial("x")
def mish_dx(xp, x):
    t = xp.tanh(softened(xp, x))
    return t + x * (1 - t * t) * xp.sigmoid(x)


@primitive
def softplus(xp, x, *, beta, threshold):
    """log(1 + exp(beta x)) / beta, and x itself where beta x > threshold."""
    return xp.where_mask(x * beta > threshold, x, softened(xp, x * beta) / beta)


@softplus.vjp("x")
def softplus_x(xp, g, x, beta, threshold):
    return xp.where_mask(x * beta > threshold, g, g * xp.sigmoid(x * beta))


@primitive(name="LogSigmoidBackward0")
def logsigmoid(xp, x):
    """log(sigmoid(x)), without overflow."""
    return -softened(xp, -x)


@logsigmoid.partial("x")
def logsigmoid_dx(xp, x):
    return xp.sigmoid(-x)


@primitive
def hardtanh(xp, x, *, min_val, max_val):
    """x limited to [min_val, max_val]; slope 0 at the limits."""
    return xp.minimum(xp.same_kind(max_val, x), xp.maximum(xp.same_kind(min_val, x), x))


@hardtanh.vjp("x", recorded="hardtanh_backward")
def hardtanh_x(xp, g, x, min_val, max_val):
    return xp.where_mask((x <= min_val) | (x >= max_val), 0, g)


@primitive
def hardsigmoid(xp, x):
    """x / 6 + 1 / 2, limited to [0, 1]; slope 0 at the limits."""
    return xp.minimum(xp.maximum(x / 6 + 0.5, xp.same_kind(0, x)), xp.same_kind(1, x))


@hardsigmoid.vjp("x", recorded=level_of("HardsigmoidBackward0"))
def hardsigmoid_x(xp, g, x):
    return xp.where_mask((x > -3) & (x < 3), g / 6, 0)


@primitive
def hardswish(xp, x):
    """x * hardsigmoid(x)."""
    return x * xp.minimum(xp.maximum(x / 6 + 0.5, xp.same_kind(0, x)), xp.same_kind(1, x))


@hardswish.vjp("x")
def hardswish_x(xp, g, x):
    return xp.where_mask(x <= -3, 0, xp.where_mask(x < 3, g * (x / 3 + 0.5), g))


@primitive
def hardshrink(xp, x, *, lambd):
    """x where |x| > lambd, else 0."""
    return xp.where_mask((x >= -lambd) & (x <= lambd), 0, x)


def hardshrink_word(input, lambd=0.5):
    """x where |x| > lambd, else 0."""
    return hardshrink.call(input, lambd)


@hardshrink.vjp("x", recorded="hardshrink_backward")
def hardshrink_x(xp, g, x, lambd):
    return xp.where_mask((x >= -lambd) & (x <= lambd), 0, g)


@primitive
def softshrink(xp, x, *, lambd):
    """x moved towards 0 by lambd, 0 where |x| <= lambd."""
    return xp.where_mask(x > lambd, x - lambd, xp.where_mask(x < -lambd, x + lambd, x * 0))


@softshrink.vjp("x", recorded="softshrink_backward")
def softshrink_x(xp, g, x, lambd):
    return xp.where_mask((x >= -lambd) & (x <= lambd), 0, g)


@primitive
def threshold(xp, x, *, threshold, value):
    """x where above the threshold, else ``value``."""
    return xp.where_mask(x <= threshold, xp.same_kind(value, x), x)


@threshold.vjp("x", recorded="threshold_backward")
def threshold_x(xp, g, x, threshold):
    return xp.where_mask(x <= threshold, 0, g)


@primitive(elementwise=True, name="PreluKernelBackward0")
def prelu_kernel(xp, x, weight):
    """x where positive, else weight * x."""
    return xp.where_mask(x > 0, x, x * weight)


@prelu_kernel.vjp("x", recorded=level_of("PreluKernelBackward0"))
def prelu_x(xp, g, x, weight):
    return xp.where_mask(x > 0, g, g * weight)


@prelu_kernel.vjp("weight")
def prelu_weight(xp, g, x):
    return xp.where_mask(x > 0, 0, g * x)


def prelu(input, weight):
    """x where positive, else weight * x, a weight for all or one for each channel."""
    if input._array.dtype != weight._array.dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {input.dtype.kind} and {weight.dtype.kind}")
    floats_only("prelu_cpu", input, weight)
    if weight._array.size != 1 and input._array.ndim > 1 and input._array.shape[1] != weight._array.size:
        raise RuntimeError(
            "Mismatch of parameter numbers and input channel size. "
            f"Found parameter numbers = {weight._array.size} and channel size = {input._array.shape[1]}."
        )
    if weight._array.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight._array.ndim}")
    n, ndim = weight._array.size, input._array.ndim
    if n == 1:
        return prelu_kernel.call(input, weight.reshape((1,) * ndim))
    channels = input._array.shape[1] if ndim > 1 else 1
    if weight._array.size != channels:
        told = f"Found parameter numbers = {weight._array.size} and channel size = {channels}."
        raise RuntimeError(f"Mismatch of parameter numbers and input channel size. {told}")
    return prelu_kernel.call(input, weight.reshape((1, n) + (1,) * (ndim - 2)) if ndim > 1 else weight)


@primitive
def glu(xp, x, *, dim):
    """The first half along ``dim`` times the sigmoid of the second."""
    a, b = _halves(xp, x, dim)
    return a * xp.sigmoid(b)


def _halves(xp, x, dim):
    lead, n = (slice(None),) * dim, x.shape[dim] // 2
    return xp.take(x, (*lead, slice(None, n))), xp.take(x, (*lead, slice(n, None)))


@glu.vjp("x")
def glu_x(xp, g, x, dim):
    a, b = _halves(xp, x, dim)
    s = xp.sigmoid(b)
    return xp.cat([g * s, g * a * s * (1 - s)], dim)


def glu_word(input, dim=-1):
    """The first half along ``dim`` times the sigmoid of the second."""
    dim = dim_of(dim, input._array.ndim)
    if not input._array.ndim:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    if input._array.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {input._array.shape[dim]}")
    return glu.call(input, dim)


# ---------------------------------------------------------------------- softmax and its logarithm, with every argument


def _along(op):
    def word(x, dim, dtype=None):
        x = x if dtype is None else x.to(dtype)
        dim = dim_of(dim, x._array.ndim)
        return op(x, dim if x._array.ndim else None)

    word.__name__, word.__doc__ = op.__name__.removeprefix("call__"), op.__doc__
    return word


softmax, log_softmax = _along(_call["softmax"]), _along(_call["log_softmax"])


def softmin(x, dim, dtype=None):
    """softmax of -x."""
    return softmax(-x, dim, dtype)
