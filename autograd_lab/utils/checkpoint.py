"""Compute again instead of keeping: ``checkpoint(function, *args)`` saves nothing of what ``function`` computes.

The first time backward asks for one of its saved values, ``function`` runs again, and what would have been saved then is
what backward gets. Memory for time: a chain of n steps in sqrt(n) checkpointed pieces keeps about 2 sqrt(n) values.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable

from ..core import births, dtypes, errors, grad_mode, random
from ..core.absent import missing
from ..core.function import Function
from ..core.hindsight import of_change
from ..core.hooks import running_pass
from ..core.overwritten import short_name
from ..core.saved import Packed, current, saved_tensors_hooks
from ..core.tensor import Tensor

__all__ = ["CheckpointError", "checkpoint", "checkpoint_sequential", "noop_context_fn", "set_checkpoint_early_stop"]

_early_stop = True


class CheckpointError(RuntimeError):
    """The recomputation did not do what the forward run did."""


CheckpointError.__module__ = "torch.utils.checkpoint"


class _Enough(Exception):
    """Everything that was saved has been computed again."""


class set_checkpoint_early_stop:
    """Inside the block: whether a recomputation stops at the last value that was saved (the default) or runs to its end."""

    def __init__(self, enable: bool):
        self._enable = enable

    def __enter__(self):
        global _early_stop
        self._before, _early_stop = _early_stop, self._enable

    def __exit__(self, *exc):
        global _early_stop
        _early_stop = self._before


def noop_context_fn():
    """Two contexts that do nothing: the default for the forward run and for the recomputation."""
    return contextlib.nullcontext(), contextlib.nullcontext()


_UNSAID = (
    "torch.utils.checkpoint{}: the use_reentrant parameter should be passed explicitly. use_reentrant=False is recommended; "
    "use_reentrant=True is what you get now. Refer to PyTorch's docs for the differences between the two variants."
)


def checkpoint(function: Callable, *args, use_reentrant: bool | None = None, preserve_rng_state: bool = True,
               context_fn: Callable = noop_context_fn, determinism_check: str = "default", debug: bool = False,
               early_stop: bool = True, **kwargs):  # fmt: skip
    """``function(*args, **kwargs)``, recomputed during backward instead of saved.

    ``preserve_rng_state``: random numbers come out the same both times. ``use_reentrant=True`` is the older way, which runs a
    backward inside the backward: it does not work with ``autograd.grad`` or ``inputs=`` and needs an input that requires grad.
    Raises CheckpointError if the recomputation saves other values than the forward run did.

    >>> import autograd_lab as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> checkpoint(lambda x: (x * x).sin(), x, use_reentrant=False).sum().backward()
    >>> x.grad
    tensor([1.0806, 1.0806])
    """
    if use_reentrant is None:
        warnings.warn(_UNSAID.format(""), UserWarning, stacklevel=2)
        use_reentrant = True
    if use_reentrant:
        if context_fn is not noop_context_fn or debug:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if not any(isinstance(a, Tensor) and a.requires_grad for a in args):
            warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", UserWarning, stacklevel=2)
        return CheckpointFunction.apply(function, preserve_rng_state, *args)
    if determinism_check not in ("default", "none"):
        raise ValueError(f"determinism_check should be one of ['default', 'none'], but got {determinism_check}")
    forward_context, again_context = context_fn()
    run = _Run(
        function, args, kwargs, preserve_rng_state, again_context, determinism_check == "default", early_stop and _early_stop
    )
    with saved_tensors_hooks(run.pack, run.unpack), forward_context:
        return function(*args, **kwargs)


class _Run:
    """One checkpointed call: what it saved, in order, and how to compute that again."""

    def __init__(self, function, args, kwargs, preserve_rng_state, again_context, check, early_stop):
        hooks = current() if grad_mode.is_recording() else None
        if hooks is not None:  # those around the call have the inputs in keeping, as PyTorch's node of the call saves them
            args = [Packed(a, *hooks, a._node) if isinstance(a, Tensor) and not a.is_inference() else a for a in args]
        self.again = lambda: function(*(a.restore(None, True) if isinstance(a, Packed) else a for a in args), **kwargs)
        self.inputs = [(a, a._version) for a in args if isinstance(a, Tensor) and not a.is_inference()]
        self.place = births.place() if births.is_noting() else (None, 0)
        self.rng = random.get_rng_state() if preserve_rng_state else None
        self.context, self.check, self.early_stop = again_context, check, early_stop
        self.likes: list[tuple] = []  # shape and dtype of each saved value
        self.values: dict[int, Tensor] = {}  # computed again, and not yet asked for

    def pack(self, tensor: Tensor) -> int:
        self.likes.append((tensor.shape, tensor.dtype))
        return len(self.likes) - 1

    def unpack(self, index: int) -> Tensor:
        if index not in self.values:
            self.recompute()
        return self.values.pop(index)

    def recompute(self):
        """Run the function again and keep what it saves."""
        for t, version in self.inputs:
            if t._version != version:
                made_by = short_name(t._node) if t.grad_fn is not None else None
                kind = dtypes.kept_name(t._array.dtype)
                error = errors.modified(kind, t.shape, made_by, t._version, version, t.output_nr)
                raise of_change(error, self.place, t._counter, version)
        count = 0

        def keep(tensor):
            nonlocal count
            if count < len(self.likes):
                self.values[count] = tensor.detach()
            count += 1
            if self.early_stop and count == len(self.likes):
                raise _Enough
            return tensor

        before = random.get_rng_state()
        if self.rng is not None:
            random.set_rng_state(self.rng)
        try:
            with grad_mode.enable_grad(), saved_tensors_hooks(keep, lambda kept: kept), self.context:
                self.again()
        except _Enough:
            pass
        finally:
            if self.rng is not None:
                random.set_rng_state(before)
        self.compare(count)

    def compare(self, count: int) -> None:
        if count != len(self.likes):
            if count > len(self.likes):
                told = "trying to save more tensors during recomputation than during the original forward pass.\n\n"
            else:
                told = "A different number of tensors was saved during the original forward and recomputation.\n"
            raise CheckpointError(
                f"torch.utils.checkpoint: {told}Number of tensors saved during forward: {len(self.likes)}\n"
                f"Number of tensors saved during recomputation: {count}.\n\nThe function did something else the second time: it "
                "must not depend on anything that changes between forward and backward."
            )
        wrong = [i for i, like in enumerate(self.likes) if (self.values[i].shape, self.values[i].dtype) != like]
        if wrong and self.check:
            told = "".join(
                f"tensor at position {i}:\nsaved metadata: {_metadata(*self.likes[i])}\n"
                f"recomputed metadata: {_metadata(self.values[i].shape, self.values[i].dtype)}\n"
                for i in wrong
            )
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the "
                f"forward pass.\n{told}."
            )


def _metadata(shape, dtype) -> dict:
    from ..core.device import CPU

    return {"shape": shape, "dtype": dtype, "device": CPU}


class CheckpointFunction(Function):
    """The older way: forward without a graph, and in backward the function again, with one, and a backward through that."""

    @staticmethod
    def forward(ctx, function, preserve_rng_state, *args):
        ctx.function_again = function
        ctx.args = tuple(
            None if isinstance(a, Tensor) else a for a in args
        )  # tensors are saved as such: nobody may write to them
        ctx.save_for_backward(*(a for a in args if isinstance(a, Tensor)))
        ctx.tensor_at = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        ctx.rng = random.get_rng_state() if preserve_rng_state else None
        return function(*args)

    @staticmethod
    def backward(ctx, *gradients):
        run = running_pass()
        if run is not None and run.capture is not None:
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` parameter to "
                ".backward(). To resolve this error, you can either set use_reentrant=False, or call .backward() without passing "
                "the `inputs` argument."
            )
        from ..core.differentiate import backward

        before = random.get_rng_state()
        if ctx.rng is not None:
            random.set_rng_state(ctx.rng)
        args = list(ctx.args)
        for i, t in zip(ctx.tensor_at, ctx.saved_tensors):
            args[i] = t
        fresh = [a.detach().requires_grad_(a.requires_grad) if isinstance(a, Tensor) else a for a in args]
        with grad_mode.enable_grad():
            outputs = ctx.function_again(*fresh)
        if ctx.rng is not None:
            random.set_rng_state(before)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [(o, g) for o, g in zip(outputs, gradients) if isinstance(o, Tensor) and o.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([o for o, _ in pairs], [g for _, g in pairs])
        return (None, None, *(a.grad if isinstance(a, Tensor) and a.is_leaf else None for a in fresh))


def checkpoint_sequential(functions, segments: int, input, use_reentrant: bool | None = None, **kwargs):
    """Run ``functions`` one after the other in ``segments`` pieces, all but the last checkpointed."""
    if use_reentrant is None:
        warnings.warn(_UNSAID.format(".checkpoint_sequential"), UserWarning, stacklevel=2)
        use_reentrant = True
    steps = list(functions.children() if hasattr(functions, "children") else functions)
    size = len(steps) // segments

    def piece(begin, end):
        def run(x):
            for step in steps[begin:end]:
                x = step(x)
            return x

        return run

    for begin in range(0, size * (segments - 1), size):
        input = checkpoint(piece(begin, begin + size), input, use_reentrant=use_reentrant, **kwargs)
    return piece(size * (segments - 1), len(steps))(input)


def __getattr__(name: str):
    raise missing("torch.utils.checkpoint", name)
