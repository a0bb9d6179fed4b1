"""Where values come from."""

import pytest

import autograd_lab as torch
from autograd_lab.core import births
from autograd_lab.core.primitive import PRIMITIVES


def ones(*shape, **kw):
    return torch.ones(*shape, requires_grad=True, **kw)


def test_births_are_recorded_only_while_someone_records():
    x = ones(1)
    (x * 2).sum()
    with births.noting():
        y = (x * 2).sum()
    birth = births.birth_of(y.grad_fn)
    assert birth.op is PRIMITIVES["sum"] and birth.filename == __file__ and birth.inputs[0].tensor is not None
    assert births.birth_of((x * 2).grad_fn) is None


def test_what_a_pass_with_create_graph_makes_is_told_by_whose_rule_it_was_made():
    with births.noting():
        x = ones(2)
        square = x * x
        y = square.exp().sum()
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        made = births.birth_of(g.grad_fn)
        assert made.op is PRIMITIVES["add"] and made.maker() is square.grad_fn.mark  # the two uses of x meet there
        assert made.layer.root() is y.grad_fn.mark and births.birth_of(square.grad_fn).layer is None
        assert {births.birth_of(node).layer for node, _ in g.grad_fn.next_functions} == {made.layer}
        outer = births.birth_of((g * g).grad_fn)
        assert outer.layer is None and outer.maker is None  # the user's own

        with torch.no_grad():  # sums are part of the graph whatever the mode around the pass
            (again,) = torch.autograd.grad(y, x, create_graph=True)
    assert births.birth_of(again.grad_fn).layer not in (None, made.layer)


def test_a_pass_that_is_stepped_tells_the_same_as_one_that_runs():
    with births.noting():
        x = ones(2)
        y = (x * x).exp().sum()
        stepper = torch.step(y, create_graph=True)
        stepper.run()
        birth = births.birth_of(x.grad.grad_fn)
    assert birth.layer.root() is y.grad_fn.mark


@pytest.mark.parametrize("make", [lambda: torch.Tensor([1.0]), lambda: torch.Tensor(2, 3), lambda: torch.FloatTensor([1.0]),
                                  lambda: torch.nn.Parameter(torch.ones(2)), lambda: torch.nn.Linear(2, 2).weight])  # fmt: skip
def test_a_leaf_knows_its_line_however_it_is_made(make):
    with births.noting():
        x = make().requires_grad_()
    assert births.birth_of(x) is not None and births.birth_of(x.grad_fn or x._node) is not None
