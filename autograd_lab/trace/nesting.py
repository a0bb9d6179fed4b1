"""In which calls, blocks and loops the operations of a graph ran: from what births noted to a tree.

A birth tells by which calls of the user's an operation was reached, and in which module calls and ``record_function`` blocks
(core/scopes.py). Module calls and blocks are objects of their own. Calls of a function are told apart here, by where in its
code each operation stands: further down it is still the same call; back up, inside a loop, it is the loop's next turn; back
up without a loop, it is another call.
"""

from __future__ import annotations

import dis
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from math import inf
from types import CodeType
from typing import Any, NamedTuple

from ..core.scopes import NEWLOCALS, Scope

LEVELS = 128  # of nesting that are looked at
_COMPREHENSIONS = {"<listcomp>", "<genexpr>", "<setcomp>", "<dictcomp>", "<lambda>"}
_JUMPS = {*dis.hasjrel, *dis.hasjabs}
_LAST = {
    "JUMP_BACKWARD",
    "JUMP_BACKWARD_NO_INTERRUPT",
    "JUMP_FORWARD",
    "RAISE_VARARGS",
    "RERAISE",
    "RETURN_CONST",
    "RETURN_VALUE",
}
_WRAPPERS = ("contextlib.py", "functools.py")  # code of Python's own that stands between a call and what it calls


class Call(NamedTuple):
    """The code that ran, and where it stood (`_stands`)."""

    code: CodeType
    at: float


class Loop(NamedTuple):
    """The first and the last instruction of a loop's body."""

    start: int
    end: float

    def holds(self, at: float) -> bool:
        """Whether an instruction is part of it."""
        return self.start <= at <= self.end


@dataclass(eq=False)
class Nest:
    """A call, a module's call, a block, a loop or one turn of it: what ran in it, in order, operations and other nests.

    ``kind`` is "function", "module", "label", "loop" or "turn"; ``of`` the code, the Scope, or (code, Loop).
    """

    kind: str
    of: Any
    inside: list = field(default_factory=list)


@dataclass(eq=False)
class _Open:
    """A call or scope that the operation before was in."""

    what: Any
    at: float
    turns: dict[Loop, int] = field(default_factory=dict)


@lru_cache(maxsize=512)
def loops_of(code: CodeType) -> tuple[Loop, ...]:
    """The loops of a function's code, outer before inner."""
    ends: dict[int, float] = {}
    for instruction in dis.get_instructions(code):
        if "JUMP" in instruction.opname and "NO_INTERRUPT" not in instruction.opname:
            target = instruction.argval
            if isinstance(target, int) and target < instruction.offset:
                ends[target] = max(_stands(code, instruction.offset), ends.get(target, 0))
    return tuple(sorted((Loop(start, end) for start, end in ends.items()), key=lambda loop: loop.start - loop.end))


def _stands(code: CodeType, at: int) -> float:
    """Where an instruction stands in the source's order: that of a handler right behind what it handles.

    From Python 3.12 on handlers lie behind a function's last line, outside the loops that they are part of.
    """
    return _handlers(code).get(at, at) if code.co_exceptiontable else at


@lru_cache(maxsize=512)
def _handlers(code: CodeType) -> dict[int, float]:
    """Where the instructions stand that only an exception leads to."""
    instructions = list(dis.get_instructions(code))
    number = {instruction.offset: i for i, instruction in enumerate(instructions)}
    usual, waiting = set(), [0]  # what is reached without an exception
    while waiting:
        if (i := waiting.pop()) not in usual and i < len(instructions):
            usual.add(i)
            if instructions[i].opcode in _JUMPS:
                waiting.append(number[instructions[i].argval])
            if instructions[i].opname not in _LAST:
                waiting.append(i + 1)
    entries = dis.Bytecode(code).exception_entries  # pyright: ignore[reportAttributeAccessIssue]  (known to Python alone)
    tried = sorted((entry.target, entry.end) for entry in entries if entry.end <= entry.target)
    stands: dict[int, float] = {}
    ends = [instruction.offset for instruction in instructions[1:]] + [len(code.co_code)]
    for i, (instruction, end) in enumerate(zip(instructions, ends)):
        behind = i
        while behind not in usual and (found := bisect_right(tried, (instructions[behind].offset, inf))):
            behind = number[tried[found - 1][1]] - 1
        if behind != i:  # what is noted of a call may be where the interpreter's cache behind it ends
            stands |= dict.fromkeys(range(instruction.offset, end, 2), instructions[behind].offset + i / len(instructions))
    return stands


def levels(birth) -> list[Call | tuple[Scope, float]]:
    """What an operation ran in, outermost first: calls, and (scope, where the call around it stood when it was entered)."""
    found: list[Any] = []
    blocks: list[Scope] = []
    for scope in _chain_of(birth.scope):
        if scope.of is None:
            blocks.append(scope)
        else:
            found += _with_blocks(_calls(scope.chain), blocks)
            found.append((scope, -1))
            blocks = []
    own: list[Call] = []
    if birth.code is not None and not _is_outside(birth):
        own = [*_calls(birth.chain), Call(birth.code, _stands(birth.code, birth.lasti))]
    found += _with_blocks(own, blocks)
    return found[:LEVELS]


def _is_outside(birth) -> bool:
    """Whether the innermost code of the user's is what called the module: the operation stands in a module of ours."""
    scope = birth.scope
    while scope is not None:
        if scope.of is not None and scope.chain:
            return scope.chain[0] is birth.code and scope.chain[1] == birth.lasti
        scope = scope.parent
    return False


def _chain_of(scope: Scope | None) -> list[Scope]:
    found = []
    while scope is not None:
        found.append(scope)
        scope = scope.parent
    return found[::-1]


def _calls(chain: tuple) -> list[Call]:
    """Outermost first."""
    return [Call(chain[i], _stands(chain[i], chain[i + 1])) for i in range(len(chain) - 2, -1, -2)]


def _with_blocks(calls: list[Call], blocks: list[Scope]) -> Iterator[Any]:
    """Each block after the call in which it was entered."""
    waiting = list(blocks)
    for depth, call in enumerate(calls, 1):
        yield call
        while waiting and len(waiting[0].chain) <= 2 * depth:
            scope = waiting.pop(0)
            yield scope, _stands(*scope.chain[:2]) if scope.chain else -1
    for scope in waiting:
        yield scope, -1


def nest(operations: Iterable[tuple[Any, Any]]) -> Nest:
    """The tree of ``(what to call the operation, its birth or None)``, in the order in which they ran."""
    return _Reader().read(list(operations))


class _Reader:
    """Reads operations in order and remembers what the one before was in."""

    def __init__(self):
        self.root = Nest("all", None)
        self.open: list[_Open] = []
        self.nests: list[tuple[Any, Nest]] = []  # (key, nest) from the outside to where the operation before went

    def read(self, operations: list) -> Nest:
        told = [(name, birth, [] if birth is None else levels(birth)) for name, birth in operations]
        for _, run in groupby(told, key=lambda entry: [_identity(level) for level in entry[2]]):
            self._run(list(run))
        return self.root

    def _run(self, run: list) -> None:
        """Operations that one instruction made, called from the same places: of a loop, perhaps several turns."""
        path = run[0][2]
        turn = len(run)
        call = next((level for level in reversed(path) if isinstance(level, Call)), None)
        if call is not None and self._loop(call) is not None:
            turn = period([birth.op for _, birth, _ in run])
        for i, (name, _, _) in enumerate(run):
            if i % turn == 0:
                self._enter(path, again=i > 0)
            self._put(name, path)

    def _loop(self, call: Call) -> Loop | None:
        """The innermost loop around it."""
        return next((loop for loop in reversed(loops_of(call.code)) if loop.holds(call.at)), None)

    # ------------------------------------------------------------------ which call, which turn
    def _enter(self, path: list, again: bool) -> None:
        for i, level in enumerate(path):
            if i >= len(self.open):
                self.open.append(_opened(level))
                continue
            open = self.open[i]
            if isinstance(level, Call) and open.what is level.code:
                if level.at == open.at:
                    continue
                loop = next((x for x in reversed(loops_of(level.code)) if x.holds(level.at) and x.holds(open.at)), None)
                if level.at > open.at or loop is not None:
                    if level.at < open.at and loop is not None:
                        open.turns[loop] = open.turns.get(loop, 0) + 1
                    open.at = level.at
                    del self.open[i + 1 :]
                    continue
            elif not isinstance(level, Call) and open.what is level[0]:
                continue
            self._anew(path, i)
        if again or len(self.open) < len(path):
            self._turn(path, len(path))
        del self.open[len(path) :]

    def _anew(self, path: list, i: int) -> None:
        """Level ``i`` is another call than before, from the same place: of a loop around that place, the next turn."""
        del self.open[i:]
        self._turn(path, i)
        self.open.append(_opened(path[i]))

    def _turn(self, path: list, i: int) -> None:
        for j in range(i - 1, -1, -1):
            level = path[j]
            if isinstance(level, Call):
                loop = self._loop(level)
                if loop is not None:
                    self.open[j].turns[loop] = self.open[j].turns.get(loop, 0) + 1
                return

    # ------------------------------------------------------------------ the tree
    def _put(self, name, path: list) -> None:
        keys = list(self._keys(path))
        depth = 0
        while depth < min(len(keys), len(self.nests)) and keys[depth][0] == self.nests[depth][0]:
            depth += 1
        del self.nests[depth:]
        for key, kind, of in keys[depth:]:
            into = self.nests[-1][1] if self.nests else self.root
            into.inside.append(made := Nest(kind, of))
            self.nests.append((key, made))
        (self.nests[-1][1] if self.nests else self.root).inside.append(name)

    def _keys(self, path: list) -> Iterator[tuple[Any, str, Any]]:
        """(what tells it from the next one, kind, what it is of) of every nest around an operation."""
        called = False  # the module whose forward comes next
        waiting: list[tuple[_Open, CodeType, Loop]] = []  # loops of the call at hand, outer before inner
        for level, open in zip(path, self.open):
            if not isinstance(level, Call):
                scope, entered = level
                while waiting and (scope.of is not None or waiting[0][2].holds(entered)):  # entered in every turn anew
                    yield from _turns(*waiting.pop(0))
                yield id(scope), "module" if scope.of is not None else "label", scope
                called = scope.of is not None
                continue
            for loop in waiting:
                yield from _turns(*loop)
            code, at = level
            if not _is_transparent(code) and not (called and code.co_name == "forward"):
                yield open, "function", code
            called = False
            waiting = [(open, code, loop) for loop in loops_of(code) if loop.holds(at)]
        for loop in waiting:
            yield from _turns(*loop)


def _turns(open: _Open, code: CodeType, loop: Loop) -> Iterator[tuple[Any, str, Any]]:
    yield (open, loop), "loop", (code, loop)
    yield (open, loop, open.turns.get(loop, 0)), "turn", (code, loop)


def _identity(level) -> tuple:
    return (id(level.code), level.at) if isinstance(level, Call) else (id(level[0]),)


def _opened(level) -> _Open:
    return _Open(level.code, level.at) if isinstance(level, Call) else _Open(level[0], -1)


def _is_transparent(code: CodeType) -> bool:
    """Code that is no function of its own to a reader: a cell's, a comprehension's, a wrapper's."""
    return not code.co_flags & NEWLOCALS or code.co_name in _COMPREHENSIONS or code.co_filename.endswith(_WRAPPERS)


def period(ops: list) -> int:
    """How many operations one run of an instruction made: the shortest piece that the list repeats, or all of it."""
    border = [0] * len(ops)  # of each prefix, the longest proper prefix that is also its end
    for i in range(1, len(ops)):
        k = border[i - 1]
        while k and ops[i] is not ops[k]:
            k = border[k - 1]
        border[i] = k + (ops[i] is ops[k])
    found = len(ops) - border[-1]
    return found if len(ops) % found == 0 else len(ops)
