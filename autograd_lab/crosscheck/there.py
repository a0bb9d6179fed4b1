"""On an accelerator: our own rules node by node beside the CPU's, and what its default precision makes of the whole.

JAX's verdict on our rules says that the formulas are right. Whether the *device* computes them as the CPU does is another
question: float64 may be emulated, and a product of float32 matrices is by default one of fewer bits.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from ..core.namespaces import Arrays
from . import devices
from .compare import FORWARD_SLACK, distance, far_apart, largest, rules_on, sensitivity, tiny_of
from .lower import NoOracle, Program, eps_of, wide
from .observed import Observed, array_of, hooks_after
from .oracles import oracles
from .report import AGREES, COARSE, MISMATCH, SUFFICES, Row

RULES, DEFAULT = "our rules on it", "float32, its default precision"


def rows(
    name: str, device, program: Program, seen: Observed, leaves: Sequence, cotangents: Sequence, factor: float
) -> list[Row]:
    """The two rows of one accelerator, called ``name``."""
    begun = time.perf_counter()
    with devices.in_float64(device):
        verdict, worst, where = our_rules(program, seen, factor)
    between = time.perf_counter()
    first = Row(name, RULES, verdict, worst, where, between - begun)
    with devices.in_float32(device):
        verdict, worst, where = by_default(program, seen, leaves, cotangents, factor)
    return [first, Row(name, DEFAULT, verdict, worst, where, time.perf_counter() - between)]


def our_rules(program: Program, seen: Observed, factor: float) -> tuple:
    """Each node's rules with ``jax.numpy`` as their namespace beside what NumPy gave: (verdict, worst in units, where)."""
    xp, most, where, compared = Arrays(devices.JaxNumpy()), 0.0, "", 0
    for line in program.lines:
        if line.is_function or line.path is not None or line.node not in seen.steps or hooks_after(line.node):
            continue
        g, sent = seen.steps[line.node]
        operands, out = [wide(a) for a in line.operands()], line.result()
        several = isinstance(out, tuple)
        g = [wide(array_of(x)) for x in (g if isinstance(g, list) else [g])] if several else wide(array_of(g))
        if several and any(x is None for x in g):
            continue
        out = tuple(map(wide, out)) if several else wide(out)
        there = rules_on(line, [_moved(a) for a in operands], _moved(out), _moved(g), xp)
        moves = sensitivity(line, operands, out, g)
        for i, (ours, theirs) in enumerate(zip(sent, there)):
            if ours is None or theirs is None or line.sources[i] is None:
                continue
            compared += 1
            ours, theirs = wide(array_of(ours)), np.asarray(theirs)
            unit = FORWARD_SLACK * eps_of(ours) * (largest(ours) + moves[i]) + tiny_of(ours)
            units = float((distance(theirs.reshape(ours.shape), ours) / unit).max(initial=0.0))
            if units > max(most, factor):
                where = f"node {line.number} {line.name}, gradient of {line.inputs[i]}"
            most = max(most, units)
    if not compared:
        return "skipped: no node of it has rules that run there", None, ""
    return MISMATCH if most > factor else AGREES, most, where


def by_default(program: Program, seen: Observed, leaves: Sequence, cotangents: Sequence, factor: float) -> tuple:
    """JAX's gradients of the recording in float32 beside ours in float64: (verdict, worst in units, where)."""
    import jax

    narrow = [np.asarray(a, {"f": "f4", "c": "c8"}.get(np.asarray(a).dtype.kind)) for a in leaves]
    try:
        values, pull = jax.vjp(lambda *xs: tuple(program.on_jax(xs, oracles())), *narrow)
        found = pull(tuple(np.asarray(np.conj(c), v.dtype) for c, v in zip(cotangents, values)))
    except (NoOracle, NotImplementedError) as error:
        return f"skipped: JAX cannot differentiate it ({type(error).__name__})", None, ""
    worst, where = 0.0, ""
    for i, (ours, theirs) in enumerate(zip(seen.leaf_gradients, found), 1):
        units, relative = far_apart(wide(np.conj(np.asarray(theirs))), wide(ours), float(np.finfo("f4").eps), factor)
        if units > max(worst, factor):
            where = f"leaf {i}: relative error {relative:.2g}"
        worst = max(worst, units)
    return SUFFICES if worst <= factor else COARSE, worst, where


def _moved(value):
    """Arrays on the device."""
    import jax.numpy as jnp

    if isinstance(value, (list, tuple)):
        return type(value)(map(_moved, value))
    return value if value is None else jnp.asarray(np.array(value))
