"""Random counts are PyTorch's own numbers, and refused where they are."""

import pytest

from tests.nn.beside import calls, holds


@pytest.mark.parametrize("rate", [0.0, 0.3, 5.0, 9.9, 10.0, 35.0, 1000.0])
@pytest.mark.parametrize("kind", ["float32", "float64", "float16"])
def test_poisson(rate, kind):
    holds(lambda m: m.poisson(m.full((30,), rate, dtype=getattr(m, kind))), 0)


@pytest.mark.parametrize(
    ("trials", "chance"), [(5, 0.3), (10, 0.5), (100, 0.4), (100, 0.9), (1000, 0.02), (0, 0.5), (7, 1.0), (3, 0)]
)
def test_binomial(trials, chance):
    holds(lambda m: m.binomial(m.full((30,), float(trials)), m.full((30,), float(chance))), 0)
    holds(lambda m: m.binomial(m.full((2, 1), float(trials), dtype=m.float64), m.full((3,), chance, dtype=m.float64)), 0, False)


CALLS = """
m.poisson(-x) | m.poisson(x.long()) | m.poisson(3) | type(m.poisson(w).grad_fn).__name__ | m.autograd.grad(m.poisson(w).sum(), w) | m.binomial(x.long(), x) | m.binomial(x, x.long())
type(m.binomial(w, x / 9).grad_fn).__name__ | m.binomial(w, x / 9).sum().backward() | m.poisson(x, generator=m.Generator().manual_seed(3))
m.randint_like(x, 5) | m.randint_like(x, 2, 5) | m.randint_like(x, 5, dtype=m.int64) | m.randint_like(x, 5, 2) | m.randint_like(x.t(), 9).stride() | m.random.initial_seed() | m.native_dropout(x, 0.3, True)
m.native_dropout(x, 0.5, False) | type(m.seed()).__name__
"""  # fmt: skip


@pytest.mark.parametrize("call", calls(CALLS))
def test_a_call(call):
    def claim(m):
        x = m.arange(6.0).reshape(2, 3)
        return eval(call, {"m": m, "x": x, "w": (x + 1).requires_grad_()})

    holds(claim, warnings=False)


def test_a_fork_leaves_the_numbers_as_they_were():
    def claim(m):
        with m.random.fork_rng(devices=[]):
            m.rand(5)
        return m.rand(3)

    holds(claim, 0)
