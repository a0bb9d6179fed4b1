"""What is no tensor is told so in PyTorch's words, and never by a bare AttributeError."""

import pickle

import numpy as np
import pytest
import torch

import autograd_lab as lab
from autograd_lab.nn import functional as F

CALLS = {
    "linear": "np.ones((2, 3)), m.ones(4, 3)", "relu": "np.ones(3)", "gelu": "'a'", "dropout": "2", "pad": "2, (1, 1)", "one_hot": "2",
    "max_pool2d": "2, 2", "avg_pool2d": "np.ones((1, 1, 4, 4)), 2", "adaptive_avg_pool1d": "2, 2", "selu": "2", "silu": "[1.0]",
    "scaled_dot_product_attention": "m.ones(2, 3), m.ones(2, 3), 2", "pixel_shuffle": "2, 2", "cosine_similarity": "2, m.ones(3)",
    "prelu": "m.ones(3), 2", "binary_cross_entropy_with_logits": "m.ones(3), m.ones(3), 2", "cross_entropy": "m.ones(2, 3), 2",
    "layer_norm": "2, (3,)", "group_norm": "m.ones(2, 4), 2, 3", "bilinear": "2, m.ones(2, 3), m.ones(4, 3, 3)", "celu_": "2",
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_what_should_be_a_tensor_is_told_so(name):
    said = []
    for m in (torch, lab):
        with pytest.raises(TypeError) as refused:
            eval(f"m.nn.functional.{name}({CALLS[name]})", {"m": m, "np": np})
        said.append(str(refused.value).split("\n")[0])
    assert said[0] == said[1]


def test_a_layer_given_an_array_says_so():
    for m in (lab, torch):
        with pytest.raises(TypeError, match=r"argument 'input' \(position 1\) must be Tensor, not numpy.ndarray"):
            m.nn.Linear(3, 4)(np.ones((2, 3)))
        with pytest.raises(TypeError, match=r"conv2d\(\) received an invalid combination of arguments - got \(numpy.ndarray, "):
            m.nn.Conv2d(1, 1, 2)(np.ones((1, 1, 4, 4)))


def test_an_error_that_is_not_the_operands_is_left_alone():
    def broken(x, y):
        return x.no_such_word

    with pytest.raises(AttributeError, match="no_such_word"):
        F.triplet_margin_with_distance_loss(lab.ones(2, 3), lab.ones(2, 3), lab.ones(2, 3), distance_function=broken)


def test_a_layer_that_holds_one_of_these_can_be_pickled():
    assert pickle.loads(pickle.dumps(F.gelu)) is F.gelu is lab.nn.functional.gelu
    assert F.conv2d is pickle.loads(pickle.dumps(F.conv2d))
