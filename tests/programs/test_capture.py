"""What becomes an input, what a constant, and what a guard, when a function is written down."""

import numpy as np
import pytest

import autograd_lab as torch
from autograd_lab.programs import Program, Unable
from autograd_lab.programs.lines import Guard


def same(function, compiled, *args):
    """Whether value and gradients agree bit for bit, each called on arguments of its own."""
    found = []
    for f in (function, compiled):
        own = [a.detach().clone().requires_grad_(a.requires_grad) for a in args]
        out = f(*own)
        out.sum().backward()
        found.append([out.tolist(), *(a.grad.tolist() for a in own if a.requires_grad)])
    return found[0] == found[1]


def x(*shape):
    return torch.arange(float(np.prod(shape))).sin().reshape(shape).requires_grad_()


def written_at(x, i):
    y = x * 1
    y[i] = y[i] * 2
    y[i].mul_(3)
    return y * y


@pytest.mark.parametrize(
    "function",
    [
        lambda x, i: x[i] * 2,
        lambda x, i: x[:, i].exp(),
        lambda x, i: x[i, 1:] * x[-1, i],
        lambda x, i: x[i, i + 1] * 3,
        lambda x, i: x[..., i, None],
        lambda x, i: x[i, [0, 2]] * x[[1, 0], i],
        lambda x, i: x[x.sum(1).argmax()] * x[i],
        written_at,
    ],
)
def test_a_number_that_says_where_is_an_input(function):
    compiled = torch.compile(function)
    assert all(same(function, compiled, x(4, 3), torch.tensor(i)) for i in (0, 1, -2, 1))
    assert len(compiled.programs) == 1


def test_a_view_written_through_two_of_them_is_captured_for_each():
    def function(x, i):
        y = x * 1
        y[i, 1] = 7.0
        row = y[i]
        y.add_(1)
        return row * y[0]

    compiled = torch.compile(function)
    assert all(same(function, compiled, x(3, 2), torch.tensor(i)) for i in (0, 2, 0))
    assert len(compiled.programs) == 2


def test_a_place_that_is_not_there_is_said_as_pytorch_says_it():
    compiled = torch.compile(lambda x, i: x[i])
    compiled(x(4), torch.tensor(1))
    with pytest.raises(IndexError, match="out of bounds"):
        compiled(x(4), torch.tensor(9))


@pytest.mark.parametrize("accumulate", [False, True])
def test_positions_of_index_put_are_an_input(accumulate):
    def function(x, values, i):
        return (x * 1).index_put((i,), values, accumulate=accumulate) * 2

    compiled = torch.compile(function)
    for i in ([0, 1, 2], [3, 1, 0]) + (([0, 0, 3],) if accumulate else ()):
        assert same(function, compiled, x(4), x(3), torch.tensor(i))
    assert len(compiled.programs) == 1


WORDS = {
    "isnan": lambda x: torch.isnan(x),
    "isfinite": lambda x: torch.isfinite(x),
    "signbit": lambda x: torch.signbit(x),
    "argmax": lambda x: x.argmax(1),
    "argmin": lambda x: x.argmin(),
    "any": lambda x: (x > 0).any(),
    "all": lambda x: (x > 0).all(0),
    "count_nonzero": lambda x: torch.count_nonzero(x > 0),
    "searchsorted": lambda x: torch.searchsorted(torch.tensor([-0.5, 0.0, 0.5]), x),
    "frexp": lambda x: torch.frexp(x)[1],
}


@pytest.mark.parametrize("word", WORDS)
def test_words_without_a_derivative_hold_for_all_values(word):
    function = torch.compile(WORDS[word])
    for factor in (1.0, -1.0, 0.3):
        at = x(4, 3).detach() * factor
        assert function(at).tolist() == WORDS[word](at).tolist()
    (program,) = function.programs
    assert not any(isinstance(line, Guard) for line in program.lines)


def test_what_the_function_makes_is_a_constant_and_may_be_written_to():
    def filled(x):
        out = torch.zeros(3, 2)
        for k in range(3):
            out[k] = x * k
        out[0, 1] += 5
        return out * (torch.ones(2) * 2 + 1)

    compiled = torch.compile(filled)
    assert same(filled, compiled, x(2))
    (program,) = compiled.programs
    assert len(program.inputs) == 1 and "[3.0, 3.0]" in str(program)


def test_what_it_makes_and_writes_to_is_read_as_it_is_then():
    def function(x):
        total = torch.zeros(2)
        total.add_(x.detach())
        return x * total.sum().item() if total[0] > 0 else x * float(total.numpy()[1])

    compiled = torch.compile(function)
    assert all(same(function, compiled, torch.tensor(v, requires_grad=True)) for v in ([1.0, 2.0], [-1.0, 2.0], [1.0, 3.0]))


def test_constants_are_not_guarded():
    program = Program.capture(lambda x: sum(x[j] for j in torch.tensor([0, 2]).tolist()), x(3))
    assert not any(isinstance(line, Guard) for line in program.lines)


class Remembering(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.h = None

    def forward(self, x):
        if self.h is None:
            self.h = torch.zeros(2)
        return x * 2 + self.h


def test_what_a_call_leaves_behind_is_a_tensor_like_any():
    module = Remembering()
    compiled = torch.compile(module)
    assert compiled(torch.ones(2)).tolist() == [2.0, 2.0]
    assert repr(module.h) == "tensor([0., 0.])" and not module.h.requires_grad
    module.h.add_(5)
    assert compiled(torch.ones(2)).tolist() == module(torch.ones(2)).tolist() == [7.0, 7.0]
    assert (module.h * 2).tolist() == [10.0, 10.0]


def test_a_draw_that_is_not_written_down_is_refused_in_words():
    with pytest.raises(Unable, match="draws random numbers in a way"):
        Program.capture(lambda x: x * torch.core.random.default.initial_seed(), torch.ones(4))
