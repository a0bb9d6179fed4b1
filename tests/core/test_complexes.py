"""Complex gradients are PyTorch's, and nobody who has no complex numbers pays for them."""

import subprocess
import sys

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


def both(run):
    """What ``run(m)`` gives in either library, as arrays."""
    return [
        [np.asarray(t.detach().resolve_conj().numpy() if m is torch else t.detach().numpy()) for t in run(m)]
        for m in (lab, torch)
    ]


def number(m, *values):
    return m.tensor(values, dtype=m.complex128, requires_grad=True)


def mixed(m):
    z, w = number(m, 1 + 2j, 3 - 1j), m.tensor([0.5, 2.0], dtype=m.float64, requires_grad=True)
    loss = (z.exp() * w / z + z**2 + m.complex(w, w) + z.conj() * z.real).abs().sum() + z.angle().sum()
    first = m.autograd.grad(loss, [z, w], create_graph=True)
    return [*first, *m.autograd.grad(first[0].abs().sum() + first[1].sum(), [z, w])]


def written(m):
    z = number(m, 1 + 2j, 3 - 1j)
    y = z * 1
    y.mul_(2 - 1j)
    y[0] = y[1] + 1j
    y.abs().sum().backward()
    return [z.grad, y]


def hooked(m):
    seen = []
    z = number(m, 1 + 2j)
    y = z * 3j
    y.register_hook(lambda g: seen.append(g) or g * 2)
    (y * y.conj()).real.sum().backward()
    return [*seen, z.grad]


def several(m):
    z = number(m, 1 + 2j, 3 - 1j, 2j)
    a, b = z.split([1, 2])
    m.stack([a * b[0], a + b[1], z.sum().reshape(1)]).abs().sum().backward()
    return [z.grad]


def large(m):
    z = number(m, *(np.arange(400) + 1j))
    m.where(z.real > 30, z, 0 * z).abs().sum().backward()
    return [z.grad]


@pytest.mark.parametrize("run", [mixed, written, hooked, several, large])
def test_gradients_are_pytorchs(run):
    ours, theirs = both(run)
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, 1e-12, 1e-12)


def test_nothing_is_conjugated_before_there_is_a_complex_number():
    program = """
import autograd_lab as lab
x = lab.ones(3, requires_grad=True)
(x * x).exp().sum().backward()
assert "turn(" not in (x * x).grad_fn.primitive.source
z = lab.tensor([1j])
(x * z).abs().sum().backward()
assert "turn(" in (x * z).grad_fn.primitive.source
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("first", ["np.array([1 + 2j, 3 - 1j], 'c8')", "(1 + 2j)"])
def test_the_operand_that_brings_the_first_complex_number_has_its_conjugate_taken(first):
    program = f"""
import numpy as np
import autograd_lab as lab
x = lab.ones(2, requires_grad=True)
(x * x).sum().backward()
x.grad = None
(x * {first}).abs().sum().backward()
print(x.grad.tolist())
"""
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    magnitudes = np.abs(np.broadcast_to(eval(first), 2))
    np.testing.assert_allclose(eval(ran.stdout), magnitudes, 1e-6)
