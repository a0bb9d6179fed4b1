"""``torch.func``: derivatives and batches as transforms of functions."""

from __future__ import annotations

import functools

from ..core.absent import missing
from ..core.ops.joining import stack
from .derivatives import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, vjp
from .vectorized import vmap

__all__ = ["functional_call", "functionalize", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
           "replace_all_batch_norm_modules_", "stack_module_state", "vjp", "vmap"]  # fmt: skip


def functional_call(module, parameter_and_buffer_dicts, args=None, kwargs=None, *, tie_weights=True, strict=False):
    """``module(*args, **kwargs)`` with the tensors of the dict (or dicts) in place of its own of those names."""
    from ..nn.utils.stateless import called_with

    return called_with(module, parameter_and_buffer_dicts, args, kwargs, tie_weights, strict)


def stack_module_state(models):
    """(parameters, buffers) of modules of one kind, each stacked along a new first dimension, by name: an ensemble for ``vmap``.

    >>> import autograd_lab as torch
    >>> models = [torch.nn.Linear(2, 1) for _ in range(3)]
    >>> params, buffers = stack_module_state(models)
    >>> params["weight"].shape
    torch.Size([3, 1, 2])
    """
    models = list(models)
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({m.training for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(m) is not type(models[0]) for m in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    params, buffers = (
        {name: _stacked_leaf([dict(getattr(m, kind)())[name] for m in models], name) for name, _ in getattr(models[0], kind)()}
        for kind in ("named_parameters", "named_buffers")
    )
    return params, buffers


def functionalize(func, *, remove="mutations"):
    """``func`` itself, under its name: what is written in place needs no rewriting here for a transform to differentiate it."""
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(
            f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}. Valid options are:\n"
            "     remove='mutations' and remove='mutations_and_views', which are one here.\n"
        )

    @functools.wraps(func)
    def wrapped(*args, **kwargs):
        return func(*args, **kwargs)

    return wrapped


def replace_all_batch_norm_modules_(root):
    """``root``, whose layers of batch normalisation use each batch's own statistics from now on: ``vmap`` may not write to running ones."""
    from ..nn.modules.batchnorm import _BatchNorm

    for module in root.modules():
        if isinstance(module, _BatchNorm) and module.track_running_stats:
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root


def _stacked_leaf(tensors, name):
    wanted = {t.requires_grad for t in tensors}
    if len(wanted) > 1:
        raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
    return stack([t.detach() for t in tensors]).requires_grad_(wanted.pop())


def __getattr__(name: str):
    raise missing("torch.func", name)
