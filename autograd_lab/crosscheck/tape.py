"""What happened on stand-ins, written down, for a function that takes gradients itself: a penalty on one, or ``order=2``.

JAX differentiates functions, not what has been computed already. So each step that a gradient flows through is kept as a
function of JAX arrays, and the steps between two values are run again as one function, which `jax.vjp` can take. Nothing of
ours is in that: the gradient that the user's function goes on with is JAX's, and JAX differentiates it once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Step(NamedTuple):
    """``outs = function(*ins)``, JAX arrays all of them; each array is known by which object it is."""

    function: Callable
    ins: tuple
    outs: tuple


class Tape:
    """The steps of one run, oldest first."""

    def __init__(self):
        self.steps: list[Step] = []

    def note(self, function: Callable, ins: Sequence, outs: Sequence) -> None:
        """One step more: ``function`` of arrays gives several arrays."""
        self.steps.append(Step(function, tuple(ins), tuple(outs)))

    def gradients(self, outputs: Sequence, inputs: Sequence, seeds: Sequence) -> list:
        """JAX's gradients of ``outputs`` by ``inputs``, noted as a step themselves; None where nothing leads from one to the other."""
        import jax
        import jax.numpy as jnp

        steps, reached = self._between(outputs, inputs)
        made = {id(out) for step in steps for out in step.outs}
        places = {id(x): i for i, x in enumerate(inputs)}
        others = {id(a): a for step in steps for a in step.ins if id(a) not in made and id(a) not in places}

        def found(inputs_there, seeds_there, others_there):
            # an input that is computed from another one is recomputed, and what is differentiated by is added to it
            starts = [jnp.zeros_like(v) if id(x) in made else v for x, v in zip(inputs, inputs_there)]

            def run(*values):
                known = dict(zip(others, others_there)) | {key: values[i] for key, i in places.items() if key not in made}
                for step in steps:
                    for old, new in zip(step.outs, step.function(*(known.get(id(a), a) for a in step.ins))):
                        known[id(old)] = new + values[places[id(old)]] if id(old) in places else new
                return tuple(known.get(id(out), out) for out in outputs)

            _, pull = jax.vjp(run, *starts)
            return tuple(map(jnp.conj, pull(tuple(map(jnp.conj, seeds_there)))))

        every = (*inputs, *seeds, *others.values())
        first, second = len(inputs), len(inputs) + len(seeds)

        def again(*arrays):
            return found(arrays[:first], arrays[first:second], arrays[second:])

        gradients = again(*every)
        self.note(again, every, gradients)
        return [g if id(x) in reached else None for g, x in zip(gradients, inputs)]

    def _between(self, outputs: Sequence, inputs: Sequence) -> tuple[list[Step], set[int]]:
        """(the steps on the way from ``inputs`` to ``outputs``, which arrays lead to the outputs)."""
        ahead = {id(x) for x in inputs}
        after = []
        for step in self.steps:
            if any(id(a) in ahead for a in step.ins):
                after.append(step)
                ahead |= {id(out) for out in step.outs}
        reached, between = {id(out) for out in outputs}, []
        for step in reversed(after):
            if any(id(out) in reached for out in step.outs):
                between.append(step)
                reached |= {id(a) for a in step.ins}
        return between[::-1], reached
