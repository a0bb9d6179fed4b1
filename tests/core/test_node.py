"""What a node saves, and that memory goes by reference counting."""

import gc
import weakref

import pytest

import autograd_lab as torch
from autograd_lab.core.face import mark_of


def ones(*shape, **kw):
    return torch.ones(*shape, requires_grad=True, **kw)


def test_the_node_saves_exactly_what_the_rules_name():
    x, c = ones(2), torch.ones(2)
    assert set((x * c).grad_fn.saved()) == {"x", "y"} and (x * c).grad_fn.x is None  # only y's rule would read x
    assert x.tanh().grad_fn.saved().keys() == {"out"}
    assert x.sum().grad_fn.saved().keys() == {"x_shape", "dim", "keepdim"}


class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g * 2


@pytest.mark.filterwarnings("ignore:'saved_variables'")
def test_a_node_has_what_dir_lists():
    x = ones(3)
    for y in (x.exp(), x * x, x[0], x.mul(2).add_(1), x.topk(2)[0], Twice.apply(x)):
        for node in (y.grad_fn, y.grad_fn.next_functions[0][0]):
            lacking = {word for word in dir(node) if not hasattr(node, word)}
            assert lacking <= {"materialize_grads", "_input_metadata"}  # to write only, as in PyTorch; in no node's memory


@pytest.mark.parametrize("name", ["exp", "mul", "constant", "split", "twice", "freed", "none", "number", "too many"])
def test_a_node_can_be_called_as_pytorchs(name):
    """One rule, run by hand: what it gives, or the class and the first words of what it raises."""
    theirs = pytest.importorskip("torch")

    def call(torch):
        x = torch.tensor(3.0, requires_grad=True)
        one = torch.tensor(2.0)
        y = {"exp": x.exp, "constant": lambda: x * 4}.get(name, lambda: x * x)()
        if name == "split":
            parts = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True).split(2)
            return parts[0].grad_fn(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
        if name == "twice":
            return y.grad_fn(one)[0].grad_fn(one)
        if name == "freed":
            y.backward()
        given = {"none": (None,), "number": (2.0,), "too many": (one, one)}.get(name, (one,))
        return y.grad_fn(*given)

    def told(torch):
        try:
            found = call(torch)
        except Exception as error:
            return type(error), str(error)[:60]
        return [None if g is None else (g.tolist(), g.requires_grad) for g in (found if isinstance(found, tuple) else [found])]

    assert told(torch) == told(theirs)


def test_no_cycles_and_nothing_left():
    gc.collect()
    gc.disable()
    try:
        x = ones(3)
        y = (x.exp() * x).tanh()
        alive = weakref.ref(mark_of(y.grad_fn))
        y.sum().backward()
        del y
        assert alive() is None
    finally:
        gc.enable()


def test_weak_references_as_pytorch_allows_them():
    """To a Function's node, which is the ctx of its author's; to no other."""

    def told(m):
        class Same(m.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 1

            @staticmethod
            def backward(ctx, g):
                return g

        a, found = m.ones(2, requires_grad=True), []
        for node in ((a * 2).grad_fn, (a * 2).grad_fn.next_functions[0][0], a.split(1)[0].grad_fn, Same.apply(a).grad_fn):
            try:
                found.append(weakref.ref(node)() is node)
            except TypeError as error:
                found.append(str(error))
        return found

    assert told(torch) == told(pytest.importorskip("torch"))


def test_metadata_stays_with_its_node():
    node = (ones(2) * 2).grad_fn
    node.metadata["kept"] = 1
    assert node.metadata == {"kept": 1}
    assert node.next_functions[0][0].metadata == {}
