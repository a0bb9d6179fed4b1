"""Writes over tensors and views."""

import numpy as np

import autograd_lab as torch


def ones(*shape, **kw):
    return torch.ones(*shape, requires_grad=True, **kw)


def test_stale_view_is_rebuilt_before_its_consumer():
    a = ones(4)
    b = a * 2
    c = b[:2]
    b.mul_(3)
    loss = c.sum()
    assert c.grad_fn.name() == "AsStridedBackward0" and c.grad_fn.seq < loss.grad_fn.seq
    loss.backward()
    assert a.grad.tolist() == [6, 6, 0, 0]


def test_view_of_view_in_place():
    a = ones(4, 4)
    b = a * 1
    v = b[1:3].T[0]
    v.mul_(5)
    assert b.grad_fn.name() == "torch::autograd::CopySlices" and v._base is b
    b.sum().backward()
    want = np.ones((4, 4))
    want[1:3, 0] = 5
    assert np.array_equal(a.grad._array, want)


def test_copy_slices_can_be_differentiated_again():
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    b = a * a
    b[:2].add_(a[1:] * a[:2])
    (g,) = torch.grad(b.sum(), a, create_graph=True)
    (h,) = torch.grad((g * g).sum(), a)
    x = np.array([1.0, 2, 3])

    def gradient(x):  # of x0^2 + x0 x1 + x1^2 + x1 x2 + x2^2
        return np.array([2 * x[0] + x[1], x[0] + 2 * x[1] + x[2], x[1] + 2 * x[2]])

    eps = 1e-6
    numeric = [((gradient(x + eps * e) ** 2).sum() - (gradient(x - eps * e) ** 2).sum()) / (2 * eps) for e in np.eye(3)]
    assert np.allclose(g._array, gradient(x)) and np.allclose(h._array, numeric)


def test_in_place_on_non_requiring_base_makes_it_require():
    base, w = torch.zeros(4), ones(2)
    view = base[:2]
    base[2:].add_(w)
    assert base.requires_grad and view.requires_grad
    (base.sum() + view.sum()).backward()
    assert w.grad.tolist() == [1, 1]
