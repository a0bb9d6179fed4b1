"""Integers of more than 64 bits as values, counts, dimensions and indices: what is said of them, or what they come to, as in PyTorch."""

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

LARGE = {"2**64": 2**64, "-2**63-1": -(2**63) - 1, "2**70": 2**70, "10**400": 10**400}
AS_VALUES = """
x.fill_(n) | x == n | x != n | x < n | n < x | x[0:1].__setitem__(0, n) | x.__setitem__(slice(None), n) | x + n | n + x | x - n | n - x
x * n | x / n | n / x | x // n | x.add_(n) | x.mul(n) | m.add(x, n) | m.full((2,), n, dtype=x.dtype) | m.full_like(x, n)
m.tensor(n, dtype=x.dtype) | m.tensor([n, 1], dtype=x.dtype) | x.new_full((2,), n) | x.new_tensor([n]) | x.masked_fill(x > 0, n) | x[n]
m.scalar_tensor(n) | x.index_fill(0, m.tensor([0]), n) | x.scatter(0, m.tensor([0]), n)
""".replace("\n", " | ").strip(" |").split(" | ")  # fmt: skip
OF_INTEGERS = "x.eq(n) | x % n | x**n | n**x | m.clamp(x, max=n) | m.where(x > 0, x, n) | m.add(x, x, alpha=n) | x & n | x << n | m.fmod(x, n)"
ALONE = """
m.tensor(n) | m.tensor([[1, n]]) | m.tensor([n, 1.5]) | m.full((2,), n) | m.arange(n) | m.ones(n) | m.ones(2, n) | m.zeros((n,))
m.randint(0, n, (2,)) | m.eye(n) | m.manual_seed(n) | m.ones(2).sum(n) | m.ones(2).view(n) | m.ones(2).repeat(n) | m.ones(1).expand(n)
m.ones(2).unsqueeze(n) | m.ones(2)[n] | m.ones(2, 2)[0, n] | m.LongTensor([n]) | m.FloatTensor([n]) | m.randperm(n)
""".replace("\n", " | ").strip(" |").split(" | ")  # fmt: skip
CALLS = [(call, dtype) for call in AS_VALUES for dtype in ("int64", "float32", "uint8", "bool")]
CALLS += [(call, "int64") for call in OF_INTEGERS.split(" | ")] + [(call, "float32") for call in ALONE]


def outcome(m, call, dtype, n):
    try:
        result = eval(call, {"m": m, "n": n, "x": m.ones(2, dtype=getattr(m, dtype))})
    except Exception as error:
        return type(error).__name__, str(error).split("\n")[0].rstrip('"')
    return result.tolist() if hasattr(result, "tolist") else result


@pytest.mark.parametrize(("call", "dtype"), CALLS)
def test_a_large_integer(call, dtype):
    for name, n in LARGE.items():
        assert (name, outcome(lab, call, dtype, n)) == (name, outcome(torch, call, dtype, n))


@pytest.mark.parametrize("call", ["m.zeros(2**62)", "m.empty(2**62)", "m.arange(2**62)"])
def test_more_than_can_be_counted(call):
    for m in (lab, torch):
        with pytest.raises(RuntimeError, match="Storage size calculation overflowed"):
            eval(call, {"m": m})
