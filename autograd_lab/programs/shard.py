"""One program on many devices: data parallel, by an engine that knows how (``jax.sharding``).

The arguments called ``data`` are split along their first dimension over one axis of the mesh, everything else is on every
device; XLA puts in the sums over devices that our backward, written for the whole batch, implies. With ``jax.distributed``
the devices may stand in different machines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .draws import draw_on, states_of
from .jax_code import JaxCode
from .nests import closed, tensors_of
from .program import Run

if TYPE_CHECKING:
    from .program import Program


def shard(program: Program, mesh: Any, data: str | tuple[str, ...] = "batch", axis: str | None = None) -> Callable:
    """``run`` on all devices of ``mesh``: a function of the same arguments that gives the same Run, in NumPy arrays.

    ``data``: the name of the argument (or the names) whose first dimension is split; ``axis``: the axis of the mesh along which
    it is, the first if not given. Raises ValueError, a sentence, for an unknown axis or argument, and for a batch that the
    axis does not divide.

    What it writes to its inputs, running averages too, is written as here, from the whole batch.
    The gradients are those of one device up to the order in which sums are taken. Random numbers are drawn here, the same as
    for one device, whatever their number; processes that share a mesh must be seeded alike.
    """
    if not (hasattr(mesh, "axis_names") and hasattr(mesh, "shape")):
        raise TypeError(
            f"shard() takes a mesh of devices, not {mesh!r}: jax.sharding.Mesh(np.array(jax.devices()), ('data',)) has all there are"
        )
    names = (data,) if isinstance(data, str) else tuple(data) if isinstance(data, (tuple, list, set)) else (None,)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"data= takes the name of an argument, or several, and not {data!r}")
    axis = mesh.axis_names[0] if axis is None else axis
    if axis not in mesh.axis_names:
        raise ValueError(f"the mesh has no axis {axis!r}; its axes are {', '.join(map(repr, mesh.axis_names))}")
    split = [i for i in program.inputs if i.position is not None and _is_part_of(i.name, names)]
    for name in names:
        if not any(_is_part_of(i.name, (name,)) for i in split):
            known = ", ".join(i.name for i in program.inputs if i.position is not None)
            raise ValueError(f"{program.name} has no argument {name!r} to split; its tensors are {known}: say data=...")
    count = mesh.shape[axis]
    for i in split:
        if not i.var.shape or i.var.shape[0] % count:
            size = i.var.shape[0] if i.var.shape else "no"
            raise ValueError(
                f"{i.name} has {size} rows, which {count} devices cannot share equally: "
                f"capture the program with a batch that {count} divides, or use a smaller mesh"
            )
    return _Sharded(program, mesh, split, axis)


def _is_part_of(name: str, names) -> bool:
    """``x`` is, and so are ``x[0]`` and ``x['w']``."""
    return any(name == n or name.startswith(f"{n}[") for n in names)


class _Sharded:
    """A program, and where each of its inputs lives."""

    def __init__(self, program: Program, mesh, split, axis):
        import jax
        from jax.sharding import NamedSharding, PartitionSpec

        self.program, self.mesh = program, mesh
        self.placed = [NamedSharding(mesh, PartitionSpec(axis) if i in split else PartitionSpec()) for i in program.inputs]
        if any(v.example.size != 1 for v in program.seeds):
            raise ValueError(
                f"{program.name} does not return a single number: only a loss can be differentiated on many devices"
            )
        self.code = JaxCode(program)
        given = [*(i.var for i in program.inputs), *self.code.drawn]
        self.wide = any(v.dtype.itemsize == 8 and v.dtype.kind in "fi" for v in given)
        everywhere = NamedSharding(mesh, PartitionSpec())
        self.placed += [everywhere] * len(self.code.drawn)
        outs, grads = ([everywhere] * len(some) for some in ([*program.outputs, *program.effects], program.gradients))
        self.compiled = jax.jit(self._numbers(self.code.with_gradients()), out_shardings=(outs, grads, everywhere))

    def _numbers(self, run):
        def of_arrays(*arrays):
            outs, grads, held = run(*arrays)
            likes = [i.var for i in self.program.leaves]
            zeros = [np.zeros(v.shape, v.dtype) if g is None else g for g, v in zip(grads, likes)]
            return list(outs), zeros, held

        return of_arrays

    def __call__(self, *args) -> Run:
        import jax

        program = self.program
        if not any(True for _ in tensors_of(args)) and program.arity:
            raise ValueError(f"{program.name} was captured with {program.arity} tensors, not 0")
        program.refuse_shared(args)
        states = states_of(program.generators)
        with jax.enable_x64(self.wide):
            given = [*program.arrays(args), *self.code.draw()]
            arrays = [jax.device_put(np.array(a), place) for a, place in zip(given, self.placed)]
            outs, grads, held = self.compiled(*arrays)
            if not held:
                draw_on(states)
                raise self.code.refusal(given)
            outs, grads = ([np.asarray(a)[()] for a in some] for some in (outs, grads))
        program.write_back(outs[len(program.outputs) :], args)
        return Run(closed(program.result, iter(outs)), dict(zip((leaf.name for leaf in program.leaves), grads)))
