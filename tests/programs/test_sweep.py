"""A few operations as programs under XLA (all of them: ``python -m tests.programs.sweep``), and the list of those that cannot be."""

import pytest

from tests.ops.samples import collect
from tests.programs.sweep import compare, every, excused

FEW = [
    "atan2",
    "var",
    "amin",
    "nanquantile",
    "linalg.eig",
    "linalg.matrix_rank",
    "special.legendre_polynomial_p",
    "cat",
    "gather",
    "special.bessel_j0",  # computed by NumPy: values go there and back
    "special.airy_ai",
    "histogramdd",
    "kron",
    "permute_copy",  # a word that moves a node by itself
]


@pytest.mark.parametrize("word", FEW)
def test_the_last_sample_is_what_it_is_here(word):
    jax = pytest.importorskip("jax")
    *_, (_, _, sample) = every([word])
    with jax.enable_x64(True):
        compare(sample)


def test_a_wrong_gradient_is_noticed():
    jax = pytest.importorskip("jax")
    calls = []

    def changing(m, t):
        calls.append(1)
        return t(3) * len(calls)

    with jax.enable_x64(True), pytest.raises(AssertionError):
        compare(changing)


def test_the_list_only_shrinks():
    known = excused()
    assert set(known) <= set(collect()) and all(known.values())
    assert list(known) == sorted(known) and len(known) <= 2
