"""What a node keeps, for every kind of node, and which memory it is in."""

import numpy as np
import pytest

import autograd_lab as torch
from autograd_lab.trace.saved import buffer_of, saved_tensors


class Kept(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        out = x * x
        ctx.save_for_backward(x, out, None)
        return out

    @staticmethod
    def backward(ctx, g):
        x, _, _ = ctx.saved_tensors
        return 2 * x * g


def leaf():
    return torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda x: x * x, ["y", "x"]), (lambda x: x * 2, []), (lambda x: x.exp(), ["out"]), (lambda x: x + 1, []),
        (lambda x: x.sum(), []), (lambda x: x.reshape(2, 2).max(0)[0], ["out[0]", "out[1]"]), (lambda x: x.split(2)[0], []),
        (lambda x: Kept.apply(x), ["saved_tensors[0]", "saved_tensors[1]"]),
    ],
)  # fmt: skip
def test_saved_values_by_the_rules_names(make, names):
    assert sorted(s.name for s in saved_tensors(make(leaf()).grad_fn)) == sorted(names)


def test_a_slice_written_to_keeps_what_its_operation_keeps():
    x = leaf()
    base = x * 1
    base[:2].mul_(torch.ones(2, requires_grad=True))
    assert [s.name for s in saved_tensors(base.grad_fn)] == [s.name for s in saved_tensors(base.grad_fn.inner)] != []


@pytest.mark.parametrize(
    "make", [lambda x: x.exp(), lambda x: x * x, lambda x: Kept.apply(x), lambda x: x.reshape(2, 2).max(0)[0]]
)
def test_nothing_is_kept_once_backward_has_freed_it(make):
    y = make(leaf()).sum()
    y.backward()
    ((node, _),) = y.grad_fn.next_functions
    assert saved_tensors(node) == []


def test_a_write_makes_it_stale():
    e = leaf().exp()
    (saved,) = saved_tensors(e.grad_fn)
    assert not saved.is_stale
    e.add_(1)
    (node, _) = e.grad_fn.next_functions[0]
    (saved,) = saved_tensors(node)
    assert (saved.version, saved.now, saved.is_stale) == (0, 1, True)


def test_views_share_the_buffer_of_their_base():
    a = np.arange(6.0)
    assert buffer_of(a[2:]) is buffer_of(a.reshape(2, 3).T) is a
    assert buffer_of(a.copy()) is not a
