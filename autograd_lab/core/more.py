"""The rare part of a tensor: what a view, a retained gradient or a flag turned off needs, behind ``_more``."""

from __future__ import annotations

OWN = object()  # a grad_dtype nobody has set: the tensor's own


class More:
    """What few tensors have. ``base`` and ``path``: a view, and the operations that lead to it from its base;
    ``stamp``: the base's version when ``_node`` was made; ``origin``: why the view may not be written, if it may not;
    ``turns``: how often a base was given other sizes in place (turning.py), and a view's base when its path was made;
    ``sink``: that of a leaf whose flag is off, if graphs or hooks may still know it; ``whole``: of what was detached from a
    view, all the memory, of which PyTorch counts its offset; ``watched``: whether a leaf's sink has what goes when nobody else
    holds it (node.py, ``is_held``)."""

    __slots__ = tuple("grad grad_dtype retain base path stamp origin slot turns sink whole watched".split())

    def __init__(self, base=None, path=None, stamp=None, origin=None, turns=0):
        self.base, self.path, self.stamp, self.origin, self.turns = base, path, stamp, origin, turns
        self.grad_dtype, self.grad, self.retain, self.slot, self.sink, self.whole = OWN, None, None, None, None, None
        self.watched = False

    def tell_whole(self, x, out) -> None:
        """``out`` is x, of which this is the rare part, outside of any graph: if x is a part of some memory, of which."""
        if self.base is not None or self.whole is not None:
            from .turning import whole_of

            out._get_more().whole = whole_of(x)
