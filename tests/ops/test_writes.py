"""Writing over what an operation has saved: refused, or harmless. Never a wrong gradient."""

import inspect
import warnings

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core.ops import later

from .samples import Maker, collect

later.load_all()
SAMPLES = collect()
PLACES = [("input", 0), ("input", 1), ("input", 2), ("output", 0), ("output", 1)]
pytestmark = pytest.mark.filterwarnings("ignore")


class Operands:
    """A maker whose leaves are multiplied by 1, so that they may be written over."""

    def __init__(self):
        self.maker, self.made = Maker(lab, "float64"), []

    def __call__(self, *shape, **options):
        return self._keep(self.maker(*shape, **options))

    def _keep(self, x):
        if isinstance(x, lab.Tensor) and x.requires_grad:
            x = x * 1
            self.made.append(x)
        return x

    def __getattr__(self, name):
        found = getattr(self.maker, name)
        return (lambda *args, **options: self._keep(found(*args, **options))) if inspect.ismethod(found) else found


def tensors(out):
    if isinstance(out, lab.Tensor):
        return [out]
    return [t for o in out for t in tensors(o)] if isinstance(out, tuple | list) else []


def gradients(sample, where, position, write):
    """The gradients after a write to one operand or result; None if it is refused or there is no such place."""
    operands = Operands()
    outs = tensors(sample(lab, operands))
    places = operands.made if where == "input" else outs
    if position >= len(places) or places[position]._array.dtype.kind not in "fi":
        return None
    kept = [out * 1 for out in outs if out.requires_grad]
    if write:
        try:
            with lab.no_grad():
                written = places[position]
                written.mul_(0.37) if written.is_floating_point() else written.add_(1)
        except RuntimeError:
            return None
    leaves = [leaf for leaf in operands.maker.leaves if leaf.requires_grad]
    if not kept or not leaves:
        return None
    try:
        return lab.autograd.grad([out.sum() for out in kept], leaves, allow_unused=True)
    except RuntimeError as error:
        if "modified by an inplace operation" in str(error) or "has been modified inplace" in str(error):
            return None
        raise


@pytest.mark.parametrize("name", SAMPLES)
def test_a_write_is_refused_or_harmless(name):
    for number, sample in enumerate(SAMPLES[name]):
        for place in PLACES:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    untouched = gradients(sample, *place, False)
                except RuntimeError:
                    continue  # no derivative at all
                after = gradients(sample, *place, True)
            for a, b in zip(untouched or (), after or ()):
                assert (a is None) == (b is None), (number, place)
                assert a is None or np.allclose(a._array, b._array, equal_nan=True), (number, place)
