"""Planted faults: in twenty random graphs, each of a kind that has happened to somebody, and the right place named each time."""

import random
from typing import ClassVar

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import PRIMITIVES, BackwardPass, Tensor
from autograd_lab.crosscheck import subject
from autograd_lab.crosscheck.observed import observe

GRAPHS = range(100, 120)
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


@pytest.mark.parametrize("seed", GRAPHS)
def test_a_forgotten_detach(seed, random_functions, monkeypatch):
    """The recorder's own mistake, which only the function run again can see."""
    function, arrays = random_functions(seed)

    def detached(x, y):
        return function(x, y) + (x.tanh() * y.sin().detach()).sum()

    monkeypatch.setattr(Tensor, "detach", lambda x: x * 1.0)
    monkeypatch.setattr("autograd_lab.crosscheck.again.StandIn.detach", lambda x: x._apart(None, "detach"), raising=False)
    report = lab.check(detached, *arrays, **CPU)
    assert [row.verdict for row in report.rows] == ["agrees", "MISMATCH"] and report.rows[1].where.startswith("y.grad"), report


@pytest.mark.parametrize("seed", [s for s in GRAPHS if s % 4 == 0])
def test_a_base_that_is_not_rebased(seed, random_functions, monkeypatch):
    function, arrays = random_functions(seed)

    def writes(x, y):
        base = x * 1.0
        base[0].mul_(y[0])
        return function(base, y)

    monkeypatch.setattr("autograd_lab.core.inplace.rebase", lambda x, node: None)
    report = lab.check(writes, *arrays, **CPU)
    assert report.rows[1].verdict == "MISMATCH", report


def test_that_is_more_than_a_hundred():
    assert len(GRAPHS) >= 20 and len(GRAPHS) * (RULES + FORWARDS + 2 + 1) >= 100
    assert "sum" in PRIMITIVES
