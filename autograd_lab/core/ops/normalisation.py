"""Normalising: subtract the mean, divide by the standard deviation, scale and shift."""

from __future__ import annotations

from ..namespaces import sum_to
from ..primitive import primitive
from .masked import made_with
from .reduce import count


def _mean(xp, x, dims):
    return xp.sum(x, dims, True) / (count(x.shape, dims) or 1)


def _parts(xp, x, dims, eps):
    """(x less its mean over ``dims``, 1 / its standard deviation)."""
    d = x - _mean(xp, x, dims)
    return d, 1 / xp.sqrt(_mean(xp, d * d, dims) + eps)


def _shaped(xp, x, shape):
    """x in that shape; as it is where there is none, or where a number stands for a tensor."""
    return x if shape is None or not getattr(x, "ndim", 0) else xp.reshape(x, tuple(shape))


def _normalising(word, node, doc, at_once=True):
    """``folded`` is the shape of x in which ``dims`` count, ``beside`` that of weight and bias beside it; None for their own.

    ``affine``: whether there is a weight or a bias; a number stands for one that there is not.
    """

    def forward(xp, x, weight, bias, *, dims, eps, folded=None, beside=None, affine=True):
        out, scale = _parts(xp, _shaped(xp, x, folded), dims, eps)
        out *= scale  # a result that nobody has yet
        if affine:
            out = out * _shaped(xp, weight, beside) + _shaped(xp, bias, beside)
        return _shaped(xp, out, None if folded is None else tuple(x.shape))

    def to_x(xp, g, x, weight, dims, eps, folded, beside, affine):
        """(g w - mean(g w) - x^ mean(g w x^)) / sigma."""
        d, scale = _parts(xp, _shaped(xp, x, folded), dims, eps)
        normal, gw = d * scale, _shaped(xp, g, folded)
        if affine:
            gw = gw * _shaped(xp, weight, beside)
        dx = (gw - _mean(xp, gw, dims) - normal * _mean(xp, gw * normal, dims)) * scale
        return _shaped(xp, dx, None if folded is None else tuple(x.shape))

    def to_weight(xp, g, x, weight_shape, dims, eps, folded, beside):
        d, scale = _parts(xp, _shaped(xp, x, folded), dims, eps)
        return _summed(xp, _shaped(xp, g, folded) * (d * scale), weight_shape, beside)

    def to_bias(xp, g, x, weight, bias_shape, folded, beside):  # x and weight for nobody: they are saved, as in PyTorch
        return _summed(xp, _shaped(xp, g, folded), bias_shape, beside)

    def to_bias_alone(xp, g, bias_shape, folded, beside):
        return _summed(xp, _shaped(xp, g, folded), bias_shape, beside)

    forward.__name__, forward.__doc__ = word, doc
    op = primitive(forward, name=node)
    for name, rule in (("x", to_x), ("weight", to_weight)):
        op.vjp(name)(rule)
    if at_once:
        op.vjp("bias", recorded=made_with(node, "bias"), beside=2)(to_bias)
    else:
        op.vjp("bias")(to_bias_alone)
    return op


def _summed(xp, g, shape, beside):
    """``g`` brought back to a weight of ``shape`` that stood beside x as ``beside``."""
    if beside is None or not len(shape):
        return sum_to(xp, g, shape)
    return xp.reshape(sum_to(xp, g, beside), tuple(shape))


layer_normal = _normalising("layer_normal", "NativeLayerNormBackward0", "Each sample normalised over its last dimensions.")
group_normal = _normalising("group_normal", "NativeGroupNormBackward0", "Each group of channels normalised.", False)
batch_normal = _normalising("batch_normal", "NativeBatchNormBackward0", "Each channel normalised over the batch.")


@primitive(name="NativeBatchNormBackward0")
def fixed_normal(xp, x, weight, bias, *, mean, var, eps):
    """Each channel normalised by statistics given: what batch normalisation does in evaluation."""
    beside = mean.shape
    return (x - mean) / xp.sqrt(var + eps) * _shaped(xp, weight, beside) + _shaped(xp, bias, beside)


@fixed_normal.vjp("x", recorded=made_with("NativeBatchNormBackward0", "x", 1))
def fixed_normal_x(xp, g, x, weight, var, eps):  # x for nobody: it is saved, as in PyTorch
    return g * _shaped(xp, weight, var.shape) / (var + eps) ** 0.5


@fixed_normal.vjp("weight")
def fixed_normal_weight(xp, g, x, weight_shape, mean, var, eps):
    return _summed(xp, g * ((x - mean) / (var + eps) ** 0.5), weight_shape, mean.shape)


@fixed_normal.vjp("bias", recorded=made_with("NativeBatchNormBackward0", "bias"), beside=2)
def fixed_normal_bias(xp, g, x, weight, bias_shape, mean):
    return _summed(xp, g, bias_shape, mean.shape)
