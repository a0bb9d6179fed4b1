"""What a node saves, and that memory goes by reference counting."""

import gc
import weakref

import autograd_lab as torch


def ones(*shape, **kw):
    return torch.ones(*shape, requires_grad=True, **kw)


def test_the_node_saves_exactly_what_the_rules_name():
    x, c = ones(2), torch.ones(2)
    assert set((x * c).grad_fn.saved()) == {"x", "y"} and (x * c).grad_fn.x is None  # only y's rule would read x
    assert x.tanh().grad_fn.saved().keys() == {"out"}
    assert x.sum().grad_fn.saved().keys() == {"x_shape", "dim", "keepdim"}


def test_no_cycles_and_nothing_left():
    gc.collect()
    gc.disable()
    try:
        x = ones(3)
        y = (x.exp() * x).tanh()
        alive = weakref.ref(y.grad_fn)
        y.sum().backward()
        del y
        assert alive() is None
    finally:
        gc.enable()
