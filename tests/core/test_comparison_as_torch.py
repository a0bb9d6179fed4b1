"""Comparing tensors, and using them as keys, against PyTorch."""

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

EXPRESSIONS = [
    "x == None", "x != None", "None == x", "x == 'a'", "x != 'a'", "x == [1., 2.]", "x == (1, 2)", "x == object()",
    "None in [x]", "x in [None]", "x < None", "x >= 'a'", "None < x", "x == np.array([1., 3.])", "x == np.float64(1)",
    "x == True", "x != 2", "x > 1", "x == m.zeros(3)", "x < m.zeros(3)", "m.tensor(1.) == None", "m.tensor(1.) == 1",
    "hash(x) == id(x)", "{x: 5}[x]", "len({x, x, m.tensor([1., 2.])})",
]  # fmt: skip


def outcome(expression, m):
    """What the expression gives: a value, or the exception's class and sentence."""
    try:
        found = eval(expression, {"m": m, "np": np, "x": m.tensor([1.0, 2.0])})
    except Exception as error:
        return type(error).__name__, str(error).splitlines()[0]
    return found.tolist() if hasattr(found, "tolist") else found


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_comparison(expression):
    assert outcome(expression, lab) == outcome(expression, torch)
