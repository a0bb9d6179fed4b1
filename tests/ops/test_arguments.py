"""Every optional argument, given: nothing is passed over in silence. Values, dtypes, gradients are PyTorch's.

``arguments.txt`` has a call a line. What PyTorch's operator database (op_db.py) already gives is not repeated there, so the two
together use every optional argument of every public word. Where PyTorch refuses, so do we, in its first sentence.
"""

from pathlib import Path

import numpy as np
import pytest

import autograd_lab as lab
from tests.nn.beside import holds

CALLS = Path(__file__).with_name("arguments.txt").read_text().splitlines()


def given(m):
    """The names that calls use: leaves of float64, unless said otherwise."""
    r = np.random.default_rng(0)

    def leaf(*shape):
        return m.tensor(r.uniform(-1, 1, shape), dtype=m.float64).requires_grad_()

    def number(*data):
        return m.tensor(np.array(data), dtype=m.float64)

    names = {"m": m, "F": m.nn.functional, "x": leaf(2, 3), "y": leaf(2, 3), "z": leaf(2, 3), "h": leaf(2, 2), "im": leaf(2, 5, 5),
             "n": number([1.0, np.nan, np.inf], [-np.inf, 2.0, 3.0]), "p": number(0.5, 1.0, 2.0).requires_grad_(), "sg": number(1.0, -1.0),
             "p2": leaf(2), "p6": leaf(6), "p8": leaf(8), "w2": leaf(2, 3), "w6": leaf(6, 3), "w8": leaf(8, 3), "v2": leaf(2, 2), "v6": leaf(6, 2),
             "v8": leaf(8, 2), "lp": leaf(4, 2, 3).log_softmax(-1), "tg": m.tensor([[0, 1], [1, 0]]), "gr": leaf(1, 3, 2, 2),
             "spd": number([4.0, 1, 0.5], [1, 3, 0.2], [0.5, 0.2, 2]).requires_grad_(), "rs": number([[0.3, 0.6], [0.8, 0.1]]),
             "sq": leaf(3, 2, 4), "ip": leaf(12, 4), "ib": leaf(12), "ow": leaf(4, 4), "ob": leaf(4), "st": leaf(4, 5, 2), "qq": leaf(1, 2, 3, 4),
             "kpm": m.tensor([[False, True, False], [False, False, True]]), "cm": m.ones(3, 3).triu(1) > 0, "cm4": leaf(3, 3),
             "rm": number(0.0, 0, 0), "rv": number(1.0, 1, 1), "rm2": number(0.0, 0), "rv2": number(1.0, 1)}  # fmt: skip
    return names


def tensors(out, m):
    if isinstance(out, m.Tensor):
        return [out]
    return [t for o in out for t in tensors(o, m)] if isinstance(out, (tuple, list)) else []


def claim(call):
    def told(m):
        names = given(m)
        leaves = [t for t in names.values() if isinstance(t, m.Tensor) and t.requires_grad and t.is_leaf]
        m.manual_seed(0)
        out = eval(call, dict(names))
        real = [m.view_as_real(t) if t.dtype == m.complex128 else t for t in tensors(out, m) if t.requires_grad]
        total = sum((t.double() * m.linspace(0.5, 2, t.numel(), dtype=m.float64).reshape(t.shape)).sum() for t in real)
        try:
            gradients = (
                m.autograd.grad(total, leaves, allow_unused=True)
                if isinstance(total, m.Tensor) and total.requires_grad
                else None
            )
        except RuntimeError as error:
            gradients = str(error).split(". ")[0]
        return [*out] if isinstance(out, tuple) else out, gradients, [names[name] for name in ("rm", "rv", "rm2", "rv2")]

    return told


@pytest.mark.parametrize("calls", [CALLS[i : i + 20] for i in range(0, len(CALLS), 20)], ids=lambda calls: calls[0])
def test_an_argument_means_what_it_means_in_pytorch(calls):
    for call in calls:
        try:
            holds(claim(call), 1e-6, warnings=False)  # PyTorch gives most of its warnings only once a process
        except BaseException as error:
            error.add_note(f"in {call}")
            raise


def test_there_are_many_and_none_twice():
    assert len(CALLS) > 550 and len(set(CALLS)) == len(CALLS)


@pytest.mark.parametrize(("call", "says"), [
    ("m.gather(x, 1, m.tensor([[0], [0]]), sparse_grad=True)", "gather: sparse_grad=True is not supported"),
    ("m.stft(x, 3, 1, window=m.ones(3).double(), align_to_window=True, return_complex=True)", "stft: align_to_window is not supported"),
])  # fmt: skip
def test_what_is_not_supported_says_so_by_name(call, says):
    with pytest.raises(NotImplementedError, match=says):
        claim(call)(lab)
