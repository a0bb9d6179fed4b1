"""Warnings that name the user's line, however many of the package's own calls lie between."""

from __future__ import annotations

import os
import sys
import warnings

always = False  # whether what is said once a program is said each time: ``set_warn_always``
_said: set[str] = set()
_OURS = os.path.dirname(os.path.dirname(__file__))  # pathlib would bring urllib along: a tenth of the package's import


def tell(text: str, category: type[Warning] = UserWarning) -> None:
    """Warn as if the nearest line outside the package had.

    >>> import autograd_lab as torch
    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     _ = torch.tensor(torch.ones(1))
    >>> told[0].filename.endswith("telling.py")
    False
    """
    depth, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OURS):
        depth, frame = depth + 1, frame.f_back
    warnings.warn(text, category, stacklevel=depth + 1)


def tell_once(text: str, category: type[Warning] = UserWarning) -> None:
    """``tell``, the first time in a program."""
    if always or text not in _said:
        _said.add(text)
        tell(text, category)
