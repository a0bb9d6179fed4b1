"""What models are made of, on a device of JAX's: the values, gradients and random numbers of the CPU, and nothing slips back to it."""

import copy

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core.device import on_host

pytest.importorskip("jax")
JAX = "jax:cpu"
F = lab.nn.functional
DATA = np.array([[0.3, -1.2, 0.7], [1.5, 0.1, -0.4], [-0.6, 0.9, 2.0]])


def at(d, *rows):
    return lab.tensor(list(rows), device=d)


WORDS = {
    "mask": lambda x, d: x[x > 0], "row and mask": lambda x, d: x[1, x[0] > 0], "rows": lambda x, d: x[at(d, 2, 0, 2)],
    "pairs": lambda x, d: x[at(d, 0, 1), at(d, 2, 2)], "one number": lambda x, d: x[lab.tensor(1, device=d)], "host index": lambda x, d: x[at("cpu", 2, 0)],
    "gather": lambda x, d: x.gather(1, at(d, [0], [2], [1])), "scatter": lambda x, d: (x * 1).scatter_(1, at(d, [0], [2], [1]), x),
    "index_put": lambda x, d: x.index_put((at(d, 0, 1), at(d, 1, 1)), x[0, :2]), "set rows": lambda x, d: set_rows(x * 1, x, d),
    "masked_scatter": lambda x, d: x.masked_scatter(x > 0, x * 2), "embedding": lambda x, d: F.embedding(at(d, 1, 1, 0), x, padding_idx=0),
    "bag": lambda x, d: F.embedding_bag(at(d, [1, 2], [0, 0]), x), "one_hot": lambda x, d: F.one_hot(at(d, 0, 2, 1), 4) * x.sum(),
    "cross_entropy": lambda x, d: F.cross_entropy(x, at(d, 0, 2, 1), label_smoothing=0.1), "argmax": lambda x, d: (x.argmax(), x.argmin(1), x[0, 0].argmax()),
    "questions": lambda x, d: (x.isnan(), (x > 0).any(), (x > 9).all(1), x.isfinite(), x.count_nonzero(0), x[0, 0].sum(0)),
    "quantile": lambda x, d: (x.quantile(0.3), x.nanquantile(at(d, 0.2, 0.7).double(), 1), x.median(), x.nanmedian(1)[0], x.mode(1)[0]),
    "searchsorted": lambda x, d: lab.searchsorted(at(d, [1.0, 3.0, 5.0]), at(d, [2.0, 3.0])) + 0 * x.sum(), "sort": lambda x, d: x.sort(0, True),
    "unique": lambda x, d: at(d, 2, 2, 1).unique_consecutive() * x.sum(), "repeat": lambda x, d: x.repeat_interleave(at(d, 1, 0, 2), 0),
    "interpolate": lambda x, d: F.interpolate(x[None], scale_factor=2.0, mode="linear"), "bincount": lambda x, d: lab.bincount(at(d, 1, 1, 2)) * x.sum(),
    "dropout": lambda x, d: F.dropout(x) + F.alpha_dropout(x, 0.4, True) + F.rrelu(x, training=True), "gumbel": lambda x, d: F.gumbel_softmax(x, hard=True),
    "bernoulli": lambda x, d: x.sigmoid().bernoulli(), "multinomial": lambda x, d: x.abs().multinomial(2), "drawn": lambda x, d: drawn(x * 1),
    "normal": lambda x, d: lab.normal(x.detach(), 0.5), "makers": lambda x, d: (lab.randperm(3, device=d), lab.as_tensor(DATA, device=d), lab.randn_like(x)),
    "hessian": lambda x, d: lab.autograd.functional.hessian(lambda y: (y**3).sum(), x[0].detach()), "jvp": lambda x, d: lab.func.jvp(lab.sin, (x.detach(),), (x.detach(),)),
    "lstm": lambda x, d: layer(lab.nn.LSTM(3, 2, dtype=lab.float64), d)(x)[0], "attention": lambda x, d: F.scaled_dot_product_attention(x, x, x, is_causal=True),
    "pools": lambda x, d: (F.max_pool1d(x[None], 2), F.adaptive_max_pool1d(x[None], 2), F.max_unpool1d(x[None, :, :1], at(d, [[0], [1], [0]]), 2)),
    "convolution": lambda x, d: F.avg_pool1d(F.conv1d(x[None], x[:, :, None].expand(3, 3, 2)), 2), "new": lambda x, d: (x.new_zeros(2), x.new_tensor([1.0])),
    "one of several": lambda x, d: x.unbind(0)[1] + x.max(0).values,
}  # fmt: skip


def set_rows(y, x, d):
    y[at(d, 0, 2)] = x[:2]
    y[y > 1.4] = 0.5
    y[1] = lab.tensor([1.0, 2.0, 3.0], dtype=lab.float64, device=d)
    return y


def drawn(y):
    return y.clone().normal_(), y.clone().uniform_(-1, 1), y.clone().exponential_(), y[0].random_(5), y.clone().bernoulli_(0.3)


def layer(module, d):
    return module.to(d)


def values(word, d):
    """(outputs, gradient) of a word."""
    lab.manual_seed(3)
    x = lab.tensor(DATA, device=d, requires_grad=True)
    made = word(x, d)
    outs = list(made) if isinstance(made, (tuple, list)) else [made]
    if live := [out for out in outs if out.requires_grad]:
        sum((out * out).sum() for out in live).backward()
    return outs, x.grad


@pytest.mark.parametrize("name", WORDS)
def test_it_is_what_the_cpu_gives(name):
    (here, g), (there, g_there) = values(WORDS[name], "cpu"), values(WORDS[name], JAX)
    for a, b in zip([*here, g], [*there, g_there], strict=True):
        if a is None:
            assert b is None
            continue
        assert str(b.device) == JAX and b.dtype is a.dtype and b.shape == a.shape
        np.testing.assert_allclose(on_host(b._array), on_host(a._array), 1e-9, 1e-12)


def test_checks_run_there():
    x = lab.tensor(DATA[0], device=JAX, requires_grad=True)
    assert lab.autograd.gradcheck(lambda y: (y * y).sin(), x)


def test_an_index_written_over_is_noticed():
    x, index = lab.tensor(DATA, device=JAX, requires_grad=True), at(JAX, 0, 2)
    y = x[index].exp()
    index.fill_(1)
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation"):
        y.sum().backward()


def test_operands_that_lie_apart_are_refused():
    x, y = lab.ones(2, 2), lab.ones(2, 2, device=JAX)
    for mixed in (lambda: x > y, lambda: y == x, lambda: y.addmm(x, y), lambda: F.linear(y, x), lambda: lab.stack([y, x])):
        with pytest.raises(RuntimeError, match=r"^Expected all tensors to be on the same device"):
            mixed()


def test_a_model_is_copied_saved_and_loaded(tmp_path):
    net = lab.nn.Sequential(lab.nn.Linear(3, 2), lab.nn.BatchNorm1d(2)).to(JAX)
    other = copy.deepcopy(net)
    lab.save(net.state_dict(), tmp_path / "net.npz")
    loaded = lab.nn.Sequential(lab.nn.Linear(3, 2), lab.nn.BatchNorm1d(2)).to(JAX)
    loaded.load_state_dict(lab.load(tmp_path / "net.npz"))
    x = lab.ones(2, 3, device=JAX)
    for one in (other, loaded):
        assert {str(t.device) for t in (*one.parameters(), *one.buffers())} == {JAX} and one(x).tolist() == net(x).tolist()


def test_they_are_cross_checked():
    net = lab.nn.Linear(3, 2).to(JAX)
    x = lab.tensor(DATA, device=JAX, requires_grad=True)
    assert all(lab.check(f, a).ok for f, a in ((lambda y: (y * y).sum(), x), (net, x.float())))
