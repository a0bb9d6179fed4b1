"""Every operation's first and second derivative, dtypes, promotion and node names, against PyTorch."""

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


UNARY = "exp expm1 log log1p sin cos tanh sigmoid sqrt reciprocal abs relu neg t".split()
CASES = {name: (lambda x, name=name: getattr(x, name)()) for name in UNARY} | {
    "pow3": lambda x: x**3, "pow_tensor": lambda x: x**x, "rpow": lambda x: 2.0**x, "rsub": lambda x: 1 - x, "rdiv": lambda x: 2 / x,
    "div": lambda x: x / (x + 1), "broadcast": lambda x: x * x[0] + x[:, :1], "sum0": lambda x: x.sum(0), "sum_keep": lambda x: x.sum(1, True),
    "mean": lambda x: x.mean(), "mean1": lambda x: x.mean(1), "amax": lambda x: x.amax(1), "max_dim": lambda x: x.max(0).values,
    "min_dim": lambda x: x.min(1).values, "max": lambda x: x.max(), "prod": lambda x: x.prod(1), "prod_all": lambda x: x.prod(),
    "cumsum": lambda x: x.cumsum(0), "softmax": lambda x: x.softmax(1), "log_softmax": lambda x: x.log_softmax(0), "norm": lambda x: x.norm(),
    "std": lambda x: x.std(), "var1": lambda x: x.var(1), "logsumexp": lambda x: x.logsumexp(1), "clamp": lambda x: x.clamp(min=0.5, max=1.2),
    "maximum": lambda x: x.maximum(x[0]), "reshape": lambda x: x.reshape(-1)[::2], "permute": lambda x: x.permute(1, 0) * x.T,
    "transpose": lambda x: x.transpose(0, 1), "expand": lambda x: x[:, None].expand(3, 2, 3), "squeeze": lambda x: x.unsqueeze(0).squeeze(0),
    "index": lambda x: x[[0, 0, 2]], "mask": lambda x: x[x > 0.9], "select": lambda x: x[1, 2], "split": lambda x: x.split(2)[0] * 2,
    "unbind": lambda x: x.unbind(1)[0] * x.unbind(0)[1], "matmul": lambda x: x @ x, "mv": lambda x: x @ x[0], "vm": lambda x: x[0] @ x,
    "dot": lambda x: x[0] @ x[1], "batched": lambda x: x.expand(2, 3, 3) @ x, "bmm": lambda x: x.expand(2, 3, 3) @ x.expand(2, 3, 3),
    "inverse": lambda x: x.inverse(), "flatten": lambda x: x.flatten(), "clone": lambda x: x.clone(), "float": lambda x: x.float().double(),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_first_and_second_derivative(name):
    """Each operation's gradient, and the gradient of its gradient, equal PyTorch's."""
    data = np.random.default_rng(3).uniform(0.3, 1.7, (3, 3))
    found = []
    for m in (lab, torch):
        x = m.tensor(data.tolist(), dtype=m.float64, requires_grad=True)
        y = CASES[name](x)
        weights = m.arange(1.0, y.numel() + 1, dtype=m.float64).reshape(y.shape)
        (g,) = m.autograd.grad((y * weights).sum(), x, create_graph=True)
        second = m.autograd.grad((g * g).sum(), x, allow_unused=True)[0] if g.requires_grad else None
        found.append([np.array((t.detach() + 0.0).tolist()) if t is not None else np.zeros((3, 3)) for t in (y, g, second)])
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6 if name == "float" else 1e-9, atol=1e-12)


SINGLE_ONLY = {"inverse", "float"}  # not offered in half precision


@pytest.mark.parametrize(
    ("name", "dtype"), [(n, d) for d in ("float16", "float32") for n in CASES if d == "float32" or n not in SINGLE_ONLY]
)
def test_gradient_keeps_its_inputs_dtype(name, dtype):
    x = lab.full((3, 3), 0.9, dtype=getattr(lab, dtype), requires_grad=True)
    x.data[0] = 0.3
    x.data[1, 1] = 1.4
    y = CASES[name](x)
    y.sum().backward()
    assert x.grad.dtype is x.dtype
    assert y.dtype is x.dtype or name == "float"


def test_promotion_table():
    """Every pair of dtypes, with and without dimensions, and Python numbers."""
    names = "float32 float64 float16 int64 int32 uint8 bool complex64".split()
    for a in names:
        for b in [*names, 2, 2.5, True]:
            if {a, b} == {"float16", "complex64"}:
                continue  # complex32, which NumPy lacks
            for shape_a, shape_b in (((2,), (2,)), ((2,), ()), ((), (2,)), ((), ())):
                results = []
                for m in (lab, torch):
                    x = m.ones(shape_a, dtype=getattr(m, a))
                    y = m.ones(shape_b, dtype=getattr(m, b)) if isinstance(b, str) else b
                    results.append(str((x * y).dtype))
                assert results[0] == results[1], (a, shape_a, b, shape_b, results)


NAMED = {
    "sum": lambda a: a.sum(), "sum of a dim": lambda a: a.sum(0), "mean": lambda a: a.mean(), "mean of a dim": lambda a: a.mean(1), "prod": lambda a: a.prod(), "prod of a dim": lambda a: a.prod(0),
    "rsub": lambda a: 1 - a, "rdiv": lambda a: 2 / a, "pow": lambda a: a**2, "pow of tensors": lambda a: a**a, "max of a dim": lambda a: a.max(0).values, "clamp": lambda a: a.clamp(min=0),
    "T": lambda a: a.T, "t": lambda a: a.t(), "view": lambda a: a.view(4), "index": lambda a: a[0], "slice": lambda a: a[:1], "list": lambda a: a[[0, 1]], "mm": lambda a: a @ a, "double": lambda a: a.double(),
    "split": lambda a: a.split(1)[0], "norm": lambda a: a.norm(), "clone": lambda a: a.clone(), "cumsum": lambda a: a.cumsum(0), "expand": lambda a: a[None].expand(3, 2, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_nodes_have_torchs_names(name):
    names = []
    for m in (lab, torch):
        node = NAMED[name](m.ones(2, 2, requires_grad=True)).grad_fn
        names.append((node.name(), type(node).__name__, repr(type(node))))
    assert names[0] == names[1]
