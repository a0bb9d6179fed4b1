"""One claim about modules, asked of this package and of PyTorch: the same values, gradients, names, text, errors, warnings."""

import re
import warnings

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab import nn, optim  # noqa: F401  (found as lab.nn, lab.optim below)
from tests.core.claims import of_its_cpu_build

torch = pytest.importorskip("torch")


def calls(text):
    """The calls that stand in a table, a bar between two."""
    return [call.strip() for line in text.strip().splitlines() for call in line.split(" | ")]


def plain(x):
    """What a claim told, in words both sides have: arrays with their dtypes, names of types, lists, dicts."""
    if isinstance(x, (lab.Tensor, torch.Tensor)):
        x = x.detach()
        return str(x.dtype), tuple(x.shape), np.asarray(x.tolist())
    if isinstance(x, dict):
        return {plain(k): plain(v) for k, v in x.items()}
    if isinstance(x, (tuple, list, map, filter)) or hasattr(x, "__next__"):
        return [plain(y) for y in x]
    return x if isinstance(x, (str, float, int, bool, type(None))) else repr(x)


def first_sentence(text: str) -> str:
    return re.split(r"\.\s|\n", re.sub(r"0x[0-9a-f]+", "0x", text))[0].rstrip(".")


def outcome(m, claim):
    """(what it told or the error's type and first sentence, the warnings' first sentences)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        m.manual_seed(0)
        try:
            told = plain(claim(m))
        except Exception as error:
            told = f"{type(error).__name__}: {first_sentence(str(error))}"
    return told, [first_sentence(str(w.message)) for w in caught]


def difference(a, b, rtol, where="") -> str | None:
    """The first place where two outcomes differ, and how; None if they agree."""
    if type(a) is not type(b):
        return f"{where}: {str(a)[:300]} here, {str(b)[:300]} in PyTorch"
    if isinstance(a, dict):
        if list(a) != list(b):
            return f"{where}: keys {list(a)} here, {list(b)} in PyTorch"
        a, b, names = list(a.values()), list(b.values()), list(a)
    elif isinstance(a, (list, tuple)):
        names = range(len(a))
    else:
        same = (
            np.allclose(a, b, rtol, rtol, equal_nan=True)
            if isinstance(a, (np.ndarray, float)) and np.shape(a) == np.shape(b)
            else a == b
        )
        return None if same else f"{where}:\n{a}\nhere,\n{b}\nin PyTorch"
    if len(a) != len(b):
        return f"{where}: {len(a)} things here, {len(b)} in PyTorch"
    return next(filter(None, (difference(x, y, rtol, f"{where}[{name!r}]") for name, x, y in zip(names, a, b))), None)


def holds(claim, rtol=3e-6, warnings=True) -> None:
    """Assert that both tell the same, and warn of the same unless not ``warnings``."""
    (ours, warned), (theirs, expected) = outcome(lab, claim), outcome(torch, claim)
    if told := difference(ours, of_its_cpu_build(theirs, ours), rtol):
        pytest.fail(told)
    assert not warnings or warned == expected


def trained(m, module, *inputs):
    """What a layer does: its text, its state, its output for ``inputs`` and every gradient."""
    layer = module(m)
    inputs = [x(m) if callable(x) else x for x in inputs]
    leaves = [x for x in inputs if isinstance(x, m.Tensor) and x.is_floating_point()]
    for x in leaves:
        x.requires_grad_()
    state = {name: value.clone() for name, value in layer.state_dict().items()}
    out = layer(*inputs)
    total, stack = m.zeros(()), [out]
    while stack:
        y = stack.pop()
        if isinstance(y, (tuple, list)):
            stack.extend(y)
        elif isinstance(y, m.Tensor) and y.requires_grad:
            total = total + (y * m.linspace(0.5, 2, y.numel(), dtype=y.dtype).reshape(y.shape)).sum()
    if total.requires_grad:
        total.backward()
    gradients = {name: p.grad for name, p in layer.named_parameters()}
    layer.eval()
    return repr(layer), state, out, gradients, [x.grad for x in leaves], dict(layer.state_dict()), layer(*inputs)
