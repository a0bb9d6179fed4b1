"""``check``: put one function, or one recorded graph, before every witness there is, and report row by row."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

import numpy as np

from ..trace import Picture
from ..trace.progress import Progress
from . import backwards, conventions, devices, draws, in_torch, numeric, subject, there
from .again import Unable, first_line, on_stand_ins, run_again, why_not
from .asked import WITNESSES, asked
from .judging import Judge, differ
from .local import Local, check_nodes
from .lower import NoOracle, Program, eps_of, wide
from .observed import Observed, observe
from .oracles import oracles
from .outside import as_dtype
from .parting import Nudges, where_they_part
from .precision import own_precision
from .report import AGREES, COARSE, CONVENTION, IMPURE, MISMATCH, Leaf, Report, Row
from .roots import root_of
from .untouched import left_as_found
from .verdicts import node_verdicts, of_nodes

NODES, AGAIN, WHOLE, SLOPE = "each node's rules", "the function run again", "the whole recording", "directional derivative"
DRAWN = 120  # nodes of a graph that a report draws


def check(fn, *args, devices=None, against=WITNESSES, dtype="float64", factor=4.0, order=1) -> Report:
    """Compare every gradient of ``fn(*args)``, or of a recorded graph, with JAX and with finite differences.

    ``fn``: a function of tensors that returns tensors, an ``nn.Module`` (all its parameters are checked too), a ``Function``,
    or a graph recorded while births were noted: a Tensor, or a Recording or Stepper of its pass. Of the arguments, tensors
    that require a gradient are differentiated by; if none does, all floating tensors; if there is none, arrays and floats.
    Nothing of yours is changed: not what layers that ``fn`` reaches keep, nor ``.grad``, nor what is drawn next.
    ``devices``: JAX device kinds, such as ``("cpu",)``; None for all there are. ``against``: ``"jax"``, ``"numeric"``, and
    ``"torch"``, which runs the source of ``fn`` with PyTorch in our place.
    ``dtype``: what the copies are widened to; where yours is narrower, one more row says whether its digits suffice.
    ``factor``: how many units of its own rounding error a gradient may be off. ``order=2`` checks the gradient of the
    gradient: the tape of a ``create_graph`` backward, and that each Function's backward recorded all it depends on.

    Returns a Report, true if something was compared and nothing is a MISMATCH. Raises TypeError for what cannot be checked, ValueError for
    unknown ``against`` or ``dtype``, RuntimeError for a graph recorded without births.

    >>> import autograd_lab as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> torch.check(lambda x: (x.tanh() * x).sum(), x, against="numeric")
    check of <lambda>: 3 nodes, 1 input, float64
    against  what                      verdict   worst
    numeric  directional derivative    agrees    <4
    float32  the digits of your dtype  suffices  <4
    """
    against, devices, factor, order = asked(against, devices, factor, order)
    if order > 1:
        fn = subject.gradient_of(fn, order - 1)
    with Progress("checking the gradients"), left_as_found(fn, args):
        return _Check(fn, args, devices, against, as_dtype(dtype), factor).report()


def assert_gradients(fn, *args, **options) -> Report:
    """`check` for a test: raise AssertionError with the report's text unless it is ok; returns the Report.

    >>> import autograd_lab as torch
    >>> x = torch.tensor([1.0, 2.0], dtype=torch.float64)
    >>> torch.assert_gradients(lambda x: (x.exp() * x).sum(), x, against="numeric").ok
    True
    """
    report = check(fn, *args, **options)
    if not report.ok:
        raise AssertionError(str(report))
    return report


class _Check(Judge):
    """One check: the recording, what our engine did on it, and the rows so far."""

    def __init__(self, fn, args, device_names, against, dtype, factor):
        self.device_names, self.against, self.factor = device_names, against, factor
        self.local: Local | None = None  # each node alone, on the first device
        self.rows: list[Row] = []
        self.leaf_rows: list[Leaf] = []
        self.findings: list = []
        self.state = draws.random_state()
        self.given = fn, args, dtype
        with np.errstate(all="ignore"):
            self._record(fn, args, dtype)
        self.drew = draws.drew(self.state)

    def _record(self, fn, args, dtype):
        """Run what is to be checked and watch our engine differentiate it."""
        if (root := root_of(fn)) is not None:
            if args:
                raise TypeError("a graph takes no arguments: give check() the function to call it with some")
            self.subject = subject.of_graph(root, dtype)
        elif callable(fn):
            self.subject = subject.of_function(fn, args, dtype)
        else:
            kind = type(fn).__name__
            raise TypeError(f"check() takes a function and its arguments, or a Tensor, a Recording or a Stepper, not {kind}")
        self.program: Program = self.subject.program
        with self.subject.around():
            self.seen: Observed = observe(self.program, self.subject.outputs, self.subject.gradients)
        self.eps = max(self.program.eps, eps_of(*self.subject.values))
        self.dtype = "the dtype of its inputs" if dtype is None or self.subject.refused else dtype.name
        self.cotangents = [wide(g._array) for g in self.subject.gradients]
        self.leaves = [wide(v) for v in self.subject.values]

    def report(self) -> Report:
        """Ask every witness."""
        for witness in self.against:
            with np.errstate(all="ignore"):
                {"jax": self._ask_jax, "numeric": self._ask_differences, "torch": self._ask_torch}[witness]()
        if self.subject.own is not None:
            self._ask_own_digits(self.subject.own)
        s = self.subject
        size = s.nodes or len(self.program.lines), len(self.leaves)
        report = Report(s.name, *size, self.dtype, self.factor, self.rows, self.leaf_rows, self.findings)
        if self.local is None:
            return report
        small, cards = len(self.program.lines) <= DRAWN, {}
        if small or self.findings:
            names = {name: leaf.variable for name, leaf in zip(s.names, self.program.leaves)}
            picture = Picture.of(s.outputs[0], names, s.name)
            report.picture, cards = picture if small else None, picture.points
        report.by_node = node_verdicts(self.program, self.local, self.findings, cards, only=not small)
        return report

    # ------------------------------------------------------------------ JAX
    def _ask_jax(self):
        missing = devices.jax_is_missing()
        if missing:
            self.rows.append(Row("jax", "", f"skipped: {missing}"))
            return
        for device in devices.devices_of(self.device_names):
            name = f"jax {device.kind}"
            if device.absent:
                self.rows.append(Row(name, "", f"skipped: {device.absent}"))
                continue
            with devices.in_float64(device):
                self._on_device(name)
            if device.device.platform != "cpu" or device.kind != "cpu":
                self.rows += there.rows(name, device, self.program, self.seen, self.leaves, self.cotangents, self.factor)

    def _on_device(self, name: str):
        begun = time.perf_counter()
        local = check_nodes(self.program, self.seen, oracles(), self.factor)
        self.local = self.local or local
        alone = time.perf_counter() - begun
        if self.subject.call is None:
            what, found = WHOLE, self._whole(name, local)
            whole = found
        else:
            what, found = AGAIN, self._again(name, self.subject.call, local)
            whole = None if _settled(found[0], local) else self._whole(name, local)
        self.findings += [f for f in local.findings if f[:6] not in {g[:6] for g in self.findings}]
        rest = time.perf_counter() - begun - alone
        for row, (verdict, worst, where), spent in ((NODES, of_nodes(local, whole), alone), (what, found, rest)):
            self.rows.append(Row(name, row, verdict, worst, where, spent))

    def _whole(self, name: str, local: Local) -> tuple:
        """``jax.vjp`` of the recording, every operation its oracle; one leaf row each. (verdict, worst, where)"""
        try:
            verdict, worst, where, leaves = self._judge(self._recording, local, lambda: True)
        except NoOracle as error:
            return f"skipped: {error} has no oracle", None, ""
        except NotImplementedError as error:
            return f"skipped: JAX cannot differentiate it ({first_line(error)})", None, ""
        self.leaf_rows += [leaf._replace(against=name) for leaf in leaves]
        return verdict, worst, where

    def _again(self, name: str, call: Callable, local: Local) -> tuple:
        """The user's function on stand-ins, compiled ones as written; one leaf row each where it agrees. (verdict, worst, where)"""
        if functions := self.program.functions or self.subject.functions_inside:
            return f"skipped: {functions[0]} is a Function, and JAX knows nothing of its backward", None, ""

        def of_leaves(table, nudge=None):
            with draws.same_draws(self.state):
                taps = None if nudge is None else Nudges(nudge)
                return run_again(self.subject.on_stand_ins, self.leaves, self.subject.captured, table, self.program, taps)

        try:
            verdict, worst, where, leaves = self._judge(of_leaves, local, lambda: not self._changed)
        except Exception as error:  # (a function may do anything that only real tensors can)
            return f"skipped: {why_not(error)}", None, ""
        if verdict == MISMATCH and (where == "its value" or not local.findings) and self._changed:
            return IMPURE, None, self._changed
        if verdict == MISMATCH and where == "its value":
            if self.drew and not local.findings:
                return "skipped: it draws random numbers in the order of memory, which JAX does not tell", None, ""
        elif verdict == MISMATCH and not local.findings and (found := self._parting(local)) is not None:
            if found not in self.findings:
                self.findings.append(found)
            where = f"{found.name}; {where}"
        if _settled(verdict, local):
            self.leaf_rows += [leaf._replace(against=name) for leaf in leaves]
        return verdict, worst, where

    def _parting(self, local: Local):
        """Every node is right and the function run again is not ours: the node at which they part."""
        s, table = self.subject, conventions.at_kinks(local.at_kinks)

        def run(leaves, taps):
            with draws.same_draws(self.state):
                return on_stand_ins(s.on_stand_ins, leaves, s.captured, table, self.program, taps)

        return where_they_part(run, self.leaves, self.cotangents, self.program, self.seen, s.names)

    @functools.cached_property
    def _changed(self) -> str:
        """What our engine gave otherwise when it ran the function again; empty if it gave the same."""
        with draws.same_draws(self.state):
            return self.subject.changed(self.seen.leaf_gradients)

    # ------------------------------------------------------------------ PyTorch
    def _ask_torch(self):
        begun = time.perf_counter()
        verdict, worst, where = self._in_torch()
        self.rows.append(Row("torch cpu", AGAIN, verdict, worst, where, time.perf_counter() - begun))

    def _in_torch(self) -> tuple:
        """The user's source with PyTorch in our place. (verdict, worst, where)"""
        s = self.subject
        if missing := in_torch.torch_is_missing():
            return f"skipped: {missing}", None, ""
        if s.call is None:
            return "skipped: PyTorch needs the function, not its graph", None, ""
        if self.drew:
            return "skipped: it draws random numbers", None, ""
        if self.seen.hooked:
            return "skipped: hooks change gradients", None, ""
        try:
            with draws.same_draws(self.state):
                values, theirs = in_torch.gradients(s, s.values, self.cotangents)
        except Unable as error:
            return f"skipped: {error}", None, ""
        except Exception as error:  # (a function may do what only our tensors can)
            return f"skipped: it cannot run in PyTorch ({type(error).__name__}: {first_line(error)})", None, ""
        if not self._same_values(values, 0.0) and not self._same_values(values, s.noise):
            return (IMPURE, None, self._changed) if self._changed else (MISMATCH, np.inf, "its value")
        leaves = self._leaf_rows(theirs)
        if differ(leaves):  # as far as rounding may lead
            leaves = self._leaf_rows(theirs, s.noise)
        leaves = [leaf._replace(against="torch cpu") for leaf in leaves]
        wrong = [leaf for leaf in leaves if leaf.verdict == MISMATCH]
        if not wrong and (functions := self.program.functions):
            return f"skipped: {functions[0]} is a Function, and PyTorch takes its backward as it is", None, "with it they agree"
        if wrong and self._changed:
            return IMPURE, None, self._changed
        self.leaf_rows += leaves
        if not wrong:
            return AGREES, self._units, ""
        if in_torch.agrees_beside(s, self.seen, self.cotangents, self.eps, self.factor):
            self.leaf_rows = [leaf._replace(verdict=CONVENTION) if leaf in wrong else leaf for leaf in self.leaf_rows]
            return CONVENTION, None, "at a kink, where rounding decides; right beside it both agree"
        return MISMATCH, self._units, wrong[0].told

    # ------------------------------------------------------------------ the user's own type
    def _ask_own_digits(self, own: np.dtype):
        begun, (fn, args, _) = time.perf_counter(), self.given
        with np.errstate(all="ignore"):
            if (root := root_of(fn)) is not None:
                narrow = subject.of_graph(root, own)
            else:
                with draws.same_draws(self.state):
                    narrow = subject.of_function(fn, args, own)
            row = own_precision(narrow, self.subject, self.seen.leaf_gradients, own, self.factor)
        if row.verdict == COARSE and self.subject.call is not None and self._changed:
            row = row._replace(verdict=IMPURE, worst=None, where=self._changed)
        self.rows.append(row._replace(seconds=time.perf_counter() - begun))

    # ------------------------------------------------------------------ finite differences
    def _ask_differences(self):
        begun = time.perf_counter()
        rows, found = backwards.asked(*self.given, self.factor, self.state)
        self.rows, self.findings = self.rows + rows, self.findings + found
        if self.seen.hooked:
            self.rows.append(Row("numeric", SLOPE, "skipped: hooks change gradients"))
            return
        s, program, gradients = self.subject, self.program, [wide(g) for g in self.seen.leaf_gradients]
        if self.eps > 1e-10:  # differences need float64, so the same operations are differentiated once more in it
            program, gradients = s.engine(self.leaves)
        found = numeric.directional(
            program, self.leaves, gradients, self.cotangents, self.factor, s.engine, program.eps, self.seen.steps
        )
        where = found.where + numeric.not_finite(s.names, gradients)
        if found.verdict == MISMATCH:
            if why := next(filter(None, map(conventions.not_the_slope, program.lines)), ""):
                self.rows.append(Row("numeric", SLOPE, f"skipped: {why}", None, "", time.perf_counter() - begun))
                return
            where = f"h={found.step:g}, 1 direction, relative error {found.relative:.2g}"
        self.rows.append(Row("numeric", SLOPE, found.verdict, found.units, where, time.perf_counter() - begun))


def _settled(verdict: str, local: Local) -> bool:
    """Whether the function run again has told all that its recording could."""
    return verdict in (AGREES, CONVENTION) or (verdict == MISMATCH and bool(local.findings))
