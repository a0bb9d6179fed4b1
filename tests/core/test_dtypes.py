"""Promotion, casting and limits of every dtype, against PyTorch over all pairs."""

import itertools
import pickle

import pytest
import torch

import autograd_lab as lab
from autograd_lab.core import dtypes

NAMES = list(dtypes.BY_NAME)
pytestmark = pytest.mark.filterwarnings("ignore:ComplexHalf support:UserWarning")
OPERANDS = [(f"{name}{list(shape)}", name, shape) for name in NAMES for shape in ((2,), ())]
OPERANDS += [(repr(number), None, number) for number in (True, 1, 1.0, 1j)]


def made(module, name, what):
    return what if name is None else module.ones(what, dtype=getattr(module, name))


def ours(their_dtype):
    """The name we have for one of PyTorch's dtypes; complex32 is the one we do without."""
    return repr(their_dtype).replace("complex32", "complex64")


@pytest.mark.parametrize("a, b", [*itertools.product(NAMES, NAMES)])
def test_promote_types_and_can_cast(a, b):
    assert repr(lab.promote_types(getattr(lab, a), getattr(lab, b))) == ours(
        torch.promote_types(getattr(torch, a), getattr(torch, b))
    )
    assert lab.can_cast(getattr(lab, a), getattr(lab, b)) == torch.can_cast(getattr(torch, a), getattr(torch, b))


@pytest.mark.parametrize("a", OPERANDS, ids=lambda operand: operand[0])
def test_result_type(a):
    for b in OPERANDS:
        found, expected = (m.result_type(made(m, *a[1:]), made(m, *b[1:])) for m in (lab, torch))
        if "complex32" in repr(expected) and repr(found) == "torch.complex128":
            continue  # beside float16[2], complex128[] is complex32 there; the narrowest here is complex64
        assert repr(found) == ours(expected), (a[0], b[0])
        if a[1] is not None or b[1] is not None:
            product = made(lab, *a[1:]) * made(lab, *b[1:])
            assert product.dtype is found, (a[0], b[0])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("limits", ["finfo", "iinfo"])
def test_limits(name, limits):
    def told(module):
        try:
            info = getattr(module, limits)(getattr(module, name))
        except TypeError as error:
            return str(error).split(".")[:2]
        words = "bits max min dtype" + (" eps tiny resolution smallest_normal" if limits == "finfo" else "")
        return repr(info), [getattr(info, word) for word in words.split()]

    assert told(lab) == told(torch)


@pytest.mark.parametrize("name", NAMES)
def test_a_dtype_tells_what_it_is(name):
    d, theirs = getattr(lab, name), getattr(torch, name)
    for what in ("is_floating_point", "is_complex", "is_signed", "itemsize"):
        assert getattr(d, what) == getattr(theirs, what), what
    assert pickle.loads(pickle.dumps(d)) is d
    assert lab.zeros(2, dtype=d).element_size() == theirs.itemsize
    assert repr(lab.ones(2, dtype=d)) == repr(torch.ones(2, dtype=theirs))


@pytest.mark.parametrize("name", [n for n in NAMES if dtypes.BY_NAME[n].category in "iub"])
def test_integers_carry_no_gradient(name):
    for module in (lab, torch):
        with pytest.raises(RuntimeError, match=r"only Tensors of floating point (and complex )?dtype can require gradients"):
            module.ones(2, dtype=getattr(module, name)).requires_grad_()
        with pytest.raises(RuntimeError, match=r"mean\(\): could not infer output dtype\. Input dtype must be either"):
            module.ones(2, dtype=getattr(module, name)).mean()
