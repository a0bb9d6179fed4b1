"""The whole check: random functions, witnesses that are missing, the user's own dtype."""

import builtins
import subprocess
import sys

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.crosscheck import subject

from .fuzz import graph

CPU = {"devices": ("cpu",)}


@pytest.mark.parametrize("kinks", [False, True])
@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize("start", range(0, 50, 10))
def test_200_random_functions_give_no_false_mismatch(kinks, writes, start, random_functions):
    for seed in range(start, start + 10):
        function, arrays = random_functions(seed, kinks=kinks, writes=writes)
        report = lab.check(function, *arrays, **CPU)
        assert report.ok and not report.findings, report
        assert all(row.verdict in ("agrees", "convention") for row in report.rows), report
        assert kinks or report.rows[0].verdict == "agrees"


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("seed", range(8))
def test_narrow_types_give_none_either(dtype, seed, random_functions):
    function, arrays = random_functions(seed, kinks=seed % 2 == 1, writes=True)
    report = lab.check(function, *arrays, dtype=dtype, **CPU)
    assert report.ok, report


def test_a_tie_that_two_runs_round_to_two_sides_is_no_mismatch():
    """In float32 our value and JAX's may differ by a digit, and a maximum of the two then goes another way."""
    function, arrays, dtype = graph(310831)
    assert dtype == "float32" and lab.check(function, *arrays, dtype=dtype, against="jax", **CPU).ok


def test_a_mask_that_two_runs_round_to_two_sides_is_no_mismatch():
    """A sum that cancels is -1.5e-9 here and 0 in JAX: where(u > v, ...) takes the other branch, with another gradient."""
    function, arrays, dtype = graph(7101619)
    assert dtype == "float32" and lab.check(function, *arrays, dtype=dtype, against="jax", **CPU).ok


def test_leaves_that_are_not_widened():
    """A captured float32 tensor makes parts of the graph float32; they are judged by float32's rounding."""
    w = lab.tensor([0.1, 0.2, 0.3], requires_grad=True)
    report = lab.check(lambda x: (x.to(lab.float32) * w).tanh().sum() + (x * w).sum(), np.array([1.0, 2.0, 3.0]), **CPU)
    assert report.ok and report.rows[0].verdict == "agrees"


def test_without_jax_numbers_still_speak(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.partition(".")[0] == "jax":
            raise ImportError("No module named 'jax'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    report = lab.check(lambda x: (x * x).sum(), np.array([1.0, 2.0]))
    assert str(report).splitlines()[2:] == [
        'jax                              skipped: jax is not installed (pip install "autograd-lab[crosscheck]")',
        "numeric  directional derivative  agrees                                                                  <4",
    ]
    assert report.ok


def test_importing_the_package_and_checking_by_numbers_need_no_jax():
    code = (
        "import sys; import autograd_lab as lab; from autograd_lab import crosscheck; assert 'jax' not in sys.modules; "
        "r = lab.check(lambda x: x * x, 2.0, against='numeric'); assert r.ok; assert 'jax' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_stricter_factor():
    assert not lab.check(lambda x: x.softmax(0).exp().sum(), np.linspace(-3, 3, 50), against="jax", factor=1e-3, **CPU).ok


def test_a_thousand_nodes_compile_each_operation_once_and_never_the_whole():
    from jax import monitoring

    def chain(x):
        for i in range(250):
            x = (x * 1.01).sin() + x * 0.5 if i % 2 else x.tanh()
        return x.sum()

    compiled = []

    def note(event, _seconds, **_):
        compiled.append(event) if event.endswith("backend_compile_duration") else None

    monitoring.register_event_duration_secs_listener(note)
    try:
        report = lab.check(chain, np.linspace(-1, 1, 7), **CPU)
        first = len(compiled)
        assert lab.check(chain, np.linspace(-1, 1, 7), **CPU).ok
    finally:
        monitoring.unregister_event_duration_listener(note)
    assert report.ok and report.nodes > 600
    assert 5 <= first < 40 and len(compiled) == first, "forwards and pullbacks of five operations, and nothing when warm"


@pytest.fixture
def pulled(monkeypatch):
    """A list that grows each time a recording is pulled through JAX."""
    from autograd_lab.crosscheck.lower import Program

    ran: list[int] = []
    real = Program.on_jax
    monkeypatch.setattr(Program, "on_jax", lambda self, *args: (ran.append(1), real(self, *args))[1])
    return ran


@pytest.mark.parametrize("function, verdict", [(lambda x: (x.sin() * x).sum(), "agrees"), (lambda x: (x.abs() * 2.0).sum(), "convention")])  # fmt: skip
def test_where_the_function_agrees_its_recording_is_not_pulled_through_jax_once_more(function, verdict, pulled):
    report = lab.check(function, np.array([0.0, 1.0]), against="jax", **CPU)
    assert [(leaf.against, leaf.verdict) for leaf in report.leaves] == [("jax cpu", verdict)] and report.ok and not pulled


def test_where_it_cannot_be_run_again_its_recording_is(pulled):
    report = lab.check(lambda x: (x * (x.data_ptr() > 0)).sum(), np.array([0.0, 1.0]), against="jax", **CPU)
    assert report.rows[1].verdict.startswith("skipped") and [leaf.verdict for leaf in report.leaves] == ["agrees"] and pulled


def test_how_far_rounding_leads_is_asked_of_the_engine(pulled):
    """Of a phase of 10**12 the last digit of an exponential, which NumPy and JAX round differently, is a ten-thousandth."""
    report = lab.check(lambda x: ((x.exp() * 1e12).sin() * x).sum(), np.linspace(0.1, 2.0, 50), against="jax", **CPU)
    assert report.ok and report.leaves[0].max_rel > 1e-6 and not pulled


def test_ties_are_looked_for_until_one_is_crossed(monkeypatch):
    monkeypatch.setattr(subject.Subject, "noise", 0.0)  # or the engine may have crossed it already
    function, arrays, dtype = graph(310831)
    runs = []

    def counted(*tensors):
        runs.append(1)
        return function(*tensors)

    assert lab.check(counted, *arrays, dtype=dtype, against="jax", **CPU).ok
    assert 3 < len(runs) < 7, "recorded, run again, asked whether it changes, and then four times over ties"
