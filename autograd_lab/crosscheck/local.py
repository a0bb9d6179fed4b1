"""Each node alone: the oracle in float64 on *our* inputs and *our* incoming gradient, then the sums between the nodes.

No error is inherited from anywhere, so a wrong rule is named exactly, and nothing else is. Comparing gradients of the whole
function instead names the wrong node: a total mixes all consumers of a value.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from ..core.dtypes import DIFFERENTIABLE
from ..core.primitive import Primitive
from ..trace.progress import each
from ..trace.rules import formula
from . import conventions
from .compare import (
    FORWARD_SLACK,
    IN_STEPS,
    distance,
    floating,
    forward_sensitivity,
    largest,
    only_rounding,
    sensitivity,
    tiny_of,
)
from .curves import Curve, curve_of
from .differences import Refused, by_differences, in_float64
from .kinks import conventions_at
from .lower import Line, NoOracle, Program, apply_oracle, eps_of, wide
from .observed import Observed, array_of, hooks_after
from .report import AGREES, CONVENTION, MISMATCH, OVERFLOW, Finding

COARSE = 1e-10  # a machine epsilon above this is of a type in which differences see little
DRAWN = 12  # nodes whose forward is drawn where two slopes differ


@dataclass
class Local:
    """What each node's rules gave: ``worst`` in units, ``findings`` oldest node first, and counted small print."""

    worst: float = 0.0
    findings: list[Finding] = field(default_factory=list)
    kinks: int = 0
    kink_text: str = ""
    overflow: str = ""
    without_oracle: dict[str, str] = field(default_factory=dict)  # op -> why it could not be compared
    verdicts: dict = field(default_factory=dict)  # node -> (verdict, its largest error in units, None where not compared)
    at_kinks: set = field(default_factory=set)  # the operations of nodes whose verdict is convention
    curves: dict[int, Curve] = field(default_factory=dict)  # number of a node -> its forward where the two slopes differ
    wants_curve: bool = True

    def take(self, node, alone: Local) -> None:
        """Add what one node gave."""
        if alone.findings:
            verdict = MISMATCH
        elif alone.without_oracle:
            verdict = "skipped"
        elif alone.overflow != self.overflow:
            verdict = OVERFLOW
        else:
            verdict = CONVENTION if alone.kinks else AGREES
        self.verdicts[node] = verdict, None if verdict in ("skipped", OVERFLOW) else alone.worst
        self.worst, self.kinks = max(self.worst, alone.worst), self.kinks + alone.kinks
        self.findings += alone.findings
        self.kink_text, self.overflow = alone.kink_text, alone.overflow
        self.curves |= alone.curves
        self.without_oracle |= alone.without_oracle


def check_nodes(program: Program, seen: Observed, table: dict[str, Callable], factor: float) -> Local:
    """Compare every visited node of ``program`` with its oracle; JAX must be set up for float64 by the caller."""
    result = Local()
    for line in each(program.lines, "checking each node", unit="node"):
        if line.node not in seen.steps:
            continue
        g, sent = seen.steps[line.node]
        alone = Local(overflow=result.overflow, kink_text=result.kink_text)
        alone.wants_curve = len(result.curves) < DRAWN
        try:
            _check_line(line, g, sent, table, factor, alone, hooks_after(line.node))
        except NoOracle:
            if hooks_after(line.node):
                alone.without_oracle[line.name] = "a hook may have changed its gradients"
            else:
                _check_by_differences(line, g, sent, factor, alone)
        result.take(line.node, alone)
        if alone.kinks:
            result.at_kinks.add(line.op)
    check_sums(program, seen, factor, result)
    result.findings.sort(key=lambda f: (f.kind == "sum", f.number))
    return result


def check_sums(program: Program, seen: Observed, factor: float, result: Local) -> None:
    """The contributions sent to each value must add up to what arrived there."""
    for place, parts in seen.sent.items():
        arrays = [np.asarray(p) for p in parts]
        total = np.sum([wide(a) for a in arrays], axis=0)
        size = np.sum([np.abs(wide(a)) for a in arrays], axis=0)
        came = seen.arrived.get(place)
        came = np.zeros_like(total) if came is None else np.asarray(came)
        unit = eps_of(*arrays) * len(arrays) * size + tiny_of(arrays[0])
        d = np.where(np.isfinite(size), distance(wide(came), total), 0.0)  # what is infinite already was judged at its node
        if came.dtype.itemsize < 8 and (np.isfinite(size) & ~np.isfinite(came)).any():
            result.overflow = result.overflow or "a sum of contributions overflows first"
            continue
        units = d / np.where(np.isfinite(unit), unit, 1.0)
        if units.size and units.max() > factor:
            index = _at(units)
            node, slot = place if isinstance(place, tuple) else (place, None)
            line = program.line_of.get(node)
            name = line.name if line is not None else f"leaf {program.leaves.index(node) + 1}"
            what = (
                "its gradient"
                if line is None
                else "gradient of the value it made" + (f", output {slot}" if slot is not None else "")
            )
            result.findings.append(_finding(line, "sum", what, index, came[index], total[index], units[index], name))
            result.worst = max(result.worst, float(units.max()))


def _check_line(line: Line, g, sent, table, factor, result, hooked) -> None:
    operands = line.operands()
    wanted = tuple(i for i, source in enumerate(line.sources) if source is not None)
    ours_out = line.result()
    ours_outs = floating(ours_out)
    if isinstance(ours_out, tuple) and not isinstance(g, list):
        g = [g]
    incoming = _of_floating(g, ours_out) if isinstance(g, list) else [g]
    cotangents = [np.zeros_like(wide(o)) if x is None else wide(array_of(x)) for x, o in zip(incoming, ours_outs)]
    call = oracle_call(line, wanted, table)
    try:
        outs, theirs = call(_each_wide(operands), cotangents)
    except NotImplementedError as error:  # JAX has no derivative of it
        raise NoOracle(line.name) from error
    except (TypeError, ValueError):
        if _shapes_differ(line, operands, ours_outs, table, result):
            return
        raise
    outs, theirs = [[np.asarray(a) for a in arrays] for arrays in (outs, theirs)]
    if not _forward_agrees(line, operands, ours_outs, outs, factor, result):
        return
    if hooked:
        result.without_oracle[line.name] = "a hook may have changed its gradients"
        return
    ours = [None if sent[i] is None else np.asarray(array_of(sent[i])) for i in wanted]
    ours = [np.zeros(w.shape) if x is None else x for x, w in zip(ours, theirs)]
    if all(np.array_equal(x, w) for x, w in zip(ours, theirs)):
        return
    filled = iter(cotangents)
    g = (
        [next(filled) if o.dtype.kind in DIFFERENTIABLE else None for o in ours_out]
        if isinstance(g, list)
        else wide(array_of(g))
    )
    moves = sensitivity(line, _each_wide(operands), _wide_out(ours_out), g)
    for i, x, w in zip(wanted, ours, theirs):
        eps = eps_of(x, *ours_outs)
        unit = eps * (largest(w) + moves[i]) * (FORWARD_SLACK if line.name in IN_STEPS else 1) + tiny_of(x)
        _compare(line, operands, i, g, x, w, unit, factor, result)


def oracle_call(line: Line, wanted: tuple[int, ...], table) -> Callable:
    """``(operands, cotangents) -> (outputs, gradients of the wanted operands)`` of one line's oracle.

    Compiled, one operation at a time and shared by all lines that look alike: 50 times cheaper than JAX step by step. A whole
    check is never compiled: XLA did not finish a chain of 3,000 elementwise operations in 6 minutes.
    """
    import jax

    oracle = apply_oracle(line, table)

    def both(operands, cotangents):
        def of_wanted(*values):
            full = list(operands)
            for i, value in zip(wanted, values):
                full[i] = value
            out = oracle(*full)
            return [o for o in (out if isinstance(out, tuple) else (out,)) if o.dtype.kind in DIFFERENTIABLE]

        outs, pull = jax.vjp(of_wanted, *(operands[i] for i in wanted))
        gradients = pull([jax.numpy.conj(c) for c in cotangents])  # PyTorch's gradient is the conjugate of JAX's
        return outs, [jax.numpy.conj(w) for w in gradients]

    key = line.op.__name__, frozen(line.params), frozen(line.path), line.shape, wanted, id(table)
    if (
        key[1] is None or key[2] is None or line.op.__name__ == "eigh"
    ):  # what is in the way of sharing: odd parameters, signs to be aligned
        return both
    if key not in _compiled:
        if len(_compiled) > 1024:
            _compiled.clear()
        _compiled[key] = jax.jit(both)
    return _compiled[key]


_compiled: dict[tuple, Callable] = {}


def frozen(value):
    """A hashable stand-in for an operation's metadata; None for what cannot have one."""
    if isinstance(value, dict):
        value = tuple(value.items())
    if isinstance(value, (tuple, list)):
        parts = tuple(map(frozen, value))
        return None if any(part is None for part in parts) else (type(value).__name__, parts)
    if isinstance(value, slice):
        return frozen(("slice", value.start, value.stop, value.step))
    if isinstance(value, (np.ndarray, np.generic)):
        return value.shape, value.dtype.str, value.tobytes()
    if isinstance(value, Primitive):
        return value.__name__
    if value is None or isinstance(value, (bool, int, float, complex, str, type(...), np.dtype)):
        return type(value).__name__, repr(value)
    return None


def _compare(line, operands, i, g, ours, theirs, unit, factor, result):
    if ours.shape != theirs.shape:
        raise AssertionError(f"{line.name} sent a gradient of shape {ours.shape} to an operand of shape {theirs.shape}")
    units = distance(ours, theirs) / unit
    over = units > factor
    if not over.any():
        result.worst = max(result.worst, float(units.max(initial=0.0)))
        return
    if only_rounding(line, _each_wide(operands), i, g, ours, theirs, unit, factor):
        return
    if _overflows(line, ours, theirs):
        result.overflow = (
            result.overflow or f"the gradient of {line.inputs[i]} overflows first at node {line.number} {line.name}"
        )
        return
    kinks, wrong = conventions_at(line, _each_wide(operands), i, g, ours, theirs, over)
    if wrong is not None and (why := conventions.by_definition(line)):
        kinks, wrong, result.kink_text = int(over.sum()), None, result.kink_text or why
    if wrong is None:
        result.kinks += kinks
        example = np.unravel_index(np.argmax(over), over.shape)
        says = conventions.word(line.op.__name__, float(ours[example]), float(theirs[example]))
        _draw(line, operands, i, example, g, ours, theirs, result, conventions.by_definition(line) or says)
        result.kink_text = result.kink_text or says
        result.worst = max(result.worst, float(np.where(over, 0.0, units).max(initial=0.0)))
        return
    result.worst = max(result.worst, float(units.max()))
    _draw(line, operands, i, wrong, g, ours, theirs, result)
    result.findings.append(_finding(line, "gradient", line.inputs[i], wrong, ours[wrong], theirs[wrong], units[wrong]))


def _draw(line, operands, i, index, g, ours, theirs, result, says="", witness="the oracle") -> None:
    """Keep the forward around that element, for the report: of the node's first difference only, and of few nodes."""
    if result.wants_curve and line.number not in result.curves:
        curve = curve_of(line, _each_wide(operands), i, index, g, ours, theirs, says, witness)
        result.curves |= {} if curve is None else {line.number: curve}


def _overflows(line, ours, theirs) -> bool:
    """A type too narrow for the answer: ours is not finite, the oracle's is."""
    return ours.dtype.itemsize < 8 and bool((~np.isfinite(ours) & np.isfinite(theirs)).any())


def _shapes_differ(line, operands, ours, table, result) -> bool:
    """Whether our forward gave another shape than the oracle, so that no gradient can be compared; reported as a fault."""
    for x, w in zip(ours, floating(apply_oracle(line, table)(*_each_wide(operands)))):
        if x.shape != w.shape:
            what = f"number of elements, {list(x.shape)} for {list(w.shape)},"
            result.findings.append(_finding(line, "forward", what, (), np.asarray(x.size), np.asarray(w.size), np.inf))
            result.worst = np.inf
            return True
    return False


def _forward_agrees(line, operands, ours, theirs, factor, result) -> bool:
    for slot, (x, w) in enumerate(zip(ours, theirs)):
        x, w = np.asarray(x), np.asarray(w)
        d = distance(x, w)
        size = largest(w)
        slack = FORWARD_SLACK * (FORWARD_SLACK if line.name in IN_STEPS else 1)
        unit = slack * eps_of(x) * size + tiny_of(x)
        if (d > factor * unit).any():
            unit += FORWARD_SLACK * eps_of(x) * forward_sensitivity(line, _each_wide(operands))
        over = d > factor * unit
        if not over.any():
            continue
        if x.dtype.itemsize < 8 and (~np.isfinite(x) & np.isfinite(w)).any():
            result.overflow = result.overflow or f"overflows first at node {line.number} {line.name}"
            return False
        index = _at(d)
        result.worst = max(result.worst, float(d.max() / unit))
        what = f"output {slot}" if len(ours) > 1 else "out"
        result.findings.append(_finding(line, "forward", what, index, x[index], w[index], float(d.max() / unit)))
        return False
    return True


def _check_by_differences(line: Line, g, sent, factor, result) -> None:
    """A node without an oracle (a user's Function): differences of its own forward."""
    if line.path is not None:
        result.without_oracle[line.name] = "no oracle"
        return
    operands = _each_wide(line.arrays)
    incoming = [None if x is None else wide(array_of(x)) for x in (g if isinstance(g, list) else [g])]
    try:
        judged = list(by_differences(line, g, sent, factor))
    except Refused as error:
        result.without_oracle[line.name] = str(error)
        return
    if eps_of(*line.arrays) > COARSE and all(units <= factor for _, units, _ in judged):
        with suppress(Refused):  # then what its own digits say is all there is to say
            widened, there = in_float64(line, g)
            judged, sent = list(by_differences(widened, g, there, factor)), there
    for i, units, wrong in judged:
        if units <= factor:
            result.worst = max(result.worst, units)
            continue
        why = conventions.by_definition(line)
        if why or wrong is None:
            result.kinks, result.kink_text = result.kinks + 1, result.kink_text or why
            continue
        at, x, w = wrong
        result.worst = max(result.worst, units)
        ours = wide(array_of(sent[i])) if sent[i] is not None else np.zeros(operands[i].shape)
        _draw(line, operands, i, at, incoming, ours, np.full(ours.shape, w), result, witness="differences")
        found = _finding(line, "gradient", line.inputs[i], at, x, np.asarray(w), units)
        result.findings.append(found._replace(witness="differences of its forward say"))


# ---------------------------------------------------------------------- small print


def _of_floating(g, outs):
    """The gradients of those outputs that can have one."""
    return [x for x, o in zip(g, outs) if o.dtype.kind in DIFFERENTIABLE]


def _each_wide(values):
    return tuple(map(wide, values))


def _wide_out(value):
    if isinstance(value, (tuple, list)):
        return type(value)(None if v is None else wide(array_of(v)) for v in value)
    return wide(array_of(value))


def _at(d):
    return tuple(int(i) for i in np.unravel_index(np.argmax(d), d.shape))


def _finding(line: Line | None, kind, what, index, ours, theirs, units, name=""):
    birth, number = (line.birth, line.number) if line is not None else (None, 0)
    place = (birth.line, birth.filename) if birth is not None else (None, None)
    index = tuple(int(i) for i in index)
    rules = getattr(getattr(line, "op", None), "rules", {})
    rule = formula(rules[what]) if kind == "gradient" and what in rules else None
    name = name or getattr(line, "name", "")
    return Finding(number, name, kind, what, index, ours.item(), theirs.item(), float(units), *place, rule=rule)
