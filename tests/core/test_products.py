"""Matrix products: which of NumPy's functions is asked, and that it changes no bit; sums of short rows, as products."""

import numpy as np
import pytest

import autograd_lab as torch
from autograd_lab.core.namespaces import NUMPY
from autograd_lab.core.products import LARGE, MANY, are_rows, function_for, product, rows_of
from autograd_lab.programs import Program

SHAPES = [
    (4, 8, 2),
    (64, 1000, 100),
    (1000, 64, 100),
    (300, 1, 300),
    (1, 5, LARGE),
    (LARGE, 5, 1),
    (128, 128, 128),
    (256, 128, 256),
    (300, 0, 300),
]


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "i8"])
def test_rows_are_added_in_order(dtype):
    random = np.random.default_rng(0)
    index, shape = random.integers(-5, 5, (40, 3)), (5, 4, 7)
    g = (random.standard_normal((*index.shape, 4, 7)) * 10).astype(dtype)
    assert g.size > MANY
    one_at_a_time = np.zeros(shape, dtype)
    for i, row in zip(index.reshape(-1), g.reshape(-1, 4, 7)):
        one_at_a_time[i] += row
    assert are_rows((index,), g, one_at_a_time)
    np.testing.assert_array_equal(NUMPY.scatter(g, shape, (index,)), one_at_a_time)


def operands(m, k, n, dtype):
    random = np.random.default_rng(0)
    return ((random.standard_normal(shape) * 10).astype(dtype) for shape in ((m, k), (k, n)))


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "i8"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_bits_as_dot(shape, dtype):
    x, y = operands(*shape, dtype)
    for a, b in ((x, y), (np.asfortranarray(x), y), (x, np.asfortranarray(y)), (x[::-1], y[:, ::-1])):
        assert product(a, b).tobytes() == a.dot(b).tobytes() == NUMPY.mm(a, b).tobytes()


def test_a_matrix_and_its_own_transpose():
    x, _ = operands(300, 50, 1, "f4")
    assert product(x, x.T).tobytes() == x.dot(x.T).tobytes()


def test_large_results_are_not_filled_with_zeros_first():
    x, y = operands(1000, 64, 100, "f4")
    assert function_for(x, y) is np.matmul and function_for(y.T, x.T) is np.matmul
    assert function_for(x[:100], y) is np.dot  # small
    assert function_for(x[::2], y) is np.dot  # with gaps, which np.matmul may not give to BLAS
    assert function_for(x[:1], np.ones((64, LARGE), "f4")) is np.dot  # thin: a product of vectors to np.matmul


def test_the_same_bits_in_programs():
    x, y = (torch.from_numpy(a).requires_grad_() for a in operands(64, 1000, 300, "f4"))
    program = Program.capture(lambda x, y: x.mm(y).relu().sum(), x, y)
    assert "matmul(" in program.source
    x.mm(y).relu().sum().backward()
    found = program.run(x, y).gradients
    assert found["x"].tobytes() == x.grad.numpy().tobytes() and found["y"].tobytes() == y.grad.numpy().tobytes()


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("shape", [(8, 32, 64), (300, 5), (2, 5, 3, 100)])
def test_sums_of_short_rows_are_numpys(shape, dtype):
    x = (np.random.default_rng(1).standard_normal(shape) * 100).astype(dtype)
    x[0], x[-1, ..., 0], x[1, ..., 1] = -0.0, np.inf, np.nan
    last = len(shape) - 1
    for dim in (-1, last, (last,), (-1,)):
        for keepdim in (False, True):
            assert rows_of(shape, x.dtype, dim, keepdim) is not None
            made, expected = NUMPY.sum(x, dim, keepdim), np.add.reduce(x, -1, keepdims=keepdim)
            assert made.shape == expected.shape and made.dtype == x.dtype
            np.testing.assert_allclose(made, expected, rtol=0, atol=1000 * shape[-1] * np.finfo(dtype).eps)


def test_other_sums_are_numpys_own():
    x = np.random.default_rng(1).standard_normal((40, 50, 60))
    others = [(x, 0), (x, (1, 2)), (x.transpose(1, 2, 0), -1), (x.astype("f2"), -1), (x.astype("i8"), -1), (x[..., :4].copy(), -1),
              (x.reshape(20, -1), -1), (x[..., ::2], -1), (x.reshape(-1), 0), (x.astype("c8"), -1)]  # fmt: skip
    for array, dim in others:
        assert NUMPY.sum(array, dim).tobytes() == np.add.reduce(array, dim).tobytes()
