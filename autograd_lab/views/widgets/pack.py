"""A step as small as a message: what the page can derive is left out, large corners go as one byte a number, small ones as three.

``labextension/src/render/unpack.ts`` is the other end. The synced state keeps the frames as they were: only messages are
packed, and only when they would be long. A node with many inputs still sends one summary for each.
"""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

from ...trace.wire import Frame, Num, Summary

LONG = 760  # bytes of JSON up to which a frame goes as it is; its envelope takes the rest of a kilobyte
NUMBERS = 5  # cells a side up to which the page writes numbers: those keep their digits
FEW = 4  # numbers of a corner that are as short written out
ROWS = (8, 4)  # of a corner, how many rows go; fewer if the message would still be long
PLACES = 8  # in the queue that a frame names: places beyond are not badges anybody reads


def pack(frame: Frame, repeats: bool = False) -> dict[str, Any]:
    """The frame, or a shorter one that ``unpack.ts`` makes whole again.

    ``repeats`` says that what arrived is what a single edge has brought already, so that ``g`` need not be sent again.
    """
    whole: dict[str, Any] = {key: value for key, value in frame.items() if key != "seconds"}
    if _size(whole) <= LONG:
        return whole
    if len(whole["ready"]) > PLACES:
        whole["more"] = whole.get("more", 0) + len(whole["ready"]) - PLACES
        whole["ready"] = whole["ready"][:PLACES]
    packed = whole
    for rows in ROWS:
        packed = _pack_all(whole, rows)
        if repeats and _size(packed) > LONG:  # only then: that edge's message may have had fewer rows than this one
            packed.pop("g", None)
        if _size(packed) <= LONG:
            break
    return packed


def _size(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")))


def _pack_all(frame: dict[str, Any], rows: int) -> dict[str, Any]:
    def small(summary: Summary | None) -> dict[str, Any] | None:
        return None if summary is None else _pack(summary, rows)

    out = dict(frame)
    for key in ("g", "prior"):
        if key in out:
            out[key] = small(out[key])
    for key in ("edges", "grads"):
        if key in out:
            out[key] = {id: small(value) for id, value in out[key].items()}
    if "slots" in out:
        out["slots"] = [small(value) for value in out["slots"]]
    if "hooks" in out:
        out["hooks"] = [hook | {"after": small(hook["after"])} for hook in out["hooks"]]
    if "rules" in out:
        out["rules"] = [rule | {"value": small(rule["value"])} if "value" in rule else rule for rule in out["rules"]]
    return out


def _pack(summary: Summary, rows: int) -> dict[str, Any]:
    out: dict[str, Any] = {key: value for key, value in summary.items() if key not in ("min", "max", "zero")}
    corner = summary["corner"]
    columns = len(corner[0]) if corner else 0
    if any(len(row) != columns for row in corner):
        return out
    if len(corner) <= NUMBERS and columns <= NUMBERS:
        if len(corner) * columns <= FEW or not _fit_singles(corner):
            return out
        del out["corner"]
        if out["shape"] == [len(corner), columns]:
            del out["shape"]
        return out | {"digits": pack_digits(corner)}
    del out["corner"]
    return out | {"packed": pack_corner(corner[:rows])}


def pack_corner(corner: list[list[Num]]) -> str:
    """``columns unit base64``: one signed byte a number, row by row, in units of a 126th of the largest.

    127 and -127 are the infinities, -128 is NaN; what is not zero does not become zero.

    >>> pack_corner([[1, -0.5, 0, 0.0001, "nan", "inf", "-inf"]])
    '7 0.007937 fsEAAYB/gQ=='
    """
    numbers = [v for row in corner for v in row]
    unit = max((abs(v) for v in numbers if not isinstance(v, str)), default=0) / 126 or 1.0
    cells = struct.pack(f"{len(numbers)}b", *(_byte(v, unit) for v in numbers))
    return f"{len(corner[0])} {unit:.4g} {base64.b64encode(cells).decode()}"


def pack_digits(corner: list[list[Num]]) -> str:
    """``columns base64``: three bytes a number, row by row, the upper ones of a float32, rounded.

    Its 16 bits keep the four digits that a Summary's numbers have.

    >>> pack_digits([[0.1217, "nan"]])
    '2 Pfk+f8AA'
    """
    numbers = [float(v) for row in corner for v in row]
    singles = struct.unpack(f"{len(numbers)}I", struct.pack(f"{len(numbers)}f", *numbers))
    cells = b"".join(((bits + 128) >> 8).to_bytes(3, "big") for bits in singles)
    return f"{len(corner[0])} {base64.b64encode(cells).decode()}"


def _fit_singles(corner: list[list[Num]]) -> bool:
    """Whether float32 reaches as far as these numbers do, up and down."""
    return all(isinstance(v, str) or v == 0 or 1e-37 < abs(v) < 1e38 for row in corner for v in row)


def _byte(value: float | str, unit: float) -> int:
    if isinstance(value, str):
        return {"nan": -128, "inf": 127, "-inf": -127}[value]
    scaled = round(value / unit)
    if not scaled and value:  # small is not zero: the sign of a mark must survive
        scaled = 1 if value > 0 else -1
    return max(-126, min(126, scaled))
