"""Where values come from."""

import autograd_lab as torch
from autograd_lab.core import births
from autograd_lab.core.primitive import PRIMITIVES


def ones(*shape, **kw):
    return torch.ones(*shape, requires_grad=True, **kw)


def test_births_are_recorded_only_while_someone_records():
    x = ones(1)
    (x * 2).sum()
    with births.noting():
        y = (x * 2).sum()
    birth = births.birth_of(y.grad_fn)
    assert birth.op is PRIMITIVES["sum"] and birth.filename == __file__ and birth.inputs[0].tensor is not None
    assert births.birth_of((x * 2).grad_fn) is None
