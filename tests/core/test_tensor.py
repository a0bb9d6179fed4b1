"""Tensor: flags, .grad and its dtype, what it refuses; each claim run in PyTorch too."""

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


def assign(x, name, value):
    setattr(x, name, value)
    return getattr(x, name)


def with_grad(m):
    x = m.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    return x


CLAIMS = {
    "grad_dtype of a leaf": lambda m: m.ones(2, requires_grad=True).grad_dtype,
    "grad_dtype of a constant": lambda m: (m.ones(2).grad_dtype, m.ones(2, dtype=m.long).grad_dtype),
    "grad_dtype of a constant, set": lambda m: assign(m.ones(2), "grad_dtype", m.float64),
    "grad_dtype of a non-leaf": lambda m: (m.ones(2, requires_grad=True) * 2).grad_dtype,
    "grad_dtype of a non-leaf, set": lambda m: m.Tensor.grad_dtype.__set__(m.ones(2, requires_grad=True) * 2, None),
    "grad_dtype while there is a gradient": lambda m: assign(with_grad(m), "grad_dtype", m.float64),
    "reflected product": lambda m: m.arange(4.0).reshape(2, 2).__rmatmul__(m.ones(2)),
    "reflected product with a number": lambda m: m.ones(2).__rmatmul__(3),
    "number @ tensor": lambda m: 2 @ m.ones(2),
    "reflected quotient, in Python 2's word": lambda m: m.ones(2).__rdiv__(3),
    "scatter onto one place twice": lambda m: m.ones(6).as_strided_scatter(m.ones(2, 2), (2, 2), (2, 0)),
    "flip by name": lambda m: (m.arange(4).reshape(2, 2).flip(dims=(0, 1)), m.flip(m.arange(3), dims=[0])),
    "flip by name, twice": lambda m: m.ones(2).flip(dims=(0, 0)),
    "gather nothing": lambda m: m.ones(3).gather(0, m.empty(0, dtype=m.uint8)),
    "no grad_dtype": lambda m: assign(with_grad(m), "grad_dtype", None),
}  # fmt: skip


def outcome(m, claim):
    try:
        return str(CLAIMS[claim](m))
    except Exception as error:
        return type(error).__name__, str(error)


@pytest.mark.filterwarnings("ignore:The .grad attribute")  # PyTorch looks at .grad on the way to the refusal
@pytest.mark.parametrize("claim", CLAIMS)
def test_as_torch(claim):
    assert outcome(lab, claim) == outcome(torch, claim)


def test_gradients_arrive_in_grad_dtype():
    for m in (lab, torch):
        x = m.ones(2, requires_grad=True)
        x.grad_dtype = m.float64
        (x * 2).sum().backward()
        (x * 2).sum().backward()
        assert x.grad.dtype is m.float64 and x.grad.tolist() == [4, 4]
        x.grad = m.zeros(2, dtype=m.float64)
        with pytest.raises(RuntimeError, match="grad_dtype 'Double'"):
            x.grad = m.zeros(2)
