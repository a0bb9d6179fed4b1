"""A mode that is handed every operation, forwards and backwards."""

import pytest

import autograd_lab as lab
from autograd_lab.utils._python_dispatch import TorchDispatchMode

torch = pytest.importorskip("torch")
from torch.utils._python_dispatch import TorchDispatchMode as TheirMode  # noqa: E402


def names_of(m, base, program):
    class Names(base):
        def __init__(self):
            super().__init__()
            self.seen = []

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            self.seen.append(func.name())
            return func(*args, **(kwargs or {}))

    with Names() as mode:
        program(m)
    return mode.seen


def product(m):
    x = m.ones(2, requires_grad=True)
    (x * 2.0 + x.exp()).sum().backward()


def test_the_names_are_pytorchs_in_its_order():
    ours, theirs = names_of(lab, TorchDispatchMode, product), names_of(torch, TheirMode, product)
    kept = [name for name in theirs if name != "aten::detach"]  # PyTorch's modes also see how a saved result is kept
    assert [name for name in ours if name != "aten::detach"] == kept


def test_a_result_can_be_replaced():
    class Doubled(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            out = func(*args, **(kwargs or {}))
            return out * 2 if str(func) == "aten.exp" else out

    with Doubled():
        y = lab.zeros(2).exp()
    assert y.tolist() == [2.0, 2.0]
    assert lab.zeros(2).exp().tolist() == [1.0, 1.0]


def test_inner_modes_hand_on_to_outer_ones():
    seen = []

    class Named(TorchDispatchMode):
        def __init__(self, name):
            self.name = name

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            seen.append((self.name, str(func)))
            return func(*args, **(kwargs or {}))

    x = lab.ones(2)
    with Named("outer"), Named("inner"):
        x.exp()
    assert seen == [("inner", "aten.exp"), ("outer", "aten.exp")]
    x.exp()
    assert len(seen) == 2


def test_an_exception_leaves_the_mode():
    class Refusing(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            raise KeyError(str(func))

    x = lab.ones(2)
    with pytest.raises(KeyError, match=r"aten\.exp"), Refusing():
        x.exp()
    assert x.exp().shape == (2,)
