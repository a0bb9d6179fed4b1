"""``vmap``: a function of one example made a function of a batch.

The examples are taken one after the other and the results stacked. That is PyTorch's answer without its speed, and it takes
functions that PyTorch refuses, those that look at a value to decide what to do.
"""

from __future__ import annotations

import functools

from ..core import random
from ..core.function import transforms
from ..core.ops.joining import stack
from ..core.tensor import Tensor
from .trees import leaves, rebuilt, spread

_RANDOM = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' randomness flags "
    "on vmap or perform the randomness operation out of vmap"
)


def vmap(func, in_dims=0, out_dims=0, randomness="error", *, chunk_size=None):
    """``func`` over a batch: ``in_dims`` says along which dimension of each input the examples lie (None: it is shared),
    ``out_dims`` along which of each output. ``randomness`` is ``"error"``, ``"same"`` or ``"different"``.

    >>> import autograd_lab as torch
    >>> vmap(lambda x: x.sum())(torch.ones(3, 2))
    tensor([2., 2., 2.])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    name = getattr(func, "__name__", repr(func))

    @functools.wraps(func)
    def batched(*args, **kwargs):
        dims, size = _checked(name, in_dims, args)
        flat = leaves(args)
        made = []
        state = random.get_rng_state() if randomness == "same" else None
        token, before = transforms.set((*transforms.get(), "vmap")), random.refusal
        random.refusal = _RANDOM if randomness == "error" else None
        try:
            for i in range(size):
                if state is not None:
                    random.set_rng_state(state)
                example = rebuilt(args, (x if d is None else x[(slice(None),) * d + (i,)] for x, d in zip(flat, dims)))
                made.append(func(*example, **kwargs))
        finally:
            transforms.reset(token)
            random.refusal = before
        return _stacked(name, made, out_dims)

    return batched


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
            f"in_dims has {len(in_dims)} entries but there are {len(args)} inputs."
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
    if not sizes or not sizes[0]:
        raise ValueError(
            f"vmap({name}): there is no example to run: give an input with an in_dim and at least one element there"
        )
    return dims, sizes[0]


def _stacked(name, made, out_dims):
    first = made[0]
    dims = spread(out_dims, first)
    if dims is None:
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims}): out_dims is not compatible with the structure of the outputs"
        )
    columns = []
    for column, d in zip(zip(*map(leaves, made)), dims):
        if not isinstance(column[0], Tensor):
            raise ValueError(
                f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(column[0])}. Did you mean to set out_dims= to "
                "None for output?"
            )
        columns.append(column[0] if d is None else stack(column, d))
    return rebuilt(first, iter(columns))
