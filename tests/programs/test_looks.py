"""Compiled functions beside the functions themselves where they look at more of a tensor than numbers, or hand out views."""

import warnings

import pytest

import autograd_lab as lab
from autograd_lab import nn


def arguments():
    """2 by 2 each: a leaf, one with a history, a parameter, one that was written to, and one that lies otherwise."""
    leaf, parameter = lab.ones(2, 2, requires_grad=True), nn.Parameter(lab.ones(2, 2))
    parameter.grad = lab.ones(2, 2)
    made, plain, turned = leaf * 1, lab.ones(2, 2), lab.ones(2, 2).t()
    made.note, turned.note = 2.0, 3.0
    plain.add_(0)
    return leaf, made, parameter, plain, turned, lab.ones(2, 2)


LOOKS = {
    "is_leaf": lambda x: x * (2 if x.is_leaf else 3),
    "grad_fn": lambda x: x * (2 if x.grad_fn is None else 3),
    "grad_fn of what is computed": lambda x: x * (2 if (x * 2).grad_fn is None else 3),
    "grad": lambda x: x * (2 if x.is_leaf and x.grad is None else 3),
    "_version": lambda x: x * (2 + x._version),
    "isinstance": lambda x: x * (2 if isinstance(x, nn.Parameter) else 3),
    "stride()": lambda x: x * x.stride(0),
    "is_contiguous()": lambda x: x * (2 if x.is_contiguous() else 3),
    "is_contiguous() of what is computed": lambda x: x * (2 if (x + 1).is_contiguous() else 3),
    "an attribute": lambda x: x * getattr(x, "note", 4.0),
    "hasattr": lambda x: x * (2 if hasattr(x, "note") else 3),
}


@pytest.mark.filterwarnings("ignore:.*runs without being compiled")
@pytest.mark.parametrize("f", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("turned", [False, True])
def test_what_was_looked_at_is_the_same_or_another_program_is_written(f, turned):
    compiled, given = lab.compile(f), arguments()
    for x in given[::-1] if turned else given:
        for _ in range(2):
            assert compiled(x).tolist() == f(x).tolist()


def test_tensors_alike_are_no_other_program():
    compiled = lab.compile(lambda x: x * (2 if x.is_leaf and x.is_contiguous() and not hasattr(x, "note") else 3))
    for _ in range(3):
        compiled(lab.ones(2, requires_grad=True))
    assert len(compiled.programs) == 1 and not compiled.refused


def test_an_attribute_that_it_sets_is_set():
    x, compiled = lab.ones(2), lab.compile(lambda x: (setattr(x, "note", 3), x * 2)[1])
    with pytest.warns(UserWarning, match="runs without being compiled: it sets an attribute of an argument"):
        compiled(x)
    assert x.note == 3


def test_autocast_and_the_default_dtype_are_those_of_the_call():
    compiled, x = lab.compile(lambda x: (x @ x, lab.zeros(2))), lab.ones(2, 2)
    assert [t.dtype for t in compiled(x)] == [lab.float32, lab.float32]
    with lab.autocast("cpu"):
        assert [t.dtype for t in compiled(x)] == [lab.bfloat16, lab.float32]
    lab.set_default_dtype(lab.float64)
    try:
        assert [t.dtype for t in compiled(x)] == [lab.float32, lab.float64]
    finally:
        lab.set_default_dtype(lab.float32)
    assert [t.dtype for t in compiled(x)] == [lab.float32, lab.float32]


PLACE = lab.tensor(1)
VIEWS = {
    "the input": lambda x: x,
    "a row of it": lambda x: x[0],
    "a row that a tensor tells": lambda x: x[PLACE],
    "a row whose place is computed": lambda x: x[PLACE - 1],
    "its data": lambda x: x.detach(),
    "written to": lambda x: x.add_(1),
    "itself and a row": lambda x: [x, x[1]],
    "a result and its row": lambda x: (lambda y: [y, y[0]])(x * 2),
    "a row first": lambda x: (lambda y: [y.t()[0], y])(x * 2),
    "one result twice": lambda x: (lambda y: [y, y])(x * 2),
    "a result and its data": lambda x: (lambda y: [y, y.detach()])(x * 2),
    "rows that are apart": lambda x: list((x * 2).unbind()),
    "a row twice": lambda x: (lambda y: [y[0], y[0]])(x * 2),
}


@pytest.mark.filterwarnings("ignore:.*it returns views that share memory")
@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("f", VIEWS.values(), ids=VIEWS)
def test_results_share_memory_where_the_functions_do(f, recorded):
    compiled = lab.compile(f)
    for _ in range(2):
        found = []
        for function in (compiled, f):
            x = lab.arange(4.0).reshape(2, 2)
            if recorded and f is not VIEWS["written to"]:
                x.requires_grad_()
            result = function(x)
            tensors = result if isinstance(result, list) else [result]
            flags = [(t is x, [t is other for other in tensors], t.requires_grad) for t in tensors]
            grads = None
            if tensors[-1].requires_grad:
                sum((t * t).sum() for t in tensors if t.requires_grad).backward()
                grads = x.grad.tolist()
            with lab.no_grad():
                tensors[-1].detach().mul_(10)
            found.append((x.tolist(), [t.tolist() for t in tensors], flags, grads))
        assert found[0] == found[1]


def test_what_it_puts_elsewhere_is_a_tensor_and_it_is_said():
    kept = {}

    def f(x):
        kept["y"] = x * 2
        return kept["y"].sum()

    compiled, x = lab.compile(f), lab.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match="f runs without being compiled: it puts a tensor that it computes into a list"):
        compiled(x)
    assert type(kept["y"]) is lab.Tensor and kept["y"].grad_fn is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compiled(x).item() == 4
