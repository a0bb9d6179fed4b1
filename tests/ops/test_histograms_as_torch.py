"""Counting by intervals and by numbers, beside PyTorch's: what is counted, edges that fall or do not fit, what is refused."""

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

CALLS = """
m.histogram(x, 3) | m.histogram(x, bins=3, range=(0., 2.)) | m.histogram(x, bins=3, range=(2., 0.))
m.histogram(x, bins=3, range=(1., 1.)) | m.histogram(x, bins=0) | m.histogram(x, bins=-1) | m.histogram(x, t([0., 1., 3.]))
m.histogram(x, t([3., 1., 0.])) | m.histogram(x, t([0., 0., 3.])) | m.histogram(x, t([1.])) | m.histogram(x, t([]))
m.histogram(x, t([[0., 1.]])) | m.histogram(x, t([0, 1])) | m.histogram(x, 3, weight=m.ones(5))
m.histogram(x, 3, weight=m.ones(4)) | m.histogram(x, 3, density=True) | m.histogram(x, 3, weight=m.ones(5).double())
m.histogram(t([]), 3) | m.histogram(t([nan, 1.]), 3) | m.histogram(t([inf, 1.]), 3) | m.histogram(t([1, 2]), 3)
m.histogram(x.half(), 3) | m.histogram(x, 3, range=(0., nan)) | m.histogram(x, 3, range=(0.,))
m.histogram(x, 3, range=(0., 1., 2.)) | m.histogram(t([1., 1.]), 2) | m.histogram(x, 2, range=(0, inf))
m.histogram(x.clone().requires_grad_(), 2) | m.histogram(x, "a") | m.histogram(x, 2.5) | m.histogram(x.reshape(5,1), 2)
x.histogram(2) | m.histogramdd(p, [2, 3]) | m.histogramdd(p, 2) | m.histogramdd(p, [t([0.,1.,2.]), t([0.,1.,3.])])
m.histogramdd(p, [t([2.,1.,0.]), t([0.,1.,3.])]) | m.histogramdd(p, [t([0.,1.,2.])]) | m.histogramdd(p, [2])
m.histogramdd(p, [2, 0]) | m.histogramdd(p, [2, 2], range=[0., 1., 0., 2.]) | m.histogramdd(p, [2, 2], range=[0., 1.])
m.histogramdd(p, [2, 2], range=[1., 0., 0., 2.]) | m.histogramdd(p, [2, 2], range=[1., 1., 0., 2.])
m.histogramdd(p, [2, 2], weight=w) | m.histogramdd(p, [2, 2], weight=t([1.])) | m.histogramdd(p, [2, 2], density=True)
m.histogramdd(x, [2]) | m.histogramdd(m.ones(0, 2), [2, 2]) | m.histogramdd(m.ones(3, 0), [])
m.histogramdd(p, [t([[0.,1.]]), t([0.,1.])]) | m.histogramdd(p, [t([0, 1]), t([0, 1])]) | m.histogramdd(p.reshape(1,3,2), [2, 2])
m.histogramdd(p, [t([]), t([0.,1.])]) | m.histc(x, 3) | m.histc(x, 0) | m.histc(x, -1) | m.histc(x, 3, 2, 1) | m.histc(x, 3, 1, 1)
m.histc(x, 3, 0, 2) | m.histc(x, 3, min=nan) | m.histc(t([inf, 1.]), 3) | m.histc(t([inf, 1.]), 3, 0, 2) | m.histc(t([]), 3)
m.histc(i, 3) | m.histc(i.int(), 3) | m.histc(x.half(), 3) | m.histc(x.bool(), 3) | m.histc(t([1.+1j]), 3)
m.histc(x.reshape(5,1), 2) | m.histc(x.clone().requires_grad_(), 2) | m.histc(x, bins=2.5) | m.histc(t([2., 2.]), 3)
m.histc(t(1.), 3) | m.bincount(i) | m.bincount(i, t([1., 2., 3., 4.])) | m.bincount(i, t([1, 2, 3, 4]))
m.bincount(i, t([1., 2.])) | m.bincount(i, minlength=6) | m.bincount(i, minlength=-1) | m.bincount(t([-1])) | m.bincount(x)
m.bincount(i.reshape(2, 2)) | m.bincount(t([], dtype=m.int64)) | m.bincount(t([], dtype=m.int64), minlength=3) | m.bincount(t(1))
m.bincount(i.bool()) | m.bincount(i, t([True, False, True, True])) | m.bincount(i.to(m.uint8))
m.bincount(i, weights=t([[1., 2., 3., 4.]])) | m.bincount(i, minlength=1.5) | m.bincount(i.int(), t([1., 2., 3., 4.]).half())
m.bincount(t([], dtype=m.int64), t([]))
""".strip().replace("\n", " | ").split(" | ")  # fmt: skip


def outcome(m, call):
    t = m.tensor
    names = {"m": m, "t": t, "x": t([0.0, 1.0, 2.0, 2.5, 3.0]), "p": t([[0.0, 1.0], [1.0, 2.0], [2.0, 0.5]]), "w": t([1.0, 2.0, 3.0]),
             "i": t([0, 1, 1, 3]), "nan": float("nan"), "inf": float("inf")}  # fmt: skip
    try:
        return str(eval(call, names)).replace("autograd_lab", "torch")
    except Exception as error:
        return type(error).__name__, str(error).split("\n")[0]


@pytest.mark.parametrize("call", CALLS)
def test_a_histogram(call):
    assert outcome(lab, call) == outcome(torch, call)
