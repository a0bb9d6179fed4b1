"""A recorded graph as a program: the same values wherever it runs."""

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.crosscheck import devices, subject
from autograd_lab.crosscheck.oracles import oracles


@pytest.mark.parametrize("seed", range(6))
def test_numpy_jax_and_the_engine_give_the_same(seed, random_functions):
    function, arrays = random_functions(seed, kinks=True, writes=True)
    found = subject.of_function(function, tuple(arrays), np.dtype("f8"))
    value = found.outputs[0].item()
    assert found.program.on_numpy(found.values)[0] == pytest.approx(value, rel=1e-12)
    with devices.in_float64(devices.devices_of("cpu")[0]):
        assert float(found.program.on_jax(found.values, oracles())[0]) == pytest.approx(value, rel=1e-12)
    program, gradients = found.engine(found.values)
    outputs = program.on_numpy(found.values)
    assert outputs[0] == pytest.approx(value, rel=1e-12)
    tensors = [lab.tensor(a, requires_grad=True) for a in arrays]
    function(*tensors).backward()
    assert all(np.allclose(g, t.grad._array, rtol=1e-12) for g, t in zip(gradients, tensors))


def test_lines_tell_what_was_computed_where():
    def function(x):
        y = x * 3.0
        return y.exp().sum()

    lines = subject.of_function(function, (np.array([1.0, 2.0]),), np.dtype("f8")).program.lines
    assert [(line.number, line.name) for line in lines] == [(1, "mul"), (2, "exp"), (3, "sum")]
    assert [line.birth.line - function.__code__.co_firstlineno for line in lines] == [1, 2, 2]
    assert lines[0].sources[1] is None and lines[0].arrays[1] == 3.0 and lines[1].inputs == ("x",)


def test_a_constant_base_is_kept_where_a_view_of_it_is_written():
    def function(x):
        base = lab.full((3,), 5.0, dtype=lab.float64)
        base[0] = x.sum()
        return (base * base).sum()

    found = subject.of_function(function, (np.array([1.0, 2.0]),), np.dtype("f8"))
    assert found.program.on_numpy(found.values)[0] == 9 + 25 + 25
    assert found.program.lines[1].name == "copy_" and found.program.lines[1].path is not None


def test_what_was_written_without_being_recorded_counts_as_a_constant_added():
    def function(x):
        y = x * 2.0
        with lab.no_grad():
            y.mul_(10.0)
        return (y * x).sum()

    found = subject.of_function(function, (np.array([1.0, 2.0]),), np.dtype("f8"))
    assert found.program.on_numpy(found.values)[0] == 20 * (1 + 4)
    moved = found.program.on_numpy([np.array([2.0, 2.0])])[0]
    assert moved == (4 + 18) * 2 + (4 + 36) * 2


def test_a_long_chain_is_not_recursive():
    def function(x):
        for _ in range(3000):
            x = x + 1.0
        return x.sum()

    found = subject.of_function(function, (np.zeros(1),), np.dtype("f8"))
    assert found.program.on_numpy(found.values)[0] == 3000
