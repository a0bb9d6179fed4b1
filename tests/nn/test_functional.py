"""Functions that PyTorch makes of others: the same nodes all the way down, and with them the same digits."""

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")  # PyTorch's, that its fused norm takes no weight of another dtype
BORDERS = [((1, 2, 5, 6), (1, 2, 3, 1)), ((2, 5, 6), (1, -1, 0, 2)), ((2, 7), (-2, 1)), ((1, 1, 3, 4, 5), (1, 0, -1, 2, 3, 0)),
           ((0, 1, 4), (1, 1)), ((1, 1, 4, 4), (0, 0, 0, 0)), ((1, 1, 4, 4), (-1, -1, -2, -1)), ((1, 1, 3), (3, 3))]  # fmt: skip

ROUNDING = {"float64": 1e-12, "complex128": 1e-12, "float32": 1e-5, "bfloat16": 2**-7, "float16": 2**-10}
WEIGHTS = [*((dtype, weight) for dtype in ROUNDING for weight in (None, dtype)),
           *((dtype, "float64") for dtype in ("float32", "bfloat16", "float16"))]  # fmt: skip


def nodes(node):
    return node and (node.name().rpartition("::")[2], [nodes(below) for below, _ in node.next_functions])


def outcome(m, function, arrays):
    """(dtype, graph) and [value, gradients] of a function of tensors, each (array, dtype)."""
    leaves = [m.tensor(a).to(getattr(m, dtype)).requires_grad_() for a, dtype in arrays]
    out = function(m, *leaves)
    out.backward(out.detach().cos())

    def wide(t):
        return t.detach().to(m.complex128 if t.is_complex() else m.float64).numpy()

    return (str(out.dtype), nodes(out.grad_fn)), [wide(out), *(wide(leaf.grad) for leaf in leaves)]


def assert_same(function, *arrays, rtol=0.0):
    (ours, digits), (theirs, their_digits) = (outcome(m, function, arrays) for m in (lab, torch))
    assert ours == theirs
    for a, b in zip(digits, their_digits):
        np.testing.assert_allclose(a, b, rtol, rtol)


@pytest.mark.parametrize("shape, sizes", BORDERS)
def test_a_border_from_the_other_side_is_written_as_in_pytorch(shape, sizes):
    image = np.arange(np.prod(shape)).reshape(shape) / 7
    assert_same(lambda m, x: m.nn.functional.pad(x * 1, sizes, mode="circular"), (image, "float64"), rtol=1e-15)


@pytest.mark.parametrize("eps", [None, 1e-3])
@pytest.mark.parametrize("size", [1.0, 1e-4])  # so small that eps counts, which None chooses by what is computed with
@pytest.mark.parametrize("dtype, weight", WEIGHTS)
def test_root_mean_squares_are_made_of_pytorchs_nodes(dtype, weight, size, eps):
    draw = np.random.default_rng(0).normal
    weights = [] if weight is None else [(draw(size=4), weight)]

    def norm(m, x, *weight):
        return m.nn.functional.rms_norm(x, (4,), *(weight or (None,)), eps)

    assert_same(norm, (draw(size=(3, 2, 4)) * size, dtype), *weights, rtol=ROUNDING[dtype])


@pytest.mark.parametrize(
    "options", [{}, {"is_causal": True}, {"attn_mask": [[0.5, -1.0, 2.0]]}, {"attn_mask": [[True, False, True]]}]
)
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_scores_of_16_bits_are_kept_in_32(dtype, options):
    def attend(m, *sequences):
        given = {k: m.tensor(v).expand(3, 3) if isinstance(v, list) else v for k, v in options.items()}
        return m.nn.functional.scaled_dot_product_attention(*sequences, **given)

    draw = np.random.default_rng(0).normal
    sequences = [(draw(size=(2, 3, 4)) * 3, dtype) for _ in "qkv"]
    (_, digits), (_, theirs) = (outcome(m, attend, sequences) for m in (lab, torch))
    for a, b in zip(digits, theirs):
        np.testing.assert_allclose(a, b, ROUNDING[dtype], ROUNDING[dtype] / 100)
