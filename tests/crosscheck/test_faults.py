"""Planted faults: in twenty random graphs, each of a kind that has happened to somebody, and the right place named each time."""

import inspect
import random
from typing import ClassVar

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES, BackwardPass, Tensor, inplace
from autograd_lab.core.primitive import Primitive
from autograd_lab.crosscheck import subject
from autograd_lab.crosscheck.observed import observe

GRAPHS = range(100, 120)
SOME = GRAPHS[::4]
CPU = {"devices": ("cpu",), "against": "jax"}
RULES, FORWARDS = 3, 2  # faults planted in each graph, beside two in how contributions add up


def lines_of(function, arrays):
    return subject.of_function(function, tuple(arrays), np.dtype("f8")).program.lines


def named(report):
    return {finding.op.rstrip("_") for finding in report.findings}


@pytest.mark.parametrize("seed", GRAPHS)
def test_a_wrong_rule(seed, random_functions, plant):
    function, arrays = random_functions(seed, writes=seed % 2 == 0)
    choice, lines, planted = random.Random(seed), lines_of(function, arrays), 0
    for line in choice.sample(lines, len(lines)):
        names = [n for n, source in zip(line.op.inputs, line.sources) if source is not None and n in line.op.rules]
        if planted == RULES or not names:
            continue
        with plant(line.op, choice.choice(names), lambda g: g * 1.01 + 0.25):
            report = lab.check(function, *arrays, **CPU)
        assert not report.ok and named(report) == {line.op.__name__}, (line.op, report)
        assert report.rows[0].where.rstrip("_").endswith(line.op.__name__)
        assert len(report.leaves) == len(arrays)  # each leaf is judged once, whoever was asked
        planted += 1
    assert planted == RULES


@pytest.mark.parametrize("seed", GRAPHS)
def test_a_wrong_constant_in_a_forward(seed, random_functions, plant_forward):
    function, arrays = random_functions(seed)
    lines = [line for line in lines_of(function, arrays) if not line.op.view and line.op.__name__ not in ("expand", "cat_list")]
    for line in random.Random(seed).sample(lines, FORWARDS):
        right = line.op.forward

        def wrong(xp, *args, right=right, **params):
            return right(xp, *args, **params) * 1.0001 + 1e-6

        with plant_forward(line.op, _like(right, wrong)):
            report = lab.check(function, *arrays, **CPU)
        assert {(f.op, f.kind) for f in report.findings} == {(line.op.__name__, "forward")}, (line.op, report)


def _like(right, wrong):
    """``wrong`` with the signature of ``right``, which is read from its code."""
    code = right.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    arrays, metadata = names[: code.co_argcount], names[code.co_argcount :]
    text = f"lambda {', '.join([*arrays, *(['*', *metadata] if metadata else [])])}: wrong({', '.join([*arrays, *(f'{n}={n}' for n in metadata)])})"
    made = eval(text, {"wrong": wrong})
    made.__kwdefaults__, made.__name__ = right.__kwdefaults__, right.__name__
    return made


class Tampering(BackwardPass):
    """A pass that loses or doubles the second contribution to one node."""

    __slots__ = ("tampered",)
    numbers: ClassVar[dict] = {}  # of the nodes
    victim, factor = 0, 0

    def _gather(self, point, grad):
        if point in self.grads and self.numbers.get(point) == self.victim and not hasattr(self, "tampered"):
            grad, self.tampered = grad * self.factor, True
        super()._gather(point, grad)


def _counts(parts):
    """Whether losing the second contribution changes a number."""
    return len(parts) > 1 and np.abs(parts[1]).max() > 1e-6


@pytest.mark.parametrize("factor", [0, 2])
@pytest.mark.parametrize("seed", GRAPHS)
def test_a_contribution_lost_or_doubled(seed, factor, random_functions, monkeypatch):
    function, arrays = random_functions(seed)
    found = subject.of_function(function, tuple(arrays), np.dtype("f8"))
    seen = observe(found.program, found.outputs, found.gradients)
    shared = [line.number for line in found.program.lines if _counts(seen.sent[line.node])]
    victim = random.Random(seed).choice(shared)
    recorded = subject.of_function

    def watched(*args):
        found = recorded(*args)
        Tampering.numbers = {line.node: line.number for line in found.program.lines}
        return found

    monkeypatch.setattr(subject, "of_function", watched)
    monkeypatch.setattr("autograd_lab.crosscheck.observed.BackwardPass", Tampering)
    monkeypatch.setattr(Tampering, "victim", victim)
    monkeypatch.setattr(Tampering, "factor", factor)
    report = lab.check(function, *arrays, **CPU)
    assert {(f.number, f.kind) for f in report.findings} == {(victim, "sum")}, report


def _only_finding(report):
    """The one finding of a report whose rules are all right and whose graph is not."""
    assert [row.verdict for row in report.rows] == ["agrees", "MISMATCH"], report
    (finding,) = report.findings
    assert report.rows[1].where.startswith(finding.name)
    return finding


@pytest.mark.parametrize("seed", GRAPHS)
def test_a_forgotten_detach(seed, random_functions, monkeypatch):
    """The recorder's own mistake, which only the function run again can see: the value that was to be detached is named."""
    function, arrays = random_functions(seed)

    def detached(x, y):
        held = y.sinh()
        return function(x, y) + (x.tanh() * held.detach()).sum()

    monkeypatch.setattr(Tensor, "detach", lambda x: x * 1.0)
    monkeypatch.setattr("autograd_lab.crosscheck.again.StandIn.detach", lambda x: x._apart(None, "detach"), raising=False)
    finding = _only_finding(lab.check(detached, *arrays, **CPU))
    assert (finding.op, finding.kind, finding.line, finding.theirs) == ("sinh", "edge", _line_of(detached, "sinh"), 0.0)


@pytest.mark.parametrize("seed", SOME)
def test_a_forgotten_no_grad(seed, random_functions, monkeypatch):
    """What was computed where nothing is recorded was recorded."""
    function, arrays = random_functions(seed)

    def partly(x, y):
        with lab.no_grad():
            scale = y.cosh()
        return function(x, y) + (x.tanh() * scale).sum()

    class Forgotten:
        def __enter__(self):
            self.real = subject_is_running()
            if not self.real:
                self.mode = real()
                self.mode.__enter__()

        def __exit__(self, *exc):
            if not self.real:
                self.mode.__exit__(*exc)

    real = lab.no_grad
    monkeypatch.setattr(lab, "no_grad", Forgotten)
    finding = _only_finding(lab.check(partly, *arrays, **CPU))
    assert (finding.op, finding.kind, finding.line, finding.theirs) == ("cosh", "edge", _line_of(partly, "cosh"), 0.0)


def subject_is_running():
    """Whether the function is being recorded, and not run again on stand-ins."""
    return Primitive.interpreter is None


def _line_of(function, word):
    """The line of the source of ``function`` in which ``word`` stands."""
    lines, first = inspect.getsourcelines(function)
    return first + next(i for i, line in enumerate(lines) if f".{word}(" in line)


def _writing(function):
    def writes(x, y):
        base = x * 1.0
        base[0].mul_(y[0])
        return function(base, y)

    return writes


@pytest.mark.parametrize("seed", SOME)
def test_a_base_that_is_not_rebased(seed, random_functions, monkeypatch):
    """A view was written to and its base kept the history it had: the write is named."""
    function, arrays = random_functions(seed)
    writes = _writing(function)
    monkeypatch.setattr("autograd_lab.core.inplace.rebase", lambda x, node: None)
    finding = _only_finding(lab.check(writes, *arrays, **CPU))
    assert (finding.op, finding.kind, finding.line) == ("mul_", "lost", _line_of(writes, "mul_"))


@pytest.mark.parametrize("seed", SOME)
def test_a_tensor_that_does_not_take_its_new_history_over(seed, random_functions, monkeypatch):
    """A whole tensor was written to and kept the history it had: the write is named."""
    function, arrays = random_functions(seed)

    def writes(x, y):
        base = x * 1.0
        base.sinh_()
        return function(base, y)

    monkeypatch.setattr("autograd_lab.core.inplace.rebase", lambda x, node: None)
    finding = _only_finding(lab.check(writes, *arrays, **CPU))
    assert (finding.op, finding.kind, finding.line) == ("sinh", "lost", _line_of(writes, "sinh_"))


@pytest.mark.parametrize("seed", SOME)
def test_a_base_rebased_onto_the_wrong_history(seed, random_functions, monkeypatch):
    """The base's new node leads on from what the view was before, not from what the base was: the base's first value is named."""
    function, arrays = random_functions(seed)
    writes = _writing(function)
    right = inplace.CopySlices.__init__

    def wrong(node, base, view, inner):
        right(node, base, view, inner)
        node.edges = (None, *node.edges[1:])

    monkeypatch.setattr(inplace.CopySlices, "__init__", wrong)
    finding = _only_finding(lab.check(writes, *arrays, **CPU))
    assert (finding.op, finding.kind, finding.line, finding.ours) == ("mul", "lost", _line_of(writes, "mul_") - 1, 0.0)


def test_that_is_more_than_a_hundred():
    assert len(GRAPHS) >= 20 and len(GRAPHS) * (RULES + FORWARDS + 2 + 1) + 4 * len(SOME) >= 100
    assert "sum" in PRIMITIVES
