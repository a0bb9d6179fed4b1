"""Walks through the engine, one file in walks/ a topic: short programs that print as they go, run here and in PyTorch.

`P` prints; `R` calls and prints what is given or raised. What is printed and the first sentence of each warning must agree.
"""

import copy
import gc
import math
import pickle
import re
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

import autograd_lab as lab
import autograd_lab.func
import autograd_lab.overrides
import autograd_lab.utils.checkpoint

from .claims import every_warning

torch = pytest.importorskip("torch")
import torch.func  # noqa: E402
import torch.overrides  # noqa: E402
import torch.utils.checkpoint  # noqa: E402
import torch.utils.hooks  # noqa: E402

WALKS = {
    f"{file.stem}: {title}": program
    for file in sorted(Path(__file__).with_name("walks").glob("*.txt"))
    for title, program in re.findall(r"^--- ([^\n]*)\n(.*?)(?=^---|\Z)", file.read_text(), re.M | re.S)
}


def first_sentence(text):
    return re.split(r"(?<=\.)\s", str(text).strip().split("\n")[0])[0].rstrip(".")


def walked(m, program):
    said = []

    def P(*values):
        said.append(" ".join(map(str, values)))

    def R(function):
        try:
            P("gave", function())
        except (Exception, KeyboardInterrupt) as error:
            P("raised", type(error).__name__, first_sentence(error))

    names = {"P": P, "R": R, "torch": m, "leaf": lambda *shape: m.ones(*shape, requires_grad=True), "np": np, "copy": copy,
             "pickle": pickle, "gc": gc, "math": math, "threading": threading, "nn": m.nn, "F": m.nn.functional,
             "ag": m.autograd, "fwAD": m.autograd.forward_ad, "Fn": m.autograd.Function, "__name__": "walk"}  # fmt: skip
    with warnings.catch_warnings(record=True) as caught, m.set_grad_enabled(True):
        warnings.simplefilter("always")
        m.manual_seed(0)
        exec(program, names)
    said += [
        f"{w.category.__name__}: {first_sentence(w.message)}"
        for w in caught
        if not re.search("torch.jit|__array_|torch.(qr|lu) is deprecated|There is a performance drop", str(w.message))
    ]
    return [re.sub("0x[0-9a-f]+", "0x", line.replace("autograd_lab", "torch")) for line in said]


@pytest.mark.parametrize("walk", WALKS)
def test_walk(walk):
    with every_warning():
        assert walked(lab, WALKS[walk]) == walked(torch, WALKS[walk])
