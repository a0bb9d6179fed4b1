"""Random numbers in place and draws of categories: PyTorch's own, to the last bit."""

import numpy as np
import pytest

import autograd_lab as lab

torch = pytest.importorskip("torch")

DRAWS = {
    "uniform": lambda t: t.uniform_(), "uniform between": lambda t: t.uniform_(-2, 3), "normal": lambda t: t.normal_(), "normal about": lambda t: t.normal_(2, 0.5), "bernoulli": lambda t: t.bernoulli_(), "bernoulli of p": lambda t: t.bernoulli_(0.3),
    "exponential": lambda t: t.exponential_(), "exponential of a rate": lambda t: t.exponential_(2.5), "geometric": lambda t: t.geometric_(0.3), "cauchy": lambda t: t.cauchy_(1, 2), "log-normal": lambda t: t.log_normal_(),
    "integers": lambda t: t.random_(), "integers below": lambda t: t.random_(10), "integers between": lambda t: t.random_(-5, 5),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [(3,), (5, 7)])
@pytest.mark.parametrize("draw", DRAWS)
def test_numbers(draw, size, dtype):
    drawn = []
    for m in (lab, torch):
        m.manual_seed(7)
        t = m.zeros(size, dtype=getattr(m, dtype))
        assert DRAWS[draw](t) is t
        drawn.append((t.tolist(), m.rand(2).tolist(), t._version))
    if draw in (
        "uniform between",
        "exponential",
        "exponential of a rate",
        "cauchy",
        "log-normal",
        "normal",
        "normal about",
        "geometric",
    ):  # a libm each
        np.testing.assert_allclose(drawn[0][0], drawn[1][0], rtol=1e-6 if dtype == "float32" else 1e-12)
        assert drawn[0][1:] == drawn[1][1:]
    else:
        assert drawn[0] == drawn[1]


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "bool"])
def test_integers_of_a_dtype(dtype):
    drawn = []
    for m in (lab, torch):
        m.manual_seed(3)
        drawn.append(m.zeros(4, dtype=getattr(m, dtype)).random_().tolist())
    assert drawn[0] == drawn[1]


WEIGHTS = [[0.1, 0.5, 0.2, 0.2], [[1.0, 0.0, 3.0], [0.5, 0.5, 9.0]]]


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize(("count", "again"), [(1, False), (2, False), (1, True), (6, True)])
def test_multinomial(weights, count, again):
    drawn = []
    for m in (lab, torch):
        m.manual_seed(11)
        found = [m.multinomial(m.tensor(weights), count, again) for _ in range(5)]
        drawn.append(
            ([t.tolist() for t in found], str(found[0].dtype), m.tensor(weights).multinomial(1).shape, m.rand(1).item())
        )
    assert drawn[0] == drawn[1]


def test_no_gradient_goes_through_a_draw():
    a = lab.ones(3, requires_grad=True)
    b = a * 2
    b.normal_()
    (b + a).sum().backward()
    assert a.grad.tolist() == [1, 1, 1]
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        a.normal_()
    with lab.no_grad():
        assert a.uniform_().requires_grad


@pytest.mark.parametrize("given", [
    lambda m, t, u: (t, u), lambda m, t, u: (t, 2.0), lambda m, t, u: (1.5, u), lambda m, t, u: (t[0], u), lambda m, t, u: (t, u[0]),
])  # fmt: skip
def test_normal_about_tensors(given):
    def told(m):
        m.manual_seed(3)
        t, u = (m.full((2, 9), v, dtype=m.float64, requires_grad=True) for v in (1.0, 0.5))
        made = m.normal(*given(m, t, u))
        found = m.autograd.grad(made.sum(), [t, u], allow_unused=True)
        return made.tolist(), str(made.dtype), made.grad_fn.name(), [None if g is None else g.tolist() for g in found]

    ours, theirs = told(lab), told(torch)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-12)
    assert ours[1:] == theirs[1:]


def test_normal_by_numbers():
    def told(m):
        m.manual_seed(3)
        return m.normal(1.0, 2.0, (3,), dtype=m.float64, device="cpu", pin_memory=False, requires_grad=True)

    np.testing.assert_allclose(told(lab).tolist(), told(torch).tolist(), rtol=1e-12)
    assert told(lab).requires_grad


MISTAKES = {
    "normal of integers": lambda m: m.normal(m.tensor([1, 2]), 1.0),
    "uniform": lambda m: m.ones(2).uniform_(2, 1), "normal": lambda m: m.ones(2).normal_(0, -1), "bernoulli": lambda m: m.ones(2).bernoulli_(2), "exponential": lambda m: m.ones(2).exponential_(-1), "geometric": lambda m: m.ones(2).geometric_(2),
    "cauchy": lambda m: m.ones(2).cauchy_(0, -1), "log-normal": lambda m: m.ones(2).log_normal_(0, -1), "random": lambda m: m.ones(2).random_(3, 1), "too many": lambda m: m.multinomial(m.ones(2), 3), "integers": lambda m: m.multinomial(m.tensor([1, 2]), 1),
    "ranks": lambda m: m.multinomial(m.ones(2, 2, 2), 1), "zeros": lambda m: m.multinomial(m.zeros(2), 1), "negative": lambda m: m.multinomial(-m.ones(2), 1), "none": lambda m: m.multinomial(m.ones(2), 0),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_refused_in_pytorchs_words(mistake):
    said = []
    for m in (lab, torch):
        with pytest.raises(RuntimeError) as raised:
            MISTAKES[mistake](m)
        said.append(str(raised.value))
    assert said[0] == said[1]


TURNS = {"t_": (), "transpose_": (0, 1), "squeeze_": (), "unsqueeze_": (1,), "swapaxes_": (0, 1), "swapdims_": (0, 1)}


@pytest.mark.parametrize("turn", TURNS)
def test_views_in_place(turn):
    def told(m):
        a = m.arange(6.0).reshape(2, 3)[:, :1] if turn == "squeeze_" else m.arange(6.0).reshape(2, 3)
        leaf = a.clone().requires_grad_()
        b = leaf * 2
        made = getattr(b, turn)(*TURNS[turn])
        (b * m.arange(float(b.numel())).reshape(b.shape)).sum().backward()
        try:
            getattr(leaf, turn)(*TURNS[turn])
        except RuntimeError as error:
            refused = str(error)
        return made is b, b.shape, b.stride(), b._version, leaf.grad.tolist(), refused

    assert told(lab) == told(torch)


def test_as_strided_is_a_view():
    def told(m):
        a = m.arange(6.0).requires_grad_()
        b = a * 2
        v = b.as_strided((2, 2), (1, 2))
        v.mul_(3)
        b.sum().backward()
        windows = m.arange(5.0).as_strided((3, 3), (1, 1))
        return b.tolist(), a.grad.tolist(), b.grad_fn.name(), windows.tolist(), windows.stride(), v._base is b

    assert told(lab) == told(torch)


@pytest.mark.parametrize("word", ["zeros_like", "ones_like", "empty_like", "rand_like", "randn_like"])
@pytest.mark.parametrize(
    "turned",
    [lambda x: x, lambda x: x.permute(2, 0, 1), lambda x: x.transpose(0, 1)[:, :, ::2], lambda x: x[:1].expand(5, 3, 4)],
)
def test_likes_lie_in_memory_as_what_they_are_like(word, turned):
    def told(m):
        m.manual_seed(5)
        made = getattr(m, word)(turned(m.zeros(2, 3, 4)))
        return made.stride(), None if word == "empty_like" else [round(v, 5) for v in made.flatten().tolist()]

    assert told(lab) == told(torch)
