"""What the engine did is what the engine does."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.crosscheck import subject
from autograd_lab.crosscheck.observed import observe


@pytest.mark.parametrize("seed", range(4))
def test_every_node_is_seen_and_the_sums_are_the_gradients(seed, random_functions):
    function, arrays = random_functions(seed, kinks=True, writes=True)
    found = subject.of_function(function, tuple(arrays), np.dtype("f8"))
    seen = observe(found.program, found.outputs, found.gradients)
    assert set(seen.steps) == {line.node for line in found.program.lines}
    tensors = [lab.tensor(a, requires_grad=True) for a in arrays]
    function(*tensors).backward()
    for leaf, gradient, t in zip(found.program.leaves, seen.leaf_gradients, tensors):
        assert np.array_equal(gradient, t.grad._array) and np.array_equal(sum(seen.sent[leaf]), gradient)
        assert leaf.variable.grad is None
    found.outputs[0].backward()  # nothing was freed


def test_several_outputs_have_a_place_each():
    found = subject.of_function(lambda x: x.split(1)[1].sum(), (np.array([1.0, 2.0]),), np.dtype("f8"))
    seen = observe(found.program, found.outputs, found.gradients)
    split = found.program.lines[0].node
    assert seen.arrived[split, 0] is None and seen.arrived[split, 1].tolist() == [1.0]
