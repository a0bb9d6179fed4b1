"""Random numbers in programs: drawn anew in each run, on NumPy the engine's own, under JAX by a key and of the same law."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core.random import Generator
from autograd_lab.programs import Program, Unable
from autograd_lab.programs.draws import by_key
from autograd_lab.programs.lines import Draw

F, OWN = lab.nn.functional, Generator()
WEIGHTS = lab.tensor(np.random.default_rng(1).random((3, 4)), dtype=lab.float32)
WORDS = {
    "rand": lambda x: x * lab.rand(3, 4), "rand of a generator": lambda x: x * lab.rand(3, 4, generator=OWN),
    "randn": lambda x: x * lab.randn(3, 4), "a few": lambda x: x[0] * lab.randn(4), "randn_like": lambda x: x * lab.randn_like(x.T).T,
    "randint": lambda x: x * lab.randint(0, 9, (3, 4)), "randperm": lambda x: x[lab.randperm(3)] * WEIGHTS,
    "normal": lambda x: lab.normal(x, x.detach().abs()) * x, "bernoulli": lambda x: lab.bernoulli(x.detach()) * x,
    "bernoulli_": lambda x: lab.zeros(3, 4).bernoulli_(0.4) * x, "uniform_": lambda x: lab.zeros(3, 4).uniform_(-1, 1) * x,
    "normal_": lambda x: (x * 1).normal_(1, 2, generator=OWN) + x, "log_normal_": lambda x: lab.zeros(3, 4).log_normal_() * x,
    "exponential_": lambda x: lab.zeros(3, 4).exponential_() * x, "geometric_": lambda x: lab.zeros(3, 4).geometric_(0.3) * x,
    "cauchy_": lambda x: lab.zeros(3, 4).cauchy_(generator=OWN) * x, "random_": lambda x: lab.zeros(3, 4).random_() * x,
    "multinomial": lambda x: x[0][lab.multinomial(x.detach()[0], 3)] * lab.arange(3), "randn of complex": lambda x: (x * lab.randn(3, 4) * 1j).imag,
    "multinomial with replacement": lambda x: x[0][lab.multinomial(x.detach(), 3, replacement=True)] * lab.arange(3),
    "dropout": lambda x: F.dropout(x.T), "dropout1d": lambda x: F.dropout1d(x[None]), "native_dropout": lambda x: lab.native_dropout(x, 0.5, True)[0], "rrelu": lambda x: F.rrelu(x - 0.5, training=True),
    "alpha_dropout": lambda x: F.alpha_dropout(x, 0.5, True), "gumbel_softmax": lambda x: F.gumbel_softmax(x) * lab.arange(4),
    "gumbel_softmax, hard": lambda x: F.gumbel_softmax(x, hard=True) * WEIGHTS,
    "orthogonal_": lambda x: lab.nn.init.orthogonal_(lab.empty(3, 4)) * x,
    "attention": lambda x: F.scaled_dot_product_attention(x[None], x[None], x[None], dropout_p=0.5),
}  # fmt: skip


def leaf():
    return lab.tensor(np.random.default_rng(0).random((3, 4)), dtype=lab.float32, requires_grad=True)


def of_both(numbers):
    """Of the default generator and of OWN: their states; they are seeded with ``numbers`` first, if there are any."""
    if numbers is not None:
        lab.manual_seed(numbers[0]), OWN.manual_seed(numbers[1])
    return lab.get_rng_state().tolist(), OWN.get_state().tolist()


@pytest.mark.parametrize("word", WORDS)
def test_what_a_run_draws_is_what_the_engine_draws(word):
    x, function = leaf(), lambda x: WORDS[word](x).sum()
    before = of_both((1, 2))
    program = Program.capture(function, x)
    assert of_both(None) == before  # a capture has drawn nothing
    values = []
    for seeds in [(n, n + 1) for n in range(3, 9)]:
        of_both(seeds)
        expected, after = function(x), of_both(None)
        x.grad = None
        expected.backward()
        of_both(seeds)
        run = program.run(x)
        assert run.value == expected.item() and np.array_equal(run.gradients["x"], x.grad.numpy())
        assert of_both(None) == after
        values.append(program.run(x).value)
    assert len(set(values)) > 1  # and not what was drawn at capture


@pytest.mark.parametrize("word", WORDS)
def test_under_jax_a_key_says_what_is_drawn(word):
    jax = pytest.importorskip("jax")
    program = Program.capture(lambda x: WORDS[word](x).sum(), leaf())
    run, x = program.to_jax(), leaf().detach().numpy()
    with pytest.raises(TypeError, match=r"<lambda> draws random numbers, which JAX draws by keys: call it with key=jax"):
        run(x)
    values = [float(run(x, key=jax.random.key(i))) for i in (0, 0, 1, 2, 3, 4)]
    assert values[0] == values[1] and len(set(values)) > 2
    assert float(jax.jit(run)(x, key=jax.random.key(1))) == pytest.approx(values[2], rel=1e-5)
    assert jax.grad(run)(x, key=jax.random.key(0)).shape == (3, 4)


def test_the_gradient_is_of_what_was_drawn():
    jax = pytest.importorskip("jax")
    x = leaf().detach().numpy()
    run = Program.capture(lambda x: F.dropout(x, 0.5), leaf()).to_jax()
    out, pull = jax.vjp(lambda x: run(x, key=jax.random.key(3)), x)
    (found,) = pull(np.ones_like(x))
    assert np.array_equal(found, out / x) and set(np.unique(found)) == {0, 2}
    many = jax.vmap(lambda key: run(x, key=key))(jax.random.split(jax.random.key(0), 200))
    assert np.mean(many == 0) == pytest.approx(0.5, abs=0.03) and len(np.unique(many, axis=0)) > 150


LAWS = [("uniform", (np.dtype("f4"),)), ("uniform", (np.dtype("f8"), -2.0, 5.0)), ("normal", (np.dtype("f4"),)), ("normals", ()),
        ("normal", (np.dtype("f8"), 3.0, 0.5)), ("uniform", (np.dtype("c16"),)), ("normal", (np.dtype("c8"), 1 + 1j, 2.0)),
        ("words", ()), ("words64", ())]  # fmt: skip


@pytest.mark.parametrize(("method", "law"), LAWS)
def test_the_law_is_the_generators(method, law):
    jax = pytest.importorskip("jax")
    n = 20_000
    ours = getattr(Generator().manual_seed(1), method)(n, *law)
    with jax.enable_x64(True):
        (theirs,) = by_key([Draw(method, (n, *law), {})], jax.random.key(1))
    assert (theirs.shape, theirs.dtype) == (ours.shape, ours.dtype)
    for part in ("real", "imag") if ours.dtype.kind == "c" else ("real",):
        a, b = (np.quantile(np.asarray(getattr(x, part), np.float64), np.linspace(0.05, 0.95, 19)) for x in (ours, theirs))
        assert np.abs(a - b).max() < 0.03 * np.ptp(a)


def test_whole_numbers_and_orders_are_the_generators_too():
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        lines = [Draw("integers", (-3, 4, 5000), {}), Draw("permutation", (9,), {})]
        whole, order = by_key(lines, jax.random.key(0))
    assert whole.dtype == order.dtype == np.int64
    assert set(np.unique(whole)) == set(range(-3, 4)) and sorted(np.asarray(order)) == list(range(9))
    assert np.bincount(np.asarray(whole) + 3).min() > 600


def test_without_64_bits_it_says_so():
    jax = pytest.importorskip("jax")
    run = Program.capture(lambda x: (lab.zeros(3, 4, dtype=lab.int64).random_() * x).sum(), leaf()).to_jax()
    with pytest.raises(Unable, match="whole numbers of 64 bits"):
        run(leaf().detach().numpy(), key=jax.random.key(0))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (lab.manual_seed(0), x * lab.rand(3, 4))[1],
        lambda x: x * lab.rand(3, 4, generator=lab.Generator().manual_seed(0)),
        lambda x: (OWN.seed(), x * lab.rand(3, 4, generator=OWN))[1],
    ],
)
def test_what_seeds_is_refused(function):
    with pytest.raises(Unable, match="it seeds the random numbers"):
        Program.capture(function, leaf())
    assert type(OWN.manual_seed(3)) is Generator  # and may do so again
    with pytest.warns(UserWarning, match="runs without being compiled: it seeds"):
        assert lab.compile(function)(leaf()).shape == (3, 4)


@pytest.mark.parametrize("word", [lambda x: lab.poisson(x.detach()), lambda x: lab.binomial(lab.full((3, 4), 5.0), x.detach()),
                                  lambda x: F.dropout(x)[0, 0].item() + x])  # fmt: skip
def test_what_python_decides_by_random_numbers_is_refused(word):
    with pytest.raises(Unable, match="it looks at random numbers, which are others in each run"):
        Program.capture(lambda x: word(x) * x, leaf())
    compiled, x = lab.compile(lambda x: word(x) * x), leaf()
    lab.manual_seed(7)
    expected = word(x) * x
    lab.manual_seed(7)
    with pytest.warns(UserWarning, match="runs without being compiled: it looks at"):
        assert np.array_equal(compiled(x).detach(), expected.detach())


def test_a_branch_by_random_numbers_is_a_guard():
    x = lab.ones(1, requires_grad=True)
    compiled = lab.compile(lambda x: x * 2 if lab.rand(1) > 0.5 else x * 3)
    seen = {compiled(x).item() for _ in range(20)}
    assert seen == {2.0, 3.0}


@pytest.mark.parametrize("sharded", [False, True])
def test_a_run_that_takes_another_branch_has_drawn_nothing(sharded):
    def function(x):
        drawn = x * lab.rand(4) * lab.rand(4, generator=OWN)
        return (drawn if (x > 0).all() else -drawn).sum()

    program = Program.capture(function, lab.ones(4, requires_grad=True))
    run = program.run
    if sharded:
        jax = pytest.importorskip("jax")
        run = program.shard(jax.sharding.Mesh(np.array(jax.devices()[:1]), ("data",)), data="x")
    before = of_both((1, 2))
    with pytest.raises(Unable, match="takes another branch here"):
        run(lab.zeros(4))
    assert of_both(None) == before
    run(lab.ones(4))
    assert of_both(None) != before


def test_a_compiled_function_goes_back_twice_through_what_it_drew():
    x = leaf()
    out = lab.compile(lambda x: (x * lab.rand(3, 4, generator=OWN)).sum())(x)
    state = OWN.get_state().tolist()
    for _ in range(2):
        out.backward(retain_graph=True)
    assert OWN.get_state().tolist() == state
    assert lab.allclose((x * x.grad / 2).sum(), out)


@pytest.mark.parametrize(
    "write", [lambda a, i: np.put_along_axis(a, i, 1.0, 0), lambda a, i: np.copyto(a, i), lambda a, i: np.sum(i, out=a)]
)
def test_a_function_of_numpys_that_writes_is_refused(write):
    def function(x):
        out = np.zeros(())
        write(out if x.ndim == 0 else np.zeros(4), x.detach()._array.astype(np.int64))
        return x

    with pytest.raises(Unable, match="a word writes into an array by itself"):
        Program.capture(function, lab.ones(4, requires_grad=True))
