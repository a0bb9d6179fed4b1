"""Functions that take gradients themselves, run again under JAX: penalties, ``order=2``, ``func``."""

from typing import Any

import pytest

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES
from autograd_lab.crosscheck import checking

X = lab.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], dtype=lab.float64, requires_grad=True)
W = lab.tensor([[0.3, -0.2], [0.7, 0.1], [-0.4, 0.9]], dtype=lab.float64, requires_grad=True)


def grad(y, by, **options) -> Any:
    return lab.autograd.grad(y, by, create_graph=True, **options)


def penalty(x):
    (g,) = grad((x @ W).tanh().sum(), x)
    return ((g.norm(dim=1) - 1) ** 2).mean()


def twice(x):
    (g,) = grad((x**4).sum(), x)
    (h,) = grad((g * g).sum(), x)
    return h.sin().sum()


def of_values_in_the_middle(x):
    a, b = x.exp(), x.sin()
    ga, gb, gx = grad((a * b * a).sum(), (a, b, x), grad_outputs=lab.tensor(2.0, dtype=lab.float64))
    return (ga * gb + gx).sum()


def one_input_computed_from_another(x):
    a = x.exp()
    ga, gx = grad((a * 2).sum(), (a, x))
    return (ga * gx).sum()


def of_what_was_written(x):
    base = x * 1
    base[0].mul_(2)
    (g,) = grad((base**3).sum(), x)
    return g.square().sum()


def beside_a_detached(x):
    a = x * 2
    (g,) = grad((a * a.detach()).sum(), a)
    return (g * x).sum()


def without_a_graph(x):
    g: Any = lab.autograd.grad(x.tanh().sum(), x)[0]
    return (g.norm() - 1) ** 2 * x.sum()


def unused(x):
    a = x.exp()
    found = grad((a * 2).sum(), (x, W), allow_unused=True)
    return (found[0] * a).sum() if found[1] is None else W.sum()


def by_transforms(x):
    return lab.func.grad(lambda y: (y**3 * x).sum())(x).sin().sum() + lab.func.jacrev(lambda y: y.exp())(x).cos().sum()


def by_a_leaf_of_its_own(x):
    z = x.detach().clone().requires_grad_()
    g: Any = lab.autograd.grad(z.sin().sum(), z)[0]
    return (x * g).sum()


def again(function, *args, **options):
    report = lab.check(function, *args, against="jax", devices="cpu", **options)
    return report, next(row for row in report.rows if row.what == checking.AGAIN)


EACH = [
    penalty, twice, of_values_in_the_middle, one_input_computed_from_another, of_what_was_written, beside_a_detached,
    without_a_graph, unused, by_transforms, by_a_leaf_of_its_own,
]  # fmt: skip


@pytest.mark.parametrize("function", EACH)
def test_what_takes_gradients_itself_is_run_again(function):
    report, row = again(function, X)
    assert row.verdict == "agrees" and report.ok, report


@pytest.mark.parametrize("order", [2, 3])
def test_a_gradient_of_the_gradient_is_run_again(order):
    report, row = again(lambda x: (x.sin() * (x @ W).sum() * x).sum(), X, order=order)
    assert row.verdict == "agrees" and report.ok, report


def test_a_complex_one():
    z = lab.tensor([0.5 + 1j, -1.0 + 0.25j], dtype=lab.complex128)
    report, row = again(lambda z: (z * z.conj() * z).abs().sum(), z, order=2)
    assert row.verdict == "agrees", report


def test_a_penalty_that_forgets_its_graph_is_no_constant_for_jax(monkeypatch):
    right = lab.autograd.grad

    def forgets(y, by, create_graph=False, **more):  # as a recorder that lost the history of its gradients
        return tuple(g.detach() if type(g) is lab.Tensor else g for g in right(y, by, create_graph=create_graph, **more))

    monkeypatch.setattr(lab.autograd, "grad", forgets)
    report, row = again(lambda x: penalty(x) + x.sum(), X)
    assert row.verdict == "MISMATCH" and not report.ok, report


def test_a_wrong_second_derivative_is_named(plant):
    with plant(PRIMITIVES["cos"], "x", lambda g: g * 1.01):
        report, row = again(lambda x: x.sin().sum(), X, order=2)
    assert row.verdict == "MISMATCH" and {f.op for f in report.findings} == {"cos"}, report


@pytest.mark.parametrize("function", [lambda x: (x.abs() * x).sum(), lambda x: (x.relu() * x * x.clamp(min=0)).sum()])
def test_at_kinks_a_gradient_is_a_value_by_convention(function):
    report, row = again(function, lab.tensor([0.0, 1.0, -2.0], dtype=lab.float64), order=2)
    assert report.ok and row.verdict in ("agrees", "convention"), report


def test_a_second_derivative_that_is_no_number_is_pytorchs_too():
    x = lab.tensor([[0.0, 0.0], [1.0, 3.0]], dtype=lab.float64)
    report, row = again(lambda x: (x.norm(dim=1) * x.sum(1) ** 2).sum(), x, order=2)
    assert report.ok and row.verdict == "convention" and "no finite slope" in row.where, report


def test_results_named_together_have_no_version_in_their_name():
    def eigen(x):
        values, vectors = lab.eigh(x + x.T)
        return values, vectors * vectors

    report, row = again(eigen, lab.tensor([[2.0, 1.0], [0.5, 3.0]], dtype=lab.float64), order=2)
    assert row.verdict == "agrees" and [t.name for t in report.picture.tensors] == ["x", "values, vectors"], report
