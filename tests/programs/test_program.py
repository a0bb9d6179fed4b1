"""A captured program gives what the engine gives, bit for bit, at other values too."""

import tracemalloc

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab import nn
from autograd_lab.programs import Program, Unable
from autograd_lab.trace import Recording, rehearse


def leaf(*values, **options):
    return lab.tensor(list(values), requires_grad=True, **options)


def eager(function, *args):
    """(value, gradients) by the engine."""
    tensors = [lab.tensor(a, requires_grad=True) for a in args]
    out = function(*tensors)
    out.backward()
    return out.detach().numpy(), [None if t.grad is None else t.grad.numpy() for t in tensors]


def equal(a, b):
    return np.array_equal(a, b, equal_nan=True)


def same(program, function, *args):
    run = program.run(*args)
    value, gradients = eager(function, *args)
    assert equal(run.value, value) and np.asarray(run.value).dtype == value.dtype
    for ours, theirs in zip(run.gradients.values(), gradients, strict=True):
        assert (ours is None) == (theirs is None)
        assert ours is None or (equal(ours, theirs) and ours.dtype == theirs.dtype)


@pytest.mark.parametrize("kinks", [False, True])
@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize("start", range(0, 40, 10))
def test_random_functions_are_bitwise_equal(kinks, writes, start, random_functions):
    """Values, gradients and the order in which contributions add up, at three points each, in the same buffers."""
    for seed in range(start, start + 10):
        function, arrays = random_functions(seed, kinks=kinks, writes=writes)
        program = Program.capture(function, *(lab.tensor(a, requires_grad=True) for a in arrays))
        others = np.random.default_rng(seed).standard_normal((2, 2, 3, 4))
        for at in (arrays, *others, arrays):
            same(program, function, *at)


def weighted(function):
    def loss(*args):
        out = function(*args)
        outs = out if isinstance(out, (tuple, list)) else (out,)
        return sum((t * (i + 1)).sum() for i, t in enumerate(outs) if t.requires_grad)

    return loss


# these cases ask the engine for gradients, and stand-ins have no graph
UNABLE = {"index_scatter", "as_strided_scatter", "diagonal_back"}


def test_every_primitive(case, cases):
    """Each operation of the table, captured and run at other values."""
    if case in UNABLE:
        with pytest.raises(Unable, match="it calls backward\\(\\) or grad\\(\\) itself"):
            Program.capture(weighted(cases[case][0]), *(lab.tensor(a, requires_grad=True) for a in cases[case][1]))
        return
    function, arrays = weighted(cases[case][0]), cases[case][1]
    program = Program.capture(function, *(lab.tensor(a, requires_grad=True) for a in arrays))
    same(program, function, *arrays)
    moved = [a * 0.75 if a.dtype.kind == "f" else a for a in arrays]
    try:
        program.run(*moved)
    except Unable:  # it looked at values (for an index, say), which are others now
        return
    same(program, function, *moved)


def net(x, w, b):
    h = (x @ w + b).tanh()
    return (h * (h > 0).to(lab.float64) + h.relu()).pow(2).sum()


VALUES = [np.linspace(-1, 1, 12).reshape(4, 3), np.linspace(0.5, -0.7, 15).reshape(3, 5), np.linspace(0, 0.4, 5)]


def program_of_net():
    return Program.capture(net, *(lab.tensor(v, requires_grad=True) for v in VALUES))


def test_masks_follow_the_values():
    program = program_of_net()
    for sign in (1.0, -1.0, 0.3):
        same(program, net, *(v * sign for v in VALUES))


def test_results_are_the_callers_to_keep():
    program = program_of_net()
    first = program.run(*VALUES)
    kept = {name: g.copy() for name, g in first.gradients.items()}
    program.run(*(v + 1.0 for v in VALUES))
    assert all(np.array_equal(first.gradients[name], g) for name, g in kept.items())
    identity = Program.capture(lambda x: (x.view(-1), x.sum()), lab.tensor(VALUES[0]))
    given = VALUES[0].copy()
    made = identity.run(given).value
    given[:] = 7.0
    assert np.array_equal(made[0], VALUES[0].ravel())


def test_large_results_are_written_into_buffers_that_are_used_again():
    def chain(x):
        for _ in range(50):
            x = x * 1.01 + 0.5
        return x.sum()

    program = Program.capture(chain, leaf(*np.linspace(0, 1, 64).tolist()))
    assert len(program.code.likes) <= 3 and program.source.count("buffers") == 4
    same(program, chain, np.linspace(0, 1, 64).astype("f4"))


def test_dead_code_and_repetitions_and_constants_are_left_out():
    def wasteful(x):
        unused = x.exp() * 3
        twice = (x * x) + (x * x)
        constant = (lab.ones(2, dtype=lab.float64) * 2.0).sum()
        return (twice * 1.0).sum(), unused.shape, constant is not None

    def lean(x):
        y = x * x
        return ((y + y) * 1.0).sum()

    at = lab.tensor([1.0, 2.0], dtype=lab.float64, requires_grad=True)
    names = [line.name for line in Program.capture(wasteful, at).lines[:4]]
    assert names == ["mul", "add", "mul", "sum"] and Program.capture(wasteful, at).split == Program.capture(lean, at).split
    assert Program.capture(wasteful, at).run(at).value == (20.0 / 2, (2,), True)


def test_closed_over_tensors_are_inputs():
    w = leaf(1.0, 2.0, dtype=lab.float64)
    program = Program.capture(lambda x: (x * w).sum(), lab.tensor([3.0, 4.0], dtype=lab.float64))
    assert program.run(np.array([3.0, 4.0])).value == 11
    with lab.no_grad():
        w.mul_(2.0)
    again = program.run(np.array([3.0, 4.0]))
    assert again.value == 22 and [g.tolist() for g in again.gradients.values()] == [[3.0, 4.0]]


def test_writes_to_inputs_reach_them():
    total = lab.zeros(2)

    def running(x):
        with lab.no_grad():
            total.mul_(0.5).add_(x)
        return (x * x).sum()

    program = Program.capture(running, lab.tensor([1.0, 2.0]))
    assert total.tolist() == [0.0, 0.0]  # capturing has changed nothing
    program.run(lab.tensor([1.0, 2.0])), program.run(lab.tensor([1.0, 0.0]))
    assert total.tolist() == [1.5, 1.0] and total._version == 2


def test_random_numbers_are_drawn_anew_and_in_order():
    def noisy(x):
        return (x * lab.rand(3) + nn.functional.dropout(x, 0.5) + lab.randn(3)).sum()

    x = leaf(1.0, 2.0, 3.0)
    program = Program.capture(noisy, x)
    for seed in (0, 1):
        lab.manual_seed(seed)
        expected = noisy(x), lab.rand(1).item()
        expected[0].backward()
        lab.manual_seed(seed)
        run = program.run(x)
        assert run.value == expected[0].item() and lab.rand(1).item() == expected[1]
        assert np.array_equal(run.gradients["x"], x.grad.numpy())
        x.grad = None


def test_a_branch_that_python_took_is_guarded():
    program = Program.capture(lambda x: (x * 2 if x.sum() > 0 else x * 3).sum(), leaf(1.0, 2.0))
    assert program.run(lab.tensor([2.0, 2.0])).value == 8
    with pytest.raises(Unable, match="takes another branch here"):
        program.run(lab.tensor([-2.0, -2.0]))
    number = Program.capture(lambda x: (x * x.max().item()).sum(), leaf(1.0, 2.0))
    assert number.run(lab.tensor([2.0, 0.0])).value == 4
    with pytest.raises(Unable):
        number.run(lab.tensor([1.0, 3.0]))


def test_other_shapes_and_dtypes_are_refused_in_words():
    program = program_of_net()
    with pytest.raises(ValueError, match=r"captured with x of shape \[4, 3\] and float64, not \[5, 3\]"):
        program.run(np.ones((5, 3)), *VALUES[1:])
    with pytest.raises(ValueError, match="float32"):
        program.run(VALUES[0].astype("f4"), *VALUES[1:])
    with pytest.raises(ValueError, match="captured with 3 tensors, not 1"):
        program.run(VALUES[0])


def test_a_gradient_for_results_that_are_no_number():
    program = Program.capture(lambda x: x.tanh(), leaf(0.5, 1.0))
    with pytest.raises(RuntimeError, match="implicitly created only for scalar outputs"):
        program.run(leaf(0.5, 1.0))
    x = leaf(0.5, 1.0)
    x.tanh().backward(lab.tensor([1.0, 3.0]))
    assert np.array_equal(program.run(x, gradient=np.array([1.0, 3.0])).gradients["x"], x.grad.numpy())
    for wrong in (lab.ones(1), lab.ones(3, 1), 1.0):
        with pytest.raises(RuntimeError, match=r"Mismatch in shape: grad_output\[0\]"):
            program.run(x, gradient=wrong)
    with pytest.raises(RuntimeError, match="got 1 tensors and 2 gradients"):
        program.run(x, gradient=[lab.ones(2), lab.ones(2)])


def test_structures_come_back_as_they_are_returned():
    def f(p):
        return {"sum": p["a"] + p["b"][0], "list": [p["a"].argmax(), 3, None]}

    program = Program.capture(f, {"a": leaf(1.0, 2.0), "b": (leaf(1.0, 1.0),)})
    run = program.run({"a": leaf(1.0, 5.0), "b": (leaf(1.0, 1.0),)}, gradient=lab.ones(2))
    assert run.value["sum"].tolist() == [2.0, 6.0] and run.value["list"] == [1, 3, None]
    assert list(run.gradients) == ["p['a']", "p['b'][0]"]


class Square(lab.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        return 2 * ctx.saved_tensors[0] * g


def hooked(x):
    y = x * 2
    y.register_hook(lambda g: g * 2)
    return y.sum()


@pytest.mark.parametrize("function, why", [
    (lambda x: Square.apply(x).sum(), "it calls Square, a Function"), (hooked, "registers a hook"), (lambda x: (x * 2).sum().backward(), "calls backward"),
    (lambda x: x.half().sum(), "16 bits"), (lambda x: {1, 2}, "returns a set"), (lambda x: (x * 2).detach_() * x, "calls detach_"),
    (lambda x: (x * 2).set_(lab.ones(2)), "other memory"), (lambda x: setattr(x * 2, "data", lab.ones(2)), "other memory")])  # fmt: skip
def test_what_no_program_can_repeat_is_said(function, why):
    with pytest.raises(Unable, match=why):
        Program.capture(function, leaf(1.0, 2.0))


def test_words_that_count_the_writes_of_their_operands_are_captured():
    """kron and detach_copy share their operand's counter, as a Function does, whose backward no program knows."""
    at = VALUES[:2]
    for function in (lambda x, y: lab.kron(x, y).pow(2).sum(), lambda x, y: (lab.detach_copy(x) @ y).sum()):
        same(Program.capture(function, *(lab.tensor(a, requires_grad=True) for a in at)), function, *at)


def test_a_recorded_graph_is_a_program():
    with lab.core.births.noting():
        x, w = leaf(1.0, 2.0), leaf(0.5, -0.5)
        base = x * 1.0
        base[:1].mul_(w[0])
        loss = (base.tanh() * w * lab.tensor([1.0, 3.0])).sum()
        recording = Recording.of(loss, retain_graph=True)
        stepper = lab.step(loss, retain_graph=True)
    loss.backward(retain_graph=True)
    with pytest.raises(TypeError, match="takes a tensor, a Recording or a Stepper, not function: of a function Program"):
        Program.of(lambda x: x)
    for program in (Program.of(loss), Program.of(recording), Program.of(stepper)):
        given = [x if i.name == "x" else w for i in program.inputs]
        run = program.run(*given)
        assert run.value == loss.item() and {i.name for i in program.inputs} == {"x", "w"}
        assert np.array_equal(run.gradients["x"], x.grad.numpy()) and np.array_equal(run.gradients["w"], w.grad.numpy())


def test_a_program_is_a_picture_and_can_be_stepped_through():
    program = program_of_net()
    assert [node.op for node in program.picture.nodes if node.is_op] == [
        "mm",
        "add",
        "tanh",
        "mul",
        "relu",
        "add",
        "pow",
        "sum",
    ]
    loss = program.on_engine(*VALUES)
    assert loss.item() == program.run(*VALUES).value
    recording = rehearse(loss)
    assert recording.failure is None and len(recording.frames) == recording.total + 1


def test_a_program_reads_like_code():
    text = str(program_of_net())
    assert text.startswith("<Program net: 10 lines forward, 12 backward>\n  v0 = mm(x, w)\n  v1 = add(v0, b)")
    assert "\nbackward:\n  v10 = sum.x(g" in text


def test_a_tensor_of_inference_mode_may_be_written_to():
    program = Program.capture(lambda x: x.mul_(2).sum(), lab.ones(3))
    with lab.inference_mode():
        x = lab.ones(3)
        assert program.run(x).value == 6 and x.tolist() == [2.0] * 3 and x.is_inference()


def test_a_program_keeps_nothing_of_the_values_it_was_captured_with():
    x, w = lab.ones(64, 512), lab.full((512, 512), 1e-3).requires_grad_()

    def layers(x, w):
        for _ in range(20):
            x = (x @ w).tanh()
        return x.sum()

    tracemalloc.start()
    try:
        program = Program.capture(layers, x, w)
        assert tracemalloc.get_traced_memory()[0] < 5 * w.nbytes  # the two inputs, and where the function may write to them
        program.run(x, w)
        buffers = sum(b.nbytes for b in program.take())
        assert tracemalloc.get_traced_memory()[0] < 2 * buffers + 8 * w.nbytes  # those of the run and those to be given out
    finally:
        tracemalloc.stop()


def test_the_gradient_of_a_leaf_that_is_read_often_is_not_summed_at_capture():
    x = lab.ones(500, 200, requires_grad=True)
    tracemalloc.start()
    try:
        program = Program.capture(lambda x: sum(x[i, 0] * x[i, 1] for i in range(0, 500, 10)), x)
        assert tracemalloc.get_traced_memory()[1] < 150 * x.nbytes  # a hundred gradients of a row, ninety-nine sums
    finally:
        tracemalloc.stop()
    assert program.run(x).gradients["x"].sum() == 100


def test_a_modules_parameters_have_their_names():
    module = lab.nn.Sequential(lab.nn.Linear(2, 1))
    assert list(Program.capture(module, lab.ones(1, 2)).run(lab.ones(1, 2)).gradients) == ["0.weight", "0.bias"]


def test_what_has_no_graph_is_no_program_of_one_and_no_picture():
    with pytest.raises(RuntimeError, match="does not require grad and does not have a grad_fn"):
        Program.of(lab.ones(3))
    with pytest.raises(RuntimeError, match="has no graph to draw: capture it with a tensor that requires a gradient"):
        Program.capture(lambda x: x * 2, lab.ones(3)).picture  # noqa: B018
