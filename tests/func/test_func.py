"""Transforms of functions: the values, structures, graphs and refusals of torch.func."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab import func

torch = pytest.importorskip("torch")
import torch.func  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning"),  # torch's own, when it vectorizes
]


def x2(m):
    return m.tensor([1.0, 2.0], dtype=m.float64)


def double(m):
    class Double(m.autograd.Function):
        @staticmethod
        def forward(x):
            return x * 2

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def backward(ctx, g):
            return g * 2

    return Double.apply


def wants(m, *values):
    return m.tensor(values if len(values) > 1 else values[0], dtype=m.float64, requires_grad=True)


CASES = {
    "grad": lambda m, f: f.grad(lambda x: (x**3).sum())(x2(m)), "argnums": lambda m, f: f.grad(lambda x, y: (x * y).sum(), argnums=(0, 1))(x2(m), x2(m)),
    "argnum too large": lambda m, f: f.grad(lambda x: x.sum(), argnums=2)(x2(m)), "last": lambda m, f: f.grad(lambda x, y: (x * y * y).sum(), argnums=-1)(x2(m), x2(m)),
    "tree": lambda m, f: f.grad(lambda d: (d["a"] * d["b"][0]).sum())({"a": x2(m), "b": [x2(m) * 2]}),
    "aux": lambda m, f: f.grad(lambda x: (x.sum(), {"k": x * 2}), has_aux=True)(x2(m)), "value": lambda m, f: f.grad_and_value(lambda x: (x**2).sum())(x2(m)),
    "not a number": lambda m, f: f.grad(lambda x: x * 2)(x2(m)), "not a tensor": lambda m, f: f.grad(lambda x: 3)(x2(m)),
    "third derivative": lambda m, f: f.grad(f.grad(f.grad(lambda x: x**4)))(m.tensor(2.0)), "independent": lambda m, f: f.grad(lambda x: x.detach().sum())(x2(m)),
    "of what requires grad": lambda m, f: f.grad(lambda x: (x**3).sum())(wants(m, 1.0, 2.0)), "capturing": lambda m, f: (lambda w: f.grad(lambda x: (x * w).sum())(x2(m)))(wants(m, 3.0)),
    "inner captures outer": lambda m, f: f.grad(lambda x: f.grad(lambda y: (x * y * y).sum())(x * 2).sum())(x2(m)),
    "vjp": lambda m, f: f.vjp(lambda x: x**2, x2(m))[1](x2(m)), "vjp of two": lambda m, f: f.vjp(lambda x, y: x * y, x2(m), x2(m) * 3)[1](x2(m)),
    "vjp of a tree": lambda m, f: f.vjp(lambda x: (x * 2, {"a": x**2}), x2(m))[1]((x2(m), {"a": x2(m)})),
    "vjp of the wrong shape": lambda m, f: f.vjp(lambda x: x**2, x2(m))[1](m.ones(3, dtype=m.float64)),
    "jvp": lambda m, f: f.jvp(lambda x: (x**2).sin(), (x2(m),), (x2(m),)), "jvp of two": lambda m, f: f.jvp(lambda x, y: (x * y, x), (x2(m), x2(m)), (x2(m), x2(m) * 2)),
    "jvp without tuples": lambda m, f: f.jvp(lambda x: x, x2(m), x2(m)), "jvp of the wrong shape": lambda m, f: f.jvp(lambda x: x, (x2(m),), (m.ones(3),)),
    "jvp of jvp": lambda m, f: f.jvp(lambda x: f.jvp(lambda y: y**3, (x,), (m.ones(2, dtype=m.float64),))[1], (x2(m),), (x2(m),)),
    "jacrev": lambda m, f: f.jacrev(lambda x: (x**2, x.sum()))(x2(m)), "jacfwd": lambda m, f: f.jacfwd(lambda x: (x**2, x.sum()))(x2(m)),
    "jacrev of two": lambda m, f: f.jacrev(lambda x, y: x * y, argnums=(0, 1))(x2(m), x2(m)), "jacfwd of two": lambda m, f: f.jacfwd(lambda x, y: x * y, argnums=(1, 0))(x2(m), x2(m)),
    "jacobian of a matrix": lambda m, f: f.jacfwd(lambda x: x[:, None] * x)(x2(m)), "aux of jacrev": lambda m, f: f.jacrev(lambda x: (x * x, x), has_aux=True)(x2(m)),
    "hessian": lambda m, f: f.hessian(lambda x: (x**3).sum() + x.prod())(x2(m)), "jacrev of jacrev": lambda m, f: f.jacrev(f.jacrev(lambda x: x**3))(x2(m)),
    "vmap": lambda m, f: f.vmap(lambda x: x.sum())(m.ones(3, 2)), "dims": lambda m, f: f.vmap(lambda x, y: (x * y, x), in_dims=(0, None), out_dims=(1, 0))(m.ones(3, 2), m.ones(2)),
    "dims of a tree": lambda m, f: f.vmap(lambda d: d["a"] + d["b"], in_dims=({"a": 0, "b": None},))({"a": m.ones(3), "b": m.ones(())}),
    "sizes differ": lambda m, f: f.vmap(lambda x, y: x)(m.ones(3, 2), m.ones(2)), "no tensor comes out": lambda m, f: f.vmap(lambda x: 3)(m.ones(3)),
    "no dims": lambda m, f: f.vmap(lambda x: x, in_dims=None)(m.ones(3)), "dim too large": lambda m, f: f.vmap(lambda x: x, in_dims=2)(m.ones(3, 2)),
    "no inputs": lambda m, f: f.vmap(lambda: 3)(), "not a tensor in": lambda m, f: f.vmap(lambda x: x)(3), "random": lambda m, f: f.vmap(lambda x: m.rand(2))(m.ones(3)),
    "same random": lambda m, f: f.vmap(lambda x: m.rand(2), randomness="same")(m.ones(3))[0] * 0, "gradients of each": lambda m, f: f.vmap(f.grad(lambda x: (x**2).sum()))(m.ones(3, 2)),
    "negative dim": lambda m, f: f.vmap(lambda x: x * 2, in_dims=-1)(m.ones(3, 2)), "nested": lambda m, f: f.vmap(f.vmap(lambda x: x * 2))(m.ones(3, 2)),
    "Function": lambda m, f: f.grad(lambda x: double(m)(x).sum())(x2(m)), "vmap of a Function": lambda m, f: f.vmap(double(m))(m.ones(3)),
}  # fmt: skip


def plain(x):
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, (tuple, list)):
        return type(x)(plain(v) for v in x)
    return (np.round(np.array(x.detach().tolist()), 10).tolist(), x.requires_grad) if hasattr(x, "tolist") else x


def outcome(m, f, case):
    try:
        return plain(CASES[case](m, f))
    except Exception as error:
        return type(error).__name__, str(error).split(". ")[0].splitlines()[0]


@pytest.mark.parametrize("case", CASES)
def test_as_torch(case):
    assert outcome(lab, func, case) == outcome(torch, torch.func, case)


def test_random_numbers_differ_from_example_to_example_if_asked_to():
    drawn = func.vmap(lambda x: lab.rand(2), randomness="different")(lab.ones(3))
    assert drawn.shape == (3, 2) and len({tuple(row) for row in drawn.tolist()}) == 3
    same = func.vmap(lambda x: lab.rand(2), randomness="same")(lab.ones(3))
    assert len({tuple(row) for row in same.tolist()}) == 1


def test_linearize_is_the_jvp_at_a_place():
    value, push = func.linearize(lambda x: x**2, x2(lab))
    assert value.tolist() == [1, 4] and push(lab.ones(2, dtype=lab.float64)).tolist() == [2, 4]
    for tangents, says in (
        ([lab.ones(2)], r"tangent:0 with dtype torch.float32 in flattened pytree doesn't match the dtype torch.float64"),
        ([lab.ones(3)], r"tangent:0 with shape torch.Size\(\[3\]\) in flattened pytree doesn't match the shape"),
        ([lab.ones(2), lab.ones(2)], "Expected the tangents .* to have the same argspec as the primals"),
    ):
        with pytest.raises(RuntimeError, match=says):
            push(*tangents)
