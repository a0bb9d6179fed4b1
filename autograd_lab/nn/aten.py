"""What ``torch.dropout``, ``torch.batch_norm``, ``torch.lstm`` and their like take, outside of ``nn.functional``.

PyTorch's dispatcher has its own order of arguments, counts reductions and modes by number and gives more than one result; programs
and printed graphs use these names too. Each word here rearranges its arguments and calls the function proper.
"""

from __future__ import annotations

import functools

import numpy as np

from ..core import dtypes
from ..core.node import apart, called
from ..core.ops.convolution import pad_constant
from ..core.ops.create import empty
from ..core.ops.later import function as _function
from ..core.ops.norms import vector_norm
from ..core.ops.told import told
from ..core.tensor import wrap
from . import functional as F
from . import recurrence
from .criteria import ranked
from .reduction import NUMBERED

# The same function under both roofs.
SHARED = """adaptive_avg_pool1d avg_pool1d bilinear celu_ channel_shuffle conv1d conv2d conv3d conv_transpose1d conv_transpose2d
            conv_transpose3d cosine_similarity hardshrink max_pool1d_with_indices pairwise_distance pixel_shuffle pixel_unshuffle
            prelu relu_ selu_ threshold_""".split()
globals().update({name: getattr(F, name) for name in SHARED})

# ---------------------------------------------------------------------- activations, pooling


def celu(input, alpha=1.0):
    """x for x > 0, else alpha * (exp(x / alpha) - 1)."""
    return F.celu(input, alpha)


def selu(input):
    """elu scaled so that means and variances stay at 0 and 1."""
    return F.selu(input)


def threshold(input, threshold, value):
    """x where above the threshold, else ``value``."""
    return F.threshold(input, threshold, value)


def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False):
    """x where positive; else x times a slope drawn from [lower, upper) while training, their mean otherwise."""
    return F.rrelu(input, lower, upper, training)


def rrelu_(input, lower=1.0 / 8, upper=1.0 / 3, training=False):
    """``rrelu``, written over ``input``."""
    return F.rrelu(input, lower, upper, training, True)


def _pooled(n):
    def pool(input, kernel_size, stride=(), padding=0, dilation=1, ceil_mode=False):
        return getattr(F, f"max_pool{n}d")(input, kernel_size, stride, padding, dilation, ceil_mode)

    pool.__name__ = pool.__qualname__ = f"max_pool{n}d"
    pool.__doc__ = f"The largest of every window over {n} spatial dimensions."
    return pool


max_pool1d, max_pool2d, max_pool3d = map(_pooled, (1, 2, 3))


def adaptive_max_pool1d(input, output_size):
    """(the largest of nearly equal windows, where they stand)."""
    return F.adaptive_max_pool1d(input, output_size, True)


def max_pool2d_with_indices_backward(grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices):
    """The gradient of ``max_pool2d``: zeros with ``grad_output`` where the largest stand."""
    *lead, rows, columns = self._array.shape
    nothing = wrap(np.zeros((*lead, rows * columns), grad_output._array.dtype))
    flat = nothing.scatter_add(-1, indices.reshape(*lead, -1), grad_output.reshape(*lead, -1))
    return flat.reshape(*lead, rows, columns)


def constant_pad_nd(input, pad, value=0):
    """``input`` with ``value`` around it: ``pad`` lists (before, after) from the last dimension on."""
    if isinstance(value, complex):  # which ``pad`` does not take
        return pad_constant(input, list(pad), value)
    return F.pad(input, pad, "constant", value)


# ---------------------------------------------------------------------- dropout


def _dropping(name):
    word = F.alpha_dropout if name == "alpha_dropout" else F.dropout if name == "dropout" else None
    word = word or (F.feature_alpha_dropout if name == "feature_alpha_dropout" else F.dropout2d)

    def drop(input, p, train):
        return word(input, p, train)

    def over(input, p, train):
        return word(input, p, train, True)

    for made, spelling in (drop, name), (over, name + "_"):
        made.__name__ = made.__qualname__ = spelling
        made.__doc__ = f"``nn.functional.{word.__name__}``" + (", written over ``input``." if made is over else ".")
    return drop, over


dropout, dropout_ = _dropping("dropout")
alpha_dropout, alpha_dropout_ = _dropping("alpha_dropout")
feature_alpha_dropout, feature_alpha_dropout_ = _dropping("feature_alpha_dropout")
feature_dropout, feature_dropout_ = _dropping("feature_dropout")


def native_dropout_backward(grad_output, mask, scale):
    """The gradient of dropout: what was kept, times ``scale``."""
    return grad_output * (mask.to(grad_output.dtype) * scale)


# ---------------------------------------------------------------------- normalisation


def batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled=True):
    """Each channel normalised: over the batch in training, by the running statistics otherwise."""
    return F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, cudnn_enabled=True):
    """Each channel of each sample normalised by itself."""
    return F.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-05, cudnn_enable=True):
    """Each sample normalised over its last dimensions, scaled and shifted."""
    return F.layer_norm(input, normalized_shape, weight, bias, eps)


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-05, cudnn_enabled=True):
    """Each of ``num_groups`` groups of channels normalised, each channel scaled and shifted."""
    return F.group_norm(input, num_groups, weight, bias, eps)


def rms_norm(input, normalized_shape, weight=None, eps=None):
    """x divided by the root of the mean square of its last dimensions, scaled."""
    return F.rms_norm(input, normalized_shape, weight, eps)


def _moments(x, dims, eps, keepdim):
    """(mean, 1 / standard deviation) over ``dims``."""
    mean = x.mean(dims, keepdim)
    return mean, (x.var(dims, correction=0, keepdim=keepdim) + eps).rsqrt()


def native_layer_norm(input, normalized_shape, weight, bias, eps):
    """(``layer_norm``, the mean, 1 / the standard deviation); as in PyTorch no gradient goes through the last two."""
    dims = tuple(range(input.ndim - len(normalized_shape), input.ndim))
    return F.layer_norm(input, normalized_shape, weight, bias, eps), *_moments(input.detach(), dims, eps, True)


def native_group_norm(input, weight, bias, N, C, HxW, group, eps):
    """(``group_norm``, the mean of each group, 1 / its standard deviation)."""
    whole = input.shape[:2] == (N, C)
    out = F.group_norm(input if whole else input.reshape(N, C, HxW), group, weight, bias, eps)
    return out if whole else out.reshape(input.shape), *_moments(input.reshape(N, group, C // group * HxW), 2, eps, False)


def native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps):
    """(``batch_norm``, the batch's mean, 1 / its standard deviation); the last two are empty outside of training."""
    if not training:
        nothing = (wrap(np.empty(0, input._array.dtype)) for _ in range(2))
        return F.batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps), *nothing
    saved = _moments(input.detach(), (0, *range(2, input.ndim)), eps, False)
    return F.batch_norm(input, running_mean, running_var, weight, bias, True, momentum, eps), *saved


def norm_except_dim(v, pow=2, dim=0):
    """The norms of the slices of ``v`` along ``dim``, of the whole for -1."""
    if dim == -1:
        return called(vector_norm(v, pow), "NormBackward0")
    if dim not in (0, v.ndim - 1):
        return norm_except_dim(v.transpose(0, dim), pow, 0).transpose(0, dim)
    size = [n if d == dim else 1 for d, n in enumerate(v.shape)]
    rows = v.reshape(v.shape[0], -1) if dim == 0 else v.reshape(-1, v.shape[-1])
    return told(called(vector_norm(rows, pow, 1 if dim == 0 else 0), "NormBackward1"), p=pow).view(size)


# ---------------------------------------------------------------------- losses, their reductions numbered


def _numbered(word, *names):
    """``word`` with its arguments in the dispatcher's order, ``reduction`` among them as 0 (unless given), 1 or 2."""

    @functools.wraps(word)
    def loss(*args, **kwargs):
        given = dict(zip(names, args)) | kwargs
        given["reduction"] = NUMBERED[given.get("reduction", 0)]
        return word(**given)

    return loss


binary_cross_entropy_with_logits = _numbered(
    F.binary_cross_entropy_with_logits, "input", "target", "weight", "pos_weight", "reduction"
)
cosine_embedding_loss = _numbered(F.cosine_embedding_loss, "input1", "input2", "target", "margin", "reduction")
hinge_embedding_loss = _numbered(F.hinge_embedding_loss, "input", "target", "margin", "reduction")
kl_div = _numbered(F.kl_div, "input", "target", "reduction")
margin_ranking_loss = _numbered(ranked, "input1", "input2", "target", "margin", "reduction")
margin_ranking_loss.__name__ = margin_ranking_loss.__qualname__ = "margin_ranking_loss"
poisson_nll_loss = _numbered(F.poisson_nll_loss, "input", "target", "log_input", "full", "eps", "reduction")
triplet_margin_loss = _numbered(
    F.triplet_margin_loss, "anchor", "positive", "negative", "margin", "p", "eps", "swap", "reduction"
)
ctc_loss = _numbered(
    F.ctc_loss, "log_probs", "targets", "input_lengths", "target_lengths", "blank", "reduction", "zero_infinity"
)

# ---------------------------------------------------------------------- tables, grids


def embedding(weight, indices, padding_idx=-1, scale_grad_by_freq=False, sparse=False):
    """Rows of ``weight`` at ``indices``; row ``padding_idx`` gets no gradient, unless it is negative."""
    return F.embedding(indices, weight, padding_idx if padding_idx >= 0 else None, None, 2.0, scale_grad_by_freq, sparse)


def embedding_renorm_(weight, indices, max_norm, norm_type):
    """``weight``, its rows at ``indices`` shortened to ``max_norm``."""
    F.embedding(indices, weight.detach(), None, max_norm, norm_type)
    return weight


_MODES, _PADDINGS = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")


def grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners):
    """``nn.functional.grid_sample``, its modes numbered."""
    return F.grid_sample(input, grid, _MODES[interpolation_mode], _PADDINGS[padding_mode], align_corners)


grid_sampler_2d = grid_sampler_3d = grid_sampler


def affine_grid_generator(theta, size, align_corners):
    """``nn.functional.affine_grid``."""
    return F.affine_grid(theta, size, align_corners)


def convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups):
    """A convolution or a transposed one over as many dimensions as ``weight`` has beyond two."""
    n = weight.ndim - 2
    if transposed:
        return getattr(F, f"conv_transpose{n}d")(input, weight, bias, stride, padding, output_padding, groups, dilation)
    return getattr(F, f"conv{n}d")(input, weight, bias, stride, padding, dilation, groups)


def conv_tbc(input, weight, bias, pad=0):
    """A convolution over time of (T, N, C) with kernels (K, C, O)."""
    if input.shape[2] != weight.shape[1]:
        raise RuntimeError("Input dim 2 (input channels) is not == dim 1 in the weight tensor")
    out = F.conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad).permute(2, 0, 1)
    return apart(called(out, "ConvTbcBackward0"))


# ---------------------------------------------------------------------- recurrence


def _cell(name, cell):
    def word(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
        hx = tuple(hx) if name == "lstm_cell" else hx
        return cell(F.linear(input, w_ih, b_ih), hx, w_hh, b_hh)

    word.__name__ = word.__qualname__ = name
    word.__doc__ = f"One step: {cell.__doc__}"
    return word


lstm_cell = _cell("lstm_cell", recurrence.lstm_cell)
gru_cell = _cell("gru_cell", recurrence.gru_cell)
rnn_tanh_cell = _cell("rnn_tanh_cell", recurrence.tanh_cell)
rnn_relu_cell = _cell("rnn_relu_cell", recurrence.relu_cell)


def _sequence(name, cell):
    pairs = name == "lstm"

    def word(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
        directions, each = 1 + bidirectional, 4 if has_biases else 2
        weights = []
        for i in range(0, len(params), each):
            w_ih, w_hh, *biases = params[i : i + each]
            b_ih, b_hh = biases or (None, None)
            weights.append((w_ih, b_ih, (w_hh, b_hh)))
        states = list(zip(*(h.unbind(0) for h in hx))) if pairs else list(hx.unbind(0))
        x = input.transpose(0, 1) if batch_first else input
        out, last = recurrence.layers(
            cell, x, states, weights, directions=directions, p=dropout, training=train, batch_sizes=None
        )
        out, stack = out.transpose(0, 1) if batch_first else out, _function("stack")
        return (out, *map(stack, zip(*last))) if pairs else (out, stack(last))

    word.__name__ = word.__qualname__ = name
    word.__doc__ = f"Layers of ``{cell.__name__}`` over a sequence: (outputs, last state)."
    return word


lstm = _sequence("lstm", recurrence.lstm_cell)
gru = _sequence("gru", recurrence.gru_cell)
rnn_tanh = _sequence("rnn_tanh", recurrence.tanh_cell)
rnn_relu = _sequence("rnn_relu", recurrence.relu_cell)


# ---------------------------------------------------------------------- bags


def embedding_bag(weight, indices, offsets, scale_grad_by_freq=False, mode=0, sparse=False, per_sample_weights=None,
                  include_last_offset=False, padding_idx=None):  # fmt: skip
    """(the bags, each index's bag, how many are in each, which row was largest where ``mode`` is 2): sums, means or maxima.

    PyTorch computes of the last three what its backward needs, and fills the others with zeros.
    """
    if per_sample_weights is not None and mode != 0:
        raise RuntimeError("embedding_bag: per_sample_weights only supported with mode='sum'")
    word = ("sum", "mean", "max")[mode]
    bags = F.embedding_bag(indices, weight, offsets, None, 2.0, scale_grad_by_freq, word, sparse, per_sample_weights,
                           include_last_offset, padding_idx)  # fmt: skip
    starts = offsets._array[: -1 if include_last_offset else None]
    index, kind = indices._array, indices._array.dtype
    bag = (np.searchsorted(starts, np.arange(index.size), side="right") - 1).astype(kind)
    if mode == 0:
        none = np.zeros(offsets._array.size, kind)
        return bags, wrap(bag if padding_idx is not None else bag[:0]), wrap(none), wrap(none.copy())
    kept = np.ones(index.size, bool) if padding_idx is None else index != padding_idx % weight._array.shape[0]
    sizes = np.bincount(bag[kept], minlength=starts.size).astype(kind)
    if mode == 1:
        return bags, wrap(bag), wrap(sizes), wrap(sizes.copy())
    largest = np.zeros(bags._array.shape, kind)
    for number in np.flatnonzero(sizes):
        rows = index[kept & (bag == number)]
        largest[number] = rows[weight._array[rows].argmax(0)]
    return bags, wrap(bag), wrap(sizes), wrap(largest)


def native_dropout(input, p, train):
    """(``dropout``, the mask of what stayed)."""
    if not train:
        return input.clone(), wrap(np.ones(input._array.shape, bool))
    if p == 1:
        return called(input * 0, "NativeDropoutBackward0"), wrap(np.zeros(input._array.shape, bool))
    mask = empty(input._array.shape, dtype=dtypes.BY_NAME["bool"], device=input.device).bernoulli_(1 - p)
    out = called(input * (mask.to(input.dtype) * (1 / (1 - p))), "NativeDropoutBackward0")
    return told(out, p=p, result1=mask), mask


def native_channel_shuffle(input, groups):
    """``channel_shuffle``."""
    return F.channel_shuffle(input, groups)
