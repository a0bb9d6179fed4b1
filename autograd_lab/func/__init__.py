"""``torch.func``: derivatives and batches as transforms of functions."""

from __future__ import annotations

from .derivatives import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, vjp
from .vectorized import vmap

__all__ = ["functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize", "vjp", "vmap"]


def functional_call(module, parameter_and_buffer_dicts, args=None, kwargs=None, *, tie_weights=True, strict=False):
    """``module(*args, **kwargs)`` with the tensors of the dict (or dicts) in place of its own of those names."""
    from ..nn.utils.stateless import with_tensors

    dicts = parameter_and_buffer_dicts
    tensors = dicts if isinstance(dicts, dict) else {name: t for d in dicts for name, t in d.items()}
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with with_tensors(module, tensors, strict):
        return module(*args, **(kwargs or {}))
