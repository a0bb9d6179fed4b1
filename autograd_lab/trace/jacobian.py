"""The local Jacobian of an edge: how each element of what a node made depends on each element of one of its inputs.

The node's own rule computes it. A rule turns the gradient of the output into that of an input, ``g -> g @ J`` with both laid
flat; the rows of the identity, one after the other in place of ``g``, therefore give the rows of ``J``.

>>> import autograd_lab as torch
>>> x = torch.tensor([1.0, 2.0], requires_grad=True)
>>> node = x.square().grad_fn
>>> jacobian(node, [np.ones(2, "f4")], 0)
array([[2., 0.],
       [0., 4.]], dtype=float32)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.face import NodeType
from ..core.function import FunctionNode
from ..core.node import Node
from ..core.saved import Packed
from ..core.tensor import Tensor
from .saved import saved_tensors

LARGEST = 16_384  # numbers of a Jacobian: 128 by 128


def frozen(node: Any) -> Any:
    """A copy of ``node`` whose rules go on saying what they say now: it holds copies of what was saved.

    It is freed by nobody and heeds no later in-place operation. None for what has no rule of ours (a ``Function`` of the
    user's is not run only to be looked at), and where saved-tensor hooks hold what was saved, or it was written over already.
    """
    if isinstance(node, FunctionNode) or not isinstance(node, Node) or any(s.is_stale for s in saved_tensors(node)):
        return None
    twin = object.__new__(type(node))
    for kind in NodeType.mro(type(node)):
        for name in kind.__dict__.get("__slots__", ()):
            try:
                value = getattr(node, name)
            except AttributeError:  # a slot that was never filled
                continue
            if name == "inner":
                value = frozen(value)
            elif name not in ("edges", "birth", "mark", "primitive"):
                value = _copied(value)
            if value is Packed or (name == "inner" and value is None):
                return None
            setattr(twin, name, value)
    twin.hooks = None
    for name, still in (("watched", None), ("counters", None), ("counter", [getattr(twin, "out_version", 0)])):
        if hasattr(twin, name):
            setattr(twin, name, still)
    return twin


def _copied(value):
    """The arrays of a saved value, copied; ``Packed`` itself for what saved-tensor hooks hold."""
    if isinstance(value, Packed):
        return Packed
    if isinstance(value, Tensor):
        value = value._array
    if isinstance(value, np.ndarray):
        return value.copy()
    if type(value) is dict:
        made = {name: _copied(one) for name, one in value.items()}
        return Packed if any(one is Packed for one in made.values()) else made
    if type(value) in (list, tuple):
        several = [_copied(one) for one in value]
        return Packed if any(one is Packed for one in several) else type(value)(several)
    return value


def saved_bytes(node: Any) -> int:
    """The bytes a node keeps for its rules."""
    return sum(saved.array.nbytes for saved in saved_tensors(node))


def push(node: Any, gradients: Sequence[Any], slot: int) -> Any:
    """The gradient of input ``slot``, given those of the outputs, one each (None where there is none); None for no gradient.

    By the node's rules alone: no hook runs and nothing is freed. Raises what they raise.
    """
    with np.errstate(all="ignore"):
        return _sent(node, gradients, slot)


def _sent(node: Any, gradients: Sequence[Any], slot: int) -> Any:
    return node.apply(list(gradients) if node.outputs > 1 else gradients[0], True)[slot]


def jacobian(node: Any, likes: Sequence[Any], slot: int) -> np.ndarray:
    """The matrix of d outputs / d input ``slot``: a row for each element of the outputs, a column for each of the input.

    ``likes`` are arrays of the outputs' shapes and dtypes, None for one that has no gradient: its rows are left out.
    ValueError, a sentence, where there is none to show: complex numbers, too many numbers, or no gradient comes this way.
    """
    shapes = [(i, like.shape, like.dtype) for i, like in enumerate(likes) if like is not None]
    if any(dtype.kind == "c" for _, _, dtype in shapes):
        raise ValueError("a function of complex numbers has two Jacobians, and neither is shown")
    count = sum(int(np.prod(shape)) for _, shape, _ in shapes)
    rows: list[np.ndarray] = []
    with np.errstate(all="ignore"):  # once: entering it takes as long as a rule
        for output, shape, dtype in shapes:
            for i in range(int(np.prod(shape))):
                unit = np.zeros(shape, dtype)
                unit.reshape(-1)[i] = 1
                gradients: list[Any] = [None] * len(likes)
                gradients[output] = unit if shape else unit[()]
                row = _sent(node, gradients, slot)
                if row is None:
                    raise ValueError("no gradient comes this way")
                rows.append(np.array(row).reshape(-1))
                if count * rows[0].size > LARGEST:
                    raise ValueError(f"{count:,} × {rows[0].size:,} numbers are too many to write out")
    return np.stack(rows) if rows else np.zeros((0, 0))


def structure(matrix: np.ndarray) -> str:
    """What the form of a Jacobian is called: identity, zero, diagonal, selection (each output is one of the inputs); or "".

    >>> structure(np.eye(2)), structure(np.diag([2.0, 3.0])), structure(np.array([[0, 1], [0, 1]])), structure(np.ones((2, 2)))
    ('identity', 'diagonal', 'selection', '')
    """
    rows, columns = matrix.shape
    there = matrix != 0
    if not there.any():
        return "zero"
    square = rows == columns and rows > 1
    if square and not (there & ~np.eye(rows, dtype=bool)).any():
        return "identity" if (matrix.diagonal() == 1).all() else "diagonal"
    alone = columns > 1 and (there.sum(axis=1) == 1).all()
    return "selection" if alone and (matrix[there] == 1).all() else ""
