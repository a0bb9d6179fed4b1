"""The second opinion: is a gradient right, and if not, which node made it wrong?

Reading order: ``checking.py`` (the word users type), ``subject.py`` (what is checked: a call, taken apart by
``arguments.py``, or a graph, whose end ``roots.py`` finds), ``hearing.py`` and ``lower.py`` (a recorded graph as a program
that runs elsewhere), ``observed.py`` (what our engine did), then the witnesses: ``local.py`` (each node alone, against
``oracles.py``, or against ``differences.py`` of its own forward), ``again.py`` (the function run again on JAX arrays),
``in_torch.py`` (its source run by PyTorch), ``numeric.py`` (finite differences), ``backwards.py`` (of a gradient's gradient:
each Function's backward), ``there.py`` (what an accelerator adds); ``precision.py`` asks whether the user's own dtype suffices.
``compare.py`` says when a difference is an error and ``kinks.py`` when both are right; ``conventions.py``
words that; ``report.py`` prints.

Each node alone gives the verdict and the place: the oracle gets our inputs and our incoming gradient, so an error is found
where it is made and nowhere else. JAX is imported by the functions that need it.
"""

from __future__ import annotations

from .checking import assert_gradients, check
from .report import Finding, Leaf, Report, Row

__all__ = ["Finding", "Leaf", "Report", "Row", "assert_gradients", "check"]
