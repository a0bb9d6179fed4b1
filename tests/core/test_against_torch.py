"""Random graphs, with views and in-place operations, against PyTorch: same values, gradients and execution order."""

import random

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core.backward import BackwardPass
from autograd_lab.core.differentiate import start_gradients
from autograd_lab.core.node import AccumulateGrad

torch = pytest.importorskip("torch")


def program(seed, m, views):
    """Run one random program in ``m``; (leaves, root). The same seed makes the same program in either library."""
    r = random.Random(seed)
    leaves = [m.tensor([0.1 * (i + 1)] * 4, dtype=m.float64, requires_grad=True) for i in range(r.randint(1, 3))]
    made = [leaf * 1.5 for leaf in leaves]
    kept_views = []
    for _ in range(r.randint(3, 12)):
        kind = r.choice("add mul sub tanh exp".split() + ("view inplace viewinplace".split() if views else []))
        x, y = r.choice(made), r.choice(made)
        if kind == "add":
            made.append(x + y)
        elif kind == "mul":
            made.append(x * y)
        elif kind == "sub":
            made.append(x - y)
        elif kind == "tanh":
            made.append(x.tanh())
        elif kind == "exp":
            made.append((x * 0.1).exp())
        elif kind == "view":
            kept_views.append(x[1:3])
        elif kind == "inplace":
            x.add_(0.5 if r.random() < 0.5 else 1.5)
        elif kept_views:
            r.choice(kept_views).add_(1.0)
        if kept_views and r.random() < 0.4:
            v = r.choice(kept_views)
            made.append(m.cat([v * 2.0, v]))
    total = made[-1].sum()
    for x in r.sample(made, min(3, len(made))):
        total = total + x.sum()
    return leaves, total


def order_of_torch(root, leaves):
    names, order, seen = {id(leaf): i for i, leaf in enumerate(leaves)}, [], set()

    def label(node):
        name = node.name().split("::")[-1]
        return name + str(names[id(node.variable)]) if name == "AccumulateGrad" else name

    stack = [root.grad_fn]
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        node.register_prehook(lambda g, node=node: order.append(label(node)))
        stack.extend(n for n, _ in node.next_functions)
    root.backward()
    return order


def steps_of_lab(root, leaves):
    run = BackwardPass((root,), start_gradients((root,), None))
    order = []
    while (step := run.step()) is not None:
        name = step.node.name().split("::")[-1]
        if type(step.node) is AccumulateGrad:
            name += str(next(i for i, leaf in enumerate(leaves) if leaf._node is step.node))
        order.append(name)
    return order


@pytest.mark.parametrize("views", [False, True])
def test_order_and_gradients_of_500_random_graphs(views):
    same_order = compared = refused = 0
    for seed in range(500):
        try:
            torch_leaves, torch_root = program(seed, torch, views)
            torch_order, torch_error = order_of_torch(torch_root, torch_leaves), None
        except RuntimeError as error:
            torch_error = str(error)
        try:
            leaves, root = program(seed, lab, views)
            order, error = steps_of_lab(root, leaves), None
        except RuntimeError as e:
            error = str(e)
        if torch_error or error:
            assert torch_error and error, (seed, torch_error, error)
            refused += 1
            continue
        compared += 1
        assert np.isclose(root.item(), torch_root.item()), seed
        for a, b in zip(leaves, torch_leaves):
            assert (a.grad is None) == (b.grad is None), seed
            assert a.grad is None or np.allclose(a.grad._array, b.grad.numpy(), rtol=1e-12), seed
        same_order += order == torch_order
        # run() is the same pass
        leaves2, root2 = program(seed, lab, views)
        root2.backward()
        assert all(np.array_equal(np.asarray(a.grad._array), np.asarray(b.grad._array)) for a, b in zip(leaves, leaves2) if a.grad is not None)  # fmt: skip
    print(f"views={views}: {same_order} of {compared} in torch's order; both refused {refused}")
    assert same_order >= 0.99 * compared


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
