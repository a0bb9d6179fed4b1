"""Rows of a table at integers: what an embedding is."""

from __future__ import annotations

from ..primitive import primitive


@primitive(name="EmbeddingBackward0")
def embedding(xp, weight, *, key, scale):
    """The rows of ``weight`` at ``key``; ``scale`` (None for 1) is what each row's gradient is multiplied by."""
    return xp.take(weight, key)


@embedding.vjp("weight")
def embedding_weight(xp, g, weight_shape, key, scale):
    return xp.scatter(g if scale is None else g * scale, weight_shape, key)


@primitive(name="EmbeddingBagBackward0")
def bags_of_rows(xp, weight, share, *, key, bag, shape, scale, kept, over):
    """For each bag the sum of its rows of ``weight``, those at ``key``, each times its ``share``, or of those ``over`` how many.

    ``kept`` (None for all) says whose shares they are; ``scale`` (None for 1) is what each row's gradient is multiplied by.
    """
    total = xp.scatter(xp.take(weight, key) * _shares(xp, share, kept), shape, (bag,))
    return total if over is None else total / over


def _shares(xp, share, kept):
    """A column of shares, or the one number that all have."""
    if not share.shape:
        return share
    return xp.reshape(share if kept is None else xp.take(share, (kept,)), (-1, 1))


@bags_of_rows.vjp("weight")
def bags_of_rows_weight(xp, g, share, weight_shape, key, bag, scale, kept, over):
    rows = xp.take(g if over is None else g / over, (bag,)) * _shares(xp, share, kept)
    return xp.scatter(rows if scale is None else rows * scale, weight_shape, key)


@bags_of_rows.vjp("share")
def bags_of_rows_share(xp, g, weight, share_shape, key, bag, kept):
    slope = xp.sum(xp.take(g, (bag,)) * xp.take(weight, key), -1, False)
    return slope if kept is None else xp.scatter(slope, share_shape, (kept,))
