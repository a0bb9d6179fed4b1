"""What repeats as a loop of XLA's: ``jax.lax.scan`` over the rounds of an unrolled network, whose body is compiled once.

A program has no loops: Python ran them, and each round was written down. Equal pieces in a row become a loop again where each
round reads what all rounds read, what an earlier round made, and what lies in one array row by row: numbers in which the rounds
differ, or what the rounds of another loop made. So the backward goes through what the forward kept as it lies there, mostly from
its end. A network whose layers have weights of their own is none: to put them into one array would be to copy them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from .lines import Var
from .segments import LONGEST

LEAST = 8  # rounds; a loop of fewer is not worth one
PARTS = 8  # arrays that the values of one operand, round by round, may be put together from
BACK = 4  # rounds; no further back may lie what a round reads of earlier ones


class Piece(NamedTuple):
    """Lines that are compiled as one: ``key`` is equal for two if a function of one serves the other."""

    lines: Sequence
    reads: list[Var]
    outs: list[Var]
    key: tuple


class Stack:
    """One array of what all rounds of a loop made of one kind, the first round's first."""

    __slots__ = ()


class Values(dict):
    """Vars and Stacks with their arrays; the value of a Var that lies in a Stack is taken out when it is asked for."""

    def __init__(self, values, homes: dict[Var, tuple[Stack, int]]):
        super().__init__(values)
        self.homes = homes

    def __missing__(self, var):
        stack, i = self.homes[var]
        self[var] = value = _taken()(self[stack], i)
        return value


class Loop(NamedTuple):
    """``made(function of a round)`` computes ``outs`` of ``reads``, Vars and Stacks; ``homes``: where what it stacked lies.

    ``numbers`` are constants among what it reads; ``key`` is equal for two if one function serves both.
    """

    reads: list
    outs: list
    homes: dict[Var, tuple[Stack, int]]
    numbers: dict[Var, np.ndarray]
    key: tuple
    made: Callable[[Callable], Callable]


def repeats(letters: Sequence[int]) -> list[tuple[int, int, int]]:
    """(where it begins, how long one is, how many there are) for each part that stands at least `LEAST` times in a row.

    The longest are found first, and of parts that cover about the same the shortest.
    """
    line, found = np.array(letters), []
    for size in range(1, min(LONGEST, len(line) // LEAST) + 1):
        same = np.concatenate([[False], line[size:] == line[:-size], [False]])
        (edges,) = np.nonzero(same[1:] != same[:-1])
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist()):
            end += size
            if end - start >= LEAST * size and not any(_mostly(other, start, end) for other in found):
                found.append((start, end, size))
    chosen: list[tuple[int, int, int]] = []
    for start, end, size in sorted(found, key=lambda part: part[0] - part[1]):
        if all(end <= s or start >= e for s, e, _ in chosen):
            chosen.append((start, end, size))
    return [(start, size, (end - start) // size) for start, end, size in sorted(chosen)]


def _mostly(other: tuple[int, int, int], start: int, end: int) -> bool:
    """Whether another part covers most of what lies between ``start`` and ``end``."""
    return min(end, other[1]) - max(start, other[0]) > 0.8 * (end - start)


def equal_in_a_row(pieces: list[Piece]) -> list[tuple[int, list[Piece]]]:
    """(where it begins, the pieces) for each row of pieces that are equal, if it is long enough for a loop."""
    found, at = [], 0
    for _, group in groupby(pieces, lambda piece: piece.key):
        alike = list(group)
        if len(alike) >= LEAST:
            found.append((at, alike))
        at += len(alike)
    return found


def loop_of(rounds: Sequence[Piece], later: set[Var], homes: dict, numbers: dict) -> Loop | None:
    """A loop of equal pieces, or None where they are none. What is in ``later`` is needed after it."""
    n, first = len(rounds), rounds[0]
    made = {v: (k, j) for k, piece in enumerate(rounds) for j, v in enumerate(piece.outs)}
    plan, reads, constants = [], [], {}
    for p in range(len(first.reads)):
        values = [piece.reads[p] for piece in rounds]
        if values[-1] in made:
            k, j = made[values[-1]]
            back = n - 1 - k
            if back > BACK or not made.keys().isdisjoint(values[:back]):
                return None
            if any(v is not piece.outs[j] for v, piece in zip(values[back:], rounds)):
                return None
            plan.append(("carried", j, back))
            reads += values[:back]
        elif all(v is values[0] for v in values):
            plan.append(("same",))
            reads.append(values[0])
        elif not made.keys().isdisjoint(values):
            return None
        elif all(v in numbers for v in values):
            rows = Var(np.stack([numbers[v] for v in values]))
            constants[rows] = rows.example
            plan.append(("rows", (slice(None),)))
            reads.append(rows)
        else:
            parts = _parts(values, homes)
            if len(parts) > PARTS:
                return None
            plan.append(("rows", tuple(where for _, where in parts)))
            reads += [source for source, _ in parts]
    last, stacked = [], []
    for j in range(len(first.outs)):
        needed = [k for k, piece in enumerate(rounds) if piece.outs[j] in later]
        if needed == [n - 1]:
            last.append(j)
        elif needed:
            stacked.append(j)
    stacks = [Stack() for _ in stacked]
    where = {piece.outs[j]: (stack, k) for j, stack in zip(stacked, stacks) for k, piece in enumerate(rounds)}
    outs = [*(rounds[-1].outs[j] for j in last), *stacks]
    shape = n, tuple(map(_hashable, plan)), tuple(last), tuple(stacked)
    return Loop(reads, outs, where, constants, (first.key, shape), lambda body: _looped(body, n, plan, last, stacked))


def _parts(values: list[Var], homes: dict) -> list[tuple[Any, slice | None]]:
    """Where the values lie, in order: (a Stack, a slice of it), or (a Var by itself, None)."""
    found = []
    for v in values:
        stack, i = homes.get(v, (v, None))
        if i is not None and found and found[-1][0] is stack:
            rows = found[-1][1]
            if len(rows) == 1 or i - rows[-1] == rows[-1] - rows[-2]:
                rows.append(i)
                continue
        found.append((stack, None if i is None else [i]))
    return [(source, rows if rows is None else _slice(rows)) for source, rows in found]


def _slice(rows: list[int]) -> slice:
    step = rows[1] - rows[0] if len(rows) > 1 else 1
    stop = rows[-1] + (1 if step > 0 else -1)
    return slice(rows[0], None if stop < 0 else stop, step)


def _hashable(operand: tuple) -> tuple:
    kind, *rest = operand
    if kind != "rows":
        return operand
    return kind, *(w if w is None else (w.start, w.stop, w.step) for w in rest[0])


def _looped(body: Callable, n: int, plan: list[tuple], last: list[int], stacked: list[int]) -> Callable:
    """The function of a loop of ``n`` rounds of ``body``: of its reads, its outs."""
    import jax
    from jax import numpy as jnp

    def loop(*arrays):
        given = iter(arrays)
        same, carried, rows = {}, [], []
        for p, (kind, *how) in enumerate(plan):
            if kind == "same":
                same[p] = next(given)
            elif kind == "carried":
                carried.append(tuple(next(given) for _ in range(how[1])))
            else:
                rows.append(_put_together([next(given) if w is None else next(given)[w] for w in how[0]], how[0]))
        makers = [how[0] for kind, *how in plan if kind == "carried"]

        def read(carried, row):
            registers, row = iter(carried), iter(row)
            return [
                same[p] if kind == "same" else next(registers)[0] if kind == "carried" else next(row)
                for p, (kind, *_) in enumerate(plan)
            ]

        likes = jax.eval_shape(lambda *operands: body(*operands), *read(carried, [r[0] for r in rows]))
        carried = [tuple(jnp.asarray(v, likes[j].dtype) for v in values) for j, values in zip(makers, carried)]

        def step(state, row):
            carried, _ = state
            made = [jnp.asarray(v) for v in body(*read(carried, row))]
            carried = [(*values[1:], made[j]) for j, values in zip(makers, carried)]
            return (carried, [made[j] for j in last]), [made[j] for j in stacked]

        start = carried, [jnp.zeros(likes[j].shape, likes[j].dtype) for j in last]
        (_, ends), stacks = jax.lax.scan(step, start, rows, length=n)
        return [*ends, *stacks]

    return loop


def _put_together(parts: list, where) -> Any:
    from jax import numpy as jnp

    parts = [jnp.asarray(v)[None] if w is None else v for v, w in zip(parts, where)]
    return parts[0] if len(parts) == 1 else jnp.concatenate(parts)


@cache
def _taken() -> Callable:
    """One row of a stack, by a function that is compiled once for all rows."""
    import jax

    return jax.jit(lambda stack, i: stack[i])
