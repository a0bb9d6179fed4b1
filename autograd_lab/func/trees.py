"""Nested tuples, lists and dicts of tensors, as functions take and return them."""

from __future__ import annotations

from ..core.tensor import Tensor


def leaves(tree) -> list:
    """What hangs in the tree, from left to right; dicts in the order of their keys' insertion."""
    if isinstance(tree, (tuple, list)):
        return [leaf for branch in tree for leaf in leaves(branch)]
    if isinstance(tree, dict):
        return [leaf for branch in tree.values() for leaf in leaves(branch)]
    return [tree]


def shape_of(tree) -> str:
    """How the tree is built, with a star for each of its leaves: ``(*, [*, *])``."""
    if isinstance(tree, tuple):
        return "(" + ", ".join(map(shape_of, tree)) + ("," * (len(tree) == 1)) + ")"
    if isinstance(tree, list):
        return "[" + ", ".join(map(shape_of, tree)) + "]"
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key!r}: {shape_of(branch)}" for key, branch in tree.items()) + "}"
    return "*"


def rebuilt(tree, new):
    """A tree of the same shape with the values that the iterator ``new`` gives."""
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(rebuilt(branch, new) for branch in tree))
    if isinstance(tree, (tuple, list)):
        return type(tree)(rebuilt(branch, new) for branch in tree)
    if isinstance(tree, dict):
        return {key: rebuilt(branch, new) for key, branch in tree.items()}
    return next(new)


def mapped(function, tree):
    """The tree with ``function`` applied to each tensor in it; what is no tensor stays."""
    return rebuilt(tree, (function(x) if isinstance(x, Tensor) else x for x in leaves(tree)))


def spread(prefix, tree):
    """``prefix`` laid over ``tree``: one value for each of its leaves. None if their shapes do not go together."""
    if prefix is None or isinstance(prefix, int):
        return [prefix] * len(leaves(tree))
    if isinstance(prefix, (tuple, list)) and isinstance(tree, (tuple, list)) and len(prefix) == len(tree):
        pairs = list(zip(prefix, tree))
    elif isinstance(prefix, dict) and isinstance(tree, dict) and prefix.keys() == tree.keys():
        pairs = [(prefix[key], tree[key]) for key in tree]
    else:
        return None
    found = [spread(p, t) for p, t in pairs]
    return None if any(f is None for f in found) else [dim for f in found for dim in f]
