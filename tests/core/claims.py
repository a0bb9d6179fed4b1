"""Claims that are run here and in PyTorch: what each gives, raises and warns of must be the same."""

import re
import warnings
from contextlib import contextmanager

import pytest

import autograd_lab as lab

their_torch = pytest.importorskip("torch")


class Claims(dict):
    """Name -> a function that shows it; no name twice, or the first would never be run."""

    def show(self, name, function):
        assert name not in self, f"two claims are called {name!r}"
        self[name] = function


def outcome(function):
    """What it gives or raises, and each warning's class and first line."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = str(function())
        except Exception as error:
            result = type(error).__name__, str(error).split("\n")[0]
    said = [(w.category.__name__, str(w.message).split("\n")[0].split(" (Triggered")[0]) for w in caught]
    return re.sub("autograd_lab", "torch", str(result)), said


_NO_DRIVER = "RuntimeError: Found no NVIDIA driver on your system"
_NO_DEVICE = (
    "AssertionError: Torch not compiled with CUDA enabled",
    "RuntimeError: Cannot access accelerator device when none is available",
)


def of_its_cpu_build(theirs, ours):
    """What PyTorch built for CUDA says of a machine without its driver, as its build for CPUs says it; that is what ours says."""
    missing = isinstance(theirs, str) and theirs.startswith(_NO_DRIVER)
    return ours if missing and ours.startswith(_NO_DEVICE) else theirs


@contextmanager
def every_warning():
    """PyTorch gives some warnings once a process; in here each time, whatever ran before."""
    before = [(m, m.is_warn_always_enabled()) for m in (lab, their_torch)]
    for m, _ in before:
        m.set_warn_always(True)
    try:
        yield
    finally:
        for m, was in before:
            m.set_warn_always(was)


def each(claims):
    """A test of every claim: ``claims(torch)`` gives them for either library."""
    ours, theirs = claims(lab), claims(their_torch)

    @pytest.mark.parametrize("name", ours)
    def test(name):
        with every_warning(), lab.set_grad_enabled(True), their_torch.set_grad_enabled(True):
            assert outcome(ours[name]) == outcome(theirs[name])

    return test
