"""einsum and the products of matrices: PyTorch's values, gradients, nodes and refusals."""

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

EQUATIONS = [
    ("ij,jk->ik", (2, 3), (3, 4)), ("ij,kj->ik", (2, 3), (4, 3)), ("ij->ji", (2, 3)), ("ij->", (2, 3)), ("ij->j", (2, 3)),
    ("ii->i", (3, 3)), ("ii->", (3, 3)), ("ii", (3, 3)), ("iji->j", (2, 3, 2)), ("i,i->", (3,), (3,)), ("i,j->ij", (3,), (4,)),
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("ij,ij->ij", (2, 3), (2, 3)), ("ij,ij->", (2, 3), (2, 3)), ("bij,jk->bik", (2, 3, 4), (4, 5)),
    ("ij,j->i", (2, 3), (3,)), ("...ij,...jk->...ik", (2, 3, 4), (2, 4, 5)), ("...ij,...jk->...ik", (2, 1, 3, 4), (5, 4, 2)),
    ("bhqd,bhkd->bhqk", (2, 2, 3, 4), (2, 2, 5, 4)), ("ij,jk", (2, 3), (3, 4)), ("ba,ca", (2, 3), (4, 3)), ("ab,ab->a", (2, 3), (2, 3)),
    ("bn,anm,bm->ba", (2, 3), (4, 3, 5), (2, 5)), ("i,->i", (3,), ()), ("ij,k->ijk", (2, 3), (4,)), ("ijk,ijl->kl", (2, 3, 4), (2, 3, 5)),
    ("ij,j->ij", (2, 3), (3,)), ("...i->...", (2, 3)), ("...i->i", (2, 3)), ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)), ("i,i,i->", (3,), (3,), (3,)),
    ("ij,jk->ik", (2, 1), (3, 4)), ("i...,i...->...", (2, 3), (2, 1)), ("ik,jk->ij", (2, 1), (4, 1)), ("", ()), (",->", (), ()),
    ("ij,jk->ik", (0, 3), (3, 4)), ("ij,jk->ik", (2, 0), (0, 4)), ("Ab,bA->A", (2, 3), (3, 2)), (" i j , j k -> i k ", (2, 3), (3, 4)),
]  # fmt: skip


def nodes(t):
    """The graph as text: the node's name and in brackets where its gradients go."""

    def told(node):
        if node is None:
            return "none"
        name = node.name().rpartition("::")[2]
        name = name.replace("SqueezeBackward4", "SqueezeBackward1")  # in place, on what matmul has just made
        return name if name == "AccumulateGrad" else f"{name}({', '.join(told(n) for n, _ in node.next_functions)})"

    return told(t.grad_fn)


def outcome(m, function, shapes):
    """(value, gradients, graph) of a function of tensors."""
    generator = np.random.default_rng(4)
    xs = [m.tensor(generator.uniform(0.5, 1.5, s).tolist(), dtype=m.float64).reshape(s).requires_grad_() for s in shapes]
    out = function(m, *xs)
    grads = m.autograd.grad((out * out).sum(), xs)
    return [np.array(t.tolist()) for t in (out, *grads)], nodes(out)


@pytest.mark.parametrize(("equation", "shapes"), [(e, s) for e, *s in EQUATIONS])
def test_einsum(equation, shapes):
    (ours, graph), (theirs, their_graph) = (outcome(m, lambda m, *xs: m.einsum(equation, *xs), shapes) for m in (lab, torch))
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    assert graph == their_graph


def test_numbers_for_letters():
    a, b = lab.ones(2, 3), lab.ones(3, 4)
    assert lab.einsum(a, [0, 1], b, [1, 2], [0, 2]).tolist() == lab.einsum("ij,jk->ik", a, b).tolist() == (a @ b).tolist()
    assert lab.einsum(a, [..., 0], [0]).tolist() == [2.0, 2.0, 2.0]
    assert lab.einsum(a, [0, 1]).shape == (2, 3)
    assert lab.einsum("ij->i", [a]).tolist() == [3.0, 3.0]


SHAPES = [((2,), (2,)), ((2,), (2, 3)), ((3, 2), (2,)), ((3, 2), (2, 4)), ((5, 3, 2), (2, 4)), ((5, 3, 2), (2,)), ((3, 2), (5, 2, 4)),
          ((2,), (5, 2, 4)), ((5, 3, 2), (5, 2, 4)), ((1, 3, 2), (5, 2, 4)), ((5, 3, 2), (1, 2, 4)), ((6, 1, 3, 2), (5, 2, 4)),
          ((6, 5, 3, 2), (2, 4)), ((6, 5, 3, 2), (6, 5, 2, 4)), ((0, 3, 2), (2, 4)), ((5, 3, 0), (0, 4))]  # fmt: skip


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("turned", [False, True])
def test_matmul(shapes, turned):
    def product(m, x, y):
        if turned:
            x, y = (t.transpose(-2, -1).contiguous().transpose(-2, -1) if t.dim() > 1 else t for t in (x, y))
        return x @ y

    (ours, graph), (theirs, their_graph) = (outcome(m, product, shapes) for m in (lab, torch))
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    assert graph == their_graph


RESHAPED = {
    "in order": lambda m, x: x.reshape(6), "turned": lambda m, x: x.t().reshape(6), "columns": lambda m, x: x[:, :2].reshape(2, 2, 1), "flatten": lambda m, x: x.t().flatten(),
    "ravel": lambda m, x: x.t().ravel(), "same": lambda m, x: x.t().reshape(3, 2), "of a size": lambda m, x: x.t().reshape(-1, 1), "contiguous": lambda m, x: x.t().contiguous(), "kron": lambda m, x: m.kron(x, x),
    "linear": lambda m, x: m.nn.functional.linear(x[None], x), "expanded": lambda m, x: x[:, None].expand(2, 2, 3).reshape(4, 3), "view": lambda m, x: x.view(3, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", RESHAPED)
def test_reshape(name):
    (ours, graph), (theirs, their_graph) = (outcome(m, RESHAPED[name], [(2, 3)]) for m in (lab, torch))
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    assert graph == their_graph


def test_a_copy_is_no_view_of_what_it_copies():
    x = lab.arange(6.0).reshape(2, 3)
    y = x.t().reshape(6)
    y.add_(1)
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]] and x._version == 0 and y._base is None and x._base is not None
    z = x[:, :2].reshape(2, 2, 1)
    z.zero_()
    assert x.tolist() == [[0, 0, 2], [0, 0, 5]] and z._base is x._base


D, F, L, H = "float64", "float32", "int64", "float16"
TYPES = [("mm", (2, 2), (2, 2)), ("matmul", (2, 2), (2, 2)), ("mv", (2, 2), (2,)), ("dot", (2,), (2,)), ("vdot", (2,), (2,)), ("bmm", (1, 2, 2), (1, 2, 2)), ("matmul", (1, 2, 2), (1, 2, 2)),
         ("matmul", (1, 2, 2), (2, 2)), ("matmul", (2, 2), (1, 2, 2)), ("matmul", (2,), (2, 2)), ("matmul", (2, 2), (2,)), ("matmul", (2,), (2,)), ("inner", (2,), (2,)), ("tensordot", (2, 2), (2, 2)),
         ("addmm", (2, 2), (2, 2), (2, 2)), ("addmv", (2,), (2, 2), (2,)), ("baddbmm", (1, 2, 2), (1, 2, 2), (1, 2, 2)), ("addbmm", (2, 2), (1, 2, 2), (1, 2, 2))]  # fmt: skip
MISTAKES = {
    f"{word} of {shapes} in {dtypes}": lambda m, word=word, shapes=shapes, dtypes=dtypes: getattr(m, word)(*(m.ones(s, dtype=getattr(m, d)) for s, d in zip(shapes, dtypes)))
    for word, *shapes in TYPES for dtypes in ([(D, F), (F, D), (L, F), (H, D)] if len(shapes) == 2 else [(D, F, F), (F, D, F), (F, F, D), (F, D, D), (D, F, D)])
} | {
    f"{word} of {shapes}": lambda m, word=word, shapes=shapes: getattr(m, word)(*map(m.ones, shapes))
    for word, *shapes in [
        ("baddbmm", (1, 2, 2), (1, 2, 2), (1, 3, 2)), ("baddbmm", (2, 2, 2), (1, 2, 2), (1, 2, 2)), ("baddbmm", (2, 2), (2, 2), (1, 2, 2)), ("baddbmm", (1, 2, 2), (2, 2), (1, 2, 2)),
        ("baddbmm", (3,), (1, 2, 2), (1, 2, 2)), ("baddbmm", (1, 2, 2), (1, 2, 2), (2, 2, 2)), ("baddbmm", (1, 2, 2, 2), (1, 2, 2), (1, 2, 2)), ("addbmm", (2, 2), (1, 2, 2), (2, 2, 2)),
        ("addbmm", (2, 2), (2, 2), (1, 2, 2)), ("addbmm", (2, 2), (1, 2, 2), (2, 2)), ("addbmm", (2, 2), (1, 2, 3), (1, 2, 2)), ("addbmm", (3, 3), (1, 2, 2), (1, 2, 2)), ("addbmm", (1, 2, 2), (1, 2, 2), (1, 2, 2)),
        ("matmul", (2, 2), (3,)), ("matmul", (3,), (2, 2)), ("matmul", (2, 3, 4), (5,)), ("matmul", (3,), (2, 4, 5)), ("matmul", (2, 3, 4), (3, 4, 5)), ("matmul", (2, 3, 4), (2, 5, 5)),
        ("matmul", (2, 3, 4), (5, 5)), ("matmul", (5, 5), (2, 3, 4)), ("matmul", (2, 2, 3, 4), (3, 4, 5)), ("matmul", (), (2,)),
    ]
} | {
    f"einsum {equation!r} of {shapes}": lambda m, equation=equation, shapes=shapes: m.einsum(equation, *map(m.ones, shapes))
    for equation, *shapes in [
        ("ij,jk->ik", (2, 3)), ("ij", (2, 3), (3, 4)), ("ij->ik", (2, 3)), ("ijk->i", (2, 3)), ("i->i", (2, 3)), ("ij,ij->ij", (2, 3), (3, 4)), ("ij,jk->ii", (2, 3), (3, 4)), ("ij,jk->iz", (2, 3), (3, 4)),
        ("i1->i", (2, 3)), ("ii->i", (2, 3)), ("..i->i", (2, 3)), ("i......->i", (2, 3)), ("ij->..", (2, 3)), ("ij->......", (2, 3)), ("", (2, 3)), ("ij;jk", (2, 3)), ("ij,jk->ik", (2, 3), (5, 4)),
        ("ij,jk - >ik", (2, 3), (3, 4)), ("ij,jk->ik->", (2, 3), (3, 4)), ("...ijk->i", (2, 3)),
    ]
} | {
    "einsum of a number": lambda m: m.einsum("ij,jk->ik", m.ones(2, 3), 1), "einsum of two dtypes": lambda m: m.einsum("ij,jk->ik", m.ones(2, 3, dtype=m.float64), m.ones(3, 4)),
    "linear": lambda m: m.nn.functional.linear(m.ones(2, 3), m.ones(4, 2)), "linear with a bias": lambda m: m.nn.functional.linear(m.ones(2, 3), m.ones(4, 3), m.ones(3)),
    "linear of two dtypes": lambda m: m.nn.functional.linear(m.ones(2, 3, dtype=m.float64), m.ones(4, 3)), "linear of three": lambda m: m.nn.functional.linear(m.ones(2, 3, dtype=m.float64), m.ones(4, 3), m.ones(4)),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_refused_in_pytorchs_words(mistake):
    told = []
    for m in (lab, torch):
        with pytest.raises(Exception) as raised:  # noqa: PT011
            MISTAKES[mistake](m)
        told.append((type(raised.value).__name__, str(raised.value)))
    assert told[0] == told[1]
