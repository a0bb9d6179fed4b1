"""What is written into the text: plain arithmetic, and nothing that could come out differently later."""

import inspect

import numpy as np
import pytest

import autograd_lab as torch
from autograd_lab.core.expressions import Numpys, as_text
from autograd_lab.core.namespaces import NUMPY
from autograd_lab.core.primitive import PRIMITIVES
from autograd_lab.core.products import LARGE

SLOPE = 3


def test_the_generated_text_is_there_to_be_read():
    PRIMITIVES["mul"].build()
    assert "x_grad = g * y" in PRIMITIVES["mul"].source and "def apply" in PRIMITIVES["mul"].source


def test_plain_arithmetic_becomes_one_expression():
    assert as_text(lambda xp, out: 1 - out * out, "NUMPY", ["out"]) == "(1 - (out * out))"
    assert as_text(lambda xp, g, x: -g / xp.sqrt(x), "TENSORS", ["g", "x"]) == "((-g) / TENSORS.sqrt(x))"
    assert as_text(lambda xp, g: g, "NUMPY", ["g"]) == "g"


def branch(xp, g, low):
    return g if low is None else g * low


def twice(xp, x):
    root = xp.sqrt(x)
    return root * root


def closure(slope=2):
    def rule(xp, g):
        return g * factor

    factor = slope
    return rule


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (branch, ["g", "low"]),  # a Term is not None, so one branch would be taken for good
        (twice, ["x"]),  # written out, the root would be computed twice
        (lambda xp, g: g * SLOPE, ["g"]),  # the global may change later
        (closure(), ["g"]),
        (lambda xp, g: g.astype("f4"), ["g"]),
        (lambda xp, x, y: x and y, ["x", "y"]),
        (lambda xp, x: x * "a", ["x"]),
    ],
)
def test_anything_else_is_called(function, names):
    assert as_text(function, "NUMPY", names) is None


@pytest.mark.parametrize("sizes", [(3, 4, 2), (50, 2, 60), (400, 1, 200), (2, 300, 2), (260, 5, 260)])
def test_products_are_written_out_but_for_large_ones(sizes, monkeypatch):
    m, k, n = sizes
    called = []
    monkeypatch.setattr(NUMPY, "large_mm", lambda x, y: called.append(1) or x.dot(y), raising=False)
    values = {"x": np.arange(m * k).reshape(m, k), "y": np.arange(k * n).reshape(k, n), "g": np.arange(m * n).reshape(m, n)}
    x, y, g = values["x"], values["y"], values["g"]
    for function, expected in {
        (lambda xp, x, y: xp.mm(x, y)): x @ y,
        (lambda xp, g, y: xp.mm(g, xp.mT(y))): g @ y.T,
        (lambda xp, g, x: xp.mm(xp.mT(x), g)): x.T @ g,
    }.items():
        called.clear()
        text = as_text(function, "NUMPY", function.__code__.co_varnames[1:3], Numpys)
        assert np.array_equal(eval(text, {"NUMPY": NUMPY} | values), expected)
        assert bool(called) == (expected.size >= LARGE)


def cases():
    for op in PRIMITIVES.values():
        for x, rule in op.rules.items():
            names = rule.reads if rule.is_partial else ("g", *rule.reads)
            text = as_text(rule.function, "NUMPY", names)
            arrays = all(name in ("g", "out", *op.inputs) for name in names)
            if text is not None and arrays and "mm" not in text and "matmul" not in text and "mT" not in text:
                yield pytest.param(text, rule.function, names, id=f"{op.__name__}-{x}")


@pytest.mark.parametrize(("text", "function", "names"), [*cases()])
def test_the_text_of_a_rule_computes_what_the_rule_computes(text, function, names):
    random = np.random.default_rng(0)
    values = {name: random.uniform(0.1, 0.9, (3, 4)) for name in names}
    with np.errstate(all="ignore"):  # acosh is not a number below 1
        said = eval(text, {"NUMPY": NUMPY} | values)
        assert np.array_equal(said, function(NUMPY, *values.values()), equal_nan=True)


def test_an_operation_declared_by_a_user_is_written_too():
    from autograd_lab.core.primitive import primitive

    @primitive
    def cubed(xp, x):
        return x * x * x

    @cubed.partial("x")
    def cubed_dx(xp, x):
        return 3 * x * x

    try:
        x = torch.tensor([2.0], requires_grad=True)
        cubed(x).backward()
        assert x.grad.tolist() == [12.0]
        assert "g * ((3 * x) * x)" in cubed.source and "cubed__x_rule(" not in cubed.source
    finally:
        del PRIMITIVES["cubed"]
    assert inspect.isfunction(cubed.rules["x"].function)
