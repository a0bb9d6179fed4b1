"""Operations with several inputs or outputs."""

import numpy as np

import autograd_lab as torch


def ones(*shape, **kw):
    return torch.ones(*shape, requires_grad=True, **kw)


def test_multi_output_nodes():
    x = torch.tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
    w, v = torch.eigh(x)
    assert v.output_nr == 1 and v.grad_fn is w.grad_fn and v.sum().grad_fn.next_functions[0] == (v.grad_fn, 1)
    ((v * w) @ v.T * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    assert np.allclose(x.grad._array + x.grad._array.T, [[2, 5], [5, 8]], atol=1e-5)
    y = ones(4)
    first, _ = (y * 1).split(2)
    (first.sum() * 2).backward()
    assert y.grad.tolist() == [2, 2, 0, 0]


def test_a_slot_adds_what_arrives_through_the_saved_output_and_through_the_users_tensor():
    """The second derivative of eigenvalues uses the eigenvectors twice: as returned, and as saved for the rule."""

    def slope(array):
        x = torch.tensor(array, dtype=torch.float64, requires_grad=True)
        w, v = torch.eigh(x)
        (g,) = torch.grad((w**3).sum() + (v**4).sum(), x, create_graph=True)
        return x, (g * g).sum() + (w * w).sum()

    start, nudge = np.array([[2.0, 1.0], [1.0, 4.0]]), np.array([[0.3, -0.2], [-0.2, 0.5]])
    x, value = slope(start)
    value.backward()
    difference = (slope(start + 1e-6 * nudge)[1].item() - slope(start - 1e-6 * nudge)[1].item()) / 2e-6
    assert np.isclose((x.grad._array * nudge).sum(), difference, rtol=1e-7)
