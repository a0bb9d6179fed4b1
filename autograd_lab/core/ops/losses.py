"""Losses, each one node before it is averaged."""

from __future__ import annotations

import math

import numpy as np

from ..namespaces import sum_to
from ..primitive import primitive
from .activations import softened
from .masked import level_of
from .underivable import undifferentiated

# Every loss of input and target is elementwise and then reduced, in one node: ``_loss`` writes the reduction around it.


def how_many(shape) -> float:
    """The elements of ``shape``; nan of none, as which PyTorch has their mean."""
    return math.prod(shape) or math.nan


def _loss(node, value, slope, doc, target_slope=None, params=()):
    """A loss from ``value(xp, x, y, **params)`` and its slopes in x and in y."""

    def total(xp, x, y, reduction, params):
        out = value(xp, x, y, **params)
        if reduction == "none":
            return out
        return xp.sum(out) if reduction == "sum" else xp.sum(out) / how_many(out.shape)

    def share(xp, g, x, y, reduction):
        shape = np.broadcast_shapes(tuple(x.shape), tuple(y.shape))
        return xp.expand(g / how_many(shape), shape) if reduction == "mean" else g

    word = doc.split(":")[0]
    if params == ("beta",):

        def forward(xp, x, y, *, reduction, beta):
            return total(xp, x, y, reduction, {"beta": beta})

        def to_x(xp, g, x, y, reduction, beta):
            return sum_to(xp, share(xp, g, x, y, reduction) * slope(xp, x, y, beta), x.shape)

        def to_y(xp, g, x, y, reduction, beta):
            return sum_to(xp, -share(xp, g, x, y, reduction) * slope(xp, x, y, beta), y.shape)

    else:

        def forward(xp, x, y, *, reduction):
            return total(xp, x, y, reduction, {})

        def to_x(xp, g, x, y, reduction):
            return sum_to(xp, share(xp, g, x, y, reduction) * slope(xp, x, y), x.shape)

        def to_y(xp, g, x, y, reduction):
            other = target_slope(xp, x, y) if target_slope is not None else -slope(xp, x, y)
            return sum_to(xp, share(xp, g, x, y, reduction) * other, y.shape)

    forward.__name__, forward.__doc__ = word, doc
    op = primitive(forward, name=node)
    op.vjp("x")(to_x)
    op.vjp("y")(to_y)
    return op


mse_loss = _loss("MseLossBackward0", lambda xp, x, y: (x - y) * (x - y), lambda xp, x, y: 2 * (x - y),
                 "mse_loss: (x - y) squared.")  # fmt: skip


def _huber(xp, x, y, beta):
    d = x - y
    size = abs(d)
    return xp.where_mask(size < beta, 0.5 * d * d, beta * (size - 0.5 * beta))


def _huber_slope(xp, x, y, beta):
    d = x - y
    return xp.where_mask(abs(d) < beta, d, xp.sign(d) * beta)


huber_loss = _loss("HuberLossBackward0", _huber, _huber_slope,
                   "huber_loss: a parabola within ``beta`` of 0, straight lines outside.", params=("beta",))  # fmt: skip
smooth_l1_loss = _loss("SmoothL1LossBackward0", lambda xp, x, y, beta: _huber(xp, x, y, beta) / beta,
                       lambda xp, x, y, beta: _huber_slope(xp, x, y, beta) / beta,
                       "smooth_l1_loss: huber_loss / beta.", params=("beta",))  # fmt: skip


def _soft_margin(xp, x, y):
    return xp.log1p(xp.exp(-y * x))


soft_margin_loss = _loss("SoftMarginLossBackward0", _soft_margin, lambda xp, x, y: -y * xp.sigmoid(-y * x),
                         "soft_margin_loss: log(1 + exp(-y x)).",
                         target_slope=lambda xp, x, y: -x * xp.sigmoid(-y * x))  # fmt: skip


def _cut_log(xp, x):
    """log x, cut off at -100 as PyTorch does."""
    return xp.maximum(xp.log(x), xp.same_kind(-100, x))


_LEAST = float(np.float32(1e-12))  # PyTorch's, which is a number of 32 bits


def _cross_entropy_slope(xp, x, y):
    spread = (1 - x) * x
    return (x - y) / xp.where_mask(spread < _LEAST, _LEAST, spread)


def _reduced(xp, out, reduction):
    """The losses, their sum or their mean."""
    if reduction == "none":
        return out
    return xp.sum(out) if reduction == "sum" else xp.sum(out) / how_many(out.shape)


def _shared(xp, g, x, reduction):
    """What of ``g`` each element of the losses gets."""
    return xp.expand(g / how_many(x.shape), tuple(x.shape)) if reduction == "mean" else g


@primitive(name="BinaryCrossEntropyBackward0")
def binary_cross_entropy(xp, x, y, weight, *, reduction):
    """-weight (y log x + (1 - y) log(1 - x)), logarithms cut off at -100."""
    return _reduced(xp, weight * -(y * _cut_log(xp, x) + (1 - y) * _cut_log(xp, 1 - x)), reduction)


@binary_cross_entropy.vjp("x")
def binary_cross_entropy_x(xp, g, x, y, weight, reduction):
    return _shared(xp, g, x, reduction) * weight * _cross_entropy_slope(xp, x, y)


@binary_cross_entropy.vjp("y")
def binary_cross_entropy_y(xp, g, x, weight, reduction):
    return _shared(xp, g, x, reduction) * weight * (xp.log(1 - x) - xp.log(x))


@primitive(name="BinaryCrossEntropyWithLogitsBackward0")
def binary_cross_entropy_with_logits(xp, x, y, weight, pos_weight, *, reduction):
    """-weight (pos_weight y log sigmoid(x) + (1 - y) log(1 - sigmoid(x))), without overflow."""
    return _reduced(xp, weight * ((1 - y) * x + (1 + (pos_weight - 1) * y) * softened(xp, -x)), reduction)  # -log sigmoid(x)


@binary_cross_entropy_with_logits.vjp("x")
def with_logits_x(xp, g, x, y, weight, pos_weight, x_shape, reduction):
    s = xp.sigmoid(x)
    return sum_to(xp, _shared(xp, g, x, reduction) * weight * ((1 - y) * s - pos_weight * y * (1 - s)), x_shape)


@binary_cross_entropy_with_logits.vjp("y")
def with_logits_y(xp, g, x, weight, pos_weight, y_shape, reduction):
    return sum_to(xp, _shared(xp, g, x, reduction) * weight * ((pos_weight - 1) * softened(xp, -x) - x), y_shape)


@primitive(name="MultiMarginLossBackward0")
def multi_margin(xp, x, *, key, scale, p, margin, reduction):
    """scale times how far each class comes within ``margin`` of the right one, at ``key``, to the power p."""
    behind = _behind(xp, x, key, margin)
    return _reduced(xp, xp.sum(behind**p * scale, 1), reduction)


def _behind(xp, x, key, margin):
    gap = margin - xp.reshape(xp.take(x, key), (-1, 1)) + x
    others = np.arange(x.shape[1]) != np.reshape(key[1], (-1, 1))
    return xp.where_mask(others, xp.where_mask(gap > 0, gap, 0), 0)


@multi_margin.vjp("x", recorded=undifferentiated("multi_margin_loss"))
def multi_margin_x(xp, g, x, x_shape, key, scale, p, margin, reduction):
    behind = _behind(xp, x, key, margin)
    ahead = xp.cast(behind > 0, g.dtype) if p == 1 else 2 * behind
    slope = ahead * scale * xp.reshape(g / x_shape[0] if reduction == "mean" else g, (-1, 1))
    return slope + xp.scatter(-xp.sum(slope, 1), x_shape, key)


@primitive(name="MultilabelMarginLossBackward0")
def multilabel_margin(xp, x, *, key, pairs, reduction):
    """How far classes come within 1 of those at ``key``, summed over ``pairs`` of both kinds, over the number of classes."""
    return _reduced(xp, xp.sum(_gaps(xp, x, key, pairs), (1, 2)) / x.shape[1], reduction)


def _gaps(xp, x, key, pairs):
    rows, classes = x.shape
    gap = 1 - xp.reshape(xp.take(x, key), (rows, classes, 1)) + xp.reshape(x, (rows, 1, classes))
    return xp.where_mask(pairs, xp.where_mask(gap > 0, gap, 0), 0)


@multilabel_margin.vjp("x", recorded=undifferentiated("multilabel_margin_loss"))
def multilabel_margin_x(xp, g, x, x_shape, key, pairs, reduction):
    share = (g / x_shape[0] if reduction == "mean" else g) / x_shape[1]
    slope = xp.cast(_gaps(xp, x, key, pairs) > 0, g.dtype) * xp.reshape(share, (-1, 1, 1))
    return xp.sum(slope, 1) + xp.scatter(-xp.sum(slope, 2), x_shape, key)


def _nll(node):
    def forward(xp, x, *, key, scale, total):
        loss = xp.where_mask(scale == 0, 0, -xp.take(x, key) * scale)  # what is passed over counts 0, be it infinite
        return loss if total is None else xp.sum(loss) / total

    def to_x(xp, g, x, x_shape, key, scale, total):  # x for nobody: it is saved, as in PyTorch
        g = g if total is None else xp.expand(g / total, scale.shape)
        return xp.scatter(
            xp.where_mask(scale == 0, 0, -g * scale), x_shape, key
        )  # of no class at all too, where g / total is nan

    forward.__name__ = node.removesuffix("Backward0").lower()
    forward.__doc__ = "-scale times the elements that ``key`` names; with ``total``, their sum divided by it."
    op = primitive(forward, name=node)
    op.vjp("x", recorded=level_of(node))(to_x)
    return op


nll_loss, nll_loss_2d = _nll("NllLossBackward0"), _nll("NllLoss2DBackward0")
