"""``out=``: as PyTorch writes, resizes, warns and refuses, for words of every kind."""

import warnings

import numpy as np
import pytest

import autograd_lab as lab
from tests.nn.beside import calls, holds

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


OF_A_DTYPE = """
m.abs(x) | m.add(x, x) | m.exp(x) | m.floor(x) | m.neg(x) | m.round(x) | m.sign(x) | m.trunc(x) | m.mm(x, x) | m.addmm(x, x, x) | m.bmm(x[None], x[None]) | m.dot(x[0], x[0]) | m.outer(x[0], x[0])
m.diag(x[0]) | m.gather(x, 1, i) | m.index_select(x, 0, i[0]) | m.masked_select(x, x > 0) | m.take(x, i) | m.take_along_dim(x, i, 1) | m.tril(x) | m.argmax(x, 0) | m.all(x) | m.any(x, 0) | m.amax(x, 0) | m.sum(x, 0) | m.mean(x, 0)
m.std(x, 0) | m.prod(x, 0) | m.cumsum(x, 0) | m.logsumexp(x, 0) | m.norm(x) | m.softmax(x, 0) | m.log_softmax(x, 0) | m.cat([x, x]) | m.stack([x, x]) | m.hstack([x, x]) | m.msort(x) | m.quantile(x, 0.5) | m.isposinf(x) | m.signbit(x)
m.nan_to_num(x) | m.float_power(x, 2) | m.heaviside(x, x) | m.complex(x, x) | m.renorm(x, 2, 0, 1.0) | m.histc(x) | m.scatter_add(x, 1, i, x) | m.linalg.inv(x) | m.linalg.det(x) | m.linalg.solve(x, x) | m.linalg.cholesky(x @ x.T)
m.linalg.pinv(x) | m.linalg.vector_norm(x) | m.linalg.matrix_norm(x) | m.linalg.eigvals(x) | m.linalg.svdvals(x) | m.fft.fft(x) | m.fft.irfft(x) | m.fft.fft2(x) | m.special.i1(x)
m.special.entr(x) | m.special.bessel_j0(x) | F.gelu(x) | F.softplus(x) | F.hardshrink(x) | F.normalize(x) | F.avg_pool2d(x[None], 2) | m.ones(2, 2, dtype=m.float64) | m.eye(2, dtype=m.float64) | m.arange(2.0, dtype=m.float64)
m.linspace(0, 1, 3, dtype=m.float64) | m.logspace(0, 1, 3, dtype=m.float64) | m.eq(x, x) | m.logical_not(x) | m.tensordot(x, x) | m.unsqueeze_copy(x, 0) | m.t_copy(x) | m.searchsorted(x[0], x[1])
"""  # fmt: skip
KINDS = {"float64": lambda m: m.empty(0, dtype=m.float64), "float32": lambda m: m.empty(0), "int64": lambda m: m.empty(0, dtype=m.int64),
         "complex128": lambda m: m.empty(0, dtype=m.complex128), "bool": lambda m: m.empty(0, dtype=m.bool)}  # fmt: skip
OTHER_WORDS = {("m.sum(x, 0)", "bool"), ("m.prod(x, 0)", "bool"), ("m.cumsum(x, 0)", "bool"), ("m.mean(x, 0)", "int64"), ("m.mean(x, 0)", "bool"),
               ("m.std(x, 0)", "complex128"), ("m.heaviside(x, x)", "complex128")}  # fmt: skip  # computed, or refused by another word


@pytest.mark.parametrize("call", calls(OF_A_DTYPE))
def test_a_dtype_is_taken_or_refused_in_pytorchs_words(call):
    def claim(m, kind, wants=False):
        x = m.tensor([[2.0, 1.0], [1.0, 3.0]], dtype=m.float64, requires_grad=wants)
        given = {"m": m, "F": m.nn.functional, "x": x, "i": m.tensor([[0, 1], [1, 0]]), "out": KINDS[kind](m)}
        return eval(call[:-1] + ", out=out)", given)

    for kind in KINDS:
        if (call, kind) not in OTHER_WORDS:
            holds(lambda m, kind=kind: claim(m, kind), 1e-5, warnings=False)
    if "x" in call and "fft.f" not in call:
        holds(lambda m: claim(m, "float64", True), 1e-5, warnings=False)


def test_several_copies_are_written():
    def claim(m):
        x, rows, parts = m.arange(6.0).reshape(3, 2), [m.empty(0) for _ in range(3)], [m.empty(0), m.empty(0)]
        m.unbind_copy(x, out=rows)
        m.split_with_sizes_copy(x, (1, 2), out=parts)
        return rows, parts

    holds(claim)


def tracked(m, *shape):
    return m.ones(*shape, dtype=m.float64, requires_grad=True)


RECORDED = {
    "tensordot": lambda m, x, out: m.tensordot(x * 2, x, 1, out=out(2, 2)), "inner": lambda m, x, out: m.inner(x * 2, square(m), out=out(2, 2)), "inner of vectors": lambda m, x, out: m.inner(x[0], x[1], out=out()),
    "into a part": lambda m, x, out: m.tensordot(x, square(m), 1, out=out(3, 2, 2)[1]), "quantile": lambda m, x, out: m.quantile(x * square(m), 0.25, out=out()),
    "over a history": lambda m, x, out: m.tensordot(square(m), square(m), 1, out=x * 1), "over a leaf": lambda m, x, out: m.inner(square(m), square(m), out=x),
    "multi_dot": lambda m, x, out: m.linalg.multi_dot([x, square(m)], out=out(2, 2)), "diff": lambda m, x, out: m.diff(x, out=out(2, 1)), "diff, over a leaf": lambda m, x, out: m.diff(square(m), out=tracked(m, 2, 1)),
    "rand": lambda m, x, out: m.rand(2, 2, out=tracked(m, 2, 2)), "randn": lambda m, x, out: m.randn(2, 2, out=tracked(m, 2, 2)), "empty": lambda m, x, out: m.empty(2, 2, out=tracked(m, 2, 2)),
    "another dtype": lambda m, x, out: m.inner(x, x, out=m.empty(2, 2)), "without recording": lambda m, x, out: m.no_grad()(lambda: m.inner(x, x, out=out(2, 2)))(),
}  # fmt: skip


@pytest.mark.parametrize("call", RECORDED)
def test_what_is_copied_into_out_is_recorded_and_the_rest_is_refused(call):
    def told(m):
        x = tracked(m, 2, 2)
        try:
            made = RECORDED[call](
                m, x, lambda *shape: m.zeros(*shape, dtype=m.float64) if shape else m.zeros((), dtype=m.float64)
            )
        except RuntimeError as error:
            return str(error).split("\n")[0]
        if made.requires_grad:
            (made * made).sum().backward()
        return (
            str(made.grad_fn).split(" ")[0],
            made._version,
            made.detach().numpy().round(12).tolist(),
            None if x.grad is None else x.grad.numpy().round(12).tolist(),
        )

    assert told(lab) == told(torch)


REFUSED = {
    "linalg.norm of a vector": lambda m: m.linalg.norm(m.ones(3), out=m.empty(0, dtype=m.float64)),
    "linalg.norm of a matrix": lambda m: m.linalg.norm(m.ones(3, 3), "fro", out=m.empty(0, dtype=m.int64)),
    "linalg.norm over a dimension": lambda m: m.linalg.norm(m.ones(3, 3), dim=1, out=m.empty(0)),
    "diag of a matrix": lambda m: m.diag(m.ones(2, 2), out=m.empty(0, dtype=m.int64)),
    "diag of a vector": lambda m: m.diag(m.ones(2), out=m.empty(0, dtype=m.int64)),
    "diff": lambda m: m.diff(m.ones(3), n=0, out=m.empty(0)),
    "largest of all": lambda m: m.max(m.ones(3, requires_grad=True), out=m.empty(0)),
    "largest of each pair": lambda m: m.max(m.ones(3, requires_grad=True), m.ones(3), out=m.empty(0)),
    "normal of tensors": lambda m: m.normal(m.zeros(3), m.ones(3), out=m.empty(3, requires_grad=True)),
    "normal of a tracked mean": lambda m: m.normal(m.zeros(3, requires_grad=True), 1.0, out=m.empty(3)),
    "normal of a size": lambda m: m.normal(0.0, 1.0, (3,), out=m.empty(3, requires_grad=True)),
    "normal of a complex deviation": lambda m: m.normal(0.0, m.ones(3, dtype=m.complex64)),
}


@pytest.mark.parametrize("call", REFUSED)
def test_norms_diagonals_differences_and_draws_take_the_outs_that_pytorchs_do(call):
    def told(m):
        try:
            return REFUSED[call](m).tolist()
        except RuntimeError as error:
            return str(error).split("\n")[0]

    assert told(lab) == told(torch)


def test_differences_of_no_order_are_a_copy():
    def told(m):
        x = m.ones(3, requires_grad=True)
        y = m.diff(x, n=0)
        return y.grad_fn.name(), y.data_ptr() == x.data_ptr(), m.autograd.grad(y.sum(), x)[0].tolist()

    assert told(lab) == told(torch)


def test_a_word_that_takes_out_is_no_function_of_one_that_does_not():
    assert lab.argwhere.__wrapped__ is not lab.nonzero.__wrapped__  # or the former's first call would settle what out= may be
    lab.argwhere(lab.ones(2))
    with pytest.raises(RuntimeError, match="nonzero: Expected out tensor"):
        lab.nonzero(lab.ones(2, 3), out=lab.zeros(3))
