"""``alpha``: one node, as in PyTorch, with the number it saves; and calls as they were made before it was a keyword."""

import warnings

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import signatures

torch = pytest.importorskip("torch")


def inputs(m):
    return (m.tensor([1.0, 2.0], dtype=m.float64, requires_grad=True), m.tensor([3.0, 4.0], dtype=m.float64, requires_grad=True))  # fmt: skip


def tree(node):
    """The node's name, its multiple, and the nodes it leads to."""
    return (
        None if node is None else (node.name(), getattr(node, "_saved_alpha", None), [tree(n) for n, _ in node.next_functions])
    )


def written(word, *others, **kwargs):
    def write(m, x, y):
        z = x * 1
        getattr(z, word)(*(y if o == "y" else x if o == "x" else o for o in others), **kwargs)
        return z

    return write


CALLS = {
    "add": lambda m, x, y: x.add(y, alpha=2), "sub": lambda m, x, y: m.sub(x, y, alpha=0.5), "subtract": lambda m, x, y: x.subtract(y, alpha=3),
    "rsub": lambda m, x, y: m.rsub(x, y, alpha=2), "rsub of a number": lambda m, x, y: m.rsub(x, 3, alpha=2), "rsub, plain": lambda m, x, y: m.rsub(x, y.detach()),
    "a number first": lambda m, x, y: m.add(3, x, alpha=2), "a number last": lambda m, x, y: x.sub(3, alpha=2), "no alpha": lambda m, x, y: x.add(y, alpha=1),
    "1 - x": lambda m, x, y: 1 - x, "broadcast": lambda m, x, y: m.add(x[:, None], y, alpha=2), "float32 beside": lambda m, x, y: m.add(x.float(), y, alpha=2.5),
    "add_": written("add_", "y", alpha=2), "sub_": written("sub_", "x", alpha=3), "subtract_": written("subtract_", 2, alpha=3), "complex": lambda m, x, y: (x + 1j).add(y, alpha=2j).abs(),
    "an old add": lambda m, x, y: m.add(x, 2, y), "an old addcmul": lambda m, x, y: x.addcmul(2, x, y), "an old addr": lambda m, x, y: m.addr(2, x[:, None] * y, 3, x, y),
    "an old add_": written("add_", 2, "y"), "an old addcdiv_": written("addcdiv_", 2, "x", "y"), "subtract from a number": lambda m, x, y: m.subtract(3, x),
}  # fmt: skip


def result(m, make):
    x, y = inputs(m)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of old calls, once a process
        out = make(m, x, y)
    out.sum().backward()
    second = m.autograd.grad(m.autograd.grad((make(m, x * x, y * y) ** 2).sum(), x, create_graph=True)[0].sum(), x)[0]
    return tree(out.grad_fn), [None if v is None else v.tolist() for v in (out.detach(), x.grad, y.grad, second)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("call", CALLS)
def test_nodes_values_and_gradients_are_pytorchs(call):
    ours, theirs = result(lab, CALLS[call]), result(torch, CALLS[call])
    assert ours[0] == theirs[0]
    for a, b in zip(ours[1], theirs[1]):
        assert (a is None) == (b is None) and (a is None or np.allclose(a, b, rtol=1e-12, atol=0))


REFUSED = {
    "a fraction of integers": lambda m, x, i, b: i.add(i, alpha=2.5), "of integers in place": lambda m, x, i, b: i.add_(i, alpha=2.5), "rsub of integers": lambda m, x, i, b: m.rsub(i, i, alpha=2.5),
    "a complex multiple": lambda m, x, i, b: x.add(x, alpha=2j), "a boolean multiple": lambda m, x, i, b: x.sub(x, alpha=True), "a tracked multiple": lambda m, x, i, b: x.add(x, alpha=x[0]),
    "None": lambda m, x, i, b: x.add(x, alpha=None), "a string": lambda m, x, i, b: x.add(x, alpha="a"), "a difference of booleans": lambda m, x, i, b: m.sub(b, b, alpha=2.5),
    "rsub of booleans": lambda m, x, i, b: m.rsub(b, b), "booleans in place": lambda m, x, i, b: b.add_(b, alpha=2), "booleans": lambda m, x, i, b: b.add(b, alpha=2),
    "alpha of a product": lambda m, x, i, b: x.mul(x, alpha=2),
}  # fmt: skip


@pytest.mark.parametrize("call", REFUSED)
def test_multiples_are_refused_as_in_pytorch(call):
    def said(m):
        x = inputs(m)[0]
        try:
            return REFUSED[call](m, x, m.tensor([1, 2]), m.tensor([True, False])).tolist()
        except Exception as error:
            return type(error).__name__, str(error).split("\n")[0]

    assert said(lab) == said(torch)


def test_an_old_way_to_call_warns_once(monkeypatch):
    monkeypatch.setattr(signatures, "_warned", False)
    x = lab.ones(1, 1)
    with pytest.warns(
        UserWarning, match=r"This overload of addmm is deprecated:\n\taddmm\(Number beta, Tensor input, Tensor mat1"
    ) as told:
        lab.addmm(2, x, x, x)
    assert "\nConsider using one of the following signatures instead:\n\taddmm(Tensor input, Tensor mat1, Tensor mat2, " in str(
        told[0].message
    )
    assert told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert x.add(2, x).item() == 3


OLDER = {
    "sub": lambda m, x: m.sub(x, 3, 2),
    "add": lambda m, x: m.add(x, 3, 2),
    "subtract": lambda m, x: m.subtract(x, 3, 2),
    "subtract a tensor": lambda m, x: m.subtract(x, x, alpha=2),
    "x.sub": lambda m, x: x.sub(3, 2),
    "x.add": lambda m, x: x.add(3, x),
    "x.sub_": lambda m, x: x.clone().sub_(3, 2),
    "x.subtract": lambda m, x: x.subtract(3, 2),
    "x.mul": lambda m, x: x.mul(3, 2),
    "twice": lambda m, x: m.sub(x, 3, 2, alpha=2),
}


@pytest.mark.filterwarnings("ignore:This overload")
@pytest.mark.parametrize("call", OLDER)
def test_a_multiple_before_the_number_it_is_of(call):
    def told(m):
        try:
            made = OLDER[call](m, inputs(m)[0])
            return made.tolist(), made.requires_grad
        except TypeError as error:
            return str(error).split("\n")[0]

    assert told(lab) == told(torch)


NAMED = {
    "addmm": {"mat1": (2, 3), "mat2": (3, 2)},
    "addmv": {"mat": (2, 3), "vec": (3,)},
    "addr": {"vec1": (2,), "vec2": (2,)},
    "baddbmm": {"batch1": (2, 2, 3), "batch2": (2, 3, 2)},
    "addbmm": {"batch1": (2, 2, 3), "batch2": (2, 3, 2)},
}


@pytest.mark.parametrize("name", NAMED)
def test_operands_go_by_pytorchs_names(name):
    def called(m):
        return getattr(m, name)(m.ones(2), **{key: m.ones(shape) for key, shape in NAMED[name].items()}).tolist()

    assert called(lab) == called(torch)


def wide(m, kind="uint8"):
    return m.zeros(3, dtype=getattr(m, kind))


def put(x, key, value):
    x[key] = value
    return x


NUMBERS = {
    "an item": lambda m, n, kind: put(wide(m, kind), 0, n),
    "a slice": lambda m, n, kind: put(wide(m, kind), slice(1, None), n),
    "a mask": lambda m, n, kind: put(wide(m, kind), m.tensor([True, False, True]), n),
    "a list": lambda m, n, kind: put(wide(m, kind), [0, 2], n),
    "fill_": lambda m, n, kind: wide(m, kind).fill_(n),
    "full": lambda m, n, kind: m.full((3,), n, dtype=getattr(m, kind)),
    "full_like": lambda m, n, kind: m.full_like(wide(m, kind), n),
    "new_full": lambda m, n, kind: wide(m, kind).new_full((3,), n),
    "masked_fill": lambda m, n, kind: wide(m, kind).masked_fill(m.tensor([True, False, True]), n),
    "scatter": lambda m, n, kind: wide(m, kind).scatter(0, m.tensor([1]), n),
    "index_fill": lambda m, n, kind: wide(m, kind).index_fill(0, m.tensor([1]), n),
    "add": lambda m, n, kind: wide(m, kind) + n,
    "add_": lambda m, n, kind: wide(m, kind).add_(n),
    "mul": lambda m, n, kind: n * (wide(m, kind) + 1),
}


@pytest.mark.parametrize("number", [300, -1, -300, 2.5, float("nan"), float("inf"), 1e60, 2**40, 2j, 2 + 0j])
@pytest.mark.parametrize("kind", ["uint8", "int16", "int64", "float32", "float64"])
def test_a_number_that_a_dtype_does_not_hold(number, kind):
    def told(m, call):
        try:
            made = NUMBERS[call](m, number, kind)
            return str(made)
        except (RuntimeError, ValueError, OverflowError) as error:
            return type(error).__name__, str(error).split("\n")[0]

    assert {call: told(lab, call) for call in NUMBERS} == {call: told(torch, call) for call in NUMBERS}
