"""Which devices there are, and float64 on them."""

import numpy as np

import autograd_lab as lab
from autograd_lab.crosscheck import devices


def test_kinds_and_absences():
    kinds = {d.kind: d for d in devices.devices_of(None)}
    assert kinds["cpu"].absent == "" and "gpu" in kinds
    (tpu,) = devices.devices_of("tpu")
    assert tpu.device is not None or tpu.absent.startswith("no TPU (jax sees: cpu")
    (odd,) = devices.devices_of(("abacus",))
    assert odd.absent.startswith("no device 'abacus' (jax sees: ")


def test_float64_inside_and_as_before_outside():
    import jax
    import jax.numpy as jnp

    before = jax.config.jax_enable_x64
    with devices.in_float64(devices.devices_of("cpu")[0]):
        assert jnp.asarray(np.zeros(2)).dtype == np.float64
    assert jax.config.jax_enable_x64 == before and jnp.asarray(np.zeros(2)).dtype == (np.float64 if before else np.float32)


def test_every_device_has_its_rows():
    report = lab.check(lambda x: x.tanh().sum(), np.array([1.0, 2.0]), devices=("cpu", "abacus"))
    assert [row.against for row in report.rows] == ["jax cpu", "jax cpu", "jax abacus", "numeric"]
    assert report.rows[2].verdict == "skipped: no device 'abacus' (jax sees: " + report.rows[2].verdict.split("sees: ")[1]
    assert report.ok
