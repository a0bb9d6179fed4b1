"""Run one program in both libraries, and say in a sentence where they part."""

from __future__ import annotations

import re
import warnings
from typing import Any, NamedTuple

import numpy as np

from .programs import PRELUDE, Program, write

TOLERANCE = 1e-12
_HEAD = "double = lambda i, o: tuple(None if g is None else g * 2 for g in i)\n"


class Outcome(NamedTuple):
    """What a user could have seen."""

    error: tuple | None  # (class, first sentence, line)
    told: list  # what hooks were told, in order
    tensors: dict[str, dict[str, Any]]  # by name: what each tensor is now


def run(source: str, m) -> Outcome:
    """Run ``source`` with ``m`` as the library."""
    told: list = []

    def note(name, *gradients):
        # without None: a number is an operand of our nodes, not of all of PyTorch's
        told.append((name, [_value(g) for g in gradients if g is not None]))

    scope: dict[str, Any] = {"m": m, "note": note}
    error = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(_HEAD + source, "<program>", "exec"), scope)
        except Exception as raised:
            error = type(raised).__name__, first_sentence(str(raised)), _line(raised)
        kinds = [(name, thing) for name, thing in scope.items() if isinstance(thing, m.Tensor)]
        tensors = {name: _look(name, t) for name, t in kinds}
        for name in _entangled({name: t for name, t in kinds if tensors[name].get("grad") is not None}):
            tensors[name]["grad"] = ENTANGLED
    return Outcome(error, told, tensors)


def first_sentence(text: str) -> str:
    """Up to the first full stop or the end of the line."""
    text = text.split("\n")[0]
    return re.split(r"(?<=[a-z\])])\. (?=[A-Z])", text)[0].rstrip(".")


def _line(error: BaseException) -> int | None:
    found, frame = None, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == "<program>" and frame.tb_frame.f_code.co_name == "<module>":
            found = frame.tb_lineno
        frame = frame.tb_next
    return found


ENTANGLED = "in the memory of another's"


def _entangled(tensors: dict) -> list[str]:
    """Names of those whose ``.grad`` lies in the memory of another's.

    PyTorch hands one gradient of one element on to two leaves (``(a.sum() + b.sum()).backward()``), both keep views of it, and
    the next pass adds to it twice: 3 where 2 is right. Here each leaf has its own.
    """
    found: dict[int, dict[int, list[str]]] = {}  # by address: the names, by the gradient
    for name, t in tensors.items():
        if t.is_leaf and t.grad.numel() == 1:
            found.setdefault(t.grad.data_ptr(), {}).setdefault(id(t.grad), []).append(name)
    return [name for gradients in found.values() if len(gradients) > 1 for names in gradients.values() for name in names]


def _value(t):
    return None if t is None else np.array(t.detach().tolist(), "f8").reshape(tuple(t.shape))


def _look(name: str, t) -> dict[str, Any]:
    seen = {"value": _value(t), "requires_grad": t.requires_grad, "is a view": t._is_view(), "retains_grad": t.retains_grad}
    try:
        seen["node"], seen["is_leaf"] = t.grad_fn and t.grad_fn.name(), t.is_leaf
    except RuntimeError as error:  # a view whose base was written to
        seen["node"] = first_sentence(str(error))
        return seen
    seen |= {"grad": _value(t.grad), "grad's flag": t.grad is not None and t.grad.requires_grad}
    if name[0] in "gp":  # of what nodes a gradient, or a product of batches, is made, is each library's own
        del seen["node"], seen["is a view"]
        return seen
    return seen | {"version": t._version, "output": t.output_nr}


def differ(a, b, scale: float = 0.0) -> bool:
    """Whether two values are not the same; numbers to 1e-12 of the largest around them."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.shape != b.shape:
            return True
        if not a.size or np.array_equal(a, b, equal_nan=True):
            return False
        finite = np.isfinite(b)
        if not np.array_equal(finite, np.isfinite(a)) or not np.array_equal(a[~finite], b[~finite], equal_nan=True):
            return True
        largest = max(scale, np.abs(b[finite]).max(initial=0.0))
        return bool((np.abs(a - b)[finite] > TOLERANCE * largest).any())
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) != len(b) or any(differ(x, y, scale) for x, y in zip(a, b))
    return type(a) is not type(b) or bool(a != b)


def difference(ours: Outcome, theirs: Outcome) -> str | None:
    """The first thing that is not the same, as a sentence; None if all is."""
    if _plain(ours.error) != _plain(theirs.error):
        return f"error: {ours.error} here, {theirs.error} in PyTorch"
    if ours.tensors.keys() != theirs.tensors.keys():
        return f"names: {list(ours.tensors)} here, {list(theirs.tensors)} in PyTorch"
    scale = _largest(theirs)
    if [name for name, _ in ours.told] != [name for name, _ in theirs.told]:
        return f"hooks called: {[n for n, _ in ours.told]} here, {[n for n, _ in theirs.told]} in PyTorch"
    for name, facts in theirs.tensors.items():
        for fact, theirs_is in facts.items():
            if theirs_is is not ENTANGLED and differ(ours.tensors[name][fact], theirs_is, scale):
                return f"{name}: {fact} is {ours.tensors[name][fact]!r} here, {theirs_is!r} in PyTorch"
    for (name, mine), (_, yours) in zip(ours.told, theirs.told):
        if differ(mine, yours, scale):
            return f"hook {name} was told {mine} here, {yours} in PyTorch"
    return None


def _plain(error):
    """An error without what is each library's own.

    That is the name of the node behind a saved value, a view's being its base's history in PyTorch; and from which version
    it was counted: a gradient that PyTorch has summed in place is born at version 1. How far it has moved remains.
    """
    if not error:
        return error
    text = re.sub(r"which is output \d+ of [\w:]+, ", "", error[1])
    return error[0], re.sub(r"is at version (\d+); expected version (\d+)", _writes, text), error[2]


def _writes(found: re.Match) -> str:
    return f"was written to {int(found[1]) - int(found[2])} times"


def _largest(outcome: Outcome) -> float:
    """The largest intermediate or gradient there was, up to which a sum may have been rounded."""
    found = [facts.get(what) for facts in outcome.tensors.values() for what in ("value", "grad")]
    found += [g for _, gradients in outcome.told for g in gradients]
    sizes = [np.abs(a[np.isfinite(a)]).max(initial=0.0) for a in found if isinstance(a, np.ndarray) and a.size]
    return float(max(sizes, default=0.0))


def compared(program: Program, lab, torch) -> tuple[str | None, Outcome]:
    """(where the two part, or None; what PyTorch did)."""
    theirs = run(program.source, torch)
    return difference(run(program.source, lab), theirs), theirs


def shrunk(program: Program, lab, torch) -> Program:
    """The same difference with as few lines as possible."""
    kind = (compared(program, lab, torch)[0] or "").split(":")[0]
    found, shorter = program, True
    while shorter:
        shorter = False
        for part in ("blocks", "closing"):
            for i in range(len(getattr(found, part)) - 1, -1, -1):
                lines = getattr(found, part)
                if lines[i] == PRELUDE and any("Cube" in b or "curve" in b for b in found.blocks if b != PRELUDE):
                    continue
                tried = found._replace(**{part: lines[:i] + lines[i + 1 :]})
                told = compared(tried, lab, torch)[0]
                if told is not None and (kind == "error") == told.startswith("error"):
                    found, shorter = tried, True
    return found


def graph(seed: int, m) -> tuple[list, Any]:
    """(leaves, root) of a graph not walked yet: of the first program from ``1000 * seed`` on that records one.

    Without hooks, and without products of batches, which are other nodes in PyTorch.
    """
    for number in range(1000 * seed, 1000 * seed + 1000):
        program, scope = write(number, hooks=False), {"m": m}
        if any(block.startswith("p") for block in program.blocks):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec("\n".join([*program.blocks, program.closing[0]]), scope)
        except RuntimeError:
            continue
        root = scope["out"]
        if root.requires_grad:
            leaves = [t for name, t in scope.items() if name[0] == "a" and isinstance(t, m.Tensor) and t.requires_grad]
            return [t for t in leaves if t.is_leaf], root
    raise ValueError(f"no graph from seed {seed} on")
