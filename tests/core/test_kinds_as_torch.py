"""Every word of the modules, given something of the wrong kind for each argument in turn: refused in PyTorch's words, or in ours.

The calls are generated from the signatures themselves, so a word that is added is asked as well.
"""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core.signatures import signatures_of
from autograd_lab.nn import operands

from .test_calls_as_torch import first_sentence

torch = pytest.importorskip("torch")

SPACES = {"linalg": "linalg_", "fft": "fft_", "special": "special_"}
OTHERS = {"int": 3, "float": 2.5, "None": None, "str": "a", "list": [1.5], "array": np.ones((2, 2)), "dict": {}}
FITTING = {"T": lambda m: m.ones(2, 2), "N": lambda m: m.ones(2, 2), "S": lambda m: 1.0, "i": lambda m: 1, "f": lambda m: 0.5, "b": lambda m: True,
           "I": lambda m: (0,), "J": lambda m: (0,), "F": lambda m: (1.0,), "L": lambda m: [m.ones(2, 2)] * 2, "s": lambda m: "fro", "d": lambda m: m.float32}  # fmt: skip


def calls(word):
    """(arguments by position, keyword arguments) of ``word``: each of those that must be given, and the first that need not."""
    for signature in signatures_of("f", word):
        wanted = [p for p in signature.parameters if p.default is None or not p.keyword_only]
        if all(p.kind in FITTING for p in wanted):
            yield wanted


def said(m, word, arguments):
    try:
        word(*arguments)
    except Exception as error:
        return type(error).__name__, first_sentence(str(error))
    return None


WORDS = [
    (space, name)
    for space, spoken in SPACES.items()
    for name in dir(getattr(torch, space))
    if type(getattr(getattr(torch, space), name)).__name__ == "builtin_function_or_method" and signatures_of("f", spoken + name)
]


@pytest.mark.parametrize(("space", "name"), WORDS)
def test_a_word_of_a_module_refuses_what_is_of_another_kind(space, name):
    theirs, ours = (getattr(getattr(m, space), name) for m in (torch, lab))
    asked = 0
    for wanted in calls(SPACES[space] + name):
        for at in range(sum(not p.keyword_only for p in wanted)):
            for kind, other in OTHERS.items():
                told = []
                for m, word in ((torch, theirs), (lab, ours)):
                    arguments = [FITTING[p.kind](m) for p in wanted if not p.keyword_only][: at + 1]
                    told.append(said(m, word, [*arguments[:at], other]))
                if told[0] is not None and told[0][0] == "TypeError":
                    asked += 1
                    assert told[1] == told[0], (name, at, kind)
    assert asked


@pytest.mark.parametrize("name", sorted(operands.SPOKEN))
def test_a_function_of_layers_refuses_what_is_of_another_kind(name):
    """The first argument in PyTorch's words; of no argument does one of NumPy's or of Python's errors reach a user."""
    theirs, ours = (getattr(m.nn.functional, name) for m in (torch, lab))
    (first, *others) = signatures_of("f", operands.SPOKEN[name].split()[0])[0].parameters
    assert first.kind == "T"
    needed = [p for p in others if p.default is None and not p.keyword_only and p.kind in FITTING]
    for kind, other in OTHERS.items():
        told = [said(m, word, [other, *(FITTING[p.kind](m) for p in needed)]) for m, word in ((torch, theirs), (lab, ours))]
        assert told[1] is not None and told[1][0] != "AttributeError" and "_array" not in told[1][1], (kind, told[1])
        if told[0][0] == "TypeError" and "Tensor" in told[0][1]:
            assert told[1] == told[0], kind


@pytest.mark.parametrize("call", """
    nn.functional.batch_norm(x, x[0], None, training=True) | nn.functional.instance_norm(x[None], None, x[0]) | nn.functional.embedding(i, x[0]) |
    nn.functional.pad(x[None] > 0, (1, 1), 'replicate') | nn.functional.unfold(x[None, None], [1]) | nn.functional.hardtanh(x > 0) |
    nn.functional.conv_transpose1d(i[None], x[:, :, None]) | nn.functional.soft_margin_loss(i, x) | nn.functional.rrelu(i) |
    nn.functional.multi_margin_loss(x[0], i) | nn.functional.max_unpool2d(x[None], 3, 2) | nn.functional.max_pool2d_with_indices(3, 2) |
    rand_like(i) | randn_like(i) | bernoulli(i) | sub(True, x) | linspace(x, 1, 3) | kthvalue(x > 0, 1) | median(x > 0, 0) | trace(x > 0) |
    geqrf(i) | linalg.lu(i) | linalg.eig(i) | linalg.inv_ex(i) | linalg.matrix_rank(i) | linalg.matrix_norm(i) | linalg.cond(i) | inverse(i) |
    linalg.lstsq(x, i) | linalg.householder_product(x, x) | linalg.vander(x > 0) | linalg.cross(x, x, dim=3) | svd(i) | trapezoid(x > 0) |
    isin(x > 0, x) | heaviside(x, i) | round(i, decimals=1) | cov(x, fweights=i) | diff(x, append=x[0]) | fft.fftshift(x, ()) |
    addmm(x, x, x, alpha=1j) | addcmul(x, x, x, value=1j) | lerp(x, x, 1j) | renorm(x, 1j, 0, 1.0) | searchsorted(x[0], 1j) |
    histogramdd(x, [2]) | histogramdd(i, 2) | hstack(()) | column_stack(()) | index_add(x, 0, i[0], x[0]) | index_copy(x, 0, i[0], x[:, :1]) |
    take_along_dim(x, i[:, :1].expand(2, 1)[None], 1) | tensordot(x, x, 2.5) | einsum(3, x) | broadcast_shapes(2.5) |
    unique(x, dim='a') | repeat_interleave(x[0], 2, output_size=5) | nonzero(x, as_tuple=3) | div(x, 1j, rounding_mode='trunc') |
    special.zeta(1j, x) | special.xlog1py(x, 1j) | special.chebyshev_polynomial_t(x, 1j) | masked.sum(x, 3) | masked.norm(i) |
    norm(x[None], 'nuc') | x.float(memory_format=3) | x.unflatten(1.5, (1, 2))
""".replace("\n", " ").split("|"))  # fmt: skip
def test_what_was_answered_or_met_numpys_words(call):
    told = []
    for m in (torch, lab):
        names = {"x": m.tensor([[1.0, 2.0], [3.0, 5.0]]), "i": m.tensor([[0, 1], [1, 0]])}
        text = call.strip() if call.strip().startswith("x.") else f"m.{call.strip()}"
        told.append(said(m, lambda text=text, m=m, names=names: eval(text, {"m": m} | names), ()))
    assert told[0] == told[1]
