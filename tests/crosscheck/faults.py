"""Faults planted in random graphs, each of a kind that has happened to somebody: ``python -m tests.crosscheck.faults``.

The cross-check must name the right place each time. The tests plant some of each kind; this plants all, 240 in twenty graphs,
counts kind by kind and exits with 1 if one was not named.
"""

from __future__ import annotations

import argparse
import inspect
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest

import autograd_lab as lab
from autograd_lab.core import BackwardPass, Tensor, inplace
from autograd_lab.core.primitive import Primitive
from autograd_lab.crosscheck import subject
from autograd_lab.crosscheck.observed import observe

from .conftest import planted, planted_forward, random_function

GRAPHS = range(100, 120)
CPU: dict[str, Any] = {"devices": ("cpu",), "against": "jax"}


class Fault(NamedTuple):
    """What was planted, whether the report names exactly that, and the report."""

    what: str
    named: bool
    report: Any


def lines_of(function, arrays):
    return subject.of_function(function, tuple(arrays), np.dtype("f8")).program.lines


# ---------------------------------------------------------------------- rules


def wrong_rules(seed: int) -> Iterator[Fault]:
    """The rule of an operation gives a little too much: three operations of each graph."""
    function, arrays = random_function(seed, writes=seed % 2 == 0)
    choice, lines, count = random.Random(seed), lines_of(function, arrays), 0
    for line in choice.sample(lines, len(lines)):
        names = [n for n, source in zip(line.op.inputs, line.sources) if source is not None and n in line.op.rules]
        if count == 3 or not names:
            continue
        name = choice.choice(names)
        with planted(line.op, name, lambda g: g * 1.01 + 0.25):
            report = lab.check(function, *arrays, **CPU)
        op, first = line.op.__name__, report.rows[0].where.rstrip("_")
        named = {finding.op.rstrip("_") for finding in report.findings} == {op} and first.endswith(op)
        once = len(report.leaves) == len(arrays)  # each leaf is judged once, whoever was asked
        yield Fault(f"the rule of {op} for {name}", named and once, report)
        count += 1


def wrong_constants(seed: int) -> Iterator[Fault]:
    """An operation computes something else, and its rules are those of what it should: two of each graph."""
    function, arrays = random_function(seed)
    lines = [line for line in lines_of(function, arrays) if not line.op.view and line.op.__name__ not in ("expand", "cat_list")]
    for line in random.Random(seed).sample(lines, 2):
        right = line.op.forward

        def wrong(xp, *args, right=right, **params):
            return right(xp, *args, **params) * 1.0001 + 1e-6

        with planted_forward(line.op, _like(right, wrong)):
            report = lab.check(function, *arrays, **CPU)
        named = {(f.op, f.kind) for f in report.findings} == {(line.op.__name__, "forward")}
        yield Fault(f"the forward of {line.op.__name__}", named, report)


def _like(right, wrong):
    """``wrong`` with the signature of ``right``, which is read from its code."""
    code = right.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    arrays, metadata = names[: code.co_argcount], names[code.co_argcount :]
    text = f"lambda {', '.join([*arrays, *(['*', *metadata] if metadata else [])])}: wrong({', '.join([*arrays, *(f'{n}={n}' for n in metadata)])})"
    made = eval(text, {"wrong": wrong})
    made.__kwdefaults__, made.__name__ = right.__kwdefaults__, right.__name__
    return made


# ---------------------------------------------------------------------- sums


class Tampering(BackwardPass):
    """A pass that loses or doubles the second contribution to one node."""

    __slots__ = ("tampered",)
    numbers: ClassVar[dict] = {}  # of the nodes
    victim, factor = 0, 0

    def _gather(self, point, grad):
        if point in self.grads and self.numbers.get(point) == self.victim and not hasattr(self, "tampered"):
            grad, self.tampered = grad * self.factor, True
        super()._gather(point, grad)


def wrong_sums(seed: int) -> Iterator[Fault]:
    """One of the contributions to a node's gradient is lost; it comes twice."""
    function, arrays = random_function(seed)
    found = subject.of_function(function, tuple(arrays), np.dtype("f8"))
    seen = observe(found.program, found.outputs, found.gradients)
    shared = [line.number for line in found.program.lines if _counts(seen.sent[line.node])]
    victim, recorded = random.Random(seed).choice(shared), subject.of_function

    def watched(*args):
        found = recorded(*args)
        Tampering.numbers = {line.node: line.number for line in found.program.lines}
        return found

    for factor, happens in ((0, "lost"), (2, "doubled")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(subject, "of_function", watched)
            patch.setattr("autograd_lab.crosscheck.observed.BackwardPass", Tampering)
            patch.setattr(Tampering, "victim", victim)
            patch.setattr(Tampering, "factor", factor)
            report = lab.check(function, *arrays, **CPU)
        named = {(f.number, f.kind) for f in report.findings} == {(victim, "sum")}
        yield Fault(f"a contribution to node {victim} {happens}", named, report)


def _counts(parts):
    """Whether losing the second contribution changes a number."""
    return len(parts) > 1 and np.abs(parts[1]).max() > 1e-6


# ---------------------------------------------------------------------- the recorder's own mistakes


def forgotten_detach(seed: int) -> Iterator[Fault]:
    """What only the function run again can see: the value that was to be detached is named."""
    function, arrays = random_function(seed)

    def detached(x, y):
        held = y.sinh()
        return function(x, y) + (x.tanh() * held.detach()).sum()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tensor, "detach", lambda x: x * 1.0)
        patch.setattr("autograd_lab.crosscheck.again.StandIn.detach", lambda x: x._apart(None, "detach"), raising=False)
        report = lab.check(detached, *arrays, **CPU)
    yield _alone("detach() does nothing", report, op="sinh", kind="edge", line=_line_of(detached, "sinh"), theirs=0.0)


def forgotten_no_grad(seed: int) -> Iterator[Fault]:
    """What was computed where nothing is recorded was recorded."""
    function, arrays = random_function(seed)
    real = lab.no_grad

    def partly(x, y):
        with lab.no_grad():
            scale = y.cosh()
        return function(x, y) + (x.tanh() * scale).sum()

    class Forgotten:
        def __enter__(self):
            self.mode = None if Primitive.interpreter is None else real()  # None: the function is being recorded
            if self.mode is not None:
                self.mode.__enter__()

        def __exit__(self, *exc):
            if self.mode is not None:
                self.mode.__exit__(*exc)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lab, "no_grad", Forgotten)
        report = lab.check(partly, *arrays, **CPU)
    yield _alone("no_grad() does nothing", report, op="cosh", kind="edge", line=_line_of(partly, "cosh"), theirs=0.0)


def wrong_rebasing(seed: int) -> Iterator[Fault]:
    """A write whose history is not taken over, by a base, by a tensor written whole; a base that goes on from the wrong one."""
    function, arrays = random_function(seed)

    def in_part(x, y):
        base = x * 1.0
        base[0].mul_(y[0])
        return function(base, y) + (base * y).sum()  # or a graph that does not read base would have no fault

    def whole(x, y):
        base = x * 1.0
        base.sinh_()
        return function(base, y) + (base * y).sum()

    line = _line_of(in_part, "mul_")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inplace, "rebase", lambda x, node: None)
        report = lab.check(in_part, *arrays, **CPU)
        yield _alone("a base is not rebased", report, op="mul_", kind="lost", line=line)
        report = lab.check(whole, *arrays, **CPU)
        yield _alone("a tensor is not rebased", report, op="sinh", kind="lost", line=_line_of(whole, "sinh_"))
    right = inplace.CopySlices.__init__

    def wrong(node, base, view, inner):
        right(node, base, view, inner)
        node.edges = (None, *node.edges[1:])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inplace.CopySlices, "__init__", wrong)
        report = lab.check(in_part, *arrays, **CPU)
    yield _alone("a base is rebased onto the view's history", report, op="mul", kind="lost", line=line - 1, ours=0.0)


def _alone(what: str, report, **expected) -> Fault:
    """Named is one finding, all the rules being right and the graph not, and it stands in the report's row."""
    named = [row.verdict for row in report.rows] == ["agrees", "MISMATCH"] and len(report.findings) == 1
    if named:
        (finding,) = report.findings
        named = report.rows[1].where.startswith(finding.name)
        named = named and all(getattr(finding, name) == value for name, value in expected.items())
    return Fault(what, named, report)


def _line_of(function, word):
    """The line of the source of ``function`` in which ``word`` stands."""
    lines, first = inspect.getsourcelines(function)
    return first + next(i for i, line in enumerate(lines) if f".{word}(" in line)


KINDS: dict[str, tuple[Callable[[int], Iterator[Fault]], int]] = {  # and how many of it a graph is planted with
    "a wrong rule": (wrong_rules, 3),
    "a wrong constant in a forward": (wrong_constants, 2),
    "a contribution lost or doubled": (wrong_sums, 2),
    "a forgotten detach": (forgotten_detach, 1),
    "a forgotten no_grad": (forgotten_no_grad, 1),
    "a write rebased wrongly": (wrong_rebasing, 3),
}


def main(argv=None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.crosscheck.faults", description=__doc__.splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=len(GRAPHS), help=f"how many graphs ({len(GRAPHS)})")
    parser.add_argument("--first", type=int, default=GRAPHS[0], help=f"the number of the first ({GRAPHS[0]})")
    options = parser.parse_args(argv)
    graphs, named, planted_in_all = range(options.first, options.first + options.count), 0, 0
    for kind, (plant, _) in KINDS.items():
        faults = [(seed, fault) for seed in graphs for fault in plant(seed)]
        missed = [(seed, fault) for seed, fault in faults if not fault.named]
        named, planted_in_all = named + len(faults) - len(missed), planted_in_all + len(faults)
        print(f"{kind:32}{len(faults) - len(missed):4} of {len(faults)}")
        for seed, fault in missed:
            print(f"not named in graph {seed}: {fault.what}\n{fault.report}")
    print(f"{named} of {planted_in_all} faults named, in {options.count} graphs")
    return 0 if named == planted_in_all else 1


if __name__ == "__main__":
    sys.exit(main())
