"""What an error adds when births were noted: which of the user's lines led to it, and what to write instead; else how to learn.

It is added as a note (``BaseException.add_note``): a traceback shows it below PyTorch's sentence, and ``str(error)`` stays
PyTorch's to the letter.
"""

from __future__ import annotations

import linecache
from collections import deque
from typing import NamedTuple

import numpy as np

from . import births

ASK = "\nCall autograd_lab.on() before computing, and this message names {}."  # scripts note nothing until then
WALKS = 64  # how many backward passes are remembered: for each, the numbers of the nodes it freed


class Walk(NamedTuple):
    """One backward pass that freed what its nodes had saved."""

    numbers: np.ndarray  # the sequence numbers of the nodes it visits, sorted
    place: tuple  # (code, index of the instruction) of the call


_walks: deque[Walk] = deque(maxlen=WALKS)


def note_walk(order, place) -> None:
    """Remember that the pass over ``order``, begun at ``place``, frees what is saved."""
    _walks.append(Walk(np.sort(np.fromiter((point.seq for point in order), np.float64)), place))


def line(code, lasti) -> str | None:
    """``line 3, `b = a.exp()` ``: a place in the user's source; None if it is not known."""
    if code is None:
        return None
    for position, found in enumerate(code.co_positions()):
        if position == lasti // 2:
            number = found[0]
            break
    else:
        return None
    text = linecache.getline(code.co_filename, number).strip() if number else ""
    return f"line {number}, `{text}`" if text else f"line {number} of {code.co_filename}"


def _line_of(birth) -> str | None:
    return None if birth is None else line(birth.code, birth.lasti)


def of_change(error: Exception, saver, counter, expected: int) -> Exception:
    """``error``, that a value saved at version ``expected`` was written over, with both lines.

    ``saver`` is the node that saved it, or the place where that was, (code, index of the instruction).
    """
    saved = line(*saver) if isinstance(saver, tuple) else _line_of(births.birth_of(saver))
    write = births.write_of(counter, expected + 1)
    written = None if write is None else line(write.code, write.lasti)
    if births.note is None:
        error.add_note(ASK.format("where the value was saved and where it was written over"))
    elif saved is not None and written is not None:
        error.add_note(
            f"\nThe value was saved for backward at {saved}, and written over at {written}.\nWrite out of place there "
            "(x = x + 1 for x += 1), or keep a copy with .clone() before it."
        )
    return error


def of_second_walk(error: Exception, node) -> Exception:
    """``error``, that what ``node`` saved is gone, with the call that freed it."""
    if births.note is None:
        error.add_note(ASK.format("the call that freed the graph"))
        return error
    for walk in reversed(_walks):
        at = np.searchsorted(walk.numbers, node.seq)
        if at < len(walk.numbers) and walk.numbers[at] == node.seq:
            if (where := line(*walk.place)) is not None:
                error.add_note(
                    f"\nThe graph was walked, and its saved values freed, at {where}.\nGive that call retain_graph=True, or compute "
                    "the result again before this one."
                )
            break
    return error


def _cut(birth):
    """The first of the births behind ``birth`` that a gradient does not get past, as far as its tensors are still there."""
    while birth is not None and birth.blocked is not None:
        behind = next((kept.tensor() for kept in birth.inputs if kept.blocked == birth.blocked), None)
        earlier = None if behind is None else births.birth_of(behind)
        if earlier is None:
            break
        birth = earlier
    return birth


def of_no_grad(error: Exception, tensor) -> Exception:
    """``error``, that ``tensor`` requires no gradient, with the reason."""
    birth = _cut(births.birth_of(tensor))
    where = _line_of(birth)
    if where is None:
        if births.note is None:
            error.add_note(ASK.format("why it does not: a constant, a detach() or a no_grad block"))
        return error
    if birth.blocked == "no_grad" and any(kept.blocked is not None for kept in birth.inputs):
        told = (
            f"It was computed at {where} from what was computed while recording was off (no_grad or inference_mode). Compute "
            "that outside of the block."
        )
    elif birth.blocked == "no_grad":
        told = f"It was computed at {where} while recording was off (no_grad or inference_mode). Compute it outside that block."
    elif birth.blocked == "detached" and birth.op not in ("detach", "data"):
        told = (
            f"It was computed at {where} from what detach() or .data had cut off from the graph. Use the tensor itself there."
        )
    elif birth.blocked == "detached":
        told = f"It was cut off from the graph at {where}: detach() and .data do that. Use the tensor itself there."
    elif birth.op == "tensor":
        told = f"It was made at {where} and is a constant. Make it, or what it is computed from, with requires_grad=True."
    else:
        told = f"It was computed at {where} from constants only. Make one of them with requires_grad=True."
    error.add_note("\n" + told)
    return error
