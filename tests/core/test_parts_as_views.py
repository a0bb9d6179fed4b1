"""Parts of complex tensors share memory, version and history, as in PyTorch: each claim run in both."""

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

PARTS = {
    "real": lambda m, z: z.real, "imag": lambda m, z: z.imag, "pairs": lambda m, z: m.view_as_real(z),
    "some pairs": lambda m, z: m.view_as_real(z)[1:, 1], "a part of some": lambda m, z: z[1:].imag,
    "pairs as numbers again": lambda m, z: m.view_as_complex(m.view_as_real(z)),
    "conjugate": lambda m, z: z.conj(), "a part of a conjugate": lambda m, z: z.conj()[1:], "a conjugate's": lambda m, z: z[1:].conj().real,
    "a conjugate's other": lambda m, z: z.conj()[1:].imag, "twice": lambda m, z: z.conj()[1:].conj(), "a column": lambda m, z: z[:, None].mH[0],
}  # fmt: skip
WRITES = {
    "nothing": lambda v, z: None, "the part": lambda v, z: v.mul_(3), "the number": lambda v, z: z.mul_(1j),
    "the part, twice": lambda v, z: v.copy_(v.detach() * 2 + 1).sin_(), "both": lambda v, z: (v.mul_(2), z.mul_(1j), v.add_(1)),
}  # fmt: skip


def real(m, t):
    return m.view_as_real(t.resolve_conj()) if t.is_complex() else t


def told(t):
    return t.numpy(force=True)


def run(m, part, write):
    a = m.arange(3.0, dtype=m.float64).requires_grad_()
    b = m.ones(3, dtype=m.float64, requires_grad=True)
    z = m.complex(a, b) * 1
    v, w = PARTS[part](m, z), z.real
    names = [v.grad_fn.name()]
    WRITES[write](v, z)
    names += [v.grad_fn.name(), w.grad_fn.name(), z.grad_fn.name()]
    facts = [v._version, z._version, v._is_view(), v._base is z, v.stride(), v.storage_offset(), z.is_leaf]
    loss = (z * z.conj()).real.sum() + real(m, v * v).sum() + (w * w * w).sum()
    first = m.autograd.grad(loss, [a, b], create_graph=True)
    second = m.autograd.grad(sum((g * g).sum() for g in first), [a, b], allow_unused=True, materialize_grads=True)
    return names, facts, [told(t) for t in (v, w, z, *first, *second)]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("part", PARTS)
def test_as_torch(part, write):
    ours, theirs = run(lab, part, write), run(torch, part, write)
    assert ours[:2] == theirs[:2]
    for mine, yours in zip(ours[2], theirs[2]):
        np.testing.assert_allclose(mine, yours, rtol=1e-12, atol=1e-12)


def pairs_as_numbers(m, write):
    r = m.arange(6.0, dtype=m.float64).reshape(3, 2).clone().requires_grad_()
    q = r * 1
    c = m.view_as_complex(q)
    write(q, c)
    (m.view_as_real(c * c).sum() + (q * q * q).sum()).backward()
    return [c.grad_fn.name(), q.grad_fn.name()], [told(t) for t in (c, q, r.grad)]


@pytest.mark.parametrize("write", [lambda q, c: c.mul_(1j), lambda q, c: q.mul_(2), lambda q, c: c[0].imag.add_(1)])
def test_pairs_as_numbers(write):
    ours, theirs = pairs_as_numbers(lab, write), pairs_as_numbers(torch, write)
    assert ours[0] == theirs[0]
    for mine, yours in zip(ours[1], theirs[1]):
        np.testing.assert_allclose(mine, yours, rtol=1e-12)


def assigned(m):
    z = m.ones(2, dtype=m.complex64)
    z.real = m.tensor([5.0, 6.0])
    z.imag = 3
    z.real[0] = 9
    m.view_as_real(z)[1, 1] = 7
    return z, z._version


CLAIMS = {
    "assigned": assigned, "of a leaf": lambda m: m.ones(2, dtype=m.complex64, requires_grad=True).real.mul_(2), "one number": lambda m: m.complex(m.tensor(1.0), m.tensor(2.0)).imag.mul_(2),
    "apart": lambda m: m.view_as_complex(m.ones(2, 3).t()), "odd strides": lambda m: m.view_as_complex(m.ones(3, 3)[:, :2]), "odd start": lambda m: m.view_as_complex(m.ones(7)[1:].view(3, 2)),
    "real of real": lambda m: m.view_as_real(m.ones(2)), "complex of integers": lambda m: m.view_as_complex(m.ones(2, dtype=m.int32)), "imag of real": lambda m: m.ones(2).imag,
}  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS)
def test_claims_as_torch(claim):
    def outcome(m):
        try:
            return str(CLAIMS[claim](m))
        except RuntimeError as error:
            return str(error).split(" If you are")[0]

    assert outcome(lab) == outcome(torch)


def written_piece(m, name, *sizes):
    x = m.arange(6.0, requires_grad=True)
    pieces = getattr(x, name)(*sizes)
    pieces[0].mul_(2)
    sum(piece.sum() for piece in pieces).backward()
    return [(type(p.grad_fn).__name__, p._is_view(), p.tolist(), p._version) for p in pieces], x.grad.tolist()


@pytest.mark.parametrize("name, sizes", [("unsafe_split", 4), ("unsafe_chunk", 2), ("unsafe_split_with_sizes", [1, 2, 3])])
def test_pieces_of_unsafe_splits_are_no_views_and_may_be_written(name, sizes):
    assert written_piece(lab, name, sizes) == written_piece(torch, name, sizes)
