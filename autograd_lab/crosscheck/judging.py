"""What JAX says of a whole function beside what we say: values first, then gradients, by how far rounding may have led them.

At a kink both may be right. Then JAX is asked once more, with PyTorch's way there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from . import conventions, numeric
from .compare import distance, far_apart, largest, spacing_at
from .local import Local
from .lower import Program
from .observed import Observed
from .oracles import oracles
from .parting import nudged_by
from .report import AGREES, CONVENTION, MISMATCH, OVERFLOW, Leaf
from .subject import Subject

AS_PYTORCH = "agrees once JAX answers as PyTorch does at kinks"


class Judge:
    """The part of a check that compares wholes: what it reads of the check is declared here, and what it keeps."""

    subject: Subject
    program: Program
    seen: Observed
    eps: float
    factor: float
    leaves: list
    cotangents: list
    _units = 0.0  # of the worst leaf that was compared last

    def _recording(self, table, nudge=None) -> tuple:
        """(its values by the oracles of ``table``, JAX's pullback)"""
        import jax

        return jax.vjp(lambda *leaves: tuple(self.program.on_jax(leaves, table, nudge)), *self.leaves)

    def _judge(self, of_leaves: Callable, local: Local, repeats: Callable) -> tuple:
        """Compare values and leaf gradients: (verdict, worst, where, leaf rows). At kinks PyTorch's way decides."""
        table = oracles()
        values, pull = of_leaves(table)
        theirs = self._pulled(pull, values)
        known = any(f.kind == "forward" for f in local.findings)  # then no noise and no tie is needed to say why values differ
        same = self._same_values(values, 0.0 if known else None) or (
            not known
            and repeats()
            and any(self._same_values(values, noise) for noise in self._over_ties(of_leaves, table, values, theirs))
        )
        turned = not same and not known and repeats()  # a gradient that it takes itself is a value, and conventions make it
        if turned:
            table = conventions.at_kinks(local.at_kinks)
            values, pull = of_leaves(table)
            theirs, same = self._pulled(pull, values), self._same_values(values)
        if not same:
            return OVERFLOW if local.overflow else MISMATCH, None if local.overflow else np.inf, "its value", []
        leaves = self._leaf_rows(theirs)
        if not local.kinks:
            leaves = self._beyond_noise(leaves, of_leaves, table, values, theirs, local, repeats)
        if not differ(leaves):
            return (CONVENTION, self._units, AS_PYTORCH, leaves) if turned else (AGREES, self._units, "", leaves)
        if local.overflow:
            return OVERFLOW, None, "", [leaf._replace(verdict=OVERFLOW) for leaf in leaves]
        if self.seen.hooked:
            why = "skipped: hooks change gradients"
            return why, None, "", [leaf._replace(verdict=why) if leaf.verdict == MISMATCH else leaf for leaf in leaves]
        again = leaves
        if local.kinks or not local.findings:  # else a wrong node is known, and none stands where conventions differ
            table = conventions.at_kinks(local.at_kinks)
            values, pull = of_leaves(table)
            before, theirs = theirs, self._pulled(pull, values)
            if not all(np.array_equal(b, w, equal_nan=True) for b, w in zip(before, theirs)):  # else nothing stood at a kink
                again = self._beyond_noise(self._leaf_rows(theirs), of_leaves, table, values, theirs, local, repeats)
        wrong = [leaf for leaf in again if leaf.verdict == MISMATCH]
        lost = numeric.not_finite(self.subject.names, self.seen.leaf_gradients)
        if wrong and lost and not local.findings:  # each node alone gives what its oracle does: nan comes of 0 * inf on the way
            return CONVENTION, None, numeric.NO_SLOPE + lost, [leaf._replace(verdict=CONVENTION) for leaf in again]
        if wrong:
            return MISMATCH, self._units, wrong[0].told, again
        leaves = [leaf._replace(verdict=CONVENTION) if leaf.verdict == MISMATCH else leaf for leaf in leaves]
        return CONVENTION, self._units, AS_PYTORCH, leaves

    def _same_values(self, values, noise: float | None = None) -> bool:
        pairs = [(t._array, np.asarray(v)) for t, v in zip(self.subject.outputs, values)]
        return all(far_apart(x, w, self.eps, self.factor, noise)[0] <= self.factor for x, w in pairs) or (
            noise is None and self._same_values(values, self.subject.noise)
        )

    def _pulled(self, pull, values) -> list[np.ndarray]:
        cotangents = tuple(np.asarray(np.conj(c), v.dtype) for c, v in zip(self.cotangents, values))
        return [np.asarray(np.conj(w)) for w in pull(cotangents)]

    def _leaf_rows(self, theirs: Sequence, noise: float | None = None) -> list[Leaf]:
        rows, self._units = [], 0.0
        for name, ours, w in zip(self.subject.names, self.seen.leaf_gradients, theirs):
            units, relative = far_apart(ours, w, self.eps, self.factor, noise)
            self._units = max(self._units, units)
            worst = float(distance(ours, w).max(initial=0.0))
            spacing = spacing_at(ours, w)
            rows.append(
                Leaf(name, "", worst, relative, worst / spacing if worst else 0.0, MISMATCH if units > self.factor else AGREES)
            )
        return rows

    def _beyond_noise(self, leaves: list[Leaf], of_leaves, table, values, theirs, local: Local, repeats) -> list[Leaf]:
        """``leaves`` judged by how far they move when every result is nudged; if need be and no rule is wrong, over ties too."""
        if differ(leaves):
            leaves = self._leaf_rows(theirs, self.subject.noise)
        if differ(leaves) and not local.findings and repeats():
            for noise in self._over_ties(of_leaves, table, values, theirs):
                if not differ(leaves := self._leaf_rows(theirs, noise)):
                    break
        return leaves

    def _over_ties(self, of_leaves, table, values, theirs) -> Iterator[float]:
        """How far what is judged moves where a nudge that the narrowest type can just hold crosses a tie: more and more, until
        it is enough.

        Our value and JAX's may differ by a digit, and a maximum, or a mask, of two that are equal but for rounding then goes
        another way. Each nudge is also made the other way round, so that one of the two crosses.
        """
        size, still, most = 4 * self.eps, [*map(np.asarray, values), *theirs], 0.0
        for seed, sign in ((3, 1), (3, -1), (4, 1), (4, -1)):
            moved = self._under(of_leaves, table, nudged_by(sign * size, np.random.default_rng(seed)))
            most = max(most, max(largest(a - b) / size for a, b in zip(moved, still)))
            yield most

    def _under(self, of_leaves, table, nudge) -> list[np.ndarray]:  # values and leaf gradients
        values, pull = of_leaves(table, nudge)
        return [*map(np.asarray, values), *self._pulled(pull, values)]


def differ(leaves: list[Leaf]) -> bool:
    """Whether a leaf's gradients do."""
    return any(leaf.verdict == MISMATCH for leaf in leaves)
