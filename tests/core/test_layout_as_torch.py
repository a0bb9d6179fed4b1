"""Results lie in memory as PyTorch's do, so that ``.view`` takes the same ones."""

import random

import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

OPERANDS = {
    "turned": lambda m: m.arange(6.0).reshape(2, 3).t(),
    "expanded": lambda m: m.arange(3.0).expand(2, 3),
    "with gaps": lambda m: m.arange(12.0).reshape(2, 6)[:, ::2].t(),
    "permuted": lambda m: m.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1),
    "in order": lambda m: m.arange(24.0).reshape(2, 3, 4),
}

ALONG = """sort cumsum cumprod cummax cummin logcumsumexp softmax log_softmax flip argsort max min median mode logsumexp sum mean prod
           amax std nansum any all count_nonzero argmax unbind""".split()
ALONE = """exp clone tril triu contiguous floor abs sign bool double int isnan square flipud relu sigmoid logical_not nan_to_num""".split()


def calls(m):
    """Pairs of a name and a function of one tensor."""
    for d in (0, 1):
        for name in ALONG:
            yield f"{name} {d}", lambda x, name=name, d=d: getattr(x, name)(d)
        for name in ("sum", "mean", "norm", "amax"):
            yield f"{name} {d} kept", lambda x, name=name, d=d: getattr(x, name)(dim=d, keepdim=True)
        yield f"roll {d}", lambda x, d=d: x.roll(1, d)
        yield f"topk {d}", lambda x, d=d: x.topk(1, d)
        yield f"kthvalue {d}", lambda x, d=d: x.kthvalue(1, d)
        yield f"renorm {d}", lambda x, d=d: x.renorm(2, d, 1.0)
        yield f"index_select {d}", lambda x, d=d: x.index_select(d, m.tensor([0, 1]))
        yield f"gather {d}", lambda x, d=d: x.gather(d, m.zeros_like(x, dtype=m.int64))
        yield f"take_along_dim {d}", lambda x, d=d: x.take_along_dim(m.zeros_like(x, dtype=m.int64), d)
        yield f"repeat_interleave {d}", lambda x, d=d: x.repeat_interleave(2, d)
        yield f"cat {d}", lambda x, d=d: m.cat([x, x], d)
        yield f"stack {d}", lambda x, d=d: m.stack([x, x], d)
        yield f"var_mean {d}", lambda x, d=d: m.var_mean(x, d)
    for name in ALONE:
        yield name, lambda x, name=name: getattr(x, name)()
    yield "repeat", lambda x: x.repeat(*[2] * x.dim())
    yield "masked_fill", lambda x: x.masked_fill(x > 3, 0)
    yield "where", lambda x: m.where(x > 0, x, 0.0)
    yield "one_hot", lambda x: m.nn.functional.one_hot(x.long())
    yield "logsigmoid", lambda x: m.nn.functional.logsigmoid(x)
    yield "pad", lambda x: m.nn.functional.pad(x, (1, 1))
    yield "layer_norm", lambda x: m.nn.functional.layer_norm(x, x.shape[-1:])
    yield "rms_norm", lambda x: m.nn.functional.rms_norm(x, x.shape[-1:])
    yield "embedding", lambda x: m.nn.functional.embedding(m.tensor([[0, 1]]), x.reshape(-1, x.shape[-1]))


def lie(made):
    """The steps of each dimension that has any."""
    made = made if isinstance(made, tuple) else (made,)
    return [tuple(s for s, n in zip(x.stride(), x.shape) if n > 1) for x in made]


@pytest.mark.parametrize("operand", OPERANDS)
def test_results_lie_as_in_pytorch(operand):
    make, differing = OPERANDS[operand], []
    for (name, ours), (_, theirs) in zip(calls(lab), calls(torch)):
        x, t = make(lab), make(torch)
        if lie(mine := ours(x)) != lie(its := theirs(t)):
            differing.append((name, lie(mine), lie(its)))
    assert not differing


KEYS = {
    "a list behind a slice": lambda x, i: x[:, [0, 1]],
    "a list behind an ellipsis": lambda x, i: x[..., [0, 1]],
    "a list before a slice": lambda x, i: x[[0, 1]],
    "a mask in the middle": lambda x, i: x[:, x.sum((0, 2)) > 70],
    "two lists behind a slice": lambda x, i: x[:, i, i],
    "lists around a slice": lambda x, i: x[i, :, i],
    "a list behind two slices": lambda x, i: x[:, 1:, i],
    "an integer, a slice, a list": lambda x, i: x[0, :, i],
    "of a part": lambda x, i: x[..., ::2][:, i],
    "of a turned matrix": lambda x, i: x[0].t()[:, i],
    "the rows of a turned matrix": lambda x, i: x[0].t()[i],
}


@pytest.mark.parametrize("key", KEYS)
def test_what_is_chosen_lies_as_in_pytorch(key):
    ours, theirs = (KEYS[key](m.arange(24.0).reshape(2, 3, 4), m.tensor([0, 1])) for m in (lab, torch))
    assert lie(ours) == lie(theirs) and ours.tolist() == theirs.tolist()
    assert ours.view(-1).tolist() == theirs.view(-1).tolist()


# ---------------------------------------------------------------------- of operands that lie differently

POINTWISE = {
    "+": lambda m, x, y, z: x + y,
    "/ of two dtypes": lambda m, x, y, z: x.float() / y,
    "<": lambda m, x, y, z: x < y,
    "lt": lambda m, x, y, z: m.lt(x, y),
    "and": lambda m, x, y, z: (x > 0.3) & (y > 0.3),
    "floor_divide": lambda m, x, y, z: x // y,
    "maximum": lambda m, x, y, z: m.maximum(x, y),
    "add with alpha": lambda m, x, y, z: m.add(x, y, alpha=2),
    "of what lies so": lambda m, x, y, z: (x.exp() * 2 + y).sin() - z,
    "of one": lambda m, x, y, z: (x**2).relu() + 1,
    "a number to a power": lambda m, x, y, z: 2**x,
    "where": lambda m, x, y, z: m.where(x > 0.4, y, z),
    "addcmul": lambda m, x, y, z: m.addcmul(x, y, z),
    "lerp": lambda m, x, y, z: m.lerp(x, y, z),
    "clamp": lambda m, x, y, z: m.clamp(x, y, z),
    "like": lambda m, x, y, z: m.zeros_like(x),
    "double": lambda m, x, y, z: x.float(),
    "clone": lambda m, x, y, z: x.clone(),
    "mse_loss": lambda m, x, y, z: m.nn.functional.mse_loss(x, x * y, reduction="none"),
}


def operand_of(m, shape, rng):
    """A tensor that broadcasts to ``shape``: permuted, with gaps, repeated, with fewer dimensions, or in order."""
    own = [1 if rng.random() < 0.15 else n for n in shape][rng.choice((0, 0, 0, 1)) :]
    order = rng.sample(range(len(own)), len(own))
    gaps = [2 if rng.random() < 0.15 else 1 for _ in own]
    sizes = [own[d] * gaps[d] for d in order]
    count = m.tensor(sizes).prod().item()
    x = (m.arange(float(count), dtype=m.float64) % 7 * 0.1 + 0.2).reshape(sizes)
    x = x.permute([order.index(d) for d in range(len(own))])[tuple(slice(None, None, step) for step in gaps)]
    return x.expand(shape) if rng.random() < 0.3 else x


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize("seed", range(12))
def test_results_of_operands_that_lie_differently_lie_as_in_pytorch(seed):
    differing = []
    for k in range(8):
        rng = random.Random(100 * seed + k)
        shape = [rng.choice((2, 3, 3, 4)) for _ in range(rng.choice((2, 3, 3, 4)))]
        state = rng.getstate()
        ours = [operand_of(lab, shape, rng) for _ in range(3)]
        rng.setstate(state)
        theirs = [operand_of(torch, shape, rng) for _ in range(3)]
        for name, word in POINTWISE.items():
            mine, its = word(lab, *ours), word(torch, *theirs)
            assert mine.shape == its.shape, name
            if lie(mine) != lie(its):
                differing.append((name, 100 * seed + k, [x.stride() for x in theirs], lie(mine), lie(its)))
    assert not differing


def test_compiled_results_lie_as_those_of_the_engine():
    x, y = lab.arange(12.0).reshape(3, 4), lab.arange(12.0).reshape(4, 3).t()

    def function(x, y):
        return y + x, lab.where(y > 2, x, y), (x * y).exp() - y

    compiled = lab.compile(function)
    for _ in range(3):
        assert lie(compiled(x, y)) == lie(function(x, y)) == [(1, 3), (1, 3), (4, 1)]
