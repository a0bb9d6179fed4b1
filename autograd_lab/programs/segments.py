"""Where to cut a long program, so that XLA compiles little and what it compiles is used again.

XLA's time for one function grows with its length, faster than in proportion for a long chain, and every call costs some
microseconds. So what repeats is cut where it repeats: neighbouring pieces that occur together often become one piece, as
byte-pair encoding makes words of letters (Gage, A New Algorithm for Data Compression, 1994), as long as the calls that saves
are worth the compiling. The layers of a network become one piece compiled once, whatever their length; of a program in which
little repeats the operations are shared, one by one. What occurs only once becomes pieces of 200 lines. (What repeats without
anything between, such as the steps of an unrolled recurrent network, has become a loop before: ``loops.py``.)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from .lines import Apply, Line, Rule, Var
from .passes import frozen

LONGEST = 200  # lines in a piece
# Milliseconds, measured on a laptop's core: compiling a function at all, each line of it, and what a call saved once is
# worth over the runs that a compiled program may be expected to see.
TO_COMPILE, PER_LINE, PER_CALL = 40.0, 6.5, 1.0
NEAR = 16  # lines; how much further back an operand was made does not matter
SELDOM = 4  # times, up to which a word is joined to its neighbours though it occurs elsewhere
FEW = 4  # values of a number that are worth a function each


class Forms:
    """Numbers for what lines compute, their operands aside: two lines have one number if a function of one serves the other."""

    def __init__(self):
        self.numbers: dict[Any, int] = {}
        self.known: dict[Line, tuple[int, tuple[Var, ...]]] = {}

    def of(self, line: Line) -> tuple[int, tuple[Var, ...]]:
        """(the number of the form, the Vars that fill it)."""
        if line not in self.known:
            places = _Places()
            number = places.__getitem__
            params = frozen(line.params, number) if line.params else None
            key = frozen(line.key()), frozen(line.args, number), params, line.single
            self.known[line] = self.numbers.setdefault(key, len(self.numbers)), tuple(places)
        return self.known[line]


class _Places(dict):
    """Vars by the order in which they are met."""

    def __missing__(self, var):
        self[var] = name = f"#{len(self)}"
        return name


def cut(letters: list[int]) -> list[int]:
    """The lengths of the pieces, of at most `LONGEST` lines, that a program with these `letters_of` it is cut into."""
    if len(letters) <= LONGEST:
        return [len(letters)] if letters else []
    words = letters
    sizes = dict.fromkeys(words, 1)
    while joined := _worth_joining(words, sizes):
        words = _joined(words, joined)
    return [sizes[word] for word in _rest_joined(words, sizes)]


def letters_of(lines: Sequence[Line], forms: Forms, ends: set[Var]) -> list[int]:
    """A number per line: equal for lines that are likely to be compiled as one. ``ends`` are needed after the last."""
    formed = [forms.of(line) for line in lines]
    made = {v: i for i, line in enumerate(lines) for v in line.outs}
    last = {v: i for i, (_, operands) in enumerate(formed) for v in operands}
    numbers: dict[tuple, int] = {}
    found = []
    for i, (line, (number, operands)) in enumerate(zip(lines, formed)):
        read = tuple((min(i - made.get(v, -NEAR), NEAR), v.example.shape, v.example.dtype) for v in operands)
        stays = tuple(v in ends or last.get(v, i) - i >= NEAR for v in line.outs)
        found.append(numbers.setdefault((number, read, stays), len(numbers)))
    return found


def _worth_joining(words: list[int], sizes: dict[int, int]) -> dict[tuple[int, int], int]:
    """Pairs of neighbours that are better compiled as one, each with a number for the new word; no word is in two pairs."""
    often, pairs = Counter(words), _pairs(words)
    worth = []
    for (a, b), count in pairs.items():
        size = sizes[a] + sizes[b]
        if size > LONGEST:
            continue
        gone = sum(_cost(sizes[w]) for w in {a, b} if often[w] == count * (2 if a == b else 1))
        gain = count * PER_CALL + gone - _cost(size)
        if gain > 0:
            worth.append((gain, a, b))
    worth.sort(key=lambda pair: -pair[0])  # the sort is stable: of equal ones the first in the program
    joined, taken = {}, set()
    for _, a, b in worth:
        if taken.isdisjoint((a, b)):
            taken.update((a, b))
            joined[a, b] = number = len(sizes)
            sizes[number] = sizes[a] + sizes[b]
    return joined


def _rest_joined(words: list[int], sizes: dict[int, int]) -> list[int]:
    """What occurs seldom and stands together, before what repeats and after it, as one word where that is less to compile."""
    often, found = Counter(words), []
    for seldom, group in groupby(words, lambda word: often[word] <= SELDOM):
        run = list(group)
        inside, size = Counter(run), sum(sizes[w] for w in run)
        gone = sum(_cost(sizes[w]) for w, count in inside.items() if count == often[w])
        if seldom and size <= LONGEST and gone + PER_CALL * (len(run) - 1) > _cost(size):
            number = len(sizes)
            sizes[number], run = size, [number]
        found += run
    return found


def _cost(size: int) -> float:
    return TO_COMPILE + PER_LINE * size


def _pairs(words: list[int]) -> Counter:
    """How often each two stand together, aaa being one pair of a and not two."""
    count: Counter = Counter()
    before = None
    for pair in pairwise(words):
        if pair == before and pair[0] == pair[1]:
            before = None
            continue
        count[pair] += 1
        before = pair
    return count


def _joined(words: list[int], joined: dict[tuple[int, int], int]) -> list[int]:
    found, i, n = [], 0, len(words)
    while i < n:
        pair = (words[i], words[i + 1]) if i + 1 < n else None
        if pair in joined:
            found.append(joined[pair])
            i += 2
        else:
            found.append(words[i])
            i += 1
    return found


# ---------------------------------------------------------------------- numbers


def lifted(lines: Sequence[Line], forms: Forms) -> tuple[list[Line], dict[Var, np.ndarray]]:
    """``lines`` with Vars for the numbers in which many of them differ, x[0], x[1], x[2] ..., and what the Vars stand for."""
    values = defaultdict(set)
    tried: list[tuple[Line, int, dict]] = []
    for line in lines:
        other, numbers = _without_numbers(line)
        form = forms.of(other)[0] if numbers else -1
        values[form].add(tuple(n.item() for n in numbers.values()))
        tried.append((other, form, numbers))
    found, known = [], {}
    for line, (other, form, numbers) in zip(lines, tried):
        if numbers and len(values[form]) > FEW:
            known |= numbers
            line = other
        found.append(line)
    return found, known


def _without_numbers(line: Line) -> tuple[Line, dict[Var, np.ndarray]]:
    """A copy of ``line`` with Vars for numbers that need not be known to compile it."""
    numbers: dict[Var, np.ndarray] = {}

    def new(value):
        var = Var(np.asarray(value))
        numbers[var] = var.example
        return var

    def place(value):  # in an index
        return new(np.int32(value)) if type(value) is int and abs(value) < 2**31 else value

    of = line if isinstance(line, Apply) else line.of if isinstance(line, Rule) else None
    if of is None:
        return line, numbers
    args, params = line.args, line.params
    if of.name == "select":
        if not isinstance(line, Rule):
            params = params | {"key": tuple(map(place, params["key"]))}
        else:
            args = tuple(tuple(map(place, a)) if name == "key" else a for name, a in zip(("g", *line.rule.reads), args))
    elif of.is_binary and of.name != "pow":  # the powers of whole numbers are computed otherwise
        args = tuple(new(a) if isinstance(a, (np.ndarray, np.generic)) and np.ndim(a) == 0 else a for a in args)
    if not numbers:
        return line, numbers
    return line.of_operands(args, params), numbers
