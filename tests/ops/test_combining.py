"""scatter_reduce and index_reduce of every kind of numbers: PyTorch's values, or its refusal."""

import warnings

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")
KINDS = "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64".split()
HOW = [
    (reduce, include) for reduce in ("sum", "mean", "prod", "amax", "amin", "max", "min", "add") for include in (True, False)
]


def outcome(m, word, kind, reduce, include, index):
    x, src = (m.tensor(values).to(getattr(m, kind)) for values in ([[3, 4, 1], [0, 1, 7]], [[2, 1, 1], [5, 0, 2]]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's index_reduce "is in beta"
        try:
            return str(getattr(x, word)(0, m.tensor(index), src, reduce, include_self=include))
        except Exception as error:
            return type(error).__name__, str(error)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("word", "index"), [("scatter_reduce", [[0, 1, 1], [0, 0, 1]]), ("index_reduce", [0, 0])])
def test_every_kind_of_numbers(word, index, kind):
    for reduce, include in HOW:
        assert outcome(lab, word, kind, reduce, include, index) == outcome(torch, word, kind, reduce, include, index)


@pytest.mark.parametrize("reduce", ["sum", "mean", "prod", "amax", "amin"])
@pytest.mark.parametrize("dim", [0, 1])
def test_many_values_are_worked_in_in_turn(reduce, dim):
    """So many that they are laid flat: the sums are PyTorch's to the bit."""
    draw = np.random.default_rng(dim)
    index, x, src = draw.integers(0, 60, (60, 60)), draw.standard_normal((60, 60)), draw.standard_normal((60, 60))
    found = []
    for m in (lab, torch):
        leaves = [m.tensor(a, requires_grad=True) for a in (x, src)]
        out = leaves[0].scatter_reduce(dim, m.tensor(index), leaves[1], reduce)
        found.append([t.detach().numpy() for t in (out, *m.autograd.grad((out * out).sum(), leaves))])
    np.testing.assert_array_equal(found[0][0], found[1][0])
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_many_values_at_a_place_that_is_seen_from_elsewhere():
    """A transposed tensor does not lie in order, and a large one is written to here and there."""
    draw = np.random.default_rng(2)
    index, src = draw.integers(0, 50, (50, 40)), draw.standard_normal((50, 40))
    found = [
        [
            m.zeros(40, 50, dtype=m.float64).t().scatter_add(0, m.tensor(index), m.tensor(src)).numpy(),
            m.zeros(9000, 40, dtype=m.float64).scatter_add(0, m.tensor(index), m.tensor(src)).numpy(),
        ]
        for m in (lab, torch)
    ]
    for ours, theirs in zip(*found):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("include", [True, False])
@pytest.mark.parametrize("word", ["scatter_reduce", "index_reduce"])
def test_the_slope_of_a_product_depends_on_its_other_factors(word, include):
    def claim(m):
        x, src = m.tensor([1.0, 2.0, 3.0], requires_grad=True), m.tensor([2.0, 3.0, 4.0, 5.0], requires_grad=True)
        out = getattr(x, word)(0, m.tensor([0, 0, 2, 2]), src, "prod", include_self=include)
        slopes = m.autograd.grad(out.sum(), (x, src), create_graph=True)
        again = m.autograd.grad(slopes[0].sum(), src)
        return [(t.tolist(), t.requires_grad) for t in (*slopes, *again)]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert claim(lab) == claim(torch)
