"""A normalisation that only scales and shifts, drawn into the weights of the layer before it: the same function, one layer less."""

from __future__ import annotations

import copy

import numpy as np

from ...core.tensor import Tensor, wrap
from ..parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]


def _drawn_in(weight: Tensor, bias, mean, variance, eps, gain, shift, axis: int):
    """(weight, bias) as parameters: gain / sqrt(variance + eps) times the weights, by the channels along ``axis``."""
    bias, gain, shift = (
        np.asarray(default, mean._array.dtype) if t is None else t._array for t, default in ((bias, 0), (gain, 1), (shift, 0))
    )
    scale = gain / np.sqrt(variance._array + mean._array.dtype.type(eps))
    sides = [1] * weight._array.ndim
    sides[axis] = -1
    fused = (weight._array * scale.reshape(sides)).astype(weight._array.dtype)
    moved = ((bias - mean._array) * scale + shift).astype(weight._array.dtype)
    return Parameter(wrap(fused), weight.requires_grad), Parameter(wrap(moved), True)


def fuse_conv_bn_weights(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, transpose=False):
    """(weight, bias) of one convolution that does what a convolution and a normalisation in ``eval`` mode do."""
    return _drawn_in(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, 1 if transpose else 0)


def fuse_linear_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b):
    """(weight, bias) of one linear layer that does what a linear layer and a normalisation in ``eval`` mode do."""
    return _drawn_in(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, 0)


def fuse_conv_bn_eval(conv, bn, transpose=False):
    """A copy of ``conv`` that does what ``bn(conv(x))`` does. Both must be in ``eval`` mode."""
    assert not (conv.training or bn.training), "Fusion only for eval!"
    fused = copy.deepcopy(conv)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def fuse_linear_bn_eval(linear, bn):
    """A copy of ``linear`` that does what ``bn(linear(x))`` does. Both must be in ``eval`` mode."""
    assert not (linear.training or bn.training), "Fusion only for eval!"
    fused = copy.deepcopy(linear)
    assert linear.out_features == bn.num_features or bn.num_features == 1, (
        "To fuse, linear.out_features == bn.num_features or bn.num_features == 1"
    )
    fused.weight, fused.bias = fuse_linear_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return fused
