"""jacobian, hessian and products with vectors, against PyTorch: values, structure, graphs and refusals."""

import itertools
import warnings

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

FUNCTIONS = {
    "square": (lambda m, x: x * x, 1), "sum of cubes": (lambda m, x: (x**3).sum(), 1), "matrix": (lambda m, x: x[:, None] * x, 1),
    "two outputs": (lambda m, x: (x.exp(), x.sum()), 1), "two inputs": (lambda m, x, y: x * y.sum(), 2),
    "number of two": (lambda m, x, y: (x * x * y).sum(), 2), "independent of one": (lambda m, x, y: x * 2, 2),
    "linear": (lambda m, x: (x * 2).sum(), 1), "constant": (lambda m, x: m.ones(2), 1), "of a view": (lambda m, x: x[:1].sin().sum(), 1),
    "not a tensor": (lambda m, x: 3, 1), "list": (lambda m, x: [x, 3], 1),
}  # fmt: skip


WORDS = "jacobian hessian vjp jvp vhp hvp".split()


def plain(x):
    if isinstance(x, tuple):
        return tuple(plain(y) for y in x)
    return np.round(np.array(x.detach().tolist()), 9).tolist(), x.requires_grad, tuple(x.shape)


def outcome(m, name, word, **options):
    function, count = FUNCTIONS[name]
    xs = tuple(m.tensor([0.5 + i, 1.5 + i], dtype=m.float64) for i in range(count))
    xs = xs[0] if count == 1 else xs
    if options.pop("vector", False):
        options["v"] = m.tensor([1.0, 3.0], dtype=m.float64) if count == 1 else (m.ones(2, dtype=m.float64),) * 2
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*torch.jit")  # torch's own, when it vectorizes
            return _plain_result(m, word, function, xs, options)
    except Exception as error:
        return type(error).__name__, str(error)


def _plain_result(m, word, function, xs, options):
    return plain(getattr(m.autograd.functional, word)(lambda *a: function(m, *a), xs, **options))


@pytest.mark.parametrize(("name", "word"), list(itertools.product(FUNCTIONS, WORDS)))
def test_as_torch(name, word):
    flags = [{}, {"create_graph": True}, {"strict": True}, {"strict": True, "create_graph": True}]
    if word in ("vjp", "jvp", "vhp", "hvp"):
        flags += [{**f, "vector": True} for f in flags]
    for options in flags:
        assert outcome(lab, name, word, **options) == outcome(torch, name, word, **options), options


@pytest.mark.parametrize("options", [
    {"strategy": "forward-mode", "vectorize": True}, {"strategy": "forward-mode"}, {"strategy": "sideways"},
    {"strategy": "forward-mode", "strict": True}, {"vectorize": True, "strict": True}, {"vectorize": True}])  # fmt: skip
def test_ways_to_a_jacobian(options):
    for name in ("square", "two outputs", "matrix"):
        assert outcome(lab, name, "jacobian", **options) == outcome(torch, name, "jacobian", **options)


def test_a_graph_leads_back_to_the_callers_tensors():
    found = []
    for m in (lab, torch):
        x = m.tensor([1.0, 2.0], dtype=m.float64, requires_grad=True)
        j = m.autograd.functional.jacobian(lambda x: x**3, x, create_graph=True)
        (g,) = m.autograd.grad(j.sum(), x)
        found.append((j.tolist(), g.tolist()))
    assert found[0] == found[1]
