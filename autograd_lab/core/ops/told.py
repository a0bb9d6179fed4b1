"""The arguments of a call that PyTorch's node says (``_saved_padding``) and no rule here reads: kept where metadata is, beside the node."""

from __future__ import annotations

from ..face import mark_of
from ..node import node_at


def told(out, **words):
    """``out``, a tensor or several of one node, which says also ``words``."""
    node = node_at((out[0] if isinstance(out, tuple) else out)._node)
    if node is not None and words:
        mark_of(node).said = words
    return out


def told_of_windows(out, n: int, windows: dict, **words):
    """``told`` of windows over ``n`` dimensions: those over a line are over a plane one row high."""
    row = {"padding": 0}
    sizes = {word: size if n > 1 or not size else (row.get(word, 1), *size) for word, size in windows.items()}
    return told(out, **sizes, **words)
