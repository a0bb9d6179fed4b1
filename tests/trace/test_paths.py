"""The sum over the paths is the gradient, for numbers and for arrays."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.trace import Recording, rehearse
from autograd_lab.trace.kept import FUNCTION
from autograd_lab.trace.paths import path_sum, paths
from tests.fuzz.compare import graph


def named(recording, name):
    return next(node.id for node in recording.picture.nodes if node.name == name)


@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5, 6, 10, 13, 14])  # programs that never write over what they need
def test_their_sum_is_the_gradient_of_each_leaf(seed):
    leaves, root = graph(seed, lab)
    recording = Recording.of(root)
    while recording.advance():
        pass
    assert recording.failure is None
    picture, checked = recording.picture, 0
    for leaf in leaves:
        me = picture.points.get(leaf._current())
        if me is None or not 0 < paths(picture, picture.root, me)[0] <= 8:
            continue
        try:
            found = path_sum(picture, recording.kept, picture.root, me)
        except ValueError as error:  # some of these graphs hold a Function of the user's
            assert str(error) == FUNCTION
            continue
        assert len(found.products) == found.count
        np.testing.assert_allclose(found.total, leaf.grad.numpy(), rtol=1e-5, atol=1e-6)
        checked += 1
    assert checked


def test_two_branches_of_a_network_are_told_apart():
    x, w = lab.tensor([[1.0, 2.0]]), lab.tensor([[0.5, -1.0], [0.25, 1.0]], requires_grad=True)
    h = x @ w
    skip, bent = h * 3, h.tanh()
    loss = (skip + bent).sum()
    recording = rehearse(loss)
    found = path_sum(recording.picture, recording.kept, recording.picture.root, named(recording, "w"))
    assert found.count == 2
    for branch in (x @ w * 3, (x @ w).tanh()):
        (alone,) = lab.autograd.grad(branch.sum(), w)
        assert alone is not None and any(np.allclose(alone.numpy(), product) for product in found.products)


def test_below_an_array_the_sum_is_what_it_contributes():
    a = lab.tensor([1.0, 2.0], requires_grad=True)
    b = a * a
    c = a * 10
    loss = (b * lab.tensor([3.0, 4.0])).sum() + c.sum()
    recording = rehearse(loss)
    through_b = path_sum(recording.picture, recording.kept, named(recording, "b"), named(recording, "a"))
    assert (through_b.count, through_b.total.tolist()) == (2, [6, 16])  # 3 and 4 arrive at b, and db/da is 2a


def test_below_a_number_it_is_the_derivative_of_that_number():
    a = lab.tensor(3.0, requires_grad=True)
    b = a * a
    recording = rehearse(b * 100)
    assert float(path_sum(recording.picture, recording.kept, named(recording, "b"), named(recording, "a")).total) == 6


def test_of_several_outputs_a_path_goes_through_its_own():
    x = lab.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    one, two = x.chunk(2)
    recording = rehearse((one * 2 + two * 7).sum())
    found = path_sum(recording.picture, recording.kept, recording.picture.root, named(recording, "x"))
    assert sorted(product.tolist() for product in found.products) == [[0, 0, 7, 7], [2, 2, 0, 0]]
    assert found.total.tolist() == [2, 2, 7, 7]


def test_many_paths_are_counted_and_none_is_a_sentence():
    x = y = lab.tensor(1.0, requires_grad=True)
    for _ in range(40):
        y = y + y
    recording = Recording.of(y)
    assert paths(recording.picture, recording.picture.root, "t0") == (2**40, [])
    with pytest.raises(ValueError, match="1,099,511,627,776 paths are too many"):
        path_sum(recording.picture, recording.kept, recording.picture.root, "t0")
    with pytest.raises(ValueError, match="no path leads from x down to"):
        path_sum(recording.picture, recording.kept, "t0", recording.picture.root)
    assert x.grad is None
