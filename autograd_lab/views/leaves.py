"""``leaves(...)``: tensors as a table. Which are leaves, which want a gradient, what has been stored, how often written.

With ``by="storage"`` the same tensors by the memory they live in and the version counter that guards it.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np

from ..core.tensor import Tensor
from ..trace.names import caller_namespace, named_tensors
from ..trace.saved import buffer_of
from ..trace.summary import summarise
from .text import clean, columns, shape_text, value_text

HEAD = ("name", "shape", "dtype", "is_leaf", "requires_grad", "retains_grad", "grad", "version")


class Leaves:
    """A table of tensors; ``rows`` holds one dict a tensor with the keys of the header."""

    def __init__(self, named: list[tuple[str, Tensor]]):
        self.rows = [_row(name, tensor) for name, tensor in named]

    def __repr__(self) -> str:
        return "\n".join(columns([HEAD, *(tuple(map(_cell, row.values())) for row in self.rows)]))

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" style="text-align: left">{name}</th>' for name in HEAD)
        body = "".join(
            "<tr>" + "".join(f'<td style="text-align: left">{escape(_cell(value))}</td>' for value in row.values()) + "</tr>"
            for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


class Storages:
    """Tensors by memory and by version counter; ``memories`` is a list of (bytes, [(version, [names])])."""

    def __init__(self, named: list[tuple[str, Tensor]]):
        found: dict[int, tuple[int, dict[Any, tuple[int, list[str]]]]] = {}
        self._kept = [tensor for _, tensor in named]  # while they live, an id means one memory
        for name, tensor in named:
            memory = buffer_of(tensor._array) if type(tensor._array) is np.ndarray else tensor
            size = memory.nbytes if isinstance(memory, np.ndarray) else tensor._array.nbytes
            counters = found.setdefault(id(memory), (size, {}))[1]
            own = tensor._counter if type(tensor._counter) is list else tensor
            counters.setdefault(id(own), (_version(tensor), []))[1].append(name)
        self.memories = [(size, list(counters.values())) for size, counters in found.values()]

    def __repr__(self) -> str:
        lines = []
        for i, (size, counters) in enumerate(self.memories, 1):
            lines.append(f"memory {i}: {size} byte{'s' if size != 1 else ''}")
            lines += [f"  counter at v{version}: {', '.join(names)}" for version, names in counters]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        items = "".join(
            f"<li>memory {i}: {size} bytes<ul>"
            + "".join(f"<li>counter at v{version}: {escape(', '.join(names))}</li>" for version, names in counters)
            + "</ul></li>"
            for i, (size, counters) in enumerate(self.memories, 1)
        )
        return f"<ul>{items}</ul>"


def _row(name: str, tensor: Tensor) -> dict[str, Any]:
    more = tensor._more
    grad = tensor.grad if tensor.is_leaf else more.grad if more is not None else None
    return {
        "name": name, "shape": shape_text(list(tensor.shape)), "dtype": tensor.dtype.name, "is_leaf": tensor.is_leaf,
        "requires_grad": tensor.requires_grad, "retains_grad": tensor.retains_grad,
        "grad": None if grad is None else value_text(summarise(grad._array)), "version": _version(tensor),
    }  # fmt: skip


def _version(tensor: Tensor) -> int:
    return tensor._counter[0] if type(tensor._counter) is list else 0


def _cell(value: Any) -> str:
    return clean(str(value))


def leaves(*tensors: Tensor, by: str | None = None, names: Mapping[str, Any] | None = None) -> Leaves | Storages:
    """A table of the given tensors, or of every tensor that has a name in the calling code.

    ``by="storage"`` groups them by memory and version counter. Names come from the calling code, or from ``names``. TypeError
    if something is not a Tensor, ValueError for another ``by``.

    >>> import autograd_lab as torch
    >>> w = torch.tensor([3.0, 4.0], requires_grad=True)
    >>> cut = w.detach()
    >>> torch.leaves(w, cut)  # doctest: +NORMALIZE_WHITESPACE
    name  shape  dtype    is_leaf  requires_grad  retains_grad  grad  version
    w     (2,)   float32  True     True           False         None  0
    cut   (2,)   float32  True     False          False         None  0
    >>> torch.leaves(w, cut, by="storage")
    memory 1: 8 bytes
      counter at v0: w, cut
    """
    if by not in (None, "storage"):
        raise ValueError(f'by={by!r} is not a way to group tensors: leave it out, or say by="storage".')
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"leaves() lists Tensors, but one of the arguments is of type {type(tensor).__name__}.")
    known: dict[int, tuple[str, Tensor]] = {}
    for name, tensor in named_tensors(caller_namespace() if names is None else names):
        known.setdefault(id(tensor), (name, tensor))
    named = [known.get(id(t), (f"tensor {i}", t)) for i, t in enumerate(tensors, 1)] or list(known.values())
    return Storages(named) if by == "storage" else Leaves(named)
