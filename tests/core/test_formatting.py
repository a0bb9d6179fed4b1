"""Tensors print as PyTorch prints them, whatever ``set_printoptions`` says; so do tuples of results with names."""

import math
import random

import pytest
import torch

import autograd_lab as lab

POOLS = {
    "floats": [0.0, 1.0, -1.0, 2.5, 1e-5, 1e5, 1e9, math.inf, -math.inf, math.nan, 100.0, 0.1234567, 12345.678],
    "integers": [0, 1, -1, 100, 12345, 7], "booleans": [True, False], "zeros": [0.0, math.inf, math.nan],
    "complex": [0j, 1 + 1j, 2.5 - 1j, 1e-5 + 1e5j, complex(math.inf, 1), complex(0, math.nan), -1 - 0.5j],
}  # fmt: skip
OPTIONS = [{}, {"precision": 2}, {"sci_mode": True}, {"sci_mode": False}, {"linewidth": 40}, {"threshold": 5, "edgeitems": 1},
           {"profile": "short"}, {"profile": "full"}, {"precision": 6, "linewidth": 120}, {"edgeitems": 2, "threshold": 3}]  # fmt: skip


def nest(shape, draw, pool):
    return [nest(shape[1:], draw, pool) for _ in range(shape[0])] if shape else draw.choice(pool)


@pytest.fixture
def _default_afterwards():
    yield
    for m in (torch, lab):
        m.set_printoptions(profile="default")


@pytest.mark.usefixtures("_default_afterwards")
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_set_printoptions(options):
    draw = random.Random(0)
    for m in (torch, lab):
        m.set_printoptions(profile="default")
        m.set_printoptions(**options)
    for pool in POOLS.values():
        for shape in [(), (1,), (2,), (3,), (40,), (3, 4), (2, 3, 4), (0,), (2, 0), (12, 3)]:
            data = nest(shape, draw, pool)
            assert repr(lab.tensor(data)) == repr(torch.tensor(data))


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "float16", "int32"])
@pytest.mark.parametrize("wants", [False, True])
def test_what_follows_the_elements_goes_to_a_new_line_where_pytorch_breaks(dtype, wants):
    for n in range(1, 40):
        for number in (1.0, 10.5, 100.5, 1000.0):
            ours, theirs = (
                m.tensor([number] * n, dtype=m.float64).to(getattr(m, dtype)).requires_grad_(wants and dtype != "int32")
                for m in (lab, torch)
            )
            assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("call", """
    x.max(0) | x.min(1) | x.sort() | x.topk(2) | x.median(0) | x.nanmedian(0) | x.mode(0) | x.kthvalue(1) | x.cummax(0) | x.cummin(0)
    m.aminmax(x) | m.frexp(x) | m.slogdet(x @ x.T) | m.linalg.slogdet(x @ x.T) | m.histogram(x, 2) | m.linalg.ldl_factor(x @ x.T) | m.linalg.lu_factor(x @ x.T)
    m.linalg.inv_ex(x @ x.T) | m.linalg.solve_ex(x @ x.T, x)
""".replace("\n    ", " | ").strip(" |").split(" | "))  # fmt: skip
def test_results_with_names(call):
    ours, theirs = (eval(call, {"m": m, "x": m.tensor([[1.0, 2.0, 4.0], [4.0, 3.0, 9.0]])}) for m in (lab, torch))
    assert repr(ours) == repr(theirs)
    assert type(ours).__name__ == type(theirs).__name__
