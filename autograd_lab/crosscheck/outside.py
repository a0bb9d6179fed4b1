"""What a function takes from outside of its arguments, widened as they are: a layer, weights, constants of float32.

A function that multiplies its argument, widened to float64, by float32 weights of a closure is refused, as PyTorch refuses
it. So it is run once as the user would run it, to learn which tensors it meets; while it runs again they hold float64, and so
does what it makes. Afterwards everything holds what it held, written to or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from ..core import Tensor, births, dtypes, enable_grad
from ..core.dtypes import DIFFERENTIABLE
from ..core.node import AccumulateGrad


def met_by(run: Callable) -> list[Tensor]:
    """The floating tensors that ``run()`` computes with and no recorded or noted operation of it made."""
    made: dict[int, Tensor] = {}
    met: dict[int, Tensor] = {}

    def listen(op, inputs, params, out, node):
        for x in inputs:
            if isinstance(x, Tensor) and id(x) not in made and x._array.dtype.kind in DIFFERENTIABLE:
                met[id(x)] = x
        made.update((id(t), t) for t in (out if isinstance(out, (tuple, list)) else (out,)))

    with enable_grad(), births.heard_by(listen):
        run()
    return list(met.values())


@contextmanager
def holding(tensors: list[Tensor], widened: Callable[[np.ndarray], np.ndarray], dtype: np.dtype) -> Iterator[None]:
    """Inside the block ``tensors`` hold ``widened`` copies of their arrays, and tensors are made in ``dtype`` by default."""
    before, default = [t._array for t in tensors], dtypes.default
    dtypes.set_default_dtype(dtypes.BY_NUMPY[dtype])
    try:
        for tensor, array in zip(tensors, before):
            _hold(tensor, np.array(widened(array))[()])
        yield
    finally:
        dtypes.set_default_dtype(default)
        for tensor, array in zip(tensors, before):
            _hold(tensor, array)


def _hold(tensor: Tensor, array) -> None:
    tensor._array = array
    if type(tensor._node) is AccumulateGrad:
        tensor._node.array, tensor._node.dtype = array, array.dtype
