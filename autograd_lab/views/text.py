"""A graph and a backward pass as text: for terminals, screen readers and tests. Stable: no ids, no addresses, no times."""

from __future__ import annotations

from ..trace.failure import stopped
from ..trace.picture import Picture, PictureEdge, PictureNode, SavedTensor
from ..trace.progress import each
from ..trace.recording import Recording
from ..trace.wire import Frame, Num, Summary

ROWS = 40  # lines of a graph; a longer one says how many more there are
FEW = 16  # elements up to which an array is written out
WIDE = 60  # characters up to which it is


def plural(count: int, word: str, words: str | None = None) -> str:
    """``1 leaf``, ``2 leaves``."""
    return f"{count} {word if count == 1 else words or word + 's'}"


def headline(picture: Picture) -> str:
    """``Graph(3 operations, 2 leaves, 5 steps backward)``."""
    operations, leaves = len(picture.operations), len(picture.leaves)
    counts = plural(operations, "operation"), plural(leaves, "leaf", "leaves"), plural(picture.steps, "step")
    return f"Graph({', '.join(counts)} backward)"


def graph_text(picture: Picture) -> str:
    """The whole graph, the newest operation first: name, node, where its inputs come from, what it saves.

    >>> import autograd_lab as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> print(graph_text(Picture.of((x * x).sum(), names={"x": x})))  # doctest: +NORMALIZE_WHITESPACE
    Graph(2 operations, 1 leaf, 3 steps backward)
      sum  SumBackward0    from mul
      mul  MulBackward0    from x, x         saves x v0, x v0
      x    AccumulateGrad  leaf, shape (2,)
    """
    rows, nodes = [], [*reversed(picture.operations), *picture.leaves]
    for node in nodes[:ROWS]:
        if node.kind == "leaf":
            rows.append((label(picture, node), "AccumulateGrad", f"leaf, shape {shape_text(node.value['shape'])}", ""))
            continue
        sources = ", ".join(_source(picture, edge) for edge in picture.inputs[node.id])
        saved = ", ".join(map(_version, picture.saved_by.get(node.id, ())))
        made = f"from {sources}" if sources else ""
        rows.append((label(picture, node), node.fn or node.op, made, f"saves {saved}" if saved else ""))
    lines = ["  " + line for line in columns(rows)]
    if len(nodes) > ROWS:
        lines.append(f"  ... and {len(nodes) - ROWS} more")
    return "\n".join([headline(picture), *lines])


def _version(saved: SavedTensor) -> str:
    return f"{clean(saved.name)} v{saved.version}" + (f" (now v{saved.now})" if saved.now != saved.version else "")


def _source(picture: Picture, edge: PictureEdge) -> str:
    node = picture.by_id[edge.src]
    text = (clean(node.name) or "constant") if node.kind == "constant" else clean(picture.source_label(edge))
    return f"{text} ({edge.blocked})" if edge.blocked not in (None, "constant") else text


def label(picture: Picture, node: PictureNode) -> str:
    """What to call a node, in one line of at most 80 characters."""
    return clean(picture.label(node))


def clean(text: str) -> str:
    """One line, nothing that moves a cursor, at most 80 characters."""
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= 80 else text[:79] + "…"


def columns(rows: list[tuple[str, ...]]) -> list[str]:
    """Lines with every column as wide as its longest entry, two spaces between."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def shape_text(shape: list[int]) -> str:
    """``(3,)``, as Python writes a tuple."""
    return str(tuple(shape))


def number_text(value: Num) -> str:
    """At most 4 significant digits."""
    return str(value) if isinstance(value, (str, int)) else f"{value:.4g}"


def value_text(summary: Summary | None) -> str:
    """An array in a few words: its numbers when they are few, else its shape and norm.

    >>> value_text({"shape": [2], "norm": 5, "corner": [[3, -4]]}), value_text(None)
    ('[3, -4]', 'None')
    """
    if summary is None:
        return "None"
    shape, corner = summary["shape"], summary["corner"]
    if not shape and corner:
        return number_text(corner[0][0])
    size = 1
    for n in shape:
        size *= n
    if "part" not in summary and sum(map(len, corner)) == size and size <= FEW and len(shape) <= 2:
        rows = [f"[{', '.join(map(number_text, row))}]" for row in corner] or ["[]"]
        text = rows[0] if len(shape) == 1 else f"[{', '.join(rows)}]"
        if len(text) <= WIDE:
            return text
    odd = "".join(f", {summary[key]} {key}" for key in ("nan", "inf") if key in summary)  # type: ignore[literal-required]
    return f"shape {shape_text(shape)}, norm {number_text(summary['norm'])}{odd}"


def log_text(recording: Recording) -> str:
    """Every recorded step as a line: the node, what arrives at it, what leaves it for where.

    Contributions that met are written as a sum. The leaves' lines are the ones that fill ``.grad``.
    """
    picture = recording.picture
    sent: dict[str, list[Summary]] = {}
    rows = [("step", "node", "arrives", "leaves")]
    for frame in each(recording.frames[1:], "writing the steps"):
        node = picture.by_id[frame["node"] or ""]
        name = label(picture, node)
        title = f"{name}.grad" if node.kind == "leaf" else f"{name}  {node.fn or node.op}"
        rows.append((str(frame["step"]), title, _arrives(frame, sent.get(node.id, [])), _leaves(recording, frame, node)))
        for edge in picture.inputs[node.id]:
            value = frame["edges"].get(edge.id)
            if value is not None:
                sent.setdefault(edge.src, []).append(value)
    return "\n".join(columns(rows))


def _arrives(frame: Frame, terms: list[Summary]) -> str:
    if "slots" in frame:
        text = ", ".join(map(value_text, frame["slots"]))
    else:
        text = value_text(frame.get("g"))
        if 1 < len(terms) <= 4:
            text = " + ".join(map(value_text, terms)) + f" = {text}"
        elif terms[4:]:
            text = f"sum of {len(terms)}: {text}"
    for hook in frame.get("hooks", ()):
        text += f", after the hook {value_text(hook['after'])}"
    return text


def _leaves(recording: Recording, frame: Frame, node: PictureNode) -> str:
    picture, failure = recording.picture, recording.failure
    if failure is not None and failure["step"] == frame["step"] and failure["kind"] != "nan":
        return f"stopped: {clean(stopped(failure, picture))}"
    parts = []
    for edge in picture.inputs[node.id]:
        if edge.id in frame["edges"]:
            parts.append(f"{clean(picture.source_label(edge))}: {value_text(frame['edges'][edge.id])}")
    text = "to " + "   ".join(parts) if parts else ""
    grads = frame.get("grads", {})
    if "prior" in frame:
        text += f"{'   ' if text else ''}.grad was {value_text(frame['prior'])}, is {value_text(grads.get(node.id))}"
    elif node.is_op and node.id in grads:
        text += f"   kept in {label(picture, node)}.grad"
    if failure is not None and failure["step"] == frame["step"]:
        text += f"   {failure_text(recording)}"
    return text


def failure_text(recording: Recording) -> str:
    """What went wrong, in one line without the step; "" if nothing did."""
    failure = recording.failure
    if failure is None:
        return ""
    return "the first NaN or infinity" if failure["kind"] == "nan" else clean(stopped(failure, recording.picture))
