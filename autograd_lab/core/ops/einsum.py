"""``einsum`` as PyTorch computes it: operands lined up dimension by dimension, then one batched product for each pair.

Every operand gets one dimension for each letter of the equation, those of the output first. Two operands are multiplied by
``bmm``: letters of both and of the output are the batch, those of one operand its rows or columns, those that end here the
sum. So the graph has PyTorch's nodes, and a product of matrices runs at the speed of one.
"""

from __future__ import annotations

from string import ascii_letters, ascii_lowercase, ascii_uppercase

import numpy as np

from ..primitive import PRIMITIVES
from ..signatures import kind_of
from .operands import check_bmm

_call = {name: PRIMITIVES[name].call for name in ("bmm", "mul", "view")}
ELLIPSIS = "..."
_LETTERS = ascii_uppercase + ascii_lowercase  # PyTorch's order of labels


def einsum(*arguments):
    """Sums of products over named indices: ``einsum("ij,jk->ik", a, b)``. ``...`` stands for any further dimensions.

    Or with numbers for letters: ``einsum(a, [0, 1], b, [1, 2], [0, 2])``. RuntimeError for an equation that does not fit.
    """
    equation, operands = _arguments(arguments)
    terms, out = _parsed(equation, len(operands))
    hidden = max([x._array.ndim - len(t) + 1 for t, x in zip(terms, operands) if ELLIPSIS in t], default=0)
    _check(terms, operands, hidden)
    letters = [c for c in _LETTERS if any(c in t for t in terms)]
    if out is None:
        dots = [ELLIPSIS] if any(ELLIPSIS in t for t in terms) else []
        out = dots + [c for c in letters if sum(t.count(c) for t in terms) == 1]
    places, kept = _places(letters, out, terms, hidden)
    ready = [_lined_up(x, t, places, hidden) for x, t in zip(operands, terms)]
    return _contracted(ready, kept)


# ---------------------------------------------------------------------- the equation


def _arguments(arguments):
    """(equation, operands) of either way to call einsum."""
    if len(arguments) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its subscripts list"
        )
    first, *operands = arguments
    if isinstance(first, str):
        if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
            operands = operands[0]
        for i, x in enumerate(operands):
            if not hasattr(x, "_array"):
                raise TypeError(f"expected Tensor as element {i} in argument 1, but got {type(x).__name__}")
        return first, list(operands)
    if not hasattr(first, "_array"):
        raise TypeError(f"einsum(): argument 'equation' (position 1) must be str, not {kind_of(first)}")
    given = list(arguments)
    equation = ",".join(_written(sublist) for sublist in given[1::2][: len(given) // 2])
    if len(given) % 2:
        equation += "->" + _written(given.pop())
    return equation, given[::2]


def _written(sublist) -> str:
    """A list of numbers as the letters PyTorch takes for them."""
    for n in sublist:
        if n is not ... and not 0 <= n < 52:
            raise RuntimeError("einsum(): subscripts in sublist must be in range [0, 52)")
    return "".join(ELLIPSIS if n is ... else _LETTERS[n] for n in sublist)


def _parsed(equation: str, count: int):
    """(the letters of each operand, those of the output or None where the equation leaves them out)."""
    at = equation.find("->")
    left, right = (equation, None) if at < 0 else (equation[:at], equation[at + 2 :])
    terms: list[list[str]] = [[]]
    _read(left, 0, terms, "for operand {} that is not part of any ellipsis")
    if len(terms) != count:
        fewer = "fewer" if count < len(terms) else "more"
        raise RuntimeError(f"einsum(): {fewer} operands were provided than specified in the equation")
    if right is None:
        return terms, None
    out: list[list[str]] = [[]]
    _read(right, at + 2, out, "for output that is not part of any ellipsis (...)")
    known = {c for t in terms for c in t}
    for i, c in enumerate(out[0]):
        if c in out[0][:i]:
            raise RuntimeError(
                "einsum(): found '.' for output but an ellipsis (...) was already found" if c == ELLIPSIS else
                f"einsum(): output subscript {c} appears more than once in the output"
            )  # fmt: skip
        if c not in known and c != ELLIPSIS:
            raise RuntimeError(f"einsum(): output subscript {c} does not appear in the equation for any input operand")
    return terms, out[0]


def _read(text: str, offset: int, terms: list[list[str]], dot: str) -> None:
    """Append the letters of ``text`` to the last of ``terms``, and begin another at each comma (inputs only)."""
    i, inputs = 0, "{}" in dot
    while i < len(text):
        c = text[i]
        if c == ".":
            if text[i : i + 3] != ELLIPSIS:
                raise RuntimeError("einsum(): found '.' " + dot.format(len(terms) - 1))
            if ELLIPSIS in terms[-1]:
                where = f"operand {len(terms) - 1} for which an ellipsis" if inputs else "output but an ellipsis (...)"
                raise RuntimeError(f"einsum(): found '.' for {where} was already found")
            terms[-1].append(ELLIPSIS)
            i += 2
        elif c == "," and inputs:
            terms.append([])
        elif c in ascii_letters:
            terms[-1].append(c)
        elif c != " ":
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {i + offset} in the equation string, subscripts must be in [a-zA-Z]"
            )
        i += 1


def _check(terms, operands, hidden) -> None:
    """Raise unless every operand has the dimensions and sizes its letters say."""
    seen: dict[str, int] = {}
    for i, (term, x) in enumerate(zip(terms, operands)):
        shape = x._array.shape
        if ELLIPSIS in term:
            if len(term) - 1 > len(shape):
                raise RuntimeError(
                    f"einsum(): the number of subscripts in the equation ({len(term) - 1}) is more than the number of dimensions "
                    f"({len(shape)}) for operand {i}"
                )
            at = term.index(ELLIPSIS)
            term = [*term[:at], *[""] * (len(shape) - len(term) + 1), *term[at + 1 :]]
        elif len(term) != len(shape):
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(term)}) does not match the number of dimensions "
                f"({len(shape)}) for operand {i} and no ellipsis was given"
            )
        for c in dict.fromkeys(c for c in term if c):
            sizes = [n for d, n in zip(term, shape) if d == c]
            if len(set(sizes)) > 1:
                raise RuntimeError(
                    f"einsum(): subscript {c} is repeated for operand {i} but the sizes don't match, {sizes[1]} != {sizes[0]}"
                )
            if sizes[0] != 1 and seen.setdefault(c, sizes[0]) != sizes[0]:
                raise RuntimeError(
                    f"einsum(): subscript {c} has size {sizes[0]} for operand {i} which does not broadcast with previously seen "
                    f"size {seen[c]}"
                )


# ---------------------------------------------------------------------- lining up


def _places(letters, out, terms, hidden):
    """(the dimension of each letter, the ellipsis having ``hidden`` of them; how many belong to the output)."""
    places, n = {}, 0
    for c in out:
        places[c] = n
        n += hidden if c == ELLIPSIS else 1
    kept = n
    for c in ([ELLIPSIS] if any(ELLIPSIS in t for t in terms) else []) + letters:
        if c not in places:
            places[c] = n
            n += hidden if c == ELLIPSIS else 1
    places[""] = n
    return places, kept


def _lined_up(x, term, places, hidden):
    """x with one dimension for each letter, in order; of size 1 where it has no such letter."""
    order: list[int] = [-1] * places[""]
    found: dict[str, int] = {}
    missing = hidden - (x._array.ndim - len(term) + 1)
    j = 0
    for c in term:
        if c == ELLIPSIS:
            for _ in range(missing):
                x = x.unsqueeze(j)
            for k in range(hidden):
                order[places[c] + k] = j
                j += 1
        elif c in found:  # a letter twice: the diagonal, put where the letter was first
            x = x.diagonal(0, found[c], j).movedim(-1, found[c])
        else:
            found[c] = order[places[c]] = j
            j += 1
    for place, at in enumerate(order):
        if at < 0:
            x = x.unsqueeze(-1)
            order[place] = j
            j += 1
    return x.permute(*order) if order else x.permute(())


# ---------------------------------------------------------------------- multiplying


def _contracted(xs, kept):
    """The product of all, summed over every dimension from ``kept`` on."""
    ndim, several = xs[0]._array.ndim, len(xs) > 1
    counts = [sum(x._array.shape[d] != 1 for x in xs) for d in range(ndim)]
    for i, j in _path(xs, kept):
        a, b = xs[i], xs[j]
        xs = [x for k, x in enumerate(xs) if k not in (i, j)]
        alone: tuple[list, list] = [], []
        both = []
        for d in range(kept, ndim):
            wide = a._array.shape[d] != 1, b._array.shape[d] != 1
            if all(wide):
                counts[d] -= 1
                if counts[d] == 1:
                    both.append(d)
                    counts[d] = 0
            elif counts[d] == 1 and any(wide):
                alone[wide[1]].append(d)
                counts[d] = 0
        a = a.sum(tuple(alone[0]), True) if alone[0] else a
        b = b.sum(tuple(alone[1]), True) if alone[1] else b
        xs.append(_pair(a, b, both))
    (x,) = xs
    if ndim == kept:
        return x
    return _call["view"](x, x._array.shape[:kept]) if several else x.sum(tuple(range(kept, ndim)))


def _path(xs, kept):
    """Which two to multiply next, again and again; a product goes to the end of the list."""
    if len(xs) > 2:
        letters = _LETTERS[: xs[0]._array.ndim]
        terms = ["".join(c for c, n in zip(letters, x._array.shape) if n != 1) for x in xs]
        shapes = [np.empty(tuple(n for n in x._array.shape if n != 1), np.int8) for x in xs]
        out = "".join(c for c in letters[:kept] if any(c in t for t in terms))
        path = np.einsum_path(f"{','.join(terms)}->{out}", *shapes, optimize="optimal")[0][1:]
        if all(len(step) == 2 for step in path):
            return [tuple(sorted(step)) for step in path]
        return [(0, 1)] + [(n, n - 1) for n in range(len(xs) - 2, 0, -1)]  # from the left
    return [(0, 1)] * (len(xs) - 1)


def _pair(a, b, summed):
    """a * b summed over the dimensions ``summed``, which stay with size 1: one batched product."""
    if not summed:
        return _call["mul"](a, b)
    left_shape, right_shape = a._array.shape, b._array.shape
    batch, rows, columns = [], [], []
    for d, (m, n) in enumerate(zip(left_shape, right_shape)):
        if d not in summed:
            (batch if m != 1 and n != 1 else rows if m != 1 else columns).append(d)
    if rows and columns and columns[-1] < rows[0]:  # so the product comes out in the order the output wants
        a, b, rows, columns = b, a, columns, rows
        left_shape, right_shape = right_shape, left_shape

    def size(shape, dims):
        return int(np.prod([shape[d] for d in dims], dtype=np.int64))

    sizes = size(left_shape, batch), size(left_shape, rows), size(left_shape, summed), size(right_shape, columns)
    left = a.permute(*batch, *rows, *summed, *columns).reshape(sizes[0], sizes[1], sizes[2])
    right = b.permute(*batch, *summed, *columns, *rows).reshape(sizes[0], sizes[2], sizes[3])
    check_bmm(left, right)
    product = _call["bmm"](left, right)
    shape = [left_shape[d] for d in (*batch, *rows)] + [1] * len(summed) + [right_shape[d] for d in columns]
    order = [0] * a._array.ndim
    for i, d in enumerate((*batch, *rows, *summed, *columns)):
        order[d] = i
    return _call["view"](product, tuple(shape)).permute(*order)
