"""A step as small as a message: what the page can derive is left out, large corners go as one byte a number.

``labextension/src/render/unpack.ts`` is the other end. The synced state keeps the frames as they were: only messages are
packed, and only when they would be long.
"""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

from ...trace.wire import Frame, Summary

LONG = 760  # bytes of JSON up to which a frame goes as it is; its envelope takes the rest of the kilobyte
NUMBERS = 5  # cells a side up to which the page writes numbers: those are not rounded


def pack(frame: Frame) -> dict[str, Any]:
    """The frame, or a shorter one that ``unpack.ts`` makes whole again."""
    out: dict[str, Any] = {key: value for key, value in frame.items() if key != "seconds"}
    if _size(out) <= LONG:
        return out
    for key in ("g", "prior"):
        if key in out:
            out[key] = _pack(out[key])
    for key in ("edges", "grads"):
        if key in out:
            out[key] = {id: value and _pack(value) for id, value in out[key].items()}
    if "hooks" in out:
        out["hooks"] = [hook | {"after": _pack(hook["after"])} for hook in out["hooks"]]
    if "rules" in out:
        out["rules"] = [rule | {"value": _pack(rule["value"])} if "value" in rule else rule for rule in out["rules"]]
    if len(out["ready"]) > 8:  # places beyond the eighth are not badges anybody reads
        out["more"] = out.get("more", 0) + len(out["ready"]) - 8
        out["ready"] = out["ready"][:8]
    return out


def _size(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")))


def _pack(summary: Summary) -> dict[str, Any]:
    out: dict[str, Any] = {key: value for key, value in summary.items() if key not in ("min", "max", "zero")}
    corner = summary["corner"]
    columns = len(corner[0]) if corner else 0
    if (len(corner) <= NUMBERS and columns <= NUMBERS) or any(len(row) != columns for row in corner):
        return out
    numbers = [v for row in corner for v in row]
    unit = max((abs(v) for v in numbers if not isinstance(v, str)), default=0) / 126 or 1.0
    cells = struct.pack(f"{len(numbers)}b", *(_byte(v, unit) for v in numbers))
    packed = {"columns": columns, "unit": float(f"{unit:.4g}"), "packed": base64.b64encode(cells).decode()}
    return out | {"corner": []} | packed


def _byte(value: float | str, unit: float) -> int:
    if isinstance(value, str):
        return {"nan": -128, "inf": 127, "-inf": -127}[value]
    scaled = round(value / unit)
    if not scaled and value:  # small is not zero: the sign of a mark must survive
        scaled = 1 if value > 0 else -1
    return max(-126, min(126, scaled))
