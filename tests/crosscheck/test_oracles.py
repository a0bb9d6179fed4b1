"""Every primitive against its oracle, first and second derivative; and every rule, made wrong, is named."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES
from autograd_lab.core.mirrors import MIRRORED
from autograd_lab.core.rules import unsent
from autograd_lab.crosscheck import devices, subject
from autograd_lab.crosscheck.local import check_nodes
from autograd_lab.crosscheck.observed import observe
from autograd_lab.crosscheck.oracles import oracles

from .conftest import CASES

CPU = {"devices": ("cpu",)}
TURNING = np.array([[1.0, 2.0, 0.5], [-1.0, 0.3, 2.0], [0.7, -0.2, 1.5]])  # two of its eigenvalues are complex
UNFOLLOWED = ("skipped: it calls backward() or grad() itself", "skipped: it reads values with NumPy, where JAX cannot follow")
NO_SLOPE = "skipped: as_strided_scatter: what is replaced gets the gradient"  # PyTorch's rule, which its oracle has too


def nodes_alone(function, args):
    """Each node beside its oracle, and no witness of the whole: a check is dear, and its other rows have tests of their own."""
    found = subject.of_function(function, tuple(args), np.dtype("f8"))
    with found.around():
        seen = observe(found.program, found.outputs, found.gradients)
    with np.errstate(all="ignore"), devices.in_float64(devices.devices_of(("cpu",))[0]):
        return check_nodes(found.program, seen, oracles(), factor=4.0)


def blamed(alone):
    return {(f.op.rstrip("_"), f.input.split("[")[0]) for f in alone.findings}


def clean(row):
    return (row.verdict == "agrees" or row.verdict.startswith(NO_SLOPE)) and not row.where


def test_every_primitive_has_an_oracle_and_is_tried_here(cases):
    assert set(PRIMITIVES) - set(oracles()) == set(), "add an oracle in crosscheck/oracles.py"
    first = {"elementwise", "reduce", "shape", "index", "linalg", "masked", "copies"}  # tests/ops tries those of every topic
    here = {name for name, op in PRIMITIVES.items() if op.rules and op.forward.__module__.rpartition(".")[2] in first}
    assert here - set(cases) == set(), "add a case in tests/crosscheck/conftest.py"


def test_an_oracle_is_not_our_forward(case):
    assert oracles()[case] is not PRIMITIVES[case].forward
    assert "autograd_lab.core" not in getattr(oracles()[case], "__module__", "")


def test_the_rules_agree(case, cases):
    function, arrays = cases[case]
    alone = nodes_alone(function, arrays)
    assert not (alone.findings or alone.kinks or alone.overflow or alone.without_oracle), alone
    report = lab.check(function, *arrays, against="numeric")
    assert clean(report.rows[0]), report


def differs(name):
    """Whether a stand-in does more than hand its array to the oracle: it is a view, brings metadata, or takes a list."""
    op = PRIMITIVES[name]
    return bool(op.params or op.view or op.variadic or hasattr(op, "step") or name in MIRRORED)


# and some of the others: a sum of two, what is written in place, several results
RUN_AGAIN = sorted({*filter(differs, CASES), *"tanh add mm copy zero fill_with sign_and_log qr_reduced svd_reduced".split()})


@pytest.mark.parametrize("name", RUN_AGAIN)
def test_the_function_run_again_agrees(name):
    function, arrays = CASES[name]
    report = lab.check(function, *arrays, against="jax", **CPU)
    assert clean(report.rows[0]), report
    assert clean(report.rows[1]) or report.rows[1].verdict in UNFOLLOWED, report


def test_the_case_runs_its_primitive(case, cases, plant):
    """A rule of this very primitive, made wrong by a thousandth, is named, and nothing else is."""
    function, arrays = cases[case]
    for name in (name for name, rule in PRIMITIVES[case].rules.items() if rule.function is not unsent):
        with plant(PRIMITIVES[case], name, lambda x: x * 1.001 + 0.001):
            assert blamed(nodes_alone(function, arrays)) == {(case, name)}


def of_derivative(ask, case, cases, derivative):
    """What ``ask`` says of the first derivative of a case, checked as any function is; None where it is constant."""
    function, arrays = cases[case]
    tensors = [lab.tensor(a, requires_grad=True) for a in arrays]
    try:
        return ask(derivative(function), tensors)
    except TypeError as error:
        assert "nothing to check" in str(error) or "returned nothing" in str(error)
        return None


def test_the_rules_of_the_rules_agree(case, cases, derivative):
    alone = of_derivative(nodes_alone, case, cases, derivative)
    assert alone is None or not (alone.findings or alone.kinks or alone.overflow or alone.without_oracle), alone
    report = of_derivative(lambda f, tensors: lab.check(f, *tensors, against="numeric"), case, cases, derivative)
    assert report is None or clean(report.rows[0]), report


def test_a_wrong_rule_is_named_in_the_second_derivative_too(case, cases, derivative, plant):
    for name in (name for name, rule in PRIMITIVES[case].rules.items() if rule.function is not unsent):
        with plant(PRIMITIVES[case], name, lambda x: x * 1.001 + 0.001):
            alone = of_derivative(nodes_alone, case, cases, derivative)
        assert alone is None or blamed(alone) == {(case, name)}, alone


@pytest.mark.parametrize("word, by", [("sigmoid", 1e-5), ("mm", 1e-5), ("softmax", 1e-5)])
def test_a_rule_wrong_by_a_hundred_thousandth_is_caught(word, by, cases, plant):
    function, arrays = cases[word]
    with plant(PRIMITIVES[word], "x", lambda x: x * (1 + by)):
        assert not lab.check(function, *arrays, against="jax", **CPU).ok


def test_eigenvectors_keep_their_digits_on_whatever_thread_lapack_is_called():
    """Double precision is asked for thread by thread, and JAX calls back from its own."""
    import jax

    a = TURNING
    with jax.enable_x64(True):
        compiled, given = jax.jit(oracles()["eigen"]).lower(a).compile(), jax.numpy.asarray(a)
    for ours, theirs in zip(np.linalg.eig(a), compiled(given)):  # where single precision rules, as on any other thread
        np.testing.assert_allclose(np.asarray(theirs), ours, 1e-13)
