"""Recorded PyTorch sessions, run on us: same output, same exception, same warnings.

`torch_golden.json` was recorded on torch 2.13. A case sees us under the name `torch`. Compared are stdout, the exception's
class and first sentence, and each warning's class and first sentence. Object addresses differ from run to run and are
blanked on both sides; so are numbers that tell how much ran in the process before the case (`RELATIVE`).
"""

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import io
import json
import re
import sys
import warnings
from pathlib import Path

import pytest

import autograd_lab

CASES = json.loads((Path(__file__).parent / "torch_golden.json").read_text())["cases"]

TIMED = {"s1:S3 profiler"}  # measured times, and the shares they are of their sum

RELATIVE = {"s7:topo order / sequence numbers"}  # absolute sequence numbers: compared as distances from the first


# Numbers that depend on the last bit of a float32: the case's printed numbers agree to this many digits.
ROUNDED = {
    "s4:S4 training loop fixed small": 6,  # 20 steps of matrix products, each BLAS adding in its own order
    "s7:checkpoint": 4,  # a cosine of an exponential; PyTorch's and NumPy's exp(1.0) differ in the last bit
}


class _UnderTheNameOfTorch(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds `torch.x.y` where `autograd_lab.x.y` is."""

    def find_spec(self, name, path=None, target=None):
        if not name.startswith("torch."):
            return None
        try:
            self.found = importlib.import_module("autograd_lab" + name[len("torch") :])
        except ModuleNotFoundError:
            return None
        return importlib.machinery.ModuleSpec(name, self)

    def create_module(self, spec):
        return self.found

    def exec_module(self, module):
        """It ran when it was imported under its own name."""


@pytest.fixture
def as_torch(monkeypatch):
    """`import torch`, and everything below it, finds autograd_lab."""
    kept = {name: module for name, module in sys.modules.items() if name == "torch" or name.startswith("torch.")}
    specs = {name: module.__spec__ for name, module in sys.modules.items() if name.startswith("autograd_lab")}
    for name in kept:
        del sys.modules[name]
    finder = _UnderTheNameOfTorch()
    sys.meta_path.insert(0, finder)
    sys.modules["torch"] = autograd_lab
    yield autograd_lab
    sys.meta_path.remove(finder)
    for name in [name for name in sys.modules if name == "torch" or name.startswith("torch.")]:
        del sys.modules[name]
    sys.modules.update(kept)
    for name, module in list(sys.modules.items()):
        if name.startswith("autograd_lab"):
            module.__spec__ = specs.get(name) or importlib.machinery.ModuleSpec(
                name, module.__spec__.loader, is_package=hasattr(module, "__path__")
            )


def clean(text):
    return re.sub(r"0x[0-9a-f.]+", "0x..", text or "")


def first_sentence(text):
    """Up to the first full stop, or the first line: what people paste into a search box."""
    return re.split(r"(?<=[.!])\s|\n", clean(text).strip(), maxsplit=1)[0][:300]


def relative(text):
    """Lists of numbers as distances from their first: ``[34, 35]`` and ``[7, 8]`` are both ``[0, 1]``."""

    def distances(match):
        numbers = json.loads(match.group())
        return str([n - numbers[0] for n in numbers])

    return re.sub(r"\[\d+(, \d+)*\]", distances, text)


def rounded(text, digits):
    """Numbers with so many digits."""
    return re.sub(r"-?\d+\.\d+", lambda match: f"{float(match.group()):.{digits - 1}e}", text)


def run(case):
    """(stdout, exception or None, [(class, text)]) of a case run on us."""
    autograd_lab.manual_seed(0)
    out, raised = io.StringIO(), None
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(out), autograd_lab.set_grad_enabled(True):
        warnings.simplefilter("always")
        try:
            exec(compile(case["code"], "<cell>", "exec"), {"torch": autograd_lab})
        except Exception as error:
            raised = error
    return out.getvalue(), raised, [(w.category.__name__, str(w.message)) for w in caught]


def said(found):
    """Warnings for comparison; torch.jit's own about itself are none of autograd's."""
    return [(kind, first_sentence(text)) for kind, text in found if "torch.jit" not in text]


def differences(case):
    """Everything in which we and the record disagree."""
    out, raised, caught = run(case)
    ours, theirs = clean(out), clean(case["stdout"])
    if case["id"] in TIMED:
        ours, theirs = (re.sub(r" *\d+\.\d+(us|ms|%)", " #", text) for text in (ours, theirs))
    if case["id"] in RELATIVE:
        ours, theirs = relative(ours), relative(theirs)
    if case["id"] in ROUNDED:
        ours, theirs = (rounded(text, ROUNDED[case["id"]]) for text in (ours, theirs))
    pairs = {
        "raised": (type(raised).__name__ if raised else None, case["raises"]),
        "message": (first_sentence(str(raised or "")), first_sentence(case["message"])),
        "printed": (ours, theirs),
        "warned": (said(caught), said(case["warnings"])),
    }
    return {what: pair for what, pair in pairs.items() if pair[0] != pair[1]}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case, as_torch):
    found = differences(case)
    assert not found, "\n".join(f"{what}: {ours!r}\n wanted: {theirs!r}" for what, (ours, theirs) in found.items())


def test_every_case_is_run():
    assert len(CASES) == 280
    assert {case["id"] for case in CASES} >= {*TIMED, *RELATIVE, *ROUNDED}
