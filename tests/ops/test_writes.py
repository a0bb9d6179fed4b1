"""Writing over what an operation has saved: refused, or harmless. Never a wrong gradient."""

import warnings

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core.ops import later

from .samples import collect
from .written import PLACES, Operands, tensors

later.load_all()
SAMPLES = collect()
pytestmark = pytest.mark.filterwarnings("ignore")


def gradients(sample, where, position, write):
    """The gradients after a write to one operand or result; None if it is refused or there is no such place."""
    operands = Operands(lab)
    outs = tensors(sample(lab, operands), lab)
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
