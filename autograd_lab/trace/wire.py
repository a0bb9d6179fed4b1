"""wire v1: the types of what crosses to the browser. The same as ``labextension/src/wire.ts``; a test holds the two equal.

Plain JSON: no arrays, no HTML, no NaN or Infinity literals. What each field means is said once, in ``wire.ts``.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict

WIRE = 1
MIME = "application/vnd.autograd-lab.graph.v1+json"

LARGE = 300  # nodes above which an output is one string
LONG = 500_000  # letters above which that is packed: some 1,000 nodes

Num = float | int | Literal["nan", "inf", "-inf"]


class Summary(TypedDict):
    """What stands for an array; values have 4 significant digits."""

    shape: list[int]
    norm: Num
    min: NotRequired[Num]
    max: NotRequired[Num]
    nan: NotRequired[int]
    inf: NotRequired[int]
    zero: NotRequired[int]
    corner: list[list[Num]]
    part: NotRequired[Literal["corner", "none"]]


class PictureNode(TypedDict):
    """A card."""

    id: str
    kind: Literal["op", "function", "leaf", "constant"]
    op: str
    fn: NotRequired[str]
    name: str
    value: Summary
    dtype: str
    seq: NotRequired[int]
    expects: int
    line: int | None
    span: NotRequired[list[int] | None]
    group: str | None
    mode: NotRequired[Literal["no_grad", "inference"]]
    maker: NotRequired[str]


class PictureEdge(TypedDict):
    """One use of a value by an operation."""

    id: str
    src: str
    dst: str
    slot: int
    arg: str
    blocked: Literal["constant", "detached", "no_grad"] | None
    out: NotRequired[int]


class SavedTensor(TypedDict):
    """What a node keeps for its rules."""

    id: str
    node: str
    of: str
    name: str
    shape: list[int]
    bytes: int
    buffer: str
    version: int
    now: int


class TensorRow(TypedDict):
    """One row of the tensor table."""

    node: str
    name: str
    shape: list[int]
    dtype: str
    is_leaf: bool
    requires_grad: bool
    retains_grad: bool
    version: int
    grad: Summary | None


class Group(TypedDict):
    """A fold of nodes; its id is its path."""

    id: str
    name: str
    kind: NotRequired[Literal["module", "function", "label", "loop", "turn", "repeat", "run", "backward"]]
    what: NotRequired[str]


class LaidEdge(TypedDict):
    """The curve of one drawn edge, which stands for ``ids``."""

    ids: list[str]
    a: str
    b: str
    p: list[float]


class Layout(TypedDict):
    """Positions for one set of opened groups."""

    open: list[str]
    w: float
    h: float
    nodes: dict[str, list[float]]
    frames: dict[str, list[float]]
    edges: list[LaidEdge]


class Part(TypedDict):
    """One cell's lines inside ``Source.text``."""

    cell: str
    row: int
    first: int


class Source(TypedDict):
    """The lines that made the graph."""

    cell: str
    text: list[str]
    parts: NotRequired[list[Part]]


class Picture(TypedDict):
    """A drawing of a graph."""

    wire: int
    key: str
    title: str
    root: str
    source: Source
    nodes: list[PictureNode]
    edges: list[PictureEdge]
    groups: list[Group]
    saved: list[SavedTensor]
    tensors: list[TensorRow]
    layouts: list[Layout]


class FrameEvent(TypedDict):
    """Something that happened in a step, for the time line."""

    kind: Literal["hook", "sum", "retain", "accumulate", "free", "warning", "error"]
    text: str


class RuleTerm(TypedDict):
    """How one input's gradient was computed."""

    edge: str
    code: str
    local: NotRequired[str]
    value: NotRequired[Summary]
    join: NotRequired[Literal["*", "@", "@l", "spread"]]


class Seed(TypedDict):
    """What the pass starts from."""

    node: str
    value: Summary


class HookCall(TypedDict):
    """One tensor hook, and what the gradient was after it."""

    line: int
    after: Summary


class Frame(TypedDict):
    """What one backward step changed."""

    step: int
    node: str | None
    seed: NotRequired[Seed]
    g: NotRequired[Summary]
    slots: NotRequired[list[Summary | None]]
    hooks: NotRequired[list[HookCall]]
    rules: NotRequired[list[RuleTerm]]
    edges: dict[str, Summary | None]
    grads: NotRequired[dict[str, Summary]]
    prior: NotRequired[Summary]
    freed: NotRequired[list[str]]
    ready: list[str]
    more: NotRequired[int]
    bytes: int
    events: list[FrameEvent]
    seconds: NotRequired[float]


class Failure(TypedDict):
    """A pass that stopped, or should have."""

    kind: Literal["nan", "inplace", "freed", "raised"]
    infinite: NotRequired[bool]
    node: str
    step: int
    edge: NotRequired[str]
    saved: NotRequired[str]
    modified: NotRequired[str]
    lines: NotRequired[list[int | None]]
    wrote: NotRequired[int]
    raised: NotRequired[int]
    cause: NotRequired[str]
    repair: NotRequired[str]
    message: NotRequired[str]


class Mistake(TypedDict):
    """A wrong answer, and what to say to it."""

    value: float
    says: str


class Question(TypedDict):
    """A predict-then-check question."""

    node: str
    ask: str
    answer: float
    mistakes: list[Mistake]


class Recording(Picture):
    """A picture and what happened to it."""

    frames: list[Frame]
    total: NotRequired[int]
    failure: Failure | None
    question: NotRequired[Question]
    jacobians: NotRequired[dict[str, list[list[Num]]]]


class Overview(TypedDict):
    """What stands for a graph above the drawing limit."""

    wire: int
    title: str
    ops: list[str]
    op: list[int]
    name: list[str]
    norm: list[Num | None]
    inputs: list[list[int]]


Wire = dict[str, Any]  # any of the above, once it is only JSON


def compact(wire: Mapping[str, Any]) -> dict[str, Any]:
    """What a widget holds: this; of a large graph its picture as one string, ``json``, beside what changes with the steps.

    The kernel and the page then do not walk through it, object by object, on the way. Of a very large one the string is ``zip``:
    its bytes deflated, in base64. The page reads a message whole before it looks at a key press, so what counts is how long it is.
    """
    if len(wire["nodes"]) <= LARGE:
        return dict(wire)
    picture = {key: value for key, value in wire.items() if key in Picture.__annotations__}
    text = _text(picture)
    as_text = {"json": text} if len(text) <= LONG else {"zip": base64.b64encode(zlib.compress(text.encode(), 1)).decode()}
    return {"wire": WIRE} | as_text | {key: value for key, value in wire.items() if key not in picture}


def output(wire: Mapping[str, Any]) -> Mapping[str, Any] | str:
    """What an output in a notebook holds: this, compacted or not; of a large graph the same as one string, or two of a very large one.

    JupyterLab copies an output's objects one by one, several times, before anything is drawn: at 5,000 nodes half of the wait.
    """
    rest = {key: value for key, value in wire.items() if key not in ("wire", "json", "zip")}
    if "zip" in wire:
        return {"wire": WIRE, "zip": wire["zip"], "json": _text(rest)}
    if "json" in wire:
        return wire["json"][:-1] + "," + _text(rest)[1:]
    if len(wire["nodes"]) <= LARGE:
        return wire
    text = _text(wire)
    return text if len(text) <= LONG else output(compact(wire))


def _text(wire: Mapping[str, Any]) -> str:
    return json.dumps(wire, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
