"""What a node keeps for its rules, whatever kind of node it is, as one list."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..core.function import FunctionNode
from ..core.inplace import CopySlices
from ..core.node import FREED
from ..core.several import SeveralNode
from ..core.tensor import Tensor


class Saved(NamedTuple):
    """One saved tensor."""

    name: str  # the rule's word for it: an input's name, or "out"
    array: Any  # the memory it refers to now
    version: int  # when it was saved
    counter: Any  # its version counter, a list of one number; None means "still 0"
    tensor: Tensor | None  # None for an output, of which only the array is kept

    @property
    def now(self) -> int:
        """The version today."""
        return self.counter[0] if type(self.counter) is list else 0

    @property
    def is_stale(self) -> bool:
        """Written over since it was saved."""
        return self.now != self.version


def saved_tensors(node: Any) -> list[Saved]:
    """The tensors a node keeps, in the order its rules name them; [] once they are freed. Numbers are not counted."""
    if isinstance(node, CopySlices):
        return saved_tensors(node.inner)
    if isinstance(node, FunctionNode):
        kept: Any = node.kept or ()
        return [s for i, one in enumerate(kept) if (s := _of_function(node, i, *one)) is not None]
    primitive = node.primitive
    if primitive is None:
        return []
    out: list[Saved] = []
    value: Any
    for name in primitive.holds:
        if isinstance(node, SeveralNode):
            values: Any = node.values
            value = FREED if values is FREED else values[name]
            version, counter = node.versions.get(name, 0), None
        else:
            value = getattr(node, name)
            version, counter = getattr(node, f"{name}_version", 0), node.counter if name == "out" else None
        several = isinstance(value, (tuple, list))
        for i, one in enumerate(value if several else (value,)):
            label = f"{name}[{i}]" if several else name
            if isinstance(one, Tensor):
                out.append(Saved(label, one._array, version, one._counter, one))
            elif name == "out" and isinstance(one, (np.ndarray, np.generic)):
                out.append(Saved(label, one, version, counter, None))
    return out


def _of_function(node, i, tensor, array, version, slot) -> Saved | None:
    if tensor is None and array is None:
        return None
    if tensor is None:
        return Saved(f"saved_tensors[{i}]", array, version, node.results[slot][2], None)
    return Saved(f"saved_tensors[{i}]", tensor._array, version, tensor._counter, tensor)


def buffer_of(array) -> Any:
    """The allocation an array lives in: two views of one array have the same."""
    while getattr(array, "base", None) is not None and isinstance(array.base, np.ndarray):
        array = array.base
    return array
