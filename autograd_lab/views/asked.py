"""What a page asks of the kernel about steps that were taken: every number of an array, the products along paths.

The page asks in its own time, one question after the other; the answer holds the question, so that it knows which it is of.
"""

from __future__ import annotations

from typing import Any

from ..trace.jacobian import structure
from ..trace.paths import MOST, products
from ..trace.recording import Recording
from ..trace.summary import exactly, summarise

LONG = 100_000  # edges of all the paths of one question


def answered(recording: Recording, question: dict[str, Any]) -> dict[str, Any]:
    """The answer to ``{"type": "array", "of": key}`` or ``{"type": "products", "of": upper node, "paths": edges from below}``.

    A part of a large array is asked for with ``"at": [row, column]``.
    Where there is none, ``says`` is a sentence.
    """
    try:
        return _array(recording, question) if question["type"] == "array" else _products(recording, question)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return {"says": str(error) if type(error) is ValueError else "this question is damaged", "of": question.get("of")}


def _array(recording: Recording, question: dict[str, Any]) -> dict[str, Any]:
    key, at = str(question["of"])[:200], question.get("at")
    if at is not None:
        row, column = at
        at = int(row), int(column)
    found = recording.kept.find(key, {edge.id: edge for edge in recording.picture.edges})
    form = structure(found) if key.startswith("jacobian:") else ""
    return {"of": key, **exactly(found, at), **({"form": form} if form else {})}


def _products(recording: Recording, question: dict[str, Any]) -> dict[str, Any]:
    upper, asked = str(question["of"]), question["paths"]
    if len(asked) > MOST or sum(map(len, asked)) > LONG:
        raise ValueError("too many paths to write out")
    found = products(recording.picture, recording.kept, upper, asked)
    return {"of": upper, "products": [summarise(one) for one in found], "sum": summarise(sum(found[1:], start=found[0]))}
