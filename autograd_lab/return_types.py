"""``torch.return_types``: the classes of the tuples with names that words of several results give.

>>> import autograd_lab as torch
>>> isinstance(torch.ones(2, 3).max(0), torch.return_types.max)
True
"""

from __future__ import annotations

from .core.absent import missing as _missing
from .core.return_types import FIELDS as _FIELDS
from .core.return_types import returned as _returned

__all__ = sorted(_FIELDS)


def __dir__() -> list[str]:
    return [*__all__, "all_return_types"]


def __getattr__(name: str):
    if name == "all_return_types":
        return [_returned(word) for word in __all__]
    if name in _FIELDS:
        return _returned(name)
    raise _missing("torch.return_types", name)
