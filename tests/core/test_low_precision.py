"""float16 and bfloat16 beside PyTorch's: what is printed, computed, accumulated, differentiated and refused."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch

import autograd_lab as lab
from tests.nn.beside import calls, holds

LOW = ["float16", "bfloat16"]
both = pytest.mark.parametrize("name", LOW)


def pair(name, *shape, seed=0, low=-2.0, high=2.0):
    """The same numbers as our tensor and as PyTorch's, both wanting a gradient."""
    values = np.random.default_rng(seed).uniform(low, high, shape).astype("f4")
    x, y = lab.tensor(values).to(getattr(lab, name)), torch.tensor(values).to(getattr(torch, name))
    return x.requires_grad_(), y.requires_grad_()


def ulps(a, b, name):
    """The largest difference in units of the last place of a 16-bit float."""
    a, b = (np.array(t.float().detach().numpy(), "f8") for t in (a, b))
    eps = torch.finfo(getattr(torch, name)).eps
    return np.max(np.abs(a - b) / (eps * np.exp2(np.floor(np.log2(np.maximum(np.abs(b), 1e-4))))), initial=0)


def agree(f, name, *pairs, most=0, gradients=2):
    """The values are equal to ``most`` last places, the gradients to ``gradients``."""
    mine, theirs = f(lab, *[p[0] for p in pairs]), f(torch, *[p[1] for p in pairs])
    assert repr(mine.dtype) == repr(theirs.dtype)
    assert ulps(mine, theirs, name) <= most
    mine.sum().backward()
    theirs.sum().backward()
    for x, y in pairs:
        assert repr(x.grad.dtype) == repr(y.grad.dtype) == f"torch.{name}"
        assert ulps(x.grad, y.grad, name) <= gradients


def test_ml_dtypes_is_imported_when_bfloat16_is_first_used():
    code = """
import sys, autograd_lab as torch
torch.bfloat16, repr(torch.bfloat16), torch.bfloat16.is_floating_point, torch.float16
torch.ones(2, dtype=torch.float16) * 2
assert "ml_dtypes" not in sys.modules
torch.ones(2).bfloat16()
assert "ml_dtypes" in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_nobody_pays_before_the_first_use():
    code = """
import numpy as np
import autograd_lab as torch
torch.ones(2) * torch.ones(2)
plain = torch.PRIMITIVES["mul"].source
assert "low" not in plain
for first in (lambda: torch.ones(2).half(), lambda: torch.tensor(np.ones(2, "f2")), lambda: torch.from_numpy(np.ones(2, "f2"))):
    first()
    torch.ones(2) * torch.ones(2)
    assert "low" in torch.PRIMITIVES["mul"].source
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


UNARY = "exp log1p sin cos tanh sigmoid abs neg relu square reciprocal expm1 erf exp2 atan sinh".split()


@both
@pytest.mark.parametrize("word", UNARY)
def test_elementwise(word, name):
    # one rounding of a float32 result: equal but where the two float32 functions differ in their last bits at a tie
    agree(lambda m, x: getattr(m, word)(x), name, pair(name, 4, 5, low=0.1), most=1)


@both
@pytest.mark.parametrize("word", "add sub mul div atan2 maximum minimum pow".split())
def test_pairs(word, name):
    agree(lambda m, x, y: getattr(m, word)(x, y), name, pair(name, 4, 5, low=0.1), pair(name, 5, seed=1, low=0.1), most=1)


@both
def test_numbers_are_exact_where_pytorch_keeps_them_exact(name):
    for f in (lambda m, x: x * 0.3, lambda m, x: x / 0.3, lambda m, x: x + 0.3, lambda m, x: x - 0.3, lambda m, x: 0.3 - x):
        agree(f, name, pair(name, 50))
    agree(lambda m, x: x**0.3, name, pair(name, 50, low=0.1), most=1)
    agree(lambda m, x: x * m.tensor(0.3), name, pair(name, 50))


@both
def test_sums_accumulate_in_float32(name):
    agree(lambda m, x: x.sum(), name, pair(name, 5000, low=0.0))
    agree(lambda m, x: x.sum(0), name, pair(name, 3000, 2, low=0.0), most=1)
    agree(lambda m, x: x.mean(1), name, pair(name, 3, 700, low=0.0), most=1)
    agree(lambda m, x: x.std(), name, pair(name, 300), most=1)
    # PyTorch rounds x - out before it takes the exponential of it
    agree(lambda m, x: x.logsumexp(0), name, pair(name, 300), most=1, gradients=10)
    agree(lambda m, x: m.softmax(x, 1), name, pair(name, 3, 300), most=1)


@both
def test_products_accumulate_in_float32(name):
    agree(lambda m, x, y: x @ y, name, pair(name, 8, 600), pair(name, 600, 3, seed=1), most=1)
    agree(lambda m, x, y: x @ y, name, pair(name, 2, 8, 60), pair(name, 2, 60, 3, seed=1), most=1)
    agree(lambda m, x, y: x @ y, name, pair(name, 600), pair(name, 600, seed=1), most=1)


@both
def test_broadcast_gradients_are_summed_in_float32(name):
    agree(lambda m, x, y: (x * y).sum(), name, pair(name, 2000, 3, low=0.0), pair(name, 3, seed=1), most=1)
    agree(lambda m, x: x.expand(2000, 3).mul(0.5).sum(), name, pair(name, 1, 3), most=1)


@both
def test_several_outputs(name):
    agree(lambda m, x: x.max(1).values, name, pair(name, 4, 9))
    agree(lambda m, x: m.cat([x, x * 2]), name, pair(name, 4, 9))
    agree(lambda m, x: m.stack(x.split(2)[:2]).sum(0), name, pair(name, 6, 2), most=1)
    agree(lambda m, x: x.sort().values[:3], name, pair(name, 9))


@both
def test_views_in_place_and_indexing(name):
    def f(m, x):
        y = x.clone()
        y[0] *= 3
        y[1:].add_(x[:-1])
        y.t()[0] = 0.1
        return y[:, [1, 2, 1]]

    agree(f, name, pair(name, 4, 5), most=1)


@both
def test_mixed_operands_promote_and_gradients_come_back(name):
    (x, tx), (y, ty) = pair(name, 3), pair("float32", 3, seed=1)
    for a, b in ((x, y), (tx, ty)):
        (a * b).sum().backward()
    assert (x * y).dtype is lab.float32
    assert x.grad.dtype is getattr(lab, name) and y.grad.dtype is lab.float32
    assert x.grad.tolist() == tx.grad.tolist() and y.grad.tolist() == ty.grad.tolist()


def test_the_two_together_are_float32():
    out = lab.ones(2, dtype=lab.float16) + lab.ones(2, dtype=lab.bfloat16)
    assert out.dtype is lab.float32 and out.tolist() == [2, 2]


@both
def test_a_pass_with_a_graph(name):
    (x, tx) = pair(name, 4)
    for m, t in ((lab, x), (torch, tx)):
        (g,) = m.autograd.grad((t**3).sum(), t, create_graph=True)
        g.sum().backward()
    assert x.grad.dtype is getattr(lab, name) and ulps(x.grad, tx.grad, name) <= 2


def test_float16_overflows_to_infinity():
    x = lab.tensor([60000.0, -60000.0], dtype=lab.float16)
    assert (x * 2).tolist() == [float("inf"), float("-inf")]
    assert lab.tensor([1e-8], dtype=lab.float16).item() == 0.0
    assert (x * 2).isinf().all()


@both
@pytest.mark.parametrize(
    "call",
    ["eye.inverse()", "m.linalg.inv(eye)", "eye.det()", "m.linalg.slogdet(eye)", "m.linalg.solve(eye, eye)", "m.linalg.svd(eye)",
     "m.linalg.qr(eye)", "m.linalg.cholesky(eye)", "m.linalg.eigh(eye)", "m.linalg.svdvals(eye)", "m.linalg.lu_factor(eye)"],
)  # fmt: skip
def test_decompositions_have_no_16_bit_kernel(call, name):
    said = []
    for m in (lab, torch):
        with pytest.raises(RuntimeError) as caught:
            eval(call, {"m": m, "eye": m.eye(2, dtype=getattr(m, name))})
        said.append((caught.type, str(caught.value)))
    assert said[0] == said[1]


def test_the_default_dtype_can_be_16_bits_wide():
    for m in (lab, torch):
        m.set_default_dtype(m.bfloat16)
        try:
            assert m.get_default_dtype() is m.bfloat16 and m.tensor([0.1]).dtype is m.bfloat16
            assert repr(m.tensor([0.1])) == "tensor([0.1001])" and m.ones(2, dtype=m.int64).exp().dtype is m.bfloat16
        finally:
            m.set_default_dtype(m.float32)


@both
@pytest.mark.parametrize(
    "values", [[1.0, 2.5], [0.1, 1000.0], [1e-5, 1.0], [float("nan"), float("inf"), -3.3], [[1.1, 2.2], [3.3, 4.4]], 3.3, []]
)
def test_prints_as_pytorch(values, name):
    assert repr(lab.tensor(values, dtype=getattr(lab, name))) == repr(torch.tensor(values, dtype=getattr(torch, name)))


def test_bfloat16_is_no_dtype_of_numpys():
    for module in (lab, torch):
        with pytest.raises(TypeError, match="Got unsupported ScalarType BFloat16"):
            module.ones(2).bfloat16().numpy()
        with pytest.raises(TypeError, match="Got unsupported ScalarType BFloat16"):
            np.asarray(module.ones(2).bfloat16())


def test_bfloat16_without_ml_dtypes_says_what_to_install():
    code = """
import sys
sys.modules["ml_dtypes"] = None
import autograd_lab as torch
try:
    torch.ones(2).bfloat16()
except ImportError as error:
    assert str(error).endswith("pip install ml_dtypes"), error
else:
    raise SystemExit("bfloat16 out of nothing")
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@both
def test_comparisons_round_numbers_to_the_dtype(name):
    for m in (lab, torch):
        x = m.tensor([0.1, 0.2], dtype=getattr(m, name))
        assert (x == 0.1).tolist() == [True, False]
        assert (x <= 0.1).tolist() == [True, False]
        assert (x != m.tensor(0.2)).tolist() == [True, False]


@both
def test_infinities_become_the_dtypes_own_limits(name):
    for m in (lab, torch):
        x = m.tensor([float("inf"), float("-inf"), float("nan"), 1.0], dtype=getattr(m, name)).nan_to_num()
        limits = m.finfo(getattr(m, name))
        assert x.tolist() == [limits.max, limits.min, 0, 1]


@both
def test_items_and_casts(name):
    x, y = (m.tensor([1.7, -2.3, 300.0], dtype=getattr(m, name)) for m in (lab, torch))
    assert x.tolist() == y.tolist() and type(x[0].item()) is float
    for other in ("int64", "int8", "bool", "float64", "complex64", "float16", "bfloat16"):
        if other != "int8":  # 300 in int8 is undefined
            assert x.to(getattr(lab, other)).tolist() == y.to(getattr(torch, other)).tolist(), other
    assert x.clone().copy_(lab.tensor([0.1, 0.2, 0.3])).tolist() == y.clone().copy_(torch.tensor([0.1, 0.2, 0.3])).tolist()


@both
@pytest.mark.parametrize("n", [1, 5, 16, 20, 33, 48])
def test_random_numbers_are_pytorchs(n, name):
    for words in ("rand", "randn"):
        drawn = []
        for m in (lab, torch):
            m.manual_seed(3)
            drawn.append(getattr(m, words)(n, dtype=getattr(m, name)))
        assert ulps(*drawn, name) <= 1


@both
@pytest.mark.parametrize(
    "start, end, steps",
    [
        (0, 1, 7),
        (-3, 5, 33),
        (0.1, 0.9, 13),
        (0, 1000, 77),
        (0, 1, 2),
        (2, 3, 1),
        (-7.8454, -2.5806, 16),
        (-10.2383, -2.1316, 8),
        (0.0288, -0.0106, 22),
    ],
)
def test_even_steps_are_pytorchs(start, end, steps, name):
    x, y = (m.linspace(start, end, steps, dtype=getattr(m, name)) for m in (lab, torch))
    assert x.tolist() == y.tolist() and repr(x.dtype) == repr(y.dtype)


@both
def test_is_drawn_and_stepped(name):
    x = lab.tensor([1.0, 2.5], dtype=getattr(lab, name), requires_grad=True)
    stepper = lab.step((x * x.float()).sum())
    assert name in str(stepper.recording.to_wire()) and "nan" not in str(stepper.recording.to_wire())
    stepper.run()
    assert x.grad.dtype is getattr(lab, name) and x.grad.tolist() == [2, 5]
    stepper = lab.step((x * x).sum().exp())
    assert stepper.recording.failure is None and len(stepper) == 4
    stepper.run()
    assert len(stepper.recording.frames) >= 4 and stepper.recording.failure is None


ORDERED = """x.sort() | x.sort(descending=True) | x.argsort() | x.topk(3) | x.topk(3, largest=False) | x.max() | x.max(0) | x.argmin() | x.median() | x.nanmedian() |
x.nanmedian(0) | x.kthvalue(3) | x.mode() | x.cummax(0) | x.msort() | x.unique() | x.sign() | x.sgn() | m.fmax(x, x.flip(0)) | x.aminmax() | x.clamp(0, 1) | x.relu()"""


@pytest.mark.parametrize("dtype", [*LOW, "float32", "float64"])
def test_nan_has_its_place_in_every_order(dtype):
    for call in calls(ORDERED.replace("|\n", "| ")):
        data = [3.0, math.nan, -1.0, math.inf, 2.0, math.nan, -math.inf, 0.0]
        holds(lambda m, call=call: eval(call, {"m": m, "x": m.tensor(data, dtype=getattr(m, dtype))}))


def test_bfloat16_is_a_floating_dtype_for_losses_masks_and_draws():
    holds(lambda m: m.nn.functional.cross_entropy(m.tensor([[1.0, 2]]).bfloat16(), m.tensor([[0.3, 0.7]]).bfloat16()))
    holds(lambda m: m.multinomial(m.tensor([8.5, 1.75, 4.25]).bfloat16(), 2))
    holds(lambda m: m.masked.median(m.tensor([3.0, 1, 2]).bfloat16(), 0, mask=m.tensor([True, False, True])))
    holds(
        lambda m: m.nn.MultiheadAttention(2, 1).bfloat16()(
            *[m.ones(2, 1, 2).bfloat16()] * 3, attn_mask=m.zeros(2, 2).bfloat16()
        )[0],
        0.02,
    )
