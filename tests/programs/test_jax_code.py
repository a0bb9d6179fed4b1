"""The same lines under XLA: values, our gradients, and how long compiling takes to grow."""

import sys
from types import MappingProxyType

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.programs import Program, Unable, jax_code
from autograd_lab.programs.jax_code import JaxCode

jax = pytest.importorskip("jax")


@pytest.fixture(autouse=True)
def in_float64():
    with jax.enable_x64(True):
        yield


def captured(function, *arrays):
    return Program.capture(function, *(lab.tensor(a, requires_grad=True) for a in arrays))


def net(x, w, b):
    h = (x @ w + b).tanh()
    return (h * (h > 0).to(lab.float64) + h.relu()).pow(2).sum()


VALUES = [np.linspace(-1, 1, 12).reshape(4, 3), np.linspace(0.5, -0.7, 15).reshape(3, 5), np.linspace(0, 0.4, 5)]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("sign", [1.0, -0.5])
def test_values_and_gradients_are_ours(whole, sign):
    program, at = captured(net, *VALUES), [v * sign for v in VALUES]
    function, run = program.to_jax(whole), program.run(*at)
    assert np.allclose(function(*at), run.value, rtol=1e-14)
    found = jax.grad(function, (0, 1, 2))(*at)
    for g, ours in zip(found, run.gradients.values()):
        assert np.allclose(g, ours, rtol=1e-13, atol=1e-15)
    assert np.allclose(jax.jit(jax.grad(function, 1))(*at), found[1], rtol=1e-13, atol=1e-15)


def test_a_constant_may_come_first():
    w = VALUES[0]

    def steps(w):
        h = lab.zeros(2, 4, dtype=lab.float64)
        return (lab.eye(3, dtype=lab.float64) @ (h @ w + 1).tanh().t()).sum() + (h @ w).exp().sum()

    found = jax.grad(captured(steps, w).to_jax())(w)
    assert np.allclose(found, captured(steps, w).run(w).gradients["w"])


def test_elements_of_a_constant_are_taken_by_what_was_computed():
    """The largest in a bag of embeddings: which row that is depends on the weights."""
    w, bags = np.random.default_rng(0).standard_normal((5, 4)), lab.tensor([[0, 2, 1], [3, 1, 4]])
    program = captured(lambda w: lab.nn.functional.embedding_bag(bags, w, mode="max").pow(2).sum(), w)
    for at in (w, -w):
        assert np.allclose(jax.grad(program.to_jax())(at), program.run(at).gradients["w"])


def branching(x):
    return (x * 2).sum() if x.sum() > 0 else (x * 3).sum()


def test_where_python_would_decide_otherwise_there_is_no_answer():
    """An error where one can be raised, and nan inside of what JAX traces: a function of the wrong branch is a wrong answer."""
    at = np.array([1.0, 2.0])
    program = captured(branching, at)
    for function in (program.to_jax(), program.to_jax(whole=True)):
        assert function(at) == 6 and jax.grad(function)(at).tolist() == [2.0, 2.0]
        with pytest.raises(Unable, match="branching takes another branch here: capture it again"):
            function(-at)
        assert np.isnan(jax.grad(function)(-at)).all() and np.isnan(jax.jit(function)(-at))
        assert jax.jit(function)(at) == 6 and jax.vmap(function)(np.array([at, at])).tolist() == [6.0, 6.0]


def test_a_number_that_python_saw_may_be_off_by_the_rounding_of_two_machines():
    at = np.linspace(-1, 1, 1000) ** 3 + 0.1
    function = captured(lambda x: (x * x.exp().mean().item()).sum(), at).to_jax()
    assert np.allclose(function(at), (at * np.exp(at).mean()).sum())
    with pytest.raises(Unable, match="another branch"):
        function(at * (1 + 1e-9))


def test_at_kinks_it_answers_as_pytorch_does():
    zero = np.zeros(2)
    function = captured(lambda x: x.abs().sum() + x.clamp(0, 1).sum(), zero).to_jax()
    assert jax.grad(function)(zero).tolist() == [1.0, 1.0]  # 0 of abs, 1 of clamp; JAX's own would be 1 and 0.5


@pytest.mark.parametrize("seed", range(12))
def test_random_functions(seed, random_functions):
    function, arrays = random_functions(seed, kinks=seed % 2 == 1, writes=seed % 3 == 0)
    program = captured(function, *arrays)
    ours = program.run(*arrays)
    found = jax.grad(program.to_jax(), (0, 1))(*arrays)
    for g, own in zip(found, ours.gradients.values()):
        assert np.allclose(g, 0 if own is None else own, rtol=1e-9, atol=1e-9)


def weighted(function):
    def loss(*args):
        out = function(*args)
        outs = out if isinstance(out, (tuple, list)) else (out,)
        return sum((t * (i + 1)).sum() for i, t in enumerate(outs) if t.requires_grad)

    return loss


# the first three ask the engine for gradients; mode counts distinct values, and JAX must know beforehand how many there are
UNABLE = {"index_scatter", "as_strided_scatter", "diagonal_back", "mode_along"}


@pytest.fixture(scope="module")
def gradients(cases):
    """Of each primitive the gradients that its program gives and those that JAX does, or the error: two dozen compiled at a time."""
    names, found = sorted(set(cases) - UNABLE), {}
    with jax.enable_x64(True):
        for i in range(0, len(names), 24):
            batch = [(captured(weighted(cases[name][0]), *cases[name][1]), cases[name][1]) for name in names[i : i + 24]]
            try:
                answers = compiled(batch)
            except Exception:  # then one by one, to say whose it is
                answers = [_alone(one) for one in batch]
            ours = [[*program.run(*at).gradients.values()] for program, at in batch]
            found |= dict(zip(names[i:], zip(ours, answers)))
    return MappingProxyType(found)


def compiled(programs) -> list:
    """JAX's gradients of several programs from one compilation."""
    functions = [(program.to_jax(whole=True), tuple(range(len(at)))) for program, at in programs]
    run = jax.jit(lambda inputs: [jax.grad(function, places)(*at) for (function, places), at in zip(functions, inputs)])
    return run([at for _, at in programs])


def _alone(program):
    try:
        return compiled([program])[0]
    except Exception as error:
        return error


def test_every_primitive(case, gradients):
    """All operations of the table, forward and our rules, compiled by JAX with jax.numpy as their namespace."""
    if case in UNABLE:
        return
    ours, found = gradients[case]
    if isinstance(found, Exception):
        raise found
    for g, own in zip(found, ours, strict=True):
        assert np.allclose(g, 0 if own is None else own, rtol=1e-8, atol=1e-10, equal_nan=True)


def chain(x):
    for _ in range(150):
        x = ((x * 1.01).tanh() + 0.5) * x
    return x.sum()


def recurrent(x, w, u):
    h = x[0] @ u
    for t in range(1, 100):
        h = (h @ w + x[t] @ u).tanh() * (1 - 0.001 * t)
    return h.sum()


@pytest.mark.parametrize(
    "function, at",
    [
        (chain, [np.linspace(0, 0.1, 16)]),
        (recurrent, [np.linspace(-1, 1, 600).reshape(100, 2, 3), np.linspace(-0.5, 0.5, 16).reshape(4, 4), np.eye(3, 4)]),
    ],
)
def test_what_repeats_is_compiled_once(function, at):
    program = captured(function, *at)
    code = JaxCode(program)
    assert len(code.shared) <= 12 and len(code.forward) + len(code.backward) < len(program) / 4
    found = jax.grad(program.to_jax(), tuple(range(len(at))))(*at)
    for g, ours in zip(found, program.run(*at).gradients.values()):
        assert np.allclose(g, ours, rtol=1e-12, atol=1e-15)


def test_what_it_takes_from_outside_may_be_left_out_or_given():
    w = lab.tensor([1.0, 2.0], dtype=lab.float64, requires_grad=True)
    program = Program.capture(lambda x: (x * w).sum(), lab.tensor([3.0, 4.0], dtype=lab.float64))
    function = program.to_jax()
    assert function(np.array([3.0, 4.0])) == 11 and function(np.array([3.0, 4.0]), np.array([2.0, 2.0])) == 14
    assert jax.grad(function, 1)(np.array([3.0, 4.0]), np.array([2.0, 2.0])).tolist() == [3.0, 4.0]
    with pytest.raises(ValueError, match="takes 1 arrays"):
        function()


def test_integers_have_no_gradient():
    program = Program.capture(
        lambda x, n: (x * n).sum(), lab.tensor([1.0, 2.0], requires_grad=True, dtype=lab.float64), lab.tensor([2, 3])
    )
    value, pull = jax.vjp(program.to_jax(), np.array([1.0, 2.0]), np.array([2, 3]))
    assert value == 8 and pull(np.float64(1.0))[0].tolist() == [2.0, 3.0]


def test_other_shapes_and_dtypes_are_refused_and_batches_of_vmap_are_not():
    program = captured(lambda x: x.sum() / len(x), np.ones((4, 3)))
    function = program.to_jax()
    for other in (np.ones((8, 3)), np.ones((4, 3), np.float32), np.ones(3)):
        with pytest.raises(ValueError, match="was captured with x of shape"):
            function(other)
        with pytest.raises(ValueError, match="was captured with x of shape"):
            jax.jit(jax.grad(function))(other)
    assert jax.vmap(function)(np.ones((8, 4, 3))).tolist() == [3] * 8
    assert jax.eval_shape(function, jax.ShapeDtypeStruct((4, 3), np.float64)).shape == ()
    with jax.enable_x64(False):
        assert function(np.ones((4, 3))).dtype == np.float32
    assert captured(lambda x: x * 2, np.array(1.0)).to_jax()(3) == 6


def put(x, i):
    x = x * 1
    x[i] = 0.0
    return x.sum()


READING = {
    "rows": lambda x, i: x[i].sum(),
    "columns": lambda x, i: x[:, i].sum(),
    "the last": lambda x, i: x[..., i].sum(),
    "two": lambda x, i: x[i, None, i].sum(),
    "one": lambda x, i: x[i[1]].sum(),
    "put": put,
}


@pytest.mark.parametrize("name", READING)
def test_an_index_out_of_bounds_is_refused_as_it_is_here(name):
    """XLA reads another element instead, and writes none."""
    x = np.arange(9.0).reshape(3, 3)
    function = Program.capture(READING[name], lab.tensor(x, requires_grad=True), lab.tensor([0, 1])).to_jax()
    for good in ([0, 2], [-3, -1]):
        assert function(x, np.array(good)) == READING[name](lab.tensor(x), lab.tensor(good)).item()
    for bad in ([0, 3], [1, -4]):
        with pytest.raises(IndexError) as ours:
            READING[name](lab.tensor(x), lab.tensor(bad))
        with pytest.raises(IndexError) as theirs:
            function(x, np.array(bad))
        assert str(theirs.value) == str(ours.value)
        assert np.isnan(jax.jit(function)(x, np.array(bad)))
        assert np.isnan(jax.grad(function)(x, np.array(bad))).all()


def test_classes_that_are_an_input_become_one_hot_there_too():
    x, function = np.ones((2, 3)), lambda x, i: (lab.nn.functional.one_hot(i, 3) * x).sum(0)
    program = Program.capture(function, lab.tensor(x), lab.tensor([0, 1]))
    assert program.to_jax()(x, np.array([2, 0])).tolist() == [1, 0, 1]


def test_what_it_writes_to_its_inputs_is_a_second_result():
    def function(x, out, w):
        out[1:].mul_(2).add_(x[0].detach())
        return (x * w).sum() + out.sum()

    x, out, w = np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0]), np.array([0.5, 1.5])
    f = Program.capture(function, *(lab.tensor(a, requires_grad=i != 1) for i, a in enumerate((x, out, w)))).to_jax()
    for run in (f, jax.jit(f)):
        value, written = run(x, out, w)
        assert value == 26.5 and list(written) == ["out"] and written["out"].tolist() == [3, 9, 11]
    assert out.tolist() == [3, 4, 5]  # as functions of JAX are, it is pure
    (value, written), gradients = jax.value_and_grad(f, argnums=(0, 2), has_aux=True)(x, out, w)
    assert value == 26.5 and [g.tolist() for g in gradients] == [[0.5, 1.5], [1, 2]]


def test_running_averages_are_a_second_result_by_their_names():
    x = np.random.default_rng(0).standard_normal((5, 3))
    net = lab.nn.Sequential(lab.nn.Linear(3, 2), lab.nn.BatchNorm1d(2)).double()
    program = Program.capture(net, lab.tensor(x))
    value, written = program.to_jax()(x)
    assert net[1].running_mean.tolist() == [0, 0] and net[1].num_batches_tracked.item() == 0
    expected = net(lab.tensor(x)).detach().numpy()  # which writes
    np.testing.assert_allclose(value, expected, 1e-12)
    assert set(written) == {"1.running_mean", "1.running_var", "1.num_batches_tracked"}
    for name, buffer in net.named_buffers():
        np.testing.assert_allclose(written[name], buffer.numpy(), 1e-12)


def test_a_tensor_without_a_name_is_written_under_its_number():
    total = lab.zeros(2, dtype=lab.float64)
    function = Program.capture(lambda x: total.add_(x) * 1, lab.ones(2, dtype=lab.float64)).to_jax()
    value, written = function(np.array([2.0, 3.0]))
    assert value.tolist() == [2, 3] and [(k, v.tolist()) for k, v in written.items()] == [("from outside 1", [2, 3])]
    assert total.tolist() == [0, 0]


def test_arrays_of_jax_are_arrays_to_run_too():
    x = np.array([1.0, 2.0])
    assert captured(lambda x: (x * x).sum(), x).run(jax.numpy.asarray(x)).gradients["x"].tolist() == [2, 4]


def test_without_jax_it_says_which_extra_to_install(monkeypatch):
    program = captured(lambda x: x.sum(), np.ones(2))
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(RuntimeError, match=r'jax is not installed \(pip install "autograd-lab\[crosscheck\]"\), and what runs'):
        program.to_jax()


EMITTERS, LEVEL = {"xla_cpu_use_fusion_emitters": False}, {"xla_backend_optimization_level": 0}


def known_to_xla(options):
    """``options`` if this version of XLA has them."""
    try:
        jax.jit(lambda x: x, compiler_options=options).lower(0).compile()
    except jax.errors.JaxRuntimeError:
        return {}
    return options


def test_an_option_that_xla_does_not_know_leaves_the_other(monkeypatch):
    assert not jax_code._is_known("xla_no_such_option", True)
    monkeypatch.setattr(jax_code, "_is_known", lambda option, value: option not in EMITTERS)
    assert jax_code._compiler_options([]) == LEVEL


@pytest.mark.parametrize(("size", "asked"), [(3, [EMITTERS, LEVEL]), (600, [EMITTERS])])
def test_of_a_long_program_xla_makes_code_quickly(monkeypatch, size, asked):
    def function(x):
        return ((x * 1.01).tanh() + 0.5).sum()

    at = np.linspace(0, 1, size)
    program, options = captured(function, at), []

    def asked_for(lines):
        options.append(found := asked_of_xla(lines))
        return found

    asked_of_xla = jax_code._compiler_options
    monkeypatch.setattr(jax_code, "_compiler_options", asked_for)
    JaxCode(program)
    assert not options
    monkeypatch.setattr(jax_code, "MANY", 2)
    code = JaxCode(program)
    assert options == [{name: value for one in asked for name, value in known_to_xla(one).items()}] * 2
    run, expected = code.function(whole=False), program.run(at).gradients["x"]
    for found in (jax.grad(run)(at), jax.jit(jax.grad(run))(at)):  # traced for another function it is compiled as that is
        assert np.allclose(found, expected, rtol=1e-13)
