"""Eight hundred lines with a mistake in them, in PyTorch and here: both refuse, with the same class and first sentence."""

import re
import warnings
from pathlib import Path

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

SETUP = """from copy import deepcopy
nn, F, optim, autograd, func, linalg = torch.nn, torch.nn.functional, torch.optim, torch.autograd, torch.func, torch.linalg
x, m, v, s, i, c = torch.ones(2, 3), torch.ones(2, 3) > 0, torch.ones(3), torch.tensor(1.0), torch.arange(3), torch.ones(2, dtype=torch.complex64)
r, rv = torch.ones(2, 3, requires_grad=True), torch.ones(3, requires_grad=True)
y = r * 2
w = nn.Parameter(torch.ones(3))
"""
LINES = [
    (file.stem, line)
    for file in sorted((Path(__file__).parent / "mistakes").glob("*.txt"))
    for line in file.read_text().splitlines()
]
APART = {  # lines that are refused in other words, and why
    "func.jvp(lambda t: t, (v,), 1)": "the number is no tuple, which is said before structures are compared",
    "func.vmap(lambda t, u: u.add_(t), in_dims=(0, None))(v, torch.tensor(1.0))": "examples are taken one by one: there is no batch to broadcast",
    "F.interpolate(x)": "an image without spatial dimensions is said to be none before its size is asked for",
}


def first_sentence(text):
    text = re.sub(r"^Tensor\.(\w+\(\) takes)", r"TensorBase.\1", text)  # CPython says either, by how a method is called
    return re.split(r"(?<=[.!])\s|\n", text.strip(), maxsplit=1)[0]


def said(m, line):
    """(class, first sentence) of the refusal; None if the line is taken."""
    names = {"torch": m}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(SETUP, names)
            exec(line, names)
    except Exception as error:
        return type(error).__name__, first_sentence(str(error))
    finally:
        m.set_default_dtype(m.float32)
    return None


@pytest.mark.parametrize(("topic", "line"), LINES)
def test_it_is_refused_as_in_pytorch(topic, line):
    ours, theirs = said(lab, line), said(torch, line)
    assert theirs is not None, "PyTorch takes this line: it belongs elsewhere"
    assert ours is not None, f"taken silently; PyTorch says {theirs}"
    if line in APART:
        assert ours[0] not in ("AssertionError", "AttributeError", "KeyError"), ours
    else:
        assert ours == theirs


def test_there_are_many_and_none_twice():
    lines = [line for _, line in LINES]
    assert len(lines) > 800
    assert len(set(lines)) == len(lines)
    assert set(APART) <= set(lines)
