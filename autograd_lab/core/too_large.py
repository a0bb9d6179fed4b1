"""Integers of more than 64 bits, which NumPy refuses in its own words or reads as something else: what PyTorch says of them.

A number that stands for a value is refused as a Scalar, one that counts, names a dimension or indexes as a C long.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import dtypes

_LONG = "Overflow when unpacking long long"


def is_long(value) -> bool:
    """Whether a value is no integer that is too large for 64 bits with a sign."""
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def not_a_scalar(value: int) -> Exception:
    """The refusal of an integer, too large for 64 bits, as a number to compute with."""
    if 2**63 <= value < 2**64:
        return dtypes.unfit(dtypes.BY_NAME["int64"].numpy)
    return OverflowError("int too big to convert" if value > 0 else "can't convert negative int to unsigned")


def not_a_long() -> ValueError:
    """The refusal of one as a count, a dimension or an index."""
    return ValueError(_LONG)


def checked_longs(*args, **named) -> None:
    """Raise if one of the arguments, or of what is in a list of them, is an integer too large."""
    if next(among((*args, *named.values())), None) is not None:
        raise not_a_long()


def among(values) -> Iterator[int]:
    """The integers that are too large, in lists too."""
    for value in values:
        if isinstance(value, (tuple, list)):
            yield from among(value)
        elif not is_long(value):
            yield value


def in_call(word: str, parameters, args: tuple, kwargs: dict) -> Exception | None:
    """What is said of the first integer too large that a call with these arguments has for the ``parameters``; None if none is."""
    named = {p.name: p for p in parameters}
    if parameters and parameters[0].kind in "IJ" and args and isinstance(args[0], int) and len(args) > 1:
        args = (args,)  # x.view(2, 3)
    for p, value in [*zip(parameters, args), *((named[key], value) for key, value in kwargs.items() if key in named)]:
        listed = value if isinstance(value, (tuple, list)) else (value,)
        at = next((i for i, each in enumerate(listed) if not is_long(each)), None)
        if at is None:
            continue
        if p.kind == "I" or (p.kind == "J" and listed is value):
            told = f'failed to unpack the object at pos {at + 1} with error "{_LONG}'
            return TypeError(f"{word}(): argument '{p.name}' {told}\"")
        return not_a_long() if p.kind in "iIJ" else not_a_scalar(listed[at]) if p.kind in "SN" else None
    return None
