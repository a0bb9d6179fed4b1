"""gradcheck finds wrong gradients, and says of them what PyTorch says."""

import re
import warnings

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


def function(m, forward, backward):
    return type("F", (m.autograd.Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})


def saves(ctx, x):
    ctx.save_for_backward(x)
    return x * x


CASES = {
    "right": lambda m, x: m.autograd.gradcheck(lambda x: x.sin() * x, x),
    "wrong": lambda m, x: m.autograd.gradcheck(function(m, saves, lambda ctx, g: 3 * ctx.saved_tensors[0] * g).apply, x),
    "wrong, as an answer": lambda m, x: m.autograd.gradcheck(
        function(m, saves, lambda ctx, g: 3 * ctx.saved_tensors[0] * g).apply, x, raise_exception=False),
    "no gradient at all": lambda m, x: m.autograd.gradcheck(function(m, saves, lambda ctx, g: None).apply, x),
    "several inputs": lambda m, x: m.autograd.gradcheck(lambda x, y, z: (x * y, y.exp()), (x, x.detach() * 2, x * 3)),
    "several of which one wants": lambda m, x: m.autograd.gradcheck(lambda x, y: x * y, (x, x.detach())),
    "independent": lambda m, x: m.autograd.gradcheck(lambda x: x.detach() * 2, x),
    "integers": lambda m, x: m.autograd.gradcheck(lambda x: m.tensor([1, 2]), x),
    "a kink": lambda m, x: m.autograd.gradcheck(lambda x: (x - 1).abs(), x),
    "overlapping": lambda m, x: m.autograd.gradcheck(lambda x: x * x, m.ones(1, dtype=m.float64).expand(2).requires_grad_()),
    "nothing wanted": lambda m, x: m.autograd.gradcheck(lambda x: x * x, x.detach()),
    "nothing asked": lambda m, x: m.autograd.gradcheck(lambda x: x * x, x, check_backward_ad=False),
    "single precision": lambda m, x: m.autograd.gradcheck(lambda x: x * x, x.detach().float().requires_grad_()),
    "forward mode": lambda m, x: m.autograd.gradcheck(lambda x: x.exp() * x, x, check_forward_ad=True),
    "fast": lambda m, x: m.autograd.gradcheck(lambda x: x.exp() * x, x, fast_mode=True),
    "batched": lambda m, x: m.autograd.gradcheck(lambda x: x.exp() * x, x, check_batched_grad=True),
    "second": lambda m, x: m.autograd.gradgradcheck(lambda x: x.exp() * x, x),
    "second, wrong": lambda m, x: m.autograd.gradgradcheck(
        function(m, saves, lambda ctx, g: 2 * ctx.saved_tensors[0].detach() * g).apply, x),
}  # fmt: skip


def outcome(m, case):
    """(result or error, warnings), numbers of random vectors blanked."""
    x = m.tensor([1.0, 2.0], dtype=m.float64, requires_grad=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            told = CASES[case](m, x)
        except Exception as error:
            told = f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return told, [str(w.message) for w in caught if "torch.jit" not in str(w.message)]


@pytest.mark.parametrize("case", CASES)
def test_as_torch(case):
    assert outcome(lab, case) == outcome(torch, case)


@pytest.mark.parametrize("case", ["wrong", "no gradient at all"])
def test_the_matrices_are_shown(case):
    texts = []
    for m in (lab, torch):
        with pytest.raises(RuntimeError) as raised:
            CASES[case](m, m.tensor([1.0, 2.0], dtype=m.float64, requires_grad=True))
        texts.append(re.sub(r"\s+", " ", str(raised.value)))
    assert texts[0] == texts[1]


def test_a_backward_that_changes_is_found():
    calls = []

    def backward(ctx, g):
        calls.append(1)
        return 2 * g * (1 + 1e-9 * len(calls))

    f = function(lab, lambda ctx, x: x * 2, backward)
    x = lab.ones(2, dtype=lab.float64, requires_grad=True)
    with pytest.raises(RuntimeError, match="Backward is not reentrant"):
        lab.autograd.gradcheck(f.apply, x)
    assert lab.autograd.gradcheck(f.apply, x, nondet_tol=1e-6)


def test_wrong_in_one_direction_is_wrong():
    x = lab.tensor([1.0, 2.0], dtype=lab.float64, requires_grad=True)
    wrong = function(lab, saves, lambda ctx, g: 3 * ctx.saved_tensors[0] * g)
    with pytest.raises(RuntimeError, match="computed \nin fast mode"):
        lab.autograd.gradcheck(wrong.apply, x, fast_mode=True)
    assert x.tolist() == [1, 2]  # put back as it was
