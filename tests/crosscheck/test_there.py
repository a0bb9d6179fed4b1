"""The rows of an accelerator. Where there is none, the CPU plays one: the same code, another name."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.crosscheck import devices, there
from autograd_lab.crosscheck.observed import observe
from autograd_lab.crosscheck.subject import of_function


@pytest.fixture
def accelerator(monkeypatch):
    """A device called gpu."""
    import jax

    found = [d for d in devices.devices_of(None) if d.kind == "gpu" and not d.absent]
    device = found[0] if found else devices.Device("gpu", jax.devices("cpu")[0])
    monkeypatch.setattr(devices, "devices_of", lambda names=None: [device])
    return device


X, W = np.linspace(-1, 1, 6).reshape(2, 3), np.linspace(0.3, -0.8, 12).reshape(3, 4)


def net(x, w):
    h = (x @ w).tanh()
    return (h.softmax(1) * h + h.max(1, keepdim=True).values).sum()


def test_an_accelerator_has_two_rows_more(accelerator):
    report = lab.check(net, X, W, against="jax")
    assert [(row.against, row.what) for row in report.rows[2:]] == [("jax gpu", there.RULES), ("jax gpu", there.DEFAULT)]
    assert [row.verdict for row in report.rows] == ["agrees", "agrees", "agrees", "suffices"], report


@pytest.mark.parametrize("seed", range(10))
def test_random_functions_compute_the_same_there(seed, random_functions, accelerator):
    function, arrays = random_functions(seed, kinks=seed % 2 == 1, writes=seed % 3 == 0)
    found = of_function(function, tuple(arrays), np.dtype("f8"))
    seen = observe(found.program, found.outputs, found.gradients)
    with devices.in_float64(accelerator):
        verdict, worst, where = there.our_rules(found.program, seen, 4.0)
    assert verdict == "agrees" and worst < 4 and not where


def test_a_device_that_computes_something_else_is_seen(accelerator, monkeypatch):
    import jax.numpy as jnp

    found = of_function(net, (X, W), np.dtype("f8"))
    seen = observe(found.program, found.outputs, found.gradients)
    monkeypatch.setattr(
        there,
        "_moved",
        lambda value: value if value is None or isinstance(value, tuple | list) else jnp.asarray(value) * 1.0001,
    )
    with devices.in_float64(accelerator):
        verdict, worst, where = there.our_rules(found.program, seen, 4.0)
    assert verdict == "MISMATCH" and worst > 4 and where.startswith("node ")


def test_precision_that_does_not_suffice_is_no_mismatch(accelerator):
    report = lab.check(lambda x: (((x + 1e5) - 1e5) ** 2).sum(), np.array([1e-3, 2e-3]), against="jax")
    assert (
        report.ok and report.rows[-1].verdict == "loses digits" and report.rows[-1].where.startswith("leaf 1: relative error")
    )


def test_float32_inside_and_as_before_outside(accelerator):
    import jax.numpy as jnp

    with devices.in_float32(accelerator):
        assert jnp.asarray(np.zeros(2)).dtype == np.float32


def test_the_cpu_has_none_of_these_rows():
    assert [row.what for row in lab.check(net, X, W, against="jax", devices="cpu").rows] == [
        "each node's rules",
        "the function run again",
    ]
