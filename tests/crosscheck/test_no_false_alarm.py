"""What a correct function may do without being blamed: stand at a kink, give a gradient that is no derivative by definition, ..."""

import numpy as np
import pytest

import autograd_lab as lab

F = lab.nn.functional
ROWS, TWICE = lab.tensor([0, 2, 1, 2]), lab.tensor([0, 0, 1])
W, V = lab.arange(12, dtype=lab.float64).reshape(4, 3) / 7, lab.tensor([0.3, -0.5, 0.9], dtype=lab.float64)
TIED, ZEROS = lab.tensor([1.0, 1.0, 2.0, 1.0]), lab.zeros(3)


def spectrum(x):
    return lab.fft.rfft(x).abs()


def parts_written(x):
    z = lab.complex(x, x * 2) * 1
    z.real.mul_(2)
    lab.view_as_real(z)[1:, 1].sin_()
    pairs = lab.stack([x, x.exp()], -1) * 1
    lab.view_as_complex(pairs).mul_(1j)
    return (z * z).real.sum() + (pairs * pairs).sum()


KINKS = {
    "norm 1": (lambda x: x.norm(p=1), ZEROS), "norm 3": (lambda x: lab.linalg.vector_norm(x, 3), ZEROS),
    "std": (lambda x: x.std(), lab.ones(3)),
    "cummax": (lambda x: x.cummax(0).values * 2, TIED), "median": (lambda x: x.median(), TIED),
    "relu6": (lambda x: F.relu6(x).sin(), lab.tensor([0.0, 6.0, 3.0])), "0 ** 0": (lambda x, y: x**y, ZEROS, lab.zeros(3)),
    "clamp": (lambda x: x.clamp(0, 1) * 2, lab.tensor([0.0, 1.0, 0.5])),
}  # fmt: skip
SMOOTH = {
    "norm inf": (lambda x: lab.linalg.vector_norm(x, float("inf")), TIED),
    "padding_idx": (lambda w: F.embedding(ROWS, w, padding_idx=2), W), "embedding": (lambda w: F.embedding(ROWS, w), W),
    "scale_grad_by_freq": (lambda w: F.embedding(ROWS, w, scale_grad_by_freq=True), W),
    "integers": (lambda x, i: x[i], W, ROWS), "unused": (lambda x, y: x.sum(), W, V), "argmax": (lambda x: x[x.argmax()] * 2, V),
    "detach": (lambda x: x * x.detach(), V), "written": (lambda x: x.clone().mul_(2), V), "0-d": (lambda x: x.sin() * x, V[0]),
    "empty": (lambda x: x * 2, lab.zeros(0, 3)), "dropout": (lambda x: F.dropout(x, 0.5), W), "complex": (spectrum, V),
    "parts written": (parts_written, V),
    "sorted": (lambda x: x.sort().values * lab.arange(4), TIED), "pooled": (lambda x: F.max_pool1d(x, 2), lab.ones(1, 1, 4)),
    "pooled in 2d": (lambda x: F.max_pool2d(x.reshape(1, 1, 4, 3), 2, padding=1), W),
    "ignored": (lambda x: F.cross_entropy(x, lab.tensor([0, -100, 2, 1])), W),
}  # fmt: skip
MANY = {"scatter": lambda x: lab.zeros(3, dtype=lab.float64).scatter(0, TWICE, x),
        "index_put": lambda x: lab.zeros(3, dtype=lab.float64).index_put((TWICE,), x)}  # fmt: skip


@pytest.mark.parametrize("name", [*KINKS, *SMOOTH])
def test_it_is_not_blamed(name):
    function, *args = (KINKS | SMOOTH)[name]
    report = lab.check(function, *args, devices=("cpu",))
    assert report.ok and not report.findings, report
    verdicts = {row.verdict.partition(":")[0] for row in report.rows}
    assert verdicts <= {"agrees", "convention", "skipped", "suffices"}, report
    assert ("convention" in verdicts) == (name in KINKS), report


@pytest.mark.parametrize("name", MANY)
def test_several_values_for_one_place(name):
    report = lab.check(MANY[name], V, devices=("cpu",))
    assert report.ok and "several values are written to one place" in str(report)


def test_a_gradient_that_is_none_by_definition_has_its_words():
    report = lab.check(*SMOOTH["padding_idx"], against="numeric")
    assert (
        report.rows[0].verdict
        == "skipped: embedding: by definition padding_idx gets no gradient, and scale_grad_by_freq divides it"
    )


@pytest.mark.parametrize(("function", "says"), [
    (lambda x: lab.linalg.det(x), "det: of a singular matrix a plain backward gives 0"),
    (lambda x: x[0, :1].expand(3).as_strided((2,), (0,)), "as_strided: elements that are one place in memory share what"),
    (lambda x: lab.as_strided_scatter(x, lab.ones(1, dtype=x.dtype), (1,), (1,)), "as_strided_scatter: what is replaced gets the gradient"),
])  # fmt: skip
def test_a_gradient_that_is_not_the_slope_in_pytorch_either_is_no_mistake(function, says):
    report = lab.check(function, lab.tensor([[1.0, 2.0], [2.0, 4.0]], dtype=lab.float64), devices=("cpu",))
    assert says in str(report) and "MISMATCH" not in str(report)


def test_float16_that_overflows():
    report = lab.check(lambda x: (x * x).sum(), lab.tensor([300.0, 1.0], dtype=lab.float16), devices=("cpu",))
    assert report.ok and report.rows[-1].verdict == "overflow"


def test_a_function_that_is_none():
    calls = []

    def counts(x):
        calls.append(x)
        return x * len(calls)

    report = lab.check(counts, V, devices=("cpu",), against="jax")
    assert report.rows[1].verdict == "impure"


def test_a_wrong_rule_is_blamed_beside_a_kink(plant):
    def function(x):
        return F.relu6(x).tanh()

    with plant(lab.core.PRIMITIVES["tanh"], "x", lambda g: g * 1.01):
        report = lab.check(function, lab.tensor([0.0, 6.0, 3.0]), devices=("cpu",), against="jax")
    assert not report.ok and {finding.op for finding in report.findings} == {"tanh"}, report


MATRICES = {
    "symmetric": [[4.0, 1.0], [1.0, 3.0]], "Hermitian": [[4.0, 1 + 1j], [1 - 1j, 3.0]], "neither": [[4.0, 1.5], [1.0, 3.0]],
    "neither, complex": [[4 + 1j, 1.5], [1 + 1j, 3.0]],
}  # fmt: skip
TRIANGLES = {
    "cholesky": lambda x: lab.linalg.cholesky(x).abs(), "eigvalsh": lambda x: lab.linalg.eigvalsh(x).exp(),
    "eigh": lambda x: lab.linalg.eigh(x, UPLO="U")[1].abs(), "also elsewhere": lambda x: lab.linalg.cholesky(x).abs() * x.abs() + x[0].abs(),
    "cholesky_inverse": lab.cholesky_inverse, "of the upper": lambda x: lab.cholesky_inverse(x, upper=True),
    "cholesky_solve": lambda x: lab.cholesky_solve(x[:, :1], x), "parts of the factor": lab.linalg.cholesky,
    "of the upper one": lambda x: lab.linalg.cholesky(x, upper=True), "pinv": lambda x: lab.linalg.pinv(x, hermitian=True),
}  # fmt: skip


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("name", TRIANGLES)
def test_what_reads_one_triangle_has_the_gradient_of_the_whole_matrix(name, matrix):
    report = lab.check(TRIANGLES[name], np.array(MATRICES[matrix]), devices=("cpu",))
    assert {row.verdict for row in report.rows} <= {"agrees", "convention"} and not report.findings, report


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("name", ["parts of the factor", "of the upper one", "pinv"])
def test_and_so_has_its_gradient(name, matrix):
    report = lab.check(TRIANGLES[name], np.array(MATRICES[matrix]), devices=("cpu",), order=2)
    assert report.rows[0].verdict == report.rows[2].verdict == "agrees", report


@pytest.mark.parametrize("matrix", ["symmetric", "neither", "neither, complex"])
@pytest.mark.parametrize(("name", "op"), [("parts of the factor", "cholesky_factor"), ("pinv", "pseudo_inverse")])
def test_a_wrong_rule_of_what_reads_one_triangle_is_blamed(name, op, matrix, plant):
    with plant(lab.core.PRIMITIVES[op], "x", lambda g: g * 1.001):
        report = lab.check(TRIANGLES[name], np.array(MATRICES[matrix]), devices=("cpu",))
    assert [row.verdict for row in report.rows[::2]] == ["MISMATCH"] * 2 and report.findings[0].op == op, report


@pytest.mark.parametrize("matrix", [[[2.0, 1.0], [1.0, 3.0]], [[4.0, 9.0], [1.0, 3.0]], [[4.0, 1.0], [1.0, 3.0]]])
def test_the_many_steps_of_matrix_exp_are_rounding(matrix, plant):
    assert lab.check(lambda x: lab.linalg.matrix_exp(x).sum(), np.array(matrix), devices=("cpu",)).ok
    with plant(lab.core.PRIMITIVES["matrix_exp"], "x", lambda g: g * (1 + 1e-10)):
        assert not lab.check(lambda x: lab.linalg.matrix_exp(x).sum(), np.array(matrix), devices=("cpu",)).ok


class Grown(lab.autograd.Function):
    """exp, written into its input."""

    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x.exp_())
        ctx.save_for_backward(x)
        return x

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0]


def written_before(x):
    y = x * 2
    with lab.no_grad():
        y.add_(1)
    return Grown.apply(y)


@pytest.mark.parametrize("made", [lambda x: (x * 2).sin_(), lambda x: x.sort().values])
@pytest.mark.parametrize("order", [1, 2])
def test_a_function_that_writes_to_its_input_is_given_what_that_was(order, made):
    report = lab.check(lambda x: (Grown.apply(made(x)) * x).sum(), V, devices=("cpu",), order=order)
    assert report.ok and not report.findings and report.rows[0].verdict == "agrees", report


def test_and_a_wrong_one_is_named():
    class Wrong(Grown):
        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0] * 1.01

    report = lab.check(lambda x: (Wrong.apply(x * 2) * x).sum(), V, devices=("cpu",))
    assert {finding.op for finding in report.findings} == {"Wrong"}, report


@pytest.mark.parametrize(
    "function", [lambda x: Grown.apply((x * 2)[1:]), lambda x: Grown.apply(lab.var_mean(x.outer(x), 0)[1]), written_before]
)
def test_where_that_is_not_known_it_is_said(function):
    with pytest.raises(
        TypeError, match=r"nothing to check: Grown writes to its input \(mark_dirty\), and nobody kept what that was"
    ):
        lab.check(function, V, devices=("cpu",))
