"""Arguments, names, and that nothing of the user's is touched."""

import random
import subprocess
import sys
from collections import namedtuple

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES
from autograd_lab.crosscheck import subject
from autograd_lab.trace import Recording, rehearse
from autograd_lab.utils.checkpoint import checkpoint


def names_of(function, *args):
    return [leaf.name for leaf in lab.check(function, *args, devices=("cpu",), against="jax").leaves]


def tensor(*values, **options):
    return lab.tensor(list(values), requires_grad=True, **options)


def test_what_is_differentiated_by():
    x, y = tensor(1.0, 2.0), lab.tensor([3.0, 4.0])
    assert names_of(lambda a, b: (a * b).sum(), x, y) == ["a"]
    assert names_of(lambda a, b: (a * b).sum(), y, y * 1) == ["a", "b"]  # none asks for it: all
    assert names_of(lambda a, b, n: (a * b) ** n, 2.0, 3.0, 2) == ["a", "b"]
    assert names_of(lambda a: (a * a).sum(), np.arange(3.0)) == ["a"]
    assert names_of(lambda a: (a * a).sum(), [1.0, 2.0]) == ["a"]
    assert names_of(lambda *xs: sum(v.sum() for v in xs), x, y + 0) == ["xs[0]"]
    assert names_of(lambda p: (p["w"] * p["b"][0]).sum(), {"w": x, "b": [tensor(1.0, 1.0)]}) == ["p['w']", "p['b'][0]"]
    assert names_of(lambda a, b: (a * b).sum(), x, x) == ["a"]  # one tensor, one leaf


def test_tensors_the_function_captures_are_leaves_too():
    w = tensor(1.0, 2.0)
    assert names_of(lambda x: (x * w).sum(), tensor(3.0, 4.0)) == ["x", "w"]
    assert names_of(lambda: (w * w).sum()) == ["w"]


def test_several_results_and_results_with_many_elements():
    report = lab.check(lambda x: (x * 2, {"s": x.sum()}, x.argmax()), tensor(1.0, 2.0), devices=("cpu",))
    assert report.ok and report.nodes == 2


def test_nothing_is_touched():
    x, w = tensor(1.0, 2.0), tensor(3.0, 4.0)
    lab.manual_seed(3), random.seed(3), np.random.seed(3)

    def function(v):
        with lab.no_grad():
            v.mul_(2.0)
        return (v * w * lab.rand(2) * random.random() * np.random.rand()).sum()

    lab.check(function, x, devices=("cpu",))
    after = lab.rand(1).item(), random.random(), np.random.rand()
    lab.manual_seed(3), random.seed(3), np.random.seed(3)
    assert after == (lab.rand(1).item(), random.random(), np.random.rand())  # as if there had been no check
    assert x.grad is None and w.grad is None and x.tolist() == [1.0, 2.0] and x.dtype is lab.float32


@pytest.mark.parametrize("call, error, text", [
    (lambda x: lab.check(lambda x: x.sum().item(), x), TypeError, "<lambda> returned a float, and only tensors can be checked"),
    (lambda x: lab.check(lambda x: None, x), TypeError, "<lambda> returned nothing"),
    (lambda x: lab.check(lambda x: x.detach(), x), TypeError, "nothing to check: the result of <lambda> does not depend"),
    (lambda x: lab.check(lambda n: lab.ones(n), 3), TypeError, "nothing to check"),
    (lambda x: lab.check(x.detach()), TypeError, "this tensor does not require a gradient"),
    (lambda x: lab.check(x * 2), RuntimeError, "recorded while births were not noted"),
    (lambda x: lab.check(x * 2, x), TypeError, "takes no arguments"),
    (lambda x: lab.check(lambda x: lab.special.zeta(x + 1, x), x), TypeError, "nothing to check: the derivative for 'zeta' is not implemented, in"),
    (lambda x: lab.check(lambda x: lab.linalg.ldl_factor(x.diag())[0], x), TypeError, "derivative for aten::linalg_ldl_factor_ex is not"),
    (lambda x: lab.check(lambda x: checkpoint(lab.sin, x, use_reentrant=True), x), TypeError, "Check it with use_reentrant=False, whose"),
    (lambda x: lab.check("loss"), TypeError, "takes a function and its arguments, or a Tensor, a Recording or a Stepper, not str"),
    (lambda x: lab.check(lab.step((x * 2).sum()), order=2), TypeError, "check a gradient made with create_graph=True"),
    (lambda x: lab.check(Recording.from_wire(rehearse(x.sum()).to_wire())), RuntimeError, "loaded from a file, which keeps"),
    (lambda x: lab.check(lambda x: x, x, against="jaxx"), ValueError, "'jaxx' is not known"),
    (lambda x: lab.check(lambda x: x, x, dtype="int64"), ValueError, "floating point type"),
    (lambda x: lab.check(lambda x: x, x, dtype="float65"), ValueError, "floating point type")])  # fmt: skip
def test_what_cannot_be_checked_is_said(call, error, text):
    with pytest.raises(error, match=text):
        call(tensor(1.0, 2.0))


def test_an_error_of_the_function_is_the_functions():
    with pytest.raises(ZeroDivisionError):
        lab.check(lambda x: x * (1 / 0), tensor(1.0))


def test_a_recorded_graph_is_recorded_again_in_float64():
    with lab.core.births.noting():
        x, w = tensor(1.0, 2.0), tensor(0.5, -0.5)
        base = x * 1.0
        base[:1].mul_(w[0])
        loss = (base.tanh() * w * lab.tensor([1.0, 3.0])).sum()
    report = lab.check(loss, devices=("cpu",))
    assert report.ok and [row.verdict for row in report.rows] == ["agrees"] * 3 + ["suffices"]
    assert report.name == "loss" and {leaf.name for leaf in report.leaves} == {"x", "w"} and report.dtype == "float64"
    loss.backward()  # the graph is still there, and only now are there gradients
    assert x.grad is not None


def test_a_recording_and_a_stepper_are_checked_as_their_graph_is(plant):
    with lab.core.births.noting():
        x, w = tensor(1.0, 2.0), tensor(0.5, -0.5)
        parts = (x * w).tanh().unbind()
        loss = parts[0] * parts[1]
        stepper, recording = lab.step(loss), Recording.of(parts[1])
    stepper.run()  # to the end: what was saved is freed
    gradient = x.grad.tolist()
    for given, name, nodes in ((stepper, "loss", 4), (stepper.recording, "loss", 4), (recording, "parts[1]", 3)):
        report = lab.check(given, devices=("cpu",))
        assert report.ok and [row.verdict for row in report.rows] == ["agrees"] * 3 + ["suffices"]
        assert (report.name, report.nodes) == (name, nodes) and {leaf.name for leaf in report.leaves} == {"x", "w"}
    with plant(PRIMITIVES["tanh"], "x", lambda g: g * 1.01):
        assert [finding.op for finding in lab.check(stepper, against="jax", devices=("cpu",)).findings] == ["tanh"]
    assert x.grad.tolist() == gradient


def test_a_graph_is_checked_at_the_values_it_was_recorded_with():
    with lab.core.births.noting():
        x = tensor(1.0, 2.0)
        loss = x.exp().sum()
    with lab.no_grad():
        x.add_(5.0)
    found = subject.of_graph(loss, np.dtype("f8"))
    assert found.program.on_numpy(found.values)[0] == pytest.approx(np.exp(1) + np.exp(2))


def test_a_compiled_layer_is_called_what_it_is():
    layer = lab.nn.Linear(2, 1)
    assert subject.of_function(lab.compile(layer), (lab.ones(1, 2),), None).name == "Linear"


Pair = namedtuple("Pair", "w b")


def test_named_tuples_of_tensors_are_arguments():
    report = lab.check(lambda p: (p.w * p.b).sum(), Pair(lab.ones(3), lab.ones(3)), against="numeric")
    assert report.ok and report.inputs == 2


@pytest.mark.parametrize("z", [np.array([1 + 2j, 0.5 - 1j]), 1 + 2j, [1 + 2j, 0.5j]])
def test_complex_numbers_are_differentiated_as_such(z):
    report = lab.check(lambda z: (z * z).abs().sum(), z, against="numeric")
    assert report.ok and report.rows[0].verdict == "agrees" and report.inputs == 1


def test_a_gradient_that_is_a_constant_says_so():
    with pytest.raises(TypeError, match="the gradient of square was recorded as a constant"):
        lab.check(square, np.ones(2), order=3)


def square(x):
    return (x * x).sum()


def test_the_functions_that_a_gradient_came_through_are_named():
    class Cube(lab.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.save_for_backward(a)
            return a**3

        @staticmethod
        def backward(ctx, g):
            (a,) = ctx.saved_tensors
            return g * 3 * a**2

    report = lab.check(lambda x: Cube.apply(x).sum(), np.ones(2), order=2, devices="cpu")
    assert report.ok and "Cube is a Function" in report.rows[1].verdict


def test_an_array_of_another_library_has_its_words():
    import jax

    with pytest.raises(TypeError, match=r"x is an array of JAX's: .* np.asarray\(x\)"):
        lab.check(lambda x: x * x, jax.numpy.ones(2))


def test_the_first_complex_numbers_of_a_process_may_be_an_array():
    script = """if True:
        import numpy as np, autograd_lab as lab
        print(lab.check(lambda z: (z * z).abs().sum(), np.array([1 + 2j, 0.5 - 1j]), against="numeric").rows[0].verdict)"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == "agrees"
