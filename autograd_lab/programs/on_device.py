"""A program where its tensors are, on a device of JAX's: what a compiled function runs there.

It has the face of `NumpyCode`, so that a call does not ask where it is. The forward and our backward are each a few functions
that XLA compiled (`JaxCode`); what Python decided by is fetched and compared after them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.device import is_here, looked_at
from ..devices.array import DeviceArray, full_precision, placed_at
from .jax_code import JaxCode
from .lines import Var
from .standin import Unable

if TYPE_CHECKING:
    from .program import Program


class DeviceCode:
    """``forward`` and ``backward`` of ``program`` on arrays that lie where ``like`` does."""

    def __init__(self, program: Program, like: DeviceArray):
        self.program, self.like, self.code = program, like, JaxCode(program)
        self.inputs = [i.var for i in program.inputs]
        self.shared = [False] * (len(program.outputs) + len(program.effects) + len(program.gradients))
        self.source = str(program)

    def buffers(self) -> tuple:
        """None: XLA has its own."""
        return ()

    def forward(self, arrays, buffers) -> Any:
        """(results, what backward needs), or the number of the first guard that does not hold."""
        env = self._run(self.code.forward, [*zip(self.inputs, arrays), *zip(self.code.drawn, self.code.draw())])
        for number, guard in enumerate(self.code.guards):
            if not guard.holds(np.asarray(env[guard.args[0]])):
                return number
        kept = {v: env[v] for v in (*self.code.kept, *self.inputs)}
        outs = (*self.program.outputs, *(v for _, v in self.program.effects))  # what is written to its inputs comes back, too
        return [self._placed(v, env) for v in outs], kept

    def backward(self, kept, seeds, buffers) -> list:
        """The gradient of each of the program's leaves, None where nothing leads to it."""
        env = self._run(self.code.backward, [*kept.items(), *zip(self.program.seeds, seeds)])
        return [None if v is None else self._placed(v, env) for v in self.program.gradients]

    def _run(self, segments, given: Iterable) -> dict:
        import jax

        with full_precision(), jax.default_device(self.like.device):
            values = {v: a.value if isinstance(a, DeviceArray) else jax.numpy.asarray(a) for v, a in given}
            return self.code.run(segments, values)

    def _placed(self, v, env) -> Any:
        return DeviceArray.of(env[v]) if isinstance(v, Var) else placed_at(np.asarray(looked_at(v)), self.like)


def one_of(arrays) -> DeviceArray:
    """An array on the device where all of them are, single numbers aside. At least one is on a device."""
    there = [a for a in arrays if not is_here(a)]
    if len({a.device for a in there}) > 1 or any(is_here(a) and a.ndim for a in arrays):
        raise Unable("its tensors lie on two devices")
    return there[0]
