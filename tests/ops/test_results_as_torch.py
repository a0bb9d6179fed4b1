"""What a result is beside its values: a view, and of what, and the nodes that a write to it leaves, as in PyTorch."""

import pytest
import torch

import autograd_lab as lab
from autograd_lab.core.ops import later

from .samples import Maker, collect
from .written import tensors

later.load_all()
SAMPLES = collect()
pytestmark = pytest.mark.filterwarnings("ignore")


def said(m, sample, recording):
    """Of each result: the shape of its base, and its node and its base's after a write; the error of what raises."""
    m.manual_seed(0)
    try:
        with m.set_grad_enabled(recording):
            results = tensors(sample(m, Maker(m, "float64")), m)
    except (IndexError, NotImplementedError, RuntimeError) as error:
        return type(error).__name__
    return [(tuple(out._base.shape) if out._is_view() else None, written(out)) for out in results]


def written(out):
    try:
        out.mul_(2)
    except RuntimeError as error:
        return str(error).split(".")[0]
    return [t.grad_fn.name() for t in (out, out._base) if t is not None and t.grad_fn is not None]


@pytest.mark.parametrize("recording", [True, False])
@pytest.mark.parametrize("name", SAMPLES)
def test_a_result_is_a_view_where_pytorchs_is(name, recording):
    ours, theirs = ([said(m, sample, recording) for sample in SAMPLES[name]] for m in (lab, torch))
    assert ours == theirs


def test_indices_of_what_is_not_zero_are_contiguous():
    for m in (lab, torch):
        rows, columns = m.tensor([[1, 0, 2], [0, 3, 4]]).nonzero(as_tuple=True)
        assert rows.stride() == columns.stride() == (1,) and columns.storage_offset() == 4
