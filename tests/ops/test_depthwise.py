"""Convolutions of one channel to a group, which are computed tap by tap: results, gradients and theirs as PyTorch's."""

import itertools

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")
SHAPES = [(2, 3, 1), (2, 3, 2), (0, 2, 1), (1, 2, 3)]  # images, groups, results of each


def second_order(m, word, shapes, options):
    """The result, the gradients of the sum of its squares, and those of the sum of theirs."""
    draw = np.random.default_rng(0)
    leaves = [m.tensor(draw.standard_normal(shape), requires_grad=True) for shape in shapes]
    out = getattr(m.nn.functional, word)(*leaves, **options)
    grads = m.autograd.grad((out * out).sum(), leaves, create_graph=True)
    return [t.detach().numpy() for t in (out, *grads, *m.autograd.grad(sum((g * g).sum() for g in grads), leaves))]


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize(("images", "groups", "each"), SHAPES)
def test_as_pytorch(n, images, groups, each):
    size, kernel = (7, 6, 5)[:n], (3, 2, 2)[:n]
    for stride, padding, dilation in itertools.product((1, 2), (0, 1), (1, 2)):
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        for word, weight in ((f"conv{n}d", (groups * each, 1, *kernel)), (f"conv_transpose{n}d", (groups, each, *kernel))):
            shapes = [(images, groups, *size), weight, (groups * each,)]
            ours, theirs = (second_order(m, word, shapes, options) for m in (lab, torch))
            for mine, other in zip(ours, theirs):
                np.testing.assert_allclose(mine, other, rtol=1e-10, atol=1e-10)
