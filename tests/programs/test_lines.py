"""Lines of a program: rules of complex numbers, operands by name, and functions of NumPy's that JAX keeps elsewhere."""

import warnings

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.programs import Program

REAL = np.random.default_rng(0).normal(size=(3, 3)) + 2 * np.eye(3)
TURNING = REAL + 1j * np.random.default_rng(1).normal(size=(3, 3))

COMPLEX = {
    "a product": lambda z: (z * z).real,
    "with its conjugate": lambda z: (z * z.conj()).real,
    "a partial": lambda z: z.exp().imag,
    "a quotient": lambda z: (1 / z + z / (2 - 1j)).real,
    "a matrix product": lambda z: (z @ z.mH + z.sin()).imag,
    "a list": lambda z: (lab.cat([z, z * 2]) * 1j).real,
    "several outputs": lambda z: sum(part.abs().sum() for part in lab.linalg.qr(z)),
    "a magnitude": lambda z: z.abs() + z.angle(),
    "real and complex": lambda z: (z.real * z).imag + z.real * 2,
    "broadcast": lambda z: (z[0] * z).real.sum() * z[0].imag,
    "written through its conjugate": lambda z: written(z, lambda y: y.mH[0].mul_(2j)),
    "written through a part of its conjugate": lambda z: written(z, lambda y: y.conj().imag[1:].mul_(y.real[1:] * 3)),
}


def written(z, write):
    """z after a write to a view of it; one view was made before."""
    y = z * 1
    seen = y.conj()[1]
    write(y)
    return (y * seen).imag


OF_REAL = {
    "turned": lambda x: (x * (1 + 2j)).abs(),
    "eigenvectors": lambda x: (lambda v: (v * v.conj()).real * 1)(lab.linalg.eig(x)[1]),
    "stacked": lambda x: lab.complex(x, x * x).exp().real,
}


@pytest.mark.parametrize("name", [*COMPLEX, *OF_REAL])
def test_complex_gradients_are_the_engines(name):
    function, at = (COMPLEX[name], TURNING) if name in COMPLEX else (OF_REAL[name], REAL)
    x = lab.tensor(at, requires_grad=True)
    out = function(x)
    seed = lab.tensor(np.random.default_rng(2).uniform(0.5, 1.5, tuple(out.shape)))
    (ours,) = lab.autograd.grad(out, x, seed)
    program = Program.capture(function, x)
    run = program.run(x, gradient=seed)
    assert np.array_equal(run.value, out.detach().numpy())
    (found,) = run.gradients.values()
    assert ours is not None and found is not None and np.array_equal(found, ours.numpy())
    (compiled,) = lab.autograd.grad(lab.compile(function)(x), x, seed)
    assert lab.equal(compiled, ours)


@pytest.mark.parametrize(
    "name", [n for n in (*COMPLEX, *OF_REAL) if n not in ("several outputs", "a quotient", "broadcast", "stacked")]
)
def test_they_are_under_xla_too(name):
    jax = pytest.importorskip("jax")
    function, at = (COMPLEX[name], TURNING) if name in COMPLEX else (OF_REAL[name], REAL)
    x = lab.tensor(at, requires_grad=True)
    (ours,) = lab.autograd.grad(function(x).sum(), x)
    with jax.enable_x64(True):
        value, pull = jax.vjp(Program.capture(function, x).to_jax(), at)
        (found,) = pull(np.ones(value.shape))
        assert ours is not None and np.allclose(
            np.conj(found), ours.numpy(), rtol=1e-12, atol=1e-12
        )  # JAX's convention is the conjugate


NAMED = {
    "exp": lambda x: lab.exp(input=x),
    "atan2": lambda x: lab.atan2(x, other=x * 2),
    "both": lambda x: lab.atan2(input=x, other=x * x),
    "addmm": lambda x: lab.addmm(input=x, mat1=x, mat2=x * 2),
    "method": lambda x: x.mul(other=x).var(0),
}


@pytest.mark.parametrize("name", NAMED)
def test_operands_may_be_named(name):
    x = lab.tensor(REAL, requires_grad=True)
    (ours,) = lab.autograd.grad(NAMED[name](x).sum(), x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # that it runs without being compiled
        (found,) = lab.autograd.grad(lab.compile(NAMED[name])(x).sum(), x)
    assert lab.equal(found, ours)
    report = lab.check(NAMED[name], x, devices="cpu", against="jax")
    assert [row.verdict for row in report.rows] == ["agrees", "agrees"], report


ELSEWHERE = {
    "a number's dimension": lambda x: x.sum().amin(0) + x.sum().amax(0) + x.prod().sum(0),
    "the rank": lambda x: x * lab.linalg.matrix_rank(x),
    "indices found": lambda x: x.nanquantile(0.3, dim=1),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_jax_spells_otherwise(name):
    jax = pytest.importorskip("jax")
    x = lab.tensor(REAL, requires_grad=True)
    (ours,) = lab.autograd.grad(ELSEWHERE[name](x).sum(), x)
    with jax.enable_x64(True):
        value, pull = jax.vjp(Program.capture(ELSEWHERE[name], x).to_jax(), REAL)
        found = pull(np.ones(value.shape))[0]
        assert ours is not None and np.allclose(found, ours.numpy(), rtol=1e-12, atol=1e-12)
