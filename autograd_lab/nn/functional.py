"""What layers and losses compute, as functions."""

from __future__ import annotations

import functools
import math
from types import FunctionType

import numpy as np

from ..core.absent import missing
from ..core.guarded import guarded
from ..core.limits import finfo
from ..core.mistakes import checked_dim
from ..core.node import renamed
from ..core.ops import activations as _act
from ..core.ops import later
from ..core.ops import normalisation as _normal
from ..core.ops.convert import by_number
from ..core.ops.outputs import refuse_out, write_out
from ..core.overrides import ask_first, exchanged
from ..core.refusals import floats_only, no_kernel, real_slopes
from ..core.signatures import kind_of
from ..core.tensor import Tensor, wrap
from . import norm_mistakes, operands
from .alignment import *  # noqa: F403  (the loss of sequences)
from .attention import *  # noqa: F403  (attention, by one head and by several)
from .criteria import *  # noqa: F403  (the losses, listed there)
from .images import *  # noqa: F403  (convolution, pooling, sampling, listed there)
from .images import avg_pool1d, pad
from .noise import *  # noqa: F403  (what draws random numbers)
from .projections import *  # noqa: F403  (linear maps, and the loss of what one gives)
from .tables import *  # noqa: F403  (embeddings)
from .targets import number, per_channel

pdist = guarded("f", "pdist", later.function("pdist"))

# ---------------------------------------------------------------------- normalisation


def _normalised(input: Tensor, normalized_shape, **beside: Tensor | None) -> tuple[int, ...]:
    """The last dimensions that ``normalized_shape`` names; weights ``beside`` must have just those."""
    shape = tuple(normalized_shape)
    for name, t in beside.items():
        if t is not None and tuple(t.shape) != shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape {list(t.shape)} and "
                f"normalized_shape = {list(shape)}"
            )
    if tuple(input.shape[-len(shape) :]) != shape:
        star = "*, " if "bias" in beside else "*"
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [{star}{', '.join(map(str, shape))}], but got input of "
            f"size{list(input.shape)}"
        )
    return tuple(range(input.ndim - len(shape), input.ndim))


def layer_norm(
    input: Tensor, normalized_shape, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Each sample normalised over its last dimensions, scaled and shifted."""
    norm_mistakes.parameters("layer_norm", 3, weight=weight, bias=bias)
    shape = norm_mistakes.shape_of("layer_norm", normalized_shape)
    dims = _normalised(input, shape, weight=weight, bias=bias)
    norm_mistakes.floating(input, "LayerNormKernelImpl", weight, bias)
    affine = weight is not None or bias is not None
    weight, bias = 1.0 if weight is None else weight, 0.0 if bias is None else bias
    return _normal.layer_normal.call(input, weight, bias, dims, eps, affine=affine)


def rms_norm(input: Tensor, normalized_shape, weight: Tensor | None = None, eps: float | None = None) -> Tensor:
    """x divided by the root of the mean square of its last dimensions, scaled; of the nodes that PyTorch makes it of."""
    dims = _normalised(input, norm_mistakes.shape_of("rms_norm", normalized_shape), weight=weight)
    floats_only("rms_norm", input)
    x = input.float() if input._array.itemsize == 2 else input  # 16-bit floats: computed and ``eps`` chosen in float32
    scale = by_number("add")(x.pow(2).mean(dims, keepdim=True), finfo(x.dtype).eps if eps is None else eps).rsqrt()
    out = x * scale
    return (out if weight is None else out * weight).contiguous().to(input.dtype)


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Each of ``num_groups`` groups of channels normalised, each channel scaled and shifted."""
    if input._array.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input._array.ndim}")
    norm_mistakes.groups(input, num_groups)
    n, c, *rest = input._array.shape
    per_channel(input, weight=weight, bias=bias)
    norm_mistakes.floating(input, "GroupNormKernelImpl", weight, bias)
    if c % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape {list(input.shape)} and "
            f"num_groups={num_groups}"
        )
    folded, beside = (n, num_groups, c // num_groups, *rest), (1, num_groups, c // num_groups) + (1,) * len(rest)
    weight, bias = 1.0 if weight is None else weight, 0.0 if bias is None else bias
    return _normal.group_normal.call(input, weight, bias, tuple(range(2, len(folded))), eps, folded, beside)


def batch_norm(input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None,
               bias: Tensor | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5) -> Tensor:  # fmt: skip
    """Each channel normalised: over the batch in training, by the running statistics otherwise."""
    norm_mistakes.batch(input, momentum, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    if not input._array.size:  # nothing to average: only scaled and shifted
        out = input.clone() if weight is None else input * weight[0]
        return out if bias is None else out + bias[0]
    shape = (1, -1) + (1,) * (input.ndim - 2)
    given = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    for name in ("running_mean", "running_var") if not training else ():
        if given[name] is None:
            raise RuntimeError(f"{name} must be defined in evaluation mode")
    for name, t in given.items():
        if t is not None and t._array.size != input.shape[1]:
            raise RuntimeError(f"{name} should contain {input.shape[1]} elements not {t._array.size}")
    weight, bias = 1.0 if weight is None else weight, 0.0 if bias is None else bias
    if training:
        norm_mistakes.both_or_neither(running_mean, running_var)
        if not eps > 0:
            raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    if not training:
        mean, var = (np.reshape(t._array, shape) for t in (running_mean, running_var))
        return _normal.fixed_normal.call(input, weight, bias, mean, var, eps)
    dims = (0, *range(2, input.ndim))
    n = math.prod(input.shape[d] for d in dims)
    if n == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")
    if running_mean is not None:
        _follow(running_mean, input._array.mean(dims), momentum)
        _follow(running_var, input._array.var(dims, ddof=1), momentum)
    return _normal.batch_normal.call(input, weight, bias, dims, eps, None, (1, input.shape[1], *shape[2:]))


def _follow(statistic: Tensor, now, momentum: float) -> None:
    """Move a running statistic towards the batch's."""
    statistic.data.mul_(1 - momentum).add_(wrap(now.astype(statistic._array.dtype)), alpha=float(momentum))


def instance_norm(input: Tensor, running_mean=None, running_var=None, weight: Tensor | None = None, bias: Tensor | None = None,
                  use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5) -> Tensor:  # fmt: skip
    """Each channel of each sample normalised by itself."""
    norm_mistakes.instance(input, running_mean, running_var, use_input_stats)
    norm_mistakes.floating(input, "batch_norm", weight, bias, running_mean, running_var)
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    shape, dims = (1, -1) + (1,) * (input.ndim - 2), tuple(range(2, input.ndim))
    if math.prod(input.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    if running_mean is not None:
        _follow(running_mean, input._array.mean(dims).mean(0), momentum)
        _follow(running_var, input._array.var(dims, ddof=1).mean(0), momentum)
    n, c, *rest = input._array.shape  # every channel of every sample as a channel of one sample, as PyTorch has it
    weight, bias = 1.0 if weight is None else weight.repeat(n), 0.0 if bias is None else bias.repeat(n)
    seen = input.reshape(1, n * c, *rest)
    return _normal.batch_normal.call(seen, weight, bias, (0, *dims), eps, None, (1, n * c, *shape[2:])).view(input.shape)


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Each element divided by a power of the mean square of its neighbours in other channels."""
    norm_mistakes.neighbours(input, size)
    square = (input * input).movedim(1, -1)
    lead = square._array.shape[:-1]
    flat = avg_pool1d(pad(square.reshape(-1, 1, input.shape[1]), (size // 2, (size - 1) // 2)), size, 1)
    return input / (flat.reshape(*lead, input.shape[1]).movedim(-1, 1) * alpha + k) ** beta


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """x divided by its p-norm along ``dim``."""
    if input._array.dtype.kind in "fc":
        for d in dim if isinstance(dim, (tuple, list)) else () if dim is None else (dim,):
            checked_dim(d, input._array.ndim)
    return input / input.norm(p, dim, True).clamp_min(eps).expand_as(input)


# ---------------------------------------------------------------------- activations


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0)."""
    if not isinstance(input, Tensor):
        raise TypeError(f"relu(): argument 'input' (position 1) must be Tensor, not {kind_of(input)}")
    return input.relu_() if inplace else input.relu()


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + exp(-input))."""
    return input.sigmoid()


def tanh(input: Tensor) -> Tensor:
    """Hyperbolic tangent, elementwise."""
    return input.tanh()


def _in_place(name: str, call, input, inplace):
    """Write over ``input`` when asked to."""
    if not inplace:
        return call(input)
    from ..core.inplace import in_place

    out = in_place(call, input)
    if name in _NUMBERED and type(out._node).__name__ == _NUMBERED[name][:-1] + "0":
        renamed(out._node, _NUMBERED[name])
    return out


# nodes that PyTorch numbers otherwise where the input is written over
_NUMBERED = {"elu": "EluBackward1", "selu": "EluBackward1", "celu": "CeluBackward1", "leaky_relu": "LeakyReluBackward1",
             "threshold": "ThresholdBackward1"}  # fmt: skip


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x for x > 0, else ``negative_slope`` * x, which is also the slope at 0."""
    number("leaky_relu", "negative_slope", negative_slope)
    return _in_place("leaky_relu", lambda x: _act.leaky_relu.call(x, negative_slope), input, inplace)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x for x > 0, else alpha * (exp(x) - 1)."""
    return _in_place("elu", lambda x: _act.elu.call(x, alpha, 1, 1), input, inplace)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """elu scaled so that means and variances stay at 0 and 1."""
    return _in_place(
        "selu",
        lambda x: _act.elu.call(x, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1),
        input,
        inplace,
    )


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x for x > 0, else alpha * (exp(x / alpha) - 1)."""
    return _in_place("celu", lambda x: _act.celu.call(x, alpha), input, inplace)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x times the normal distribution function at x, or its tanh approximation."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    if input._array.dtype.kind not in "fV":
        raise no_kernel("GeluKernelImpl", input._array.dtype)
    return _act.gelu.call(input, approximate)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x * sigmoid(x). Of complex numbers PyTorch takes no derivative, and says so."""
    if not inplace:
        real_slopes("silu", input)
    return _in_place("silu", _act.silu.call, input, inplace)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x * tanh(softplus(x))."""
    return _in_place("mish", _act.mish.call, input, inplace)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta x)) / beta, and x itself where beta x > threshold."""
    return _act.softplus.call(input, beta, threshold)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """x limited to [min_val, max_val]."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return _in_place("hardtanh", lambda x: _act.hardtanh.call(x, min_val, max_val), input, inplace)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """x limited to [0, 6]."""
    return hardtanh(input, 0.0, 6.0, inplace)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x * hardsigmoid(x)."""
    return _in_place("hardswish", _act.hardswish.call, input, inplace)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """x / 6 + 1 / 2 limited to [0, 1]."""
    return _in_place("hardsigmoid", _act.hardsigmoid.call, input, inplace)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x where above the threshold, else ``value``."""
    return _in_place("threshold", lambda x: _act.threshold.call(x, threshold, value), input, inplace)


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x where |x| > lambd, else 0."""
    return _act.hardshrink.call(input, lambd)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x moved towards 0 by lambd, 0 where |x| <= lambd."""
    if not lambd >= 0:
        most = f"{finfo(input.dtype).max:g}" if input.dtype.is_floating_point else "0"
        raise RuntimeError(f"lambda must be in range [0, {most}] for input dtype {input.dtype.kind}, but found {lambd:g}")
    return _act.softshrink.call(input, lambd)


def logsigmoid(input: Tensor) -> Tensor:
    """log(sigmoid(x)), without overflow."""
    return _act.logsigmoid.call(input)


def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|)."""
    return input / (input.abs() + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh(x)."""
    return input - input.tanh()


glu, prelu = _act.glu_word, _act.prelu


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype=None) -> Tensor:
    """exp(x) / sum(exp(x)) along ``dim``."""
    if type(input) is not Tensor and (own := operands.own_softmax(softmax, input, dim, _stacklevel, dtype)) is not None:
        return own[0]
    return input.softmax(operands.chosen_dim("softmax", input, dim), dtype=dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype=None) -> Tensor:
    """The logarithm of softmax, without overflow."""
    if type(input) is not Tensor and (own := operands.own_softmax(log_softmax, input, dim, _stacklevel, dtype)) is not None:
        return own[0]
    return _act.log_softmax(input, operands.chosen_dim("log_softmax", input, dim), dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype=None) -> Tensor:
    """softmax of -x."""
    if type(input) is not Tensor and (own := operands.own_softmax(softmin, input, dim, _stacklevel, dtype)) is not None:
        return own[0]
    return softmax(-input, operands.chosen_dim("softmin", input, dim), dtype=dtype)


def _with_out(name: str):
    """``name`` with ``out=``, where it is one of PyTorch's kernels."""
    word = globals()[name]

    @functools.wraps(word)
    def writing(*args, out=None, **kwargs):
        if out is None:
            return word(*args, **kwargs)
        refuse_out(name, out, (*args, *kwargs.values()))
        return write_out(name, out, word(*args, **kwargs))

    return writing


_KERNELS = "avg_pool2d avg_pool3d gelu hardshrink logsigmoid normalize softplus softshrink".split()
globals().update({name: _with_out(name) for name in _KERNELS})


def _over(name: str):
    """``relu_`` and its like: the activation, written over its input."""
    word = globals()[name]

    def over(input, *args, **kwargs):
        return word(input, *args, **kwargs, inplace=True)

    over.__name__ = over.__qualname__ = f"{name}_"
    over.__doc__ = f"``{name}``, written over ``input``."
    return over


relu_, elu_, celu_, selu_, leaky_relu_, hardtanh_, threshold_ = map(
    _over, ("relu", "elu", "celu", "selu", "leaky_relu", "hardtanh", "threshold")
)


def rrelu_(input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Tensor:
    """``rrelu``, written over ``input``."""
    return rrelu(input, lower, upper, training, True)  # noqa: F405


_asked, _unasked = [], []  # not those that warn at the line that called them, which one call more would hide
for _name, _word in list(globals().items()):
    if isinstance(_word, FunctionType) and not _name.startswith("_"):
        if _asking := operands.asking(_name, _word, __name__):
            globals()[_name] = _asking
        (_asked if _asking else _unasked).append(_name)
ask_first(globals(), _asked)
exchanged(globals(), _unasked)


def __getattr__(name: str):
    if name in ("conv_tbc", "native_channel_shuffle"):  # of the dispatcher's words these two are also here
        from . import aten

        return guarded("f", name, getattr(aten, name))
    raise missing("torch.nn.functional", name)
