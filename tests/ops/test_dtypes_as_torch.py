"""Every dtype with every other in every common operation, beside PyTorch: the result's dtype and values, or the exception."""

import itertools
import warnings

import pytest
import torch

import autograd_lab as lab
from autograd_lab.core import dtypes

NAMES = list(dtypes.BY_NAME)
pytestmark = pytest.mark.filterwarnings("ignore")  # PyTorch's about its complex32
UNARY = """exp log sqrt sin tanh sigmoid abs neg floor round sign sum mean prod cumsum-0 amax amin max min argmax argmin relu reciprocal
           square trunc isnan logical_not bitwise_not any all sort std var logsumexp-0 exp2 erf rsqrt log1p median cumprod-0
           count_nonzero expm1 ceil frac softmax-0 clamp-1 pow-2 clone topk-2 unique nan_to_num signbit""".split()
BINARY = """add sub mul div floor_divide remainder fmod pow maximum minimum eq lt ge logical_and bitwise_and bitwise_or bitwise_xor
            bitwise_left_shift bitwise_right_shift atan2 matmul fmax hypot where cat stack copy_ add_ mul_ div_ sub_ rsub
            dot outer equal""".split()
FIRST = {"f": [-2.5, 3.0, 0.7, 7.0], "c": [1 + 2j, -3j, 2.0, -1 - 1j], "i": [-7, 3, 2, 100], "u": [200, 3, 2, 100],
         "b": [True, False, True, True]}  # fmt: skip
SECOND = {"f": [1.5, -2.0, 3.3, 2.0], "c": [1 + 1j, 2j, 2.0, 1 - 1j], "i": [2, -3, 4, 3], "u": [3, 100, 4, 2],
          "b": [True, True, False, True]}  # fmt: skip
NUMBERS = {"2": 2, "2.5": 2.5, "True": True, "1j": 1j}
TOLERANCE = {"torch.bfloat16": 2**-7, "torch.float16": 2**-9, "torch.float32": 1e-5, "torch.complex64": 1e-5}


def made(m, name, data):
    return m.tensor(data[dtypes.BY_NAME[name].category], dtype=getattr(m, name))


def applied(m, word, *operands):
    word, _, argument = word.partition("-")
    operands = (*operands, *([int(argument)] if argument else []))
    if word == "where":
        return m.where(m.tensor([True, False, True, False]), *operands)
    if word in ("cat", "stack"):
        return getattr(m, word)(list(operands))
    if word.endswith("_"):
        return getattr(operands[0].clone(), word)(*operands[1:])
    return getattr(m, word)(*operands)


def outcome(m, word, *operands):
    """(dtype, shape, elements), or (class, first sentence) of what was raised."""
    try:
        out = applied(m, word, *operands)
    except Exception as error:
        return type(error), str(error).split(". ")[0].split("\n")[0].strip().rstrip(".")
    out = out[0] if isinstance(out, tuple) else out
    return (repr(out.dtype), tuple(out.shape), out.tolist()) if hasattr(out, "dtype") else out


def flat(values):
    return [x for v in values for x in flat(v)] if isinstance(values, list) else [values]


def agree(word, theirs, ours) -> bool:
    if isinstance(theirs, type) or isinstance(ours, type):
        return theirs == ours
    if "complex32" in str(theirs) or "ComplexHalf" in str(theirs):
        return True  # a dtype we do without
    if not isinstance(theirs, tuple) or not isinstance(theirs[0], str):
        if isinstance(theirs, tuple) and word in UNSAID:
            return isinstance(ours, tuple) and isinstance(ours[0], type) and issubclass(ours[0], Exception)
        return theirs == ours
    if theirs[:2] != ours[:2]:
        return False
    tolerance = TOLERANCE.get(theirs[0], 1e-12)
    return all(
        a == b or (a != a and b != b) or abs(a - b) <= tolerance * max(abs(a), 1e-3)
        for a, b in zip(flat(theirs[2]), flat(ours[2]))
    )


UNSAID = {"softmax-0", "cumprod-0"}  # refused by both, each in its own words


@pytest.mark.parametrize("word", UNARY)
def test_one_operand(word):
    wrong = {}
    for name in NAMES:
        theirs, ours = (outcome(m, word, made(m, name, FIRST)) for m in (torch, lab))
        if not agree(word, theirs, ours):
            wrong[name] = theirs, ours
    assert not wrong


@pytest.mark.parametrize("word", BINARY)
def test_two_operands(word):
    wrong = {}
    for a, b in itertools.product(NAMES, NAMES):
        for scalar in (False, True):
            if scalar and word in ("matmul", "cat", "stack", "dot", "outer"):
                continue
            theirs, ours = (
                outcome(m, word, made(m, a, FIRST), made(m, b, SECOND)[1] if scalar else made(m, b, SECOND))
                for m in (torch, lab)
            )
            if not agree(word, theirs, ours):
                wrong[a, b, scalar] = theirs, ours
    assert not wrong


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "**", "==", "<"])
def test_a_number_beside_a_tensor(sign):
    wrong = {}
    for name, (text, _) in itertools.product(NAMES, NUMBERS.items()):
        for expression in (f"x {sign} {text}", f"{text} {sign} x"):
            found = []
            for m in (torch, lab):
                try:
                    out = eval(expression, {"x": made(m, name, FIRST)})
                    found.append((repr(out.dtype), tuple(out.shape), out.tolist()))
                except Exception as error:
                    found.append(type(error))
            if not agree(expression, *found) and (name, expression) not in BESIDE:
                wrong[name, expression] = found
    assert not wrong


BESIDE = {  # a boolean number beside a tensor is a number of the tensor's dtype here, which a difference may have
    *((name, text) for name in NAMES for text in ("x - True", "True - x")),
    *(("bool", text) for text in ("x ** True", "True ** x")),
    *(("float16", text) for text in ("x / 1j", "1j / x", "x ** 1j", "1j ** x")),  # complex32
}


@pytest.mark.parametrize("name", [n for n in NAMES if dtypes.BY_NAME[n].category in "iu"])
def test_integers_wrap_around(name):
    limits = torch.iinfo(getattr(torch, name))
    for m in (torch, lab):
        x = m.tensor([limits.max, limits.min], dtype=getattr(m, name))
        assert (x + 1).tolist()[0] == limits.min and (x - 1).tolist()[1] == limits.max
    assert (lab.tensor([limits.max], dtype=getattr(lab, name)) * 3).tolist() == (
        torch.tensor([limits.max], dtype=getattr(torch, name)) * 3
    ).tolist()


@pytest.mark.parametrize("a, b", [*itertools.product(["float64", "float32", "float16", "bfloat16"], repeat=2)])
@pytest.mark.parametrize("word", ["mul", "add", "div", "sub", "pow", "maximum", "atan2", "where", "cat"])
def test_gradients_have_their_inputs_dtypes(word, a, b):
    found = []
    for m in (torch, lab):
        x, y = (m.tensor([1.25, 0.5, 2.0, 3.0], dtype=getattr(m, n), requires_grad=True) for n in (a, b))
        out = applied(m, word, x, y)
        out.sum().backward()
        found.append([repr(t.dtype) for t in (out, x.grad, y.grad)] + [x.grad.tolist(), y.grad.tolist()])
    assert found[0][:3] == found[1][:3]
    low = max(TOLERANCE.get(dtype, 1e-12) for dtype in found[0][:3])
    for theirs, ours in zip(found[0][3:], found[1][3:]):
        assert ours == pytest.approx(theirs, rel=2 * low)


def test_division_of_integers_by_zero():
    for m in (torch, lab):
        x, zero = m.tensor([1, 2]), m.tensor([0, 1])
        for word in ("floor_divide", "remainder", "fmod"):
            with pytest.raises(RuntimeError, match="ZeroDivisionError"):
                getattr(m, word)(x, zero)
            with pytest.raises(RuntimeError, match="ZeroDivisionError"):
                getattr(m, word)(x, 0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert (x / zero).tolist() == [float("inf"), 2.0]


@pytest.mark.parametrize("call", [
    "m.tensor([True, False]) ** 2", "m.tensor([True, False]).square()", "m.tensor([True, False]).pow(0)", "m.tensor([True, False]).sign()",
    "m.tensor([True, False]).sgn()", "m.ones(2, 2, dtype=m.bool) @ m.ones(2, 2, dtype=m.bool)", "m.ones(1, 2, 2, dtype=m.bool).bmm(m.ones(1, 2, 2, dtype=m.bool))",
    *(f"m.ones(3, dtype=m.complex64).{word}" for word in ("cummax(0)", "cummin(0)", "min(0)", "max(0)", "mode()", "kthvalue(1)", "nansum()")),
    *(f"m.nn.functional.{word}(m.ones(1, 1, 4, 4, dtype=m.complex64), 2)" for word in ("max_pool2d", "adaptive_avg_pool2d", "avg_pool2d", "interpolate")),
    "m.nn.functional.interpolate(m.ones(1, 1, 4, dtype=m.complex64), 2)", "m.nn.functional.interpolate(m.ones(1, 1, 4, dtype=m.complex64), 2, mode='linear')",
])  # fmt: skip
def test_booleans_have_powers_and_signs_and_complex_numbers_no_order(call):
    said = []
    for m in (torch, lab):
        try:
            made = eval(call, {"m": m})
            said.append((made.tolist(), str(made.dtype)))
        except Exception as error:
            said.append((type(error).__name__, str(error).split("\n")[0]))
    assert said[0] == said[1]
