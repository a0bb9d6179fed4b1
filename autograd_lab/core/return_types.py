"""The tuples with names that words of several results give: ``torch.return_types.max(values=..., indices=...)``."""

from __future__ import annotations

import functools
from collections import namedtuple


@functools.cache
def returned(word: str, fields: str) -> type:
    """The class of ``word``'s results, which are named ``fields``; it prints as PyTorch's does, a result a line."""

    def __repr__(self):
        told = ",\n".join(f"{name}={value!r}" for name, value in zip(self._fields, self))
        return f"torch.return_types.{word}(\n{told})"

    made = type(word, (namedtuple(word, fields),), {"__slots__": (), "__repr__": __repr__})
    made.__module__ = "torch.return_types"
    return made
