"""The user's own Function."""

import gc
import weakref

import numpy as np

import autograd_lab as torch


def ones(*shape, **kw):
    return torch.ones(*shape, requires_grad=True, **kw)


def test_function_saving_its_output_makes_no_cycle():
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            out = x.exp()
            ctx.save_for_backward(out)
            return out

        @staticmethod
        def backward(ctx, g):
            (out,) = ctx.saved_tensors
            return g * out

    x = ones(2)
    y = Exp.apply(x)
    alive = weakref.ref(y)
    (g,) = torch.grad(y.sum(), x, create_graph=True)
    (h,) = torch.grad(g.sum(), x)
    assert np.allclose(h._array, np.e)
    gc.disable()
    del y, g, h
    assert alive() is None
    gc.enable()
