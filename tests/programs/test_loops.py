"""What Python unrolled is one loop under XLA again: the same numbers, a handful of calls, and compiled inside of jax.jit too."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.programs import Program
from autograd_lab.programs.jax_code import JaxCode
from autograd_lab.programs.loops import Stack, repeats

jax = pytest.importorskip("jax")
RANDOM = np.random.default_rng(0)
STEPS = 60


@pytest.fixture(autouse=True)
def in_float64():
    with jax.enable_x64(True):
        yield


def values(*shape):
    return RANDOM.standard_normal(shape) * 0.3


def captured(function, arrays):
    return Program.capture(function, *(lab.tensor(a, requires_grad=True) for a in arrays))


def agree(found, ours, tolerance=1e-10):
    assert ours is not None and np.allclose(found, ours, rtol=tolerance, atol=tolerance / 100)


def recurrent(xs, w, u):
    """What is carried is read twice, and every step's state is needed by the backward."""
    h = lab.zeros(2, 3, dtype=xs.dtype)
    for t in range(STEPS):
        h = (xs[t] @ w + h @ u).tanh() * (1 - 0.001 * t)
    return (h * h).sum()


def memory_cell(xs, w, u):
    h = c = lab.zeros(2, 3, dtype=xs.dtype)
    for t in range(STEPS):
        i, f, g, o = (xs[t] @ w + h @ u).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
    return h.sum() + c.prod()


def two_steps_back(x, w):
    older, old = x, x * 0.5
    for _ in range(STEPS * 2):
        older, old = old, (old * w + older * 0.3).tanh()
    return older.sum() + old.exp().sum()


def three_steps_back(x, w):
    states = [x, x * 2, x * 3]
    for _ in range(STEPS):
        states.append((states[-1] * w + states[-3] * 0.1).sin())
    return sum(h.sum() for h in states)


def there_and_back(xs, w):
    """The second loop reads what the first one made, from its end."""
    h = g = lab.zeros(3, dtype=xs.dtype)
    seen = []
    for t in range(STEPS):
        h = (h * w + xs[t]).tanh()
        seen.append(h)
    for t in reversed(range(STEPS)):
        g = (g * w + seen[t] * xs[t]).sin()
    return g.sum()


def nested(x, w):
    for _ in range(20):
        for _ in range(10):
            x = (x * w).tanh()
        x = x.exp() - 1
    return x.sum()


def in_turns(x, w):
    for t in range(STEPS * 2):
        x = (x * w).tanh() if t % 2 else (x + w).sin()
    return x.sum()


def attention(x, q, k):
    for _ in range(20):
        x = x + ((x @ q) @ (x @ k).t()).softmax(-1) @ x * 0.1
        x = (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True) + 1e-3).sqrt()
    return (x * x * x).sum()


def training(w, x, y):
    v = lab.zeros_like(w)
    for _ in range(STEPS):
        v = 0.9 * v + x.t() @ (x @ w - y)
        w = w - 0.001 * v
    return ((x @ w - y) ** 2).sum()


def one_in_the_middle(y):
    seen = []
    for _ in range(100):
        y = y + 0.01 * lab.stack([y[1], -y[0]])
        seen.append(y)
    return (seen[50] * seen[-1]).sum()


def by_places(x):
    for _ in range(110):
        x = (x[lab.tensor([2, 0, 1])] * 1.1).tanh()
    return x.sum()


# what each is called with, and how many pieces and loops may be left of its forward and its backward
UNROLLED = {
    recurrent: ([values(STEPS, 2, 3), values(3, 3), values(3, 3)], 3, 3),
    memory_cell: ([values(STEPS, 2, 3), values(3, 12), values(3, 12)], 3, 3),
    two_steps_back: ([values(4), values(4)], 3, 3),
    three_steps_back: ([values(4), values(4)], 5, 5),
    there_and_back: ([values(STEPS, 3), values(3)], 5, 5),
    nested: ([values(5), values(5)], 3, 3),
    in_turns: ([values(5), values(5)], 3, 3),
    attention: ([values(4, 5), values(5, 5), values(5, 5)], 3, 3),
    training: ([values(3, 1), values(6, 3), values(6, 1)], 3, 3),
    one_in_the_middle: ([values(2)], 5, 5),
    by_places: ([values(3)], 3, 3),
}


@pytest.mark.parametrize("function", UNROLLED)
def test_rounds_become_a_loop_with_our_gradients(function):
    arrays, forward, backward = UNROLLED[function]
    program = captured(function, arrays)
    code = JaxCode(program)
    assert len(code.forward) <= forward and len(code.backward) <= backward
    at, run, every = [a * 0.9 for a in arrays], program.to_jax(), tuple(range(len(arrays)))
    ours = program.run(*at)
    value, found = jax.value_and_grad(run, every)(*at)
    np.testing.assert_allclose(value, ours.value, rtol=1e-12)
    for g, own in zip(found, ours.gradients.values()):
        agree(g, own)


def test_thousands_of_lines_compile_inside_of_what_jax_compiles():
    """Unrolled, XLA had not compiled them after minutes."""

    def long(xs, w, u):
        h = lab.zeros(2, 3, dtype=xs.dtype)
        for t in range(300):
            h = (xs[t] @ w + h @ u).tanh()
        return (h * h).sum()

    arrays = [values(300, 2, 3), values(3, 3), values(3, 3)]
    program = captured(long, arrays)
    assert len(program) > 4_000
    found = jax.jit(jax.grad(program.to_jax(whole=True), 1))(*arrays)
    agree(found, program.run(*arrays).gradients["w"])
    several = jax.vmap(jax.grad(program.to_jax()), (0, None, None))(np.stack([arrays[0], arrays[0] * 2]), *arrays[1:])
    agree(several[1], program.run(arrays[0] * 2, *arrays[1:]).gradients["xs"])


def test_without_64_bits_the_loop_is_one_of_32():
    arrays = UNROLLED[recurrent][0]
    program = captured(recurrent, arrays)
    with jax.enable_x64(False):
        found = jax.grad(program.to_jax(), 1)(*arrays)
    assert found.dtype == np.float32
    agree(found, program.run(*arrays).gradients["w"], 1e-5)


OUTSIDE = lab.from_numpy(values(3))
REMEMBERED = {  # a function, its arrays, and the arrays of its program that JAX may have met
    "numbers": (recurrent, UNROLLED[recurrent][0], lambda program, code: [*code.numbers.values()]),
    "constants": (
        lambda x: (x * lab.arange(3.0, dtype=lab.float64)).sum(), [values(3)],
        lambda program, code: [a for line in program.lines for a in line.args if isinstance(a, np.ndarray)],
    ),
    "tensors from outside": (lambda x: (x * OUTSIDE).sum(), [values(3)], lambda program, code: [OUTSIDE._array]),
    "inputs": (lambda x: x.sum(), [values(3)], lambda program, code: []),
}  # fmt: skip


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", REMEMBERED)
def test_what_jax_made_of_an_array_in_the_other_precision_is_not_taken(name, first):
    """JAX gives it again, float64 to code for float32, as long as anybody holds it, as ``held`` does."""
    function, arrays, others = REMEMBERED[name]
    program = captured(function, arrays)
    code = JaxCode(program)
    met = [*arrays, *others(program, code)]
    assert len(met) > len(arrays) or name == "inputs"
    with jax.enable_x64(first):
        held = [jax.jit(lambda number, array=array: number * array) for array in met]
        assert all(by_it(1.0).size for by_it in held)
    with jax.enable_x64(not first):
        value = code.function(False)(*arrays)
    assert value.dtype == (np.float32 if first else np.float64)
    agree(np.asarray(value), program.run(*arrays).value, 1e-5 if first else 1e-14)


def test_layers_with_weights_of_their_own_are_not_copied_into_one_array():
    def layers(x, *weights):
        for w in weights:
            x = (x @ w).relu() + x * 0.5
        return x.sum()

    arrays = [values(2, 4), *(values(4, 4) for _ in range(60))]
    program = captured(layers, arrays)
    code = JaxCode(program)
    made = [v for _, reads, outs in (*code.forward, *code.backward) for v in (*reads, *outs)]
    assert not any(isinstance(v, Stack) for v in made)
    found = jax.grad(program.to_jax(), 7)(*arrays)
    agree(found, list(program.run(*arrays).gradients.values())[7])


def test_of_repeats_the_longest_and_then_the_shortest_are_taken():
    inner = [0, 1] * 10 + [2]
    assert repeats([9, *inner * 12, 8]) == [(1, 21, 12)]
    assert repeats([5, 6, 7] * 20) == [(0, 3, 20)]
    assert repeats([1] * 30 + [2, 3] * 30) == [(0, 1, 30), (30, 2, 30)]
    assert repeats(list(range(50))) == [] and repeats([]) == []
