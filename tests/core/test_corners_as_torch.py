"""Unusual calls, a line each in corners.txt: numbers where vectors are meant, no dimensions, integers, wrong kinds. What each gives,
raises and warns of is PyTorch's."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import autograd_lab as lab

from .claims import every_warning

torch = pytest.importorskip("torch")
CALLS = Path(__file__).with_name("corners.txt").read_text().splitlines()


def names(m):
    m.manual_seed(0)
    return {"torch": m, "F": m.nn.functional, "np": np, "s": m.tensor(1.0), "x": m.arange(6.0).reshape(2, 3), "v": m.arange(3.0),
            "i": m.tensor([0, 1]), "b": m.tensor([True, False, True]), "e": m.zeros(0), "c": m.ones(2, dtype=m.complex64),
            "r": m.ones(2, 3, requires_grad=True)}  # fmt: skip


def outcome(m, call):
    """The first sentence of what it gives or raises, and of what it warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            said = str(eval(call, names(m)))
        except Exception as error:
            said = f"{type(error).__name__}: {error}".split(". ")[0].split("\n")[0].rstrip(".")
    said = re.sub("0x[0-9a-f]+", "0x", said.replace("autograd_lab", "torch"))
    return said, [str(w.message).split(". ")[0].split(" (Triggered")[0].rstrip(".") for w in caught]


@pytest.mark.parametrize("call", CALLS)
def test_outcome(call):
    with every_warning():
        assert outcome(lab, call) == outcome(torch, call)
