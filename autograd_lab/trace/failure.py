"""What went wrong in a pass, why, and what to write instead. Every sentence comes from here; the page invents none."""

from __future__ import annotations

import ast
import re
from typing import Any

import numpy as np

from ..core import births
from ..core.node import AccumulateGrad
from .picture import Picture, PictureEdge, PictureNode, SavedTensor
from .rules import Term
from .saved import Saved, saved_tensors
from .source import Sources
from .summary import number
from .wire import Failure


def of_error(error: BaseException, picture: Picture, point, step: int, terms: list[Term]) -> Failure:
    """The Failure of a step that raised: ``inplace``, ``freed`` or ``raised``."""
    me = picture.points[point]
    failure: Failure = {"kind": "raised", "node": me, "step": step, "message": str(error)}
    raised = _row_that_raised(error, picture)
    if raised is not None:
        failure["raised"] = raised
    hook = _hook_that_raised(error, point)
    if hook is not None:
        line = raised or picture.row_of(hook.co_filename, hook.co_firstlineno)
        where = "" if line is None else f" (line {picture.line_number(line)})"
        name = picture.label(picture.by_id[me])
        failure["cause"] = f"{type(error).__name__} in a hook of {name}{where}: its rule did not run."
        return failure
    if type(point) is AccumulateGrad:
        return failure
    held = saved_tensors(point)
    stale = next((i for i, saved in enumerate(held) if saved.is_stale), None)
    if stale is not None and "modified by an inplace operation" in str(error):
        kept = picture.saved_by.get(me, [])  # the same, in the same order
        return _of_write(failure, picture, held[stale], kept[stale] if len(kept) == len(held) else None, terms)
    if "backward through the graph a second time" in str(error):
        failure["kind"] = "freed"
        name = picture.label(picture.by_id[me])
        failure["cause"] = f"An earlier backward() ran through {name} and freed what its rule needs."
        failure["repair"] = "Give the earlier call retain_graph=True, or compute the result again before this one."
        return failure
    where = "" if raised is None else f" (line {picture.line_number(raised)})"
    failure["cause"] = f"{type(error).__name__} in the backward of {picture.label(picture.by_id[me])}{where}."
    return failure


def _row_that_raised(error: BaseException, picture: Picture) -> int | None:
    """The innermost line of the user's own rule or hook that the error came through, as a row of the source; None if it has none."""
    row, frames = None, error.__traceback__
    while frames is not None:
        row = picture.row_of(frames.tb_frame.f_code.co_filename, frames.tb_lineno) or row
        frames = frames.tb_next
    return row


def _hook_that_raised(error: BaseException, point):
    """The code of the hook at this point in which the error was raised; None if it was raised elsewhere."""
    hooks, frames = point.hooks, error.__traceback__
    if hooks is None:
        return None
    known = {getattr(hook, "__code__", None) for kind in ("tensor", "pre") for hook in getattr(hooks, kind).values()}
    while frames is not None:
        if frames.tb_frame.f_code in known:
            return frames.tb_frame.f_code
        frames = frames.tb_next
    return None


def _of_write(failure: Failure, picture: Picture, stale: Saved, kept: SavedTensor | None, terms: list[Term]) -> Failure:
    """A saved tensor was written over: who saved it, who wrote, and a line that does not."""
    node = picture.by_id[failure["node"]]
    if kept is not None:
        failure["saved"] = kept.id
    name = kept.name if kept is not None else stale.name
    write = births.write_of(stale.counter, stale.version + 1)
    saved_line, written_line, text = picture.line_number(node.line), None, ""
    if write is not None:
        sources = Sources()
        place = sources.place(write.code, write.lasti)
        after = write.after()
        if after is not None and after in picture.points:
            failure["modified"] = picture.points[after]
        if place is not None:
            written_line, text = place.line, sources.text(place)
            if (row := picture.row_of(place.filename, place.line)) is not None:
                failure["wrote"] = row
    failure["kind"], failure["lines"] = "inplace", [saved_line, written_line]
    saved_by = f"line {saved_line}" if saved_line is not None else node.fn or node.op
    cause = f"{name} was saved at version {stale.version} by {saved_by} and is now version {stale.now}"
    cause += f": line {written_line} wrote into it." if written_line is not None else "."
    rule = next((t.wire["code"] for t in terms), "")
    failure["cause"] = cause + (f" The rule {rule} would use the wrong numbers." if rule else "")
    instead = _rewritten(text, name)
    if instead:
        failure["repair"] = f"{instead} makes a new tensor and leaves the saved one alone."
    else:
        failure["repair"] = f"Write to {name} after backward(), or keep a copy: {name}.clone()."
    return failure


def _rewritten(text: str, name: str) -> str:
    """The out-of-place form of an in-place line: ``e = e + 1`` for ``e += 1``, ``e = e.mul(2)`` for ``e.mul_(2)``."""
    if found := re.fullmatch(r"([\w.]+)\s*(\*\*|//|[-+*/@%])=\s*(.+)", text):
        target, sign, value = found.groups()
        simple = re.fullmatch(r"[\w.]+(\([^()]*\))?", value)
        return f"{target} = {target} {sign} {value if simple else f'({value})'}"
    if found := re.fullmatch(r"([\w.]+)\.(\w+[^_])_\((.*)\)", text):
        target, method, arguments = found.groups()
        return f"{target} = {target}.{method}({arguments})"
    return ""


def stopped(failure: Failure, picture: Picture) -> str:
    """One line for a log: ``line 4 saved e at v0, line 5 made it v1``."""
    if failure["kind"] == "inplace" and "saved" in failure:
        saved = next(s for s in picture.saved if s.id == failure["saved"])
        first, second = failure.get("lines", [None, None])
        node = picture.by_id[failure["node"]]
        who = f"line {first}" if first is not None else node.fn or node.op
        by = f"line {second}" if second is not None else "a write"
        return f"{who} saved {saved.name} at v{saved.version}, {by} made it v{saved.version + 1}"
    return (failure.get("message") or failure.get("cause") or failure["kind"]).split(". ")[0].split("\n")[0]


def is_finite(grad: Any) -> bool:
    """No NaN and no infinity in what arrived (several gradients: in any of them)."""
    if isinstance(grad, (list, tuple)):
        return all(g is None or is_finite(g) for g in grad)
    finite = np.isfinite(array_of(grad))
    return bool(finite if finite.ndim == 0 else finite.all())


def array_of(g: Any):
    """The array of a gradient, whether the pass works on arrays or on tensors."""
    return getattr(g, "_array", g)


def of_nan(picture: Picture, node: PictureNode, step: int, edge: PictureEdge, g, sent, term: Term | None) -> Failure:
    """The Failure of a node that made NaN or infinity of a finite gradient; the pass goes on."""
    i = int(np.flatnonzero(~np.isfinite(sent).reshape(-1))[0])
    where = "What leaves"
    if sent.size > 1:
        index = i if sent.ndim < 2 else tuple(map(int, np.unravel_index(i, sent.shape)))
        where = f"Element {index} of what leaves"
    source, op = picture.label(picture.by_id[edge.src]), node.op
    cause = f"What arrived is finite. {where} to {source} is {_say(sent.reshape(-1)[i])}"
    if term is not None and term.local is not None and term.wire.get("join") == "*":
        factor = np.broadcast_to(term.local, sent.shape).reshape(-1)[i]
        arrived = np.broadcast_to(g, sent.shape).reshape(-1)[i]
        cause += f": {_say(arrived)} × {_say(factor)}, and {term.wire.get('local')} is {_say(factor)} there"
    masks = [picture.by_id[e.dst] for e in picture.edges if e.src == node.id and picture.by_id[e.dst].op == "where"]
    if masks:
        by = f"multiplies it by {term.wire['local']}" if term is not None and "local" in term.wire else "applies its rule"
        cause += f". where() zeroed the gradient, but {op} still {by}"
        repair = f"{op}(where({_condition(picture.expression(masks[0]))}, {source}, 1.)) gives {op} a safe input too."
    else:
        repair = f"Keep {source} away from where {op} has no finite slope: clamp it, or add a small number before {op}."
    made: Failure = {"kind": "nan", "node": node.id, "edge": edge.id, "step": step, "cause": cause + ".", "repair": repair}
    if not np.isnan(sent).any():
        made["infinite"] = True
    return made


def _condition(text: str) -> str:
    """The first argument of ``torch.where(x > 0, z, 0.)``; "condition" if the text is no such call."""
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return "condition"
    return ast.unparse(call.args[0]) if isinstance(call, ast.Call) and len(call.args) == 3 else "condition"


def _say(value) -> str:
    n = number(value)
    return {"inf": "∞", "-inf": "−∞", "nan": "NaN"}.get(n, str(n)) if isinstance(n, str) else str(n)
