"""Results lie in memory as PyTorch's do, so that ``.view`` takes the same ones."""

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
