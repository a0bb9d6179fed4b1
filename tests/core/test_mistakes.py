"""A mistake PyTorch diagnoses is diagnosed here in the same words: no bare NumPy error reaches a user."""

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")


def _fit(word, a, b):
    """Whether shapes a and b are what ``word`` takes."""
    ranks = {"mm": (2, 2), "mv": (2, 1), "bmm": (3, 3)}.get(word, (1, 1))
    if (len(a), len(b)) != ranks:
        return False
    return word == "outer" or (a[-1] == b[-2 if len(b) > 1 else 0] and a[:-2] == b[:-2])


MISTAKES = {
    "broadcast": lambda m: m.ones(2) + m.ones(3), "broadcast behind": lambda m: m.ones(2, 3) * m.ones(2, 1, 4, 4), "in place": lambda m: m.ones(2).add_(m.ones(3)),
    "in place, larger": lambda m: m.ones(2).add_(m.ones(3, 2)), "mm": lambda m: m.ones(2, 3) @ m.ones(2, 3), "flat mm": lambda m: m.ones(4, 2, 3) @ m.ones(2, 3),
    "dot": lambda m: m.ones(3) @ m.ones(2), "0-d @": lambda m: m.tensor(1.0) @ m.ones(2), "bmm": lambda m: m.ones(4, 2, 3) @ m.ones(4, 2, 3), "bmm batches": lambda m: m.ones(4, 2, 3) @ m.ones(5, 3, 3),
    "view": lambda m: m.ones(2, 3).view(5), "view -1": lambda m: m.ones(2, 3).view(-1, 4), "reshape": lambda m: m.ones(2).reshape(3), "two -1": lambda m: m.ones(4).reshape(-1, -1),
    "index": lambda m: m.ones(2)[5], "negative index": lambda m: m.ones(2)[-3], "index of a list": lambda m: m.ones(2)[[0, 7]], "too many": lambda m: m.ones(2, 2)[0, 0, 0], "float index": lambda m: m.ones(2)[1.5],
    "mask": lambda m: m.ones(3)[m.tensor([True, False])], "set": lambda m: m.ones(2).__setitem__(5, 1), "set too large": lambda m: m.ones(2).__setitem__(0, m.ones(3)), "0-d index": lambda m: m.tensor(1.0)[0],
    "sum dim": lambda m: m.ones(2).sum(3), "mean dim": lambda m: m.ones(2, 2).mean(-3), "max dim": lambda m: m.ones(2).max(5), "softmax dim": lambda m: m.ones(2).softmax(1), "squeeze": lambda m: m.ones(2).squeeze(3),
    "unsqueeze": lambda m: m.ones(2).unsqueeze(4), "transpose": lambda m: m.ones(2, 3).transpose(0, 5), "permute": lambda m: m.ones(2, 3).permute(0), "permute twice": lambda m: m.ones(2, 3).permute(0, 0),
    "cat ranks": lambda m: m.cat([m.ones(2), m.ones(2, 2)]), "cat sizes": lambda m: m.cat([m.ones(2, 2), m.ones(2, 3)]), "cat dim": lambda m: m.cat([m.ones(2), m.ones(2)], 4), "stack": lambda m: m.stack([m.ones(2), m.ones(3)]),
    "expand": lambda m: m.ones(2).expand(3), "expand to fewer": lambda m: m.ones(2, 2).expand(2), "max of nothing": lambda m: m.ones(0).max(), "mean of integers": lambda m: m.tensor([1, 2]).mean(),
    "split dim": lambda m: m.ones(2).split(1, 3), "chunk dim": lambda m: m.ones(2).chunk(1, 3), "unbind dim": lambda m: m.ones(2).unbind(3), "negative size": lambda m: m.ones(-1), "text": lambda m: m.tensor("a"),
    "attribute": lambda m: m.ones(2).foo, "result type": lambda m: m.tensor([1, 2]).add_(m.tensor([1.5, 2])), "norm of a wrong dim": lambda m: m.ones(2).norm(dim=3), "where": lambda m: m.where(m.ones(2) > 0, m.ones(2), m.ones(3)),
}  # fmt: skip

RANKS = ((), (2,), (2, 2), (3, 2, 2), (3,), (3, 3), (2, 3, 3))  # two of each are given to every product
MISTAKES |= {
    f"{word} of {a} and {b}": lambda m, word=word, a=a, b=b: getattr(m, word)(m.ones(a), m.ones(b))
    for word in ("mm", "mv", "dot", "vdot", "bmm", "outer") for a in RANKS for b in RANKS if not _fit(word, a, b)
} | {
    f"{word} of {a}, {b} and {c}": lambda m, word=word, a=a, b=b, c=c: getattr(m, word)(m.ones(a), m.ones(b), m.ones(c))
    for word, a, b, c in [("addmm", (2, 2), (2,), (2, 2)), ("addmm", (2, 2), (2, 2), (2,)), ("addmm", (2, 2), (2, 2), (3, 3)),
                          ("addmm", (3,), (2, 2), (2, 2)), ("addmm", (3, 2, 2), (2, 2), (2, 2)), ("addmv", (2, 2), (2, 2), (2,)),
                          ("addmv", (2,), (2, 2), (3,)), ("addmv", (5,), (2, 2), (2,)), ("addr", (2, 2), (2, 2), (2,)),
                          ("addr", (2, 2), (2,), (2, 2)), ("addr", (3,), (2,), (2,)), ("addr", (1, 2, 2), (2,), (2,))]
}  # fmt: skip


def outcome(m, mistake):
    with pytest.raises(Exception) as raised:  # noqa: PT011
        MISTAKES[mistake](m)
    return type(raised.value).__name__, str(raised.value)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_in_torchs_words(mistake):
    assert outcome(lab, mistake) == outcome(torch, mistake)


def test_an_error_of_the_users_own_passes_unchanged():
    from autograd_lab.core.primitive import PRIMITIVES, primitive

    @primitive
    def picky(xp, x):
        raise ValueError("not this one")

    try:
        with pytest.raises(ValueError, match="not this one"):
            picky(lab.ones(2))
    finally:
        del PRIMITIVES["picky"]
