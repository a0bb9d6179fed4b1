"""Adding into ``.grad``: whose memory it is, how it lies, and which tensor it stays, against PyTorch."""

import warnings

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


def first_of_a_product(m):
    x = m.ones(2, 3, requires_grad=True)
    (x * 2).sum().backward()
    return x.grad.stride(), x.grad.is_contiguous()


def turned(m):
    """A leaf whose elements lie by columns gets a gradient that lies so too."""
    x = m.ones(3, 2).t().requires_grad_()
    (x * m.ones(2, 3)).sum().backward()
    return x.stride(), x.grad.stride()


def turned_on_the_way(m):
    x = m.ones(2, 3, requires_grad=True)
    (x.t().exp() * m.ones(3, 2)).sum().backward()
    return x.grad.stride()


def permuted(m):
    x = m.ones(2, 3, 4).permute(2, 0, 1).requires_grad_()
    (x * 2).sum().backward()
    return x.grad.stride()


def with_gaps(m):
    x = m.ones(3, 4).t()[::2].requires_grad_()
    (x * 2).sum().backward()
    return x.grad.stride()


def stays_the_same_tensor(m):
    x = m.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    kept, place = x.grad, x.grad.data_ptr()
    (x * 3).sum().backward()
    first = kept is x.grad, place == x.grad.data_ptr(), kept.tolist(), kept._version
    g = m.autograd.grad((x * x).sum(), x, create_graph=True)[0]
    return first, g.requires_grad


def a_new_tensor_under_create_graph(m):
    x = m.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    kept = x.grad
    with warnings.catch_warnings():  # PyTorch warns of it once a process
        warnings.simplefilter("ignore")
        (x * x).sum().backward(create_graph=True)
    return kept is x.grad, kept.tolist(), x.grad.tolist(), x.grad.requires_grad


def stolen_or_copied(m):
    x, y = m.ones(2, requires_grad=True), m.ones(2, requires_grad=True)
    held = []
    z = x * 2
    z.register_hook(held.append)
    (z + y).backward(m.ones(2))
    seen = []
    w = m.ones(2, requires_grad=True)
    w.register_hook(seen.append)
    (w * 2).sum().backward()
    return x.grad.data_ptr() != y.grad.data_ptr(), seen[0].data_ptr() == w.grad.data_ptr()


def the_gradient_given(m):
    """What is given to backward() stays the giver's."""
    x, g = m.ones(2, requires_grad=True), m.ones(2)
    x.backward(g)
    x.grad.mul_(5)
    y = m.ones(2, requires_grad=True)
    (y + 0).backward(g)
    y.grad.mul_(5)
    return g.tolist()


def set_to_none(m):
    x = m.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    kept = x.grad
    x.grad = None
    (x * 3).sum().backward()
    return kept.tolist(), x.grad.tolist(), kept is x.grad


CLAIMS = [first_of_a_product, turned, turned_on_the_way, permuted, with_gaps, stays_the_same_tensor, a_new_tensor_under_create_graph,
          stolen_or_copied, the_gradient_given, set_to_none]  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS)
def test_as_pytorch(claim):
    assert claim(lab) == claim(torch)


def test_a_layout_that_is_not_enforced_is_taken_as_it_comes():
    def strides(m):
        x = m.ones(3, 2).t().requires_grad_()
        with m.autograd.enforce_grad_layout_policy(False):
            (x * 1).backward(m.ones(2, 3))
        return x.grad.stride()

    assert strides(lab) == strides(torch) == (3, 1)


# ---------------------------------------------------------------------- the gradient of a layer's weight, which is transposed


def layer(t, **options):
    w, b, x = (t.arange(float(np.prod(s))).reshape(s).div(7).requires_grad_() for s in ((6, 5), (6,), (4, 5)))
    return w, b, x, t.nn.functional.linear(x, w, b)


def test_the_gradient_of_a_transposed_matrix_lies_by_columns_as_in_pytorch():
    told = {}
    for t in (lab, torch):
        w, b, x, _ = layer(t)
        turned, plain, seen = w.t(), t.ones(5, 6, requires_grad=True), []
        for matrix in (turned, plain * 1):
            matrix.register_hook(lambda g, seen=seen: seen.append(g.stride()))
            t.addmm(b, x, matrix).pow(2).sum().backward()
        told[t] = [seen, w.grad.stride(), plain.grad.stride()]
        told[t] += [w.grad.tolist(), plain.grad.tolist()]
    assert told[lab][:3] == told[torch][:3]
    for ours, theirs in zip(told[lab][3:], told[torch][3:]):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_a_weight_s_gradient_is_taken_over_only_where_nobody_else_holds_its_memory():
    w, b, x, y = layer(lab)
    (y * y).sum().backward()
    taken = w.grad.tolist()
    assert w.grad._array.base is None
    kept = []
    w, b, x, _ = layer(lab)
    turned = w.t()
    turned.register_hook(lambda g: kept.append(g))
    lab.addmm(b, x, turned).pow(2).sum().backward()
    before = kept[0].tolist()
    assert w.grad.tolist() == taken
    w.grad.zero_()
    assert kept[0].tolist() == before


def test_the_graph_of_a_layer_s_gradient_is_pytorch_s():
    def names(node):
        return [node.name(), [names(below) for below, _ in node.next_functions if below is not None]]

    made = []
    for t in (lab, torch):
        w, _, _, y = layer(t)
        (g,) = t.autograd.grad((y * y).sum(), w, create_graph=True)
        made.append(names(g.grad_fn))
    assert made[0] == made[1]
