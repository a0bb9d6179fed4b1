"""``vmap``: a function of one example made a function of a batch.

The examples are taken one after the other and the results stacked. That is PyTorch's answer without its speed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..core import random
from ..core.device import is_here
from ..core.ops.joining import stack
from ..core.tensor import Tensor
from ..core.transforms import running
from .looked import first_of
from .trees import leaves, rebuilt, shape_of, spread

_RANDOM = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' randomness flags "
    "on vmap or perform the randomness operation out of vmap"
)
_SHARED = (
    "vmap: inplace arithmetic(self, *extra_args) is not possible because `self` is not being vmapped over. An example may not write "
    "to what all examples share: use the out-of-place operation instead."
)


def vmap(func, in_dims=0, out_dims=0, randomness="error", *, chunk_size=None):
    """``func`` over a batch of examples.

    ``in_dims`` says along which dimension of each input the examples lie (None: it is shared), ``out_dims`` along which of
    each output. ``randomness`` is ``"error"``, ``"same"`` or ``"different"``.

    The examples are taken one after the other and the results stacked: as right as PyTorch's batching, not as fast. As there,
    a function may not look at an example's values: RuntimeError for ``x.item()`` or ``if x > 0``, for which there is ``where``.

    >>> import autograd_lab as torch
    >>> vmap(lambda x: x.sum())(torch.ones(3, 2))
    tensor([2., 2., 2.])
    """
    check_randomness(randomness)
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")
    name = getattr(func, "__name__", repr(func))

    @functools.wraps(func)
    def batched(*args, **kwargs):
        dims, size = _checked(name, in_dims, args)
        flat = leaves(args)
        made = []

        def call(given):
            return func(*rebuilt(args, iter(given)), **kwargs)

        shared = [(x, x._version) for x, d in zip(flat, dims) if d is None and isinstance(x, Tensor)]
        with drawing(randomness) as anew, running("vmap"):
            for i in range(size or 1):  # an empty batch: one example of zeros tells the shapes
                anew()
                given = [_example(x, d, i, size) for x, d in zip(flat, dims)]
                if not callable(func):
                    raise TypeError(f"'{type(func).__name__}' object is not callable")
                made.append(call(given) if i else first_of(size, func, call, given, [d is not None for d in dims]))
                if any(x._version != version for x, version in shared):
                    raise RuntimeError(_SHARED)
        return _stacked(name, made, out_dims, size)

    return batched


@contextmanager
def drawing(randomness: str) -> Iterator[Callable[[], None]]:
    """Inside the block nothing is drawn at random if ``randomness`` is an error; what is given is to be called before each example."""
    state = random.get_rng_state() if randomness == "same" else None
    before, random.refusal = random.refusal, _RANDOM if randomness == "error" else None
    try:
        yield lambda: None if state is None else random.set_rng_state(state)
    finally:
        random.refusal = before


def _example(x, dim, i: int, size: int):
    if dim is None:
        return x
    if not size:
        return x.new_zeros([n for d, n in enumerate(x.shape) if d != dim])
    return x[(slice(None),) * dim + (i,)]


def check_randomness(randomness: str) -> None:
    """Raise unless it is one of the three."""
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")


def _checked(name, in_dims, args):
    """(the dimension of each leaf of ``args``, the size of the batch)."""
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): expected `in_dims` to be int or a (potentially nested) tuple matching "
            f"the structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a function with "
            "no inputs. The latter is unsupported."
        )
    dims = spread(in_dims, args)
    if dims is None:
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the structure of `inputs`. "
            f"in_dims has structure {shape_of(in_dims)} but inputs has structure {shape_of(args)}."
        )
    sizes = []
    for i, (x, d) in enumerate(zip(leaves(args), dims)):
        if d is None:
            continue
        if not isinstance(x, Tensor):
            raise ValueError(
                f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={d} for an input but the input is of type {type(x)}. "
                "We cannot vmap over non-Tensor arguments, please use None as the respective in_dim"
            )
        if not -x.ndim <= d < x.ndim:
            raise ValueError(
                f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={d} for some input, but that input is a Tensor of "
                f"dimensionality {x.ndim} so expected in_dim to satisfy -{x.ndim} <= in_dim < {x.ndim}."
            )
        sizes.append(x.shape[d])
        dims[i] = d % x.ndim
    if len(set(sizes)) > 1:
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the mapped dimension"
        )
    if not sizes:
        raise ValueError(f"vmap({name}): there is no example to run: give an input with an in_dim")
    return dims, sizes[0]


def _is_same(x, y) -> bool:
    """Whether two examples gave the same numbers; of what is on a device nobody asks."""
    return x is y or not is_here(x._array) or x._array.tobytes() == y._array.tobytes()


def _stacked(name, made, out_dims, size):
    first = made[0]
    if not all(d is None or isinstance(d, int) for d in leaves(out_dims)):
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python collection of ints representing "
            "where in the outputs the vmapped dimension should appear."
        )
    dims = spread(out_dims, first)
    if dims is None:
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of `outputs`. out_dims "
            f"has structure {shape_of(out_dims)} but outputs has structure {shape_of(first)}."
        )
    columns = []
    for column, d in zip(zip(*map(leaves, made)), dims):
        if not isinstance(column[0], Tensor):
            raise ValueError(
                f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(column[0])}. Did you mean to set out_dims= to "
                "None for output?"
            )
        if d is None and not all(_is_same(x, column[0]) for x in column[1:]):
            raise ValueError(
                f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None. It depends on the example: say "
                "along which dimension the results are to lie."
            )
        columns.append(column[0] if d is None else stack(column, d) if size else stack(column, d).narrow(d, 0, 0))
    return rebuilt(first, iter(columns))
