"""Where long programs are cut: equal pieces where they repeat, long ones where nothing does, and no line lost."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.programs import Program
from autograd_lab.programs.lines import Var
from autograd_lab.programs.segments import LONGEST, Forms, cut, letters_of, lifted


def lines_of(function, *arrays):
    program = Program.capture(function, *(lab.tensor(a, requires_grad=True) for a in arrays))
    return program.lines[: program.split], [v for v in program.outputs if isinstance(v, Var)]


def cut_lines(lines, forms, ends):
    pieces, at = [], 0
    for size in cut(letters_of(lines, forms, set(ends))):
        pieces.append(lines[at : at + size])
        at += size
    return pieces


def pieces_of(function, *arrays):
    """(pieces, the forms of each piece's lines)."""
    lines, ends = lines_of(function, *arrays)
    forms = Forms()
    pieces = cut_lines(lines, forms, ends)
    assert [line for piece in pieces for line in piece] == lines  # all, once, in order
    assert max(map(len, pieces)) <= LONGEST
    return pieces, [tuple(forms.of(line)[0] for line in piece) for piece in pieces]


def repeated(period, times):
    words = (lab.tanh, lab.sin, lab.cos, lab.sigmoid, lab.exp, lab.neg, lab.atan)

    def function(x):
        for _ in range(times):
            for word in words[:period]:
                x = word(x)
        return x

    return function


def test_a_short_program_stays_in_one_piece():
    pieces, _ = pieces_of(repeated(5, 40), np.ones(3))
    assert len(pieces) == 1 and len(pieces[0]) == 200


@pytest.mark.parametrize("period", [1, 2, 3, 5, 7])
def test_whatever_the_period_most_lines_lie_in_equal_pieces(period):
    pieces, forms = pieces_of(repeated(period, 1500 // period), np.ones(3))
    assert len(set(forms)) <= 8 and len(pieces) < 1500 / 5
    best = max(set(forms), key=lambda form: forms.count(form) * len(form))
    assert forms.count(best) * len(best) > 1500 / 2


def test_what_occurs_once_is_cut_by_length():
    def function(x):
        for i in range(450):
            x = x.reshape(1, -1)[:, : 499 - i].reshape(-1)
        return x

    pieces, forms = pieces_of(function, np.ones(500))
    assert len(pieces) < 20 and len(set(forms)) == len(forms)


def test_where_little_repeats_the_operations_are_shared():
    random = np.random.default_rng(0)
    plan = random.integers(0, 3, (600, 3))

    def function(x):
        values = [x, x.sin(), x.cos()]
        for kind, i, j in plan:
            a, b = values[-1 - i], values[-1 - j]
            values.append([a.tanh(), a * b, a - b][kind])
        return values[-1]

    _, forms = pieces_of(function, np.ones(4))
    assert len(set(forms)) < 40


def test_numbers_in_which_lines_differ_are_lifted():
    def function(x):
        total = x[0]
        for i in range(1, 9):
            total = total + x[i] * (0.1 * i) + 0.25
        return total

    lines, _ = lines_of(function, np.arange(9.0))
    others, numbers = lifted(lines, Forms())
    forms = Forms()
    number_of = {word: {forms.of(line)[0] for line in others if line.name == word} for word in ("select", "mul")}
    assert all(len(n) == 1 for n in number_of.values())
    assert sorted(v.item() for v in numbers.values() if v.dtype == np.int32) == list(range(9))
    assert 0.25 not in [v.item() for v in numbers.values()]  # one value for all is a constant


def test_few_values_stay_in_the_code():
    lines, _ = lines_of(lambda x: x[0] + x[1] * 2.0, np.arange(2.0))
    others, numbers = lifted(lines, Forms())
    assert others == lines and not numbers


def test_what_stands_alone_before_and_after_what_repeats_is_compiled_at_once():
    """Of an unrolled network the first and the last gradients are odd: each would be a function of its own to compile."""
    w = lab.tensor(np.linspace(0.1, 0.5, 16).reshape(4, 4), requires_grad=True)

    def unrolled(x, w):
        h = lab.zeros(2, 4, dtype=lab.float64)
        for t in range(120):
            h = (x[t] @ w + h @ w.T).tanh()
        return (h * h).sum()

    program = Program.capture(unrolled, lab.ones(120, 2, 4, dtype=lab.float64, requires_grad=True), w)
    forms = Forms()
    lines, _ = lifted(program.lines[program.split :], forms)
    pieces = cut_lines(lines, forms, program.gradients)
    different = {tuple(forms.of(line)[0] for line in piece) for piece in pieces}
    assert len(pieces) > 10 and len(different) == 3
    assert sum(map(len, pieces)) == len(lines)
