"""``out=``: as PyTorch writes, resizes, warns and refuses, for words of every kind."""

import warnings

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


def square(m):
    return m.tensor([[0.25, 0.5], [0.75, 0.1]], dtype=m.float64)


WORDS = {
    "exp": lambda m, out: m.exp(square(m), out=out),
    "neg": lambda m, out: m.neg(input=square(m), out=out),
    "tanh": lambda m, out: m.tanh(square(m), out=out),
    "pow": lambda m, out: m.pow(square(m), 2, out=out),
    "maximum": lambda m, out: m.maximum(square(m), square(m).t(), out=out),
    "add": lambda m, out: m.add(square(m), 1, alpha=2, out=out),
    "div": lambda m, out: m.div(square(m), 3, rounding_mode="floor", out=out),
    "clamp": lambda m, out: m.clamp(square(m), 0.2, max=0.6, out=out),
    "matmul": lambda m, out: m.matmul(square(m), square(m), out=out),
    "mm": lambda m, out: m.mm(square(m), mat2=square(m), out=out),
    "sum": lambda m, out: m.sum(m.ones(3, 2, 2).double(), 0, out=out),
    "mean": lambda m, out: m.mean(m.ones(3, 2, 2).double(), dim=0, out=out),
    "amax": lambda m, out: m.amax(m.ones(3, 2, 2).double(), 0, out=out),
    "cat": lambda m, out: m.cat([square(m)[:1], square(m)[1:]], out=out),
    "sinh": lambda m, out: m.sinh(square(m), out=out),
    "zeros": lambda m, out: m.zeros(2, 2, out=out),
    "ones": lambda m, out: m.ones((2, 2), out=out),
    "full": lambda m, out: m.full((2, 2), 0.1, out=out),
    "eye": lambda m, out: m.eye(2, out=out),
}
INTO = {
    "its like": lambda m: m.zeros(2, 2, dtype=m.float64),
    "another layout": lambda m: m.zeros(2, 2, dtype=m.float64).t(),
    "part of another": lambda m: m.zeros(3, 4, dtype=m.float64)[1:, ::2],
    "float32": lambda m: m.zeros(2, 2),
    "too large": lambda m: m.zeros(3, 3, dtype=m.float64),
    "empty": lambda m: m.empty(0, dtype=m.float64),
    "what requires a gradient": lambda m: m.zeros(2, 2, dtype=m.float64, requires_grad=True),
}


def written(m, word, into):
    out = INTO[into](m)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            result = WORDS[word](m, out)
        except RuntimeError as error:
            return str(error).split(". ")[0].split(" but one of")[0]
    assert result is out
    return out.tolist(), out.dtype.itemsize, out._version, [str(w.message).split(" (Triggered")[0] for w in told]


# PyTorch's kernels for the others want the dtype itself
CASES = [(word, into) for word in WORDS for into in INTO
         if into != "float32" or word not in ("matmul", "mm", "mean", "sum", "amax", "clamp", "neg")]  # fmt: skip


@pytest.mark.parametrize(("word", "into"), CASES)
def test_as_torch(word, into):
    ours, theirs = written(lab, word, into), written(torch, word, into)
    if isinstance(theirs, str):
        assert ours == theirs
    else:
        np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-6)
        assert ours[1:] == theirs[1:]


def test_an_expanded_tensor_is_refused_by_elementwise_words_alone():
    def said(m, word):
        try:
            return getattr(m, word)(m.ones(2, 3), *[1] * (word == "add"), out=m.ones(3).expand(2, 3)).tolist()
        except RuntimeError as error:
            return str(error).split(". ")[0]

    words = ("add", "exp", "neg", "sinh")
    assert {word: said(lab, word) for word in words} == {word: said(torch, word) for word in words}
    assert lab.zeros(2, 3, out=lab.ones(3).expand(2, 3)).tolist() == [[0.0] * 3] * 2


def test_several_results():
    def run(m):
        x, values, indices = square(m), m.empty(0, dtype=m.float64), m.empty(0, dtype=m.int64)
        m.max(x, 0, out=(values, indices))
        return values.tolist(), indices.tolist()

    assert run(lab) == run(torch)
