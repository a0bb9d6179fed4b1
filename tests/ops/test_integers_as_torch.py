"""Integers beside numbers that are none: floats where PyTorch makes floats, cut to integers where it cuts, its refusals elsewhere."""

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")
CALLS = """
    F.poisson_nll_loss(i, j, True, True) | F.poisson_nll_loss(j, i.abs(), False, True) | F.margin_ranking_loss(i, j, t, 0.5)
    F.margin_ranking_loss(i, j, t, 1) | F.cosine_embedding_loss(i, i * 0, t[:, 0]) | F.triplet_margin_loss(i, j, j - 1) | m.special.ndtr(i)
    m.addmv(v, a, v, beta=0.2, alpha=1.6) | m.addmm(a, a, a, beta=-1.7) | m.addbmm(a, a[None], a[None], alpha=1.9) | m.addmm(a, a, a, beta=2 + 0j)
    m.baddbmm(a[None], a[None], a[None], beta=True, alpha=0.5) | v.clone().addmv_(a, v, beta=1.5) | m.addmm(a, a, a, beta=1j)
    m.addmm(a, a, a, alpha=float("inf")) | m.addmm(b, b, b, beta=-1.5) | m.addr(a, v, v, beta=1.5) | m.addr(a, v, v, alpha=1.5)
    m.masked.logsumexp(v, dim=0) | m.masked.logsumexp(a, dim=1, mask=a > 8) | m.masked.logsumexp(a > 8, dim=1, mask=a > 7)
    m.masked.logsumexp(a, dim=1, dtype=m.float64) | m.masked.logaddexp(a, a) | m.linalg.ldl_solve(o, o.sum(0).int(), o)
"""


def outcome(m, call):
    names = {"m": m, "F": m.nn.functional, "i": m.tensor([[-8, 6, 9], [0, 5, 4]]), "j": m.tensor([[3, 1, 4], [2, 3, 7]]),
             "t": m.tensor([[1, -1, 1], [1, 1, -1]]), "v": m.tensor([1, 1, 2]), "a": m.arange(1, 10).reshape(3, 3),
             "b": m.arange(1, 10, dtype=m.uint8).reshape(3, 3), "o": m.ones(0, 0)}  # fmt: skip
    try:
        out = eval(call, names)
    except (RuntimeError, TypeError, ValueError, NotImplementedError) as error:
        return type(error).__name__, str(error)
    return str(out.dtype), tuple(out.shape), out.numpy()


@pytest.mark.parametrize("call", [call.strip() for line in CALLS.strip().splitlines() for call in line.split(" | ")])
def test_integers_meet_numbers_as_in_pytorch(call):
    (*ours, digits), (*theirs, their_digits) = (outcome(m, call) for m in (lab, torch))
    assert ours == theirs
    if isinstance(digits, str):
        assert digits == their_digits
    else:
        np.testing.assert_allclose(digits, their_digits, 1e-6)
