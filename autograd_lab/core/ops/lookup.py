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
